//! What this node does when something is announced: it reads again what it needs, and tells its sessions.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::{AggregateState, CategoryName, CategoryView, Document, Value, View};
use rapport_fabric::{Announced, Announcement, Announcements, Fabric, Revision};
use rapport_model::{Moment, Scope, Timestamp, UserId};

use crate::session::{Event, OwnEvent, PresenceEvent, Rendered};
use crate::{Error, Result, Wire};

use super::Presence;
use super::watchers::Told;

/// After so many ticks everything that is watched here has been read again, in case an announcement was lost. Each tick
/// reads its share, so that announcements never wait for all of it.
const SHARES: u32 = 30;
/// The wall clock was set when it has moved by so much more, or less, than the time that passed.
const STEP: Duration = Duration::from_secs(1);
/// How often publications bound to a moment are looked at.
const TICK: Duration = Duration::from_secs(1);

impl<F: Fabric<Message = Wire>> Presence<F> {
    /// Serves announcements until this node has no part in the fabric any more. Run once per node.
    pub async fn run(&self) {
        let mut announcements = self.ports.fabric.announcements();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut before = self.ports.clock.moment();
        let mut shares = (0..SHARES).cycle();
        loop {
            // In this order, so that a simulation is the same each time; the timer comes first, lest a stream that never
            // pauses keeps it from running.
            tokio::select! {
                biased;
                _ = tick.tick() => {
                    let now = self.ports.clock.moment();
                    self.notice_set_clock(before, now);
                    self.expire(now).await;
                    before = now;
                    let share = shares.next();
                    self.read_again(|user| Some(user.user % SHARES) == share).await;
                }
                announced = announcements.next() => match announced {
                    Some(Announced::Change(user, change)) => self.take_in(user, change).await,
                    Some(Announced::Gap) => self.read_again(|_| true).await,
                    None => return,
                },
            }
        }
    }

