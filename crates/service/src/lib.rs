//! Sign-in, routing, presence, contacts, tenants: authorise, act, audit.
//!
//! The services own the live state of this node and speak through the two ports, `store` and `fabric`; the rules they
//! apply are `rapport_core`'s. They know no socket and no XML. Typed SIP appears only in [`sign_in`] and [`router`]
//! (and in [`Wire`], which carries it), where it is the language of conversations.
#![warn(missing_docs)]

pub mod address_book;
pub mod admission;
pub mod audit;
pub mod clock;
pub mod contacts;
mod directory;
mod error;
pub mod history;
mod housekeeping;
pub mod keys;
pub mod meter;
pub mod people;
mod ports;
pub mod presence;
pub mod queue;
mod refused;
pub mod registrar;
pub mod restore;
pub mod router;
pub mod secret;
pub mod session;
pub mod sign_in;
pub mod tenants;
mod throttle;
pub mod trace;
pub mod web_sessions;
mod wire;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rapport_core::refusal::Refusal;
use rapport_fabric::Fabric;
use rapport_model::{Scope, TenantId, UserId};
use rapport_secrets::KeyFile;
use rapport_store::Store;

use address_book::AddressBook;
use audit::Audit;
use clock::Clock;
use contacts::Contacts;
use history::History;
use keys::{Keys, OnRotation};
use people::People;
use ports::Ports;
use presence::Presence;
use refused::RefusedLog;
use registrar::Registrar;
use restore::{Backups, Restore};
use router::Router;
use secret::Secrets;
use sign_in::SignIn;
use tenants::Tenants;
use throttle::Throttle;
use web_sessions::WebSessions;

pub use error::{Error, Result, WeakPassword};
pub use rapport_secrets::PasswordRefusal;
pub use wire::{BrowserNews, Wire, Written};

/// All services of one node, over one store and one fabric.
#[derive(Debug)]
pub struct Services<F: Fabric<Message = Wire>> {
    /// Companies.
    pub tenants: Tenants<F>,
    /// People and their accounts.
    pub people: People<F>,
    /// Proofs of who signs in.
    pub sign_in: SignIn<F>,
    /// Bindings of endpoints.
    pub registrar: Registrar<F>,
    /// Publications and subscriptions.
    pub presence: Presence<F>,
    /// Finding people of the company.
    pub address_book: AddressBook<F>,
    /// Contact lists.
    pub contacts: Contacts<F>,
    /// Audit logs.
    pub audit: Audit<F>,
    /// Conversations.
    pub router: Router<F>,
    /// What was said in them.
    pub history: History<F>,
    /// Sign-ins in browsers.
    pub web_sessions: WebSessions<F>,
    /// Whether new sign-ins are taken.
    pub admission: admission::Admission,
    /// What is brought back from backups.
    pub restore: Restore<F>,
    /// The service key.
    pub keys: Keys<F>,
    /// Whose SIP messages are written to the log.
    pub traces: trace::Traces,
    refused: Arc<RefusedLog>,
    started: Instant,
    ports: Ports<F>,
}

impl<F: Fabric<Message = Wire>> Services<F> {
    /// Puts the services together. `server` is the name and port by which clients reach the pool, as it stands in a
    /// Record-Route: `sip.example.com:5061`.
    pub fn new(
        store: Arc<dyn Store>,
        fabric: F,
        clock: Arc<dyn Clock>,
        secrets: Secrets,
        server: &str,
    ) -> Self {
        let ports = Ports::new(store, fabric, clock, secrets);
        let (throttle, refused) = (Arc::new(Throttle::default()), Arc::new(RefusedLog::default()));
        let contacts = Contacts::new(ports.clone());
        let presence = Presence::new(ports.clone(), contacts.clone());
        let people = People::new(ports.clone(), presence.clone(), contacts.clone(), throttle.clone());
        let history = History::new(ports.clone());
        Self {
            tenants: Tenants::new(ports.clone()),
            web_sessions: WebSessions::new(ports.clone(), people.clone(), throttle.clone(), refused.clone()),
            people,
            sign_in: SignIn::new(ports.clone(), throttle, refused.clone()),
            registrar: Registrar::new(ports.clone(), presence.clone(), contacts.clone()),
            address_book: AddressBook::new(ports.clone()),
            audit: Audit::new(ports.clone()),
            router: Router::new(ports.clone(), presence.clone(), history.recorder().clone(), server),
            history,
            restore: Restore::new(ports.clone(), presence.clone(), contacts.clone()),
            keys: Keys::new(ports.clone()),
            presence,
            contacts,
            admission: admission::Admission::default(),
            traces: trace::Traces::default(),
            refused,
            started: ports.clock.monotonic(),
            ports,
        }
    }

