//! What happens to a person's presence: all of a batch or nothing, and what ends with what ([MS-PRES] §2.2.2.5).

use std::collections::BTreeSet;
use std::time::Duration;

use rapport_model::{EndpointId, Moment, Timestamp};

use super::{Deed, Kind, Lives, Members, No, Operation, Person, Place, Publication};

/// Bytes that one publication may have.
const MOST_BYTES: usize = 64 * 1024;

impl Deed {
    /// Whether somebody asks for it and is answered, so that it is wholly done or not at all; the others happen.
    pub fn is_written(&self) -> bool {
        match self {
            Self::Publish { .. } | Self::Members(_) | Self::Prompt(_) | Self::Notice(_) => true,
            Self::SignIn(..) | Self::Gone(..) | Self::Time(_) | Self::Restart => false,
        }
    }
}

impl Person {
    pub(super) fn do_deed(&self, deed: &Deed) -> Result<Self, No> {
        let mut next = self.clone();
        match deed {
            Deed::Publish { by, batch, now } => next.publish(*by, batch, *now)?,
            Deed::Members(changes) => next.change_members(changes)?,
            Deed::Prompt(who) => {
                next.prompted.entry(*who).or_insert(false);
            }
            Deed::Notice(whom) => {
                for who in whom {
                    next.prompted.entry(*who).and_modify(|noticed| *noticed = true);
                }
            }
            Deed::SignIn(endpoint, number) => {
                next.endpoints.insert(*endpoint, *number);
            }
            Deed::Gone(endpoint, number) => {
                if self.endpoints.get(endpoint) == Some(number) {
                    next.endpoints.remove(endpoint);
                    next.drop_what_hangs_on_nothing();
                }
            }
            Deed::Time(now) => next.pass_time(*now),
            Deed::Restart => {
                next.endpoints.clear();
                next.publications.retain(|_, publication| publication.lives == Lives::Always);
            }
        }
        Ok(next)
    }

    /// All of it or nothing.
    fn publish(&mut self, by: EndpointId, batch: &[Operation], now: Timestamp) -> Result<(), No> {
        if !self.endpoints.contains_key(&by) {
            return Err(No::NotThere);
        }
        self.check(by, batch)?;
        for Operation { place, put, .. } in batch.iter().filter(|operation| !is_directorys(operation)) {
            let version = self.version(place) + 1;
            match put {
                None => {
                    self.publications.remove(place);
                }
                Some(put) => {
                    let publication = Publication {
                        version,
                        lives: put.lives,
                        at: now,
                        sure: false,
                        by,
                        text: put.text.clone(),
                        state: put.state,
                        timezone: put.timezone,
                        plan: put.plan,
                    };
                    self.publications.insert(*place, publication);
                }
            }
        }
        self.drop_what_hangs_on_nothing();
        Ok(())
    }

    fn change_members(&mut self, changes: &[super::MembersChange]) -> Result<(), No> {
        if changes.iter().any(|(container, ..)| !(1..=32_767).contains(container)) {
            return Err(No::Refused("reserved-container"));
        }
        let before = self.members.clone();
        let before = |container: u16| before.get(&container).cloned().unwrap_or_default();
        let wrong: Vec<(u32, u32)> = (1..)
            .zip(changes)
            .filter(|(_, (container, known, _))| *known != before(*container).version)
            .map(|(index, (container, ..))| (index, before(*container).version))
            .collect();
        if !wrong.is_empty() {
            return Err(No::Versions(wrong));
        }
        for (container, _, members) in changes {
            let there = &mut self.members.entry(*container).or_default().who;
            for (comes, member) in members {
                if *comes {
                    there.insert(member.clone())
                } else {
                    there.remove(member)
                };
            }
        }
        for (container, members) in &mut self.members {
            let before = before(*container);
            members.version = before.version + u32::from(members.who != before.who);
        }
        self.members.retain(|_, members| *members != Members::default());
        Ok(())
    }

    /// The version of what stands at a place; 0 for nothing.
    pub fn version(&self, place: &Place) -> u32 {
        self.publications.get(place).map_or(0, |publication| publication.version)
    }

