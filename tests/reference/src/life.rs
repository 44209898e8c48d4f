//! One random life of a company: its programs ask, the service answers, and every answer and every notification is held
//! against what the reference says may be true at that moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use rapport_core::directory::Tenant;
use rapport_fabric::{Delivered, Fence, Inbox};
use rapport_model::{EndpointId, UserId};
use rapport_service::clock::Clock;
use rapport_service::secret::Secrets;
use rapport_service::session::{Event, PresenceEvent, SignOutReason};
use rapport_service::{Services, Wire};
use rapport_store::Store;
use rapport_store_mem::MemStore;
use rapport_testkit::clock::VirtualClock;
use tokio::task::JoinSet;

use crate::asking::{Answer, Asker, Asking, ask};
use crate::cast::{self, MOST_ENDPOINTS, Someone};
use crate::client::{Busy, Client, Own, Request, Whom};
use crate::count::Counts;
use crate::ground::Ground;
use crate::possible::{DeedId, Possible};
use crate::reference::{Category, Deed, Person};
use crate::store::{FarStore, Line};
use crate::translate;

/// What a life has shown to be wrong.
pub(crate) type Wrong = String;

/// How long a program waits for an answer at most, once nothing is wrong any more.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One node.
pub(crate) struct Node<G: Ground> {
    /// None while it is dead.
    pub(crate) services: Option<Arc<Services<G::Fabric>>>,
    pub(crate) line: Arc<Line>,
    pub(crate) frozen: bool,
    pub(crate) cut_off: bool,
    /// Something has befallen it since things were last certain, by which it may have lost its bindings.
    pub(crate) shaken: bool,
    runner: JoinSet<()>,
    pub(crate) asked: JoinSet<(u64, Answer<G::Fabric>)>,
}

/// One random life.
pub(crate) struct Life<G: Ground> {
    pub(crate) ground: G,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) people: Vec<Someone>,
    pub(crate) clients: BTreeMap<u64, Client<G::Fabric>>,
    pub(crate) nodes: Vec<Node<G>>,
    pub(crate) counts: Counts,
    /// The deeds that must be done when everything has come to rest.
    pub(crate) must: BTreeSet<(UserId, DeedId)>,
    /// Who may be entered as a watcher of whom: person and number of the program.
    pub(crate) may_watch: BTreeSet<(UserId, u64)>,
    /// Who has begun to sign in since things were last certain.
    pub(crate) begun: BTreeSet<(EndpointId, u64)>,
    /// The last number given to a program, a text or anything else that has to be told apart.
    pub(crate) last: u64,
    /// What has happened, if anybody wants to know.
    pub(crate) story: Option<Vec<String>>,
    tenant: Arc<Tenant>,
    store: Arc<dyn Store>,
    secrets: Secrets,
}

