//! Companies and people: unique names, and what goes when they go.

use std::collections::{BTreeMap, BTreeSet};

use rapport_core::directory::{FormerAddress, Person, PersonRef, Tenant};
use rapport_core::presence::Member;
use rapport_model::{Aor, Scope, SipDomain, TenantId, Timestamp, UserId};
use rapport_store::{
    Beginning, Begins, Credentials, Deleted, NewPerson, NewTenant, StoreError, StoredPresence, TenantFields,
    bounds, initial_contacts,
};

use crate::state::{Entry, State, next};

impl State {
    pub(crate) fn add_tenant(&mut self, new: NewTenant) -> Result<Tenant, StoreError> {
        bounds::new_tenant(&new)?;
        self.tenant_name_is_free(&new.fields.name, None)?;
        let mut seen = BTreeSet::new();
        if new.domains.iter().any(|domain| self.domains.contains_key(domain) || !seen.insert(domain)) {
            return Err(StoreError::Conflict { what: "SIP domain" });
        }
        let id = TenantId(next(&mut self.last.tenant)?);
        let tenant = new.with_id(id);
        self.domains.extend(tenant.domains.iter().map(|domain| (domain.clone(), id)));
        self.tenants.insert(id, tenant.clone());
        Ok(tenant)
    }

    pub(crate) fn tenants(&self) -> Vec<Tenant> {
        self.tenants.values().cloned().collect()
    }

    pub(crate) fn tenant_by_name(&self, name: &str) -> Option<Tenant> {
        self.tenants.values().find(|tenant| tenant.name == name).cloned()
    }

    pub(crate) fn tenant_by_domain(&self, domain: &SipDomain) -> Option<Tenant> {
        self.domains.get(domain).and_then(|id| self.tenants.get(id)).cloned()
    }

    pub(crate) fn set_tenant(&mut self, scope: &Scope, fields: TenantFields) -> Result<(), StoreError> {
        bounds::tenant_fields(&fields)?;
        self.tenant_name_is_free(&fields.name, Some(scope.tenant))?;
        let tenant = self.tenant_mut(scope)?;
        let domains = std::mem::take(&mut tenant.domains);
        *tenant = NewTenant { fields, domains }.with_id(scope.tenant);
        Ok(())
    }

    pub(crate) fn delete_tenant(&mut self, scope: &Scope, at: Timestamp) -> Result<(), StoreError> {
        let what = self.tenants.remove(&scope.tenant).ok_or(StoreError::NotFound)?;
        self.deleted_tenants.insert(scope.tenant, Deleted { what, at });
        Ok(())
    }

    pub(crate) fn restore_tenant(&mut self, scope: &Scope) -> Result<Tenant, StoreError> {
        let Deleted { what, .. } = self.deleted_tenants.remove(&scope.tenant).ok_or(StoreError::NotFound)?;
        self.tenants.insert(scope.tenant, what.clone());
        Ok(what)
    }

    pub(crate) fn remove_tenant(&mut self, scope: &Scope) -> Result<(), StoreError> {
        let deleted = self.deleted_tenants.remove(&scope.tenant).is_some();
        self.history_keys.remove(&scope.tenant);
        if self.tenants.remove(&scope.tenant).is_none() && !deleted {
            return Err(StoreError::NotFound);
        }
        self.domains.retain(|_, tenant| *tenant != scope.tenant);
        self.people.retain(|user, _| user.tenant != scope.tenant);
        self.addresses.retain(|_, user| user.tenant != scope.tenant);
        self.sign_in_names.retain(|(tenant, _), _| *tenant != scope.tenant);
        self.audit.retain(|(tenant, _), _| *tenant != scope.tenant);
        Ok(())
    }

    pub(crate) fn add_domain(&mut self, scope: &Scope, domain: SipDomain) -> Result<(), StoreError> {
        let tenant = self.tenant(scope)?;
        if tenant.domains.len() >= bounds::DOMAINS {
            return Err(StoreError::Invalid { what: "too many SIP domains" });
        }
        if self.domains.contains_key(&domain) {
            return Err(StoreError::Conflict { what: "SIP domain" });
        }
        self.tenant_mut(scope)?.domains.push(domain.clone());
        self.domains.insert(domain, scope.tenant);
        Ok(())
    }

    pub(crate) fn remove_domain(&mut self, scope: &Scope, domain: &SipDomain) -> Result<(), StoreError> {
        if self.domains.get(domain) != Some(&scope.tenant) {
            return Err(StoreError::NotFound);
        }
        if self.addresses.keys().any(|address| address.domain() == domain.as_str()) {
            return Err(StoreError::Conflict { what: "addresses in the SIP domain" });
        }
        self.tenant_mut(scope)?.domains.retain(|known| known != domain);
        self.domains.remove(domain);
        Ok(())
    }

