//! What a browser shows of people: made from what the services tell, and told anew when that changes.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use rapport_core::contacts::{ContactList, DeltaKind, OTHER_CONTACTS};
use rapport_core::directory::{Person, PersonRef};
use rapport_core::policy::{AWAY_AFTER, INACTIVE_AFTER};
use rapport_core::presence::{CategoryName, Document, Selection, chooses_alike, chosen_for, view};
use rapport_fabric::Fabric;
use rapport_model::{AccessLevel, DeviceKind, EndpointId, Instance, Moment, Scope, UserId};
use rapport_service::contacts::ContactsChanged;
use rapport_service::presence::{Target, Watched, colleague};
use rapport_service::session::{OwnEvent, PresenceEvent};
use rapport_service::{Error, Services, Wire};
use serde::{Deserialize, Serialize};

use super::loops::Agent;
use super::names::{address_of, id_of, person_ref};
use super::own::{chosen, machine_of, own_note, place_of};
use super::seen::{CATEGORIES, Seen, written};
use super::start::label_of;
use super::talk::{Outline, Talk};
use super::{LONGEST_MESSAGE, LONGEST_NOTE};
use crate::web::types::{
    Adder, Availability, Contact, Endpoint, Event, Group, LevelMembers, LimitsOfPerson, Me, Settings,
    Snapshot,
};

/// The names of the documents that web clients leave.
pub(crate) const SETTINGS: &str = "settings";
pub(crate) const ARRANGED: &str = "contacts";

/// How a person has arranged the contact list beyond what the list itself says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Arranged {
    /// Contacts that are marked, by id.
    pub(crate) favourites: BTreeSet<String>,
    /// Groups in order; those that are missing follow by number.
    pub(crate) group_order: Vec<u32>,
}

/// Reads a document of web clients; what can't be read is as if it were not there.
pub(crate) async fn document<F, T>(
    services: &Services<F>,
    scope: &Scope,
    user: UserId,
    name: &str,
) -> Result<T, Error>
where
    F: Fabric<Message = Wire>,
    T: Default + for<'a> Deserialize<'a>,
{
    Ok(read_document(services.web_sessions.document(scope, user, name).await?.as_deref()))
}

/// Reads the text of such a document.
pub(crate) fn read_document<T: Default + for<'a> Deserialize<'a>>(text: Option<&str>) -> T {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Returns how a person is seen, and what they have chosen.
pub(crate) fn me(person: &Person, endpoint: EndpointId, own: &Document, now: Moment) -> Me {
    let watcher = colleague(person);
    let watcher = watcher.towards(person.id);
    let seen =
        Seen::of(&view(own, &Selection::of(own, &watcher, &[CategoryName::note(), CategoryName::state()])));
    let seen = seen.presence(String::new(), now);
    let (choice, until) = chosen(own, now);
    let place = place_of(own, endpoint);
    Me {
        id: id_of(&PersonRef::Person(person.id)),
        address: person.address.to_string(),
        display_name: person.card.display_name.clone(),
        availability: seen.availability,
        activity: seen.activity,
        until: seen.until,
        chosen: choice,
        chosen_until: until.map(written),
        note: own_note(own),
        since: seen.since,
        location: place.location().unwrap_or_default(),
        utc_offset_minutes: place.utc_offset_minutes(),
    }
}

/// Returns the groups of a list in order.
pub(crate) fn groups(list: &ContactList, arranged: &Arranged) -> Vec<Group> {
    let place = |id: &u32| arranged.group_order.iter().position(|known| known == id).unwrap_or(usize::MAX);
    let mut ids: Vec<u32> = list.groups.keys().copied().collect();
    ids.sort_by_key(|id| (place(id), *id));
    (0..)
        .zip(ids)
        .filter_map(|(order, id)| {
            let group = list.groups.get(&id)?;
            Some(Group {
                id: id.to_string(),
                name: group.name.to_string(),
                is_fixed: id == OTHER_CONTACTS,
                order,
            })
        })
        .collect()
}

/// Returns the programs of a person that are signed in.
///
/// # Errors
/// `Unavailable`.
pub(crate) async fn endpoints<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    scope: &Scope,
    user: UserId,
    this: Instance,
    own: &Document,
) -> Result<Vec<Endpoint>, Error> {
    let bound = services.registrar.bound(scope, user).await?;
    Ok(bound
        .iter()
        .map(|bound| {
            let (endpoint, said) = (bound.binding.endpoint, &bound.description.user_agent);
            let kind = match bound.description.is_virtual {
                true => DeviceKind::Web,
                false => DeviceKind::of_program(said),
            };
            Endpoint {
                id: endpoint.instance.to_string(),
                label: label_of(said).to_owned(),
                kind: kind.into(),
                signed_in_at: written(bound.description.since),
                availability: machine_of(own, endpoint).map_or(Availability::Unknown, Into::into),
                is_this: endpoint.instance == this,
            }
        })
        .collect())
}

