//! The reference: what one person's presence is, and what a watcher may see of it, in the plainest words.
//!
//! Written from [MS-PRES] and docs/protocol-coverage.md without a look at how the service does it: it shares ids and
//! numbers with it and nothing else. It is slow, and it is the specification: where it and the service differ, one of
//! the two is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rapport_model::{EndpointId, Moment, SipDomain, Timestamp, UserId};

use crate::possible::State;

mod publishing;
mod sums;

/// A category by its name.
pub type Category = &'static str;
/// Where a publication stands: category, container, instance.
pub type Place = (Category, u16, u32);

/// Everything that is published by and for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who it is.
    pub id: UserId,
    /// Who is signed in, each endpoint with the number of its sign-in.
    pub endpoints: BTreeMap<EndpointId, u64>,
    /// What their programs have published.
    pub publications: BTreeMap<Place, Publication>,
    /// Who is in which container.
    pub members: BTreeMap<u16, Members>,
    /// Who has put them on a contact list, and whether they have taken notice.
    pub prompted: BTreeMap<UserId, bool>,
}

/// The members of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// One more with every change.
    pub version: u32,
    /// Who they are.
    pub who: BTreeSet<Member>,
}

/// A member of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// One person.
    User(UserId),
    /// Everyone with an address in a domain.
    Domain(SipDomain),
    /// Everyone of the company.
    Company,
    /// Everyone of companies with which there is federation.
    Federated,
    /// Everyone of public networks.
    Public,
    /// Everyone.
    Everyone,
}

/// One publication of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// One more with every change.
    pub version: u32,
    /// How long it lives.
    pub lives: Lives,
    /// When the server took it, at the earliest.
    pub at: Timestamp,
    /// Whether that is known: a batch whose answer has not come may have been taken at any moment since.
    pub sure: bool,
    /// Which endpoint it is from.
    pub by: EndpointId,
    /// The text by which it is known again.
    pub text: Rc<str>,
    /// What it says of the person's state, if it does.
    pub state: Option<Said>,
    /// The time zone of the device, if it is one.
    pub timezone: Option<&'static str>,
    /// What the calendar has planned, if it is one with times.
    pub plan: Option<Plan>,
}

/// What a calendar has somebody for since ever, and the far moment at which that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// For what.
    pub is: Planned,
    /// When it ends, by the wall clock.
    pub end: Timestamp,
}

/// What a calendar can have somebody for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// Nothing.
    Free,
    /// Something that may take place.
    Tentative,
    /// Something.
    Busy,
    /// Being out of office.
    Out,
}

/// How long a publication lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lives {
    /// Until it is deleted.
    Always,
    /// As long as its endpoint.
    WithEndpoint,
    /// As long as any endpoint of the person.
    WithPerson,
    /// Until a moment of the clock that nobody sets.
    Until(Timestamp),
}

/// What a state says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Of what.
    pub kind: Kind,
    /// How available it makes the person, if it says so.
    pub availability: Option<u32>,
    /// The activity, with the lowest and the highest availability with which it shows.
    pub activity: Option<(&'static str, u32, u32)>,
    /// From when on it counts, by the wall clock.
    pub start: Option<Timestamp>,
    /// Whether that moment has come.
    pub begun: bool,
    /// Where it was said; empty for nowhere.
    pub location: &'static str,
}

/// Of what a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a machine.
    Machine,
    /// Of the person, by their own choice.
    User,
    /// Of a telephone.
    Phone,
    /// Of a calendar.
    Calendar,
}

/// One category instance as a watcher sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// What a program published.
    Text(Rc<str>),
    /// How the person is.
    State {
        /// The availability.
        availability: u32,
        /// The activity, if one shows.
        activity: Option<Rc<str>>,
        /// Where; empty for unknown.
        location: Rc<str>,
        /// The time zone; empty for unknown.
        timezone: Rc<str>,
        /// Until when by the calendar, if that accounts for it and is shown.
        until: Option<Timestamp>,
    },
    /// The availability for older clients.
    Legacy(u32),
    /// What each device can do: its name and availability.
    Services(Vec<(Rc<str>, u32)>),
    /// The name on the contact card.
    Name(Rc<str>),
    /// What the directory knows beside it, cut down to this many telephone numbers, with or without an office.
    Card {
        /// How many telephone numbers are shown.
        phones: usize,
        /// Whether the office is.
        office: bool,
    },
    /// An element without content.
    Empty,
}

/// What is seen of a person: each category that isn't empty, with its instances.
pub type View = BTreeMap<Category, Vec<(u32, Shown)>>;

/// Somebody who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watcher {
    /// Who it is.
    pub id: UserId,
    /// The domain of their address.
    pub domain: SipDomain,
}

/// Categories that are for the person's own programs only.
const PRIVATE: [Category; 3] = ["device", "routing", "userProperties"];
/// The five levels of access: Public, Company, Team, Personal, Blocked.
const LEVELS: [u16; 5] = [100, 200, 300, 400, BLOCKED];
const BLOCKED: u16 = 32_000;
const OFFLINE: u32 = 18_500;

/// **What may this watcher see now**, of the categories that they ask for?
pub fn view(person: &Person, watcher: &Watcher, asked: &BTreeSet<Category>) -> View {
    let seen =
        |category: &Category| (*category, see(person, container_for(person, watcher, category), category));
    asked
        .iter()
        .filter(|category| !PRIVATE.contains(category))
        .map(seen)
        .filter(|(_, all)| !all.is_empty())
        .collect()
}

