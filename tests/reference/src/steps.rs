//! What can happen next: chosen by the dice of the step, from what is possible at that moment.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rapport_model::{SipDomain, Timestamp, UserId};
use rapport_service::clock::Clock;

use crate::cast::{DOMAINS, PEOPLE};
use crate::client::{Client, Request, Whom};
use crate::dice::Dice;
use crate::ground::{Ground, Weather};
use crate::life::{Life, Wrong};
use crate::list::{Asked, Change, Who};
use crate::reference::{
    Category, Kind, Lives, Member, MembersChange, Operation, Place, Plan, Planned, Put, Said,
};

/// 2100-01-01: an end of what a calendar has planned.
const FAR: Timestamp = Timestamp(4_102_444_800_000);
/// More possible worlds than this are not worth their time: things come to rest first.
const MOST_WORLDS: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    SignIn,
    SignOut,
    Drop,
    Publish,
    Members,
    Notice,
    Subscribe,
    Unsubscribe,
    Poll,
    Open,
    Close,
    Change,
    Wait,
    Clock,
    BadStore,
    SlowStore,
    Kill,
    Restart,
    Freeze,
    Thaw,
    CutOff,
    Heal,
    Weather,
    Rest,
}

/// Each step with its weight; those behind the line need a network.
const STEPS: [(usize, Step); 24] = [
    (12, Step::SignIn),
    (3, Step::SignOut),
    (3, Step::Drop),
    (34, Step::Publish),
    (12, Step::Members),
    (3, Step::Notice),
    (14, Step::Subscribe),
    (3, Step::Unsubscribe),
    (4, Step::Poll),
    (4, Step::Open),
    (2, Step::Close),
    (14, Step::Change),
    (10, Step::Wait),
    (2, Step::Clock),
    (3, Step::BadStore),
    (2, Step::SlowStore),
    (1, Step::Kill),
    (4, Step::Restart),
    (3, Step::Rest),
    // ---
    (2, Step::Freeze),
    (5, Step::Thaw),
    (2, Step::CutOff),
    (5, Step::Heal),
    (4, Step::Weather),
];
const OF_ONE_NODE: usize = 19;

/// All that anybody can ask to see.
pub(crate) fn everything() -> BTreeSet<Category> {
    translate_categories()
}

fn translate_categories() -> BTreeSet<Category> {
    crate::translate::CATEGORIES.into()
}

impl<G: Ground> Life<G> {
    /// One step.
    pub(crate) async fn step(&mut self, dice: &Dice) -> Result<(), Wrong> {
        let steps = if self.nodes.len() > 1 { &STEPS[..] } else { &STEPS[..OF_ONE_NODE] };
        let mut step = dice.weighted(steps);
        if self.clients.len() < 3 && dice.one_in(2) {
            step = Step::SignIn;
        }
        if self.people.iter().any(|p| p.presence.count() > MOST_WORLDS || p.list.count() > MOST_WORLDS) {
            step = Step::Rest;
        }
        let asked = self.take(step, dice).await?;
        // Mostly one thing after the other; now and then at once.
        if let Some(number) = asked.filter(|_| !dice.one_in(5)) {
            for _ in 0..40 {
                self.pass(Duration::from_millis(10)).await?;
                if self.clients.get(&number).is_none_or(|client| client.busy.is_none()) {
                    break;
                }
            }
        }
        self.pass(Duration::from_millis(*dice.pick(&[1, 1, 5, 50]))).await
    }

