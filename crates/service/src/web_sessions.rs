//! Sign-ins in browsers: by address and password, known from then on by a random id of which only the hash is kept.
//!
//! A session here is a web login (ADR 0019); the endpoint that speaks for it is bound by a face. Who may try, how often
//! and with which answer is decided by the same throttle, and written down in the same log, as for NTLM
//! ([`crate::sign_in`]): unknown, wrong and locked are one answer, in octets and in time.

mod read;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rapport_core::directory::{Person, PersonRef, Tenant};
use rapport_core::identity;
use rapport_core::refusal::{Refusal, Rule};
use rapport_fabric::Fabric;
use rapport_model::{Aor, Epid, OperatorScope, Scope, Source, Timestamp, TraceId, UserId};
use rapport_secrets::{Purpose, normalised};
use rapport_store::{Credentials, NewPassword, StoreError};
pub use rapport_store::{Fate, WebMessage, WebSession, WebSessionHash};
use sha2::{Digest as _, Sha256};

use crate::meter::CompanyMeter;
use crate::people::People;
use crate::ports::Ports;
use crate::refused::{Refused, RefusedLog};
use crate::session::SignOutReason;
use crate::sign_in::{PREVIOUS_KEPT, SignInError};
use crate::throttle::{Lock, Throttle};
use crate::{BrowserNews, Error, Result, WeakPassword, Wire};

/// For how long it is known what became of a message from a browser.
pub const SENT_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How often it is noted that a session is used.
const NOTED: Duration = Duration::from_secs(5 * 60);
/// How often is looked for sessions that are over.
const FORGETTING: Duration = Duration::from_secs(60 * 60);
/// Sessions that one person has at most; the one that was used least of late ends for a new one.
const MOST: usize = 20;
/// A refusal is answered this long after the password came in, whatever the reason was: longer than Argon2 takes.
const REFUSAL_AFTER: Duration = Duration::from_millis(300);
/// Octets of a label.
const LABEL: usize = 100;

/// Sign-ins in browsers.
#[derive(Clone, Debug)]
pub struct WebSessions<F> {
    ports: Ports<F>,
    people: People<F>,
    throttle: Arc<Throttle>,
    refused: Arc<RefusedLog>,
    lives: Lives,
}

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lives {
    /// A session that nobody has used for so long is over.
    pub unused: Duration,
    /// A session is over after so long, however much it is used. Those that are there keep what they began with.
    pub at_most: Duration,
}

impl Default for Lives {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self { unused: DAY * 7, at_most: DAY * 30 }
    }
}

/// What a browser shows to be known by: 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct WebSessionId([u8; 32]);

/// A session that is not over.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: WebSession,
    /// Whose it is.
    pub person: Arc<Person>,
    /// Their company.
    pub tenant: Arc<Tenant>,
}

/// Why a password was not changed.
#[derive(Debug)]
pub enum PasswordError {
    /// The current one is wrong, or may not be tried now: nobody may tell which.
    Wrong,
    /// Anything else: the new one is too weak, the store can't be reached.
    Other(Error),
}

impl SignedIn {
    /// Returns the scope in which the person acts by way of this browser, which is at that address.
    pub fn scope(&self, address: IpAddr, reason: &'static str) -> Scope {
        of(self.person.id, self.session.hash, address, reason)
    }

    /// Returns from where the session was begun: what speaks for it acts there, whichever browser asks.
    pub fn begun_from(&self) -> Source {
        browser(self.session.hash, self.session.source.parse().unwrap_or(Ipv4Addr::UNSPECIFIED.into()))
    }
}

impl From<Error> for PasswordError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl WebSessionId {
    /// Reads what [`Self::reveal`] wrote; none when it is nothing of the kind.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Writes the id as the browser keeps it.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Returns the token that each change must bring along: it follows from the id, and the id not from it.
    pub fn csrf_token(&self) -> String {
        let hash = Sha256::new().chain_update(b"rapport csrf").chain_update(self.0).finalize();
        URL_SAFE_NO_PAD.encode(hash.get(..24).unwrap_or_default())
    }

    /// Returns what the store knows the session by.
    pub fn hash(&self) -> WebSessionHash {
        WebSessionHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for WebSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSessionId(…)")
    }
}

