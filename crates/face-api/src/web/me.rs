//! `/api/v1/me`: what the person has chosen to be seen as, their note, and where they are.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use rapport_core::presence::{Document, Lifetime};
use rapport_core::refusal::{Refusal, Rule};
use rapport_fabric::Fabric;
use rapport_model::Timestamp;
use rapport_service::{Error, Wire};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Web;
use super::guard::Agent;
use super::types::{Chosen, Me};
use crate::agent::{self, Handle, LONGEST_NOTE, Place, UTC_OFFSETS};
use crate::extract::{Body, whole_or_none, word};
use crate::problem::Problem;

/// The longest time for which something is chosen.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Octets of the words for a place.
const LONGEST_LOCATION: u32 = 100;

/// What the person chooses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StatusChange {
    /// What to be seen as.
    #[serde(deserialize_with = "word")]
    pub(crate) chosen: Chosen,
    /// Until when, at most seven days from now; then it is automatic again.
    #[schema(format = DateTime)]
    #[serde(default)]
    pub(crate) until: Option<String>,
}

/// A note.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NoteChange {
    /// Its words, of at most 500 octets and without control characters; none takes it away.
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ufffe\\uffff]*$")]
    pub(crate) text: String,
    /// Until when it stands, at most seven days from now.
    #[schema(format = DateTime)]
    #[serde(default)]
    pub(crate) until: Option<String>,
}

/// Where the person is with this browser.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlaceChange {
    /// The place in words, of at most 100 octets and without control characters; none says nothing of it.
    #[schema(max_length = 100, pattern = "^[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ufffe\\uffff]*$")]
    pub(crate) location: String,
    /// By how many minutes the clock there is ahead of UTC.
    #[schema(minimum = -840, maximum = 840)]
    #[serde(default, deserialize_with = "whole_or_none")]
    pub(crate) utc_offset_minutes: Option<i16>,
}

/// Chooses what to be seen as.
#[utoipa::path(put, path = "/api/v1/me/status", tag = "me", operation_id = "setStatus", request_body = StatusChange,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn set_status<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Body(change): Body<StatusChange>,
) -> Result<Json<Me>, Problem> {
    let lifetime = lifetime(&web, change.until.as_deref())?;
    let make = |own: &Document| agent::chosen_state(own, change.chosen, lifetime);
    let own = agent::publish(&web.services, &agent.scope("publish"), agent.binding, make).await?;
    shown(&web, &agent, &own).await
}

/// Sets the note, or takes it away.
#[utoipa::path(put, path = "/api/v1/me/note", tag = "me", operation_id = "setNote", request_body = NoteChange,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn set_note<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Body(change): Body<NoteChange>,
) -> Result<Json<Me>, Problem> {
    let text = words(&change.text, "text", LONGEST_NOTE)?;
    let lifetime = lifetime(&web, change.until.as_deref())?;
    let make = |own: &Document| agent::note(own, text, lifetime);
    let own = agent::publish(&web.services, &agent.scope("publish"), agent.binding, make).await?;
    shown(&web, &agent, &own).await
}

/// Says where the person is with this browser, for as long as it is signed in: it is seen while they use it most.
#[utoipa::path(put, path = "/api/v1/me/place", tag = "me", operation_id = "setPlace", request_body = PlaceChange,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn set_place<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Body(change): Body<PlaceChange>,
) -> Result<Json<Me>, Problem> {
    let location = words(&change.location, "location", LONGEST_LOCATION)?;
    if change.utc_offset_minutes.is_some_and(|minutes| !UTC_OFFSETS.contains(&minutes)) {
        return Err(Problem::invalid("utcOffsetMinutes", "is between -840 and 840"));
    }
    let (place, endpoint) = (Place::of(location, change.utc_offset_minutes), agent.endpoint());
    let make = |own: &Document| agent::moved(own, agent.epid(), endpoint, &place);
    let own = agent::publish(&web.services, &agent.scope("publish"), agent.binding, make).await?;
    shown(&web, &agent, &own).await
}

/// Returns how the person is seen by what they have published, and as they are called by now.
async fn shown<F: Fabric<Message = Wire>>(
    web: &Web<F>,
    agent: &Handle,
    own: &Document,
) -> Result<Json<Me>, Problem> {
    let endpoint = agent.endpoint();
    let person = web.services.person(&agent.scope("own person"), endpoint.user).await?;
    Ok(Json(agent::me(&person, endpoint, own, web.services.clock().moment())))
}

/// Takes words that a document of XML can carry.
fn words<'a>(text: &'a str, field: &'static str, limit: u32) -> Result<&'a str, Problem> {
    let text = text.trim();
    let invalid = |rule| Problem::from(Error::Refused(Refusal::Invalid { field, rule }));
    if text.len() > limit as usize {
        return Err(invalid(Rule::TooLong { limit }));
    }
    if text
        .chars()
        .any(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        return Err(invalid(Rule::Characters));
    }
    Ok(text)
}

/// Until when something stands: on the clock that nobody sets, and over a restart.
fn lifetime<F: Fabric<Message = Wire>>(web: &Web<F>, until: Option<&str>) -> Result<Lifetime, Problem> {
    let Some(until) = until else { return Ok(Lifetime::Static) };
    let now = web.services.clock().moment();
    let until = Timestamp::parse(until)
        .ok_or_else(|| Problem::invalid("until", "is a moment such as 2026-01-05T08:00:00Z"))?;
    if until <= now.wall || until.since(now.wall) > LONGEST {
        return Err(Problem::invalid("until", "lies within the next seven days"));
    }
    Ok(Lifetime::KeptUntil(now.steady.plus(until.since(now.wall))))
}