    /// Takes a step; returns the program that asks for something.
    async fn take(&mut self, step: Step, dice: &Dice) -> Result<Option<u64>, Wrong> {
        self.tell(|| format!("  {step:?}"));
        let mut asked = None;
        let mut idle = false;
        match step {
            Step::SignIn => {
                let user = self.any_user(dice);
                let node = dice.below(self.nodes.len());
                let endpoint = self.person(user).endpoint(1 + dice.below(3) as u8);
                // A client waits for its sign-in before it begins another one.
                let begins = |c: &Client<G::Fabric>| c.endpoint == endpoint && c.session.is_none() && !c.over;
                if self.nodes[node].services.is_some() && !self.clients.values().any(begins) {
                    let number = self.sign_in(endpoint, node);
                    self.first_things(number, dice);
                    self.counts.step("sign in");
                    asked = Some(number);
                } else {
                    idle = true;
                }
            }
            Step::SignOut => {
                if let Some(number) = self.any_client(dice) {
                    self.counts.step("sign out");
                    self.begin(number, Request::SignOut);
                    asked = Some(number);
                } else {
                    idle = true;
                }
            }
            Step::Drop => {
                if let Some(number) = self.any_client(dice) {
                    self.counts.fault("a connection's task that ends without a word");
                    self.end(number);
                    self.clients.remove(&number);
                } else {
                    idle = true;
                }
            }
            Step::Wait => {
                let long = if self.nodes.len() == 1 { 3_600_000 } else { 40_000 };
                let time = *dice.pick(&[300, 300, 1000, 1000, 1500, 3000, 6000, long]);
                self.counts.step("time that passes");
                self.pass(Duration::from_millis(time)).await?;
            }
            Step::Clock => self.move_the_clock(dice),
            Step::Rest => {
                self.counts.step("rest, since too much was in doubt or by chance");
                self.rest().await?;
            }
            Step::BadStore
            | Step::SlowStore
            | Step::Kill
            | Step::Restart
            | Step::Freeze
            | Step::Thaw
            | Step::CutOff
            | Step::Heal
            | Step::Weather => idle = !self.befall(step, dice),
            Step::Publish
            | Step::Members
            | Step::Notice
            | Step::Subscribe
            | Step::Unsubscribe
            | Step::Poll
            | Step::Open
            | Step::Close
            | Step::Change => {
                if let Some(number) = self.any_client(dice)
                    && let Some(request) = self.request(step, number, dice)
                {
                    self.begin(number, request);
                    asked = Some(number);
                } else {
                    idle = true;
                }
            }
        }
        self.counts.idle += u64::from(idle);
        Ok(asked)
    }

    /// Lets a fault befall somebody, or ends one; false when there is nobody whom it can befall.
    fn befall(&mut self, step: Step, dice: &Dice) -> bool {
        let node = dice.below(self.nodes.len());
        let down = self.nodes.iter().filter(|n| n.services.is_none() || n.frozen || n.cut_off).count();
        match step {
            Step::BadStore => {
                let bad = !self.nodes[node].line.is_bad.fetch_xor(true, Ordering::Relaxed);
                if bad {
                    self.counts.fault("a store out of reach now and then");
                }
            }
            Step::SlowStore => {
                self.nodes[node].line.slow.store(*dice.pick(&[0, 20, 300]), Ordering::Relaxed);
                self.counts.fault("a slow store");
            }
            Step::Kill if self.nodes[node].services.is_some() && down < 2 => {
                self.kill(node);
                self.counts.fault("a node's death");
            }
            Step::Restart if self.nodes[node].services.is_none() => {
                self.ground.restart(node);
                self.start(node);
                self.counts.fault("a node's return");
            }
            Step::Freeze if self.nodes[node].services.is_some() && down < 2 => {
                self.ground.freeze(node);
                self.nodes[node].frozen = true;
                self.nodes[node].line.frozen.send_replace(true);
                self.shake(node);
                self.counts.fault("a node's freeze");
            }
            Step::Thaw if self.nodes[node].frozen => {
                self.thaw(node);
                self.counts.fault("a node's thaw");
            }
            Step::CutOff if down < 2 => {
                self.ground.cut_off(&[node]);
                self.nodes[node].cut_off = true;
                self.shake(node);
                self.counts.fault("a node cut off");
            }
            Step::Heal if self.nodes.iter().any(|node| node.cut_off) => {
                self.ground.heal();
                for node in &mut self.nodes {
                    node.cut_off = false;
                }
                self.counts.fault("a network made whole");
            }
            Step::Weather => {
                let all = [Weather::Fine, Weather::Late, Weather::Losing, Weather::Doubling, Weather::Harsh];
                let weather = *dice.pick(&all);
                self.ground.weather(weather);
                self.counts.fault(match weather {
                    Weather::Fine => "a good network again",
                    Weather::Late => "packets late and overtaking",
                    Weather::Losing => "packets lost",
                    Weather::Doubling => "packets twice",
                    Weather::Harsh => "packets late, lost and twice",
                });
            }
            _ => return false,
        }
        true
    }

