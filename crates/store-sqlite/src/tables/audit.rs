//! The audit log.

use rapport_model::{Scope, Timestamp};
use rapport_store::{AuditEntry, AuditRecord, bounds};
use rusqlite::Connection;

use super::{all, execute, tenant_exists};
use crate::error::{Done, Fail};

pub(crate) fn append(connection: &Connection, scope: &Scope, entry: &AuditEntry) -> Done<u64> {
    bounds::audit_entry(entry)?;
    tenant_exists(connection, scope)?;
    let sql = "INSERT INTO audit (tenant, at, actor, reason, what, subject, detail) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let AuditEntry { at, what, subject, detail } = entry;
    execute(
        connection,
        sql,
        (scope.tenant.0, at.0, scope.actor.to_string(), scope.reason, what, subject, detail),
    )?;
    u64::try_from(connection.last_insert_rowid()).map_err(|_| Fail::Row("the number of an audit line"))
}

pub(crate) fn page(
    connection: &Connection,
    scope: &Scope,
    after: u64,
    limit: usize,
) -> Done<Vec<AuditRecord>> {
    let sql = "SELECT number, at, actor, reason, what, subject, detail FROM audit \
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
        Ok((row.get::<_, i64>(0)?, AuditRecord { number: 0, actor: row.get(2)?, reason: row.get(3)?, entry }))
    })?;
    let numbered = rows.into_iter().map(|(number, record)| {
        let number = u64::try_from(number).map_err(|_| Fail::Row("the number of an audit line"))?;
        Ok(AuditRecord { number, ..record })
    });
    numbered.collect()
}
