//! `/api/v1/events`: the socket by which a browser is told what happens, and everything as it is now.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use rapport_service::web_sessions::WebSessionHash;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::guard::{Agent, Signed, is_same_origin, nobody};
use super::types::Snapshot;
use crate::agent::{Arrival, Command, upgrade};
use crate::code::Code;
use crate::extract::Asked;
use crate::problem::Problem;

/// How long a ticket is good.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// Tickets of one session at a time; the earliest of too many is not good any more.
const OF_ONE: usize = 8;

/// The tickets that were given out and not used.
#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<HashMap<WebSessionHash, Vec<(u128, Instant)>>>);

impl Tickets {
    fn give(&self, session: WebSessionHash, ticket: u128, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = |at: &Instant| now.saturating_duration_since(*at) < GOOD_FOR;
        if known.len() > 1024 {
            known.retain(|_, tickets| tickets.iter().any(|(_, at)| is_good(at)));
        }
        let tickets = known.entry(session).or_default();
        tickets.retain(|(_, at)| is_good(at));
        if tickets.len() >= OF_ONE {
            tickets.remove(0);
        }
        tickets.push((ticket, now));
    }

    /// Takes a ticket, and returns whose it is; it is good once.
    fn take(&self, ticket: u128, now: Instant) -> Option<WebSessionHash> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (session, tickets) =
            known.iter_mut().find(|(_, tickets)| tickets.iter().any(|(known, _)| *known == ticket))?;
        let session = *session;
        let at = tickets.iter().position(|(known, _)| *known == ticket)?;
        let (_, given) = tickets.swap_remove(at);
        if tickets.is_empty() {
            known.remove(&session);
        }
        (now.saturating_duration_since(given) < GOOD_FOR).then_some(session)
    }
}

/// A ticket for one socket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ticket {
    /// Good for half a minute, and once.
    pub(crate) ticket: String,
}

/// Gives a ticket for a socket.
#[utoipa::path(post, path = "/api/v1/events/ticket", tag = "events", operation_id = "getTicket",
    responses((status = 200, body = Ticket), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn ticket<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
) -> Result<Json<Ticket>, Problem> {
    let clock = web.services.clock();
    let mut octets = [0u8; 16];
    clock.random(&mut octets);
    let ticket = u128::from_be_bytes(octets);
    web.tickets.give(signed.signed_in.session.hash, ticket, clock.monotonic());
    Ok(Json(Ticket { ticket: format!("{ticket:032x}") }))
}

/// Where a browser goes on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsAsked {
    ticket: String,
    stream: Option<String>,
    after: Option<u64>,
    idle: Option<u32>,
}

/// Becomes a WebSocket of the subprotocol `rapport.v1`, on which events are told: every one after `after` when it is still
/// known in that stream, otherwise a snapshot and what follows.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", operation_id = "openEvents",
    params(("ticket" = String, Query, description = "from `POST /api/v1/events/ticket`"),
        ("stream" = Option<String>, Query, description = "the stream of the last event that was taken in"),
        ("after" = Option<u64>, Query, description = "its number"),
        ("idle" = Option<u32>, Query, description = "for how many seconds the browser has not been used; none while it is: \
            nobody is told that it is used before it says `activity`")),
    responses((status = 101), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 426, body = Problem)))]
pub(crate) async fn open<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Asked(asked): Asked<EventsAsked>,
    headers: HeaderMap,
    on_upgrade: Option<axum::Extension<OnUpgradeOnce>>,
) -> Result<Response, Problem> {
    if !is_same_origin(&headers) {
        return Err(Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            Code::WrongOrigin,
            "a socket is opened by a page of this server alone",
        ));
    }
    let now = web.services.clock().monotonic();
    let ticket = u128::from_str_radix(&asked.ticket, 16).ok().filter(|_| asked.ticket.len() == 32);
    let session = ticket.and_then(|ticket| web.tickets.take(ticket, now)).ok_or_else(nobody)?;
    let signed_in = web.services.web_sessions.find_by_hash(session).await?.ok_or_else(nobody)?;
    let unused = asked.idle.map(|secs| Duration::from_secs(secs.into()));
    let agent = web.agents.of(&signed_in, unused).await?;
    let arrival = Arrival { resume: asked.stream.zip(asked.after), unused };
    upgrade(&web.agents, agent, arrival, &headers, on_upgrade.and_then(|axum::Extension(once)| once.take()))
}

/// The right to take over a connection, in a form in which it can be handed on; good once.
#[derive(Clone, Debug)]
pub(crate) struct OnUpgradeOnce(std::sync::Arc<Mutex<Option<OnUpgrade>>>);

impl OnUpgradeOnce {
    pub(crate) fn new(on_upgrade: OnUpgrade) -> Self {
        Self(std::sync::Arc::new(Mutex::new(Some(on_upgrade))))
    }

    fn take(&self) -> Option<OnUpgrade> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Returns everything as it is now.
#[utoipa::path(get, path = "/api/v1/snapshot", tag = "events", operation_id = "getSnapshot",
    responses((status = 200, body = Snapshot), (status = 401, body = Problem)))]
pub(crate) async fn snapshot<F: Fabric<Message = Wire>>(
    State(_): State<Web<F>>,
    Agent(agent): Agent,
) -> Result<Json<Snapshot>, Problem> {
    let snapshot = agent.ask(|reply| Command::Snapshot { reply }).await??;
    Ok(Json(*snapshot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_once_and_not_for_long() {
        #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
        let now = Instant::now();
        let (tickets, session) = (Tickets::default(), WebSessionHash([1; 32]));
        tickets.give(session, 7, now);
        assert_eq!(tickets.take(8, now), None);
        assert_eq!(tickets.take(7, now), Some(session));
        assert_eq!(tickets.take(7, now), None);
        tickets.give(session, 9, now);
        assert_eq!(tickets.take(9, now + GOOD_FOR), None);
        for ticket in 10..20 {
            tickets.give(session, ticket, now);
        }
        assert_eq!((tickets.take(11, now), tickets.take(12, now)), (None, Some(session)));
    }
}