/// Returns those for whom a person has chosen a level of access, by level.
///
/// # Errors
/// `Unavailable`.
pub(crate) async fn levels<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    scope: &Scope,
    own: &Document,
) -> Result<Vec<LevelMembers>, Error> {
    let mut levels = Vec::with_capacity(AccessLevel::ALL.len());
    for level in AccessLevel::ALL {
        let mut people = Vec::new();
        for who in chosen_for(own, level) {
            people.push(person_ref(services, scope, who).await?.0);
        }
        levels.push(LevelMembers { level: level.into(), people });
    }
    Ok(levels)
}

/// Returns a contact as it is shown.
///
/// # Errors
/// `Unavailable`.
pub(crate) async fn contact_of<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    scope: &Scope,
    who: &PersonRef,
    contact: &rapport_core::contacts::Contact,
    arranged: &Arranged,
) -> Result<Contact, Error> {
    let (person, gone) = person_ref(services, scope, who).await?;
    Ok(Contact {
        is_favourite: arranged.favourites.contains(&person.id),
        person,
        alias: (!contact.alias.is_empty()).then(|| contact.alias.to_string()),
        groups: contact.groups.iter().map(u32::to_string).collect(),
        gone,
    })
}

impl<F: Fabric<Message = Wire>> Agent<F> {
    fn user(&self) -> UserId {
        self.session.binding.endpoint.user
    }

    pub(super) fn me(&self) -> Me {
        me(&self.session.person, self.session.binding.endpoint, &self.own, self.services.clock().moment())
    }

    // What waits borrows the agent as nobody else does: its inbox is not to be shared between threads.

    async fn contact(&mut self, scope: &Scope, who: &PersonRef) -> Result<Option<Contact>, Error> {
        let (services, list) = (self.services.clone(), self.list.clone());
        let Some(contact) = list.contacts.get(who) else { return Ok(None) };
        let arranged = self.arranged.clone();
        Ok(Some(contact_of(&services, scope, who, contact, &arranged).await?))
    }

    pub(super) async fn adders(&mut self) -> Result<Vec<Adder>, Error> {
        let (scope, services, own) = (self.session.scope("adders"), self.services.clone(), self.own.clone());
        let mut adders = Vec::new();
        for (who, _) in own.pending_subscribers() {
            adders.push(Adder { person: person_ref(&services, &scope, who).await?.0 });
        }
        Ok(adders)
    }

    pub(super) async fn endpoints(&mut self) -> Result<Vec<Endpoint>, Error> {
        let (scope, this) = (self.session.scope("endpoints"), self.session.binding.endpoint.instance);
        let (services, own, user) = (self.services.clone(), self.own.clone(), self.user());
        endpoints(&services, &scope, user, this, &own).await
    }

