-- Until when the hash of a replaced password may be kept; those from before this step go with the next change or, at the
-- latest, thirty days from now.

ALTER TABLE credentials ADD COLUMN previous_until INTEGER;

UPDATE credentials SET previous_until = (unixepoch() + 30 * 86400) * 1000 WHERE previous_account_nt IS NOT NULL;

CREATE INDEX credentials_by_previous_until ON credentials (previous_until) WHERE previous_until IS NOT NULL;
