//! Sign-ins in browsers, and what web clients leave.

use rapport_core::directory::PersonRef;
use rapport_model::{Epid, Scope, TenantId, Timestamp, UserId};
use rapport_store::{Fate, StoreError, WebMessage, WebSession, WebSessionHash, bounds};
use rusqlite::{Connection, Row};

use super::{all, execute, find, person_exists, who_text};
use crate::error::{Done, Fail};

const COLUMNS: &str = "hash, epid, label, source, created, used, expires";

/// A row before it is known that its texts are what they must be.
struct Found {
    hash: Vec<u8>,
    epid: String,
    session: (String, String, i64, i64, i64),
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let session = (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
    Ok(Found { hash: row.get(0)?, epid: row.get(1)?, session })
}

fn session(Found { hash, epid, session }: Found, user: UserId) -> Done<WebSession> {
    let (label, source, created, used, expires) = session;
    let hash = hash.try_into().map_err(|_| Fail::Row("the hash of a web session"))?;
    let epid = Epid::parse(&epid).map_err(|_| Fail::Row("the epid of a web session"))?;
    Ok(WebSession {
        hash: WebSessionHash(hash),
        user,
        epid,
        label,
        source,
        created: Timestamp(created),
        used: Timestamp(used),
        expires: Timestamp(expires),
    })
}

pub(crate) fn add(connection: &Connection, scope: &Scope, new: &WebSession) -> Done<()> {
    bounds::web_session(scope, new)?;
    person_exists(connection, scope, new.user)?;
    let sql = "SELECT count(*) FROM web_sessions WHERE user = ?1";
    let count = find(connection, sql, [new.user.user], |row| row.get::<_, u32>(0))?;
    if count.is_some_and(|count| count as usize >= bounds::WEB_SESSIONS) {
        return Err(StoreError::Invalid { what: "too many web sessions" }.into());
    }
    let sql = "INSERT INTO web_sessions (hash, user, epid, label, source, created, used, expires) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (hash) DO NOTHING";
    let WebSession { hash, user, epid, label, source, created, used, expires } = new;
    let row = (&hash.0[..], user.user, epid.as_str(), label, source, created.0, used.0, expires.0);
    match execute(connection, sql, row)? {
        0 => Err(StoreError::Conflict { what: "web session" }.into()),
        _ => Ok(()),
    }
}

pub(crate) fn by_hash(connection: &Connection, hash: WebSessionHash) -> Done<Option<WebSession>> {
    let sql = format!(
        "SELECT {COLUMNS}, p.tenant, p.id FROM web_sessions w JOIN living p ON p.id = w.user WHERE w.hash = ?1"
    );
    let row = find(connection, &sql, [&hash.0[..]], |row| {
        let user = UserId { tenant: TenantId(row.get(7)?), user: row.get(8)? };
        Ok((found(row)?, user))
    })?;
    row.map(|(row, user)| session(row, user)).transpose()
}

pub(crate) fn of_person(connection: &Connection, scope: &Scope, user: UserId) -> Done<Vec<WebSession>> {
    person_exists(connection, scope, user)?;
    let sql = format!("SELECT {COLUMNS} FROM web_sessions WHERE user = ?1 ORDER BY created, hash");
    let rows = all(connection, &sql, [user.user], found)?;
    rows.into_iter().map(|row| session(row, user)).collect()
}

pub(crate) fn touch(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    hash: WebSessionHash,
    used: Timestamp,
) -> Done<()> {
    person_exists(connection, scope, user)?;
    let sql = "UPDATE web_sessions SET used = ?3 WHERE hash = ?1 AND user = ?2";
    execute(connection, sql, (&hash.0[..], user.user, used.0))?;
    Ok(())
}

pub(crate) fn remove(connection: &Connection, scope: &Scope, user: UserId, hash: WebSessionHash) -> Done<()> {
    person_exists(connection, scope, user)?;
    let sql = "DELETE FROM web_sessions WHERE hash = ?1 AND user = ?2";
    if execute(connection, sql, (&hash.0[..], user.user))? == 0 {
        return Err(StoreError::NotFound.into());
    }
    Ok(())
}

pub(crate) fn remove_all(connection: &Connection, scope: &Scope, user: UserId) -> Done<usize> {
    bounds::covered(scope, user)?;
    let sql = "DELETE FROM web_sessions WHERE user = (SELECT id FROM people WHERE id = ?1 AND tenant = ?2)";
    execute(connection, sql, (user.user, user.tenant.0))
}

pub(crate) fn forget(connection: &Connection, expired: Timestamp, unused: Timestamp) -> Done<usize> {
    let sql = "DELETE FROM web_sessions WHERE expires <= ?1 OR used <= ?2";
    execute(connection, sql, (expired.0, unused.0))
}

pub(crate) fn document(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    name: &str,
) -> Done<Option<String>> {
    person_exists(connection, scope, user)?;
    let sql = "SELECT text FROM web_documents WHERE user = ?1 AND name = ?2";
    find(connection, sql, (user.user, name), |row| row.get(0))
}

pub(crate) fn set_document(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    name: &str,
    old: Option<&str>,
    text: &str,
) -> Done<()> {
    bounds::web_document(name, text)?;
    if document(connection, scope, user, name)?.as_deref() != old {
        // A text has no number.
        return Err(StoreError::Stale { current: 0 }.into());
    }
    let sql = "INSERT INTO web_documents (user, name, text) VALUES (?1, ?2, ?3) \
               ON CONFLICT (user, name) DO UPDATE SET text = excluded.text";
    execute(connection, sql, (user.user, name, text))?;
    Ok(())
}

pub(crate) fn conversations(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    hash: WebSessionHash,
) -> Done<Option<String>> {
    person_exists(connection, scope, user)?;
    let sql = "SELECT text FROM web_conversations WHERE hash = ?1 AND user = ?2";
    find(connection, sql, (&hash.0[..], user.user), |row| row.get(0))
}

pub(crate) fn set_conversations(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    hash: WebSessionHash,
    text: &str,
) -> Done<()> {
    bounds::web_conversations(scope, user, text)?;
    person_exists(connection, scope, user)?;
    let sql = "INSERT INTO web_conversations (hash, user, text) \
               SELECT hash, user, ?3 FROM web_sessions WHERE hash = ?1 AND user = ?2 \
               ON CONFLICT (hash) DO UPDATE SET text = excluded.text";
    if execute(connection, sql, (&hash.0[..], user.user, text))? == 0 {
        return Err(StoreError::NotFound.into());
    }
    Ok(())
}

pub(crate) fn message(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    peer: &PersonRef,
    client_id: &str,
) -> Done<Option<WebMessage>> {
    person_exists(connection, scope, user)?;
    let sql = "SELECT id, at, fate FROM web_messages WHERE user = ?1 AND peer = ?2 AND client_id = ?3";
    let row = find(connection, sql, (user.user, who_text(peer), client_id), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, u8>(2)?))
    })?;
    let (peer, client_id) = (peer.clone(), client_id.to_owned());
    row.map(|(id, at, number)| Ok(WebMessage { peer, client_id, id, at: Timestamp(at), fate: fate(number)? }))
        .transpose()
}

