//! What hangs on a person: credentials, static presence, contacts; and the audit log.

use std::collections::BTreeSet;
use std::ops::Bound;

use rapport_core::contacts::ContactList;
use rapport_core::directory::PersonRef;
use rapport_core::presence::{CategoryName, StaticChange};
use rapport_model::{Scope, Timestamp, UserId};
use rapport_store::{
    AppPassword, AuditEntry, AuditRecord, NewAppPassword, NewPassword, Previous, Resealed, Sealed, SealedAs,
    SealedOf, SealedPage, StoreError, StoredPresence, bounds, history_key_owner,
};

use crate::state::{State, next};

impl State {
    pub(crate) fn set_password(
        &mut self,
        scope: &Scope,
        user: UserId,
        new: NewPassword,
    ) -> Result<(), StoreError> {
        bounds::new_password(&new)?;
        let credentials = &mut self.entry_mut(scope, user)?.credentials;
        credentials.password_hash = Some(new.hash);
        let replaced = std::mem::replace(&mut credentials.account_nt, new.account_nt);
        credentials.previous_account_nt =
            replaced.map(|sealed| Previous { sealed, until: new.previous_until });
        Ok(())
    }

    pub(crate) fn renew_password(
        &mut self,
        scope: &Scope,
        user: UserId,
        expected: &str,
        new: NewPassword,
    ) -> Result<(), StoreError> {
        bounds::new_password(&new)?;
        let credentials = &mut self.entry_mut(scope, user)?.credentials;
        if credentials.password_hash.as_deref() == Some(expected) {
            credentials.password_hash = Some(new.hash);
            credentials.account_nt = new.account_nt;
        }
        Ok(())
    }

    pub(crate) fn forget_account_nt(&mut self, scope: &Scope) -> Result<(), StoreError> {
        self.tenant(scope)?;
        for (user, entry) in &mut self.people {
            if scope.covers(*user) {
                entry.credentials.account_nt = None;
                entry.credentials.previous_account_nt = None;
            }
        }
        Ok(())
    }

    pub(crate) fn forget_previous_account_nt(&mut self, now: Timestamp) -> usize {
        let mut forgotten = 0;
        for entry in self.people.values_mut() {
            if entry.credentials.previous_account_nt.take_if(|previous| previous.until <= now).is_some() {
                forgotten += 1;
            }
        }
        forgotten
    }

    pub(crate) fn add_app_password(
        &mut self,
        scope: &Scope,
        user: UserId,
        new: NewAppPassword,
    ) -> Result<AppPassword, StoreError> {
        bounds::new_app_password(&new)?;
        if self.entry(scope, user)?.credentials.app_passwords.len() >= bounds::APP_PASSWORDS {
            return Err(StoreError::Invalid { what: "too many app passwords" });
        }
        let id = next(&mut self.last.app_password)?;
        let added = AppPassword { id, label: new.label, sealed: new.sealed, created: new.created };
        self.entry_mut(scope, user)?.credentials.app_passwords.push(added.clone());
        Ok(added)
    }

    pub(crate) fn remove_app_password(
        &mut self,
        scope: &Scope,
        user: UserId,
        id: u32,
    ) -> Result<(), StoreError> {
        let passwords = &mut self.entry_mut(scope, user)?.credentials.app_passwords;
        let before = passwords.len();
        passwords.retain(|password| password.id != id);
        if passwords.len() == before { Err(StoreError::NotFound) } else { Ok(()) }
    }

    pub(crate) fn sealed(&self, after: Option<UserId>, people: usize) -> SealedPage {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut page = SealedPage::default();
        if after.is_none() {
            page.values.extend(self.history_keys.iter().map(|(tenant, key)| SealedOf {
                user: history_key_owner(*tenant),
                kept: SealedAs::HistoryKey,
                sealed: key.sealed.clone(),
            }));
        }
        for (user, entry) in self.people.range((from, Bound::Unbounded)).take(people.min(bounds::PAGE)) {
            let credentials = &entry.credentials;
            let account = credentials.account_nt.iter().map(|sealed| (SealedAs::Account, sealed));
            let previous = credentials.previous_account_nt.iter();
            let previous = previous.map(|previous| (SealedAs::PreviousAccount, &previous.sealed));
            let devices = credentials.app_passwords.iter();
            let devices = devices.map(|device| (SealedAs::AppPassword(device.id), &device.sealed));
            let of = |(kept, sealed): (_, &Sealed)| SealedOf { user: *user, kept, sealed: sealed.clone() };
            page.values.extend(account.chain(previous).chain(devices).map(of));
            page.next = Some(*user);
        }
        page
    }

