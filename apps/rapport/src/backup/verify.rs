//! Verifying a backup: restored into a scratch place, compared with its manifest, opened and read as a server would.

use std::path::Path;

use anyhow::{Context as _, Result};
use rapport_model::OperatorScope;
use rapport_secrets::{Purpose, ServiceKey};
use rapport_store::Store;
use rapport_store_sqlite::{SqliteStore, contents};
use serde::Serialize;

use super::Progress;
use super::archive::{Extracted, extract, wrong};
use super::files::Scratch;
use super::manifest::Manifest;

/// People who are read at once.
const PAGE: usize = 500;

/// A backup that is what its manifest says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Checked {
    /// What it says of itself.
    pub(crate) manifest: Manifest,
    /// People who were read with everything that is theirs.
    pub(crate) people: u64,
    /// Whether the service key was opened; it opens every sealed hash then.
    pub(crate) key_opened: bool,
}

/// Restores a backup into a scratch directory and sees that it is whole: hashes, integrity, counts, and every row that
/// the store can be asked for. With a passphrase, the service key is opened too, and every sealed hash with it.
///
/// # Errors
/// [`BadBackup`](super::BadBackup) says what differs; anything else kept it from being looked at.
pub(crate) async fn verify(
    backup: &Path,
    scratch: &Path,
    passphrase: Option<&str>,
    progress: Progress<'_>,
) -> Result<Checked> {
    let scratch = Scratch::within(scratch)?;
    let Extracted { manifest, database, key } = extract(backup, scratch.path(), progress)?;
    let found = contents(&database).map_err(|error| wrong(backup, &error.to_string()))?;
    if found.schema != manifest.schema {
        let what =
            format!("the database has schema {}, and {} by the manifest", found.schema, manifest.schema);
        return Err(wrong(backup, &what));
    }
    if found.tables != manifest.tables || found.companies != manifest.companies {
        let differs = manifest.tables.iter().find(|(table, rows)| found.tables.get(*table) != Some(rows));
        let what = match differs {
            Some((table, rows)) => format!(
                "the table {table} has {} rows, and {rows} by the manifest",
                found.tables.get(table).copied().unwrap_or(0)
            ),
            None => "the companies' rows are not as many as the manifest says".to_owned(),
        };
        return Err(wrong(backup, &what));
    }
    let keys = match (passphrase, &key) {
        (Some(passphrase), Some(sealed)) => {
            let opened = ServiceKey::open_with(passphrase, sealed);
            Some(opened.map_err(|error| wrong(backup, &format!("the service key: {error}")))?)
        }
        _ => None,
    };
    let store = SqliteStore::open(&database).map_err(|error| wrong(backup, &error.to_string()))?;
    let people =
        read_all(&store, keys.as_ref()).await.map_err(|error| wrong(backup, &format!("{error:#}")))?;
    Ok(Checked { manifest, people, key_opened: keys.is_some() })
}

/// Reads everybody with contacts, presence and credentials; what can't be read or opened is an error.
async fn read_all(store: &SqliteStore, keys: Option<&ServiceKey>) -> Result<u64> {
    let operator = OperatorScope::service("verify");
    let mut count = 0;
    for tenant in store.tenants(&operator).await? {
        let scope = operator.within(tenant.id);
        let mut after = None;
        loop {
            let page = store.people(&scope, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for person in &page {
                let named = || format!("what belongs to {}", person.address);
                store.contacts(&scope, person.id).await.with_context(named)?;
                store.presence(&scope, person.id).await.with_context(named)?;
                let credentials = store.credentials(&scope, person.id).await.with_context(named)?;
                let account =
                    [credentials.account_nt, credentials.previous_account_nt.map(|previous| previous.sealed)];
                let account = account.into_iter().flatten().map(|sealed| (Purpose::AccountPassword, sealed));
                let devices = credentials.app_passwords.into_iter().map(|p| (Purpose::AppPassword, p.sealed));
                for (purpose, sealed) in account.chain(devices) {
                    if let Some(keys) = keys {
                        keys.open(person.id, purpose, &sealed.0).with_context(named)?;
                    }
                }
                count += 1;
            }
        }
        store.audit(&scope, 0, 1).await?;
    }
    Ok(count)
}