impl SignedIn {
    /// Returns what the owner calls the session by when ending it.
    pub fn name(&self) -> String {
        name(self.session.hash)
    }
}

/// Returns what an owner calls a session by; nobody is known by it.
pub fn name(hash: WebSessionHash) -> String {
    URL_SAFE_NO_PAD.encode(hash.0.get(..16).unwrap_or_default())
}

impl<F: Fabric<Message = Wire>> WebSessions<F> {
    pub(crate) fn new(
        ports: Ports<F>,
        people: People<F>,
        throttle: Arc<Throttle>,
        refused: Arc<RefusedLog>,
    ) -> Self {
        Self { ports, people, throttle, refused, lives: Lives::default() }
    }

    pub(crate) fn set_lives(&mut self, lives: Lives) {
        self.lives = lives;
    }

    /// Signs somebody in by address and password, and begins a session with a new id.
    ///
    /// # Errors
    /// [`SignInError`]; a failed proof is answered no sooner than a fixed time after it came in.
    pub async fn sign_in(
        &self,
        address: &Aor,
        password: &str,
        label: &str,
        source: IpAddr,
    ) -> std::result::Result<(WebSessionId, SignedIn), SignInError> {
        let due = tokio::time::Instant::now() + REFUSAL_AFTER;
        let proven = self.prove(address, password, source).await;
        if matches!(proven, Err(SignInError::Unauthenticated)) {
            metrics::counter!("rapport_sign_ins_total", "outcome" => "unauthenticated").increment(1);
            tokio::time::sleep_until(due).await;
        }
        let (person, tenant, hash) = proven?;
        if let Err(refusal) = identity::may_sign_in(&tenant, &person) {
            let (from, account) = (address.as_str(), Some(person.id));
            let refused = Refused { reason: refusal.code(), source, from, claimed: ("", ""), account };
            self.refused.note(&refused, self.ports.clock.monotonic());
            return Err(SignInError::Refused(refusal));
        }
        let begun = self.begin(&person, &tenant, label, source, Some(&hash)).await.map_err(unavailable)?;
        let Some(begun) = begun else {
            tokio::time::sleep_until(due).await;
            return Err(SignInError::Unauthenticated);
        };
        metrics::counter!("rapport_sign_ins_total", "outcome" => "proven").increment(1);
        self.ports.meters.count(tenant.id, CompanyMeter::signed_in);
        Ok(begun)
    }

    /// Proves who somebody is, and returns the hash that proved it.
    async fn prove(
        &self,
        address: &Aor,
        password: &str,
        source: IpAddr,
    ) -> std::result::Result<(Arc<Person>, Arc<Tenant>, String), SignInError> {
        let now = self.ports.clock.monotonic();
        let password = normalised(password);
        let found = self.account(address).await.map_err(unavailable)?;
        let account = found.as_ref().map(|(_, person, _)| person.id);
        let refuse = |reason| {
            let from = address.as_str();
            self.refused.note(&Refused { reason, source, from, claimed: ("", ""), account }, now);
            SignInError::Unauthenticated
        };
        if let Err(lock) = self.throttle.admit(account, source, now) {
            // That a source is locked tells nothing of an account, and a flood from it shall cost as little as may be. That
            // an account is locked would be told by the time that Argon2 does not take.
            if matches!(lock, Lock::Account | Lock::AccountAndSource) {
                self.ports.secrets.verify(&password, None).await.map_err(unavailable)?;
            }
            return Err(refuse(lock.name()));
        }
        let stored = found.as_ref().and_then(|(_, _, stored)| stored.password_hash.as_deref());
        let verdict = self.ports.secrets.verify(&password, stored).await.map_err(unavailable)?;
        let (Some(rehash), Some((tenant, person, stored))) = (verdict, found) else {
            if let Some(lock) = self.throttle.failed(account, source, now) {
                metrics::counter!("rapport_sign_in_locks_total", "kind" => lock.name()).increment(1);
            }
            return Err(refuse("wrong"));
        };
        self.throttle.succeeded(person.id, source, now);
        let hash = stored.password_hash.unwrap_or_default();
        let hash = if rehash { self.renew(&tenant, &person, &password, hash).await } else { hash };
        Ok((person, tenant, hash))
    }

