//! Sign-in by NTLM: whose proof it is, whether it holds, whether that person may sign in ([MS-SIPAE]; signin 3).
//!
//! Unknown, wrong and locked are one and the same answer, in bytes and in time. Only after a valid proof does anyone
//! learn more: that the From address isn't theirs, or why the company doesn't let them in.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rapport_core::directory::{Person, Tenant};
use rapport_core::identity;
use rapport_core::refusal::Refusal;
use rapport_fabric::Fabric;
use rapport_model::{Aor, OperatorScope, Scope, TenantId, Timestamp, UserId};
use rapport_secrets::Purpose;
use rapport_sipauth::association::{self, Association, Claim, SignedIn};
use rapport_sipauth::header::AuthParams;
use rapport_sipauth::ntlm::{self, ChannelBinding, FileTime, NtHash, Policy};
use rapport_sipauth::signature::SignedFields;
use rapport_store::{Credentials, Sealed};

use crate::meter::CompanyMeter;
use crate::ports::Ports;
use crate::refused::{Refused, RefusedLog};
use crate::secret::Opener;
use crate::throttle::{Lock, Throttle};
use crate::{Error, Result, Wire};

/// Passwords that one person can have at the same time: the account's, and app passwords.
pub(crate) const SLOTS: usize = 8;
/// How long the hash of a replaced password is kept, to tell an endpoint that has not heard of the change from a guesser.
pub(crate) const PREVIOUS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often is looked for hashes that have been kept for so long.
const FORGETTING: Duration = Duration::from_secs(60 * 60);
/// How often the operator is told that clocks differ.
const REMIND: Duration = Duration::from_secs(60);
/// A refusal is answered this long after the proof came in, whatever the reason was.
const REFUSAL_AFTER: Duration = Duration::from_millis(100);

/// Proves sign-ins.
#[derive(Clone, Debug)]
pub struct SignIn<F> {
    ports: Ports<F>,
    throttle: Arc<Throttle>,
    told_of_clock: Arc<Mutex<Option<Instant>>>,
    refused: Arc<RefusedLog>,
}

/// The connection that a claim came over.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The network address of its other end.
    pub source: IpAddr,
    /// What a proof that names its connection must name; none where nothing tells this connection from others.
    pub channel_binding: Option<ChannelBinding>,
    /// Whose session it carries already: no guessing of others keeps them from renewing it.
    pub live: Option<UserId>,
}

/// A sign-in that holds.
#[derive(Debug)]
pub struct Proven {
    /// Whose it is.
    pub person: Arc<Person>,
    /// Their company.
    pub tenant: Arc<Tenant>,
    /// Signs and verifies the messages that follow.
    pub association: Association,
    /// The password that proved it, as it is kept; see [`SignIn::still_holds`].
    pub proof: Proof,
}

/// Which of a person's passwords proved a sign-in.
#[derive(Clone)]
pub struct Proof(Proved);

/// How it is told that the password is the same one still. How it is sealed may change meanwhile: the service key is
/// replaced without anyone's notice.
#[derive(Clone)]
enum Proved {
    /// The account's: every password that is set has a hash of its own.
    Account(Option<String>),
    /// That of a device, by its number: it never changes, and the number is never used again.
    Device(u32),
}

impl Proof {
    /// Returns the number of the app password that it was, if it wasn't the account's own password.
    pub fn app_password(&self) -> Option<u32> {
        match self.0 {
            Proved::Account(_) => None,
            Proved::Device(id) => Some(id),
        }
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.0 {
            Proved::Account(_) => "Proof(account)",
            Proved::Device(_) => "Proof(device)",
        })
    }
}

/// Why a sign-in does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Unknown, wrong or locked: nobody may tell which.
    Unauthenticated,
    /// The proof holds, but the From address is not that person's, be it another's or nobody's.
    NotYours,
    /// The proof holds, but the person may not sign in.
    Refused(Refusal),
    /// The proof holds, but was made by a clock too far from ours: the person's, or ours.
    ClockSkew,
    /// As many passwords are looked at as may be; nothing was found out.
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The store can't be reached.
    Unavailable,
}

impl<F: Fabric<Message = Wire>> SignIn<F> {
    pub(crate) fn new(ports: Ports<F>, throttle: Arc<Throttle>, refused: Arc<RefusedLog>) -> Self {
        Self { ports, throttle, refused, told_of_clock: Arc::default() }
    }

    /// Proves a claim that was made in a REGISTER under the From address `from`, over the connection `origin`.
    ///
    /// # Errors
    /// [`SignInError`]; a failed proof is answered no sooner than a fixed time after it came in.
    pub async fn prove(
        &self,
        claim: Claim,
        credentials: &AuthParams<'_>,
        fields: &SignedFields<'_>,
        from: &Aor,
        origin: Origin,
    ) -> std::result::Result<Proven, SignInError> {
        let due = tokio::time::Instant::now() + REFUSAL_AFTER;
        let outcome = self.try_prove(claim, credentials, fields, from, origin).await;
        if matches!(outcome, Err(SignInError::Unauthenticated)) {
            metrics::counter!("rapport_sign_ins_total", "outcome" => "unauthenticated").increment(1);
            tokio::time::sleep_until(due).await;
        }
        outcome
    }

