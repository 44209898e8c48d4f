//! Follows the audit log of every company and writes its signed head to a file, every hour and whenever the server
//! starts: what is already in that file can't be taken back by who can write the database.
//!
//! The key that signs derives from the service key; when that is replaced, the file says which key came after which.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rapport_model::{OperatorScope, TenantId};
use rapport_service::audit::Head;
use rapport_service::clock::Clock as _;
use rapport_service::keys::OnRotation;
use tokio::time::{MissedTickBehavior, interval};

use super::LocalServices;
use crate::audit_head::{AuditHead, Succession};
use crate::clock::SystemClock;

/// How often heads are written.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Writes heads as long as it is polled.
pub(super) async fn write_heads(services: Arc<LocalServices>, file: PathBuf) {
    let mut known = BTreeMap::new();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = write_once(&services, &file, &mut known).await {
            metrics::counter!("rapport_audit_heads_failed_total").increment(1);
            tracing::error!(error = format!("{error:#}"), "the heads of the audit logs could not be written");
        }
    }
}

/// Follows every log from where it was last known to hold, and writes the heads that are new.
async fn write_once(
    services: &LocalServices,
    file: &Path,
    known: &mut BTreeMap<TenantId, Head>,
) -> Result<()> {
    let scope = OperatorScope::service("audit heads");
    let signer = services.keys.signer()?;
    let mut lines = String::new();
    let mut new = BTreeMap::new();
    for tenant in services.tenants.list(&scope).await? {
        let from = known.get(&tenant.id).copied();
        let followed = services.audit.follow(&scope.within(tenant.id), from).await?;
        if let Some(line) = followed.broken {
            metrics::counter!("rapport_audit_broken_total").increment(1);
            tracing::error!(
                company = tenant.name,
                line,
                "this line of the audit log does not follow from the one before it: the log was tampered with; \
                 compare it with a backup"
            );
        }
        let Some(head) = followed.head.filter(|head| from != Some(*head)) else { continue };
        let at = services.clock().wall().to_rfc3339();
        let link = head.link.to_string();
        let head_line = AuditHead::signed(&signer, at, tenant.id.to_string(), tenant.name, head.number, link);
        lines.push_str(&serde_json::to_string(&head_line)?);
        lines.push('\n');
        new.insert(tenant.id, head);
    }
    if !lines.is_empty() {
        let path = file.to_owned();
        tokio::task::spawn_blocking(move || append(&path, &lines)).await??;
        tracing::info!(companies = new.len(), file = %file.display(), "the heads of audit logs were written");
    }
    // Only what is in the file is known; what could not be written is tried again.
    known.extend(new);
    Ok(())
}

/// Writes into the file, whenever the service key is replaced, which public key comes after which: signed with both, so
/// that whoever trusts either trusts the heads of the other.
pub(super) fn hand_over(file: PathBuf) -> OnRotation {
    Arc::new(move |keys| {
        let lines = || -> Result<String> {
            let (new, at) = (keys.signer()?, SystemClock.wall().to_rfc3339());
            let lines = keys.older_signers()?.into_iter().map(|old| {
                let line = Succession::signed(&old, &new, at.clone());
                Ok(format!("{}\n", serde_json::to_string(&line)?))
            });
            lines.collect()
        };
        lines().and_then(|lines| append(&file, &lines)).map_err(|error| format!("{error:#}"))
    })
}

fn append(path: &Path, lines: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file: File = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        file.write_all(lines.as_bytes())?;
        file.sync_data()
    };
    write().with_context(|| format!("audit.heads: {}", path.display()))
}
