//! Everything comes to rest: what was broken is mended, and within a bound of time every program is served, and what it
//! believes is what the reference says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::Document;
use rapport_model::{Scope, UserId};
use rapport_service::Services;
use rapport_service::clock::Clock;
use rapport_service::presence::Watched;
use tokio::time::{Instant, sleep_until, timeout};

use crate::asking;
use crate::client::{Own, Request, Whom};
use crate::ground::{Ground, Weather};
use crate::life::{Life, PATIENCE, Wrong};
use crate::list::List;
use crate::possible::{DeedId, State as _};
use crate::reference::{Deed, Lives, Operation, Person, Put, view};
use crate::steps::everything;
use crate::translate;

/// How long after the last fault everything must be as the reference says: nodes read again what is watched every half
/// minute, a lease ends after five seconds, and whoever waits for another's change waits two.
pub(crate) const BOUND: Duration = Duration::from_secs(45);
/// How often it is looked at until then.
const GLANCE: Duration = Duration::from_millis(250);

impl<G: Ground> Life<G> {
    /// Mends everything, and waits until all is as it should be.
    pub(crate) async fn rest(&mut self) -> Result<(), Wrong> {
        self.tell(|| "    everything is mended, and comes to rest".to_owned());
        self.mend();
        let mended = Instant::now();
        // Whoever was cut off for too long has heard of it after a few heartbeats.
        self.pass(Duration::from_millis(500)).await?;
        self.answer_all(mended).await?;
        self.serve_all(mended).await?;
        self.decide_all().await?;
        loop {
            self.look()?;
            match self.compare().await {
                Ok(Some(())) => break,
                Err(wrong) if mended.elapsed() > BOUND => return Err(wrong),
                Ok(None) if mended.elapsed() > BOUND => {
                    return Err(format!("something still moves {} s after the last fault", BOUND.as_secs()));
                }
                Ok(None) | Err(_) => {}
            }
            self.pass(GLANCE).await?;
        }
        self.sweep_all().await?;
        self.counts.rests += 1;
        self.counts.longest_rest = self.counts.longest_rest.max(mended.elapsed().as_millis());
        Ok(())
    }

    fn mend(&mut self) {
        self.ground.heal();
        self.ground.weather(Weather::Fine);
        for node in 0..self.nodes.len() {
            self.thaw(node);
            self.nodes[node].cut_off = false;
            let line = &self.nodes[node].line;
            line.is_bad.store(false, std::sync::atomic::Ordering::Relaxed);
            line.slow.store(0, std::sync::atomic::Ordering::Relaxed);
            if self.nodes[node].services.is_none() {
                self.ground.restart(node);
                self.start(node);
            }
        }
    }

    /// Waits until no program waits any more.
    async fn answer_all(&mut self, since: Instant) -> Result<(), Wrong> {
        loop {
            self.look()?;
            let waits = self.clients.values().find(|c| c.busy.is_some() || !c.todo.is_empty() || c.over);
            let Some(client) = waits else { return Ok(()) };
            if since.elapsed() > PATIENCE {
                let request = client.busy.as_ref().map(|busy| &busy.request);
                return Err(format!("{} still waits: {request:?} {:?}", client.number, client.todo));
            }
            self.pass(Duration::from_millis(20)).await?;
        }
    }

    /// Lets each program publish something, which must be accepted.
    async fn serve_all(&mut self, since: Instant) -> Result<(), Wrong> {
        let numbers: Vec<u64> = self.clients.values().filter(|c| c.is_there()).map(|c| c.number).collect();
        for number in numbers {
            for attempt in 0.. {
                let Some(client) = self.clients.get(&number).filter(|client| client.is_there()) else {
                    break;
                };
                let endpoint = client.endpoint;
                let served = self.counts.served;
                let place = ("calendarData", 400, 100 + u32::from(endpoint.instance.0[0]));
                // What was in doubt is found by trying.
                let mut versions: Vec<u32> =
                    self.presence(endpoint.user).all().map(|person| person.version(&place)).collect();
                versions.sort_unstable();
                versions.dedup();
                let version = versions[attempt % versions.len()];
                self.last += 1;
                let text = format!("served#{}", self.last).into();
                let lives = Lives::WithEndpoint;
                let put = Put { lives, with: endpoint, text, state: None, timezone: None, plan: None };
                let batch = vec![Operation { place, version, put: Some(put) }];
                self.begin(number, Request::Publish(batch));
                self.answer_all(since).await?;
                if self.counts.served > served {
                    break;
                }
                if attempt > versions.len() && self.clients.get(&number).is_some_and(|c| c.is_there()) {
                    return Err(format!("{number} is not served although nothing is wrong"));
                }
            }
        }
        Ok(())
    }

