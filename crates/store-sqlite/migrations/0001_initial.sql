-- Companies, people and all that hangs on them. A person's number is unique over the whole file.
-- Texts that name a person or an address (`who`) are `u42` for person 42 of the same company, or `name@domain`.

CREATE TABLE tenants (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    netbios_name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    account_password_sign_in INTEGER NOT NULL,
    limit_contacts INTEGER NOT NULL,
    limit_watchers INTEGER NOT NULL,
    limit_groups INTEGER NOT NULL,
    limit_endpoints INTEGER NOT NULL
) STRICT;

CREATE TABLE domains (
    name TEXT PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    place INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX domains_of_tenant ON domains (tenant, place);

CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    sign_in_name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    licensed INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    given_name TEXT NOT NULL,
    surname TEXT NOT NULL,
    title TEXT NOT NULL,
    department TEXT NOT NULL,
    company TEXT NOT NULL,
    office TEXT NOT NULL,
    mail TEXT NOT NULL,
    manager INTEGER REFERENCES people (id) ON DELETE SET NULL,
    presence_revision INTEGER NOT NULL DEFAULT 0,
    contacts_delta INTEGER NOT NULL DEFAULT 1,
    UNIQUE (tenant, sign_in_name)
) STRICT;
CREATE INDEX people_of_tenant ON people (tenant, id);
CREATE INDEX people_of_manager ON people (manager) WHERE manager IS NOT NULL;

-- Place 0 is the address that others see, the others are aliases.
CREATE TABLE addresses (
    address TEXT PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    domain TEXT NOT NULL REFERENCES domains (name)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX addresses_of_person ON addresses (user, place);
CREATE INDEX addresses_in_domain ON addresses (domain);

CREATE TABLE phones (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    PRIMARY KEY (user, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    user INTEGER PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL,
    account_nt BLOB,
    previous_account_nt BLOB
) STRICT;

CREATE TABLE app_passwords (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX app_passwords_of_person ON app_passwords (user, id);

-- What a client published is in `xml`, byte for byte; `facts` is JSON.
CREATE TABLE publications (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    category TEXT NOT NULL,
    container INTEGER NOT NULL,
    instance INTEGER NOT NULL,
    version INTEGER NOT NULL,
    published INTEGER NOT NULL,
    publisher BLOB,
    xml TEXT,
    facts TEXT NOT NULL,
    PRIMARY KEY (user, category, container, instance)
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    container INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (user, container)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    user INTEGER NOT NULL,
    container INTEGER NOT NULL,
    kind TEXT NOT NULL,
    who TEXT NOT NULL,
    PRIMARY KEY (user, container, kind, who),
    FOREIGN KEY (user, container) REFERENCES memberships (user, container) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE subscribers (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    who TEXT NOT NULL,
    display_name TEXT NOT NULL,
    acknowledged INTEGER NOT NULL,
    PRIMARY KEY (user, who)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact_groups (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    external_uri TEXT NOT NULL,
    extension_xml TEXT NOT NULL,
    PRIMARY KEY (user, id)
) STRICT, WITHOUT ROWID;

-- `in_groups` has group numbers in the owner's order, with spaces between them.
CREATE TABLE contacts (
    user INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    who TEXT NOT NULL,
    alias TEXT NOT NULL,
    in_groups TEXT NOT NULL,
    subscribed INTEGER NOT NULL,
    external_uri TEXT NOT NULL,
    extension_xml TEXT NOT NULL,
    PRIMARY KEY (user, who)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_tenant ON audit (tenant, number);
