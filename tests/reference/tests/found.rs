//! What random lives have found to be wrong, each by itself and as small as it gets.

use std::sync::Arc;
use std::time::Duration;

use rapport_core::contacts::{Contact, ContactChange};
use rapport_core::directory::{Card, NewPerson, NewTenant, Person, PersonRef, Phone, PhoneKind, Tenant};
use rapport_core::policy::Policy;
use rapport_core::presence::*;
use rapport_fabric::Description;
use rapport_fabric_local::LocalFabric;
use rapport_fabric_sim::{Faults, SimCluster, SimFabric};
use rapport_model::*;
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::clock::Clock;
use rapport_service::presence::{Published, Target, Watched, colleague};
use rapport_service::registrar::Session;
use rapport_service::secret::Secrets;
use rapport_service::session::Event;
use rapport_service::{Services, Wire};
use rapport_store_mem::MemStore;
use rapport_testkit::clock::VirtualClock;

/// One node that doesn't listen to announcements until it is told to.
struct World<F: rapport_fabric::Fabric<Message = Wire> = LocalFabric<Wire>> {
    services: Arc<Services<F>>,
    clock: Arc<VirtualClock>,
    tenant: Arc<Tenant>,
    kim: Arc<Person>,
    lee: Arc<Person>,
}

fn services<F: rapport_fabric::Fabric<Message = Wire>>(
    store: &Arc<MemStore>,
    clock: &Arc<VirtualClock>,
    fabric: F,
) -> Services<F> {
    let hasher = PasswordHasher::new(Cost::TRIVIAL).expect("a cost");
    let secrets = Secrets::new(hasher, ServiceKey::ephemeral().expect("randomness"), 1);
    Services::new(store.clone(), fabric, clock.clone(), secrets, "sip.example.com:5061")
}

impl World {
    async fn new() -> Self {
        Self::over(LocalFabric::default()).await
    }
}

impl<F: rapport_fabric::Fabric<Message = Wire>> World<F> {
    async fn over(fabric: F) -> Self {
        Self::on(&Arc::new(MemStore::new()), fabric).await
    }

    async fn on(store: &Arc<MemStore>, fabric: F) -> Self {
        let clock = Arc::new(VirtualClock::new(1));
        let services = services(store, &clock, fabric);
        let operator = OperatorScope::service("test");
        let new = NewTenant {
            name: "example".to_owned(),
            display_name: "Example".to_owned(),
            netbios_name: "EXAMPLE".to_owned(),
            domains: vec![SipDomain::parse("example.com").expect("a domain")],
            policy: Policy::default(),
        };
        let tenant = services.tenants.add(&operator, new).await.expect("added");
        let person = |name: &str| NewPerson {
            address: Aor::parse(&format!("{name}@example.com")).expect("an address"),
            aliases: Vec::new(),
            sign_in_name: name.to_owned(),
            enabled: true,
            licensed: true,
            card: Card {
                display_name: name.to_owned(),
                phones: vec![Phone { kind: PhoneKind::Home, number: "+1 555 0100".to_owned() }],
                ..Card::default()
            },
        };
        let scope = operator.within(tenant.id);
        let kim = services.people.add(&scope, person("kim"), None).await.expect("added");
        let lee = services.people.add(&scope, person("lee"), None).await.expect("added");
        Self {
            services: Arc::new(services),
            clock,
            tenant: Arc::new(tenant),
            kim: Arc::new(kim),
            lee: Arc::new(lee),
        }
    }

    fn scope(&self) -> Scope {
        Scope::service(self.tenant.id, "test")
    }

    async fn sign_in(&self, person: &Arc<Person>, instance: u8) -> Session<F> {
        let endpoint = EndpointId { user: person.id, instance: Instance([instance; 16]) };
        let bound = self.services.registrar.bind(
            person,
            &self.tenant,
            endpoint,
            Source::Server,
            Description::default(),
        );
        bound.await.expect("signed in")
    }

    async fn publish(&self, by: &Session<F>, operation: NewPublication) -> Published {
        self.services.presence.publish(&self.scope(), by.binding, &[operation]).await.expect("published")
    }

    async fn availability(&self, who: &Person, at: &Person) -> Option<Availability> {
        self.look(who, at, "state").await.into_iter().find_map(|(_, value)| match value {
            Value::Aggregate(sum) => Some(sum.availability),
            _ => None,
        })
    }

    /// The same company as another node serves it.
    fn another<G: rapport_fabric::Fabric<Message = Wire>>(
        &self,
        store: &Arc<MemStore>,
        fabric: G,
    ) -> World<G> {
        World {
            services: Arc::new(services(store, &self.clock, fabric)),
            clock: self.clock.clone(),
            tenant: self.tenant.clone(),
            kim: self.kim.clone(),
            lee: self.lee.clone(),
        }
    }

