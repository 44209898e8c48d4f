-- From where somebody acted, beside who it was; lines from before this step have none, and hash as they did.

ALTER TABLE audit ADD COLUMN source TEXT;
