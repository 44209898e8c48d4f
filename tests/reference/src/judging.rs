//! Every answer is held against the reference: what was served must have been possible, and what was refused must be
//! what the reference refuses.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::UserId;
use rapport_service::presence::Watched;
use rapport_service::{Error, Result as Served};

use crate::asking;
use crate::cast::MOST_WATCHERS;
use crate::client::{Client, Request, Watching, Whom};
use crate::ground::Ground;
use crate::life::{Life, Wrong};
use crate::possible::{DeedId, State as _};
use crate::reference::{Category, Deed, Person, view};
use crate::translate;

impl<G: Ground> Life<G> {
    /// Whether the reference allows this to be seen, at any moment since the mark.
    pub(crate) fn may_see(
        &mut self,
        number: u64,
        whom: UserId,
        since: usize,
        category: Category,
        shown: &[(u32, crate::reference::Shown)],
    ) -> Result<(), Wrong> {
        let watcher = self.person(self.clients[&number].endpoint.user).watcher();
        let only = BTreeSet::from([category]);
        let allowed = |person: &Person| view(person, &watcher, &only).remove(category).unwrap_or_default();
        let sums = matches!(category, "state" | "legacyInterop");
        let shows = |person: &Person| {
            allowed(person) == shown
                // Of equal states the latest shows.
                || (sums && person.taken_last().iter().any(|person| allowed(person) == shown))
        };
        let presence = self.presence(whom);
        if presence.seen(since, shows, Deed::is_written) {
            return Ok(());
        }
        let mut could: Vec<_> = presence.since(since).take(4).map(|person| allowed(person)).collect();
        could.dedup();
        Err(format!("{number} is shown {category} {shown:?} of {whom}; allowed, the latest first: {could:?}"))
    }

    /// What failed must have had a reason to.
    pub(crate) fn judge_failure(&mut self, number: u64, error: &Error) -> Result<(), Wrong> {
        match translate::no(error) {
            None => {
                self.counts.failed += 1;
                Ok(())
            }
            Some(_) => Err(format!("{number} is told: {error}")),
        }
    }

    pub(crate) fn decide(
        &mut self,
        user: UserId,
        deeds: &[(UserId, DeedId)],
        done: bool,
    ) -> Result<(), Wrong> {
        for (whom, id) in deeds {
            let presence = self.presence(*whom);
            let possible = if done { presence.did(*id) } else { presence.did_not(*id) };
            if !possible {
                return Err(format!(
                    "a request of {user} was {}, which can't be",
                    if done { "served" } else { "refused" }
                ));
            }
        }
        Ok(())
    }

    /// Holds an answer against the reference.
    pub(crate) fn judge(
        &mut self,
        user: UserId,
        deeds: &[(UserId, DeedId)],
        marks: &BTreeMap<UserId, usize>,
        answer: Result<(), &Error>,
    ) -> Result<(), Wrong> {
        let Err(error) = answer else {
            self.counts.served += 1;
            return self.decide(user, deeds, true);
        };
        let Some(no) = translate::no(error) else {
            // Done or not: it stays open.
            self.counts.failed += 1;
            return Ok(());
        };
        for (whom, id) in deeds {
            let presence = &self.person(*whom).presence;
            let Some(deed) = presence.open(*id) else { continue };
            let right = presence.since(marks[whom]).any(|person| person.after(deed) == Err(no.clone()));
            if !right {
                let could: Vec<_> = presence.all().map(|person| person.after(deed).err()).collect();
                return Err(format!("{deed:?} is refused: {no:?}; the reference: {could:?}"));
            }
        }
        self.counts.refused(&no);
        self.decide(user, deeds, false)
    }

    pub(crate) fn judge_list(
        &mut self,
        number: u64,
        deeds: &[(UserId, DeedId)],
        marks: &BTreeMap<UserId, usize>,
        changed: &Served<Option<u32>>,
    ) -> Result<(), Wrong> {
        for (user, id) in deeds {
            let list = &mut self.person(*user).list;
            let (possible, what) = match changed {
                Ok(group) => {
                    let asked = list.open(*id).map(|asked| asked.change.clone());
                    let possible = list.did(*id);
                    if let (Some(crate::list::Change::AddGroup(name)), true) = (asked, possible)
                        && !list.all().any(|list| list.group_of(&name) == *group)
                    {
                        return Err(format!("group {name:?} is answered as {group:?}"));
                    }
                    self.counts.served += 1;
                    (possible, "served")
                }
                Err(error) => match translate::no(error) {
                    None => {
                        self.counts.failed += 1;
                        (true, "")
                    }
                    Some(no) => {
                        let asked = list.open(*id);
                        let since = list.since(marks[user]);
                        let right = asked.is_some_and(|asked| {
                            since.into_iter().any(|l| l.after(asked) == Err(no.clone()))
                        });
                        if !right {
                            return Err(format!(
                                "{number} is refused {asked:?}: {no:?}; the list: {:?}",
                                list.one()
                            ));
                        }
                        let possible = list.did_not(*id);
                        self.counts.refused(&no);
                        (possible, "refused")
                    }
                },
            };
            if !possible {
                return Err(format!("a change of {number}'s list was {what}, which can't be"));
            }
        }
        Ok(())
    }

