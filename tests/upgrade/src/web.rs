//! What schema 6 keeps beside, sign-ins in browsers and what web clients leave; and schema 10, the conversations that stand
//! in a browser and what is known of its messages.

use anyhow::Result;
use rapport_core::directory::PersonRef;
use rapport_model::{Epid, Scope, Timestamp};
use rapport_store::{Fate, Store, WebMessage, WebSession, WebSessionHash};

use crate::company::{ANA, AT, BEN, same};

const HASH: WebSessionHash = WebSessionHash([0xa5; 32]);
const SETTINGS: &str = r#"{"theme":"dark","language":"de"}"#;
const CONVERSATIONS: &str = r#"[{"id":"c0ffee","with":"u2","address":"ben@north.example","started":1795651200123,"unread":2,"isOpen":true}]"#;

fn session() -> WebSession {
    WebSession {
        hash: HASH,
        user: ANA,
        epid: Epid::parse("a1b2c3d4e5f6").expect("an epid"),
        label: "Firefox · Größe <1>".to_owned(),
        source: "2001:db8::7".to_owned(),
        created: AT,
        used: Timestamp(AT.0 + 60_000),
        expires: Timestamp(AT.0 + 2_592_000_000),
    }
}

/// What is known of three messages to Ben; of one that was not delivered nothing was before schema 11.
fn messages(schema: u32) -> Vec<WebMessage> {
    let message = |client_id: &str, after: i64, fate| WebMessage {
        peer: PersonRef::Person(BEN),
        client_id: client_id.to_owned(),
        id: format!("{after:016x}"),
        at: Timestamp(AT.0 + after),
        fate,
    };
    let mut messages = vec![message("c-sent", 1, Fate::Sent), message("c-unknown", 2, Fate::Unknown)];
    if schema >= 11 {
        messages.push(message("c-failed", 3, Fate::Failed));
    }
    messages
}

/// Writes what the newest schema keeps.
///
/// # Errors
/// The store says no.
pub(crate) async fn write(store: &dyn Store, scope: &Scope) -> Result<()> {
    store.add_web_session(scope, session()).await?;
    store.set_web_document(scope, ANA, "settings", None, SETTINGS.to_owned()).await?;
    store.set_web_conversations(scope, ANA, HASH, CONVERSATIONS.to_owned()).await?;
    for message in messages(u32::MAX) {
        store.note_web_message(scope, ANA, message).await?;
    }
    Ok(())
}

/// Checks that what a schema keeps stands there.
///
/// # Errors
/// The first thing that differs.
pub(crate) async fn read_back(store: &dyn Store, scope: &Scope, schema: u32) -> Result<()> {
    let sessions = if schema >= 6 { vec![session()] } else { Vec::new() };
    same("the sign-ins in browsers", &store.web_sessions(scope, ANA).await?, &sessions)?;
    let settings = (schema >= 6).then(|| SETTINGS.to_owned());
    same("the settings", &store.web_document(scope, ANA, "settings").await?, &settings)?;
    let conversations = (schema >= 10).then(|| CONVERSATIONS.to_owned());
    same("the conversations", &store.web_conversations(scope, ANA, HASH).await?, &conversations)?;
    if schema >= 10 {
        for message in messages(schema) {
            let found = store.web_message(scope, ANA, &message.peer, &message.client_id).await?;
            same("what is known of a message", &found, &Some(message))?;
        }
    }
    Ok(())
}