    /// What is over is hidden from whoever looks until it is swept; a wall clock that goes back before that would bring it
    /// back.
    async fn sweep_all(&mut self) -> Result<(), Wrong> {
        for user in self.people.iter().map(|person| person.id).collect::<Vec<_>>() {
            self.sweep(user).await?;
        }
        Ok(())
    }

    /// A change whose writer has died or gave up is decided by the next one who writes, and seen by nobody before: here
    /// somebody comes who has nothing to write.
    async fn decide_all(&mut self) -> Result<(), Wrong> {
        let in_doubt = self.people.iter().filter(|p| p.presence.undecided().any(Deed::is_written));
        let in_doubt: Vec<UserId> = in_doubt.map(|person| person.id).collect();
        for user in in_doubt {
            self.sweep(user).await?;
        }
        Ok(())
    }

    async fn sweep(&mut self, user: UserId) -> Result<(), Wrong> {
        let Some(services) = self.nodes[0].services.clone() else { return Ok(()) };
        let scope = Scope::service(user.tenant, "look");
        let swept = timeout(PATIENCE, services.presence.sweep(&scope, user)).await;
        swept.map_err(|_| format!("{user} can't be swept"))?.map_err(|error| error.to_string())?;
        self.look()
    }

    /// Compares everything; none when something has moved meanwhile.
    async fn compare(&mut self) -> Result<Option<()>, Wrong> {
        let now = self.clock.moment();
        let mut certain: BTreeMap<UserId, (Person, List)> = BTreeMap::new();
        let users: Vec<UserId> = self.people.iter().map(|person| person.id).collect();
        for user in users {
            let node = user.user as usize % self.nodes.len();
            let Some(services) = self.nodes[node].services.clone() else { return Ok(None) };
            let read = timeout(PATIENCE, read(&services, user)).await;
            let (document, bound, list) =
                read.map_err(|_| format!("{user} can't be read"))?.map_err(|e| e.to_string())?;
            let must: Vec<DeedId> =
                self.must.iter().filter(|(of, _)| *of == user).map(|(_, id)| *id).collect();
            let own = Own::of(&document);
            let someone = &self.people[user.user as usize - 1];
            let presence = &someone.presence;
            let candidates = presence.with(&must).filter_map(|person| person.after(&Deed::Time(now)).ok());
            let mut fits = candidates.filter(|person| {
                own_of(person) == own && person.endpoints.keys().copied().collect::<Vec<_>>() == bound
            });
            let Some(mut person) = fits.next() else {
                let expected: Vec<_> =
                    presence.with(&must).take(2).map(|p| (&p.endpoints, own_of(p))).collect();
                return Err(format!("{user} stands as {own:?}\nwith {bound:?}\ninstead of {expected:?}"));
            };
            for (key, publication) in &document.publications {
                if let Some(known) = person.publications.get_mut(&translate::place(key)) {
                    (known.at, known.sure) = (publication.published, true);
                }
            }
            let list = translate::list(&list);
            if !someone.list.all().any(|possible| **possible == list) {
                return Err(format!("{user} has {list:?} instead of {:?}", someone.list.one()));
            }
            certain.insert(user, (person, list));
        }
        self.compare_programs(&certain)?;
        self.compare_a_look(&certain).await?;
        if self.clients.values().any(|c| c.busy.is_some() || c.over || !c.todo.is_empty()) {
            return Ok(None);
        }
        for (user, (person, list)) in certain {
            let someone = self.person(user);
            someone.presence.make_certain(person);
            someone.list.make_certain(list);
        }
        self.must.clear();
        self.begun.clear();
        for client in self.clients.values_mut() {
            client.gone = None;
            for watching in client.watching.values_mut() {
                watching.since = 0;
            }
        }
        let clients = &self.clients;
        self.may_watch.retain(|(_, number)| clients.contains_key(number));
        for node in &mut self.nodes {
            node.shaken = false;
        }
        Ok(Some(()))
    }

