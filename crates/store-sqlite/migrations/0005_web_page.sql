-- The web page on a person's contact card; nothing for those who were there before.

ALTER TABLE people ADD COLUMN web_page TEXT NOT NULL DEFAULT '';