    /// Takes in what a subscription or a poll has brought.
    pub(crate) fn watched(
        &mut self,
        number: u64,
        request: &Request,
        deeds: &[(UserId, DeedId)],
        marks: &BTreeMap<UserId, usize>,
        watched: Served<Vec<Watched>>,
    ) -> Result<(), Wrong> {
        let (whom, asked, keeps) = match request {
            Request::Subscribe { whom, asked } => (whom, asked, true),
            Request::Poll { whom, asked } => (whom, asked, false),
            other => return Err(format!("{other:?} is answered by views")),
        };
        let watched = match watched {
            Ok(watched) => watched,
            Err(error) => return self.judge_failure(number, &error),
        };
        self.counts.served += 1;
        let own = self.clients[&number].endpoint.user;
        let session = self.clients.get_mut(&number).and_then(|client| client.session.as_mut());
        if let Some(session) = session.filter(|_| keeps) {
            let asked = whom.iter().map(|whom| asking::target(*whom, &self.people).address);
            session.events.pass_over(asked.zip(&watched));
        }
        for (target, seen) in whom.iter().zip(watched) {
            let prompt = match target {
                Whom::Colleague(user, true) if *user != own => {
                    deeds.iter().find(|(of, _)| of == user).copied()
                }
                _ => None,
            };
            match (target, seen) {
                (Whom::Colleague(user, _), Watched::Active { user: seen, address, first }) => {
                    if seen != *user || self.person(*user).person.address != address {
                        return Err(format!("{number} asked for {user} and was given {seen} at {address:?}"));
                    }
                    let shown = translate::view(&first.view);
                    for category in asked {
                        let shown = shown.get(category).cloned().unwrap_or_default();
                        self.may_see(number, *user, marks[user], category, &shown)?;
                    }
                    if let Some(more) = shown.keys().find(|category| !asked.contains(*category)) {
                        return Err(format!("{number} is shown {more} of {user} and did not ask for it"));
                    }
                    if let Some(prompt) = prompt {
                        self.decide(*user, &[prompt], true)?;
                    }
                    if keeps {
                        self.check_watchers_left(number, *user)?;
                        let watching = Watching { asked: asked.clone(), view: shown, since: marks[user] };
                        if let Some(client) = self.clients.get_mut(&number) {
                            client.watching.insert(*user, watching);
                        }
                    }
                }
                (Whom::Colleague(user, _), Watched::TooMany { limit }) => {
                    let others: BTreeSet<u64> = self
                        .may_watch
                        .iter()
                        .filter(|(of, _)| of == user)
                        .map(|(_, number)| *number)
                        .collect();
                    let distinct = self.distinct(&others, number);
                    if limit != MOST_WATCHERS || distinct < limit as usize {
                        return Err(format!("{number} may not watch {user}, whom {distinct} others watch"));
                    }
                    self.counts.step("one watcher too many refused");
                    if let Some(prompt) = prompt {
                        self.decide(*user, &[prompt], false)?;
                    }
                }
                (Whom::Nobody, Watched::Unknown) | (Whom::Foreigner, Watched::Foreign) => {}
                (target, seen) => {
                    return Err(format!("{number} asked for {target:?} and was given {seen:?}"));
                }
            }
        }
        Ok(())
    }

    /// A watcher was let in: then there were fewer than the limit. Whoever may be over made room for others before the
    /// answer was heard.
    pub(crate) fn check_watchers_left(&mut self, number: u64, user: UserId) -> Result<(), Wrong> {
        if self.clients[&number].gone.is_some() {
            return Ok(());
        }
        let certain =
            |c: &&Client<G::Fabric>| c.is_there() && c.gone.is_none() && c.watching.contains_key(&user);
        let others: BTreeSet<u64> = self.clients.values().filter(certain).map(|c| c.number).collect();
        let distinct = self.distinct(&others, number);
        if distinct >= MOST_WATCHERS as usize {
            return Err(format!("{number} watches {user}, whom {distinct} others watch already"));
        }
        Ok(())
    }

    /// How many other people these programs are of; a program that is gone is anybody's.
    pub(crate) fn distinct(&self, numbers: &BTreeSet<u64>, than: u64) -> usize {
        let own = self.clients[&than].endpoint.user;
        let owner = |number: &u64| self.clients.get(number).map_or(Err(*number), |c| Ok(c.endpoint.user));
        numbers.iter().map(owner).filter(|owner| *owner != Ok(own)).collect::<BTreeSet<_>>().len()
    }
}
