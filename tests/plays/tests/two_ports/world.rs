//! One person with two programs, a writer whose ports are struck, and a reader who looks all the time.

use std::sync::Arc;
use std::time::Duration;

use rapport_core::directory::{Card, NewPerson, NewTenant, Person, Tenant};
use rapport_core::policy::Policy;
use rapport_core::presence::{
    CategoryName, Document, Facts, Lifetime, NewPublication, PublicationAction, PublicationKey, StaticChange,
    Value,
};
use rapport_fabric::{Binding, Description, Fabric};
use rapport_model::{Aor, ContainerId, EndpointId, Instance, OperatorScope, Scope, SipDomain, UserId};
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::clock::Clock;
use rapport_service::secret::Secrets;
use rapport_service::{Error, Services, Wire};
use rapport_store::Store;
use rapport_store_mem::MemStore;
use rapport_testkit::clock::VirtualClock;

use crate::fabric::StruckFabric;
use crate::store::StruckStore;
use crate::tape::Tape;

/// How often the reader looks.
const GLANCE: Duration = Duration::from_micros(700);

/// Two nodes, or twice the same, over one store.
pub(crate) struct World<F: Fabric<Message = Wire>> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tape: Arc<Tape>,
    /// The writer's node: its ports are struck.
    pub(crate) writer: Arc<Services<StruckFabric<F>>>,
    /// The other node.
    pub(crate) other: Arc<Services<F>>,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) person: Arc<Person>,
    /// The program that writes.
    pub(crate) desk: Binding,
    /// The program that remains.
    pub(crate) laptop: Binding,
    _inboxes: (F::Inbox, F::Inbox),
}

impl<F: Fabric<Message = Wire>> World<F> {
    /// Founds the company, and signs Kim in with two programs.
    pub(crate) async fn new(near: F, far: F) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemStore::new());
        let tape = Arc::new(Tape::default());
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(1));
        let hasher = PasswordHasher::new(Cost::TRIVIAL).unwrap();
        let secrets = Secrets::new(hasher, ServiceKey::ephemeral().unwrap(), 1);
        let struck_store = Arc::new(StruckStore { inner: store.clone(), tape: tape.clone() });
        let struck_fabric = StruckFabric { inner: near.clone(), tape: tape.clone() };
        let server = "ocs.example.com:5061";
        let writer = Services::new(struck_store, struck_fabric, clock.clone(), secrets.clone(), server);
        let other = Services::new(store.clone(), far.clone(), clock, secrets, server);
        let operator = OperatorScope::service("test");
        let new = NewTenant {
            name: "example".to_owned(),
            display_name: "Example".to_owned(),
            netbios_name: "EXAMPLE".to_owned(),
            domains: vec![SipDomain::parse("example.com").unwrap()],
            policy: Policy::default(),
        };
        let tenant = other.tenants.add(&operator, new).await.unwrap();
        let new = NewPerson {
            address: Aor::parse("kim@example.com").unwrap(),
            aliases: Vec::new(),
            sign_in_name: "kim".to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: "Kim".to_owned(), ..Card::default() },
        };
        let person = other.people.add(&operator.within(tenant.id), new, None).await.unwrap();
        let endpoint = |n| EndpointId { user: person.id, instance: Instance([n; 16]) };
        let scope = Scope::service(tenant.id, "test");
        let (desk, desk_inbox) = near.bind(&scope, endpoint(1), Description::default()).await.unwrap();
        let (laptop, laptop_inbox) = far.bind(&scope, endpoint(2), Description::default()).await.unwrap();
        Self {
            store,
            tape,
            writer: Arc::new(writer),
            other: Arc::new(other),
            tenant: Arc::new(tenant),
            person: Arc::new(person),
            desk,
            laptop,
            _inboxes: (desk_inbox, laptop_inbox),
        }
    }

    /// The service as it starts anew over the same store.
    pub(crate) fn anew(&self, fabric: F) -> Services<F> {
        let hasher = PasswordHasher::new(Cost::TRIVIAL).unwrap();
        let secrets = Secrets::new(hasher, ServiceKey::ephemeral().unwrap(), 1);
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(2));
        Services::new(self.store.clone(), fabric, clock, secrets, "ocs.example.com:5061")
    }

    pub(crate) fn user(&self) -> UserId {
        self.person.id
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::service(self.tenant.id, "test")
    }

    /// The document as everybody sees it.
    pub(crate) async fn document(&self) -> Arc<Document> {
        self.other.presence.own_document(&self.scope(), self.user()).await.unwrap()
    }

    /// Lets the desk publish this generation of its batch, made on what everybody sees.
    pub(crate) async fn write(&self, generation: u32) -> Result<(), Error> {
        let document = self.document().await;
        let batch = batch(&document, generation);
        write(&self.writer, self.scope(), self.desk, batch).await
    }

    /// Lets the laptop publish something of its own, and goes on until it is accepted.
    pub(crate) async fn go_on(&self, text: &str) {
        for _ in 0..20 {
            let document = self.document().await;
            let publication = put(&document, "x-laptop", 200, Lifetime::Static, text);
            match write(&self.other, self.scope(), self.laptop, vec![publication]).await {
                Ok(()) => return,
                Err(Error::Versions(_)) => {}
                Err(error) => panic!("the laptop is refused: {error}"),
            }
        }
        panic!("the laptop comes to nothing");
    }

    /// Looks at the document until it is stopped; panics when it sees part of a batch.
    pub(crate) async fn look(&self) {
        loop {
            let document = self.document().await;
            generation(&document);
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// What everybody sees now; makes sure that the store has the static part of it, and nothing else.
    pub(crate) async fn settled(&self) -> u32 {
        let document = self.document().await;
        let stored = self.store.presence(&self.scope(), self.user()).await.unwrap();
        assert_eq!(document.static_revision, stored.static_revision);
        let all = document.publications.iter().map(|(key, p)| (key, &**p));
        let kept: Vec<_> = all.filter(|(_, p)| p.lifetime == Lifetime::Static).collect();
        assert_eq!(kept, stored.publications.iter().collect::<Vec<_>>());
        assert_eq!(document.memberships, stored.memberships);
        generation(&document)
    }
}

/// Publishes, and forgets the announcement: a hint that nobody may count on.
pub(crate) async fn write<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    scope: Scope,
    by: Binding,
    batch: Vec<NewPublication>,
) -> Result<(), Error> {
    services.presence.publish(&scope, by, &batch).await.map(drop)
}

