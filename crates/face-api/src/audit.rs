//! `/v1/tenants/{tenant}/audit`: who did what in a company, and whether the log is whole.

use axum::Json;
use axum::extract::State;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use rapport_service::audit::{AuditRecord, Followed};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Asked, Names};
use crate::operator::Operator;
use crate::problem::Problem;
use crate::state::Api;

/// How many lines one answer has at most.
const PAGE: usize = 1000;

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditLine {
    /// Its number in the company's log.
    pub number: u64,
    /// When, in RFC 3339's form.
    pub at: String,
    /// Who acted, such as `operator root`.
    pub actor: String,
    /// From where, such as `uid 0, pid 4711` for a program on the server's machine, `192.0.2.7`, or `server` for the
    /// server itself; none of lines from before that was kept.
    pub source: Option<String>,
    /// What it was for.
    pub reason: String,
    /// What was done, such as `password set`.
    pub what: String,
    /// To whom or what.
    pub subject: String,
    /// Old and new, for people to read.
    pub detail: String,
    /// The hash of this line and of all before it, in hexadecimal digits; none of lines older than the chain.
    pub link: Option<String>,
}

/// Lines of the audit log, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditPage {
    /// The lines.
    pub lines: Vec<AuditLine>,
    /// Given as `after`, asks for the next page.
    pub next: Option<u64>,
}

/// What following the chain of the audit log came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditChain {
    /// Whether every line follows from the one before it.
    pub whole: bool,
    /// Lines that were looked at.
    pub lines: u64,
    /// Lines among them that are older than the chain.
    pub unchained: u64,
    /// The number of the last line that holds.
    pub head: Option<u64>,
    /// The hash of that line and of all before it, in hexadecimal digits.
    pub link: Option<String>,
    /// The first line that does not follow from the one before it.
    pub broken: Option<u64>,
}

/// Which part of the log is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LinesAsked {
    after: Option<u64>,
    limit: Option<usize>,
}

impl From<AuditRecord> for AuditLine {
    fn from(record: AuditRecord) -> Self {
        let AuditRecord { number, actor, source, reason, entry, link } = record;
        Self {
            number,
            at: entry.at.to_rfc3339(),
            actor,
            source,
            reason,
            what: entry.what,
            subject: entry.subject,
            detail: entry.detail,
            link: link.map(|link| link.to_string()),
        }
    }
}

impl From<Followed> for AuditChain {
    fn from(followed: Followed) -> Self {
        let Followed { lines, unchained, head, broken } = followed;
        Self {
            whole: broken.is_none(),
            lines,
            unchained,
            head: head.map(|head| head.number),
            link: head.map(|head| head.link.to_string()),
            broken,
        }
    }
}

/// Lists lines of a company's audit log, oldest first.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/audit", tag = "audit", operation_id = "listAudit",
    params(("tenant" = String, Path, description = "the company's short name"),
        ("after" = Option<u64>, Query, description = "`next` of the answer before, or the number of a line"),
        ("limit" = Option<usize>, Query, description = "how many at most; 1000 unless given, and never more")),
    responses((status = 200, body = AuditPage), (status = 404, body = Problem)))]
pub(crate) async fn list<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
    Asked(asked): Asked<LinesAsked>,
) -> Result<Json<AuditPage>, Problem> {
    let (scope, _) = api.within(&operator, &tenant).await?;
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let lines = api.audit.page(&scope, asked.after.unwrap_or(0), limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|last| last.number);
    Ok(Json(AuditPage { lines: lines.into_iter().map(AuditLine::from).collect(), next }))
}

/// Follows the chain of a company's audit log from its first line to its last.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/audit/chain", tag = "audit", operation_id = "followAudit",
    params(("tenant" = String, Path, description = "the company's short name")),
    responses((status = 200, body = AuditChain), (status = 404, body = Problem)))]
pub(crate) async fn chain<F: Fabric<Message = Wire>>(
    State(api): State<Api<F>>,
    operator: Operator,
    Names(tenant): Names<String>,
) -> Result<Json<AuditChain>, Problem> {
    let (scope, _) = api.within(&operator, &tenant).await?;
    Ok(Json(api.audit.follow(&scope, None).await?.into()))
}
