//! `/api/v1/history`: what the person said and was told, with whatever program (ADR 0020).
//!
//! A message has the id under which it was told live, so that whoever shows both shows it once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use rapport_core::directory::PersonRef as Who;
use rapport_core::refusal::Refusal;
use rapport_fabric::Fabric;
use rapport_model::{MessageId, Scope, UserId};
use rapport_service::history::{Content, Direction as Way, Entry, HistoryRange, LONGEST_QUERY, Page};
use rapport_service::{Error, Services, Wire};
use rapport_sip::StatusCode as SipStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::guard::Signed;
use super::types::{DeliveryState, Direction, Message, PersonRef};
use super::{Web, budget};
use crate::agent::{Words, address_of, id_of, person_ref, read_id, read_words, reason_of, written};
use crate::code::Code;
use crate::extract::{Asked, Names};
use crate::problem::Problem;
use crate::serve::Lasting;

/// Messages, or people, in an answer unless another number is asked for.
const SHOWN: usize = 50;
/// Messages, or people, in an answer at most.
const MOST: usize = 100;
/// Exports that a node makes at once; one of a person.
const EXPORTS: usize = 8;
/// When to come again while there are too many.
const EXPORT_AGAIN: Duration = Duration::from_secs(10);

/// Which part of the history is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Looked {
    with: Option<String>,
    q: Option<String>,
    before: Option<String>,
    limit: Option<usize>,
}

/// Whose messages are deleted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Doomed {
    with: Option<String>,
}

/// A message of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HistoryMessage {
    /// The message.
    #[serde(flatten)]
    pub(crate) message: Message,
    /// With whom it was exchanged.
    pub(crate) with: PersonRef,
}

/// Messages of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HistoryMessages {
    /// The messages, the oldest first.
    pub(crate) messages: Vec<HistoryMessage>,
    /// Whether there may be earlier ones.
    pub(crate) more: bool,
    /// Before which message those are, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// Somebody with whom there is a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryConversation {
    /// The id of the other.
    pub(crate) id: String,
    /// The other.
    pub(crate) with: PersonRef,
    /// When the first message was said.
    pub(crate) started_at: String,
    /// How many messages there are.
    pub(crate) messages: u64,
    /// The last of them.
    pub(crate) last_message: Message,
}

/// Those with whom there is a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HistoryConversations {
    /// Who was talked to last is first.
    pub(crate) conversations: Vec<HistoryConversation>,
    /// Whether there are more.
    pub(crate) more: bool,
    /// Before which message those were talked to last, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A part of the history: messages where `with` or `q` is given, otherwise those with whom there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum HistoryPart {
    /// Messages.
    Messages(HistoryMessages),
    /// Those with whom there is a history.
    Conversations(HistoryConversations),
}

/// Returns a part of what the person said and was told: with one other (`with`), what is found by words (`q`), or both;
/// where neither is given, those with whom there is a history.
///
/// A search looks at 20,000 messages at most; where `more` is true, `next` is the `before` by which it goes on, also when
/// nothing was found so far.
#[utoipa::path(get, path = "/api/v1/history", tag = "history", operation_id = "getHistory",
    params(("with" = Option<String>, Query, description = "the other's id or address"),
        ("q" = Option<String>, Query, description = "words that occur, whatever their case and marks; at most 256 bytes"),
        ("before" = Option<String>, Query, description = "a message's id: what was said before it, be it there or not"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 100, description = "how many at most; 50 unless given")),
    responses((status = 200, body = HistoryPart), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn show<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Asked(looked): Asked<Looked>,
) -> Result<Json<HistoryPart>, Problem> {
    let Looked { with, q, before, limit } = looked;
    let (scope, own) = (signed.scope("history"), signed.signed_in.person.id);
    let limit = limit.unwrap_or(SHOWN);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid("limit", format!("is a number from 1 to {MOST}")));
    }
    let before = match before {
        Some(before) => Some(before.parse().map_err(|()| Problem::invalid("before", "is a message's id"))?),
        None => None,
    };
    let history = &web.services.history;
    let with = match with {
        Some(with) => Some(read(&web, &scope, &with).await?),
        None => None,
    };
    let part = match (&with, q) {
        (with, Some(q)) => {
            if q.len() > LONGEST_QUERY {
                let limit = u32::try_from(LONGEST_QUERY).unwrap_or(u32::MAX);
                return Err(Problem::from(Error::from(Refusal::TooLarge { what: "query", limit })).at("q"));
            }
            if q.trim().is_empty() {
                return Err(Problem::invalid("q", "must not be empty"));
            }
            let page = history.search(&scope, own, with.as_ref(), &q, before, limit, words).await?;
            HistoryPart::Messages(messages(&web.services, &scope, own, page).await?)
        }
        (Some(with), None) => {
            let page = history.page(&scope, own, Some(with), before, limit).await?;
            HistoryPart::Messages(messages(&web.services, &scope, own, page).await?)
        }
        (None, None) => {
            let (peers, next) = history.peers(&scope, own, before, limit).await?;
            let mut names = Named::default();
            let mut conversations = Vec::with_capacity(peers.len());
            for peer in peers {
                conversations.push(HistoryConversation {
                    id: id_of(&peer.last.peer),
                    with: names.of(&web.services, &scope, &peer.last).await?,
                    started_at: written(peer.first),
                    messages: peer.count,
                    last_message: message(&peer.last, own),
                });
            }
            let next = next.map(|next| next.to_string());
            HistoryPart::Conversations(HistoryConversations { conversations, more: next.is_some(), next })
        }
    };
    if let (Some(with), HistoryPart::Messages(HistoryMessages { messages, .. })) = (&with, &part)
        && messages.is_empty()
    {
        known(&web, &scope, with).await?;
    }
    Ok(Json(part))
}

