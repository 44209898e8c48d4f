//! Who on this node watches whom, and what each of them saw last.
//!
//! Watchers who may see the same share one rendering: a change is worked out once per distinct pair of what was
//! selected before and what is selected after it, never once per watcher.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rapport_core::presence::{CategoryName, Document, Selection, View, Watcher, changed, view};
use rapport_fabric::{Binding, Revision};
use rapport_model::{Aor, EndpointId, Moment, Timestamp, UserId, insert_in_crowd};

use crate::session::{PresenceEvent, Rendered};

const SHARDS: usize = 64;
/// How long what a new watcher was shown is kept for the next one.
const SHOWN: Duration = Duration::from_secs(5);
/// How many different views of one person are kept for new watchers.
const MOST_SHOWN: usize = 4;

/// A session as a watcher.
#[derive(Debug)]
pub struct WatcherSession {
    /// The session's binding.
    pub binding: Binding,
    /// How the rules of access see it.
    pub watcher: Watcher,
}

#[derive(Debug)]
pub(super) struct Watchers {
    people: Vec<Mutex<HashMap<UserId, Presentity>>>,
    /// Whom each session watches, in order, to end it all with the session: by their numbers alone, since all are of its
    /// company, and there are as many as there are contacts of all who are signed in. A later session of the same endpoint
    /// has its own.
    sessions: Vec<Mutex<HashMap<Binding, Vec<u32>>>>,
}

/// A person who is watched from this node, or whose own sessions are told of changes.
#[derive(Debug)]
struct Presentity {
    /// The address that others see; none while only the person's own sessions are told of changes.
    address: Option<Aor>,
    revision: Revision,
    document: Arc<Document>,
    /// When the next publication runs out.
    expires: Option<Timestamp>,
    /// By their endpoints, in order. A list, because there are as many entries as there are contacts of all who are
    /// signed in, and a map takes twice the room.
    watchers: Vec<Entry>,
    /// What new watchers were shown of this document: it is worked out and rendered once for all who see the same, which
    /// is what makes a morning's sign-ins cheap, and forgotten when nobody comes any more.
    shown: Vec<(Arc<Selection>, Arc<FirstView>)>,
    /// When a new watcher came last.
    shown_at: Timestamp,
}

/// What a new watcher sees at first; shared by all who come at the same time and see the same.
#[derive(Debug, Default)]
pub struct FirstView {
    /// The categories, whole.
    pub view: View,
    /// The revision of the document that shows them.
    pub revision: Revision,
    /// A face's rendering, made once by whichever connection needs it first.
    pub rendered: OnceLock<Box<str>>,
}

impl Presentity {
    fn new(address: Option<Aor>, document: Arc<Document>, revision: Revision, now: Moment) -> Self {
        let expires = document.next_expiry(now);
        Self {
            address,
            revision,
            document,
            expires,
            watchers: Vec::new(),
            shown: Vec::new(),
            shown_at: now.steady,
        }
    }

    fn replace(&mut self, document: Arc<Document>, revision: Revision, now: Moment) -> Arc<Document> {
        self.expires = document.next_expiry(now);
        self.revision = revision;
        self.shown = Vec::new();
        std::mem::replace(&mut self.document, document)
    }

    /// Returns what a new watcher with this selection sees of the document.
    fn show(&mut self, selection: &Arc<Selection>, now: Moment) -> Arc<FirstView> {
        self.shown_at = now.steady;
        if let Some((_, first)) = self.shown.iter().find(|(known, _)| Arc::ptr_eq(known, selection)) {
            return first.clone();
        }
        let (view, revision) = (view(&self.document, selection), self.revision);
        let first = Arc::new(FirstView { view, revision, ..FirstView::default() });
        if self.shown.len() < MOST_SHOWN {
            self.shown.push((selection.clone(), first.clone()));
        }
        first
    }

    /// Finds the entry of an endpoint, or the place for it.
    fn find(&self, endpoint: EndpointId) -> Result<usize, usize> {
        self.watchers.binary_search_by(|entry| entry.endpoint().cmp(&endpoint))
    }
}

#[derive(Clone, Debug)]
struct Entry {
    session: Arc<WatcherSession>,
    way: Arc<Way>,
}