    pub(crate) fn add_person(
        &mut self,
        scope: &Scope,
        new: NewPerson,
        begins: Begins,
    ) -> Result<Person, StoreError> {
        bounds::new_person(scope, &new)?;
        self.person_fits(scope, &new, &[], None)?;
        let id = UserId { tenant: scope.tenant, user: next(&mut self.last.user)? };
        let person = new.with_id(id);
        // All that could be wrong with the beginning is seen before anything is changed.
        let Beginning { presence, password, line } = begins(&person)?;
        bounds::presence_commit(scope, id, 0, 1, &presence)?;
        password.as_ref().map_or(Ok(()), bounds::new_password)?;
        bounds::audit_entry(&line)?;
        self.index(&person);
        let entry = Entry {
            person: person.clone(),
            credentials: Credentials::default(),
            presence: StoredPresence::default(),
            contacts: initial_contacts(),
            deleted: None,
            web_sessions: Vec::new(),
            history: BTreeMap::new(),
            web_documents: BTreeMap::new(),
            web_conversations: BTreeMap::new(),
            web_messages: Vec::new(),
        };
        self.people.insert(id, entry);
        if !presence.is_empty() {
            self.commit_presence(scope, id, 0, 1, &presence)?;
        }
        if let Some(password) = password {
            self.set_password(scope, id, password)?;
        }
        self.append_audit(scope, line)?;
        Ok(person)
    }

