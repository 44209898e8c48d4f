-- What browsers have sent under ids of their own, so that nothing is sent twice; the conversations that stood open in a
-- browser; and the moment at which a kept publication ends.

CREATE TABLE web_messages (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    peer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY (user, peer, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX web_messages_of_person ON web_messages (user, at);
CREATE INDEX web_messages_by_age ON web_messages (at);

CREATE TABLE web_conversations (
    hash BLOB PRIMARY KEY REFERENCES web_sessions (hash) ON DELETE CASCADE,
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE publications ADD COLUMN until INTEGER;
