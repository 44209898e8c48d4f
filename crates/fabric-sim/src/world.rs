//! The whole simulation as one value: nodes, authority, and packets under way, moved on by one task in virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::authority::Authority;
use crate::network::{Chance, Faults, Spoilt};
use crate::node::{Node, TICK};
use crate::packet::{Moment, Packet, Site};

/// The simulation as its handles share it.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    start: Instant,
    world: Arc<Mutex<World>>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) nodes: Vec<Node>,
    pub(crate) faults: Faults,
    pub(crate) spoilt: Spoilt,
    /// Nodes that reach each other and nobody else.
    pub(crate) cut_off: BTreeSet<usize>,
    authority: Authority,
    chance: Chance,
    under_way: BTreeMap<(Moment, u64), Event>,
    next_event: u64,
    /// When the last packet of each link arrives, so that none overtakes it.
    links: BTreeMap<(Site, Site), Moment>,
    driver: Option<Waker>,
    /// A packet is under way that arrives before the driver wakes.
    hurry: bool,
}

#[derive(Debug)]
enum Event {
    Arrives { to: Site, packet: Packet },
    Tick,
}

impl Shared {
    pub(crate) fn new(seed: u64, nodes: usize, faults: Faults, inbox_bound: usize) -> Self {
        let mut world = World {
            nodes: (0..nodes).map(|number| Node::new(number, inbox_bound)).collect(),
            faults,
            spoilt: Spoilt::default(),
            cut_off: BTreeSet::new(),
            authority: Authority::default(),
            chance: Chance::new(seed),
            under_way: BTreeMap::new(),
            next_event: 0,
            links: BTreeMap::new(),
            driver: None,
            hurry: false,
        };
        // Every node is a member at the start.
        for node in &world.nodes {
            let first = Packet::Heartbeat { session: node.session(), sent: Duration::ZERO, noticed: 0 };
            world.authority.handle(Duration::ZERO, first, &mut Vec::new());
        }
        world.schedule(Duration::ZERO, Event::Tick);
        Self { start: Instant::now(), world: Arc::new(Mutex::new(world)) }
    }

    /// Does something with the world at this moment, sends what it gave rise to, and wakes whoever it concerns.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World, Moment) -> T) -> T {
        let now = self.start.elapsed();
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = act(&mut world, now);
        world.collect(now);
        let mut wakers: Vec<Waker> = world.nodes.iter_mut().flat_map(Node::take_wakers).collect();
        if std::mem::take(&mut world.hurry) {
            wakers.extend(world.driver.take());
        }
        drop(world);
        for waker in wakers {
            waker.wake();
        }
        outcome
    }

    /// Moves the simulation on, for ever.
    pub(crate) async fn drive(self) {
        let mut timer: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|cx| {
            loop {
                let next = self.with(|world, now| {
                    world.run(now);
                    world.driver = Some(cx.waker().clone());
                    world.hurry = false;
                    world.under_way.keys().next().map_or(now + TICK, |(at, _)| *at)
                });
                let at = self.start + next;
                let sleep = timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
                if sleep.deadline() != at {
                    sleep.as_mut().reset(at);
                }
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::<()>::Pending;
                }
            }
        })
        .await;
    }
}

impl World {
    fn run(&mut self, now: Moment) {
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= now) {
            match entry.remove() {
                Event::Tick => {
                    let mut sent = Vec::new();
                    self.authority.tick(now, &mut sent);
                    self.send_all(now, Site::Authority, sent);
                    for node in &mut self.nodes {
                        node.tick(now);
                    }
                    self.schedule(now + TICK, Event::Tick);
                }
                Event::Arrives { to: Site::Authority, packet } => {
                    let mut sent = Vec::new();
                    self.authority.handle(now, packet, &mut sent);
                    self.send_all(now, Site::Authority, sent);
                }
                Event::Arrives { to: Site::Node(node), packet } => {
                    if let Some(node) = self.nodes.get_mut(node) {
                        node.handle(now, packet);
                    }
                }
            }
            self.collect(now);
        }
    }

    /// Sends what the nodes have to send.
    fn collect(&mut self, now: Moment) {
        for number in 0..self.nodes.len() {
            let sent = std::mem::take(&mut self.nodes[number].sent);
            self.send_all(now, Site::Node(number), sent);
        }
    }

    fn send_all(&mut self, now: Moment, from: Site, sent: Vec<(Site, Packet)>) {
        for (to, packet) in sent {
            self.send(now, from, to, packet);
        }
    }

    fn send(&mut self, now: Moment, from: Site, to: Site, packet: Packet) {
        if from == to {
            self.schedule(now, Event::Arrives { to, packet });
            return;
        }
        if self.is_cut_off(from) != self.is_cut_off(to) {
            return;
        }
        if self.chance.happens(self.faults.loss) {
            self.spoilt.lost += 1;
            return;
        }
        let copies = if self.chance.happens(self.faults.duplicate) { 2 } else { 1 };
        self.spoilt.doubled += copies - 1;
        for _ in 0..copies {
            let mut at = now + self.chance.between(self.faults.delay);
            if !self.faults.reorder {
                let last = self.links.entry((from, to)).or_default();
                *last = at.max(*last);
                at = *last;
            }
            self.schedule(at, Event::Arrives { to, packet: packet.clone() });
        }
    }

    fn is_cut_off(&self, site: Site) -> bool {
        match site {
            Site::Authority => false,
            Site::Node(node) => self.cut_off.contains(&node),
        }
    }

    fn schedule(&mut self, at: Moment, event: Event) {
        self.hurry |= self.under_way.keys().next().is_none_or(|(first, _)| at < *first);
        self.under_way.insert((at, self.next_event), event);
        self.next_event += 1;
    }
}
