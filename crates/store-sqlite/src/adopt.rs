//! Brings one company back from another database, such as a backup's, and touches no other company's rows.
//!
//! Every row that is the company's is replaced, by what the schema says of whose it is (see [`owned`](crate::owned)).
//! The audit log alone is not taken back: the lines of a company that is there stay, and what the restoring is worth
//! can be read in them.

use std::path::Path;

use rapport_model::TenantId;
use rapport_store::StoreError;
use rusqlite::{Connection, TransactionBehavior};

use crate::error::Done;
use crate::owned::{Owned, owned};
use crate::{open, sum};

/// Replaces everything of a company in the database `live` by what stands of it in the database `from`, which has the
/// same schema and is not in use.
///
/// Revisions and delta numbers go on from the greater of the two, so that nobody takes the restored for what they know.
/// Blocks, and holds up who writes to `live` meanwhile.
///
/// # Errors
/// [`StoreError::NotFound`] when `from` has no company of that name; [`StoreError::Conflict`] when `from` was never a
/// copy of `live`, or its name, a domain or an address has become another company's. Nothing is changed then.
pub fn restore_tenant(live: &Path, from: &Path, name: &str) -> Result<TenantId, StoreError> {
    let run = || -> Done<TenantId> {
        let mut connection = open::connect(live)?;
        connection.execute("ATTACH DATABASE ?1 AS old", [from.to_string_lossy()])?;
        // The server before, if it has ended, left the sum of what it knew.
        sum::remove(live).map_err(|error| StoreError::Unavailable {
            context: format!("the sum beside {}: {error}", live.display()),
        })?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Rows come in the order of the tables, not in that of who refers to whom: all is checked at the end.
        transaction.pragma_update(None, "defer_foreign_keys", true)?;
        let tenant = replace(&transaction, name)?;
        transaction.commit()?;
        Ok(tenant)
    };
    run().map_err(|fail| fail.of_file(live))
}

fn replace(connection: &Connection, name: &str) -> Done<TenantId> {
    let schema = |database: &str| -> rusqlite::Result<i64> {
        connection.query_row(&format!("PRAGMA {database}.user_version"), [], |row| row.get(0))
    };
    if schema("main")? != schema("old")? {
        return Err(StoreError::Invalid { what: "the two databases have different schemas" }.into());
    }
    let found =
        connection.prepare("SELECT id FROM old.tenants WHERE name = ?1")?.query_row([name], |r| r.get(0));
    let tenant: u32 = match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => return Err(StoreError::NotFound.into()),
        found => found?,
    };
    let is_there = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM main.tenants WHERE id = ?1)",
        [tenant],
        |row| row.get::<_, bool>(0),
    )?;
    refuse_strangers(connection, tenant)?;
    let tables = owned(connection)?;
    connection.execute_batch("DROP TABLE IF EXISTS temp.was")?;
    connection.execute(
        "CREATE TEMP TABLE was AS SELECT id, presence_revision, contacts_delta FROM main.people WHERE tenant = ?1",
        [tenant],
    )?;
    let of_company = |owned: &Owned| owned.table != "tenants" && !(is_there && is_log(owned));
    for owned in tables.iter().rev().filter(|owned| of_company(owned)) {
        let Some(company) = owned.company("main", "t") else { continue };
        connection
            .execute(&format!("DELETE FROM main.{} AS t WHERE {company} = ?1", owned.table), [tenant])?;
    }
    for owned in tables.iter().filter(|owned| owned.table == "tenants" || of_company(owned)) {
        let Some(company) = owned.company("old", "t") else { continue };
        let (table, columns) = (&owned.table, owned.columns.join(", "));
        let instead = if table == "tenants" {
            let set: Vec<String> =
                owned.columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
            format!("ON CONFLICT (id) DO UPDATE SET {}", set.join(", "))
        } else {
            String::new()
        };
        let sql = format!(
            "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM old.{table} AS t WHERE {company} = ?1 {instead}"
        );
        connection.execute(&sql, [tenant])?;
    }
    renumber(connection)?;
    Ok(TenantId(tenant))
}

/// The audit log, with whatever belongs to it.
fn is_log(owned: &Owned) -> bool {
    owned.table.starts_with("audit")
}

/// Refuses a company that is not the one of that number here, and what has become another's meanwhile.
fn refuse_strangers(connection: &Connection, tenant: u32) -> Done<()> {
    let first = |database: &str| {
        format!("SELECT at || what || detail FROM {database}.audit WHERE tenant = ?1 ORDER BY number LIMIT 1")
    };
    let other_first = format!("SELECT 1 WHERE ({}) <> ({})", first("main"), first("old"));
    for (what, sql) in [
        (
            "the company's number: the backup is of another database, or",
            "SELECT 1 FROM main.tenants m, old.tenants o WHERE m.id = ?1 AND o.id = ?1 AND m.name <> o.name",
        ),
        ("the company: the backup is of another database, or its name", &other_first),
        (
            "the company's name",
            "SELECT 1 FROM main.tenants m, old.tenants o WHERE o.id = ?1 AND m.name = o.name AND m.id <> ?1",
        ),
        (
            "a person's number: the backup is of another database, or it",
            "SELECT 1 FROM main.people m, old.people o WHERE o.tenant = ?1 AND m.id = o.id AND m.tenant <> ?1",
        ),
        (
            "a SIP domain of the company",
            "SELECT 1 FROM main.domains m, old.domains o WHERE o.tenant = ?1 AND m.name = o.name AND m.tenant <> ?1",
        ),
    ] {
        if connection.prepare(sql)?.exists([tenant])? {
            return Err(StoreError::Conflict { what }.into());
        }
    }
    Ok(())
}

/// Lets revisions and delta numbers go on from the greater of what was and what is.
fn renumber(connection: &Connection) -> Done<()> {
    // A list at its first delta number has no rows: one that is there under a greater number has its first group.
    connection.execute(
        "INSERT INTO contact_groups (user, id, name, external_uri, extension_xml) \
         SELECT p.id, 1, '~', '', '' FROM people p JOIN temp.was w ON w.id = p.id WHERE p.contacts_delta = 1",
        [],
    )?;
    connection.execute(
        "UPDATE people SET \
             presence_revision = max(people.presence_revision, was.presence_revision) + 1, \
             contacts_delta = max(people.contacts_delta, was.contacts_delta) + 1 \
         FROM temp.was WHERE was.id = people.id",
        [],
    )?;
    connection.execute_batch("DROP TABLE temp.was")?;
    Ok(())
}
