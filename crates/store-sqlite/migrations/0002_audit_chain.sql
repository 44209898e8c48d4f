-- Lines of the audit log are numbered per company and chained: `link` is the hash of the line and of all before it.
-- Lines from before the chain have none. A line is never changed, and goes only with its company.
CREATE TABLE audit_chained (
    tenant INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    link BLOB NOT NULL CHECK (length(link) IN (0, 32)),
    PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_chained (tenant, number, at, actor, reason, what, subject, detail, link)
    SELECT tenant, number, at, actor, reason, what, subject, detail, x'' FROM audit;
DROP TABLE audit;
ALTER TABLE audit_chained RENAME TO audit;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'a line of the audit log is never changed');
END;
CREATE TRIGGER audit_goes_with_its_company BEFORE DELETE ON audit
WHEN EXISTS (SELECT 1 FROM tenants WHERE id = OLD.tenant)
BEGIN
    SELECT RAISE(ABORT, 'a line of the audit log goes only with its company');
END;