    pub(crate) fn reseal(&mut self, values: Vec<Resealed>) -> Result<usize, StoreError> {
        bounds::resealed(&values)?;
        let mut replaced = 0;
        for Resealed { old, new } in values {
            let (people, keys) = (&mut self.people, &mut self.history_keys);
            let credentials = people.get_mut(&old.user).map(|entry| &mut entry.credentials);
            let there = match old.kept {
                SealedAs::Account => credentials.and_then(|known| known.account_nt.as_mut()),
                SealedAs::PreviousAccount => credentials
                    .and_then(|known| known.previous_account_nt.as_mut())
                    .map(|previous| &mut previous.sealed),
                SealedAs::AppPassword(id) => credentials.and_then(|known| {
                    let mut devices = known.app_passwords.iter_mut();
                    devices.find(|device| device.id == id).map(|device| &mut device.sealed)
                }),
                SealedAs::HistoryKey => keys.get_mut(&old.user.tenant).map(|key| &mut key.sealed),
            };
            if let Some(there) = there.filter(|there| **there == old.sealed) {
                *there = new;
                replaced += 1;
            }
        }
        Ok(replaced)
    }

    pub(crate) fn presence_of_several(
        &self,
        scope: &Scope,
        users: &[UserId],
        categories: &[CategoryName],
    ) -> Result<Vec<(UserId, StoredPresence)>, StoreError> {
        users.iter().try_for_each(|user| bounds::covered(scope, *user))?;
        let users: BTreeSet<UserId> = users.iter().copied().collect();
        let presence = |user| {
            let mut presence = self.living(user)?.presence.clone();
            presence.publications.retain(|key, _| categories.contains(&key.category));
            Some((user, presence))
        };
        Ok(users.into_iter().filter_map(presence).collect())
    }

    pub(crate) fn contact_people(&self, scope: &Scope, user: UserId) -> Result<Vec<UserId>, StoreError> {
        let contacts = self.entry(scope, user)?.contacts.contacts.keys();
        // In the order of the references, which is that of the numbers.
        Ok(contacts.filter_map(PersonRef::person).collect())
    }

    pub(crate) fn commit_presence(
        &mut self,
        scope: &Scope,
        user: UserId,
        expected: u64,
        next: u64,
        changes: &[StaticChange],
    ) -> Result<(), StoreError> {
        bounds::presence_commit(scope, user, expected, next, changes)?;
        let presence = &mut self.entry_mut(scope, user)?.presence;
        at_revision(presence, expected)?;
        presence.static_revision = next;
        for change in changes {
            apply(presence, change);
        }
        Ok(())
    }

    pub(crate) fn fence_presence(
        &mut self,
        scope: &Scope,
        user: UserId,
        expected: u64,
        pending: u64,
    ) -> Result<u64, StoreError> {
        let next = bounds::fence(expected, pending)?;
        let presence = &mut self.entry_mut(scope, user)?.presence;
        at_revision(presence, expected)?;
        presence.static_revision = next;
        Ok(next)
    }

    pub(crate) fn commit_contacts(
        &mut self,
        scope: &Scope,
        user: UserId,
        old: &ContactList,
        new: &ContactList,
    ) -> Result<(), StoreError> {
        bounds::contacts_commit(scope, user, old, new)?;
        let contacts = &mut self.entry_mut(scope, user)?.contacts;
        if contacts.delta != old.delta {
            return Err(StoreError::Stale { current: contacts.delta.into() });
        }
        contacts.clone_from(new);
        Ok(())
    }

    /// Makes a change together with the line that tells of it.
    pub(crate) fn told<T>(
        &mut self,
        scope: &Scope,
        line: AuditEntry,
        change: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // All that could be wrong with the line is seen before anything is changed.
        bounds::audit_entry(&line)?;
        let done = change(self)?;
        self.append_audit(scope, line)?;
        Ok(done)
    }

    pub(crate) fn append_audit(&mut self, scope: &Scope, entry: AuditEntry) -> Result<u64, StoreError> {
        bounds::audit_entry(&entry)?;
        self.tenant(scope)?;
        let lines = self.audit.range((scope.tenant, 0)..=(scope.tenant, u64::MAX));
        let (last, before) = lines.last().map_or((0, None), |((_, number), line)| (*number, line.link));
        let number = last + 1;
        self.audit.insert((scope.tenant, number), AuditRecord::under(scope, number, entry, before));
        Ok(number)
    }

    pub(crate) fn audit(&self, scope: &Scope, after: u64, limit: usize) -> Vec<AuditRecord> {
        let lines = self.audit.range((scope.tenant, after.saturating_add(1))..=(scope.tenant, u64::MAX));
        lines.take(limit.min(bounds::PAGE)).map(|(_, record)| record.clone()).collect()
    }
}

const fn at_revision(presence: &StoredPresence, expected: u64) -> Result<(), StoreError> {
    if presence.static_revision == expected {
        Ok(())
    } else {
        Err(StoreError::Stale { current: presence.static_revision })
    }
}

fn apply(presence: &mut StoredPresence, change: &StaticChange) {
    match change {
        StaticChange::Put(key, publication) => {
            presence.publications.insert(key.clone(), publication.clone());
        }
        StaticChange::Delete(key) => {
            presence.publications.remove(key);
        }
        StaticChange::SetMembership(container, membership) => {
            presence.memberships.insert(*container, membership.clone());
        }
        StaticChange::PutSubscriber(who, prompted) => {
            presence.subscribers.insert(who.clone(), prompted.clone());
        }
        StaticChange::DeleteSubscriber(who) => {
            presence.subscribers.remove(who);
        }
    }
}