    pub(crate) fn people(
        &self,
        scope: &Scope,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<Person>, StoreError> {
        after.map_or(Ok(()), |after| bounds::covered(scope, after))?;
        let first = UserId { tenant: scope.tenant, user: 0 };
        let of_tenant = self.people.range(after.unwrap_or(first)..).filter(|(user, _)| Some(**user) != after);
        let of_tenant = of_tenant.take_while(|(user, _)| user.tenant == scope.tenant);
        let there = of_tenant.filter_map(|(user, _)| self.living(*user));
        Ok(there.take(limit.min(bounds::PAGE)).map(|entry| entry.person.clone()).collect())
    }

    pub(crate) fn person_by_address(&self, scope: &Scope, address: &Aor) -> Option<Person> {
        let user = self.addresses.get(address).filter(|user| scope.covers(**user))?;
        self.living(*user).map(|entry| entry.person.clone())
    }

    pub(crate) fn person_by_sign_in_name(&self, scope: &Scope, name: &str) -> Option<Person> {
        let user = self.sign_in_names.get(&(scope.tenant, name.to_owned()))?;
        self.living(*user).map(|entry| entry.person.clone())
    }

    pub(crate) fn people_by_ids(&self, scope: &Scope, users: &[UserId]) -> Result<Vec<Person>, StoreError> {
        users.iter().try_for_each(|user| bounds::covered(scope, *user))?;
        let users: BTreeSet<_> = users.iter().collect();
        Ok(users.into_iter().filter_map(|user| self.living(*user)).map(|e| e.person.clone()).collect())
    }

    pub(crate) fn set_person(&mut self, scope: &Scope, person: Person) -> Result<(), StoreError> {
        let (id, new, former) = bounds::person(scope, person)?;
        let old = self.entry(scope, id)?.person.clone();
        self.person_fits(scope, &new, &former, Some(id))?;
        self.unindex(&old);
        let person = Person { former, ..new.with_id(id) };
        self.index(&person);
        self.entry_mut(scope, id)?.person = person;
        Ok(())
    }

    pub(crate) fn address_of(&self, scope: &Scope, user: UserId) -> Result<Option<Aor>, StoreError> {
        bounds::covered(scope, user)?;
        let entry = self.people.get(&user).filter(|_| self.tenants.contains_key(&user.tenant));
        Ok(entry.map(|entry| entry.person.address.clone()))
    }

    pub(crate) fn holder_of(&self, scope: &Scope, address: &Aor) -> Option<UserId> {
        self.addresses.get(address).copied().filter(|user| scope.covers(*user) && self.tenant(scope).is_ok())
    }

    pub(crate) fn forget_former_addresses(&mut self, scope: &Scope, now: Timestamp) -> Vec<UserId> {
        let mut users = Vec::new();
        for (user, entry) in self.people.iter_mut().filter(|(user, _)| scope.covers(**user)) {
            let (over, left): (Vec<_>, Vec<_>) =
                std::mem::take(&mut entry.person.former).into_iter().partition(|former| former.until <= now);
            entry.person.former = left;
            for former in &over {
                self.addresses.remove(&former.address);
            }
            if !over.is_empty() {
                users.push(*user);
            }
        }
        users
    }

    pub(crate) fn delete_person(
        &mut self,
        scope: &Scope,
        user: UserId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.entry_mut(scope, user)?.deleted = Some(at);
        Ok(())
    }

    pub(crate) fn restore_person(&mut self, scope: &Scope, user: UserId) -> Result<Person, StoreError> {
        bounds::covered(scope, user)?;
        self.tenant(scope)?;
        let entry = self.people.get_mut(&user).ok_or(StoreError::NotFound)?;
        entry.deleted.take().ok_or(StoreError::NotFound)?;
        Ok(entry.person.clone())
    }

    pub(crate) fn deleted_people(&self, scope: &Scope) -> Vec<Deleted<Person>> {
        let of_tenant = self.people.iter().filter(|(user, _)| scope.covers(**user));
        let deleted = of_tenant
            .filter_map(|(_, entry)| Some(Deleted { what: entry.person.clone(), at: entry.deleted? }));
        deleted.filter(|_| self.tenant(scope).is_ok()).take(bounds::PAGE).collect()
    }

    pub(crate) fn who_names(&self, scope: &Scope, user: UserId) -> Result<Vec<UserId>, StoreError> {
        bounds::covered(scope, user)?;
        let who = PersonRef::Person(user);
        let member = Member::User(who.clone());
        let names = |entry: &Entry| {
            entry.contacts.contacts.contains_key(&who)
                || entry.presence.memberships.values().any(|m| m.members.contains(&member))
                || entry.presence.subscribers.contains_key(&who)
        };
        let of_tenant = self.people.iter().filter(|(user, _)| scope.covers(**user));
        let named = of_tenant.filter(|(user, entry)| self.living(**user).is_some() && names(entry));
        Ok(named.map(|(user, _)| *user).collect())
    }

    pub(crate) fn remove_person(&mut self, scope: &Scope, user: UserId) -> Result<(), StoreError> {
        bounds::covered(scope, user)?;
        let person = self.people.get(&user).ok_or(StoreError::NotFound)?.person.clone();
        self.unindex(&person);
        self.people.remove(&user);
        for entry in self.people.values_mut() {
            if entry.person.card.manager == Some(user) {
                entry.person.card.manager = None;
            }
        }
        Ok(())
    }

    fn tenant_name_is_free(&self, name: &str, own: Option<TenantId>) -> Result<(), StoreError> {
        let deleted = self.deleted_tenants.values().map(|deleted| &deleted.what);
        if self.tenants.values().chain(deleted).any(|tenant| tenant.name == name && Some(tenant.id) != own) {
            return Err(StoreError::Conflict { what: "company name" });
        }
        Ok(())
    }

    /// Checks what a person needs of the rest of the store: free names, addresses in domains of the company.
    fn person_fits(
        &self,
        scope: &Scope,
        new: &NewPerson,
        former: &[FormerAddress],
        own: Option<UserId>,
    ) -> Result<(), StoreError> {
        let tenant = self.tenant(scope)?;
        let mut seen = BTreeSet::new();
        let former = former.iter().map(|former| &former.address);
        for address in std::iter::once(&new.address).chain(&new.aliases).chain(former) {
            if !tenant.domains.iter().any(|domain| domain.as_str() == address.domain()) {
                return Err(StoreError::Invalid { what: "the address lies in no SIP domain of the company" });
            }
            let other = self.addresses.get(address).filter(|user| Some(**user) != own);
            if let Some(entry) = other.and_then(|user| self.people.get(user)) {
                let is_former = !entry.person.owns(address);
                return Err(StoreError::Conflict {
                    what: if is_former { "former address" } else { "address" },
                });
            }
            if !seen.insert(address) {
                return Err(StoreError::Conflict { what: "address" });
            }
        }
        let key = (scope.tenant, new.sign_in_name.clone());
        if self.sign_in_names.get(&key).is_some_and(|user| Some(*user) != own) {
            return Err(StoreError::Conflict { what: "sign-in name" });
        }
        let manager = new.card.manager;
        if manager.is_some_and(|manager| !self.people.contains_key(&manager)) {
            return Err(StoreError::Invalid { what: "the manager does not exist" });
        }
        Ok(())
    }

    fn index(&mut self, person: &Person) {
        for address in person.known_addresses() {
            self.addresses.insert(address.clone(), person.id);
        }
        self.sign_in_names.insert((person.id.tenant, person.sign_in_name.clone()), person.id);
    }

    fn unindex(&mut self, person: &Person) {
        for address in person.known_addresses() {
            self.addresses.remove(address);
        }
        self.sign_in_names.remove(&(person.id.tenant, person.sign_in_name.clone()));
    }
}
