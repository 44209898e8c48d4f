//! Message history: who and when in the clear, what was said sealed.

use rapport_core::directory::PersonRef;
use rapport_model::{MessageId, Scope, TenantId, Timestamp, UserId};
use rapport_store::{
    HistoryEntry, HistoryKey, HistoryPeer, HistoryRange, NewHistoryEntry, Sealed, StoreError, bounds,
};
use rusqlite::{Connection, Params, Row};

use super::{execute, find, parse_who, person_exists, tenant_exists, who_text};
use crate::error::Done;

/// A row before it is known that its peer is one.
type Found = (i64, String, i64, Vec<u8>);

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn entry((number, peer, at, sealed): Found, tenant: TenantId) -> Done<HistoryEntry> {
    let peer = parse_who(&peer, tenant)?;
    let sealed = Sealed(sealed.into_boxed_slice());
    Ok(HistoryEntry { id: MessageId(number), peer, at: Timestamp(at), sealed })
}

/// Octets of what is sealed in a row.
fn size((.., sealed): &Found) -> usize {
    sealed.len()
}

/// Reads rows as long as there is room for more in one answer.
fn fitting<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    size: impl Fn(&T) -> usize,
) -> Done<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let (mut fitting, mut octets) = (Vec::new(), 0);
    while octets <= bounds::HISTORY_PAGE
        && let Some(row) = rows.next()?
    {
        let row = read(row)?;
        octets += size(&row);
        fitting.push(row);
    }
    Ok(fitting)
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit.min(bounds::PAGE)).unwrap_or(i64::MAX)
}

pub(crate) fn key(connection: &Connection, scope: &Scope) -> Done<Option<HistoryKey>> {
    tenant_exists(connection, scope)?;
    let sql = "SELECT id, sealed FROM history_keys WHERE tenant = ?1";
    find(connection, sql, [scope.tenant.0], |row| {
        Ok(HistoryKey { id: row.get(0)?, sealed: Sealed(row.get::<_, Vec<u8>>(1)?.into_boxed_slice()) })
    })
}

pub(crate) fn add_key(connection: &Connection, scope: &Scope, new: HistoryKey) -> Done<HistoryKey> {
    bounds::history_key(&new)?;
    if let Some(known) = key(connection, scope)? {
        return Ok(known);
    }
    let sql = "INSERT INTO history_keys (tenant, id, sealed) VALUES (?1, ?2, ?3)";
    execute(connection, sql, (scope.tenant.0, new.id, &*new.sealed.0))?;
    Ok(new)
}

pub(crate) fn append(
    connection: &Connection,
    scope: &Scope,
    under: i64,
    entries: &[NewHistoryEntry],
) -> Done<usize> {
    bounds::history_entries(scope, entries)?;
    let current = key(connection, scope)?.map(|key| key.id);
    if current != Some(under) {
        // What the other key is called says nothing as a revision.
        return Err(StoreError::Stale { current: 0 }.into());
    }
    let insert = "INSERT INTO history (user, number, tenant, peer, at, sealed) \
                  SELECT id, ?2, tenant, ?3, ?4, ?5 FROM people WHERE id = ?1 AND tenant = ?6 AND deleted IS NULL \
                  ON CONFLICT (user, number) DO UPDATE SET peer = excluded.peer, at = excluded.at, \
                  sealed = excluded.sealed";
    let mut added = 0;
    for NewHistoryEntry { user, id, peer, at, sealed } in entries {
        let row = (user.user, id.0, who_text(peer), at.0, &*sealed.0, user.tenant.0);
        added += execute(connection, insert, row)?;
    }
    Ok(added)
}

pub(crate) fn page(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    with: Option<&PersonRef>,
    before: Option<MessageId>,
    limit: usize,
) -> Done<Vec<HistoryEntry>> {
    person_exists(connection, scope, user)?;
    let before = before.map_or(i64::MAX, |before| before.0);
    let found = if let Some(with) = with {
        let sql = "SELECT number, peer, at, sealed FROM history WHERE user = ?1 AND peer = ?2 AND number < ?3 \
                   ORDER BY number DESC LIMIT ?4";
        fitting(connection, sql, (user.user, who_text(with), before, rows(limit)), found, size)?
    } else {
        let sql = "SELECT number, peer, at, sealed FROM history WHERE user = ?1 AND number < ?2 \
                   ORDER BY number DESC LIMIT ?3";
        fitting(connection, sql, (user.user, before, rows(limit)), found, size)?
    };
    found.into_iter().map(|row| entry(row, user.tenant)).collect()
}

pub(crate) fn peers(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    since: Timestamp,
    before: Option<MessageId>,
    limit: usize,
) -> Done<Vec<HistoryPeer>> {
    person_exists(connection, scope, user)?;
    let sql = "SELECT h.number, h.peer, h.at, h.sealed, g.entries, f.at FROM \
               (SELECT min(number) AS first, max(number) AS last, count(*) AS entries FROM history \
                WHERE user = ?1 AND number >= ?4 GROUP BY peer HAVING last < ?2 ORDER BY last DESC LIMIT ?3) g \
               JOIN history h ON h.user = ?1 AND h.number = g.last \
               JOIN history f ON f.user = ?1 AND f.number = g.first ORDER BY g.last DESC";
    let before = before.map_or(i64::MAX, |before| before.0);
    let asked = (user.user, before, rows(limit), MessageId::first_of(since).0);
    let read = |row: &Row<'_>| Ok((found(row)?, row.get::<_, i64>(4)?, row.get(5)?));
    let found = fitting(connection, sql, asked, read, |(found, ..)| size(found))?;
    let peer = |(row, count, first): (Found, i64, i64)| {
        let (count, first) = (u64::try_from(count).unwrap_or(0), Timestamp(first));
        Ok(HistoryPeer { count, first, last: entry(row, user.tenant)? })
    };
    found.into_iter().map(peer).collect()
}

pub(crate) fn delete(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    range: &HistoryRange,
) -> Done<usize> {
    person_exists(connection, scope, user)?;
    match range {
        HistoryRange::One(id) => {
            let sql = "DELETE FROM history WHERE user = ?1 AND number = ?2";
            execute(connection, sql, (user.user, id.0))
        }
        HistoryRange::With(peer) => {
            let sql = "DELETE FROM history WHERE user = ?1 AND peer = ?2";
            execute(connection, sql, (user.user, who_text(peer)))
        }
        HistoryRange::All => execute(connection, "DELETE FROM history WHERE user = ?1", [user.user]),
    }
}

pub(crate) fn forget(connection: &Connection, scope: &Scope, before: Timestamp, limit: usize) -> Done<usize> {
    let sql = "DELETE FROM history WHERE (user, number) IN \
               (SELECT user, number FROM history WHERE tenant = ?1 AND at < ?2 ORDER BY at LIMIT ?3)";
    execute(connection, sql, (scope.tenant.0, before.0, rows(limit)))
}