    /// What each program believes.
    fn compare_programs(&self, certain: &BTreeMap<UserId, (Person, List)>) -> Result<(), Wrong> {
        for client in self.clients.values().filter(|client| client.is_there()) {
            let number = client.number;
            let (person, list) = &certain[&client.endpoint.user];
            if let Some(own) = client.own.as_ref().filter(|own| **own != own_of(person)) {
                return Err(format!("{number} believes {own:?}\nof itself instead of {:?}", own_of(person)));
            }
            if let Some(own) = client.list.as_ref().filter(|own| *own != list) {
                return Err(format!("{number} believes {own:?}\nof its list instead of {list:?}"));
            }
            let watcher = self.people[client.endpoint.user.user as usize - 1].watcher();
            for (user, watching) in &client.watching {
                let expected = view(&certain[user].0, &watcher, &watching.asked);
                if watching.view != expected {
                    return Err(format!(
                        "{number} sees {user} as {:?}\ninstead of {expected:?}",
                        watching.view
                    ));
                }
            }
        }
        Ok(())
    }

    /// What everybody would see who looks at everybody just now.
    async fn compare_a_look(&mut self, certain: &BTreeMap<UserId, (Person, List)>) -> Result<(), Wrong> {
        let Some(services) = self.nodes[0].services.clone() else { return Ok(()) };
        let asked = everything();
        let names = translate::names(&asked);
        let targets: Vec<_> =
            certain.keys().map(|user| asking::target(Whom::Colleague(*user, false), &self.people)).collect();
        for someone in &self.people {
            let scope = Scope::service(someone.id.tenant, "look");
            let watcher = rapport_service::presence::colleague(&someone.person);
            let look = services.presence.poll(&scope, &watcher, &targets, &names);
            let looked = timeout(PATIENCE, look).await.map_err(|_| "nobody can look".to_owned())?;
            for seen in looked.map_err(|error| error.to_string())? {
                let Watched::Active { user, first, .. } = seen else {
                    return Err(format!("a look ends in {seen:?}"));
                };
                // Oneself one sees by the own document.
                if user == someone.id {
                    continue;
                }
                let expected = view(&certain[&user].0, &someone.watcher(), &asked);
                let seen = translate::view(&first.view);
                if seen != expected {
                    return Err(format!(
                        "{} would see {user} as {seen:?}\ninstead of {expected:?}",
                        someone.id
                    ));
                }
            }
        }
        Ok(())
    }

    /// Lets time pass, and takes in what comes meanwhile.
    pub(crate) async fn pass(&mut self, time: Duration) -> Result<(), Wrong> {
        let end = Instant::now() + time;
        loop {
            let now = self.clock.moment();
            let moments = self.people.iter().flat_map(|person| person.presence.all());
            let next = moments.filter_map(|person| person.next_moment(now)).min();
            // What runs out or begins on the way is seen one after the other.
            let next = next.map_or(end, |next| end.min(Instant::now() + next));
            sleep_until(next).await;
            self.look()?;
            if next == end {
                return Ok(());
            }
        }
    }

    /// From now on what has run out may be gone, and what has begun may count.
    pub(crate) fn notice_the_time(&mut self) {
        let now = self.clock.moment();
        for person in &mut self.people {
            let presence = &mut person.presence;
            let leads_on = |state: &Person| {
                let after = state.is_due(now).then(|| state.after(&Deed::Time(now)).ok()).flatten();
                after.is_some_and(|after| presence.all().all(|known| **known != after))
            };
            if presence.all().any(|state| leads_on(state)) {
                presence.begin(Deed::Time(now));
            }
        }
    }
}

async fn read<F: rapport_fabric::Fabric<Message = rapport_service::Wire>>(
    services: &Services<F>,
    user: UserId,
) -> rapport_service::Result<(
    Arc<Document>,
    Vec<rapport_model::EndpointId>,
    Arc<rapport_core::contacts::ContactList>,
)> {
    let scope = Scope::service(user.tenant, "look");
    let document = services.presence.own_document(&scope, user).await?;
    let bound = services.registrar.bound(&scope, user).await?;
    let mut bound: Vec<_> = bound.iter().map(|bound| bound.binding.endpoint).collect();
    bound.sort_unstable();
    Ok((document, bound, services.contacts.list(&scope, user).await?.list))
}

/// What a person's own programs should know.
fn own_of(person: &Person) -> Own {
    let publications = person.publications.iter();
    let known = publications.map(|(place, p)| (*place, (p.version, p.lives, Some(p.by), p.text.clone())));
    Own { publications: known.collect(), members: person.members.clone(), prompted: person.prompted.clone() }
}
