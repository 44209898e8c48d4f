//! People with their addresses, sign-in names and contact cards.

use rapport_core::directory::{Card, FormerAddress, Person, PersonRef, Phone, PhoneKind};
use rapport_model::{Aor, Scope, TenantId, Timestamp, UserId};
use rapport_store::{Beginning, Begins, Deleted, NewPerson, StoreError, bounds};
use rusqlite::{Connection, Row};

use super::{
    all, audit, credentials, execute, find, new_number, parse_aor, person_exists, presence, tenant_exists,
    who_text,
};
use crate::error::{Done, Fail};

const COLUMNS: &str = "id, sign_in_name, enabled, licensed, display_name, given_name, surname, title, department, \
                       company, office, web_page, mail, manager";

/// What stands in the row of a person itself.
struct Main {
    id: UserId,
    sign_in_name: String,
    enabled: bool,
    licensed: bool,
    card: Card,
}

fn read(row: &Row<'_>, tenant: TenantId) -> rusqlite::Result<Main> {
    let manager: Option<u32> = row.get("manager")?;
    Ok(Main {
        id: UserId { tenant, user: row.get("id")? },
        sign_in_name: row.get("sign_in_name")?,
        enabled: row.get("enabled")?,
        licensed: row.get("licensed")?,
        card: Card {
            display_name: row.get("display_name")?,
            given_name: row.get("given_name")?,
            surname: row.get("surname")?,
            title: row.get("title")?,
            department: row.get("department")?,
            company: row.get("company")?,
            office: row.get("office")?,
            web_page: row.get("web_page")?,
            mail: row.get("mail")?,
            phones: Vec::new(),
            manager: manager.map(|user| UserId { tenant, user }),
        },
    })
}

