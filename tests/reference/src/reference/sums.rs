//! What states add up to ([MS-PRES] §3: the aggregation of machine, user, phone and calendar states).

use std::cmp::Reverse;
use std::rc::Rc;

use rapport_model::Timestamp;

use super::{BLOCKED, Kind, OFFLINE, Person, Planned, Publication, Shown};

impl Person {
    /// The one state, the services or the availability for older clients at a level of access.
    pub(super) fn sum_for(&self, container: u16, category: &str) -> (u32, Shown) {
        let sum = if container == BLOCKED { None } else { self.sum(container) };
        let availability = sum.as_ref().map_or(OFFLINE, |sum| sum.availability);
        match (category, sum) {
            ("legacyInterop", _) => (1, Shown::Legacy(availability)),
            // Whoever appears offline looks exactly like whoever is.
            ("services", Some(_)) if availability < 18_000 => (0, Shown::Services(self.services())),
            ("services", _) => (0, Shown::Empty),
            (_, Some(sum)) if availability < 18_000 => (1, sum.shown()),
            _ => (0, Sum::of(OFFLINE).shown()),
        }
    }

    /// None for whoever isn't there: without an endpoint, or without a machine that says how it is used.
    fn sum(&self, container: u16) -> Option<Sum> {
        if self.endpoints.is_empty() || self.states(2, Kind::Machine).next().is_none() {
            return None;
        }
        let team = container == 300;
        // The Team's states are in container 3; who writes none there leaves the Team those for everyone.
        let own = team && self.states(3, Kind::Machine).next().is_some();
        let sum = self.add_up(if own { 3 } else { 2 }, team)?;
        Some(if container == 100 {
            Sum::of(sum.availability)
        } else {
            Sum { until: self.until(container, &sum), ..sum }
        })
    }

    fn add_up(&self, container: u16, team: bool) -> Option<Sum> {
        // The machine in most active use: active, inactive, unknown, away, off; then the latest.
        let rank = |said: u32| if said < 3000 { 14_999 } else { said };
        let latest = |(instance, p): &(u32, &Publication)| (p.at, *instance);
        let machines = self.states(container, Kind::Machine);
        let (_, machine) = machines.min_by_key(|m| (rank(available(m.1)), Reverse(latest(m))))?;
        let chosen = self.states(container, Kind::User).max_by_key(latest);
        let highest = |kind| {
            let all = self.states(container, kind).map(|(_, p)| available(p));
            all.filter(|a| (6000..12_500).contains(a)).max()
        };
        let used = if available(machine) < 3000 { 15_500 } else { available(machine) };
        let choice = chosen.map(|(_, p)| available(p)).filter(|a| *a >= 6000);
        // "Urgent interruptions only" is what Communicator writes for Do Not Disturb in the Team's container.
        let choice = choice.map(|a| if team && a == 6900 { 9500 } else { a });
        let availability = match (used, choice) {
            (18_000.., _) => used,
            // Do Not Disturb and whatever is above it stays until it is taken back.
            (_, Some(choice @ 9000..)) => choice,
            // Nobody is at any machine: away, but for a call.
            (12_500.., _) => highest(Kind::Phone).map_or(used, |call| call.max(choice.unwrap_or(0))),
            _ => {
                let idle = (4500..6000).contains(&used);
                let or_idle = |busy: u32| if idle { busy.max(7500) } else { busy };
                let calendar = highest(Kind::Calendar).map(or_idle);
                let all = [Some(used), choice.map(or_idle), calendar, highest(Kind::Phone)];
                all.into_iter().flatten().max()?
            }
        };
        let said = [Some(machine), chosen.map(|(_, p)| p)].into_iter().flatten().filter_map(|p| p.state);
        let location = said.map(|said| said.location).find(|location| !location.is_empty());
        let timezone = self.device_of(machine).and_then(|device| device.timezone);
        let asked_only = team && (9000..12_000).contains(&availability);
        let doing = self.activity(container, chosen.map(|(instance, _)| instance), availability);
        let has_call = highest(Kind::Phone).is_some();
        let is_planned = highest(Kind::Calendar).is_some() && !has_call && choice.is_none();
        Some(Sum {
            availability: if asked_only { 6900 } else { availability },
            activity: match asked_only {
                true => Some("urgent-interruptions-only"),
                false => doing.map(|(_, token)| token),
            },
            comes_of: match doing {
                _ if asked_only || availability >= 18_000 => &[],
                Some((Kind::Calendar, "out-of-office")) => &[Planned::Out],
                Some((Kind::Calendar, _)) => &[Planned::Busy, Planned::Tentative],
                None if is_planned && (6000..9000).contains(&availability) => {
                    &[Planned::Busy, Planned::Tentative]
                }
                Some(_) | None => &[],
            },
            until: None,
            location: location.filter(|_| availability < 12_000).unwrap_or_default(),
            timezone: timezone.filter(|_| availability < 18_000).unwrap_or_default(),
        })
    }