/// Returns all of the history, the newest message first, a line of JSON each.
#[utoipa::path(get, path = "/api/v1/history/export", tag = "history", operation_id = "exportHistory",
    responses((status = 200, content_type = "application/jsonl", body = String,
            description = "a line for each message, as `HistoryMessage`"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn export<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    method: Method,
    lasting: Option<Extension<Lasting>>,
    signed: Signed,
) -> Result<impl IntoResponse, Problem> {
    let (scope, own) = (signed.scope("export history"), signed.signed_in.person.id);
    let place = web.exports.enter(own).ok_or_else(|| {
        budget::met("exports");
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            Code::TooManyRequests,
            "the history is being exported already",
        )
        .again_in(EXPORT_AGAIN)
    })?;
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"rapport-history.jsonl\""),
    ];
    if method == Method::HEAD {
        // Who asks whether they may takes nothing away.
        web.services.history.page(&scope, own, None, None, 1).await?;
        return Ok((headers, Body::empty()));
    }
    // A refusal is an answer: the first page is there before the head is sent.
    let first = web.services.history.export(&scope, own, MOST).await?;
    let begun = Export {
        web,
        scope,
        own,
        page: Some(first),
        names: Named::default(),
        _place: place,
        _lasting: lasting,
    };
    let lines = futures_util::stream::try_unfold(begun, |mut export| async move {
        Ok::<_, Error>(export.lines().await?.map(|lines| (lines, export)))
    });
    Ok((headers, Body::from_stream(lines)))
}