    pub(crate) fn thaw(&mut self, node: usize) {
        if self.nodes[node].frozen {
            self.ground.thaw(node);
            self.nodes[node].frozen = false;
            self.nodes[node].line.frozen.send_replace(false);
        }
    }

    fn move_the_clock(&mut self, dice: &Dice) {
        const HOUR: i64 = 3600;
        const TWELVE_YEARS: i64 = 12 * 366 * 24 * HOUR;
        let (by, what) = *dice.pick(&[
            (HOUR, "a wall clock an hour ahead"),
            (-HOUR, "a wall clock an hour back"),
            (24 * HOUR, "a wall clock a day ahead"),
            (-24 * HOUR, "a wall clock a day back"),
            (TWELVE_YEARS, "a wall clock beyond 2038"),
            (-TWELVE_YEARS, "a wall clock before 2014"),
        ]);
        self.clock.set_by(by);
        self.counts.fault(what);
    }

    fn any_user(&self, dice: &Dice) -> UserId {
        self.people[dice.below(PEOPLE)].id
    }

    /// A program that is signed in and waits for nothing.
    fn any_client(&self, dice: &Dice) -> Option<u64> {
        let idle = |c: &&Client<G::Fabric>| c.is_idle() && c.todo.is_empty();
        let all: Vec<u64> = self.clients.values().filter(idle).map(|c| c.number).collect();
        (!all.is_empty()).then(|| *dice.pick(&all))
    }

    /// What a program does once it is signed in.
    fn first_things(&mut self, number: u64, dice: &Dice) {
        let mut todo = Vec::new();
        if !dice.one_in(4) {
            todo.push(Request::OpenList);
        }
        if !dice.one_in(4) {
            todo.push(Request::OpenOwn);
        }
        if !dice.one_in(4) {
            let endpoint = self.clients[&number].endpoint;
            let containers: &[u16] = if dice.one_in(3) { &[2] } else { &[2, 3] };
            let mut batch = Vec::new();
            for container in containers {
                let place = ("state", *container, 0x3000_0000 + u32::from(endpoint.instance.0[0]));
                batch.push(self.put(number, place, Lives::WithEndpoint, Some(machine(3500)), None));
            }
            if dice.one_in(2) {
                let place = ("device", 2, u32::from(endpoint.instance.0[0]));
                batch.push(self.put(number, place, Lives::WithEndpoint, None, Some("00:00:00+01:00")));
            }
            todo.push(Request::Publish(batch));
        }
        if !dice.one_in(4) {
            todo.push(self.subscription(dice));
        }
        if let Some(client) = self.clients.get_mut(&number) {
            client.todo.extend(todo);
        }
    }