pub(crate) fn note_message(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    message: &WebMessage,
) -> Done<()> {
    bounds::web_message(scope, user, message)?;
    person_exists(connection, scope, user)?;
    let WebMessage { peer, client_id, id, at, fate } = message;
    let peer = who_text(peer);
    let row = (user.user, &peer, client_id, id, at.0, number(*fate));
    let sql = "UPDATE web_messages SET id = ?4, at = ?5, fate = ?6 \
               WHERE user = ?1 AND peer = ?2 AND client_id = ?3";
    if execute(connection, sql, row)? > 0 {
        return Ok(());
    }
    let sql =
        "INSERT INTO web_messages (user, peer, client_id, id, at, fate) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    execute(connection, sql, row)?;
    // The one that was just noted is the latest, whatever the clock says.
    let sql = "DELETE FROM web_messages WHERE user = ?1 AND (peer, client_id) IN \
               (SELECT peer, client_id FROM web_messages WHERE user = ?1 AND NOT (peer = ?2 AND client_id = ?3) \
                ORDER BY at DESC, peer, client_id LIMIT -1 OFFSET ?4)";
    let most = i64::try_from(bounds::WEB_MESSAGES).unwrap_or(i64::MAX) - 1;
    execute(connection, sql, (user.user, &peer, client_id, most))?;
    Ok(())
}

/// What a fate is as a number.
const fn number(fate: Fate) -> u8 {
    match fate {
        Fate::Unknown => 0,
        Fate::Sent => 1,
        Fate::Failed => 2,
    }
}

fn fate(number: u8) -> Done<Fate> {
    [Fate::Unknown, Fate::Sent, Fate::Failed]
        .into_iter()
        .find(|fate| self::number(*fate) == number)
        .ok_or(Fail::Row("the fate of a message from a browser"))
}

pub(crate) fn forget_messages(connection: &Connection, before: Timestamp) -> Done<usize> {
    execute(connection, "DELETE FROM web_messages WHERE at < ?1", [before.0])
}