impl<G: Ground> Life<G> {
    /// Founds the company and starts the nodes.
    pub(crate) async fn new(seed: u64, ground: G, told: bool) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemStore::new());
        let clock = Arc::new(VirtualClock::new(seed));
        let secrets = cast::secrets();
        let (tenant, people) = cast::found(store.clone(), clock.clone(), secrets.clone()).await;
        let lines = (0..ground.nodes() as u64).map(|node| Arc::new(Line::new(seed.wrapping_add(node))));
        let nodes = lines.map(|line| Node {
            services: None,
            line,
            frozen: false,
            cut_off: false,
            shaken: false,
            runner: JoinSet::new(),
            asked: JoinSet::new(),
        });
        let nodes = nodes.collect();
        let mut life = Self {
            ground,
            clock,
            people,
            clients: BTreeMap::new(),
            nodes,
            counts: Counts::default(),
            must: BTreeSet::new(),
            may_watch: BTreeSet::new(),
            begun: BTreeSet::new(),
            last: 0,
            story: told.then(Vec::new),
            tenant,
            store,
            secrets,
        };
        for node in 0..life.nodes.len() {
            life.start(node);
        }
        life
    }

    /// Starts the process of a node.
    pub(crate) fn start(&mut self, node: usize) {
        let fabric = self.ground.fabric(node);
        let place = &mut self.nodes[node];
        let store = FarStore { inner: self.store.clone(), line: place.line.clone() };
        let services = Services::new(
            Arc::new(store),
            fabric,
            self.clock.clone(),
            self.secrets.clone(),
            "sip.one.example:5061",
        );
        let services = Arc::new(services);
        place.services = Some(services.clone());
        place.runner = JoinSet::new();
        place.runner.spawn(async move { services.run().await });
    }

    /// Ends the process of a node in the middle of whatever it does.
    pub(crate) fn kill(&mut self, node: usize) {
        self.ground.kill(node);
        let place = &mut self.nodes[node];
        place.services = None;
        place.runner = JoinSet::new();
        place.asked = JoinSet::new();
        place.frozen = false;
        place.cut_off = false;
        place.line.frozen.send_replace(false);
        let there: Vec<u64> = self.clients.values().filter(|c| c.node == node).map(|c| c.number).collect();
        for number in there {
            self.end(number);
            self.clients.remove(&number);
        }
        if self.nodes.len() == 1 {
            for person in &mut self.people {
                let id = person.presence.begin(Deed::Restart);
                person.presence.did(id);
            }
            self.must.clear();
        }
    }

    /// What has happened, with what the network and the way to the store did by chance.
    pub(crate) fn counted(mut self) -> Counts {
        let spoilt = self.ground.spoilt();
        let struck = self.nodes.iter().map(|node| node.line.struck.load(Ordering::Relaxed)).sum();
        let of_chance = [
            ("a packet that was lost", spoilt.lost),
            ("a packet that came twice", spoilt.doubled),
            ("a call of the store that failed", struck),
        ];
        for (what, count) in of_chance.into_iter().filter(|(_, count)| *count > 0) {
            self.counts.faults_of(what, count);
        }
        self.counts
    }

    /// Tells what happens.
    pub(crate) fn tell(&mut self, what: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(what());
        }
    }

    pub(crate) fn person(&mut self, user: UserId) -> &mut Someone {
        &mut self.people[user.user as usize - 1]
    }

    pub(crate) fn presence(&mut self, user: UserId) -> &mut Possible<Person> {
        &mut self.person(user).presence
    }

    /// From now on the end of a program may have come, and when all has come to rest it must have.
    pub(crate) fn end(&mut self, number: u64) {
        let Some(client) = self.clients.get(&number) else { return };
        let endpoint = client.endpoint;
        let id = match client.gone {
            Some(id) => id,
            None => self.presence(endpoint.user).begin(Deed::Gone(endpoint, number)),
        };
        self.must.insert((endpoint.user, id));
        if let Some(client) = self.clients.get_mut(&number) {
            client.gone = Some(id);
        }
    }

    /// From now on the end of every program of a node may have come, and perhaps has not.
    pub(crate) fn shake(&mut self, node: usize) {
        self.nodes[node].shaken = true;
        let there: Vec<u64> = self.clients.values().filter(|c| c.node == node).map(|c| c.number).collect();
        for number in there {
            self.may_end(number);
        }
    }

    fn may_end(&mut self, number: u64) {
        let Some(client) = self.clients.get(&number).filter(|client| client.gone.is_none()) else { return };
        let endpoint = client.endpoint;
        let id = self.presence(endpoint.user).begin(Deed::Gone(endpoint, number));
        if let Some(client) = self.clients.get_mut(&number) {
            client.gone = Some(id);
        }
    }

    /// Begins a program that signs in.
    pub(crate) fn sign_in(&mut self, endpoint: EndpointId, node: usize) -> u64 {
        self.last += 1;
        let number = self.last;
        self.begun.insert((endpoint, number));
        self.clients.insert(number, Client::new(endpoint, node, number));
        self.begin(number, Request::SignIn);
        number
    }

    /// Lets a program ask for something.
    pub(crate) fn begin(&mut self, number: u64, request: Request) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let (endpoint, node) = (client.endpoint, client.node);
        let Some(services) = self.nodes[node].services.clone() else { return };
        let known = client.session.as_ref().map(|session| (session.binding, session.watcher.clone()));
        let session = if matches!(request, Request::SignOut) { client.session.take() } else { None };
        if matches!(request, Request::SignOut) {
            client.over = true;
            self.end(number);
        }
        let mut deeds = Vec::new();
        let mut marks = BTreeMap::new();
        let own = endpoint.user;
        marks.insert(own, self.presence(own).mark());
        let now = self.clock.wall();
        match &request {
            Request::SignIn => deeds.push((own, self.presence(own).begin(Deed::SignIn(endpoint, number)))),
            Request::Publish(batch) => {
                let deed = Deed::Publish { by: endpoint, batch: batch.clone(), now };
                deeds.push((own, self.presence(own).begin(deed)));
            }
            Request::Members(changes) => {
                deeds.push((own, self.presence(own).begin(Deed::Members(changes.clone()))));
            }
            Request::Notice(whom) => {
                deeds.push((own, self.presence(own).begin(Deed::Notice(whom.clone()))));
            }
            Request::Change(asked) => {
                marks.insert(own, self.person(own).list.mark());
                deeds.push((own, self.person(own).list.begin(asked.clone())));
            }
            Request::Subscribe { whom, .. } | Request::Poll { whom, .. } => {
                let subscribes = matches!(request, Request::Subscribe { .. });
                for whom in whom {
                    let Whom::Colleague(user, prompts) = *whom else { continue };
                    let mark = self.presence(user).mark();
                    marks.entry(user).or_insert(mark);
                    if subscribes {
                        self.may_watch.insert((user, number));
                        if prompts && user != own {
                            deeds.push((user, self.presence(user).begin(Deed::Prompt(own))));
                        }
                    }
                }
            }
            Request::Unsubscribe(_)
            | Request::OpenOwn
            | Request::CloseOwn
            | Request::ReadOwn
            | Request::OpenList
            | Request::CloseList
            | Request::SignOut => {}
        }
        self.tell(|| format!("    {number} ({endpoint}) on node {node} asks: {request:?}"));
        let asking = Asking::of(&request, &self.people);
        let who = self.person(own).person.clone();
        let asker = Asker { endpoint, known, who, tenant: self.tenant.clone() };
        if let Some(client) = self.clients.get_mut(&number) {
            client.busy = Some(Busy { request, deeds, marks });
        }
        self.nodes[node].asked.spawn(async move { (number, ask(services, asker, asking, session).await) });
    }

    /// Takes in every answer and every event that has come, and lets programs do what they do by themselves.
    pub(crate) fn look(&mut self) -> Result<(), Wrong> {
        self.notice_the_time();
        for node in 0..self.nodes.len() {
            while let Some(answered) = self.nodes[node].asked.try_join_next() {
                let (number, answer) =
                    answered.map_err(|error| format!("a request has panicked: {error}"))?;
                self.answered(number, answer)?;
            }
        }
        let numbers: Vec<u64> = self.clients.keys().copied().collect();
        for number in numbers {
            self.hear(number)?;
            let Some(client) = self.clients.get_mut(&number).filter(|client| client.busy.is_none()) else {
                continue;
            };
            if self.nodes[client.node].frozen {
                continue;
            }
            if client.over && client.session.is_some() {
                self.begin(number, Request::SignOut);
            } else if let Some(next) = client.todo.pop_front() {
                self.begin(number, next);
            }
        }
        for person in &self.people {
            self.counts.worlds = self.counts.worlds.max(person.presence.count());
        }
        Ok(())
    }

    /// Takes in what has come to a program's connection.
    fn hear(&mut self, number: u64) -> Result<(), Wrong> {
        loop {
            let Some(client) = self.clients.get_mut(&number).filter(|client| client.is_idle()) else {
                return Ok(());
            };
            if self.nodes[client.node].frozen {
                return Ok(());
            }
            let Some(session) = &mut client.session else { return Ok(()) };
            if let Some(delivered) = session.inbox.try_next() {
                match delivered {
                    Delivered::Message(Wire::SignOut(reason)) => self.told_to_go(number, reason)?,
                    Delivered::Fenced(Fence::Replaced) => self.told_to_go(number, SignOutReason::Replaced)?,
                    Delivered::Fenced(Fence::Lease) => {
                        if !self.nodes[self.clients[&number].node].shaken {
                            return Err(format!(
                                "{number} lost its binding on a node to which nothing happened"
                            ));
                        }
                        self.counts.fault("a binding lost with its node's lease");
                        self.over(number);
                    }
                    Delivered::Fenced(Fence::Overflow) => return Err(format!("{number} is too slow")),
                    Delivered::Message(_) | Delivered::Call { .. } | Delivered::Cancelled { .. } => {}
                }
                continue;
            }
            match session.events.next().now_or_never() {
                None => return Ok(()),
                Some(Event::SignedOut(reason)) => self.told_to_go(number, reason)?,
                Some(Event::Presence(event)) => self.hear_presence(number, &event)?,
                Some(Event::Own(event)) => {
                    if let Some(story) = &mut self.story {
                        let what = (event.revision, &event.categories, &event.containers, event.subscribers);
                        story.push(format!("    {number} hears of itself: {what:?}"));
                    }
                    if let Some(own) = &mut client.own {
                        if event.revision < client.told {
                            client.todo.push_front(Request::ReadOwn);
                        } else {
                            own.hear(&event);
                        }
                    }
                    self.counts.notified += 1;
                }
                Some(Event::Contacts(event)) => {
                    if let Some(list) = &mut client.list
                        && !event.deltas.iter().all(|delta| list.hear(delta))
                    {
                        client.todo.push_back(Request::OpenList);
                    }
                    self.counts.notified += 1;
                }
            }
        }
    }

    fn hear_presence(&mut self, number: u64, event: &Arc<PresenceEvent>) -> Result<(), Wrong> {
        self.counts.notified += 1;
        self.tell(|| {
            format!("    {number} hears of {}: {:?}", event.presentity, translate::view(&event.view))
        });
        let client = &self.clients[&number];
        let user = event.presentity;
        let Some(watching) = client.watching.get(&user) else { return Ok(()) };
        let (since, asked) = (watching.since, watching.asked.clone());
        for category in &event.view.categories {
            let name = translate::category(category.name.as_str());
            if !asked.contains(name) {
                continue;
            }
            let shown = translate::instances(category);
            self.may_see(number, user, since, name, &shown)?;
            let watching = self.clients.get_mut(&number).and_then(|c| c.watching.get_mut(&user));
            let Some(watching) = watching else { return Ok(()) };
            if shown.is_empty() {
                watching.view.remove(name);
            } else {
                watching.view.insert(name, shown);
            }
        }
        Ok(())
    }

    /// A program hears from the service that it is over.
    fn told_to_go(&mut self, number: u64, reason: SignOutReason) -> Result<(), Wrong> {
        let endpoint = self.clients[&number].endpoint;
        let others: BTreeSet<_> = self.people[endpoint.user.user as usize - 1]
            .presence
            .since(0)
            .flat_map(|person| person.endpoints.keys().copied())
            .collect();
        let right = match reason {
            SignOutReason::Replaced => {
                self.begun.iter().any(|(other, n)| *other == endpoint && *n != number)
                    || self.nodes[self.clients[&number].node].shaken
            }
            SignOutReason::TooManyEndpoints => others.len() > MOST_ENDPOINTS as usize,
            // Nobody administers anything here, and everybody listens.
            _ => false,
        };
        if !right {
            return Err(format!("{number} is signed out without a reason: {reason:?}"));
        }
        self.counts.step(match reason {
            SignOutReason::TooManyEndpoints => "one program too many ordered to go",
            _ => "a program replaced by its next sign-in",
        });
        self.over(number);
        Ok(())
    }

    fn over(&mut self, number: u64) {
        self.tell(|| format!("    {number} is over"));
        self.end(number);
        if let Some(client) = self.clients.get_mut(&number) {
            client.over = true;
        }
    }

    /// Takes in the answer to a request.
    fn answered(&mut self, number: u64, answer: Answer<G::Fabric>) -> Result<(), Wrong> {
        let Some(busy) = self.clients.get_mut(&number).and_then(|client| client.busy.take()) else {
            return Err(format!("{number} is answered and did not ask"));
        };
        let Busy { request, deeds, marks } = busy;
        self.tell(|| match answer.error() {
            None => format!("    {number} is served"),
            Some(error) => format!("    {number} is not served: {error}"),
        });
        let endpoint = self.clients[&number].endpoint;
        let own = endpoint.user;
        match answer {
            Answer::SignedIn(Ok(session)) => {
                self.decide(own, &deeds, true)?;
                let node = self.clients[&number].node;
                if let Some(client) = self.clients.get_mut(&number) {
                    client.session = Some(*session);
                }
                // What befell the node while it was signing in may have ended it already.
                if self.nodes[node].shaken {
                    self.may_end(number);
                }
                // Whoever was signed in at this endpoint is not any more.
                let earlier = self.clients.values().filter(|c| c.endpoint == endpoint && c.number < number);
                for earlier in earlier.map(|c| c.number).collect::<Vec<_>>() {
                    self.end(earlier);
                }
            }
            Answer::SignedIn(Err(error)) => {
                self.judge_failure(number, &error)?;
                // Bound or not: it is not any more, or won't be for long.
                self.end(number);
                self.clients.remove(&number);
            }
            Answer::Published(published) => {
                self.judge(own, &deeds, &marks, published.as_ref().map(drop))?;
                if let Ok(published) = published {
                    let stamps: Vec<_> = published
                        .document
                        .publications
                        .iter()
                        .map(|(key, p)| (translate::place(key), p.version, p.published))
                        .collect();
                    self.presence(own).amend(|person| {
                        for (place, version, at) in &stamps {
                            if let Some(known) = person.publications.get_mut(place)
                                && known.version == *version
                            {
                                (known.at, known.sure) = (*at, true);
                            }
                        }
                    });
                    let touched: BTreeSet<Category> =
                        published.touched.iter().map(|name| translate::category(name.as_str())).collect();
                    if let Some(client) = self.clients.get_mut(&number) {
                        client.told = published.revision;
                        if let Some(own) = &mut client.own {
                            own.hear_answer(&published.document, &touched);
                        }
                    }
                }
            }
            Answer::Done(done) => match request {
                Request::SignOut => {
                    let sure = self.nodes.len() == 1 && !self.nodes[0].line.is_bad.load(Ordering::Relaxed);
                    let gone = self.clients.get(&number).and_then(|client| client.gone);
                    if let Some(id) = gone.filter(|_| sure) {
                        self.must.remove(&(own, id));
                        if !self.presence(own).did(id) {
                            return Err(format!("{number} can't have signed out"));
                        }
                    }
                    self.clients.remove(&number);
                }
                Request::Unsubscribe(ref whom) => {
                    for user in whom {
                        let user = *user;
                        if let Some(client) = self.clients.get_mut(&number) {
                            client.watching.remove(&user);
                        }
                        // Whoever asks meanwhile may have been counted with it.
                        if self.nodes.len() == 1 && !self.clients.values().any(|c| c.is_subscribing(user)) {
                            self.may_watch.remove(&(user, number));
                        }
                    }
                }
                _ => self.judge(own, &deeds, &marks, done.as_ref().map(drop))?,
            },
            Answer::Watched(watched) => self.watched(number, &request, &deeds, &marks, watched)?,
            Answer::Own(Ok(document)) => {
                if let Some(client) = self.clients.get_mut(&number)
                    && (client.own.is_some() || matches!(request, Request::OpenOwn))
                {
                    client.own = Some(Own::of(&document));
                }
            }
            Answer::List(Ok(addressed)) => {
                if let Some(client) = self.clients.get_mut(&number) {
                    client.list = Some(translate::list(&addressed.list));
                }
            }
            Answer::Own(Err(error)) => {
                self.judge_failure(number, &error)?;
                self.try_again(number, &request);
            }
            Answer::List(Err(error)) => {
                self.judge_failure(number, &error)?;
                self.try_again(number, &request);
            }
            Answer::Changed(changed) => {
                self.judge_list(number, &deeds, &marks, &changed)?;
            }
        }
        if let Some(client) = self.clients.get_mut(&number) {
            match request {
                Request::CloseOwn => client.own = None,
                Request::CloseList => client.list = None,
                _ => {}
            }
        }
        Ok(())
    }

    /// A program that could not read something tries again.
    fn try_again(&mut self, number: u64, request: &Request) {
        if let Some(client) = self.clients.get_mut(&number) {
            client.todo.push_back(request.clone());
        }
    }
}
