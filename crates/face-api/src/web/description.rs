//! The descriptions of the web API, generated from the code: OpenAPI of what is asked, AsyncAPI of what is told.

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{OpenApi, PartialSchema, ToSchema};

use super::common::Common;
use super::frames::{Pulse, Said};
use super::types::Numbered;
use super::{
    access, adders, app_passwords, contacts, conversations, endpoints, events, groups, history, me, password,
    people, session, sessions, settings,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rapport web API",
        description = "What a browser asks of Rapport, at the address of the web client. A request is known by the \
                       cookie that `POST /api/v1/session` sets; each but GET needs the header `X-Rapport-Csrf` with the \
                       token of the session, and an `Origin` that is the server. What happens is told by WebSocket: see \
                       `asyncapi.json`.",
        version = "1",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        session::begin,
        session::show,
        session::end,
        sessions::list,
        sessions::end,
        sessions::end_others,
        endpoints::list,
        endpoints::end,
        password::change,
        app_passwords::list,
        app_passwords::add,
        app_passwords::remove,
        events::ticket,
        events::open,
        events::snapshot,
        me::set_status,
        me::set_note,
        me::set_place,
        groups::add,
        groups::set,
        groups::remove,
        groups::order,
        contacts::set,
        contacts::remove,
        contacts::mark,
        adders::allow,
        adders::block,
        adders::ignore,
        people::find,
        people::show,
        people::presence,
        access::show,
        access::set,
        access::list,
        conversations::begin,
        conversations::answer,
        conversations::decline,
        conversations::leave,
        conversations::messages,
        conversations::send,
        conversations::typing,
        history::show,
        history::export,
        history::clear,
        history::remove,
        settings::show,
        settings::set,
    ),
    modifiers(&Common)
)]
struct Description;

/// Returns the OpenAPI description as JSON, ending with a line end.
pub fn openapi() -> String {
    let mut text =
        Description::openapi().to_pretty_json().expect("a description made of strings is valid JSON");
    text.push('\n');
    text
}

/// Returns the AsyncAPI description of the socket as JSON, ending with a line end.
pub fn asyncapi() -> String {
    let mut schemas: Vec<(String, RefOr<Schema>)> = vec![
        (Numbered::name().into_owned(), Numbered::schema()),
        (Pulse::name().into_owned(), Pulse::schema()),
        (Said::name().into_owned(), Said::schema()),
    ];
    Numbered::schemas(&mut schemas);
    Pulse::schemas(&mut schemas);
    Said::schemas(&mut schemas);
    let schemas: serde_json::Map<String, Value> = schemas
        .into_iter()
        .map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default()))
        .collect();
    let message = |name: &str| json!({ "contentType": "application/json", "payload": { "$ref": format!("#/components/schemas/{name}") } });
    let description = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rapport web events",
            "version": "1",
            "description": "Text frames of a WebSocket of the subprotocol rapport.v1, one event each. The first is \
                            `hello`; a `snapshot` follows unless the stream was resumed. Between events there \
                            are signs of life, `beat`, which are none. Types that a program doesn't know are to \
                            be passed over: their numbers count."
        },
        "channels": {
            "events": {
                "address": "/api/v1/events",
                "messages": {
                    "event": { "$ref": "#/components/messages/event" },
                    "pulse": { "$ref": "#/components/messages/pulse" },
                    "said": { "$ref": "#/components/messages/said" }
                }
            }
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": { "$ref": "#/channels/events" },
                "messages": [
                    { "$ref": "#/channels/events/messages/event" },
                    { "$ref": "#/channels/events/messages/pulse" }
                ]
            },
            "hear": {
                "action": "receive",
                "channel": { "$ref": "#/channels/events" },
                "messages": [{ "$ref": "#/channels/events/messages/said" }]
            }
        },
        "components": {
            "messages": {
                "event": message("Numbered"),
                "pulse": message("Pulse"),
                "said": message("Said")
            },
            "schemas": schemas
        }
    });
    let mut text =
        serde_json::to_string_pretty(&description).expect("a description made of strings is valid JSON");
    text.push('\n');
    text
}

/// Serves the description of what is asked.
pub(super) async fn get_openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi())
}

/// Serves the description of what is told.
pub(super) async fn get_asyncapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], asyncapi())
}