    /// Finds the account of an address; the store is asked equally for an unknown one.
    async fn account(&self, address: &Aor) -> Result<Option<(Arc<Tenant>, Arc<Person>, Credentials)>> {
        let Some(tenant) = self.ports.tenant_of(&address.sip_domain()).await? else { return Ok(None) };
        let scope = Scope::service(tenant, "sign in");
        let tenant = self.ports.tenant(&scope).await?;
        let found = self.ports.store.person_by_address(&scope, address).await?;
        let now = self.ports.clock.moment();
        let Some(person) = found.filter(|person| person.answers_to(address, now)) else { return Ok(None) };
        let stored = self.ports.store.credentials(&scope, person.id).await?;
        Ok(Some((tenant, Arc::new(person), stored)))
    }

    /// Keeps a right password at today's cost. One that can't be renewed now is renewed another time.
    async fn renew(&self, tenant: &Tenant, person: &Person, password: &str, hash: String) -> String {
        let renewed = async {
            let mut salt = [0u8; 16];
            self.ports.clock.random(&mut salt);
            let renewed = self.ports.secrets.hash(password, salt).await?;
            let sealer = self.ports.secrets.sealer()?;
            let account_nt = if tenant.policy.account_password_sign_in {
                Some(sealer.seal_nt(person.id, Purpose::AccountPassword, password)?)
            } else {
                None
            };
            let previous_until = self.ports.clock.moment().later().plus(PREVIOUS_KEPT);
            let new = NewPassword { hash: renewed.clone(), account_nt, previous_until };
            let scope = Scope::service(tenant.id, "renew password hash");
            self.ports.store.renew_password(&scope, person.id, &hash, new).await?;
            drop(sealer);
            Ok::<_, Error>(renewed)
        };
        match renewed.await {
            Ok(renewed) => renewed,
            Err(error) => {
                tracing::debug!(%error, "a password hash is renewed another time");
                hash
            }
        }
    }

    /// Begins a session. None when the password that proved it is not the current one any more: whoever changed it in
    /// between found no session to end.
    async fn begin(
        &self,
        person: &Arc<Person>,
        tenant: &Arc<Tenant>,
        label: &str,
        source: IpAddr,
        proved_by: Option<&str>,
    ) -> Result<Option<(WebSessionId, SignedIn)>> {
        if label.len() > LABEL {
            let rule = Rule::TooLong { limit: LABEL as u32 };
            return Err(Refusal::Invalid { field: "label", rule }.into());
        }
        let (mut secret, mut octets) = ([0u8; 32], [0u8; 6]);
        self.ports.clock.random(&mut secret);
        self.ports.clock.random(&mut octets);
        let id = WebSessionId(secret);
        let scope = of(person.id, id.hash(), source, "sign in");
        self.make_room(&scope, person.id).await?;
        let epid: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let epid = Epid::parse(&epid).map_err(|error| Error::Internal(error.to_string()))?;
        let now = self.ports.clock.moment().later();
        let session = WebSession {
            hash: id.hash(),
            user: person.id,
            epid,
            label: label.to_owned(),
            source: source.to_canonical().to_string(),
            created: now,
            used: now,
            expires: now.plus(self.lives.at_most),
        };
        self.ports.store.add_web_session(&scope, session.clone()).await?;
        let stored = self.ports.store.credentials(&scope, person.id).await?;
        if proved_by.is_some_and(|hash| stored.password_hash.as_deref() != Some(hash)) {
            self.ports.store.remove_web_session(&scope, person.id, session.hash).await?;
            return Ok(None);
        }
        let detail = format!("{} from {}: {label}", person.address, session.source);
        self.ports.audit(&scope, "web session begun", person.id.to_string(), detail).await?;
        Ok(Some((id, SignedIn { session, person: person.clone(), tenant: tenant.clone() })))
    }

    /// Ends sessions of a person until there is room for one more.
    async fn make_room(&self, scope: &Scope, user: UserId) -> Result<()> {
        let mut sessions = self.ports.store.web_sessions(scope, user).await?;
        sessions.sort_by_key(|session| session.used);
        let over = (sessions.len() + 1).saturating_sub(MOST);
        for session in sessions.iter().take(over) {
            self.end_one(scope, session, SignOutReason::TooManyEndpoints).await?;
        }
        Ok(())
    }