    async fn take_in(&self, user: UserId, change: Announcement) {
        let scope = Scope::service(user.tenant, "announced");
        let outcome = match change {
            Announcement::Presence { revision } => {
                if self.watchers.revision(user).is_some_and(|known| known < revision) {
                    self.refresh(&scope, user).await
                } else {
                    Ok(())
                }
            }
            Announcement::Contacts { delta } => self.contacts.refresh(&scope, user, Some(delta)).await,
            Announcement::Bindings { ended } => {
                // A session that ended in good order has done this itself; one that panicked or whose node died has not.
                self.forget_watcher(&scope, ended).await;
                self.sweep(&scope, user).await
            }
            Announcement::Account => {
                self.ports.directory.forget(user);
                self.follow(&scope, user).await
            }
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, %user, "an announcement could not be taken in; it is read again later");
        }
    }

    /// Follows a person's account: those who watch by an address that answers no more see nobody there, since it may be
    /// another's tomorrow, and those who watch somebody who was deleted see them gone.
    async fn follow(&self, scope: &Scope, user: UserId) -> Result<()> {
        if self.watchers.revision(user).is_none() {
            return Ok(());
        }
        self.refresh(scope, user).await?;
        self.end_names(scope, user).await
    }

    /// Ends the watching of a person by addresses that do not answer any more.
    async fn end_names(&self, scope: &Scope, user: UserId) -> Result<()> {
        let person = match self.ports.person(scope, user).await {
            Ok(person) => person,
            Err(Error::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let now = self.ports.clock.moment();
        let Some(revision) = self.watchers.revision(user) else { return Ok(()) };
        let (ended, blind) = self.watchers.retire(user, |address| person.answers_to(address, now));
        for (address, endpoints) in ended {
            let event = PresenceEvent {
                presentity: user,
                address,
                revision,
                view: nobody(now.wall),
                rendered: Rendered::default(),
            };
            let event = Arc::new(event);
            for endpoint in endpoints {
                self.ports.sessions.send(endpoint, Event::Presence(event.clone()));
            }
        }
        for binding in blind {
            self.unwatch(scope, binding, user).await;
        }
        Ok(())
    }

    /// Reads those again whom this node knows and who are in the share: a word of theirs may have been lost.
    async fn read_again(&self, is_in_share: impl Fn(UserId) -> bool) {
        for user in self.watchers.everyone(&is_in_share) {
            let scope = Scope::service(user.tenant, "read again");
            // The end of a binding may have been announced to nobody, or its sweep have failed.
            let again = match self.sweep(&scope, user).await {
                Ok(()) => self.refresh(&scope, user).await,
                Err(error) => Err(error),
            };
            if let Err(error) = again {
                tracing::warn!(%error, %user, "presence could not be read again");
            }
        }
        for user in self.watchers.watched_by_name(&is_in_share) {
            let scope = Scope::service(user.tenant, "read again");
            if let Err(error) = self.end_names(&scope, user).await {
                tracing::warn!(%error, %user, "addresses could not be read again");
            }
        }
        for user in self.ports.sessions.users(&is_in_share) {
            let scope = Scope::service(user.tenant, "read again");
            if let Err(error) = self.contacts.refresh(&scope, user, None).await {
                tracing::warn!(%error, %user, "contacts could not be read again");
            }
        }
    }

    /// Reads a person's document and tells the sessions of this node what has changed for them.
    pub(super) async fn refresh(&self, scope: &Scope, user: UserId) -> Result<()> {
        match self.ports.document(scope, user).await {
            Ok((document, revision)) => self.take_over(user, document, revision),
            Err(Error::NotFound(_)) => {
                self.watchers.depart(user, self.ports.clock.moment(), |told| self.tell(told));
                self.watchers.forget_unwatched(user);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Tells the sessions of this node what a document that was read or made has changed for them; nothing when it is no
    /// newer than what they know.
    pub(super) fn take_over(&self, user: UserId, document: Arc<Document>, revision: Revision) {
        let (mut is_unwanted, shown) = (false, document.clone());
        self.watchers.advance(user, &shown, revision, self.ports.clock.moment(), |news| {
            if let Some((old, new)) = &news.readdressed {
                self.contacts.readdress(user, old, new);
            }
            self.tell(news.events);
            is_unwanted = !self.ports.sessions.any_wants_own(user);
            if !is_unwanted && let Some(event) = own_event(&news.before, document, revision) {
                self.ports.sessions.send_own(user, &Arc::new(event));
            }
        });
        if is_unwanted {
            self.watchers.forget_unwatched(user);
        }
    }

    /// Sees whether somebody has set the wall clock between two ticks, beyond what an adjustment does in so short a time.
    fn notice_set_clock(&self, before: Moment, now: Moment) {
        let shown = now.wall.0.saturating_sub(before.wall.0);
        let passed = now.steady.0.saturating_sub(before.steady.0);
        let step = shown.saturating_sub(passed);
        if step.unsigned_abs() > STEP.as_millis().try_into().unwrap_or(u64::MAX) {
            tracing::warn!(seconds = step / 1000, "the wall clock was set; what runs out goes on as before");
            metrics::counter!("rapport_clock_steps_total").increment(1);
            self.watchers.clock_was_set(now);
        }
    }

    /// Brings news to the sessions of this node.
    fn tell(&self, told: Told) {
        for (event, endpoints) in told {
            metrics::counter!("rapport_presence_notifications_total").increment(endpoints.len() as u64);
            let tenant = event.presentity.tenant;
            self.ports.meters.count(tenant, |company| company.notified(endpoints.len() as u64));
            for endpoint in endpoints {
                self.ports.sessions.send(endpoint, Event::Presence(event.clone()));
            }
        }
    }

    /// Sweeps the documents known here of which a publication has run out.
    async fn expire(&self, now: Moment) {
        for user in self.watchers.due(now) {
            let scope = Scope::service(user.tenant, "expire");
            if let Err(error) = self.sweep(&scope, user).await {
                tracing::warn!(%error, %user, "publications that ran out could not be taken out");
            }
        }
    }
}

/// What is seen of an address behind which nobody is any more.
fn nobody(now: Timestamp) -> View {
    let offline = Value::Aggregate(Arc::new(AggregateState::offline(None)));
    let empty = |name| CategoryView { name, instances: Vec::new() };
    View {
        categories: vec![
            empty(CategoryName::note()),
            CategoryView { name: CategoryName::state(), instances: vec![(0, now, offline)] },
        ],
    }
}

/// Says what a person's own sessions must be told; none when nothing changed for them.
fn own_event(before: &Document, after: Arc<Document>, revision: Revision) -> Option<OwnEvent> {
    let mut touched = BTreeSet::new();
    for (key, publication) in &after.publications {
        if before.publications.get(key) != Some(publication) {
            touched.insert(key.category.clone());
        }
    }
    for key in before.publications.keys() {
        if !after.publications.contains_key(key) {
            touched.insert(key.category.clone());
        }
    }
    // A place from which the last instance has gone is named, so that clients forget it.
    let mut places = BTreeSet::new();
    for key in before.publications.keys().chain(after.publications.keys()) {
        if touched.contains(&key.category) {
            places.insert((key.category.clone(), key.container));
        }
    }
    let mut containers = BTreeSet::new();
    for id in before.memberships.keys().chain(after.memberships.keys()) {
        if before.memberships.get(id) != after.memberships.get(id) {
            containers.insert(*id);
        }
    }
    let subscribers = before.subscribers != after.subscribers;
    if places.is_empty() && containers.is_empty() && !subscribers {
        return None;
    }
    Some(OwnEvent {
        revision,
        document: after,
        categories: places.into_iter().collect(),
        containers: containers.into_iter().collect(),
        subscribers,
        rendered: Rendered::default(),
    })
}
