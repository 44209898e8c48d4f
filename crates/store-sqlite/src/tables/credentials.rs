//! Passwords, sealed hashes and app passwords.

use rapport_model::{Scope, TenantId, Timestamp, UserId};
use rapport_store::{
    AppPassword, Credentials, NewAppPassword, NewPassword, Previous, Resealed, Sealed, SealedAs, SealedOf,
    SealedPage, StoreError, bounds, history_key_owner,
};
use rusqlite::{Connection, Row};

use super::{all, execute, find, new_number, person_exists, tenant_exists};
use crate::error::Done;

fn sealed(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Sealed>> {
    Ok(row.get::<_, Option<Vec<u8>>>(column)?.map(|octets| Sealed(octets.into_boxed_slice())))
}

fn previous(row: &Row<'_>) -> rusqlite::Result<Option<Previous>> {
    let until = row.get::<_, Option<i64>>(3)?;
    Ok(sealed(row, 2)?.zip(until).map(|(sealed, until)| Previous { sealed, until: Timestamp(until) }))
}

fn octets(sealed: Option<&Sealed>) -> Option<&[u8]> {
    sealed.map(|sealed| &*sealed.0)
}

pub(crate) fn read(connection: &Connection, scope: &Scope, user: UserId) -> Done<Credentials> {
    let app_passwords = app_passwords(connection, scope, user)?;
    let sql = "SELECT password_hash, account_nt, previous_account_nt, previous_until \
               FROM credentials WHERE user = ?1";
    let found = find(connection, sql, [user.user], |row| {
        Ok(Credentials {
            password_hash: row.get(0)?,
            account_nt: sealed(row, 1)?,
            previous_account_nt: previous(row)?,
            app_passwords: Vec::new(),
        })
    })?;
    Ok(Credentials { app_passwords, ..found.unwrap_or_default() })
}

pub(crate) fn set_password(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    new: &NewPassword,
) -> Done<()> {
    bounds::new_password(new)?;
    person_exists(connection, scope, user)?;
    let sql = "INSERT INTO credentials (user, password_hash, account_nt) VALUES (?1, ?2, ?3) \
               ON CONFLICT (user) DO UPDATE SET password_hash = excluded.password_hash, \
               previous_account_nt = account_nt, previous_until = iif(account_nt IS NULL, NULL, ?4), \
               account_nt = excluded.account_nt";
    let until = new.previous_until.0;
    execute(connection, sql, (user.user, &new.hash, octets(new.account_nt.as_ref()), until))?;
    Ok(())
}

pub(crate) fn renew_password(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    expected: &str,
    new: &NewPassword,
) -> Done<()> {
    bounds::new_password(new)?;
    person_exists(connection, scope, user)?;
    let sql =
        "UPDATE credentials SET password_hash = ?3, account_nt = ?4 WHERE user = ?1 AND password_hash = ?2";
    execute(connection, sql, (user.user, expected, &new.hash, octets(new.account_nt.as_ref())))?;
    Ok(())
}

pub(crate) fn forget_account_nt(connection: &Connection, scope: &Scope) -> Done<()> {
    tenant_exists(connection, scope)?;
    let sql = "UPDATE credentials SET account_nt = NULL, previous_account_nt = NULL, previous_until = NULL \
               WHERE user IN (SELECT id FROM people WHERE tenant = ?1)";
    execute(connection, sql, [scope.tenant.0])?;
    Ok(())
}

pub(crate) fn forget_previous_account_nt(connection: &Connection, now: Timestamp) -> Done<usize> {
    let sql = "UPDATE credentials SET previous_account_nt = NULL, previous_until = NULL \
               WHERE previous_until <= ?1";
    execute(connection, sql, [now.0])
}

pub(crate) fn app_passwords(connection: &Connection, scope: &Scope, user: UserId) -> Done<Vec<AppPassword>> {
    person_exists(connection, scope, user)?;
    let sql = "SELECT id, label, sealed, created FROM app_passwords WHERE user = ?1 ORDER BY id";
    all(connection, sql, [user.user], |row| {
        Ok(AppPassword {
            id: row.get(0)?,
            label: row.get(1)?,
            sealed: Sealed(row.get::<_, Vec<u8>>(2)?.into_boxed_slice()),
            created: Timestamp(row.get(3)?),
        })
    })
}

pub(crate) fn add_app_password(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    new: NewAppPassword,
) -> Done<AppPassword> {
    bounds::new_app_password(&new)?;
    person_exists(connection, scope, user)?;
    let sql = "SELECT count(*) FROM app_passwords WHERE user = ?1";
    let count = find(connection, sql, [user.user], |row| row.get::<_, u32>(0))?;
    if count.is_some_and(|count| count as usize >= bounds::APP_PASSWORDS) {
        return Err(StoreError::Invalid { what: "too many app passwords" }.into());
    }
    let sql = "INSERT INTO app_passwords (user, label, sealed, created) VALUES (?1, ?2, ?3, ?4)";
    execute(connection, sql, (user.user, &new.label, &*new.sealed.0, new.created.0))?;
    let id = new_number(connection.last_insert_rowid())?;
    Ok(AppPassword { id, label: new.label, sealed: new.sealed, created: new.created })
}

pub(crate) fn remove_app_password(connection: &Connection, scope: &Scope, user: UserId, id: u32) -> Done<()> {
    person_exists(connection, scope, user)?;
    let sql = "DELETE FROM app_passwords WHERE id = ?1 AND user = ?2";
    if execute(connection, sql, (id, user.user))? == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
}

fn history_keys(connection: &Connection) -> Done<Vec<SealedOf>> {
    all(connection, "SELECT tenant, sealed FROM history_keys ORDER BY tenant", [], |row| {
        let user = history_key_owner(TenantId(row.get(0)?));
        let sealed = Sealed(row.get::<_, Vec<u8>>(1)?.into_boxed_slice());
        Ok(SealedOf { user, kept: SealedAs::HistoryKey, sealed })
    })
}

pub(crate) fn sealed_page(connection: &Connection, after: Option<UserId>, people: usize) -> Done<SealedPage> {
    let (first, after) = (after.is_none(), after.map_or(0, |user| user.user));
    let sql = "SELECT id, tenant FROM people WHERE id > ?1 ORDER BY id LIMIT ?2";
    let user = |row: &Row<'_>| Ok(UserId { tenant: TenantId(row.get(1)?), user: row.get(0)? });
    let people = i64::try_from(people.min(bounds::PAGE)).unwrap_or(i64::MAX);
    let found = all(connection, sql, (after, people), user)?;
    let mut values = if first { history_keys(connection)? } else { Vec::new() };
    let Some(last) = found.last().copied() else { return Ok(SealedPage { values, next: None }) };
    let sql = "SELECT p.id, p.tenant, c.account_nt, c.previous_account_nt \
               FROM credentials c JOIN people p ON p.id = c.user WHERE c.user > ?1 AND c.user <= ?2";
    let accounts =
        all(connection, sql, (after, last.user), |row| Ok((user(row)?, sealed(row, 2)?, sealed(row, 3)?)))?;
    for (user, account, previous) in accounts {
        for (kept, sealed) in [(SealedAs::Account, account), (SealedAs::PreviousAccount, previous)] {
            values.extend(sealed.map(|sealed| SealedOf { user, kept, sealed }));
        }
    }
    let sql = "SELECT p.id, p.tenant, a.id, a.sealed \
               FROM app_passwords a JOIN people p ON p.id = a.user WHERE a.user > ?1 AND a.user <= ?2";
    values.extend(all(connection, sql, (after, last.user), |row| {
        let sealed = Sealed(row.get::<_, Vec<u8>>(3)?.into_boxed_slice());
        Ok(SealedOf { user: user(row)?, kept: SealedAs::AppPassword(row.get(2)?), sealed })
    })?);
    Ok(SealedPage { values, next: Some(last) })
}

pub(crate) fn reseal(connection: &Connection, values: &[Resealed]) -> Done<usize> {
    bounds::resealed(values)?;
    let mut replaced = 0;
    for Resealed { old, new } in values {
        let (user, was, is) = (old.user.user, &*old.sealed.0, &*new.0);
        replaced += match old.kept {
            SealedAs::Account => {
                let sql = "UPDATE credentials SET account_nt = ?3 WHERE user = ?1 AND account_nt = ?2";
                execute(connection, sql, (user, was, is))?
            }
            SealedAs::PreviousAccount => {
                let sql = "UPDATE credentials SET previous_account_nt = ?3 \
                           WHERE user = ?1 AND previous_account_nt = ?2";
                execute(connection, sql, (user, was, is))?
            }
            SealedAs::AppPassword(id) => {
                let sql = "UPDATE app_passwords SET sealed = ?3 WHERE user = ?1 AND sealed = ?2 AND id = ?4";
                execute(connection, sql, (user, was, is, id))?
            }
            SealedAs::HistoryKey => {
                let sql = "UPDATE history_keys SET sealed = ?3 WHERE tenant = ?1 AND sealed = ?2";
                execute(connection, sql, (old.user.tenant.0, was, is))?
            }
        };
    }
    Ok(replaced)
}