    /// Returns the session that a browser shows, unless it is over or its person may not be signed in.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find(&self, id: &WebSessionId) -> Result<Option<SignedIn>> {
        self.find_by_hash(id.hash()).await
    }

    /// Returns the session of that hash, as [`find`](Self::find) does.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find_by_hash(&self, hash: WebSessionHash) -> Result<Option<SignedIn>> {
        Ok(self.look(hash).await?.ok())
    }

    /// Returns the session of that hash, or why nobody is signed in by it. Of one that isn't there any more it is not known
    /// who ended it: whoever did tells its endpoint, a little later.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn look(&self, hash: WebSessionHash) -> Result<std::result::Result<SignedIn, SignOutReason>> {
        let operator = OperatorScope::service("web session");
        let Some(session) = self.ports.store.web_session(&operator, hash).await? else {
            return Ok(Err(SignOutReason::SessionOver));
        };
        let now = self.ports.clock.moment();
        if self.lives.are_over(&session, now.earlier()) {
            return Ok(Err(SignOutReason::SessionOver));
        }
        let scope = Scope::service(session.user.tenant, "web session");
        let tenant = match self.ports.tenant(&scope).await {
            Err(Error::NotFound(_)) => return Ok(Err(SignOutReason::CompanyDisabled)),
            tenant => tenant?,
        };
        let person = match self.ports.person(&scope, session.user).await {
            Err(Error::NotFound(_)) => return Ok(Err(SignOutReason::Removed)),
            person => person?,
        };
        match identity::may_sign_in(&tenant, &person) {
            Ok(()) => {}
            Err(Refusal::CompanyDisabled) => return Ok(Err(SignOutReason::CompanyDisabled)),
            Err(Refusal::NotLicensed) => return Ok(Err(SignOutReason::Unlicensed)),
            Err(_) => return Ok(Err(SignOutReason::Disabled)),
        }
        // Where sessions may not be left alone for long, their use is noted the more often.
        if session.used.plus(NOTED.min(self.lives.unused / 4)) <= now.later() {
            let used = now.later();
            let noted = self.ports.store.touch_web_session(&scope, session.user, session.hash, used).await;
            if let Err(error) = noted {
                tracing::debug!(%error, "the use of a web session is noted another time");
            }
        }
        Ok(Ok(SignedIn { session, person, tenant }))
    }

    /// Returns a person's sessions that are not over, the earliest first.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn list(&self, user: UserId) -> Result<Vec<WebSession>> {
        let now = self.ports.clock.moment().earlier();
        let mut sessions =
            self.ports.store.web_sessions(&Scope::service(user.tenant, "web sessions"), user).await?;
        sessions.retain(|session| !self.lives.are_over(session, now));
        Ok(sessions)
    }

    /// Ends one of a person's sessions by its [`name`], with the endpoint that speaks for it.
    ///
    /// # Errors
    /// `NotFound` when the person has no such session.
    pub async fn end(&self, by: &SignedIn, source: IpAddr, named: &str) -> Result<()> {
        let (scope, user) = (by.scope(source, "end web session"), by.person.id);
        let sessions = self.ports.store.web_sessions(&scope, user).await?;
        let session = sessions.iter().find(|session| name(session.hash) == named);
        let session = session.ok_or(Error::NotFound("session"))?;
        self.end_one(&scope, session, SignOutReason::EndedByOwner).await
    }

    /// Ends all of a person's sessions but the one of that name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_others(&self, by: &SignedIn, source: IpAddr, but: &str) -> Result<()> {
        let (scope, user) = (by.scope(source, "end web sessions"), by.person.id);
        for session in self.ports.store.web_sessions(&scope, user).await? {
            if name(session.hash) != but {
                self.end_one(&scope, &session, SignOutReason::EndedByOwner).await?;
            }
        }
        Ok(())
    }

    /// Ends the session for which an endpoint spoke that was ordered to sign out for good: it would come back at once.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_with_endpoint(
        &self,
        scope: &Scope,
        hash: WebSessionHash,
        reason: SignOutReason,
    ) -> Result<()> {
        match self.find_by_hash(hash).await? {
            Some(signed_in) => self.end_one(scope, &signed_in.session, reason).await,
            None => Ok(()),
        }
    }

    async fn end_one(&self, scope: &Scope, session: &WebSession, reason: SignOutReason) -> Result<()> {
        match self.ports.store.remove_web_session(scope, session.user, session.hash).await {
            Ok(()) => {}
            // Somebody else has ended it.
            Err(StoreError::NotFound) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let instance = session.epid.instance();
        let its = |bound: &rapport_fabric::Bound| {
            bound.description.is_virtual && bound.binding.endpoint.instance == instance
        };
        self.ports.sign_out_those(scope, session.user, reason, its).await?;
        let detail = format!("{}: {}", session.source, session.label);
        self.ports.audit(scope, "web session ended", session.user.to_string(), detail).await
    }

    /// Changes the password of a session's person. All their sessions end, and this one goes on under a new id, with what
    /// its endpoint has left of its conversations.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn change_password(
        &self,
        signed_in: &SignedIn,
        current: &str,
        new: &str,
        source: IpAddr,
    ) -> std::result::Result<(WebSessionId, SignedIn), PasswordError> {
        let due = tokio::time::Instant::now() + REFUSAL_AFTER;
        let user = signed_in.person.id;
        match self.prove(&signed_in.person.address, current, source).await {
            Ok((person, ..)) if person.id == user => {}
            Ok(_) | Err(SignInError::Unauthenticated) => {
                tokio::time::sleep_until(due).await;
                return Err(PasswordError::Wrong);
            }
            Err(SignInError::Refused(refusal)) => return Err(Error::Refused(refusal).into()),
            Err(SignInError::Overloaded { retry_after }) => {
                return Err(Error::Overloaded { retry_after }.into());
            }
            Err(SignInError::NotYours | SignInError::ClockSkew | SignInError::Unavailable) => {
                return Err(Error::Unavailable("passwords can't be proved".to_owned()).into());
            }
        }
        if normalised(current) == normalised(new) {
            return Err(Error::WeakPassword(WeakPassword::Same).into());
        }
        let scope = signed_in.scope(source, "change password");
        // They go with the session that ends.
        let left = self.conversations(&scope, &signed_in.session).await?;
        self.people.set_password(&scope, user, new).await?;
        let label = &signed_in.session.label;
        let begun = self.begin(&signed_in.person, &signed_in.tenant, label, source, None).await?;
        let begun =
            begun.ok_or_else(|| Error::Internal("a session without a proof was not begun".to_owned()))?;
        if let Some(left) = left {
            let set = self.set_conversations(&scope, user, begun.1.session.hash, left).await;
            // The password is changed, and that is what was asked for.
            if let Err(error) = set {
                tracing::warn!(%error, "conversations are lost with a change of the password");
            }
        }
        Ok(begun)
    }

    /// Returns what a person's web clients have left under a name.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn document(&self, scope: &Scope, user: UserId, name: &str) -> Result<Option<String>> {
        Ok(self.ports.store.web_document(scope, user, name).await?)
    }

    /// Keeps what a person's web clients leave under a name in the place of `old`, as it was read, and tells whoever speaks
    /// for the person's browsers. False, and nothing is done, when something else is kept there by now.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn set_document(
        &self,
        scope: &Scope,
        user: UserId,
        name: &str,
        old: Option<&str>,
        text: String,
    ) -> Result<bool> {
        match self.ports.store.set_web_document(scope, user, name, old, text).await {
            Err(StoreError::Stale { .. }) => return Ok(false),
            set => set?,
        }
        self.ports.tell_browsers(scope, user, &[BrowserNews::DocumentChanged]).await;
        Ok(true)
    }

    /// Returns what the endpoint that speaks for a session has left of its conversations.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn conversations(&self, scope: &Scope, session: &WebSession) -> Result<Option<String>> {
        Ok(self.ports.store.web_conversations(scope, session.user, session.hash).await?)
    }

    /// Keeps what the endpoint that speaks for a session leaves of its conversations, as long as the session is there.
    ///
    /// # Errors
    /// `NotFound` when the session is over; `Unavailable`.
    pub async fn set_conversations(
        &self,
        scope: &Scope,
        user: UserId,
        session: WebSessionHash,
        text: String,
    ) -> Result<()> {
        Ok(self.ports.store.set_web_conversations(scope, user, session, text).await?)
    }

    /// Returns what is known of a message from a browser that was sent, or about to be, before. A store that can't be read
    /// knows nothing: no message waits for a disk.
    pub async fn message(
        &self,
        scope: &Scope,
        user: UserId,
        peer: &PersonRef,
        client_id: &str,
    ) -> Option<WebMessage> {
        self.ports.store.web_message(scope, user, peer, client_id).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "it is not known whether a message from a browser was sent before");
            None
        })
    }

    /// Notes that a message from a browser is about to be sent, or what became of it. Where nothing can be noted it is sent
    /// all the same: no message waits for a disk.
    pub async fn note_message(&self, scope: &Scope, user: UserId, message: WebMessage) {
        if let Err(error) = self.ports.store.note_web_message(scope, user, message).await {
            metrics::counter!("rapport_web_messages_unnoted_total").increment(1);
            tracing::debug!(%error, "nothing is noted of a message from a browser");
        }
    }

    /// Forgets sessions that are over; never ends.
    pub(crate) async fn forget_over(&self) {
        let mut ticks = tokio::time::interval(FORGETTING);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let scope = OperatorScope::service("forget web sessions");
            let now = self.ports.clock.moment().earlier();
            let before = |span: Duration| {
                Timestamp(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
            };
            if let Err(error) = self.ports.store.forget_web_messages(&scope, before(SENT_KEPT)).await {
                tracing::warn!(%error, "what is known of old messages is forgotten later");
            }
            let unused = before(self.lives.unused);
            match self.ports.store.forget_web_sessions(&scope, now, unused).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "web sessions that were over are forgotten"),
                Err(error) => tracing::warn!(%error, "web sessions that are over are forgotten later"),
            }
        }
    }
}