    async fn look(&self, who: &Person, at: &Person, name: &str) -> Vec<(u32, Value)> {
        let targets = [Target { address: Some(at.address.clone()), prompts: false }];
        let asked = [CategoryName::new(name)];
        let seen = self.services.presence.poll(&self.scope(), &colleague(who), &targets, &asked).await;
        let seen = seen.expect("seen").pop();
        let Some(Watched::Active { first, .. }) = seen else { panic!("nobody is seen: {seen:?}") };
        let all = first.view.categories.first().map(|category| category.instances.clone());
        all.unwrap_or_default().into_iter().map(|(instance, _, value)| (instance, value)).collect()
    }
}

fn note(version: u32, lifetime: Option<Lifetime>) -> NewPublication {
    note_at(0, version, lifetime)
}

fn note_at(instance: u32, version: u32, lifetime: Option<Lifetime>) -> NewPublication {
    let key = PublicationKey::new(CategoryName::note(), ContainerId::COMPANY, instance);
    let value = Value::Client { xml: "<note/>".into(), facts: Facts::None };
    let action = match lifetime {
        Some(lifetime) => PublicationAction::Publish { lifetime, value },
        None => PublicationAction::Delete,
    };
    NewPublication { key, version, action }
}

fn state(instance: u32, kind: StateKind, availability: u32, start: Option<Timestamp>) -> NewPublication {
    let key = PublicationKey::new(CategoryName::state(), ContainerId(2), 0x3000_0000 + instance);
    let said = State {
        kind,
        manual: false,
        availability: Some(Availability(availability)),
        activity: None,
        start,
        location: Arc::default(),
        timezone: Arc::default(),
        device: None,
    };
    let value = Value::Client { xml: "<state/>".into(), facts: Facts::State(Box::new(said)) };
    NewPublication { key, version: 0, action: PublicationAction::Publish { lifetime: Lifetime::User, value } }
}

/// Whether the session is told that the note has gone.
fn hears_of_the_note(session: &mut Session<LocalFabric<Wire>>) -> bool {
    std::iter::from_fn(|| session.events.try_next()).any(|event| match event {
        Event::Own(event) => event.categories.contains(&(CategoryName::note(), ContainerId::COMPANY)),
        _ => false,
    })
}

#[tokio::test(start_paused = true)]
async fn who_blocks_the_whole_company_goes_on_seeing_themselves() {
    let world = World::new().await;
    let members = vec![(MemberAction::Add, Member::SameEnterprise)];
    let block = MembershipChange { container: ContainerId::BLOCKED, version: 0, members };
    let scope = world.scope();
    let _ = world.services.presence.set_container_members(&scope, world.kim.id, &[block]).await;
    let has_card = |seen: Vec<(u32, Value)>| seen.iter().any(|(_, v)| matches!(v, Value::AddressBook(_)));
    assert!(!has_card(world.look(&world.lee, &world.kim, "contactCard").await));
    assert!(has_card(world.look(&world.kim, &world.kim, "contactCard").await));
}

#[tokio::test(start_paused = true)]
async fn what_has_run_out_is_shown_to_nobody_although_nobody_has_swept_it() {
    let world = World::new().await;
    let kim = world.sign_in(&world.kim, 1).await;
    let end = world.clock.wall().plus(Duration::from_secs(5));
    let published = world.publish(&kim, note(0, Some(Lifetime::Until(end)))).await;
    world.services.presence.announce(&world.scope(), published.announce).await;
    assert_eq!(world.look(&world.lee, &world.kim, "note").await.len(), 1);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(world.look(&world.lee, &world.kim, "note").await, []);
}

#[tokio::test(start_paused = true)]
async fn a_meeting_that_has_begun_is_shown_although_nobody_watched_until_then() {
    let world = World::new().await;
    let kim = world.sign_in(&world.kim, 1).await;
    world.publish(&kim, state(1, StateKind::Machine, 3500, None)).await;
    let start = world.clock.wall().plus(Duration::from_secs(30));
    world.publish(&kim, state(2, StateKind::Calendar, 6500, Some(start))).await;
    assert_eq!(world.availability(&world.lee, &world.kim).await, Some(Availability(3500)));
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(world.availability(&world.lee, &world.kim).await, Some(Availability(6500)));
    world.services.presence.sweep(&world.scope(), world.kim.id).await.expect("swept");
    // Somebody finds out that the clock was ahead.
    world.clock.set_by(-20);
    assert_eq!(world.availability(&world.lee, &world.kim).await, Some(Availability(3500)));
}

