//! People and their accounts: added, changed, disabled, removed; passwords and app passwords.

use std::sync::Arc;

use rapport_core::directory::{NewPerson, Person, PersonPatch, PersonRef, Tenant};
use rapport_core::presence::{Change, Document};
use rapport_core::refusal::{Refusal, Rule};
use rapport_fabric::Fabric;
use rapport_model::{Aor, Scope, SipDomain, Timestamp, UserId};
use rapport_secrets::{PasswordPolicy, Purpose, normalised};
use rapport_store::{AppPassword, Beginning, Begins, Deleted, NewAppPassword, StoreError};

use crate::contacts::Contacts;
use crate::ports::Ports;
use crate::presence::Presence;
use crate::secret::{Hashed, Sealer};
use crate::session::SignOutReason;
use crate::sign_in::PREVIOUS_KEPT;
use crate::throttle::Throttle;
use crate::{Error, Result, Wire};

/// The administrator's calls on people.
#[derive(Clone, Debug)]
pub struct People<F> {
    ports: Ports<F>,
    presence: Presence<F>,
    contacts: Contacts<F>,
    throttle: Arc<Throttle>,
}

/// What became of moving everybody to another SIP domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many people have new addresses.
    pub people: u32,
    /// Whoever stays, by the address that they keep, and why.
    pub left: Vec<(Aor, String)>,
}

/// How much of their limits a person uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Contacts on the list.
    pub contacts: u32,
    /// How many are allowed.
    pub contacts_limit: u32,
    /// Distinct people who watch this person's presence.
    pub watchers: u32,
    /// How many are allowed.
    pub watchers_limit: u32,
    /// Programs signed in.
    pub endpoints: u32,
    /// How many are allowed.
    pub endpoints_limit: u32,
}

impl<F: Fabric<Message = Wire>> People<F> {
    pub(crate) fn new(
        ports: Ports<F>,
        presence: Presence<F>,
        contacts: Contacts<F>,
        throttle: Arc<Throttle>,
    ) -> Self {
        Self { ports, presence, contacts, throttle }
    }

    /// Adds a person, with a password if one is given.
    ///
    /// # Errors
    /// `Refused` when a value is not valid or the password is too weak; `Taken` when the address or sign-in name is in
    /// use.
    pub async fn add(&self, scope: &Scope, new: NewPerson, password: Option<&str>) -> Result<Person> {
        let tenant = self.ports.store.tenant(scope).await?;
        new.validate(&tenant)?;
        let password = password.map(normalised);
        if let Some(password) = &password {
            check_password(&tenant, &new.sign_in_name, password)?;
        }
        let row = rapport_store::NewPerson {
            address: new.address,
            aliases: new.aliases,
            sign_in_name: new.sign_in_name.to_lowercase(),
            enabled: new.enabled,
            licensed: new.licensed,
            card: new.card,
        };
        self.end_former_addresses(scope).await?;
        let password = match password {
            Some(password) => Some(self.hash(&tenant, &password).await?),
            None => None,
        };
        let sealer = Arc::new(self.ports.secrets.sealer()?);
        let begins = self.begins(password, sealer.clone());
        let person = self.ports.store.add_person(scope, row, begins).await?;
        drop(sealer);
        self.ports.account_changed(scope, person.id).await;
        Ok(person)
    }