    fn request(&mut self, step: Step, number: u64, dice: &Dice) -> Option<Request> {
        let client = &self.clients[&number];
        let own = client.endpoint.user;
        Some(match step {
            Step::Publish => {
                self.counts.step("publish");
                Request::Publish(self.batch(number, dice))
            }
            Step::Members => {
                self.counts.step("change who is in a container");
                let changes = (0..1 + dice.below(2)).map(|_| self.members_change(own, dice)).collect();
                Request::Members(changes)
            }
            Step::Notice => {
                self.counts.step("take notice of a subscriber");
                Request::Notice(vec![self.any_user(dice)])
            }
            Step::Subscribe => {
                self.counts.step("subscribe");
                self.subscription(dice)
            }
            Step::Unsubscribe => {
                let watched: Vec<UserId> = client.watching.keys().copied().collect();
                if watched.is_empty() {
                    return None;
                }
                let whom = *dice.pick(&watched);
                self.counts.step("unsubscribe");
                Request::Unsubscribe(vec![whom])
            }
            Step::Poll => {
                self.counts.step("look once");
                Request::Poll { whom: self.whom(dice), asked: asked(dice) }
            }
            Step::Open => {
                self.counts.step("open a list or the own document");
                if dice.one_in(2) { Request::OpenOwn } else { Request::OpenList }
            }
            Step::Close => {
                self.counts.step("close a list or the own document");
                if dice.one_in(2) { Request::CloseOwn } else { Request::CloseList }
            }
            _ => {
                self.counts.step("change a contact list");
                Request::Change(self.list_change(own, dice))
            }
        })
    }

    fn subscription(&mut self, dice: &Dice) -> Request {
        Request::Subscribe { whom: self.whom(dice), asked: asked(dice) }
    }

