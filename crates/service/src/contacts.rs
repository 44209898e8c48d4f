//! The roaming contact list: read, changed, and brought to all of the person's sessions ([MS-SIP] §3.7).
//!
//! Contacts refer to people, the wire to addresses: here one becomes the other. Each node keeps the list that its
//! sessions know; whatever was announced, lost or repeated, they are told the difference to the stored one.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rapport_core::contacts::{ContactChange, ContactList, Delta, DeltaKind, GroupId, deltas_between};
use rapport_core::directory::PersonRef;
use rapport_fabric::{Announcement, Binding, Fabric};
use rapport_model::{Aor, Scope, UserId};
use rapport_store::StoreError;

use crate::ports::Ports;
use crate::session::{Event, Rendered};
use crate::{Error, Result, Wire};

/// How often a lost race is redone.
const ATTEMPTS: u32 = 20;

/// The contact service of this node.
#[derive(Debug)]
pub struct Contacts<F> {
    ports: Ports<F>,
    known: Arc<Mutex<HashMap<UserId, Arc<ContactList>>>>,
}

impl<F> Clone for Contacts<F> {
    fn clone(&self) -> Self {
        Self { ports: self.ports.clone(), known: self.known.clone() }
    }
}

/// A contact list with the address of everyone on it.
#[derive(Clone, Debug)]
pub struct Addressed {
    /// The list.
    pub list: Arc<ContactList>,
    /// The address of each contact; somebody who was removed has none.
    pub addresses: BTreeMap<PersonRef, Aor>,
}

/// One step of a contact list that sessions are told.
#[derive(Debug)]
pub struct ContactsChanged {
    /// What changed, one notification each.
    pub deltas: Vec<Delta>,
    /// The addresses of those who occur in it.
    pub addresses: BTreeMap<PersonRef, Aor>,
    /// A face's rendering, made once by whichever connection needs it first.
    pub rendered: Rendered,
}

/// A change of the list that has been made.
#[derive(Debug)]
pub struct ContactsApplied {
    /// The id of a group that was added.
    pub group: Option<GroupId>,
    /// What is left to do after the acknowledgement.
    pub announce: ContactsAnnounce,
}

/// What is left to do once a change of the list has been acknowledged.
#[derive(Clone, Copy, Debug)]
#[must_use = "acknowledge the change, then announce it"]
pub struct ContactsAnnounce {
    user: UserId,
    delta: u32,
}

impl<F: Fabric<Message = Wire>> Contacts<F> {
    pub(crate) fn new(ports: Ports<F>) -> Self {
        Self { ports, known: Arc::default() }
    }

    /// Returns the person's list.
    ///
    /// # Errors
    /// `Unavailable`: never answer it with an empty list, clients would delete their contacts.
    pub async fn list(&self, scope: &Scope, user: UserId) -> Result<Addressed> {
        let list = Arc::new(self.ports.store.contacts(scope, user).await?);
        let addresses = self.addresses(scope, list.contacts.keys()).await?;
        Ok(Addressed { list, addresses })
    }