/// Adds what stands in other tables.
fn complete(connection: &Connection, main: Main) -> Done<Person> {
    let Main { id, sign_in_name, enabled, licensed, mut card } = main;
    let sql = "SELECT address, until FROM addresses WHERE user = ?1 ORDER BY place";
    let rows = all(connection, sql, [id.user], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let (mut aliases, mut former) = (Vec::new(), Vec::new());
    for (text, until) in rows {
        let address = parse_aor(&text)?;
        match until {
            None => aliases.push(address),
            Some(until) => former.push(FormerAddress { address, until: Timestamp(until) }),
        }
    }
    if aliases.is_empty() {
        return Err(Fail::Row("a person without an address"));
    }
    let address = aliases.remove(0);
    let sql = "SELECT kind, number FROM phones WHERE user = ?1 ORDER BY place";
    let phones = all(connection, sql, [id.user], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let phones = phones.into_iter().map(|(kind, number)| Ok(Phone { kind: parse_kind(&kind)?, number }));
    card.phones = phones.collect::<Done<_>>()?;
    Ok(Person { id, address, aliases, former, sign_in_name, enabled, licensed, card })
}

const fn kind_text(kind: PhoneKind) -> &'static str {
    match kind {
        PhoneKind::Work => "work",
        PhoneKind::Mobile => "mobile",
        PhoneKind::Home => "home",
        PhoneKind::Other => "other",
    }
}

fn parse_kind(text: &str) -> Done<PhoneKind> {
    let kinds = [PhoneKind::Work, PhoneKind::Mobile, PhoneKind::Home, PhoneKind::Other];
    kinds.into_iter().find(|kind| kind_text(*kind) == text).ok_or(Fail::Row("a kind of telephone number"))
}

pub(crate) fn add(connection: &Connection, scope: &Scope, new: NewPerson, begins: Begins) -> Done<Person> {
    bounds::new_person(scope, &new)?;
    tenant_exists(connection, scope)?;
    fits(connection, scope, &new, &[], None)?;
    let sql = "INSERT INTO people (tenant, sign_in_name, enabled, licensed, display_name, given_name, surname, title, \
               department, company, office, mail, manager, web_page) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    write_main(connection, sql, scope.tenant.0, &new)?;
    let id = UserId { tenant: scope.tenant, user: new_number(connection.last_insert_rowid())? };
    insert_rest(connection, id, &new, &[])?;
    let person = new.with_id(id);
    let Beginning { presence, password, line } = begins(&person)?;
    if !presence.is_empty() {
        presence::commit(connection, scope, id, 0, 1, &presence)?;
    }
    if let Some(password) = &password {
        credentials::set_password(connection, scope, id, password)?;
    }
    audit::append(connection, scope, &line)?;
    Ok(person)
}

pub(crate) fn set(connection: &Connection, scope: &Scope, person: Person) -> Done<()> {
    let (id, new, former) = bounds::person(scope, person)?;
    person_exists(connection, scope, id)?;
    fits(connection, scope, &new, &former, Some(id))?;
    let sql = "UPDATE people SET sign_in_name = ?2, enabled = ?3, licensed = ?4, display_name = ?5, given_name = ?6, \
               surname = ?7, title = ?8, department = ?9, company = ?10, office = ?11, mail = ?12, manager = ?13, \
               web_page = ?14 WHERE id = ?1";
    write_main(connection, sql, id.user, &new)?;
    execute(connection, "DELETE FROM addresses WHERE user = ?1", [id.user])?;
    execute(connection, "DELETE FROM phones WHERE user = ?1", [id.user])?;
    insert_rest(connection, id, &new, &former)
}

/// Runs a statement whose first parameter is a number and whose others are the fields of a person's row.
fn write_main(connection: &Connection, sql: &str, number: u32, new: &NewPerson) -> Done<()> {
    let card = &new.card;
    let params = (
        number,
        &new.sign_in_name,
        new.enabled,
        new.licensed,
        &card.display_name,
        &card.given_name,
        &card.surname,
        &card.title,
        &card.department,
        &card.company,
        &card.office,
        &card.mail,
        card.manager.map(|manager| manager.user),
        &card.web_page,
    );
    execute(connection, sql, params)?;
    Ok(())
}

fn insert_rest(connection: &Connection, id: UserId, new: &NewPerson, former: &[FormerAddress]) -> Done<()> {
    let sql = "INSERT INTO addresses (address, user, place, domain, until) VALUES (?1, ?2, ?3, ?4, ?5)";
    let own = std::iter::once(&new.address).chain(&new.aliases).map(|address| (address, None));
    let former = former.iter().map(|former| (&former.address, Some(former.until.0)));
    for (place, (address, until)) in (0i64..).zip(own.chain(former)) {
        execute(connection, sql, (address.as_str(), id.user, place, address.domain(), until))?;
    }
    let sql = "INSERT INTO phones (user, place, kind, number) VALUES (?1, ?2, ?3, ?4)";
    for (place, phone) in (0i64..).zip(&new.card.phones) {
        execute(connection, sql, (id.user, place, kind_text(phone.kind), &phone.number))?;
    }
    Ok(())
}

/// Checks what a person needs of the rest of the store: free names, addresses in domains of the company.
fn fits(
    connection: &Connection,
    scope: &Scope,
    new: &NewPerson,
    former: &[FormerAddress],
    own: Option<UserId>,
) -> Done<()> {
    let own = own.map(|own| own.user);
    let mut seen = std::collections::BTreeSet::new();
    let former = former.iter().map(|former| &former.address);
    for address in std::iter::once(&new.address).chain(&new.aliases).chain(former) {
        let sql = "SELECT 1 FROM domains WHERE name = ?1 AND tenant = ?2";
        if find(connection, sql, (address.domain(), scope.tenant.0), |_| Ok(()))?.is_none() {
            return Err(
                StoreError::Invalid { what: "the address lies in no SIP domain of the company" }.into()
            );
        }
        let sql = "SELECT until FROM addresses WHERE address = ?1 AND user IS NOT ?2";
        match find(connection, sql, (address.as_str(), own), |row| row.get::<_, Option<i64>>(0))? {
            Some(Some(_)) => return Err(StoreError::Conflict { what: "former address" }.into()),
            None if seen.insert(address) => {}
            Some(None) | None => return Err(StoreError::Conflict { what: "address" }.into()),
        }
    }
    let sql = "SELECT 1 FROM people WHERE tenant = ?1 AND sign_in_name = ?2 AND id IS NOT ?3";
    if find(connection, sql, (scope.tenant.0, &new.sign_in_name, own), |_| Ok(()))?.is_some() {
        return Err(StoreError::Conflict { what: "sign-in name" }.into());
    }
    if let Some(manager) = new.card.manager {
        // One who was deleted may come back.
        row_exists(connection, scope, manager).map_err(|fail| match fail {
            Fail::Store(StoreError::NotFound) => {
                StoreError::Invalid { what: "the manager does not exist" }.into()
            }
            other => other,
        })?;
    }
    Ok(())
}

pub(crate) fn page(
    connection: &Connection,
    scope: &Scope,
    after: Option<UserId>,
    limit: usize,
) -> Done<Vec<Person>> {
    after.map_or(Ok(()), |after| bounds::covered(scope, after))?;
    let sql = format!("SELECT {COLUMNS} FROM living WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let limit = u32::try_from(limit.min(bounds::PAGE)).unwrap_or(u32::MAX);
    let params = (scope.tenant.0, after.map_or(0, |after| after.user), limit);
    let rows = all(connection, &sql, params, |row| read(row, scope.tenant))?;
    rows.into_iter().map(|main| complete(connection, main)).collect()
}

pub(crate) fn by_id(connection: &Connection, scope: &Scope, user: UserId) -> Done<Person> {
    bounds::covered(scope, user)?;
    let sql = format!("SELECT {COLUMNS} FROM living WHERE id = ?1 AND tenant = ?2");
    let main = find(connection, &sql, (user.user, user.tenant.0), |row| read(row, scope.tenant))?;
    complete(connection, main.ok_or(StoreError::NotFound)?)
}

pub(crate) fn by_address(connection: &Connection, scope: &Scope, address: &Aor) -> Done<Option<Person>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM living WHERE id = (SELECT user FROM addresses WHERE address = ?1) AND tenant = ?2"
    );
    let main = find(connection, &sql, (address.as_str(), scope.tenant.0), |row| read(row, scope.tenant))?;
    main.map(|main| complete(connection, main)).transpose()
}