impl Lives {
    fn are_over(self, session: &WebSession, now: Timestamp) -> bool {
        session.expires <= now || session.used.plus(self.unused) <= now
    }
}

/// The scope in which a person acts by way of a browser.
fn of(user: UserId, session: WebSessionHash, address: IpAddr, reason: &'static str) -> Scope {
    Scope::user(user, browser(session, address), reason, TraceId(0))
}

fn browser(session: WebSessionHash, address: IpAddr) -> Source {
    let number = session.0.first_chunk().map_or(0, |octets| u64::from_be_bytes(*octets));
    Source::Web { address, session: number }
}

fn unavailable(error: Error) -> SignInError {
    match error {
        Error::Refused(refusal) => SignInError::Refused(refusal),
        Error::Overloaded { retry_after } => SignInError::Overloaded { retry_after },
        error => {
            tracing::error!(%error, "a web sign-in can't be proved");
            SignInError::Unavailable
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_and_its_token_and_hash_are_its_own() {
        let id = WebSessionId([7; 32]);
        assert_eq!(WebSessionId::parse(&id.reveal()), Some(id.clone()));
        let other = WebSessionId([8; 32]);
        assert_ne!(id.csrf_token(), other.csrf_token());
        assert_ne!(id.hash(), other.hash());
        assert!(!format!("{id:?}").contains(&id.reveal()));
        for wrong in ["", "x", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43)] {
            assert_eq!(WebSessionId::parse(wrong), None, "{wrong}");
        }
    }

    /// Without the sweep, which removes it from the store some time later and hides this check from a test at the wire.
    #[test]
    fn a_session_is_over_at_the_instant_at_which_it_was_unused_too_long_or_its_time_is_up() {
        let after = |time: Duration| Timestamp(0).plus(time);
        let second = Duration::from_secs(1);
        let lives = Lives { unused: second * 100, at_most: second * 1000 };
        let session = |used: Duration| WebSession {
            hash: WebSessionHash([1; 32]),
            user: UserId { tenant: rapport_model::TenantId(1), user: 1 },
            epid: Epid::parse("0123456789").unwrap(),
            label: String::new(),
            source: String::new(),
            created: Timestamp(0),
            used: after(used),
            expires: after(lives.at_most),
        };
        let unused = session(Duration::ZERO);
        assert!(!lives.are_over(&unused, after(lives.unused - second)));
        assert!(lives.are_over(&unused, after(lives.unused)));
        let used = session(lives.at_most - second);
        assert!(!lives.are_over(&used, after(lives.at_most - second)));
        assert!(lives.are_over(&used, after(lives.at_most)));
    }
}
