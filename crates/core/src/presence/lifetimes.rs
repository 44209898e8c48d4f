//! When a publication ends by itself: with its endpoint, with the person's last endpoint, or at a moment.

use rapport_model::{EndpointId, Moment, Timestamp};

use super::aggregate::{aggregate, is_live_of_server};
use super::{Change, Document, Facts, Lifetime, StateKind, Until, Value};

/// The bound endpoints of one person.
pub type Endpoints = [EndpointId];

impl Document {
    /// Takes out what hangs on an endpoint that is gone; `bound` are those that remain.
    ///
    /// None when nothing changes.
    pub fn endpoint_gone(
        &self,
        gone: EndpointId,
        bound: &Endpoints,
        now: impl Into<Moment>,
    ) -> Option<Change> {
        let left: Vec<EndpointId> = bound.iter().copied().filter(|id| *id != gone).collect();
        self.sweep(&left, now)
    }

    /// Takes out what hangs on nothing, counts in what has begun, and adds up anew; none when nothing changes.
    pub fn sweep(&self, bound: &Endpoints, now: impl Into<Moment>) -> Option<Change> {
        let mut next = self.clone();
        next.settle(bound, now.into());
        Change::between(self, next).unless_empty()
    }

    /// Returns the next moment, on the steady clock, at which [`Document::sweep`] has something to do by the clock alone.
    ///
    /// It lies before `now` when a sweep is overdue. What begins at a time of day begins by the wall clock: once that is
    /// set, ask again.
    pub fn next_expiry(&self, now: impl Into<Moment>) -> Option<Timestamp> {
        let now = now.into();
        let ends = self.publications.values().filter_map(|publication| publication.lifetime.end());
        let to_come = self.starts().filter(|start| *start > now.wall);
        let turns = to_come.chain(self.ends_of_calendars()).chain(self.turns_of_calendars(now.wall));
        ends.chain(turns.map(|at| now.steady.plus(at.since(now.wall)))).min()
    }

    /// Tells whether something in the document is over and has not been swept, or may have begun, or not begun after all,
    /// since the states were added up; or whether a calendar has something else planned than what is shown.
    ///
    /// It costs less than a sweep, for whoever reads. Nobody who is gone has states that count.
    pub fn is_overdue(&self, bound: &Endpoints, now: impl Into<Moment>) -> bool {
        let now = now.into();
        self.publications.values().any(|publication| is_over(publication.lifetime, bound, now))
            || (!bound.is_empty()
                && (self.may_count_otherwise(now.wall)
                    || self.ends_of_calendars().any(|end| end <= now.wall)
                    || self.has_turned(now.wall)))
    }

    /// The latest known moment at which the states were added up.
    fn added_up(&self) -> Option<Timestamp> {
        let of_server = self.publications.iter().filter(|(key, _)| is_live_of_server(key));
        of_server.map(|(_, publication)| publication.published).max()
    }

    /// Whether a calendar has the person otherwise than when the states were added up.
    fn has_turned(&self, now: Timestamp) -> bool {
        let Some(added_up) = self.added_up() else { return false };
        self.turns_of_calendars(added_up).any(|turn| turn <= now)
    }

    /// Whether another choice of states counts than when they were added up.
    fn may_count_otherwise(&self, now: Timestamp) -> bool {
        let mut starts = self.starts().peekable();
        if starts.peek().is_none() {
            return false;
        }
        let added_up = self.added_up();
        // A wall clock that was set back tells nothing of what was before.
        added_up.is_none_or(|at| at > now)
            || starts.any(|start| (start <= now) != added_up.is_some_and(|at| start <= at))
    }

    /// The times of day at which states begin to count.
    fn starts(&self) -> impl Iterator<Item = Timestamp> {
        self.publications.values().filter_map(|publication| match &publication.value {
            Value::Client { facts: Facts::State(state), .. } => state.start,
            _ => None,
        })
    }

    /// The times of day at which what calendars account for ends, as far as that is shown.
    fn ends_of_calendars(&self) -> impl Iterator<Item = Timestamp> {
        self.publications.values().filter_map(|publication| match &publication.value {
            Value::Aggregate(state) => match state.until? {
                Until::Calendar(end) => Some(end),
                Until::Chosen(_) => None,
            },
            _ => None,
        })
    }

    /// The times of day after `now` at which calendars have the person otherwise, as long as something that is planned
    /// counts: what accounts for it may begin in the calendar later than it is published.
    fn turns_of_calendars(&self, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let is_planned = self.publications.values().any(|publication| match &publication.value {
            Value::Client { facts: Facts::State(state), .. } => {
                state.kind == StateKind::Calendar && state.start.is_none_or(|start| start <= now)
            }
            _ => false,
        });
        let calendars = self.publications.values().filter(move |_| is_planned);
        calendars.filter_map(move |publication| match &publication.value {
            Value::Client { facts: Facts::FreeBusy(times), .. } => times.next_turn(now),
            _ => None,
        })
    }

    /// Takes out what hangs on nothing and adds up the rest.
    pub(super) fn settle(&mut self, bound: &Endpoints, now: Moment) {
        self.take_out_what_is_over(bound, now);
        aggregate(self, !bound.is_empty(), now);
    }

    pub(super) fn take_out_what_is_over(&mut self, bound: &Endpoints, now: Moment) {
        // The server's own live ones are aggregation's to keep or to take away.
        self.publications
            .retain(|key, publication| is_live_of_server(key) || !is_over(publication.lifetime, bound, now));
    }
}

fn is_over(lifetime: Lifetime, bound: &Endpoints, now: Moment) -> bool {
    match lifetime {
        Lifetime::Static => false,
        Lifetime::Endpoint(endpoint) => !bound.contains(&endpoint),
        Lifetime::User => bound.is_empty(),
        Lifetime::Until(end) | Lifetime::KeptUntil(end) => end <= now.steady,
    }
}
