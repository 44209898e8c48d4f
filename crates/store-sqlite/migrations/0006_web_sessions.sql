-- Sign-ins in browsers, by the SHA-256 of what the browser shows; and what web clients leave with the server, by name.

CREATE TABLE web_sessions (
    hash BLOB PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    epid TEXT NOT NULL,
    label TEXT NOT NULL,
    source TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX web_sessions_of_person ON web_sessions (user, created);

CREATE TABLE web_documents (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (user, name)
) STRICT, WITHOUT ROWID;
