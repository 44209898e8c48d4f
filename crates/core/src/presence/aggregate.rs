//! What a person's states add up to ([MS-PRES] §3, presence-im 1.9). The one place where that is decided.
//!
//! The states in container 2 add up for Public, Company and Personal, those in container 3 for the Team, which sees Do
//! Not Disturb as "urgent interruptions only". A person is there as long as an endpoint is bound and some machine of
//! theirs says how it is used; else the live publications go away and the kept ones, which say offline, remain.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rapport_model::{Availability, AvailabilityClass, ContainerId, EndpointId, Moment, Timestamp};

use super::{
    Activity, AggregateState, CategoryName, Device, Document, Facts, Lifetime, Occupancy, Publication,
    PublicationKey, State, StateKind, Until, Value,
};

/// The instance of the server's publications that live as long as the person is there.
pub(super) const LIVE: u32 = 1;
/// The instance of the machines' aggregate in container 2.
pub(super) const MACHINES: u32 = 0x1000_0000;
/// How long it is remembered when a person who left was last active.
const MEMORY: Duration = Duration::from_secs(30 * 24 * 3600);

/// Tells whether aggregation alone decides about this publication.
pub(super) fn is_live_of_server(key: &PublicationKey) -> bool {
    match key.category.as_str() {
        "state" => matches!(key.instance, LIVE | MACHINES),
        "legacyInterop" | "services" => key.instance == LIVE,
        _ => false,
    }
}

/// Adds up the states of a document in place. Outputs that don't change keep version and time.
pub(super) fn aggregate(document: &mut Document, any_bound: bool, now: Moment) {
    let everyone = Inputs::of(document, ContainerId::AGGREGATION, now.wall);
    let outputs = match everyone.machine.filter(|_| any_bound) {
        Some(_) => outputs_of_present(document, &everyone, now.wall),
        None => outputs_of_absent(document, now),
    };
    replace(document, outputs, now.wall);
}

type Outputs = BTreeMap<PublicationKey, (Lifetime, Value)>;

fn outputs_of_present(document: &Document, everyone: &Inputs<'_>, now: Timestamp) -> Outputs {
    let mut outputs = Outputs::new();
    let mut put = |category: CategoryName, container, instance, value| {
        outputs.insert(PublicationKey::new(category, container, instance), (Lifetime::User, value));
    };
    let devices = devices(document);
    let before = |container| last_seen(document, container);
    let (aggregate, planned) = everyone.add_up(false, &devices, before(ContainerId::AGGREGATION), now);
    // A client that writes no states for the Team leaves it those for everyone.
    let of_team = Inputs::of(document, ContainerId::TEAM_AGGREGATION, now);
    let of_team = if of_team.machine.is_some() { &of_team } else { everyone };
    let (team, planned_for_team) = of_team.add_up(true, &devices, before(ContainerId::TEAM_AGGREGATION), now);

    let machines = AggregateState {
        machine_only: true,
        availability: everyone.machine_availability(),
        activity: None,
        last_active: None,
        location: aggregate.location.clone(),
        timezone: aggregate.timezone.clone(),
        device: None,
        until: None,
    };
    put(CategoryName::state(), ContainerId::AGGREGATION, MACHINES, Value::Aggregate(machines.into()));
    // The Public level sees an availability and nothing else.
    let public = AggregateState { availability: aggregate.availability, ..AggregateState::offline(None) };
    let [aggregate, team, public] = [aggregate, team, public].map(Arc::new);
    let services = services(everyone, &devices);
    for (container, state, planned) in [
        (ContainerId::AGGREGATION, &aggregate, None),
        (ContainerId::TEAM_AGGREGATION, &team, None),
        (ContainerId::PUBLIC, &public, None),
        (ContainerId::COMPANY, &aggregate, planned),
        (ContainerId::TEAM, &team, planned_for_team),
        (ContainerId::PERSONAL, &aggregate, planned),
    ] {
        let end = planned.and_then(|planned| planned.end(document, container, now));
        let shown = end.map_or_else(|| state.clone(), |end| until(state, end));
        put(CategoryName::state(), container, LIVE, Value::Aggregate(shown));
        if container > ContainerId::TEAM_AGGREGATION {
            put(CategoryName::legacy_interop(), container, LIVE, Value::LegacyInterop(state.availability));
        }
        // Who appears offline has no services either, or the appearance would be seen through.
        if container != ContainerId::TEAM_AGGREGATION
            && state.availability.class() != AvailabilityClass::Offline
        {
            put(CategoryName::services(), container, LIVE, Value::Services(services.clone()));
        }
    }
    outputs
}