pub(crate) fn by_sign_in_name(connection: &Connection, scope: &Scope, name: &str) -> Done<Option<Person>> {
    let sql = format!("SELECT {COLUMNS} FROM living WHERE tenant = ?1 AND sign_in_name = ?2");
    let main = find(connection, &sql, (scope.tenant.0, name), |row| read(row, scope.tenant))?;
    main.map(|main| complete(connection, main)).transpose()
}

pub(crate) fn by_ids(connection: &Connection, scope: &Scope, mut users: Vec<UserId>) -> Done<Vec<Person>> {
    users.iter().try_for_each(|user| bounds::covered(scope, *user))?;
    users.sort_unstable();
    users.dedup();
    let sql = format!("SELECT {COLUMNS} FROM living WHERE id = ?1 AND tenant = ?2");
    let mut people = Vec::with_capacity(users.len());
    for user in users {
        let main = find(connection, &sql, (user.user, user.tenant.0), |row| read(row, scope.tenant))?;
        people.extend(main.map(|main| complete(connection, main)).transpose()?);
    }
    Ok(people)
}

pub(crate) fn address_of(connection: &Connection, scope: &Scope, user: UserId) -> Done<Option<Aor>> {
    bounds::covered(scope, user)?;
    let sql = "SELECT address FROM addresses JOIN people ON people.id = addresses.user \
               JOIN tenants ON tenants.id = people.tenant \
               WHERE people.id = ?1 AND tenant = ?2 AND tenants.deleted IS NULL AND place = 0";
    let text = find(connection, sql, (user.user, scope.tenant.0), |row| row.get::<_, String>(0))?;
    text.map(|text| parse_aor(&text)).transpose()
}

