//! People with their addresses, sign-in names and contact cards.

use rapport_core::directory::{Card, Person, Phone, PhoneKind};
use rapport_model::{Aor, Scope, TenantId, UserId};
use rapport_store::{NewPerson, StoreError, bounds};
use rusqlite::{Connection, Row};

use super::{all, execute, find, new_number, parse_aor, person_exists, tenant_exists};
use crate::error::{Done, Fail};

const COLUMNS: &str = "id, sign_in_name, enabled, licensed, display_name, given_name, surname, title, department, \
                       company, office, mail, manager";

/// What stands in the row of a person itself.
struct Main {
    id: UserId,
    sign_in_name: String,
    enabled: bool,
    licensed: bool,
    card: Card,
}

fn read(row: &Row<'_>, tenant: TenantId) -> rusqlite::Result<Main> {
    let manager: Option<u32> = row.get(12)?;
    Ok(Main {
        id: UserId { tenant, user: row.get(0)? },
        sign_in_name: row.get(1)?,
        enabled: row.get(2)?,
        licensed: row.get(3)?,
        card: Card {
            display_name: row.get(4)?,
            given_name: row.get(5)?,
            surname: row.get(6)?,
            title: row.get(7)?,
            department: row.get(8)?,
            company: row.get(9)?,
            office: row.get(10)?,
            mail: row.get(11)?,
            phones: Vec::new(),
            manager: manager.map(|user| UserId { tenant, user }),
        },
    })
}