/// Exactly one container supplies a category: of those that hold it, the one in which the watcher is by the nearest
/// membership, and among these the highest; no farther membership gives more than the nearest one.
fn container_for(person: &Person, watcher: &Watcher, category: Category) -> u16 {
    if person.id == watcher.id {
        return [400, 200, 100].into_iter().find(|c| holds(person, *c, category)).unwrap_or(0);
    }
    // From the nearest: by name, by domain, by company, as everyone. All here are of one company.
    let tiers =
        [Member::User(watcher.id), Member::Domain(watcher.domain.clone()), Member::Company, Member::Everyone];
    let of_tier = |tier: &Member| -> Vec<u16> {
        let all = person.members.iter().rev().filter(|(container, _)| **container > 3);
        all.filter(|(_, members)| members.who.contains(tier)).map(|(container, _)| *container).collect()
    };
    let Some(nearest) = tiers.iter().map(of_tier).find(|containers| !containers.is_empty()) else { return 0 };
    if nearest.contains(&BLOCKED) {
        return BLOCKED;
    }
    let all = tiers.iter().flat_map(of_tier).filter(|container| *container <= nearest[0]);
    all.into_iter().find(|container| holds(person, *container, category)).unwrap_or(0)
}

/// The server keeps a card, a state, services and an availability for older clients at every level.
fn holds(person: &Person, container: u16, category: Category) -> bool {
    let by_server = match category {
        "contactCard" => container == 0 || LEVELS.contains(&container),
        "state" | "services" | "legacyInterop" => LEVELS.contains(&container),
        _ => false,
    };
    by_server || person.publications.keys().any(|(name, c, _)| *name == category && *c == container)
}

fn see(person: &Person, container: u16, category: Category) -> Vec<(u32, Shown)> {
    let texts = person.publications.iter().filter(|((name, c, _), _)| *name == category && *c == container);
    let texts = texts.map(|((_, _, instance), said)| (*instance, Shown::Text(said.text.clone())));
    match category {
        _ if !holds(person, container, category) => Vec::new(),
        "contactCard" => {
            let named = container == 0 || LEVELS.contains(&container);
            let mut card: Vec<_> = named.then(|| (0, Shown::Name(name_of(person.id)))).into_iter().collect();
            card.extend(texts.filter(|_| container != BLOCKED));
            card.extend(match container {
                100 => Some((3, Shown::Card { phones: 0, office: false })),
                200 => Some((3, Shown::Card { phones: 1, office: true })),
                300 => Some((3, Shown::Card { phones: 2, office: true })),
                400 => Some((3, Shown::Card { phones: 3, office: true })),
                _ => None,
            });
            card.sort_by_key(|(instance, _)| *instance);
            card
        }
        // Who is blocked sees a name, and somebody offline who has nothing to say.
        "state" | "services" | "legacyInterop" => vec![person.sum_for(container, category)],
        _ if container == BLOCKED => Vec::new(),
        _ => texts.collect(),
    }
}

/// The name under which everybody here goes.
pub fn name_of(id: UserId) -> Rc<str> {
    format!("Person {}", id.user).into()
}

impl Person {
    /// Somebody who is new: colleagues are of the Company, and who is federated is of the Public.
    pub fn new(id: UserId) -> Self {
        let only = |member| Members { version: 1, who: BTreeSet::from([member]) };
        Self {
            id,
            endpoints: BTreeMap::new(),
            publications: BTreeMap::new(),
            members: [(100, only(Member::Federated)), (200, only(Member::Company))].into(),
            prompted: BTreeMap::new(),
        }
    }
}

/// What happens to a person's presence.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A program publishes a batch, at a moment.
    Publish {
        /// Which program.
        by: EndpointId,
        /// The batch.
        batch: Vec<Operation>,
        /// When, by the wall clock.
        now: Timestamp,
    },
    /// Memberships change: container, version as known, who comes (true) and who goes.
    Members(Vec<MembersChange>),
    /// Somebody has put the person on a contact list.
    Prompt(UserId),
    /// The person has taken notice of these.
    Notice(Vec<UserId>),
    /// An endpoint signs in.
    SignIn(EndpointId, u64),
    /// A sign-in ends, however it does.
    Gone(EndpointId, u64),
    /// Time passes.
    Time(Moment),
    /// The whole service starts anew.
    Restart,
}

/// A container, its version as known, and who comes (true) or goes (false), in this order.
pub type MembersChange = (u16, u32, Vec<(bool, Member)>);

/// One operation of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Where.
    pub place: Place,
    /// The version as known.
    pub version: u32,
    /// What to put there; none to delete.
    pub put: Option<Put>,
}

/// What is put at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    /// How long it shall live.
    pub lives: Lives,
    /// With whose endpoint, if with one.
    pub with: EndpointId,
    /// Its text.
    pub text: Rc<str>,
    /// What it says of a state.
    pub state: Option<Said>,
    /// The device's time zone.
    pub timezone: Option<&'static str>,
    /// What the calendar has planned, if it is one with times.
    pub plan: Option<Plan>,
}

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum No {
    /// These operations, counted from 1, name a version that isn't the current one, which is given.
    Versions(Vec<(u32, u32)>),
    /// A rule is against it: its code.
    Refused(&'static str),
    /// The endpoint is not signed in.
    NotThere,
    /// There is nothing to do.
    Nothing,
}

impl State for Person {
    type Deed = Deed;
    type No = No;

    fn after(&self, deed: &Deed) -> Result<Self, No> {
        self.do_deed(deed)
    }
}