#[tokio::test(start_paused = true)]
async fn what_hangs_on_an_endpoint_whose_end_nobody_heard_of_is_swept_by_the_next_reading_of_all() {
    let world = World::new().await;
    let kim = world.sign_in(&world.kim, 1).await;
    let mut lee = world.sign_in(&world.lee, 1).await;
    let published = world.publish(&kim, note(0, Some(Lifetime::Endpoint(kim.binding.endpoint)))).await;
    world.services.presence.announce(&world.scope(), published.announce).await;
    let targets = [Target { address: Some(world.kim.address.clone()), prompts: false }];
    let asked: Arc<[CategoryName]> = [CategoryName::note()].into();
    let scope = world.scope();
    world.services.presence.subscribe(&scope, &lee.watcher, &targets, &asked).await.expect("subscribed");
    // The announcement of this end reaches nobody.
    drop(kim);
    let services = world.services.clone();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { services.run().await });
    let told = tokio::time::timeout(Duration::from_secs(40), lee.events.next()).await.expect("told");
    let Event::Presence(event) = told else { panic!("{told:?}") };
    assert!(event.view.categories.iter().all(|category| category.instances.is_empty()), "{event:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_replaced_leaves_the_list_of_its_successor_open() {
    let world = World::new().await;
    let scope = world.scope();
    let first = world.sign_in(&world.kim, 1).await;
    let mut second = world.sign_in(&world.kim, 1).await;
    world.services.contacts.open(&scope, second.binding).await.expect("opened");
    world.services.registrar.unbind(first).await;
    let services = world.services.clone();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { services.run().await });
    tokio::task::yield_now().await;
    let contact = Contact {
        alias: "Lee".into(),
        groups: vec![1],
        subscribed: true,
        external_uri: Arc::default(),
        extension_xml: Arc::default(),
    };
    let change = ContactChange::Set { who: PersonRef::Person(world.lee.id), contact };
    let applied =
        world.services.contacts.apply(&scope, world.kim.id, &change, None, 1).await.expect("applied");
    world.services.contacts.announce(&scope, applied.announce).await;
    let told =
        tokio::time::timeout(Duration::from_secs(10), second.events.next()).await.expect("told at once");
    assert!(matches!(told, Event::Contacts(_)), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn what_came_before_a_document_was_opened_and_went_after_it_is_told() {
    let world = World::new().await;
    let scope = world.scope();
    let presence = &world.services.presence;
    let mut kim = world.sign_in(&world.kim, 1).await;
    let mut other = world.sign_in(&world.kim, 2).await;
    presence.open_own(&scope, kim.binding).await.expect("opened");
    // The announcement of the note is late.
    let late = world.publish(&kim, note(0, Some(Lifetime::Static))).await;
    let opened = presence.open_own(&scope, other.binding).await.expect("opened");
    assert!(opened.publications.values().any(|p| matches!(&p.value, Value::Client { .. })));
    let gone = world.publish(&kim, note(1, None)).await;
    presence.announce(&scope, gone.announce).await;
    presence.announce(&scope, late.announce).await;
    assert!(hears_of_the_note(&mut other), "the second program goes on showing a note that is gone");
    assert!(hears_of_the_note(&mut kim));
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_has_shown_and_another_program_has_deleted_is_told() {
    let world = World::new().await;
    let scope = world.scope();
    let presence = &world.services.presence;
    let mut kim = world.sign_in(&world.kim, 1).await;
    let other = world.sign_in(&world.kim, 2).await;
    presence.open_own(&scope, kim.binding).await.expect("opened");
    let published = world.publish(&kim, note(0, Some(Lifetime::Static))).await;
    presence.announce(&scope, published.announce).await;
    assert!(hears_of_the_note(&mut kim));
    let deleted = world.publish(&other, note(1, None)).await;
    presence.announce(&scope, deleted.announce).await;
    assert!(hears_of_the_note(&mut kim), "the first program goes on showing a note that is gone");
}

/// A node is stopped after it has read a document and before it has read who is bound.
#[tokio::test(start_paused = true)]
async fn who_is_stopped_in_the_middle_of_a_look_sees_no_document_that_never_was() {
    let (cluster, store) = (SimCluster::new(1, 2, Faults::NONE), Arc::new(MemStore::new()));
    let far: World<SimFabric<Wire>> = World::on(&store, cluster.node(0)).await;
    let near = far.another(&store, cluster.node(1));
    let kim = near.sign_in(&near.kim, 1).await;
    near.publish(&kim, note_at(0, 0, Some(Lifetime::Endpoint(kim.binding.endpoint)))).await;
    let looks = async {
        let seen = far.look(&far.lee, &far.kim, "note").await;
        seen.into_iter().map(|(instance, _)| instance).collect::<Vec<_>>()
    };
    let goes = async {
        // The document has left the authority, and waits in front of the stopped node.
        tokio::time::sleep(Duration::from_millis(1)).await;
        cluster.freeze(0);
        near.publish(&kim, note_at(1, 0, Some(Lifetime::Static))).await;
        near.services.registrar.unbind(kim).await;
        cluster.thaw(0);
    };
    let (seen, ()) = tokio::join!(looks, goes);
    assert!([vec![0], vec![0, 1], vec![1]].contains(&seen), "{seen:?}");
}