    /// Of the activities that show with this availability the person's own, or the most engaging, or the latest.
    fn activity(
        &self,
        container: u16,
        chosen: Option<u32>,
        availability: u32,
    ) -> Option<(Kind, &'static str)> {
        let kinds = [Kind::Machine, Kind::User, Kind::Phone, Kind::Calendar];
        let shows = |(instance, p): (u32, &Publication)| {
            let said = p.state.filter(|said| said.kind != Kind::User || Some(instance) == chosen)?;
            let (token, least, most) = said.activity?;
            let rank = match token {
                _ if said.kind == Kind::User => 0,
                "in-a-conference" => 1,
                "on-the-phone" => 2,
                "in-a-meeting" => 3,
                "out-of-office" => 4,
                _ => 5,
            };
            (least..=most)
                .contains(&availability)
                .then_some(((rank, Reverse(p.at), instance), (said.kind, token)))
        };
        let all = kinds.into_iter().flat_map(|kind| self.states(container, kind));
        all.filter_map(shows).min_by_key(|(first, _)| *first).map(|(_, doing)| doing)
    }

    /// The end of what the calendar at that level has planned, where it is what the state comes of.
    fn until(&self, container: u16, sum: &Sum) -> Option<Timestamp> {
        let plan = self.publications.iter().find(|((name, c, instance), publication)| {
            (*name, *c, *instance) == ("calendarData", container, 0) && publication.plan.is_some()
        });
        let plan = plan.and_then(|(_, publication)| publication.plan)?;
        sum.comes_of.contains(&plan.is).then_some(plan.end)
    }

    /// Each machine with the name of its device, and how available it is.
    fn services(&self) -> Vec<(Rc<str>, u32)> {
        let machines = self.states(2, Kind::Machine).map(|(_, machine)| machine);
        machines
            .map(|m| (self.device_of(m).map_or_else(Rc::default, |d| d.text.clone()), available(m)))
            .collect()
    }

    fn device_of(&self, machine: &Publication) -> Option<&Publication> {
        let devices = self.publications.iter().filter(|((name, c, _), _)| *name == "device" && *c == 2);
        devices.map(|(_, device)| device).find(|device| device.by == machine.by)
    }
}

struct Sum {
    availability: u32,
    activity: Option<&'static str>,
    location: &'static str,
    timezone: &'static str,
    /// What of a calendar accounts for it; nothing where something else does.
    comes_of: &'static [Planned],
    until: Option<Timestamp>,
}

impl Sum {
    /// An availability and nothing else.
    const fn of(availability: u32) -> Self {
        Self { availability, activity: None, location: "", timezone: "", comes_of: &[], until: None }
    }

    fn shown(self) -> Shown {
        Shown::State {
            availability: self.availability,
            activity: self.activity.map(Rc::from),
            location: self.location.into(),
            timezone: self.timezone.into(),
            until: self.until,
        }
    }
}

fn available(publication: &Publication) -> u32 {
    publication.state.and_then(|said| said.availability).unwrap_or(0)
}