/// How somebody is watched. Most watchers of a person are colleagues and watch in one and the same way, which they share.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    selection: Arc<Selection>,
    categories: Arc<[CategoryName]>,
    /// The addresses by which the person is watched: aliases, former ones. None: by the one that others see.
    by: Option<Arc<[Aor]>>,
}

/// Addresses of one person by which one session may watch them.
const MOST_NAMES: usize = 16;

impl Entry {
    fn endpoint(&self) -> EndpointId {
        self.session.binding.endpoint
    }

    /// Returns by which addresses a person is watched once one more is asked by.
    fn names(earlier: Option<&Self>, shown: Option<&Aor>, asked: &Aor) -> Option<Arc<[Aor]>> {
        let mut names: Vec<Aor> = match earlier {
            None => Vec::new(),
            Some(Self { way, .. }) => match &way.by {
                Some(by) => by.to_vec(),
                None => shown.into_iter().cloned().collect(),
            },
        };
        if !names.contains(asked) && names.len() < MOST_NAMES {
            names.push(asked.clone());
        }
        (names.iter().ne(shown)).then(|| names.into())
    }
}

/// Which event goes to which sessions.
pub(super) type Told = Vec<(Arc<PresenceEvent>, Vec<EndpointId>)>;

/// What a new revision means on this node.
#[derive(Debug)]
pub(super) struct News {
    /// Who is told what.
    pub(super) events: Told,
    /// The document before.
    pub(super) before: Arc<Document>,
    /// The address that others saw, and the one that they see.
    pub(super) readdressed: Option<(Aor, Aor)>,
}