/// Whoever is not there has no live publications but the memory of when they were last active.
fn outputs_of_absent(document: &Document, now: Moment) -> Outputs {
    let key = PublicationKey::new(CategoryName::state(), ContainerId::AGGREGATION, MACHINES);
    let memory = match document.publications.get(&key).map(|memory| &**memory) {
        None => None,
        Some(Publication { lifetime: Lifetime::Until(end), value, .. }) => {
            (now.steady < *end).then(|| (Lifetime::Until(*end), value.clone()))
        }
        Some(_) => {
            let last_active = match last_seen(document, ContainerId::AGGREGATION) {
                Some(Seen { active: true, .. }) => Some(now.wall),
                Some(Seen { active: false, last_active }) => last_active,
                None => None,
            };
            let offline = AggregateState { machine_only: true, ..AggregateState::offline(last_active) };
            Some((Lifetime::Until(now.steady.plus(MEMORY)), Value::Aggregate(offline.into())))
        }
    };
    memory.map(|memory| (key, memory)).into_iter().collect()
}

fn replace(document: &mut Document, mut outputs: Outputs, now: Timestamp) {
    document.publications.retain(|key, stored| {
        if !is_live_of_server(key) {
            return true;
        }
        match outputs.remove(key) {
            None => false,
            Some((lifetime, value)) => {
                if (stored.lifetime, &stored.value) != (lifetime, &value) {
                    let version = stored.version.saturating_add(1);
                    *stored =
                        Arc::new(Publication { version, lifetime, published: now, publisher: None, value });
                }
                true
            }
        }
    });
    for (key, (lifetime, value)) in outputs {
        let first = Publication { version: 1, lifetime, published: now, publisher: None, value };
        document.publications.insert(key, first.into());
    }
}

/// What watchers were last shown of a container.
struct Seen {
    active: bool,
    last_active: Option<Timestamp>,
}

fn last_seen(document: &Document, container: ContainerId) -> Option<Seen> {
    let at = |container, instance| match &document
        .publications
        .get(&PublicationKey::new(CategoryName::state(), container, instance))?
        .value
    {
        Value::Aggregate(state) => Some(state),
        _ => None,
    };
    let state = at(container, LIVE).or_else(|| at(ContainerId::AGGREGATION, MACHINES))?;
    Some(Seen { active: is_active(state.availability), last_active: state.last_active })
}

fn is_active(availability: Availability) -> bool {
    match availability.class() {
        AvailabilityClass::Available | AvailabilityClass::Busy | AvailabilityClass::DoNotDisturb => true,
        AvailabilityClass::Undefined
        | AvailabilityClass::AvailableIdle
        | AvailabilityClass::BusyIdle
        | AvailabilityClass::BeRightBack
        | AvailabilityClass::Away
        | AvailabilityClass::Offline => false,
    }
}

/// One state with what is known of its publication.
#[derive(Clone, Copy)]
struct Input<'a> {
    instance: u32,
    publication: &'a Publication,
    state: &'a State,
}

/// The states of one aggregation container that count.
struct Inputs<'a> {
    machine: Option<Input<'a>>,
    user: Option<Input<'a>>,
    states: Vec<Input<'a>>,
}

