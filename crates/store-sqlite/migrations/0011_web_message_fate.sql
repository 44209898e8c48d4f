-- A message from a browser that was not delivered keeps its name, so that it is tried again under it: 0 nobody knows what
-- became of it, 1 it was delivered, 2 it was not.

ALTER TABLE web_messages RENAME COLUMN sent TO fate;