/// The places of the desk's batch: two static ones, which the store has, and one that only the fabric has.
const PLACES: [(&str, u16, Lifetime); 3] = [
    ("x-batch", 200, Lifetime::Static),
    ("x-batch", 300, Lifetime::Static),
    ("x-batch", 400, Lifetime::User),
];

pub(crate) fn batch(document: &Document, generation: u32) -> Vec<NewPublication> {
    let text = generation.to_string();
    PLACES.map(|(name, container, lifetime)| put(document, name, container, lifetime, &text)).into()
}

pub(crate) fn put(
    document: &Document,
    name: &str,
    container: u16,
    lifetime: Lifetime,
    text: &str,
) -> NewPublication {
    let key = key(name, container);
    let version = document.publications.get(&key).map_or(0, |publication| publication.version);
    let value = Value::Client { xml: text.into(), facts: Facts::None };
    NewPublication { key, version, action: PublicationAction::Publish { lifetime, value } }
}

/// The generation of the desk's batch in a document, 0 for none; every part of it must be of the same.
pub(crate) fn generation(document: &Document) -> u32 {
    let seen = PLACES.map(|(name, container, _)| text(document, name, container).parse().unwrap_or(0));
    let [first, ..] = seen;
    assert!(seen.iter().all(|generation| *generation == first), "part of a batch is seen: {seen:?}");
    first
}

/// What stands in a place of a document.
pub(crate) fn text(document: &Document, name: &str, container: u16) -> String {
    match document.publications.get(&key(name, container)).map(|publication| &publication.value) {
        Some(Value::Client { xml, .. }) => xml.to_string(),
        _ => String::new(),
    }
}

fn key(name: &str, container: u16) -> PublicationKey {
    PublicationKey::new(CategoryName::new(name), ContainerId(container), 0)
}

/// A change that is harmless, for a call that must be refused.
pub(crate) fn nothing() -> Vec<StaticChange> {
    Vec::new()
}