    async fn try_prove(
        &self,
        claim: Claim,
        credentials: &AuthParams<'_>,
        fields: &SignedFields<'_>,
        from: &Aor,
        Origin { source, channel_binding, live }: Origin,
    ) -> std::result::Result<Proven, SignInError> {
        let unavailable = |error: Error| {
            tracing::error!(%error, "sign-in can't be proved");
            SignInError::Unavailable
        };
        let now = self.ports.clock.monotonic();
        let tenant_id = self.ports.tenant_of(&from.sip_domain()).await.map_err(unavailable)?;
        let opener = self.ports.secrets.opener();
        let found = match tenant_id {
            Some(id) => self.account(id, &claim, from).await.map_err(unavailable)?,
            None => None,
        };
        let account = found.as_ref().map(|(_, person, _)| person.id);
        let is_live = account.is_some() && account == live;
        let named = (claim.domain().to_owned(), claim.user().to_owned());
        let note = |reason| {
            let claimed = (&*named.0, &*named.1);
            self.refused.note(&Refused { reason, source, from: from.as_str(), claimed, account }, now);
        };
        let refuse = |reason| {
            note(reason);
            SignInError::Unauthenticated
        };
        if !is_live && let Err(lock) = self.throttle.admit(account, source, now) {
            return Err(refuse(lock.name()));
        }
        let candidates = match &found {
            Some((tenant, person, stored)) => self.candidates(&opener, tenant, person, stored),
            None => Vec::new(),
        };
        let current = candidates.iter().filter(|candidate| candidate.is_current).count();
        let (hashes, proofs): (Vec<NtHash>, Vec<Proved>) =
            candidates.into_iter().map(|candidate| (candidate.hash, candidate.proof)).unzip();
        // The time is looked at once the proof is known to hold: a clock that is wrong is no guess at a password.
        let (policy, time) = (Policy { channel_binding, ..Policy::default() }, claim.time());
        let identity = found.as_ref().map(|(_, p, _)| p.id.to_string()).unwrap_or_default();
        metrics::counter!("rapport_sign_in_proofs_total").increment(1);
        let accepted = claim.accept(&hashes, credentials, fields, &policy, identity, now);
        let (SignedIn { association, candidate }, (tenant, person, _)) = match (accepted, found) {
            (Ok(signed_in), Some(found)) => (signed_in, found),
            (accepted, _) => {
                self.count_lock(self.throttle.failed(account, source, now), source, account);
                return Err(refuse(if is_relayed(&accepted) { "channel" } else { "wrong" }));
            }
        };
        if candidate >= current {
            // The previous password of the account: an endpoint that has not heard of the change.
            self.count_lock(self.throttle.stale(person.id, source, now), source, account);
            return Err(refuse("previous"));
        }
        if !is_live {
            self.throttle.succeeded(person.id, source, now);
        }
        if time.is_some_and(|time| self.is_off(time, policy.max_skew)) {
            metrics::counter!("rapport_sign_ins_total", "outcome" => "clock").increment(1);
            self.tell_of_clock(now);
            note("clock");
            return Err(SignInError::ClockSkew);
        }
        if !person.answers_to(from, self.ports.clock.moment()) {
            note("another-s-address");
            return Err(SignInError::NotYours);
        }
        if let Err(refusal) = identity::may_sign_in(&tenant, &person) {
            note(refusal.code());
            return Err(SignInError::Refused(refusal));
        }
        metrics::counter!("rapport_sign_ins_total", "outcome" => "proven").increment(1);
        self.ports.meters.count(tenant.id, CompanyMeter::signed_in);
        let proof = proofs.into_iter().nth(candidate).map(Proof).ok_or(SignInError::Unauthenticated)?;
        Ok(Proven { person, tenant, association, proof })
    }

    /// Tells whether a client's clock is off by more than is allowed, from ours as it is or as it was before somebody set
    /// it: a step of the server's clock must not lock everybody out. What keeps an old proof from being used again is
    /// the challenge, which is good once.
    fn is_off(&self, time: FileTime, allowed: Duration) -> bool {
        let now = self.ports.clock.moment();
        [now.wall, now.steady].into_iter().all(|now| file_time(now).distance(time) > allowed)
    }