    /// Returns everything as it has been told.
    pub(super) async fn snapshot(&mut self) -> Result<Box<Snapshot>, Error> {
        let (scope, services) = (self.session.scope("snapshot"), self.services.clone());
        let (list, arranged) = (self.list.clone(), self.arranged.clone());
        let mut contacts = Vec::with_capacity(list.contacts.len());
        for (who, contact) in &list.contacts {
            contacts.push(contact_of(&services, &scope, who, contact, &arranged).await?);
        }
        let outlines: Vec<Outline> = self.talks.iter().map(Talk::outline).collect();
        let mut conversations = Vec::with_capacity(outlines.len());
        for outline in outlines {
            conversations.push(outline.shown(&services, &scope).await?);
        }
        // What is news is told first: the snapshot is that of the last event.
        let incoming = self.tell_adders().await?;
        let (me, endpoints) = (self.tell_me(), self.tell_endpoints().await?);
        let limits = &self.session.tenant.policy.limits;
        let now = services.clock().moment();
        Ok(Box::new(Snapshot {
            stream: self.stream.clone(),
            seq: self.ring.last(),
            me,
            groups: groups(&self.list, &self.arranged),
            contacts,
            presence: self
                .watched
                .iter()
                .map(|(user, seen)| seen.presence(id_of(&PersonRef::Person(user)), now))
                .collect(),
            incoming,
            conversations,
            endpoints,
            settings: self.settings.clone(),
            history_mark: self.history_mark.map(|mark| mark.to_string()).unwrap_or_default(),
            limits: LimitsOfPerson {
                contacts: limits.contacts,
                groups: limits.groups,
                watchers: limits.watchers,
                message_bytes: u32::try_from(LONGEST_MESSAGE).unwrap_or(u32::MAX),
                note: LONGEST_NOTE,
                idle_minutes: minutes(INACTIVE_AFTER),
                away_minutes: minutes(AWAY_AFTER),
            },
        }))
    }

    /// Takes in what a watched person shows.
    pub(super) async fn take_presence(&mut self, event: &PresenceEvent) -> Result<(), Error> {
        let who = PersonRef::Person(event.presentity);
        let Some(mut seen) = self.watched.get(event.presentity) else { return Ok(()) };
        let is_renamed = seen.take(&event.view);
        self.watched.insert(event.presentity, seen.clone());
        let presence = vec![seen.presence(id_of(&who), self.services.clock().moment())];
        self.emit(Event::Presence { presence });
        let scope = self.session.scope("contacts");
        if !is_renamed {
            return Ok(());
        }
        if let Some(contact) = self.contact(&scope, &who).await? {
            self.emit(Event::ContactSet { contact });
        }
        self.tell_adders().await?;
        // A conversation names whom it is with.
        let talk = self.talks.iter().position(|talk| talk.with == who);
        match talk {
            Some(at) => self.tell_conversation(at).await,
            None => Ok(()),
        }
    }

    /// Takes in a change of the person's own document.
    pub(super) async fn take_own(&mut self, event: &OwnEvent) -> Result<(), Error> {
        let before = std::mem::replace(&mut self.own, event.document.clone());
        if event.categories.iter().any(|(name, _)| *name == CategoryName::contact_card()) {
            let scope = self.session.scope("own person");
            self.session.person = self.services.person(&scope, self.user()).await?;
        }
        self.tell_me();
        if event.subscribers {
            self.tell_adders().await?;
        }
        if !chooses_alike(&before, &self.own) {
            let (scope, services, own) =
                (self.session.scope("levels"), self.services.clone(), self.own.clone());
            let levels = levels(&services, &scope, &own).await?;
            self.emit(Event::Levels { levels });
        }
        self.tell_endpoints().await?;
        Ok(())
    }

    /// Tells how the person is seen, if that is news, and returns it.
    pub(super) fn tell_me(&mut self) -> Me {
        let me = self.me();
        if self.told_me.is_changed_by(&me) {
            self.emit(Event::Me { me: me.clone() });
        }
        me
    }