    /// Lets [`Restore`] open backups of this server's store.
    #[must_use]
    pub fn with_backups(mut self, backups: Arc<dyn Backups>) -> Self {
        self.restore.set_backups(backups);
        self
    }

    /// Sets how long sign-ins in browsers live.
    #[must_use]
    pub fn with_web_session_lives(mut self, lives: web_sessions::Lives) -> Self {
        self.web_sessions.set_lives(lives);
        self
    }

    /// Lets [`Keys`] replace the key in that file. Before an older key is taken away, `on_rotation` is told of it and of
    /// its successors.
    #[must_use]
    pub fn with_key_file(mut self, file: KeyFile, on_rotation: OnRotation) -> Self {
        self.keys.set_file(file, on_rotation);
        self
    }

    /// Serves this node's announcements, and does away with what is over, until the node has no part in the fabric any
    /// more. Run once per node.
    pub async fn run(&self) {
        tokio::select! {
            () = self.presence.run() => {}
            () = self.address_book.keep() => {}
            () = self.sign_in.forget_previous_passwords() => {}
            () = self.web_sessions.forget_over() => {}
            () = housekeeping::run(&self.ports, &self.people, &self.tenants, &self.history) => {}
            () = self.history.run() => {}
            () = self.keys.run() => {}
        }
    }

    /// Tells whether the store answers.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ready(&self) -> Result<()> {
        Ok(self.ports.store.ready().await?)
    }

    /// Tells why changes are refused while they are; everything else goes on meanwhile.
    pub fn refuses_changes(&self) -> Option<String> {
        self.ports.store.refuses_changes().map(|error| error.to_string())
    }

    /// Comes to an end when live state answers: nothing holds its locks.
    pub async fn alive(&self) {
        let nobody = UserId { tenant: TenantId(0), user: 0 };
        // What is answered doesn't matter; that something is, does.
        let _ = self.registrar.bound(&Scope::service(nobody.tenant, "watchdog"), nobody).await;
    }

    /// Writes a person's SIP messages to this node's log for a time, or no longer.
    ///
    /// # Errors
    /// `Refused` when too many people are traced already.
    pub async fn trace(&self, scope: &Scope, user: UserId, span: Option<Duration>) -> Result<()> {
        let person = self.ports.person(scope, user).await?;
        let what = match span {
            Some(span) if !self.traces.start(user, span, self.ports.clock.monotonic()) => {
                return Err(Refusal::PolicyForbids { what: "more traces at once" }.into());
            }
            Some(_) => "trace started",
            None => {
                self.traces.stop(user);
                "trace stopped"
            }
        };
        self.ports.audit(scope, what, user.to_string(), person.address.to_string()).await
    }

    /// Notes an action that somebody who has signed in was refused: it is counted, and written to the log unless there
    /// have been too many. `method` is what was asked, in the words of whoever asked.
    pub fn note_refused(&self, scope: &Scope, method: &str, reason: &'static str) {
        self.refused.note_action(scope, method, reason, self.ports.clock.monotonic());
    }

    /// Returns what this node counts per company.
    pub fn meters(&self) -> &meter::Meters {
        &self.ports.meters
    }

    /// Returns when the services were put together.
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// Returns the clock that the services read.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.ports.clock
    }

    /// Returns a person of the company.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn person(&self, scope: &Scope, user: UserId) -> Result<Arc<rapport_core::directory::Person>> {
        self.ports.person(scope, user).await
    }
}