impl<'a> Inputs<'a> {
    fn of(document: &'a Document, container: ContainerId, now: Timestamp) -> Self {
        let states: Vec<Input<'a>> = document
            .instances(&CategoryName::state(), container)
            .filter_map(|(instance, publication)| match &publication.value {
                Value::Client { facts: Facts::State(state), .. } => {
                    Some(Input { instance, publication, state })
                }
                _ => None,
            })
            .filter(|input| input.state.start.is_none_or(|start| start <= now))
            .collect();
        let of_kind = |kind| {
            let fits = move |i: &&Input<'a>| i.state.kind == kind && i.state.availability.is_some();
            states.iter().filter(fits).copied()
        };
        // Ties go to the latest, then to the highest instance, so that the order of arrival never matters.
        let machine = of_kind(StateKind::Machine)
            .max_by_key(|i| (Reverse(machine_rank(i.availability())), i.publication.published, i.instance));
        let user = of_kind(StateKind::User).max_by_key(|i| (i.publication.published, i.instance));
        Self { machine, user, states }
    }

    /// Returns the availability of the machine in most active use.
    fn machine_availability(&self) -> Availability {
        self.machine.map_or(Availability::OFFLINE, |machine| match machine.availability() {
            unknown if unknown.class() == AvailabilityClass::Undefined => Availability::AWAY,
            known => known,
        })
    }

    /// Returns the highest availability of a kind that can raise the person's.
    fn highest(&self, kind: StateKind) -> Option<Availability> {
        self.states
            .iter()
            .filter(|input| input.state.kind == kind)
            .filter_map(|input| input.state.availability)
            .filter(|a| (Availability(6000)..Availability::BE_RIGHT_BACK).contains(a))
            .max()
    }

    fn add_up(
        &self,
        team: bool,
        devices: &[OwnedDevice<'_>],
        before: Option<Seen>,
        now: Timestamp,
    ) -> (AggregateState, Option<Planned>) {
        let user = self.user.map(|user| match user.availability() {
            // For the Team the two mean the same: Communicator writes the one, SIPE the other.
            Availability::URGENT_ONLY if team => Availability::DO_NOT_DISTURB,
            other => other,
        });
        let sum = combine(
            self.machine_availability(),
            user,
            self.highest(StateKind::Phone),
            self.highest(StateKind::Calendar),
        );
        let (availability, activity, reason) = if team && sum.class() == AvailabilityClass::DoNotDisturb {
            (Availability::URGENT_ONLY, Some(urgent_interruptions_only()), self.reason(sum, None))
        } else {
            let doing = self.doing(sum);
            (sum, doing.and_then(|input| input.state.activity.clone()), self.reason(sum, doing))
        };
        let last_active = match before {
            _ if is_active(availability) => None,
            Some(Seen { active: true, .. }) => Some(now),
            Some(Seen { active: false, last_active }) => last_active,
            None => None,
        };
        let near = availability < Availability(12_000);
        let location = [self.machine, self.user]
            .into_iter()
            .flatten()
            .map(|input| &input.state.location)
            .find(|location| near && !location.is_empty());
        let is_seen = availability.class() != AvailabilityClass::Offline;
        let timezone = self.machine.filter(|_| is_seen).map(|machine| {
            let device = devices.iter().find(|d| d.publisher == machine.publication.publisher);
            device.map_or(&machine.state.timezone, |device| &device.device.timezone)
        });
        let state = AggregateState {
            machine_only: false,
            availability,
            activity,
            last_active,
            location: location.cloned().unwrap_or_default(),
            timezone: timezone.cloned().unwrap_or_default(),
            device: self.machine.and_then(|machine| machine.state.device).filter(|_| is_seen),
            until: match reason {
                Reason::Choice(end) if is_seen => end.map(Until::Chosen),
                Reason::Choice(_) | Reason::Plan(_) | Reason::Other => None,
            },
        };
        let planned = match reason {
            Reason::Plan(planned) if is_seen => Some(planned),
            Reason::Plan(_) | Reason::Choice(_) | Reason::Other => None,
        };
        (state, planned)
    }

    /// Returns what accounts for what is shown: an availability, with the activity of `doing`.
    fn reason(&self, shown: Availability, doing: Option<Input<'a>>) -> Reason {
        use AvailabilityClass::{Busy, BusyIdle};
        match doing {
            Some(Input { state: State { kind: StateKind::Calendar, availability, .. }, .. }) => {
                // Whom the calendar has out of office it gives no availability.
                Reason::Plan(if availability.is_some() { Planned::Engaged } else { Planned::Absence })
            }
            Some(Input { state: State { kind: StateKind::User, .. }, .. }) | None => {
                if let Some(choice) = self.choice(shown) {
                    return Reason::Choice(choice);
                }
                let is_engaged = matches!(shown.class(), Busy | BusyIdle);
                let is_planned = self.highest(StateKind::Calendar).is_some();
                if doing.is_none() && is_engaged && is_planned && self.highest(StateKind::Phone).is_none() {
                    Reason::Plan(Planned::Engaged)
                } else {
                    Reason::Other
                }
            }
            Some(_) => Reason::Other,
        }
    }

    /// Returns the person's choice where an availability is that, as its end, if it has one that lasts.
    fn choice(&self, shown: Availability) -> Option<Option<Timestamp>> {
        use AvailabilityClass::{Busy, BusyIdle};
        let user = self.user.filter(|user| user.availability() >= Availability(6000))?;
        let (chosen, shown) = (user.availability().class(), shown.class());
        let is_choice = chosen == shown || (chosen, shown) == (Busy, BusyIdle);
        is_choice.then_some(match user.publication.lifetime {
            Lifetime::KeptUntil(end) => Some(end),
            Lifetime::Until(_) | Lifetime::Static | Lifetime::Endpoint(_) | Lifetime::User => None,
        })
    }

    /// Returns the state whose activity is the one that shows with an availability.
    fn doing(&self, availability: Availability) -> Option<Input<'a>> {
        let fits = |activity: &Activity| {
            activity.min.is_none_or(|min| min <= availability)
                && activity.max.is_none_or(|max| availability <= max)
        };
        let chosen_by_person = |i: &Input<'_>| self.user.is_some_and(|user| user.instance == i.instance);
        self.states
            .iter()
            .filter(|input| match input.state.kind {
                StateKind::User => chosen_by_person(input),
                StateKind::Machine | StateKind::Phone | StateKind::Calendar | StateKind::Other => true,
            })
            .filter_map(|input| Some((input, input.state.activity.as_ref()?)))
            .filter(|(_, activity)| fits(activity))
            .min_by_key(|(input, activity)| {
                let rank = match &*activity.token {
                    _ if chosen_by_person(input) => 0,
                    "in-a-conference" => 1,
                    "on-the-phone" => 2,
                    "in-a-meeting" => 3,
                    "out-of-office" => 4,
                    _ => 5,
                };
                (rank, Reverse(input.publication.published), input.instance)
            })
            .map(|(input, _)| *input)
    }
}