    /// Tells who has added the person and waits to be noticed, and how they are called, as far as that is news; returns
    /// them all. Nobody is told of a change of somebody whom they don't watch: it is looked for.
    pub(super) async fn tell_adders(&mut self) -> Result<Vec<Adder>, Error> {
        let adders = self.adders().await?;
        let now = told(&adders);
        if now == self.told_adders {
            return Ok(adders);
        }
        let before = std::mem::replace(&mut self.told_adders, now.clone());
        for (adder, told) in adders.iter().zip(&now) {
            if !before.contains(told) {
                self.emit(Event::Adder { adder: adder.clone() });
            }
        }
        for (gone, _) in before {
            if !adders.iter().any(|adder| *adder.person.id == *gone) {
                self.emit(Event::AdderGone { person: gone.into() });
            }
        }
        Ok(adders)
    }

    /// Tells which programs are signed in, if that is news, and returns them.
    pub(super) async fn tell_endpoints(&mut self) -> Result<Vec<Endpoint>, Error> {
        let endpoints = self.endpoints().await?;
        if self.told_endpoints.is_changed_by(&endpoints) {
            self.emit(Event::Endpoints { endpoints: endpoints.clone() });
        }
        Ok(endpoints)
    }

    /// Takes in the contact list as it is now.
    pub(super) async fn take_contacts(&mut self, changed: &ContactsChanged) -> Result<(), Error> {
        let scope = self.session.scope("contacts");
        let list = self.services.contacts.open(&scope, self.session.binding).await?.list;
        let before = std::mem::replace(&mut self.list, list.clone());
        if before.groups != list.groups {
            self.emit(Event::Groups { groups: groups(&list, &self.arranged) });
        }
        let mut set: BTreeSet<&PersonRef> = list
            .contacts
            .iter()
            .filter(|(who, c)| before.contacts.get(who) != Some(c))
            .map(|(who, _)| who)
            .collect();
        // Somebody who goes by another address now has not changed on the list.
        set.extend(changed.deltas.iter().filter_map(|delta| match &delta.what {
            DeltaKind::AddedContact { who, .. } | DeltaKind::ModifiedContact { who, .. } => Some(who),
            DeltaKind::DeletedContact { .. }
            | DeltaKind::AddedGroup { .. }
            | DeltaKind::ModifiedGroup { .. }
            | DeltaKind::DeletedGroup { .. } => None,
        }));
        for who in set {
            if let Some(contact) = self.contact(&scope, who).await? {
                self.emit(Event::ContactSet { contact });
            }
        }
        for gone in before.contacts.keys().filter(|who| !list.contacts.contains_key(who)) {
            self.emit(Event::ContactGone { person: id_of(gone) });
            self.watch_no_more(gone).await;
        }
        let new: Vec<PersonRef> =
            list.contacts.keys().filter(|who| !before.contacts.contains_key(who)).cloned().collect();
        let presence = self.watch(&new).await?;
        if !presence.is_empty() {
            self.emit(Event::Presence { presence });
        }
        Ok(())
    }

    /// Reads what a change could not be read of. What was told since has gaps: whoever listens begins anew.
    pub(super) async fn catch_up(&mut self) -> Result<(), Error> {
        if !self.is_behind {
            return Ok(());
        }
        let (scope, user, services) = (self.session.scope("catch up"), self.user(), self.services.clone());
        let list = services.contacts.open(&scope, self.session.binding).await?.list;
        let settings = document::<_, Settings>(&services, &scope, user, SETTINGS).await?.numbered();
        let arranged = document(&services, &scope, user, ARRANGED).await?;
        self.history_mark = services.history.mark(&scope, user).await?;
        self.session.person = services.person(&scope, user).await?;
        let before = std::mem::replace(&mut self.list, list.clone());
        (self.settings, self.arranged) = (settings, arranged);
        for gone in before.contacts.keys().filter(|who| !list.contacts.contains_key(who)) {
            self.watch_no_more(gone).await;
        }
        let mut people = people_of(&list);
        people.extend(self.talks.iter().map(|talk| talk.with.clone()));
        self.watch(&people).await?;
        self.is_behind = false;
        self.begin_anew();
        Ok(())
    }