/// Deletes what was said with one other, or all of it where nobody is named, from the person's own history and for good.
/// What the others have is theirs.
#[utoipa::path(delete, path = "/api/v1/history", tag = "history", operation_id = "deleteHistory",
    params(("with" = Option<String>, Query, description = "the other's id or address; everybody where it isn't given")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn clear<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Asked(Doomed { with }): Asked<Doomed>,
) -> Result<StatusCode, Problem> {
    let (scope, own) = (signed.scope("delete history"), signed.signed_in.person.id);
    let range = match with {
        None => HistoryRange::All,
        Some(with) => HistoryRange::With(read(&web, &scope, &with).await?),
    };
    let deleted = web.services.history.delete(&scope, own, range.clone()).await?;
    if let (HistoryRange::With(with), 0) = (range, deleted) {
        known(&web, &scope, &with).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a message from the person's own history, for good.
#[utoipa::path(delete, path = "/api/v1/history/{message}", tag = "history", operation_id = "deleteMessage",
    params(("message" = String, Path, description = "the message's id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn remove<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    signed: Signed,
    Names(id): Names<String>,
) -> Result<StatusCode, Problem> {
    let (scope, own) = (signed.scope("delete history"), signed.signed_in.person.id);
    let id: MessageId = id.parse().map_err(|()| Problem::not_found("message"))?;
    web.services.history.delete(&scope, own, HistoryRange::One(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Those whose history is being exported.
#[derive(Debug, Default)]
pub(crate) struct Exports(Arc<Mutex<BTreeSet<UserId>>>);

/// A place among them.
#[derive(Debug)]
struct Place {
    exports: Arc<Mutex<BTreeSet<UserId>>>,
    own: UserId,
}

impl Exports {
    fn enter(&self, own: UserId) -> Option<Place> {
        let mut exports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if exports.len() >= EXPORTS || !exports.insert(own) {
            return None;
        }
        Some(Place { exports: self.0.clone(), own })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.exports.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.own);
    }
}

/// An export under way: a page at a time, as fast as it is read.
struct Export<F: Fabric<Message = Wire>> {
    web: Web<F>,
    scope: Scope,
    own: UserId,
    page: Option<Page>,
    names: Named,
    _place: Place,
    _lasting: Option<Extension<Lasting>>,
}

impl<F: Fabric<Message = Wire>> Export<F> {
    /// Returns the next lines; none after the last.
    async fn lines(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(page) = self.page.take() else { return Ok(None) };
        let mut lines = Vec::new();
        for entry in &page.entries {
            let with = self.names.of(&self.web.services, &self.scope, entry).await?;
            let line = HistoryMessage { message: message(entry, self.own), with };
            serde_json::to_writer(&mut lines, &line).map_err(|error| Error::Internal(error.to_string()))?;
            lines.push(b'\n');
        }
        if page.next.is_some() {
            let history = &self.web.services.history;
            self.page = Some(history.page(&self.scope, self.own, None, page.next, MOST).await?);
        }
        Ok(Some(lines.into()))
    }
}

/// The names of those with whom messages were exchanged, each asked for once.
#[derive(Default)]
struct Named(BTreeMap<Who, PersonRef>);

impl Named {
    /// Returns with whom a message was exchanged; who is gone has the address of then.
    async fn of<F: Fabric<Message = Wire>>(
        &mut self,
        services: &Services<F>,
        scope: &Scope,
        entry: &Entry,
    ) -> Result<PersonRef, Error> {
        if let Some(known) = self.0.get(&entry.peer) {
            return Ok(known.clone());
        }
        let (mut named, _) = person_ref(services, scope, &entry.peer).await?;
        if named.address.is_empty() {
            named.address.clone_from(&entry.content.address);
            named.display_name.clone_from(&entry.content.address);
        }
        self.0.insert(entry.peer.clone(), named.clone());
        Ok(named)
    }
}

async fn messages<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    scope: &Scope,
    own: UserId,
    page: Page,
) -> Result<HistoryMessages, Error> {
    let mut names = Named::default();
    let mut messages = Vec::with_capacity(page.entries.len());
    for entry in page.entries.iter().rev() {
        let with = names.of(services, scope, entry).await?;
        messages.push(HistoryMessage { message: message(entry, own), with });
    }
    let next = page.next.map(|next| next.to_string());
    Ok(HistoryMessages { messages, more: next.is_some(), next })
}

/// Writes an entry of somebody's history as the message that it was told as.
pub(crate) fn message(entry: &Entry, own: UserId) -> Message {
    let content = &entry.content;
    let Words { text, html, rtf } = read_words(&content.content_type, &content.body);
    let (direction, from) = match content.direction {
        Way::Sent => (Direction::Out, Who::Person(own)),
        Way::Received => (Direction::In, entry.peer.clone()),
    };
    let reason = content.failed.map(|status| {
        let status = SipStatus::from_u16(status).unwrap_or(SipStatus::TEMPORARILY_UNAVAILABLE);
        reason_of(status, None)
    });
    Message {
        id: entry.id.to_string(),
        conversation: id_of(&entry.peer),
        from: id_of(&from),
        at: written(entry.at),
        direction,
        text,
        html,
        rtf,
        client_id: Some(content.client_id.clone()).filter(|id| !id.is_empty()),
        delivery: if reason.is_some() { DeliveryState::Failed } else { DeliveryState::Sent },
        reason,
    }
}

/// Returns what a message says, for the search.
fn words(content: &Content) -> Cow<'_, str> {
    read_words(&content.content_type, &content.body).text.into()
}

/// Reads who is meant: somebody of the company by id or address, or whoever has an address elsewhere.
async fn read<F: Fabric<Message = Wire>>(web: &Web<F>, scope: &Scope, with: &str) -> Result<Who, Problem> {
    match read_id(scope.tenant, with).ok_or_else(|| Problem::not_found("person"))? {
        Who::Address(address) => Ok(web.services.contacts.who(scope, &address).await?),
        known @ Who::Person(_) => Ok(known),
    }
}

/// Answers that there is nobody, unless somebody is a person of the company.
async fn known<F: Fabric<Message = Wire>>(web: &Web<F>, scope: &Scope, who: &Who) -> Result<(), Problem> {
    match who {
        Who::Person(_) if address_of(&web.services, scope, who).await?.is_some() => Ok(()),
        Who::Person(_) | Who::Address(_) => Err(Problem::not_found("person")),
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::TenantId;

    use super::*;

    #[test]
    fn one_export_of_a_person_and_some_of_a_node_are_made_at_once() {
        let exports = Exports::default();
        let user = |user| UserId { tenant: TenantId(1), user };
        let first = exports.enter(user(0)).expect("there is room");
        assert!(exports.enter(user(0)).is_none(), "one of a person");
        let others: Vec<Place> = (1..8).map(|n| exports.enter(user(n)).expect("there is room")).collect();
        assert!(exports.enter(user(9)).is_none(), "eight in all");
        drop(first);
        assert!(exports.enter(user(9)).is_some());
        drop(others);
    }
}
