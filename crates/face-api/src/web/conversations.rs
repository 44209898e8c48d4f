//! `/api/v1/conversations`: what the person says to others.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rapport_core::directory::PersonRef;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::guard::Agent;
use super::people::colleague;
use super::types::{Conversation, Message};
use crate::agent::{Command, NewMessage as ToSend};
use crate::extract::{Body, Names};
use crate::problem::Problem;

/// With whom to talk.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConversation {
    /// Their id or address.
    #[schema(max_length = 400)]
    pub(crate) person: String,
}

/// A message to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// What the browser knows it by, in at most 64 octets: the same again is the same message.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) client_id: String,
    /// Its words; with their form at most 16384 octets.
    #[schema(min_length = 1, max_length = 16384, pattern = "^[^\\x00]*$")]
    pub(crate) text: String,
    /// Its words with their form, as HTML.
    #[schema(max_length = 16384, pattern = "^[^\\x00]*$")]
    #[serde(default)]
    pub(crate) html: Option<String>,
}

/// Messages of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageList {
    /// The earliest first.
    pub(crate) messages: Vec<Message>,
}

/// Whether the person types.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypingChange {
    /// Whether they do.
    pub(crate) typing: bool,
}

/// Returns the conversation with somebody, a new one unless there is one. Nothing is sent before the first message.
#[utoipa::path(post, path = "/api/v1/conversations", tag = "conversations", operation_id = "beginConversation",
    request_body = NewConversation,
    responses((status = 200, body = Conversation), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn begin<F: Fabric<Message = Wire>>(
    State(web): State<Web<F>>,
    Agent(agent): Agent,
    Body(new): Body<NewConversation>,
) -> Result<Json<Conversation>, Problem> {
    let (user, address) = colleague(&web, &agent, &new.person).await?;
    let with = PersonRef::Person(user);
    Ok(Json(agent.ask(|reply| Command::Talk { with, address, reply }).await??))
}

/// Answers what rings.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/open", tag = "conversations",
    operation_id = "openConversation", params(("id" = String, Path, description = "the conversation's id")),
    responses((status = 200, body = Conversation), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn answer<F: Fabric<Message = Wire>>(
    State(_): State<Web<F>>,
    Agent(agent): Agent,
    Names(conversation): Names<String>,
) -> Result<Json<Conversation>, Problem> {
    Ok(Json(agent.ask(|reply| Command::Answer { conversation, reply }).await??))
}

/// Declines what rings, in all of the person's programs.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/decline", tag = "conversations",
    operation_id = "declineConversation", params(("id" = String, Path, description = "the conversation's id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn decline<F: Fabric<Message = Wire>>(
    State(_): State<Web<F>>,
    Agent(agent): Agent,
    Names(conversation): Names<String>,
) -> Result<StatusCode, Problem> {
    agent.ask(|reply| Command::Decline { conversation, reply }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Leaves a conversation.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}", tag = "conversations",
    operation_id = "leaveConversation", params(("id" = String, Path, description = "the conversation's id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn leave<F: Fabric<Message = Wire>>(
    State(_): State<Web<F>>,
    Agent(agent): Agent,
    Names(conversation): Names<String>,
) -> Result<StatusCode, Problem> {
    agent.ask(|reply| Command::Leave { conversation, reply }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the messages of a conversation that are known without the history, the earliest first: those since the person
/// was last away for longer than a minute, the last hundred at most.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    operation_id = "listMessages", params(("id" = String, Path, description = "the conversation's id")),
    responses((status = 200, body = MessageList), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn messages<F: Fabric<Message = Wire>>(
    State(_): State<Web<F>>,
    Agent(agent): Agent,
    Names(conversation): Names<String>,
) -> Result<Json<MessageList>, Problem> {
    let messages = agent.ask(|reply| Command::Messages { conversation, reply }).await??;
    Ok(Json(MessageList { messages }))
}

/// Sends a message. One that was sent under the same id of the browser's is returned as it stands; one that failed is tried
/// again.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    operation_id = "sendMessage", params(("id" = String, Path, description = "the conversation's id")),
    request_body = NewMessage,
    responses((status = 200, body = Message), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn send<F: Fabric<Message = Wire>>(
    State(_): State<Web<F>>,
    Agent(agent): Agent,
    Names(conversation): Names<String>,
    Body(new): Body<NewMessage>,
) -> Result<Json<Message>, Problem> {
    let NewMessage { client_id, text, html } = new;
    if client_id.is_empty() || client_id.len() > 64 {
        return Err(Problem::invalid("clientId", "has 1 to 64 bytes"));
    }
    if text.trim().is_empty() {
        return Err(Problem::invalid("text", "must not be empty"));
    }
    if text.contains('\0') || html.as_ref().is_some_and(|html| html.contains('\0')) {
        return Err(Problem::invalid("text", "has characters that it can't have"));
    }
    let new = ToSend { client_id, text, html };
    Ok(Json(agent.ask(|reply| Command::Send { conversation, new, reply }).await??))
}

/// Tells the other that the person types, or has stopped.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/typing", tag = "conversations", operation_id = "setTyping",
    params(("id" = String, Path, description = "the conversation's id")), request_body = TypingChange,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn typing<F: Fabric<Message = Wire>>(
    State(_): State<Web<F>>,
    Agent(agent): Agent,
    Names(conversation): Names<String>,
    Body(TypingChange { typing }): Body<TypingChange>,
) -> Result<StatusCode, Problem> {
    agent.ask(|reply| Command::Typing { conversation, typing, reply }).await??;
    Ok(StatusCode::NO_CONTENT)
}
