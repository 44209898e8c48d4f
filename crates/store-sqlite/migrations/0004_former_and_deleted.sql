-- Addresses that people had, and what was deleted and can be restored.

ALTER TABLE tenants ADD COLUMN address_grace_days INTEGER NOT NULL DEFAULT 30;
ALTER TABLE tenants ADD COLUMN keep_deleted_days INTEGER NOT NULL DEFAULT 30;
-- When it was deleted, in milliseconds; nothing for what is there.
ALTER TABLE tenants ADD COLUMN deleted INTEGER;
ALTER TABLE people ADD COLUMN deleted INTEGER;

-- An address with a moment here is a former one, which reaches its person until then; its place is of no meaning.
ALTER TABLE addresses ADD COLUMN until INTEGER;
CREATE INDEX addresses_by_end ON addresses (until) WHERE until IS NOT NULL;

-- Who is there. What was deleted still holds its names, and is read by nobody but who restores it.
CREATE VIEW living AS
SELECT people.* FROM people JOIN tenants ON tenants.id = people.tenant
WHERE people.deleted IS NULL AND tenants.deleted IS NULL;

-- Who names a person, for the day on which that person is gone for good.
CREATE INDEX contacts_of_who ON contacts (who);
CREATE INDEX members_of_who ON members (who);
CREATE INDEX subscribers_of_who ON subscribers (who);