impl Input<'_> {
    fn availability(&self) -> Availability {
        self.state.availability.unwrap_or(Availability(0))
    }
}

/// What accounts for a state that is shown.
#[derive(Clone, Copy)]
enum Reason {
    /// The person has chosen it; the end of that on the steady clock, if it has one that lasts.
    Choice(Option<Timestamp>),
    /// It stands in their calendar.
    Plan(Planned),
    /// A machine, a call, or several things.
    Other,
}

/// What a calendar has somebody for.
#[derive(Clone, Copy)]
enum Planned {
    Engaged,
    Absence,
}

impl Planned {
    /// Returns when that ends by the calendar that is published in a container.
    ///
    /// A level of access is shown the end exactly where its container holds it: whoever is served this state from there is
    /// served that calendar, too.
    fn end(self, document: &Document, container: ContainerId, now: Timestamp) -> Option<Timestamp> {
        let category = CategoryName::calendar_data();
        let calendars = document.instances(&category, container);
        let times = calendars.filter_map(|(instance, publication)| match &publication.value {
            Value::Client { facts: Facts::FreeBusy(times), .. } => {
                Some((publication.published, instance, times))
            }
            _ => None,
        });
        // Of several programs that publish a calendar the latest knows best.
        let (_, _, times) = times.max_by_key(|(published, instance, _)| (*published, *instance))?;
        let block = times.at(now)?;
        let is_that = match self {
            Self::Engaged => matches!(block.is, Occupancy::Busy | Occupancy::Tentative),
            Self::Absence => block.is == Occupancy::OutOfOffice,
        };
        is_that.then_some(block.end)
    }
}

