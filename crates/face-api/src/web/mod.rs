//! The web API under `/api/v1`: what a browser asks, and the events that it is told (ADR 0019).
//!
//! One file per resource. Who asks is known by a cookie ([`guard`]); for each session an agent ([`crate::agent`]) is an
//! endpoint of its person. Nothing is decided here: the calls are those that SIP's face makes.

mod access;
mod adders;
mod app_passwords;
pub(crate) mod budget;
mod common;
mod contacts;
mod conversations;
mod description;
mod endpoints;
mod events;
pub(crate) mod frames;
mod groups;
mod guard;
mod history;
mod me;
mod password;
mod people;
mod refused;
mod session;
mod sessions;
mod settings;
pub(crate) mod types;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use rapport_fabric::Fabric;
use rapport_service::web_sessions::WebSessionHash;
use rapport_service::{Services, Wire};

use crate::agent::Agents;
use crate::code::Code;
use crate::extract::LargestBody;
use crate::problem::Problem;
use budget::Budgets;
use events::Tickets;
use history::Exports;

pub use description::{asyncapi, openapi};
pub(crate) use events::OnUpgradeOnce;
pub use guard::Client;
pub(crate) use history::message as of_history;

/// Octets of a body: a message with its form, and what JSON adds to it.
const LARGEST_BODY: usize = 128 * 1024;

/// The web API of a node, with the agents that it runs.
pub struct Web<F: Fabric<Message = Wire>>(Arc<Inner<F>>);

/// What the resources share.
pub struct Inner<F: Fabric<Message = Wire>> {
    pub(crate) services: Arc<Services<F>>,
    pub(crate) agents: Arc<Agents<F>>,
    pub(crate) tickets: Tickets,
    exports: Exports,
    pub(crate) budgets: Budgets<WebSessionHash>,
    /// Of those who show a session that there is not.
    pub(crate) strangers: Budgets<budget::Source>,
}

impl<F: Fabric<Message = Wire>> Clone for Web<F> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<F: Fabric<Message = Wire>> std::ops::Deref for Web<F> {
    type Target = Inner<F>;

    fn deref(&self) -> &Inner<F> {
        &self.0
    }
}

impl<F: Fabric<Message = Wire>> std::fmt::Debug for Web<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Web")
    }
}

impl<F: Fabric<Message = Wire>> Web<F> {
    /// Makes the web API of a node. `server` is the name and port by which clients reach the pool.
    pub fn new(services: Arc<Services<F>>, server: &str) -> Self {
        let agents = Agents::new(services.clone(), server.into());
        Self(Arc::new(Inner {
            services,
            agents,
            tickets: Tickets::default(),
            exports: Exports::default(),
            budgets: Budgets::default(),
            strangers: Budgets::default(),
        }))
    }

    /// Ends all agents in good order: their browsers come back to whoever serves then.
    pub async fn close(&self) {
        self.agents.close().await;
    }

    /// Returns the router of the API. Requests carry a [`Client`] in their extensions.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/api/v1/openapi.json", get(description::get_openapi))
            .route("/api/v1/asyncapi.json", get(description::get_asyncapi))
            .route(
                "/api/v1/session",
                get(session::show::<F>).post(session::begin::<F>).delete(session::end::<F>),
            )
            .route("/api/v1/sessions", get(sessions::list::<F>).delete(sessions::end_others::<F>))
            .route("/api/v1/sessions/{id}", delete(sessions::end::<F>))
            .route("/api/v1/endpoints", get(endpoints::list::<F>))
            .route("/api/v1/endpoints/{id}", delete(endpoints::end::<F>))
            .route("/api/v1/password", post(password::change::<F>))
            .route("/api/v1/app-passwords", get(app_passwords::list::<F>).post(app_passwords::add::<F>))
            .route("/api/v1/app-passwords/{id}", delete(app_passwords::remove::<F>))
            .route("/api/v1/events/ticket", post(events::ticket::<F>))
            .route("/api/v1/events", get(events::open::<F>))
            .route("/api/v1/snapshot", get(events::snapshot::<F>))
            .route("/api/v1/me/status", put(me::set_status::<F>))
            .route("/api/v1/me/note", put(me::set_note::<F>))
            .route("/api/v1/me/place", put(me::set_place::<F>))
            .route("/api/v1/groups", post(groups::add::<F>))
            .route("/api/v1/groups/order", put(groups::order::<F>))
            .route("/api/v1/groups/{id}", axum::routing::patch(groups::set::<F>).delete(groups::remove::<F>))
            .route("/api/v1/contacts/{person}", put(contacts::set::<F>).delete(contacts::remove::<F>))
            .route("/api/v1/contacts/{person}/favourite", put(contacts::mark::<F>))
            .route("/api/v1/adders/{person}/allow", post(adders::allow::<F>))
            .route("/api/v1/adders/{person}/block", post(adders::block::<F>))
            .route("/api/v1/adders/{person}/ignore", post(adders::ignore::<F>))
            .route("/api/v1/people", get(people::find::<F>))
            .route("/api/v1/people/{person}", get(people::show::<F>))
            .route("/api/v1/people/{person}/presence", get(people::presence::<F>))
            .route("/api/v1/people/{person}/access", get(access::show::<F>).put(access::set::<F>))
            .route("/api/v1/access", get(access::list::<F>))
            .route("/api/v1/conversations", post(conversations::begin::<F>))
            .route("/api/v1/conversations/{id}", delete(conversations::leave::<F>))
            .route("/api/v1/conversations/{id}/open", post(conversations::answer::<F>))
            .route("/api/v1/conversations/{id}/decline", post(conversations::decline::<F>))
            .route(
                "/api/v1/conversations/{id}/messages",
                get(conversations::messages::<F>).post(conversations::send::<F>),
            )
            .route("/api/v1/conversations/{id}/typing", post(conversations::typing::<F>))
            .route("/api/v1/history", get(history::show::<F>).delete(history::clear::<F>))
            .route("/api/v1/history/export", get(history::export::<F>))
            .route("/api/v1/history/{message}", delete(history::remove::<F>))
            .route("/api/v1/settings", get(settings::show::<F>).put(settings::set::<F>))
            .route("/api/v1/{*rest}", axum::routing::any(|| async { Problem::not_found("resource") }))
            .method_not_allowed_fallback(|| async {
                Problem::new(
                    StatusCode::METHOD_NOT_ALLOWED,
                    Code::MethodNotAllowed,
                    "this resource has no such method",
                )
            })
            .layer(axum::middleware::from_fn_with_state(self.clone(), refused::note::<F>))
            .layer(axum::middleware::map_response(guard::uncached))
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(axum::Extension(LargestBody(LARGEST_BODY)))
            .with_state(self.clone())
    }
}
