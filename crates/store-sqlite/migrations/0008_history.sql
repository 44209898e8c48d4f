-- Message history: for how long a company keeps it, the key under which it is sealed, and an entry for each message in
-- the history of each of the two. The company stands beside the person so that what is too old is found.

ALTER TABLE tenants ADD COLUMN history_days INTEGER NOT NULL DEFAULT 365;

CREATE TABLE history_keys (
    tenant INTEGER PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE history (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    peer TEXT NOT NULL,
    at INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (user, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX history_of_peer ON history (user, peer, number);
CREATE INDEX history_by_age ON history (tenant, at);
