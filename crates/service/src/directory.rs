//! Who is behind an address, and which address a person has: read from the store once, kept for a few seconds.
//!
//! An entry is forgotten when its person changes; on other nodes it is forgotten by the announcement, or by its age
//! when that is lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use rapport_core::directory::{Person, Tenant};
use rapport_fabric::Fabric;
use rapport_model::{Aor, Scope, SipDomain, TenantId, UserId};

use crate::address_book::Books;
use crate::ports::{Ports, TOGETHER};
use crate::{Result, Wire};

/// How old an entry may be.
const AGE: Duration = Duration::from_secs(5);
/// Entries of each kind.
const CAPACITY: usize = 200_000;

/// The entries of this node.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    entries: Mutex<Entries>,
    /// What is searched of each company's people, and hears of the same changes.
    pub(crate) books: Books,
}

#[derive(Debug, Default)]
struct Entries {
    people: HashMap<UserId, (Arc<Person>, Instant)>,
    addresses: HashMap<(TenantId, Aor), (Option<UserId>, Instant)>,
    tenants: HashMap<TenantId, (Arc<Tenant>, Instant)>,
    domains: HashMap<SipDomain, (Option<TenantId>, Instant)>,
}

impl Directory {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a person, with the addresses that led there.
    pub(crate) fn forget(&self, user: UserId) {
        self.books.changed(user);
        let mut entries = self.entries();
        entries.people.remove(&user);
        entries
            .addresses
            .retain(|(tenant, _), (who, _)| *tenant != user.tenant || who.is_some_and(|w| w != user));
    }

    /// Forgets a company and its domains.
    pub(crate) fn forget_tenant(&self, tenant: TenantId) {
        let mut entries = self.entries();
        entries.tenants.remove(&tenant);
        entries.domains.clear();
        entries.people.retain(|user, _| user.tenant != tenant);
        entries.addresses.retain(|(of, _), _| *of != tenant);
    }
}

fn fresh<T: Clone>(entry: Option<&(T, Instant)>, now: Instant) -> Option<T> {
    entry.filter(|(_, read)| now.saturating_duration_since(*read) < AGE).map(|(value, _)| value.clone())
}

fn keep<K: std::hash::Hash + Eq, T>(map: &mut HashMap<K, (T, Instant)>, key: K, value: T, now: Instant) {
    if map.len() >= CAPACITY {
        map.retain(|_, (_, read)| now.saturating_duration_since(*read) < AGE);
        if map.len() >= CAPACITY {
            map.clear();
        }
    }
    map.insert(key, (value, now));
}

/// Keeps what was read. If it is what was known before, that is kept, and returned: sessions hold on to theirs.
fn keep_shared<K: std::hash::Hash + Eq, T: Eq>(
    map: &mut HashMap<K, (Arc<T>, Instant)>,
    key: K,
    read: T,
    now: Instant,
) -> Arc<T> {
    let known = map.get(&key).filter(|(known, _)| **known == read);
    let value = known.map_or_else(|| Arc::new(read), |(known, _)| known.clone());
    keep(map, key, value.clone(), now);
    value
}

impl<F: Fabric<Message = Wire>> Ports<F> {
    /// Returns a person.
    pub(crate) async fn person(&self, scope: &Scope, user: UserId) -> Result<Arc<Person>> {
        let now = self.clock.monotonic();
        if !scope.covers(user) {
            return Err(crate::Error::NotFound("user"));
        }
        if let Some(person) = fresh(self.directory.entries().people.get(&user), now) {
            return Ok(person);
        }
        let person = self.store.person(scope, user).await?;
        Ok(keep_shared(&mut self.directory.entries().people, user, person, now))
    }

    /// Returns those of the scope's company who have these numbers, in this order and without whoever isn't there any more.
    /// Those who are not at hand are read together, for whoever asks for their addresses next, too.
    pub(crate) async fn people(&self, scope: &Scope, users: &[u32]) -> Result<Vec<Arc<Person>>> {
        let now = self.clock.monotonic();
        let users: Vec<UserId> =
            users.iter().map(|user| UserId { tenant: scope.tenant, user: *user }).collect();
        let mut people: HashMap<UserId, Arc<Person>> = {
            let entries = self.directory.entries();
            let at_hand = |user: &UserId| Some((*user, fresh(entries.people.get(user), now)?));
            users.iter().filter_map(at_hand).collect()
        };
        let missing: Vec<UserId> = users.iter().filter(|user| !people.contains_key(user)).copied().collect();
        if !missing.is_empty() {
            let reads = missing.chunks(TOGETHER).map(|users| self.store.people_by_ids(scope, users));
            let read = try_join_all(reads).await?;
            let mut entries = self.directory.entries();
            for person in read.into_iter().flatten() {
                let user = person.id;
                keep(&mut entries.addresses, (scope.tenant, person.address.clone()), Some(user), now);
                people.insert(user, keep_shared(&mut entries.people, user, person, now));
            }
        }
        Ok(users.iter().filter_map(|user| people.remove(user)).collect())
    }

    /// Returns the person whom an address of the scope's company reaches.
    pub(crate) async fn person_at(&self, scope: &Scope, address: &Aor) -> Result<Option<Arc<Person>>> {
        match self.user_at(scope, address).await? {
            Some(user) => match self.person(scope, user).await {
                Ok(person) => Ok(Some(person)),
                Err(crate::Error::NotFound(_)) => Ok(None),
                Err(error) => Err(error),
            },
            None => Ok(None),
        }
    }

    /// Returns the number of the person whom an address of the scope's company reaches.
    pub(crate) async fn user_at(&self, scope: &Scope, address: &Aor) -> Result<Option<UserId>> {
        let now = self.clock.monotonic();
        let key = (scope.tenant, address.clone());
        if let Some(user) = fresh(self.directory.entries().addresses.get(&key), now) {
            return Ok(user);
        }
        let found = self.store.person_by_address(scope, address).await?;
        let date = self.clock.moment();
        let person = found.filter(|person| person.answers_to(address, date));
        let user = person.as_ref().map(|p| p.id);
        let mut entries = self.directory.entries();
        keep(&mut entries.addresses, key, user, now);
        if let Some(person) = person {
            keep_shared(&mut entries.people, person.id, person, now);
        }
        Ok(user)
    }

    /// Returns the scope's company.
    pub(crate) async fn tenant(&self, scope: &Scope) -> Result<Arc<Tenant>> {
        let now = self.clock.monotonic();
        if let Some(tenant) = fresh(self.directory.entries().tenants.get(&scope.tenant), now) {
            return Ok(tenant);
        }
        let tenant = self.store.tenant(scope).await?;
        Ok(keep_shared(&mut self.directory.entries().tenants, scope.tenant, tenant, now))
    }

    /// Returns the company to which a SIP domain belongs.
    pub(crate) async fn tenant_of(&self, domain: &SipDomain) -> Result<Option<TenantId>> {
        let now = self.clock.monotonic();
        if let Some(tenant) = fresh(self.directory.entries().domains.get(domain), now) {
            return Ok(tenant);
        }
        let scope = rapport_model::OperatorScope::service("route by domain");
        let tenant = self.store.tenant_by_domain(&scope, domain).await?;
        let id = tenant.as_ref().map(|t| t.id);
        let mut entries = self.directory.entries();
        keep(&mut entries.domains, domain.clone(), id, now);
        if let Some(tenant) = tenant {
            keep_shared(&mut entries.tenants, tenant.id, tenant, now);
        }
        Ok(id)
    }
}