pub(crate) fn holder_of(connection: &Connection, scope: &Scope, address: &Aor) -> Done<Option<UserId>> {
    let sql = "SELECT user FROM addresses JOIN people ON people.id = addresses.user \
               JOIN tenants ON tenants.id = people.tenant \
               WHERE address = ?1 AND tenant = ?2 AND tenants.deleted IS NULL";
    let user = find(connection, sql, (address.as_str(), scope.tenant.0), |row| row.get(0))?;
    Ok(user.map(|user| UserId { tenant: scope.tenant, user }))
}

pub(crate) fn forget_former(connection: &Connection, scope: &Scope, now: Timestamp) -> Done<Vec<UserId>> {
    // Few addresses have an end, and the planner would rather look at all that a company's people have.
    const OVER: &str = "FROM addresses INDEXED BY addresses_by_end WHERE until <= ?2 \
                        AND EXISTS (SELECT 1 FROM people WHERE people.id = addresses.user AND tenant = ?1)";
    let sql = format!("SELECT DISTINCT user {OVER} ORDER BY user");
    let user = |row: &Row<'_>| Ok(UserId { tenant: scope.tenant, user: row.get(0)? });
    let users = all(connection, &sql, (scope.tenant.0, now.0), user)?;
    execute(connection, &format!("DELETE {OVER}"), (scope.tenant.0, now.0))?;
    Ok(users)
}

pub(crate) fn delete(connection: &Connection, scope: &Scope, user: UserId, at: Timestamp) -> Done<()> {
    person_exists(connection, scope, user)?;
    execute(connection, "UPDATE people SET deleted = ?2 WHERE id = ?1", (user.user, at.0))?;
    Ok(())
}

pub(crate) fn restore(connection: &Connection, scope: &Scope, user: UserId) -> Done<Person> {
    bounds::covered(scope, user)?;
    tenant_exists(connection, scope)?;
    let sql = "UPDATE people SET deleted = NULL WHERE id = ?1 AND tenant = ?2 AND deleted IS NOT NULL";
    if execute(connection, sql, (user.user, scope.tenant.0))? == 0 {
        return Err(StoreError::NotFound.into());
    }
    by_id(connection, scope, user)
}

pub(crate) fn deleted(connection: &Connection, scope: &Scope) -> Done<Vec<Deleted<Person>>> {
    if tenant_exists(connection, scope).is_err() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS}, deleted FROM people WHERE tenant = ?1 AND deleted IS NOT NULL ORDER BY id LIMIT ?2"
    );
    let limit = u32::try_from(bounds::PAGE).unwrap_or(u32::MAX);
    let rows = all(connection, &sql, (scope.tenant.0, limit), |row| {
        Ok((read(row, scope.tenant)?, row.get("deleted")?))
    })?;
    rows.into_iter()
        .map(|(main, at)| Ok(Deleted { what: complete(connection, main)?, at: Timestamp(at) }))
        .collect()
}

pub(crate) fn who_names(connection: &Connection, scope: &Scope, user: UserId) -> Done<Vec<UserId>> {
    bounds::covered(scope, user)?;
    let sql = "SELECT id FROM living WHERE tenant = ?2 AND id IN (SELECT user FROM contacts WHERE who = ?1 \
               UNION SELECT user FROM members WHERE who = ?1 UNION SELECT user FROM subscribers WHERE who = ?1) \
               ORDER BY id";
    let who = who_text(&PersonRef::Person(user));
    all(connection, sql, (who, scope.tenant.0), |row| Ok(UserId { tenant: scope.tenant, user: row.get(0)? }))
}

/// Checks that a person is the scope's company's and exists, deleted or not.
fn row_exists(connection: &Connection, scope: &Scope, user: UserId) -> Done<()> {
    bounds::covered(scope, user)?;
    let sql = "SELECT 1 FROM people WHERE id = ?1 AND tenant = ?2";
    find(connection, sql, (user.user, user.tenant.0), |_| Ok(()))?.ok_or(Fail::Store(StoreError::NotFound))
}

pub(crate) fn remove(connection: &Connection, scope: &Scope, user: UserId) -> Done<()> {
    row_exists(connection, scope, user)?;
    execute(connection, "DELETE FROM people WHERE id = ?1", [user.user])?;
    Ok(())
}