    fn whom(&self, dice: &Dice) -> Vec<Whom> {
        let mut whom: Vec<Whom> = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let user = self.any_user(dice);
            let known = |w: &Whom| matches!(w, Whom::Colleague(other, _) if *other == user);
            if dice.one_in(25) {
                whom.push(if dice.one_in(2) { Whom::Nobody } else { Whom::Foreigner });
            } else if !whom.iter().any(known) {
                whom.push(Whom::Colleague(user, dice.one_in(4)));
            }
        }
        whom
    }

    fn put(
        &mut self,
        number: u64,
        place: Place,
        lives: Lives,
        state: Option<Said>,
        timezone: Option<&'static str>,
    ) -> Operation {
        let endpoint = self.clients[&number].endpoint;
        let version = self.presence(endpoint.user).one().version(&place);
        self.last += 1;
        let text: Rc<str> = format!("{}#{}@{}", place.0, self.last, place.1).into();
        Operation {
            place,
            version,
            put: Some(Put { lives, with: endpoint, text, state, timezone, plan: None }),
        }
    }

    fn batch(&mut self, number: u64, dice: &Dice) -> Vec<Operation> {
        let mut batch: Vec<Operation> = Vec::new();
        for _ in 0..1 + dice.below(3) {
            for operation in self.operations(number, dice) {
                if !batch.iter().any(|other| other.place == operation.place) {
                    batch.push(operation);
                }
            }
        }
        self.spoil(number, &mut batch, dice);
        batch
    }

    /// Makes a batch wrong, now and then, in one way.
    fn spoil(&mut self, number: u64, batch: &mut Vec<Operation>, dice: &Dice) {
        let endpoint = self.clients[&number].endpoint;
        let at = dice.below(batch.len());
        match dice.below(60) {
            0..4 => batch[at].version += 1,
            4..8 => batch[at].version = batch[at].version.saturating_sub(1),
            8 => batch.push(self.put(number, ("state", 200, 1), Lives::Always, Some(machine(3500)), None)),
            9 => batch.push(batch[at].clone()),
            10 => batch.push(self.put(number, ("note", 40_000, 0), Lives::Always, None, None)),
            11 => {
                let mut foreign = self.put(number, ("note", 200, 7), Lives::WithEndpoint, None, None);
                if let Some(put) = &mut foreign.put {
                    put.with = self.person(endpoint.user).endpoint(9);
                }
                batch.push(foreign);
            }
            12 => {
                let mut large = self.put(number, ("note", 200, 7), Lives::Always, None, None);
                if let Some(put) = &mut large.put {
                    put.text = "x".repeat(64 * 1024 + 1).into();
                }
                batch.push(large);
            }
            // The directory's card is passed over.
            13 => batch.push(self.put(number, ("contactCard", 200, 0), Lives::Always, None, None)),
            _ => {}
        }
    }

    fn operations(&mut self, number: u64, dice: &Dice) -> Vec<Operation> {
        let endpoint = self.clients[&number].endpoint;
        let instance = u32::from(endpoint.instance.0[0]);
        let now = self.clock.wall();
        let level = *dice.pick(&[100, 150, 200, 200, 300, 300, 400, 400, 32_000]);
        let lives = self.lives(dice);
        let location = *dice.pick(&["", "Office", "Home"]);
        let both: &[u16] = match dice.below(4) {
            0 => &[2],
            1 => &[3],
            _ => &[2, 3],
        };
        match dice.below(12) {
            0..3 => vec![self.put(number, ("note", level, dice.below(2) as u32), lives, None, None)],
            3 => {
                let mut operation = self.put(number, ("calendarData", level, 0), lives, None, None);
                let is = *dice.pick(&[
                    Planned::Free,
                    Planned::Tentative,
                    Planned::Busy,
                    Planned::Busy,
                    Planned::Out,
                ]);
                // So far away that no clock here gets there, and another one each time.
                let end = Timestamp(FAR.0 + i64::try_from(self.last).unwrap_or_default());
                if let Some(put) = operation.put.as_mut().filter(|_| !dice.one_in(4)) {
                    put.plan = Some(Plan { is, end });
                }
                vec![operation]
            }
            4 => vec![match dice.one_in(2) {
                true => self.put(number, ("contactCard", level, 1), lives, None, None),
                false => self.put(number, ("routing", level, 0), lives, None, None),
            }],
            5..7 => {
                let availability = *dice.pick(&[3500, 3500, 5000, 15_500, 0, 18_500]);
                let said = Said { location, ..machine(availability) };
                let place = |container| ("state", container, 0x3000_0000 + instance);
                both.iter()
                    .map(|c| self.put(number, place(*c), Lives::WithEndpoint, Some(said), None))
                    .collect()
            }
            7..9 => {
                let availability = *dice.pick(&[3500, 6500, 6900, 9500, 12_500, 15_500, 18_500]);
                let activity = dice.one_in(4).then_some(("presenting", 6500, 11_999));
                let said = Said {
                    kind: Kind::User,
                    availability: Some(availability),
                    activity,
                    start: None,
                    begun: true,
                    location,
                };
                let lives = if dice.one_in(3) { lives } else { Lives::Always };
                let place = |container| ("state", container, 0x2000_0000);
                both.iter().map(|c| self.put(number, place(*c), lives, Some(said), None)).collect()
            }
            9 => {
                let start = match dice.below(3) {
                    0 => None,
                    1 => Some(Timestamp(now.0 + 2000)),
                    _ => Some(Timestamp(now.0 + 30_000)),
                };
                let (kind, base, availability, activity) = *dice.pick(&[
                    (Kind::Phone, 0x8000_0000, Some(6500), ("on-the-phone", 6500, 8999)),
                    (Kind::Calendar, 0x4000_0000, Some(6500), ("in-a-meeting", 6500, 8999)),
                    (Kind::Calendar, 0x5000_0000, None, ("out-of-office", 12_000, u32::MAX)),
                    (Kind::Phone, 0x8100_0000, Some(7000), ("in-a-conference", 7000, 8999)),
                ]);
                let begun = start.is_none();
                let said = Said { kind, availability, activity: Some(activity), start, begun, location: "" };
                let place = |container| ("state", container, base + instance);
                both.iter().map(|c| self.put(number, place(*c), lives, Some(said), None)).collect()
            }
            10 => {
                vec![self.put(
                    number,
                    ("device", 2, instance),
                    Lives::WithEndpoint,
                    None,
                    Some("00:00:00+02:00"),
                )]
            }
            _ => {
                let places: Vec<(Place, u32)> = self
                    .presence(endpoint.user)
                    .one()
                    .publications
                    .iter()
                    .map(|(place, publication)| (*place, publication.version))
                    .collect();
                let nothing = (("note", 400, 5), 0);
                let (place, version) =
                    if places.is_empty() || dice.one_in(8) { nothing } else { *dice.pick(&places) };
                vec![Operation { place, version, put: None }]
            }
        }
    }

    fn lives(&self, dice: &Dice) -> Lives {
        let now = self.clock.moment().steady;
        match dice.below(8) {
            0..3 => Lives::Always,
            3..5 => Lives::WithEndpoint,
            5 => Lives::WithPerson,
            _ => Lives::Until(Timestamp(now.0 + *dice.pick(&[1000, 3000, 20_000, 3_600_000]))),
        }
    }

    fn members_change(&mut self, own: UserId, dice: &Dice) -> MembersChange {
        let container = *dice.pick(&[100, 150, 200, 300, 300, 400, 32_000, 32_000]);
        let container = if dice.one_in(40) { 0 } else { container };
        let known = self.presence(own).one().members.get(&container).cloned().unwrap_or_default();
        let version = match dice.below(16) {
            0 => known.version + 1,
            1 => known.version.saturating_sub(1),
            _ => known.version,
        };
        let mut members = Vec::new();
        for _ in 0..1 + dice.below(2) {
            let there: Vec<Member> = known.who.iter().cloned().collect();
            if !there.is_empty() && dice.one_in(2) {
                members.push((false, dice.pick(&there).clone()));
                continue;
            }
            let domain = SipDomain::parse(DOMAINS[dice.below(DOMAINS.len())]).expect("a domain");
            members.push((
                true,
                match dice.below(12) {
                    0..7 => Member::User(self.any_user(dice)),
                    7..9 => Member::Domain(domain),
                    9 => Member::Company,
                    10 => dice.pick(&[Member::Federated, Member::Public]).clone(),
                    _ => Member::Everyone,
                },
            ));
        }
        (container, version, members)
    }

    fn list_change(&mut self, own: UserId, dice: &Dice) -> Asked {
        let user = self.any_user(dice);
        self.last += 1;
        let name: Rc<str> = format!("name#{}", self.last).into();
        let list = self.person(own).list.one().clone();
        let groups: Vec<u32> = list.groups.keys().copied().collect();
        let group = *dice.pick(&groups);
        let who = match dice.below(4) {
            0 => Who::Stranger(dice.below(3) as u8),
            _ => Who::Person(user),
        };
        // More comes than goes, so that a list gets full.
        let change = match dice.below(12) {
            0..5 => Change::Set(who, name, vec![group, *dice.pick(&groups), dice.below(6) as u32]),
            5 => Change::Delete(who),
            6..9 => Change::AddGroup(if dice.one_in(4) {
                (*dice.pick(&["~", "", "Friends"])).into()
            } else {
                name
            }),
            9 => Change::Rename(group, name),
            10 => Change::Rename(dice.below(6) as u32, name),
            _ => Change::DeleteGroup(group),
        };
        let number = match dice.below(8) {
            0 => list.number + 1,
            1 => list.number.saturating_sub(1),
            _ => list.number,
        };
        Asked { number, change }
    }
}

fn asked(dice: &Dice) -> BTreeSet<Category> {
    match dice.below(4) {
        0 => everything(),
        1 => ["note", "state"].into(),
        _ => ["calendarData", "contactCard", "note", "services", "state"].into(),
    }
}

/// What a machine says.
fn machine(availability: u32) -> Said {
    Said {
        kind: Kind::Machine,
        availability: Some(availability),
        activity: None,
        start: None,
        begun: true,
        location: "",
    }
}