impl Watchers {
    pub(super) fn new() -> Self {
        Self {
            people: (0..SHARDS).map(|_| Mutex::default()).collect(),
            sessions: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    fn people(&self, user: UserId) -> MutexGuard<'_, HashMap<UserId, Presentity>> {
        self.people[user.user as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self, user: UserId) -> MutexGuard<'_, HashMap<Binding, Vec<u32>>> {
        self.sessions[user.user as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a watcher, or changes the categories of one, and returns what it may see. The person is known by the first
    /// address, and asked for by the second: it is under that one that the watcher is told.
    ///
    /// The document is that at which this node stands: an older one of the node is taken over by
    /// [`advance`](Self::advance) before, so that every watcher begins where the next change is counted from.
    pub(super) fn enter(
        &self,
        user: UserId,
        (address, asked): (&Aor, &Aor),
        (document, revision): (Arc<Document>, Revision),
        session: &Arc<WatcherSession>,
        categories: &Arc<[CategoryName]>,
        now: Moment,
    ) -> Arc<FirstView> {
        let endpoint = session.binding.endpoint;
        debug_assert_eq!(user.tenant, endpoint.user.tenant, "nobody watches another company");
        let mut people = self.people(user);
        let presentity = people.entry(user).or_insert_with(|| Presentity::new(None, document, revision, now));
        // Another address than the one known here comes in with its document, by `advance`.
        presentity.address.get_or_insert_with(|| address.clone());
        let watcher = session.watcher.towards(user);
        let selection = Selection::of(&presentity.document, &watcher, categories.iter());
        let ways = || presentity.watchers.iter().map(|entry| &entry.way);
        let selection = ways()
            .find(|way| *way.selection == selection)
            .map_or_else(|| Arc::new(selection), |way| way.selection.clone());
        let place = presentity.find(endpoint);
        let earlier = place.ok().and_then(|at| presentity.watchers.get(at));
        // What an earlier session of the same endpoint asked by is over with it.
        let earlier = earlier.filter(|entry| entry.session.binding == session.binding);
        let by = Entry::names(earlier, presentity.address.as_ref(), asked);
        let way = Way { selection: selection.clone(), categories: categories.clone(), by };
        let way = ways().find(|known| ***known == way).cloned().unwrap_or_else(|| Arc::new(way));
        let first = presentity.show(&selection, now);
        let is_over = place
            .ok()
            .and_then(|at| presentity.watchers.get(at))
            .is_some_and(|entry| entry.session.binding.epoch > session.binding.epoch);
        if is_over {
            // What took long for a session that has been replaced takes nothing from the one that replaced it.
            return first;
        }
        self.watches(session.binding, user);
        let entry = Entry { session: session.clone(), way };
        match place {
            Ok(at) => {
                if let Some(earlier) = presentity.watchers.get_mut(at) {
                    *earlier = entry;
                }
            }
            Err(at) => insert_in_crowd(&mut presentity.watchers, at, entry),
        }
        first
    }

    /// Notes that a session watches somebody.
    fn watches(&self, binding: Binding, user: UserId) {
        let mut sessions = self.sessions(binding.endpoint.user);
        let watched = sessions.entry(binding).or_default();
        if let Err(at) = watched.binary_search(&user.user) {
            insert_in_crowd(watched, at, user.user);
        }
    }

    /// Notes that the person's own sessions are told of changes, and returns the document from which on they are.
    pub(super) fn note_own(
        &self,
        user: UserId,
        document: Arc<Document>,
        revision: Revision,
        now: Moment,
    ) -> Arc<Document> {
        let mut people = self.people(user);
        let presentity = people.entry(user).or_insert_with(|| Presentity::new(None, document, revision, now));
        presentity.document.clone()
    }

    /// Takes a watcher out.
    pub(super) fn leave(&self, user: UserId, binding: Binding) {
        let mut people = self.people(user);
        if let Some(presentity) = people.get_mut(&user) {
            presentity.watchers.retain(|entry| entry.session.binding != binding);
            if presentity.watchers.is_empty() {
                presentity.watchers = Vec::new();
            }
        }
        drop(people);
        if let Some(watched) = self.sessions(binding.endpoint.user).get_mut(&binding) {
            watched.retain(|other| *other != user.user);
        }
    }

    /// Returns whom a session watches, and forgets it.
    pub(super) fn of(&self, binding: Binding) -> Vec<UserId> {
        let tenant = binding.endpoint.user.tenant;
        let watched = self.sessions(binding.endpoint.user).remove(&binding).unwrap_or_default();
        watched.into_iter().map(|user| UserId { tenant, user }).collect()
    }

    /// Ends the watching of a person by addresses that do not answer any more. Returns each with those who watched by it,
    /// and the sessions that watch the person by no other.
    pub(super) fn retire(
        &self,
        user: UserId,
        answers: impl Fn(&Aor) -> bool,
    ) -> (BTreeMap<Aor, Vec<EndpointId>>, Vec<Binding>) {
        let (mut ended, mut blind) = (BTreeMap::<Aor, Vec<EndpointId>>::new(), Vec::new());
        let mut people = self.people(user);
        let Some(presentity) = people.get_mut(&user) else { return (ended, blind) };
        for entry in &mut presentity.watchers {
            let Some(by) = &entry.way.by else { continue };
            let (left, over): (Vec<&Aor>, Vec<&Aor>) = by.iter().partition(|address| answers(address));
            for address in &over {
                ended.entry((*address).clone()).or_default().push(entry.session.binding.endpoint);
            }
            if left.is_empty() {
                blind.push(entry.session.binding);
            } else if !over.is_empty() {
                let is_by_name = left.iter().copied().ne(presentity.address.as_ref());
                let by = is_by_name.then(|| left.into_iter().cloned().collect());
                entry.way = Arc::new(Way { by, ..(*entry.way).clone() });
            }
        }
        (ended, blind)
    }

    /// Forgets a person whom nobody here watches.
    pub(super) fn forget_unwatched(&self, user: UserId) {
        let mut people = self.people(user);
        if people.get(&user).is_some_and(|presentity| presentity.watchers.is_empty()) {
            people.remove(&user);
        }
    }

    /// Tells at which revision a person stands here; none when nobody here needs to know.
    pub(super) fn revision(&self, user: UserId) -> Option<Revision> {
        self.people(user).get(&user).map(|presentity| presentity.revision)
    }

    /// Returns those who are known here and for whom `is_asked` is true.
    pub(super) fn everyone(&self, is_asked: impl Fn(UserId) -> bool) -> Vec<UserId> {
        let mut all = Vec::new();
        for shard in &self.people {
            let people = shard.lock().unwrap_or_else(PoisonError::into_inner);
            all.extend(people.keys().copied().filter(|user| is_asked(*user)));
        }
        all
    }

    /// Works out anew when the next publication of everyone known here runs out or begins: somebody has set the clock.
    pub(super) fn clock_was_set(&self, now: Moment) {
        for shard in &self.people {
            let mut people = shard.lock().unwrap_or_else(PoisonError::into_inner);
            for presentity in people.values_mut() {
                presentity.expires = presentity.document.next_expiry(now);
            }
        }
    }

    /// Returns those for whom `is_asked` is true and who are watched here by another address than the one that others see.
    pub(super) fn watched_by_name(&self, is_asked: impl Fn(UserId) -> bool) -> Vec<UserId> {
        let mut all = Vec::new();
        for shard in &self.people {
            let people = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = people.iter().filter(|(user, _)| is_asked(**user));
            let named = asked.filter(|(_, p)| p.watchers.iter().any(|entry| entry.way.by.is_some()));
            all.extend(named.map(|(user, _)| *user));
        }
        all
    }

    /// Returns everyone known here of whom a publication has run out, and forgets what nobody new has asked for.
    pub(super) fn due(&self, now: Moment) -> Vec<UserId> {
        let mut due = Vec::new();
        for shard in &self.people {
            let mut people = shard.lock().unwrap_or_else(PoisonError::into_inner);
            for (user, presentity) in people.iter_mut() {
                if !presentity.shown.is_empty() && presentity.shown_at.plus(SHOWN) <= now.steady {
                    presentity.shown = Vec::new();
                }
                if presentity.expires.is_some_and(|at| at <= now.steady) {
                    due.push(*user);
                    // A state that begins without changing what is seen leaves the document as it is.
                    presentity.expires = presentity.document.next_expiry(now);
                }
            }
        }
        due
    }

    /// Takes a newer document in, and lets `tell` bring who must be told what before anybody takes in the next one: what is
    /// told last is the latest. Without a newer one nothing is told.
    pub(super) fn advance(
        &self,
        user: UserId,
        document: &Arc<Document>,
        revision: Revision,
        now: Moment,
        tell: impl FnOnce(News),
    ) {
        let mut people = self.people(user);
        let Some(presentity) = people.get_mut(&user) else { return };
        if revision <= presentity.revision {
            return;
        }
        let readdressed = match (&presentity.address, &document.address) {
            (Some(old), Some(new)) if old != new => Some((old.clone(), new.clone())),
            _ => None,
        };
        if let Some((old, new)) = &readdressed {
            // Whoever knows the old address goes on seeing the person there, as long as it answers.
            let by: Arc<[Aor]> = [old.clone()].into();
            let mut ways = Ways::default();
            for entry in &mut presentity.watchers {
                let by = match &entry.way.by {
                    None => Some(by.clone()),
                    Some(names) => (names.iter().ne([new])).then(|| names.clone()),
                };
                entry.way = ways.share(Way { by, ..(*entry.way).clone() });
            }
            presentity.address = Some(new.clone());
        }
        let (events, before) = presentity.take(user, document, revision, now);
        tell(News { events, before, readdressed });
    }

    /// Lets the watchers of somebody who was deleted see that nobody is there. They go on watching: that person may be
    /// restored.
    pub(super) fn depart(&self, user: UserId, now: Moment, tell: impl FnOnce(Told)) {
        let mut people = self.people(user);
        let Some(presentity) = people.get_mut(&user) else { return };
        let departed = Arc::new(presentity.document.departed(now.wall));
        tell(presentity.take(user, &departed, presentity.revision, now).0);
    }
}

impl Presentity {
    /// Puts a newer document in the place of the known one, and works out who must be told what. Returns that one, too.
    fn take(
        &mut self,
        user: UserId,
        document: &Arc<Document>,
        revision: Revision,
        now: Moment,
    ) -> (Told, Arc<Document>) {
        let before = self.replace(document.clone(), revision, now);
        let same_choice = before.memberships == document.memberships
            && before.publications.keys().eq(document.publications.keys());
        let mut groups: BTreeMap<(Arc<Selection>, Arc<Selection>), Audience> = BTreeMap::new();
        let mut ways = Ways::default();
        for entry in &mut self.watchers {
            let old = entry.way.selection.clone();
            if !same_choice {
                let watcher = entry.session.watcher.towards(user);
                let selection = Selection::of(document, &watcher, entry.way.categories.iter()).into();
                entry.way = ways.share(Way { selection, ..(*entry.way).clone() });
            }
            let told = groups.entry((old, entry.way.selection.clone())).or_default();
            match &entry.way.by {
                None => told.plainly.push(entry.endpoint()),
                Some(names) => {
                    for name in names.iter() {
                        told.by_name.entry(name.clone()).or_default().push(entry.endpoint());
                    }
                }
            }
        }
        let mut events = Vec::new();
        for ((old, new), Audience { plainly, by_name }) in groups {
            let view = changed(&before, document, &old, &new);
            if view.categories.is_empty() {
                continue;
            }
            let plainly = self.address.clone().filter(|_| !plainly.is_empty()).map(|shown| (shown, plainly));
            for (address, endpoints) in plainly.into_iter().chain(by_name) {
                let (presentity, view, rendered) = (user, view.clone(), Rendered::default());
                let event = PresenceEvent { presentity, address, revision, view, rendered };
                events.push((Arc::new(event), endpoints));
            }
        }
        (events, before)
    }
}

/// The ways in which somebody is watched after a change, each made once.
#[derive(Default)]
struct Ways(Vec<Arc<Way>>);

impl Ways {
    /// Returns a way, shared with those who have the same.
    fn share(&mut self, way: Way) -> Arc<Way> {
        if let Some(known) = self.0.iter().find(|known| ***known == way) {
            return known.clone();
        }
        let way = Arc::new(way);
        self.0.push(way.clone());
        way
    }
}

/// Who is told of one change: those who know the shown address, and the others by the address that they know.
#[derive(Default)]
struct Audience {
    plainly: Vec<EndpointId>,
    by_name: BTreeMap<Aor, Vec<EndpointId>>,
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use rapport_core::directory::PersonRef;
    use rapport_core::presence::Relation;
    use rapport_fabric::Epoch;
    use rapport_model::{Instance, SipDomain, TenantId};

    use super::*;

    fn person(user: u32) -> UserId {
        UserId { tenant: TenantId(1), user }
    }

    fn session(user: UserId, epoch: u64) -> Arc<WatcherSession> {
        let endpoint = EndpointId { user, instance: Instance([7; 16]) };
        let watcher = Watcher {
            who: PersonRef::Person(user),
            addresses: [].into(),
            domain: SipDomain::parse("one.example").expect("it is a domain"),
            relation: Relation::SameEnterprise,
        };
        Arc::new(WatcherSession { binding: Binding { endpoint, epoch: Epoch(epoch) }, watcher })
    }

    #[test]
    fn a_slow_subscription_of_a_replaced_session_takes_nothing_from_the_one_that_replaced_it() {
        let (watchers, user) = (Watchers::new(), person(1));
        let address = Aor::parse("one@one.example").expect("it is an address");
        let now = Moment { wall: Timestamp(0), steady: Timestamp(0) };
        let [earlier, later] = [1, 2].map(|epoch| session(person(2), epoch));
        let categories: Arc<[CategoryName]> = [CategoryName::state()].into();
        for session in [&later, &earlier] {
            let document = (Arc::new(Document::default()), Revision(1));
            watchers.enter(user, (&address, &address), document, session, &categories, now);
        }
        for whom in watchers.of(earlier.binding) {
            watchers.leave(whom, earlier.binding);
        }
        watchers.leave(user, earlier.binding);
        let bindings = |user| -> Vec<Binding> {
            let people = watchers.people(user);
            people[&user].watchers.iter().map(|entry| entry.session.binding).collect()
        };
        assert_eq!(bindings(user), [later.binding]);
        assert_eq!(watchers.of(later.binding), [user]);
        assert!(watchers.sessions(person(2)).is_empty(), "nothing is kept of a session that is over");
    }

    #[test]
    fn what_is_told_last_is_the_latest() {
        let watchers = Watchers::new();
        let user = person(1);
        let document = Arc::new(Document::default());
        let now = Moment { wall: Timestamp(0), steady: Timestamp(0) };
        watchers.note_own(user, document.clone(), Revision(1), now);
        let (told, hears) = mpsc::channel();
        std::thread::scope(|scope| {
            watchers.advance(user, &document, Revision(2), now, |_| {
                let (watchers, document, later) = (&watchers, &document, told.clone());
                scope.spawn(move || {
                    watchers
                        .advance(user, document, Revision(3), now, |_| later.send(3).expect("it is heard"));
                });
                let overtaken = hears.recv_timeout(Duration::from_millis(100));
                assert!(overtaken.is_err(), "the later document is told before the earlier one");
                told.send(2).expect("it is heard");
            });
        });
        assert_eq!(hears.try_iter().collect::<Vec<_>>(), [2, 3]);
    }
}