/// Adds what stands in other tables.
fn complete(connection: &Connection, main: Main) -> Done<Person> {
    let Main { id, sign_in_name, enabled, licensed, mut card } = main;
    let sql = "SELECT address FROM addresses WHERE user = ?1 ORDER BY place";
    let addresses = all(connection, sql, [id.user], |row| row.get::<_, String>(0))?;
    let mut addresses = addresses.iter().map(|text| parse_aor(text));
    let address = addresses.next().ok_or(Fail::Row("a person without an address"))??;
    let aliases = addresses.collect::<Done<_>>()?;
    let sql = "SELECT kind, number FROM phones WHERE user = ?1 ORDER BY place";
    let phones = all(connection, sql, [id.user], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let phones = phones.into_iter().map(|(kind, number)| Ok(Phone { kind: parse_kind(&kind)?, number }));
    card.phones = phones.collect::<Done<_>>()?;
    Ok(Person { id, address, aliases, sign_in_name, enabled, licensed, card })
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

pub(crate) fn add(connection: &Connection, scope: &Scope, new: NewPerson) -> Done<Person> {
    bounds::new_person(scope, &new)?;
    tenant_exists(connection, scope)?;
    fits(connection, scope, &new, None)?;
    let sql = "INSERT INTO people (tenant, sign_in_name, enabled, licensed, display_name, given_name, surname, title, \
               department, company, office, mail, manager) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    write_main(connection, sql, scope.tenant.0, &new)?;
    let id = UserId { tenant: scope.tenant, user: new_number(connection.last_insert_rowid())? };
    insert_rest(connection, id, &new)?;
    Ok(new.with_id(id))
}

pub(crate) fn set(connection: &Connection, scope: &Scope, person: Person) -> Done<()> {
    let (id, new) = bounds::person(scope, person)?;
    person_exists(connection, scope, id)?;
    fits(connection, scope, &new, Some(id))?;
    let sql = "UPDATE people SET sign_in_name = ?2, enabled = ?3, licensed = ?4, display_name = ?5, given_name = ?6, \
               surname = ?7, title = ?8, department = ?9, company = ?10, office = ?11, mail = ?12, manager = ?13 \
               WHERE id = ?1";
    write_main(connection, sql, id.user, &new)?;
    execute(connection, "DELETE FROM addresses WHERE user = ?1", [id.user])?;
    execute(connection, "DELETE FROM phones WHERE user = ?1", [id.user])?;
    insert_rest(connection, id, &new)
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
    );
    execute(connection, sql, params)?;
    Ok(())
}

fn insert_rest(connection: &Connection, id: UserId, new: &NewPerson) -> Done<()> {
    let sql = "INSERT INTO addresses (address, user, place, domain) VALUES (?1, ?2, ?3, ?4)";
    for (place, address) in (0i64..).zip(std::iter::once(&new.address).chain(&new.aliases)) {
        execute(connection, sql, (address.as_str(), id.user, place, address.domain()))?;
    }
    let sql = "INSERT INTO phones (user, place, kind, number) VALUES (?1, ?2, ?3, ?4)";
    for (place, phone) in (0i64..).zip(&new.card.phones) {
        execute(connection, sql, (id.user, place, kind_text(phone.kind), &phone.number))?;
    }
    Ok(())
}

/// Checks what a person needs of the rest of the store: free names, addresses in domains of the company.
fn fits(connection: &Connection, scope: &Scope, new: &NewPerson, own: Option<UserId>) -> Done<()> {
    let own = own.map(|own| own.user);
    let mut seen = std::collections::BTreeSet::new();
    for address in std::iter::once(&new.address).chain(&new.aliases) {
        let sql = "SELECT 1 FROM domains WHERE name = ?1 AND tenant = ?2";
        if find(connection, sql, (address.domain(), scope.tenant.0), |_| Ok(()))?.is_none() {
            return Err(
                StoreError::Invalid { what: "the address lies in no SIP domain of the company" }.into()
            );
        }
        let sql = "SELECT 1 FROM addresses WHERE address = ?1 AND user IS NOT ?2";
        let taken = find(connection, sql, (address.as_str(), own), |_| Ok(()))?.is_some();
        if taken || !seen.insert(address) {
            return Err(StoreError::Conflict { what: "address" }.into());
        }
    }
    let sql = "SELECT 1 FROM people WHERE tenant = ?1 AND sign_in_name = ?2 AND id IS NOT ?3";
    if find(connection, sql, (scope.tenant.0, &new.sign_in_name, own), |_| Ok(()))?.is_some() {
        return Err(StoreError::Conflict { what: "sign-in name" }.into());
    }
    if let Some(manager) = new.card.manager {
        person_exists(connection, scope, manager).map_err(|fail| match fail {
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
    let sql = format!("SELECT {COLUMNS} FROM people WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let limit = u32::try_from(limit.min(bounds::PAGE)).unwrap_or(u32::MAX);
    let params = (scope.tenant.0, after.map_or(0, |after| after.user), limit);
    let rows = all(connection, &sql, params, |row| read(row, scope.tenant))?;
    rows.into_iter().map(|main| complete(connection, main)).collect()
}

pub(crate) fn by_id(connection: &Connection, scope: &Scope, user: UserId) -> Done<Person> {
    bounds::covered(scope, user)?;
    let sql = format!("SELECT {COLUMNS} FROM people WHERE id = ?1 AND tenant = ?2");
    let main = find(connection, &sql, (user.user, user.tenant.0), |row| read(row, scope.tenant))?;
    complete(connection, main.ok_or(StoreError::NotFound)?)
}

pub(crate) fn by_address(connection: &Connection, scope: &Scope, address: &Aor) -> Done<Option<Person>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM people WHERE id = (SELECT user FROM addresses WHERE address = ?1) AND tenant = ?2"
    );
    let main = find(connection, &sql, (address.as_str(), scope.tenant.0), |row| read(row, scope.tenant))?;
    main.map(|main| complete(connection, main)).transpose()
}

pub(crate) fn by_sign_in_name(connection: &Connection, scope: &Scope, name: &str) -> Done<Option<Person>> {
    let sql = format!("SELECT {COLUMNS} FROM people WHERE tenant = ?1 AND sign_in_name = ?2");
    let main = find(connection, &sql, (scope.tenant.0, name), |row| read(row, scope.tenant))?;
    main.map(|main| complete(connection, main)).transpose()
}

pub(crate) fn by_ids(connection: &Connection, scope: &Scope, mut users: Vec<UserId>) -> Done<Vec<Person>> {
    users.iter().try_for_each(|user| bounds::covered(scope, *user))?;
    users.sort_unstable();
    users.dedup();
    let sql = format!("SELECT {COLUMNS} FROM people WHERE id = ?1 AND tenant = ?2");
    let mut people = Vec::with_capacity(users.len());
    for user in users {
        let main = find(connection, &sql, (user.user, user.tenant.0), |row| read(row, scope.tenant))?;
        people.extend(main.map(|main| complete(connection, main)).transpose()?);
    }
    Ok(people)
}

pub(crate) fn remove(connection: &Connection, scope: &Scope, user: UserId) -> Done<()> {
    person_exists(connection, scope, user)?;
    execute(connection, "DELETE FROM people WHERE id = ?1", [user.user])?;
    Ok(())
}