    /// Tells the operator, once in a while: if it is the server's clock that is wrong, nobody gets in.
    fn tell_of_clock(&self, now: Instant) {
        let mut told = self.told_of_clock.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| now.saturating_duration_since(told) >= REMIND) {
            *told = Some(now);
            tracing::warn!(
                "a sign-in with the right password is refused: the client's clock and the server's are more than half an \
                 hour apart; see whether the server's is right"
            );
        }
    }

    /// Tells the operator of a lock that a failed proof has brought about.
    fn count_lock(&self, lock: Option<Lock>, source: IpAddr, account: Option<UserId>) {
        let Some(lock) = lock else { return };
        metrics::counter!("rapport_sign_in_locks_total", "kind" => lock.name()).increment(1);
        let account = account.map(|account| account.to_string()).unwrap_or_default();
        tracing::debug!(%source, %account, kind = lock.name(), "sign-ins are locked for a while");
    }

    /// Finds the account that a claim names within a company; the store is asked equally for an unknown one.
    async fn account(
        &self,
        tenant: TenantId,
        claim: &Claim,
        from: &Aor,
    ) -> Result<Option<(Arc<Tenant>, Arc<Person>, Credentials)>> {
        let scope = Scope::service(tenant, "sign in");
        let tenant = self.ports.tenant(&scope).await?;
        let Some(named) = named(&tenant, claim, from) else { return Ok(None) };
        let person = match (&named.sign_in_name, &named.address) {
            (_, Some(address)) => {
                let found = self.ports.store.person_by_address(&scope, address).await?;
                let now = self.ports.clock.moment();
                match found.filter(|person| person.answers_to(address, now)) {
                    None => self.by_name(&scope, named.sign_in_name.as_deref()).await?,
                    found => found,
                }
            }
            (name, None) => self.by_name(&scope, name.as_deref()).await?,
        };
        let Some(person) = person else { return Ok(None) };
        let stored = self.ports.store.credentials(&scope, person.id).await?;
        Ok(Some((tenant, Arc::new(person), stored)))
    }

    async fn by_name(&self, scope: &Scope, name: Option<&str>) -> Result<Option<Person>> {
        match name {
            Some(name) => Ok(self.ports.store.person_by_sign_in_name(scope, name).await?),
            None => Ok(None),
        }
    }

    /// Tells whether a proof that held before the binding holds after it: a password that was changed or revoked in
    /// between found no session to end.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn still_holds(&self, person: &Person, proof: &Proof) -> Result<bool> {
        let scope = Scope::service(person.id.tenant, "sign in");
        let stored = self.ports.store.credentials(&scope, person.id).await?;
        Ok(match &proof.0 {
            Proved::Account(hash) => stored.account_nt.is_some() && stored.password_hash == *hash,
            Proved::Device(id) => stored.app_passwords.iter().any(|app| app.id == *id),
        })
    }

    /// Forgets the hashes of replaced passwords when their time is over; never ends.
    pub(crate) async fn forget_previous_passwords(&self) {
        let mut ticks = tokio::time::interval(FORGETTING);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let scope = OperatorScope::service("forget replaced passwords");
            let now = self.ports.clock.moment().earlier();
            match self.ports.store.forget_previous_account_nt(&scope, now).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "hashes of replaced passwords were forgotten"),
                Err(error) => tracing::warn!(%error, "hashes of replaced passwords are forgotten later"),
            }
        }
    }

    /// Returns the hashes that may prove a person, the current ones first, then the previous of the account.
    fn candidates(
        &self,
        opener: &Opener,
        tenant: &Tenant,
        person: &Person,
        stored: &Credentials,
    ) -> Vec<Candidate> {
        let open = |purpose, kept: &Sealed, proof, is_current| {
            let hash = opener.open_nt(person.id, purpose, kept);
            if hash.is_none() {
                tracing::error!(user = %person.id, "a sealed password hash can't be opened with the service key");
            }
            hash.map(|hash| Candidate { hash, proof, is_current })
        };
        let by_account = tenant.policy.account_password_sign_in;
        let account = stored.account_nt.iter().filter(|_| by_account);
        let now = self.ports.clock.moment().earlier();
        let previous =
            stored.previous_account_nt.iter().filter(|previous| by_account && now < previous.until);
        let app = stored.app_passwords.iter().take(SLOTS - 1);
        let of_account = || Proved::Account(stored.password_hash.clone());
        let current =
            account.filter_map(|kept| open(Purpose::AccountPassword, kept, of_account(), true)).chain(
                app.filter_map(|app| open(Purpose::AppPassword, &app.sealed, Proved::Device(app.id), true)),
            );
        let previous = previous
            .filter_map(|previous| open(Purpose::AccountPassword, &previous.sealed, of_account(), false));
        current.chain(previous).collect()
    }
}

/// A hash that may prove a person.
struct Candidate {
    hash: NtHash,
    proof: Proved,
    /// Not the previous password.
    is_current: bool,
}

/// What a claim names: the NTLM user, or the From address when a client leaves the user empty.
fn named(tenant: &Tenant, claim: &Claim, from: &Aor) -> Option<identity::Claim> {
    let user = if claim.user().is_empty() { from.as_str() } else { claim.user() };
    identity::Claim::read(tenant, user, claim.domain())
}

/// The password is right, but the proof was made for a connection to somebody with another certificate.
fn is_relayed<T>(accepted: &std::result::Result<T, association::SignInError>) -> bool {
    matches!(accepted, Err(association::SignInError::Refused(ntlm::Refusal::ForeignChannel)))
}

fn file_time(now: Timestamp) -> FileTime {
    FileTime::from_unix(Duration::from_millis(u64::try_from(now.0).unwrap_or(0)))
}
