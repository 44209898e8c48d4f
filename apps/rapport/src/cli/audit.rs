//! The verbs of the audit log: reading it, following its chain, and holding it against heads that were kept.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rapport_secrets::ServiceKey;
use serde_json::{Value, json};

use super::args::{AuditVerb, Place};
use super::{settings, table};
use crate::audit_head::{AuditHead, Trusted, hex, is_succession};
use crate::client::{Client, path};

/// The server's answer, and the same for people.
type Answer = (Value, String);

/// Does it and returns the answer.
pub(super) async fn run(client: &Client, place: &Place, verb: AuditVerb) -> Result<Answer> {
    match verb {
        AuditVerb::List { company, after, limit } => list(client, &company, after, limit).await,
        AuditVerb::Verify { company, heads, key } => verify(client, place, &company, heads, key).await,
        AuditVerb::Key => {
            let key = public_key(place)?;
            Ok((json!({ "key": key }), format!("{key}\n")))
        }
    }
}

async fn list(client: &Client, company: &str, after: u64, limit: usize) -> Result<Answer> {
    let place = path(["v1", "tenants", company, "audit"]);
    let page = client.get(&format!("{place}?after={after}&limit={limit}")).await?;
    let empty = Vec::new();
    let rows: Vec<Vec<String>> = page["lines"]
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|line| {
            ["number", "at", "actor", "source", "what", "subject", "detail"]
                .map(|field| table::text(line, field))
                .to_vec()
        })
        .collect();
    Ok((page, table::table(&["LINE", "WHEN", "WHO", "FROM", "WHAT", "WHOM", "OLD AND NEW"], &rows)))
}

async fn verify(
    client: &Client,
    place: &Place,
    company: &str,
    heads: Option<PathBuf>,
    key: Option<String>,
) -> Result<Answer> {
    let chain = client.get(&path(["v1", "tenants", company, "audit", "chain"])).await?;
    if let Some(line) = chain["broken"].as_u64() {
        bail!(
            "line {line} of the audit log of {company} does not follow from the one before it: the log was changed"
        );
    }
    let mut text = format!("The audit log of {company} is whole: {} lines", table::text(&chain, "lines"));
    let mut compared = 0;
    if let Some(file) = heads {
        let key = key.map_or_else(|| public_key(place), Ok)?;
        compared = compare(client, company, &file, &key).await?;
        text.push_str(&format!(", and has each of the {compared} heads in {}", file.display()));
    }
    text.push_str(".\n");
    let mut value = chain;
    value["headsCompared"] = json!(compared);
    Ok((value, text))
}

/// Sees that the log has every line whose head was kept, unchanged.
async fn compare(client: &Client, company: &str, file: &Path, key: &str) -> Result<u64> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let tenant = client.get(&path(["v1", "tenants", company])).await?;
    let mut compared = 0;
    let trusted = Trusted::of(key, &text);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !is_succession(line)) {
        let head = AuditHead::read(line, &trusted)
            .with_context(|| format!("{}, line {}", file.display(), number + 1))?;
        if head.tenant != table::text(&tenant, "id") {
            continue;
        }
        let place = path(["v1", "tenants", company, "audit"]);
        let page = client.get(&format!("{place}?after={}&limit=1", head.number.saturating_sub(1))).await?;
        let there = &page["lines"][0];
        if there["number"] != head.number || there["link"] != *head.link {
            bail!(
                "the audit log of {company} had another line {} at {}: it was shortened or written anew since",
                head.number,
                head.at
            );
        }
        compared += 1;
    }
    Ok(compared)
}

fn public_key(place: &Place) -> Result<String> {
    let file = settings(place)?.data_directory.0.join("service.key");
    let signer = ServiceKey::load(&file)?.signer().context("the service key signs nothing")?;
    Ok(hex(&signer.public()))
}
