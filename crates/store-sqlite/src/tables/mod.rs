//! The rows: a module per concept, each call a function on a connection inside a transaction.

pub(crate) mod audit;
pub(crate) mod contacts;
pub(crate) mod credentials;
pub(crate) mod history;
pub(crate) mod people;
pub(crate) mod presence;
pub(crate) mod tenants;
mod values;
pub(crate) mod web;

use rapport_core::directory::PersonRef;
use rapport_model::{Aor, Scope, TenantId, UserId};
use rapport_store::{StoreError, bounds};
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use crate::error::{Done, Fail};

/// Reads one page of the file.
pub(crate) fn ready(connection: &Connection) -> Done<()> {
    find(connection, "SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?.ok_or(Fail::Row("the schema"))
}

/// Returns the one row that a statement finds, if it finds one.
fn find<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Done<Option<T>> {
    Ok(connection.prepare_cached(sql)?.query_row(params, read).optional()?)
}

/// Returns every row that a statement finds.
fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Done<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Runs a statement that changes rows and returns how many.
fn execute(connection: &Connection, sql: &str, params: impl Params) -> Done<usize> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// Turns a number that the database gave into one of ours, or says that there are no more.
fn new_number(row: i64) -> Done<u32> {
    u32::try_from(row).map_err(|_| Fail::Store(StoreError::Full))
}

/// Checks that the scope's company is there.
fn tenant_exists(connection: &Connection, scope: &Scope) -> Done<()> {
    let sql = "SELECT 1 FROM tenants WHERE id = ?1 AND deleted IS NULL";
    find(connection, sql, [scope.tenant.0], |_| Ok(()))?.ok_or(Fail::Store(StoreError::NotFound))
}

/// Checks that a person is the scope's company's and is there.
fn person_exists(connection: &Connection, scope: &Scope, user: UserId) -> Done<()> {
    bounds::covered(scope, user)?;
    let sql = "SELECT 1 FROM living WHERE id = ?1 AND tenant = ?2";
    find(connection, sql, (user.user, user.tenant.0), |_| Ok(()))?.ok_or(Fail::Store(StoreError::NotFound))
}

/// Writes a person of the same company as `u42`, anyone else as their address.
fn who_text(who: &PersonRef) -> String {
    match who {
        PersonRef::Person(user) => format!("u{}", user.user),
        PersonRef::Address(address) => address.as_str().to_owned(),
    }
}

fn parse_who(text: &str, tenant: TenantId) -> Done<PersonRef> {
    if text.contains('@') {
        return parse_aor(text).map(PersonRef::Address);
    }
    let user = text.strip_prefix('u').and_then(|number| number.parse().ok());
    user.map(|user| PersonRef::Person(UserId { tenant, user })).ok_or(Fail::Row("a reference to a person"))
}

fn parse_aor(text: &str) -> Done<Aor> {
    Aor::parse(text).map_err(|_| Fail::Row("an address"))
}