fn until(state: &AggregateState, end: Timestamp) -> Arc<AggregateState> {
    Arc::new(AggregateState { until: Some(Until::Calendar(end)), ..state.clone() })
}

/// Orders machines from the most active: active, inactive, unknown, away, off.
fn machine_rank(availability: Availability) -> u32 {
    match availability.class() {
        AvailabilityClass::Undefined => 14_999,
        AvailabilityClass::Available
        | AvailabilityClass::AvailableIdle
        | AvailabilityClass::Busy
        | AvailabilityClass::BusyIdle
        | AvailabilityClass::DoNotDisturb
        | AvailabilityClass::BeRightBack
        | AvailabilityClass::Away
        | AvailabilityClass::Offline => availability.0,
    }
}

/// Combines what the machine, the person, calls and the calendar say (presence-im 1.9, steps 2 to 4).
fn combine(
    machine: Availability,
    user: Option<Availability>,
    phone: Option<Availability>,
    calendar: Option<Availability>,
) -> Availability {
    use AvailabilityClass as Class;
    let idle = machine.class() == Class::AvailableIdle;
    if machine.class() == Class::Offline {
        return machine;
    }
    // "Available" is no choice against the machine: the machine tells whether it is still true.
    let chosen = user.filter(|u| *u >= Availability(6000));
    // What is chosen by hand above Busy stays until the person or their client takes it back.
    if let Some(u) = chosen
        && matches!(u.class(), Class::DoNotDisturb | Class::BeRightBack | Class::Away | Class::Offline)
    {
        return u;
    }
    // Nobody is at any machine: that is away, but for a call that is up.
    if machine >= Availability::BE_RIGHT_BACK {
        return phone.map_or(machine, |call| chosen.map_or(call, |u| call.max(u)));
    }
    let when_idle = |busy: Availability| if idle { busy.max(Availability::BUSY_IDLE) } else { busy };
    let candidates = [chosen.map(when_idle), calendar.map(when_idle), phone];
    candidates.into_iter().flatten().fold(machine, Availability::max)
}

fn urgent_interruptions_only() -> Activity {
    static TOKEN: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("urgent-interruptions-only"));
    Activity {
        token: TOKEN.clone(),
        custom_xml: Arc::default(),
        min: Some(Availability::URGENT_ONLY),
        max: Some(Availability(8999)),
    }
}

/// A device and the endpoint that published it.
struct OwnedDevice<'a> {
    publisher: Option<EndpointId>,
    device: &'a Device,
}

fn devices(document: &Document) -> Vec<OwnedDevice<'_>> {
    document
        .instances(&CategoryName::device(), ContainerId::AGGREGATION)
        .filter_map(|(_, publication)| match &publication.value {
            Value::Client { facts: Facts::Device(device), .. } => {
                Some(OwnedDevice { publisher: publication.publisher, device })
            }
            _ => None,
        })
        .collect()
}

/// What a device can do, as [`Device`] has it.
type Capabilities = Arc<[(Arc<str>, bool, bool)]>;

/// What whoever can write can do; one for all of them.
static TEXT: LazyLock<Capabilities> = LazyLock::new(|| [(Arc::from("text"), true, true)].into());

/// Lists each endpoint with a machine state: what its device can do, and how available it is.
fn services(everyone: &Inputs<'_>, devices: &[OwnedDevice<'_>]) -> Arc<[Device]> {
    everyone
        .states
        .iter()
        .filter(|input| input.state.kind == StateKind::Machine)
        .map(|machine| {
            let own = devices.iter().find(|d| d.publisher == machine.publication.publisher);
            // COMPAT(pidgin-sipe): whoever publishes no device can at least write; without it Communicator greys out IM.
            let text = || Device {
                endpoint_id: Arc::default(),
                availability: Availability(0),
                capabilities: TEXT.clone(),
                timezone: Arc::default(),
            };
            let device = own.map_or_else(text, |own| own.device.clone());
            Device { availability: machine.availability(), ..device }
        })
        .collect()
}

#[cfg(test)]
mod tests;