    /// Returns the person's list, and from then on tells the session of its changes.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn open(&self, scope: &Scope, binding: Binding) -> Result<Addressed> {
        let user = binding.endpoint.user;
        self.ports.sessions.wants(binding, None, Some(true));
        // Sessions that know an older list are told the difference first, so that all begin where the next one does.
        self.refresh(scope, user, None).await?;
        let list = match self.known(user) {
            Some(known) => known,
            None => {
                let stored = Arc::new(self.ports.store.contacts(scope, user).await?);
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                known.entry(user).or_insert(stored).clone()
            }
        };
        let addresses = self.addresses(scope, list.contacts.keys()).await?;
        Ok(Addressed { list, addresses })
    }

    fn known(&self, user: UserId) -> Option<Arc<ContactList>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&user).cloned()
    }

    /// Stops telling the session of changes of the list.
    pub fn close(&self, binding: Binding) {
        self.ports.sessions.wants(binding, None, Some(false));
    }

    /// Changes the person's list. A client names a contact by its address, given beside the change: one that stands on
    /// the list as a bare address, from before somebody had it, is that person from then on.
    ///
    /// # Errors
    /// `Refused` when the list is full, a group unknown or the number stale; `Unavailable`.
    pub async fn apply(
        &self,
        scope: &Scope,
        user: UserId,
        change: &ContactChange,
        named: Option<&Aor>,
        based_on: u32,
    ) -> Result<ContactsApplied> {
        let limits = self.ports.tenant(scope).await?.policy.limits;
        for _ in 0..ATTEMPTS {
            let before = self.ports.store.contacts(scope, user).await?;
            let adopted = match (change, named) {
                (ContactChange::Set { who, .. } | ContactChange::Delete { who }, Some(address)) => {
                    before.adopting(address, who)
                }
                _ => None,
            };
            let applied = adopted.as_ref().unwrap_or(&before).apply(change.clone(), based_on, &limits)?;
            let announce = ContactsAnnounce { user, delta: applied.next.delta };
            if applied.next.delta == before.delta {
                return Ok(ContactsApplied { group: applied.answer, announce });
            }
            match self.ports.store.commit_contacts(scope, user, &before, &applied.next).await {
                Ok(()) => return Ok(ContactsApplied { group: applied.answer, announce }),
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Unavailable("the contact list is changing too often".to_owned()))
    }

    /// Replaces the person's list by another, under a new number; none when nothing is different.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn replace(
        &self,
        scope: &Scope,
        user: UserId,
        by: &ContactList,
    ) -> Result<Option<ContactsAnnounce>> {
        for _ in 0..ATTEMPTS {
            let before = self.ports.store.contacts(scope, user).await?;
            let Some(next) = before.replaced(by) else { return Ok(None) };
            match self.ports.store.commit_contacts(scope, user, &before, &next).await {
                Ok(()) => return Ok(Some(ContactsAnnounce { user, delta: next.delta })),
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Unavailable("the contact list is changing too often".to_owned()))
    }

    /// Tells all of the person's sessions of a change, after it was acknowledged.
    pub async fn announce(&self, scope: &Scope, announce: ContactsAnnounce) {
        let change = Announcement::Contacts { delta: announce.delta };
        self.ports.fabric.announce(scope, announce.user, change).await;
    }

    /// Returns what corrects the list of a client whose change was refused: the current number, and the contact that it
    /// showed too early gone again.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn correction(
        &self,
        scope: &Scope,
        user: UserId,
        refused: Option<&PersonRef>,
    ) -> Result<ContactsChanged> {
        let list = self.ports.store.contacts(scope, user).await?;
        let gone = refused.filter(|who| !list.contacts.contains_key(who));
        let addresses = self.addresses(scope, gone.into_iter()).await?;
        // An empty step does not exist: without a contact to take back, the first group is told as it is.
        let what = match (gone, list.groups.first_key_value()) {
            (Some(who), _) => DeltaKind::DeletedContact { who: who.clone() },
            (None, Some((id, group))) => DeltaKind::ModifiedGroup { id: *id, group: group.clone() },
            (None, None) => return Err(Error::Internal("a contact list without a group".to_owned())),
        };
        let deltas = vec![Delta { prev: list.delta, number: list.delta, what }];
        Ok(ContactsChanged { deltas, addresses, rendered: Rendered::default() })
    }

    /// Returns whom an address on the wire means: a person of the company, also one who was deleted and may come back, or
    /// just that address.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn who(&self, scope: &Scope, address: &Aor) -> Result<PersonRef> {
        let user = match self.ports.user_at(scope, address).await? {
            Some(user) => Some(user),
            None => self.ports.store.holder_of(scope, address).await?,
        };
        Ok(user.map_or_else(|| PersonRef::Address(address.clone()), PersonRef::Person))
    }

    /// Returns the address of each of these people, of those who still have one: whoever was deleted has, until it is for
    /// good.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn addresses<'a>(
        &self,
        scope: &Scope,
        who: impl Iterator<Item = &'a PersonRef> + Send,
    ) -> Result<BTreeMap<PersonRef, Aor>> {
        let mut addresses = BTreeMap::new();
        for who in who {
            let address = match who {
                PersonRef::Address(address) => address.clone(),
                PersonRef::Person(user) => match self.ports.person(scope, *user).await {
                    Ok(person) => person.address.clone(),
                    Err(Error::Forbidden) => continue,
                    Err(Error::NotFound(_)) => match self.ports.store.address_of(scope, *user).await {
                        Ok(Some(address)) => address,
                        Ok(None) | Err(StoreError::WrongTenant) => continue,
                        Err(error) => return Err(error.into()),
                    },
                    Err(error) => return Err(error),
                },
            };
            addresses.insert(who.clone(), address);
        }
        Ok(addresses)
    }

    /// Tells the sessions of this node that have somebody on their list that the contact goes by another address: it goes
    /// and comes again. The list itself has not changed, and neither does its number.
    pub(crate) fn readdress(&self, user: UserId, old: &Aor, new: &Aor) {
        let who = PersonRef::Person(user);
        let lists = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (owner, list) in lists.iter() {
            let Some(contact) = list.contacts.get(&who) else { continue };
            let steps = [
                (old, DeltaKind::DeletedContact { who: who.clone() }),
                (new, DeltaKind::AddedContact { who: who.clone(), contact: contact.clone() }),
            ];
            for (address, what) in steps {
                let event = ContactsChanged {
                    deltas: vec![Delta { prev: list.delta, number: list.delta, what }],
                    addresses: [(who.clone(), address.clone())].into(),
                    rendered: Rendered::default(),
                };
                self.ports.sessions.send_contacts(*owner, &Arc::new(event));
            }
        }
    }

    /// Takes somebody who is gone for good off a person's list, and tells all of the person's sessions.
    pub(crate) async fn forget_named(&self, scope: &Scope, owner: UserId, who: &PersonRef) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let before = self.ports.store.contacts(scope, owner).await?;
            let Some(next) = before.without(who) else { return Ok(()) };
            match self.ports.store.commit_contacts(scope, owner, &before, &next).await {
                Ok(()) => {
                    // Told here at once: where the announcement is taken in later, the address may be gone already.
                    self.refresh(scope, owner, None).await?;
                    self.announce(scope, ContactsAnnounce { user: owner, delta: next.delta }).await;
                    return Ok(());
                }
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Unavailable("the contact list is changing too often".to_owned()))
    }

    /// Tells the sessions of this node the difference between the list they know and the stored one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn refresh(&self, scope: &Scope, user: UserId, delta: Option<u32>) -> Result<()> {
        if !self.ports.sessions.any_wants_contacts(user) {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&user);
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            let Some(known) = self.known(user) else { return Ok(()) };
            if delta.is_some_and(|delta| delta <= known.delta) {
                return Ok(());
            }
            let stored = Arc::new(self.ports.store.contacts(scope, user).await?);
            let deltas = deltas_between(&known, &stored);
            if deltas.is_empty() {
                return Ok(());
            }
            let people = known.contacts.keys().chain(stored.contacts.keys());
            let addresses = self.addresses(scope, people).await?;
            let event = Arc::new(ContactsChanged { deltas, addresses, rendered: Rendered::default() });
            // Told under the lock: two refreshes at once must not swap their deltas. Whoever comes second looks again.
            let mut lists = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if lists.get(&user).is_some_and(|list| Arc::ptr_eq(list, &known)) {
                lists.insert(user, stored);
                self.ports.sessions.send_contacts(user, &event);
                return Ok(());
            }
        }
        Err(Error::Unavailable("the contact list is changing too often".to_owned()))
    }

    /// Brings a correction to one session, after its refusal was answered.
    pub fn correct(&self, binding: Binding, correction: ContactsChanged) {
        self.ports.sessions.send(binding.endpoint, Event::Contacts(Arc::new(correction)));
    }
}