    /// Returns people in the order in which they were added.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list(&self, scope: &Scope, after: Option<UserId>, limit: usize) -> Result<Vec<Person>> {
        Ok(self.ports.store.people(scope, after, limit.min(1000)).await?)
    }

    /// Returns the person of that number.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn person(&self, scope: &Scope, user: UserId) -> Result<Person> {
        Ok(self.ports.store.person(scope, user).await?)
    }

    /// Returns the person of that address or sign-in name.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn find(&self, scope: &Scope, name: &str) -> Result<Person> {
        let found = match Aor::parse(name) {
            Ok(address) => self.ports.store.person_by_address(scope, &address).await?,
            Err(_) => self.ports.store.person_by_sign_in_name(scope, &name.to_lowercase()).await?,
        };
        found.ok_or(Error::NotFound("user"))
    }

    /// Changes a person: names, addresses, card, licence, whether the account is enabled. An address that goes away
    /// answers for the company's grace period, and so do the sessions that signed in under it.
    ///
    /// # Errors
    /// `Refused` when a value is not valid; `Taken` when an address or the sign-in name is in use.
    pub async fn set(&self, scope: &Scope, user: UserId, patch: PersonPatch) -> Result<Person> {
        let tenant = self.ports.store.tenant(scope).await?;
        let before = self.ports.store.person(scope, user).await?;
        self.end_former_addresses(scope).await?;
        self.change(scope, &tenant, before, patch).await
    }

    async fn change(
        &self,
        scope: &Scope,
        tenant: &Tenant,
        before: Person,
        patch: PersonPatch,
    ) -> Result<Person> {
        let user = before.id;
        let after = patch.apply(&before, tenant, self.ports.clock.moment())?;
        self.ports.store.set_person(scope, after.clone()).await?;
        self.ports.account_changed(scope, user).await;
        // What ends because of the change ends first: a log that can't be written must keep nobody signed in.
        if !after.enabled {
            self.ports.sign_out(scope, user, SignOutReason::Disabled).await?;
        } else if !after.licensed {
            self.ports.sign_out(scope, user, SignOutReason::Unlicensed).await?;
        } else {
            self.ports.sign_out_readdressed(scope, &after).await?;
        }
        self.ports.audit(scope, "user set", user.to_string(), changes(&before, &after)).await?;
        if before.card != after.card || before.address != after.address {
            self.presence.refresh_directory(scope, &after).await?;
        }
        Ok(after)
    }

    /// Lets go of an address that a person had, before its grace period is over: from now on it is nobody's.
    ///
    /// # Errors
    /// `NotFound` when it is no former address of theirs.
    pub async fn release(&self, scope: &Scope, user: UserId, address: &Aor) -> Result<Person> {
        let before = self.ports.store.person(scope, user).await?;
        let after = before.releasing(address).ok_or(Error::NotFound("former address of this person"))?;
        self.ports.store.set_person(scope, after.clone()).await?;
        self.ports.account_changed(scope, user).await;
        self.ports.sign_out_readdressed(scope, &after).await?;
        self.ports.audit(scope, "former address released", user.to_string(), address.to_string()).await?;
        Ok(after)
    }

    /// Ends the grace periods that are over.
    pub(crate) async fn end_former_addresses(&self, scope: &Scope) -> Result<()> {
        let now = self.ports.clock.moment().earlier();
        for user in self.ports.store.forget_former_addresses(scope, now).await? {
            self.ports.account_changed(scope, user).await;
            match self.ports.store.person(scope, user).await {
                Ok(person) => self.ports.sign_out_readdressed(scope, &person).await?,
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Moves everybody's addresses from one SIP domain of the company to another, which it gets if it hasn't it yet. The
    /// old addresses answer for the grace period. Whoever can't be moved is told, and stays; doing it again goes on where
    /// it ended.
    ///
    /// # Errors
    /// `NotFound` when the first domain is not the company's; `Taken` when the other is another company's; `Refused` when
    /// they are the same.
    pub async fn move_domain(&self, scope: &Scope, from: &SipDomain, to: &SipDomain) -> Result<Moved> {
        let tenant = self.ports.store.tenant(scope).await?;
        if !tenant.domains.contains(from) {
            return Err(Error::NotFound("SIP domain in the company"));
        }
        if from == to {
            return Err(Refusal::Invalid { field: "to", rule: Rule::Repeated }.into());
        }
        if !tenant.domains.contains(to) {
            self.ports.store.add_domain(scope, to.clone()).await?;
            self.ports.directory.forget_tenant(scope.tenant);
            self.ports.audit(scope, "domain added", to.to_string(), String::new()).await?;
        }
        let tenant = self.ports.store.tenant(scope).await?;
        self.end_former_addresses(scope).await?;
        let (mut moved, mut after) = (Moved::default(), None);
        loop {
            let page = self.ports.store.people(scope, after, 1000).await?;
            let Some(last) = page.last() else { return Ok(moved) };
            after = Some(last.id);
            for person in page {
                let Some(patch) = person.moving(from, to) else { continue };
                let address = person.address.clone();
                match self.change(scope, &tenant, person, patch).await {
                    Ok(_) => moved.people += 1,
                    Err(error @ (Error::Taken(_) | Error::Refused(_))) => {
                        moved.left.push((address, error.to_string()));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Sets the account's password and ends the sessions that the old one proved.
    ///
    /// # Errors
    /// `Refused` when the password is too weak.
    pub async fn set_password(&self, scope: &Scope, user: UserId, password: &str) -> Result<()> {
        let tenant = self.ports.store.tenant(scope).await?;
        let person = self.ports.store.person(scope, user).await?;
        let password = normalised(password);
        check_password(&tenant, &person.sign_in_name, &password)?;
        let hashed = self.hash(&tenant, &password).await?;
        let sealer = self.ports.secrets.sealer()?;
        let new = sealer.account(user, hashed, self.previous_until())?;
        let line = self.ports.line("password set", user.to_string(), person.address.to_string());
        self.ports.store.set_password(scope, user, new, line).await?;
        drop(sealer);
        self.ports.account_changed(scope, user).await;
        self.ports.sign_out(scope, user, SignOutReason::PasswordChanged).await
    }

    async fn hash(&self, tenant: &Tenant, password: &str) -> Result<Hashed> {
        let mut salt = [0u8; 16];
        self.ports.clock.random(&mut salt);
        self.ports.secrets.hash_account(password, salt, tenant.policy.account_password_sign_in).await
    }

    fn previous_until(&self) -> Timestamp {
        self.ports.clock.moment().later().plus(PREVIOUS_KEPT)
    }

    /// What a new person begins with: the first document, the password, the line of the audit log.
    fn begins(&self, password: Option<Hashed>, sealer: Arc<Sealer>) -> Begins {
        let (ports, previous_until) = (self.ports.clone(), self.previous_until());
        Box::new(move |person| {
            let first = Document::for_new_person(person, ports.clock.wall());
            let password = password.map(|hashed| sealer.account(person.id, hashed, previous_until));
            let unsealed = |error: Error| StoreError::Internal { context: error.to_string() };
            Ok(Beginning {
                presence: Change::between(&Document::default(), first).static_changes,
                password: password.transpose().map_err(unsealed)?,
                line: ports.line("user added", person.id.to_string(), person.address.to_string()),
            })
        })
    }

    /// Lets a person try to sign in again from everywhere, after too many wrong passwords.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn unlock(&self, scope: &Scope, user: UserId) -> Result<()> {
        let person = self.ports.store.person(scope, user).await?;
        self.throttle.unlock(person.id);
        self.ports.audit(scope, "user unlocked", user.to_string(), person.address.to_string()).await
    }

    /// Deletes a person: signed out and unknown from now on, and for the company's time as [`restore`](Self::restore) can
    /// bring them back.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, scope: &Scope, user: UserId) -> Result<()> {
        let person = self.ports.store.person(scope, user).await?;
        self.put_away(scope, user).await?;
        self.ports.audit(scope, "user deleted", user.to_string(), person.address.to_string()).await
    }

    async fn put_away(&self, scope: &Scope, user: UserId) -> Result<()> {
        // Unknown first, then signed out: whoever proves themselves in between is looked at once more after the binding.
        self.ports.store.delete_person(scope, user, self.ports.clock.moment().later()).await?;
        self.ports.part_with(scope, user).await
    }

    /// Restores a deleted person with everything that they had.
    ///
    /// # Errors
    /// `NotFound` when there is no such deleted person.
    pub async fn restore(&self, scope: &Scope, user: UserId) -> Result<Person> {
        let person = self.ports.store.restore_person(scope, user).await?;
        self.ports.account_changed(scope, user).await;
        self.ports.audit(scope, "user restored", user.to_string(), person.address.to_string()).await?;
        Ok(person)
    }

    /// Returns the people who were deleted and can be restored.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn deleted(&self, scope: &Scope) -> Result<Vec<Deleted<Person>>> {
        Ok(self.ports.store.deleted_people(scope).await?)
    }

    /// Returns the deleted person of that address, sign-in name or number.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn find_deleted(&self, scope: &Scope, name: &str) -> Result<Person> {
        let lower = name.to_lowercase();
        let address = Aor::parse(name).ok();
        let is_it = |person: &Person| {
            person.sign_in_name == lower
                || person.id.to_string() == lower
                || address.as_ref().is_some_and(|address| person.owns(address))
        };
        let mut all = self.deleted(scope).await?.into_iter().map(|deleted| deleted.what);
        all.find(is_it).ok_or(Error::NotFound("deleted user"))
    }

    /// Removes a person for good, deleted before or not: with contacts, access lists and passwords, and from everybody
    /// else's contact list and access levels.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove(&self, scope: &Scope, user: UserId) -> Result<()> {
        let address = self.ports.store.address_of(scope, user).await?.ok_or(Error::NotFound("user"))?;
        match self.put_away(scope, user).await {
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        // Others are told while it is still known under which address they know the person.
        let who = PersonRef::Person(user);
        for owner in self.ports.store.who_names(scope, user).await? {
            for forgotten in [
                self.contacts.forget_named(scope, owner, &who).await,
                self.presence.forget_named(scope, owner, &who).await,
            ] {
                match forgotten {
                    // The owner has gone meanwhile.
                    Ok(()) | Err(Error::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.ports.store.remove_person(scope, user).await?;
        self.ports.account_changed(scope, user).await;
        self.ports.audit(scope, "user removed", user.to_string(), address.to_string()).await
    }

    /// Issues an app password and returns it with its number; it can't be read again.
    ///
    /// # Errors
    /// `Refused` when there are too many already.
    pub async fn add_app_password(&self, scope: &Scope, user: UserId, label: &str) -> Result<(u32, String)> {
        const MOST: usize = crate::sign_in::SLOTS - 1;
        let person = self.ports.store.person(scope, user).await?;
        if self.ports.store.app_passwords(scope, user).await?.len() >= MOST {
            return Err(Refusal::TooManyAppPasswords { limit: MOST as u32 }.into());
        }
        if label.is_empty() {
            return Err(Refusal::Invalid { field: "label", rule: Rule::Empty }.into());
        }
        if label.len() > 100 {
            return Err(Refusal::Invalid { field: "label", rule: Rule::TooLong { limit: 100 } }.into());
        }
        // It is shown on terminals.
        if label.chars().any(char::is_control) {
            return Err(Refusal::Invalid { field: "label", rule: Rule::Characters }.into());
        }
        let mut chance = [0u8; 16];
        self.ports.clock.random(&mut chance);
        let password = rapport_secrets::AppPassword::generate(chance).as_str().to_owned();
        let sealer = self.ports.secrets.sealer()?;
        let sealed = sealer.seal_nt(user, Purpose::AppPassword, &password)?;
        let new = NewAppPassword { label: label.to_owned(), sealed, created: self.ports.clock.wall() };
        let detail = format!("{}: {label}", person.address);
        let line = self.ports.line("app password added", user.to_string(), detail);
        let added = self.ports.store.add_app_password(scope, user, new, line).await?;
        drop(sealer);
        Ok((added.id, password))
    }

    /// Returns a person's app passwords: number, label and date; never the passwords.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn app_passwords(&self, scope: &Scope, user: UserId) -> Result<Vec<AppPassword>> {
        Ok(self.ports.store.app_passwords(scope, user).await?)
    }

    /// Revokes an app password and ends the sessions that it signed in; all others go on.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_app_password(&self, scope: &Scope, user: UserId, id: u32) -> Result<()> {
        let person = self.ports.store.person(scope, user).await?;
        let detail = format!("{}: {id}", person.address);
        let line = self.ports.line("app password removed", user.to_string(), detail);
        self.ports.store.remove_app_password(scope, user, id, line).await?;
        self.ports.sign_out_app_password(scope, user, id).await
    }

    /// Returns how much of their limits a person uses.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn usage(&self, scope: &Scope, user: UserId) -> Result<Usage> {
        let limits = self.ports.tenant(scope).await?.policy.limits;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Usage {
            contacts: count(self.ports.store.contacts(scope, user).await?.contacts.len()),
            contacts_limit: limits.contacts,
            watchers: self.ports.fabric.watcher_count(scope, user).await?,
            watchers_limit: limits.watchers,
            endpoints: count(self.ports.fabric.endpoints(scope, user).await?.len()),
            endpoints_limit: limits.endpoints,
        })
    }
}

/// Says what is different, old and new, for the audit log.
fn changes(before: &Person, after: &Person) -> String {
    let list = |person: &Person| person.addresses().map(Aor::as_str).collect::<Vec<_>>().join(" ");
    let rows = [
        ("addresses", list(before), list(after)),
        ("sign-in name", before.sign_in_name.clone(), after.sign_in_name.clone()),
        ("enabled", before.enabled.to_string(), after.enabled.to_string()),
        ("licensed", before.licensed.to_string(), after.licensed.to_string()),
        ("display name", before.card.display_name.clone(), after.card.display_name.clone()),
    ];
    let mut changes: Vec<String> = rows
        .iter()
        .filter(|(_, old, new)| old != new)
        .map(|(what, old, new)| format!("{what}: {old} -> {new}"))
        .collect();
    if before.card != after.card && before.card.display_name == after.card.display_name {
        changes.push("contact card".to_owned());
    }
    changes.join("; ")
}

/// What an account's own password must be: it is the only factor.
const PASSWORDS: PasswordPolicy = PasswordPolicy::ALONE;

fn check_password(tenant: &Tenant, name: &str, password: &str) -> Result<()> {
    let names = [tenant.name.as_str(), tenant.display_name.as_str(), name, "rapport"];
    PASSWORDS.check(password, &names).map_err(|refusal| Error::WeakPassword(refusal.into()))
}