    /// Whether a batch may be published.
    fn check(&self, by: EndpointId, batch: &[Operation]) -> Result<(), No> {
        for (at, Operation { place, put, .. }) in batch.iter().enumerate() {
            if batch[..at].iter().any(|earlier| earlier.place == *place) {
                return Err(No::Refused("repeated-publication"));
            }
            if place.1 > 32_767 {
                return Err(No::Refused("reserved-container"));
            }
            // What states add up to is the server's to say.
            if place.0 == "state" && matches!(place.2, 0 | 1 | 0x1000_0000) {
                return Err(No::Refused("reserved-publication"));
            }
            let Some(put) = put else { continue };
            if put.lives == Lives::WithEndpoint && put.with != by {
                return Err(No::Refused("not-yours"));
            }
            if put.text.len() > MOST_BYTES {
                return Err(No::Refused("too-large"));
            }
        }
        let wrong: Vec<(u32, u32)> = (1..)
            .zip(batch)
            .filter(|(_, operation)| !is_directorys(operation))
            .map(|(index, operation)| (index, operation, self.version(&operation.place)))
            // To delete what isn't there is done already.
            .filter(|(_, operation, current)| operation.put.is_some() || *current > 0)
            .filter(|(_, operation, current)| operation.version != *current)
            .map(|(index, _, current)| (index, current))
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(No::Versions(wrong)) }
    }

    /// Whether something has run out or begun, or not begun after all, that is written here otherwise.
    pub fn is_due(&self, now: Moment) -> bool {
        let due = |p: &Publication| {
            matches!(p.lives, Lives::Until(end) if end <= now.steady)
                || p.state.is_some_and(|state| state.begun != has_begun(state.start, now))
        };
        self.publications.values().any(due)
    }

    /// The person as they are if this or that batch with a state, of which the moment is not known, was taken last of all.
    pub fn taken_last(&self) -> Vec<Self> {
        let unsure =
            self.publications.values().filter(|publication| !publication.sure && publication.state.is_some());
        let batches: BTreeSet<(EndpointId, Timestamp)> = unsure.map(|p| (p.by, p.at)).collect();
        let last = |batch: &(EndpointId, Timestamp)| {
            let mut person = self.clone();
            let all = person.publications.values_mut();
            for publication in all.filter(|p| !p.sure && (p.by, p.at) == *batch) {
                publication.at = Timestamp(i64::MAX);
            }
            person
        };
        batches.iter().map(last).collect()
    }

    /// How long it takes until the next thing runs out or begins.
    pub fn next_moment(&self, now: Moment) -> Option<Duration> {
        let ends = |p: &Publication| if let Lives::Until(end) = p.lives { Some(end) } else { None };
        let begins = |p: &Publication| p.state.and_then(|state| state.start);
        let ends = self.publications.values().filter_map(ends).map(|end| end.since(now.steady));
        let begins = self.publications.values().filter_map(begins).map(|start| start.since(now.wall));
        ends.chain(begins).filter(|time| !time.is_zero()).min()
    }

    /// What ran out goes, and what begins counts.
    fn pass_time(&mut self, now: Moment) {
        self.publications.retain(|_, p| !matches!(p.lives, Lives::Until(end) if end <= now.steady));
        for state in self.publications.values_mut().filter_map(|publication| publication.state.as_mut()) {
            state.begun = has_begun(state.start, now);
        }
        self.drop_what_hangs_on_nothing();
    }

    fn drop_what_hangs_on_nothing(&mut self) {
        let endpoints = &self.endpoints;
        self.publications.retain(|_, publication| match publication.lives {
            Lives::Always | Lives::Until(_) => true,
            Lives::WithEndpoint => endpoints.contains_key(&publication.by),
            Lives::WithPerson => !endpoints.is_empty(),
        });
    }

    /// The states of a kind in a container that count, with their instances.
    pub(super) fn states(&self, container: u16, kind: Kind) -> impl Iterator<Item = (u32, &Publication)> {
        self.publications
            .iter()
            .filter(move |((name, c, _), _)| *name == "state" && *c == container)
            .filter(move |(_, p)| p.state.is_some_and(|state| state.kind == kind && state.begun))
            .map(|((_, _, instance), publication)| (*instance, publication))
    }
}

fn has_begun(start: Option<Timestamp>, now: Moment) -> bool {
    start.is_none_or(|start| start <= now.wall)
}

/// A program may send its own copy of the directory's data; it is passed over.
fn is_directorys(operation: &Operation) -> bool {
    match operation.place.0 {
        "contactCard" => matches!(operation.place.2, 0 | 3),
        "legacyInterop" | "services" | "userProperties" => true,
        _ => false,
    }
}
