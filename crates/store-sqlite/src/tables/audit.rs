//! The audit log.

use rapport_model::{Scope, Timestamp};
use rapport_store::{AuditEntry, AuditRecord, Link, bounds};
use rusqlite::Connection;

use super::{all, execute, tenant_exists};
use crate::error::{Done, Fail};

/// What is named when a number can't be read.
const NUMBER: &str = "the number of an audit line";

pub(crate) fn append(connection: &Connection, scope: &Scope, entry: &AuditEntry) -> Done<u64> {
    bounds::audit_entry(entry)?;
    tenant_exists(connection, scope)?;
    let last = "SELECT number, link FROM audit WHERE tenant = ?1 ORDER BY number DESC LIMIT 1";
    let last = all(connection, last, [scope.tenant.0], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    let (last, before) = match last.into_iter().next() {
        Some((number, link)) => (unsigned(number)?, read_link(link)?),
        None => (0, None),
    };
    let AuditRecord { number, actor, source, reason, entry, link } =
        AuditRecord::under(scope, last + 1, entry.clone(), before);
    let AuditEntry { at, what, subject, detail } = entry;
    let sql = "INSERT INTO audit (tenant, number, at, actor, source, reason, what, subject, detail, link) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let stored = i64::try_from(number).map_err(|_| Fail::Row(NUMBER))?;
    let link = link.map(|link| link.0.to_vec()).unwrap_or_default();
    let line = (scope.tenant.0, stored, at.0, actor, source, reason, what, subject, detail, link);
    execute(connection, sql, line)?;
    Ok(number)
}

pub(crate) fn page(
    connection: &Connection,
    scope: &Scope,
    after: u64,
    limit: usize,
) -> Done<Vec<AuditRecord>> {
    let sql = "SELECT number, at, actor, reason, what, subject, detail, link, source FROM audit \
               WHERE tenant = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = u32::try_from(limit.min(bounds::PAGE)).unwrap_or(u32::MAX);
    let rows = all(connection, sql, (scope.tenant.0, after, limit), |row| {
        let entry = AuditEntry {
            at: Timestamp(row.get(1)?),
            what: row.get(4)?,
            subject: row.get(5)?,
            detail: row.get(6)?,
        };
        let (actor, source, reason) = (row.get(2)?, row.get(8)?, row.get(3)?);
        let line = AuditRecord { number: 0, actor, source, reason, entry, link: None };
        Ok((row.get::<_, i64>(0)?, line, row.get(7)?))
    })?;
    let whole = rows.into_iter().map(|(number, line, link)| {
        Ok(AuditRecord { number: unsigned(number)?, link: read_link(link)?, ..line })
    });
    whole.collect()
}

fn unsigned(number: i64) -> Done<u64> {
    u64::try_from(number).map_err(|_| Fail::Row(NUMBER))
}

fn read_link(octets: Vec<u8>) -> Done<Option<Link>> {
    match <[u8; 32]>::try_from(octets) {
        Ok(link) => Ok(Some(Link(link))),
        Err(octets) if octets.is_empty() => Ok(None),
        Err(_) => Err(Fail::Row("the link of an audit line")),
    }
}