    /// Takes in what the person's browsers have left.
    pub(super) async fn take_documents(&mut self) -> Result<(), Error> {
        let (scope, user) = (self.session.scope("web documents"), self.user());
        let settings = document::<_, Settings>(&self.services, &scope, user, SETTINGS).await?.numbered();
        if settings != self.settings {
            self.settings = settings.clone();
            self.emit(Event::Settings { settings });
        }
        let arranged: Arranged = document(&self.services, &scope, user, ARRANGED).await?;
        let before = std::mem::replace(&mut self.arranged, arranged);
        if before.group_order != self.arranged.group_order {
            self.emit(Event::Groups { groups: groups(&self.list, &self.arranged) });
        }
        let marked: Vec<String> =
            before.favourites.symmetric_difference(&self.arranged.favourites).cloned().collect();
        let list = self.list.clone();
        for who in list.contacts.keys().filter(|who| marked.contains(&id_of(who))) {
            if let Some(contact) = self.contact(&scope, who).await? {
                self.emit(Event::ContactSet { contact });
            }
        }
        Ok(())
    }

    /// Watches people, and returns what is seen of those who were not watched before.
    pub(super) async fn watch(
        &mut self,
        people: &[PersonRef],
    ) -> Result<Vec<crate::web::types::Presence>, Error> {
        let scope = self.session.scope("watch");
        let mut targets = Vec::new();
        for who in people {
            let PersonRef::Person(user) = who else { continue };
            if !self.watched.is_watched(*user)
                && let Some(address) = address_of(&self.services, &scope, who).await?
            {
                targets.push(Target { address: Some(address), prompts: false });
            }
        }
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let categories: Arc<[CategoryName]> = CATEGORIES.iter().map(|name| CategoryName::new(name)).collect();
        let watcher = self.session.watcher.clone();
        let seen = self.services.presence.subscribe(&scope, &watcher, &targets, &categories).await?;
        // What waits here and is older than what was answered must not be taken in after it.
        self.session.events.pass_over(targets.iter().map(|target| target.address.clone()).zip(&seen));
        let (mut presence, now) = (Vec::new(), self.services.clock().moment());
        self.watched.make_room(seen.len());
        for watched in seen {
            if let Watched::Active { user, first, .. } = watched {
                let seen = Seen::of(&first.view);
                presence.push(seen.presence(id_of(&PersonRef::Person(user)), now));
                self.watched.insert(user, seen);
            }
        }
        Ok(presence)
    }

    /// Watches somebody no more, unless they are a contact or somebody one talks with.
    pub(super) async fn watch_no_more(&mut self, who: &PersonRef) {
        let PersonRef::Person(user) = who else { return };
        if self.list.contacts.contains_key(who) || self.talks.iter().any(|talk| talk.with == *who) {
            return;
        }
        if self.watched.remove(*user) {
            self.emit(Event::PresenceGone { person: id_of(who) });
            let scope = self.session.scope("unwatch");
            let (services, watcher) = (self.services.clone(), self.session.watcher.clone());
            services.presence.unsubscribe(&scope, &watcher, &[*user]).await;
        }
    }
}

fn minutes(span: Duration) -> u32 {
    u32::try_from(span.as_secs() / 60).unwrap_or(u32::MAX)
}

/// The people of a list.
pub(super) fn people_of(list: &ContactList) -> Vec<PersonRef> {
    list.contacts.keys().cloned().collect()
}

/// What is told of those who have added somebody.
pub(super) fn told(adders: &[Adder]) -> Vec<(Box<str>, Fingerprint)> {
    adders.iter().map(|adder| (adder.person.id.as_str().into(), Fingerprint::of(&adder.person))).collect()
}

/// What a browser was told of something, as far as it takes to know whether that has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub(super) fn of(value: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Takes in what it is now, and tells whether that is news.
    fn is_changed_by(&mut self, value: &impl Hash) -> bool {
        let before = std::mem::replace(self, Self::of(value));
        *self != before
    }
}
