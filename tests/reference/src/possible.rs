//! What may be true while something is under way: every state that the deeds begun so far can have led to.
//!
//! A deed that was begun may be done already or not yet; one whose answer was lost may have been done or not. So there
//! are several worlds, and each answer rules some of them out. So does what somebody sees: a deed that shows is done, and
//! must not turn out afterwards to have been refused, or lost.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

/// A state and what deeds make of it.
pub trait State: Clone + PartialEq + Debug {
    /// What can be done to it.
    type Deed: Debug;
    /// Why it isn't done.
    type No: PartialEq + Debug;

    /// The state after a deed.
    ///
    /// # Errors
    /// Why the deed is refused.
    fn after(&self, deed: &Self::Deed) -> Result<Self, Self::No>;
}

/// The number of a deed.
pub type DeedId = u64;

/// Every state that may be the true one, and every one that may have been since things were last certain.
#[derive(Debug)]
pub struct Possible<S: State> {
    worlds: Vec<World<S>>,
    open: BTreeMap<DeedId, S::Deed>,
    next: DeedId,
    past: Vec<Past<S>>,
}

/// A state that may have been the true one.
#[derive(Clone, Debug)]
struct Past<S> {
    /// What must have been done for it, beside what was decided before.
    done: Vec<DeedId>,
    state: Rc<S>,
    /// Something of it was refused afterwards: it never was.
    never: bool,
}

#[derive(Clone, Debug)]
struct World<S> {
    done: Vec<DeedId>,
    state: Rc<S>,
    /// Where the state stands in the past.
    at: usize,
}

impl<S: State> Possible<S> {
    /// Begins with one certain state.
    pub fn new(state: S) -> Self {
        let mut possible = Self { worlds: Vec::new(), open: BTreeMap::new(), next: 0, past: Vec::new() };
        possible.make_certain(state);
        possible
    }

    /// Says that this is the state, whatever was open.
    pub fn make_certain(&mut self, state: S) {
        let state = Rc::new(state);
        self.open.clear();
        self.past = vec![Past { done: Vec::new(), state: state.clone(), never: false }];
        self.worlds = vec![World { done: Vec::new(), state, at: 0 }];
    }

    /// One of the states that may be: the first.
    pub fn one(&self) -> &Rc<S> {
        &self.worlds[0].state
    }

    /// Every state that may be.
    pub fn all(&self) -> impl Iterator<Item = &Rc<S>> {
        self.worlds.iter().map(|world| &world.state)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.worlds.len()
    }

    /// A deed that was begun and not decided.
    pub fn open(&self, id: DeedId) -> Option<&S::Deed> {
        self.open.get(&id)
    }

    /// Every deed that was begun and not decided.
    pub fn undecided(&self) -> impl Iterator<Item = &S::Deed> {
        self.open.values()
    }

    /// Every state in which all of these deeds are done.
    pub fn with(&self, must: &[DeedId]) -> impl Iterator<Item = &Rc<S>> {
        let all = self.worlds.iter().filter(|world| must.iter().all(|id| world.done.contains(id)));
        all.map(|world| &world.state)
    }

    /// A mark in the past: everything that may be now, or may have been since, stands behind it.
    pub fn mark(&self) -> usize {
        self.worlds.iter().map(|world| world.at).min().unwrap_or(0)
    }

    /// Every state that may have been the true one since a mark, the latest first.
    pub fn since(&self, mark: usize) -> impl Iterator<Item = &Rc<S>> {
        self.past_since(mark).map(|past| &past.state)
    }

    fn past_since(&self, mark: usize) -> impl Iterator<Item = &Past<S>> {
        self.past[mark.min(self.past.len() - 1)..].iter().rev().filter(|past| !past.never)
    }

    /// Something was seen that only some states show, at a moment since a mark; false when it can't have been. Every deed
    /// of these kinds without which it could not have been seen is done.
    pub fn seen(
        &mut self,
        mark: usize,
        shows: impl Fn(&S) -> bool,
        kinds: impl Fn(&S::Deed) -> bool,
    ) -> bool {
        let mut needed: Option<Vec<DeedId>> = None;
        for past in self.past_since(mark) {
            if needed.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
            if !shows(&past.state) {
                continue;
            }
            let open = |id: &DeedId| self.open.get(id).is_some_and(&kinds);
            match &mut needed {
                None => needed = Some(past.done.iter().copied().filter(open).collect()),
                Some(needed) => needed.retain(|id| past.done.contains(id)),
            }
        }
        let Some(needed) = needed else { return false };
        self.keep(|world| needed.iter().all(|id| world.done.contains(id)));
        !self.worlds.is_empty()
    }

    /// Begins a deed: from now on it may be done.
    pub fn begin(&mut self, deed: S::Deed) -> DeedId {
        let id = self.next;
        self.next += 1;
        self.open.insert(id, deed);
        self.spread();
        id
    }

    /// The deed is done; false when that can't be.
    pub fn did(&mut self, id: DeedId) -> bool {
        self.open.remove(&id);
        self.keep(|world| world.done.contains(&id));
        for world in &mut self.worlds {
            world.done.retain(|done| *done != id);
        }
        self.merge();
        !self.worlds.is_empty()
    }

    /// The deed is not done and never will be; false when that can't be.
    pub fn did_not(&mut self, id: DeedId) -> bool {
        self.open.remove(&id);
        for past in self.past.iter_mut().filter(|past| past.done.contains(&id)) {
            past.never = true;
        }
        self.keep(|world| !world.done.contains(&id));
        !self.worlds.is_empty()
    }

    /// Brings what an answer has told into every state that may be.
    pub fn amend(&mut self, change: impl Fn(&mut S)) {
        for world in &mut self.worlds {
            let mut state = S::clone(&world.state);
            change(&mut state);
            if state != *world.state {
                world.state = Rc::new(state);
                world.at = self.past.len();
                let done = world.done.clone();
                self.past.push(Past { done, state: world.state.clone(), never: false });
            }
        }
        // What is still open was worked out from states that were not amended.
        self.spread();
        self.merge();
    }

    fn keep(&mut self, stays: impl Fn(&World<S>) -> bool) {
        self.worlds.retain(stays);
    }

    /// Does every open deed wherever it isn't done yet and can be.
    fn spread(&mut self) {
        let mut from = 0;
        while from < self.worlds.len() {
            let world = self.worlds[from].clone();
            for (id, deed) in self.open.iter().filter(|(id, _)| !world.done.contains(id)) {
                let Ok(state) = world.state.after(deed) else { continue };
                let mut done = world.done.clone();
                done.push(*id);
                done.sort_unstable();
                if self.worlds.iter().any(|known| known.done == done && *known.state == state) {
                    continue;
                }
                let known = self.worlds.iter().find(|known| *known.state == state);
                let state = known.map_or_else(|| Rc::new(state), |known| known.state.clone());
                let at = self.past.len();
                self.past.push(Past { done: done.clone(), state: state.clone(), never: false });
                self.worlds.push(World { done, state, at });
            }
            from += 1;
        }
    }

    fn merge(&mut self) {
        let mut distinct: Vec<World<S>> = Vec::new();
        for world in self.worlds.drain(..) {
            if !distinct.iter().any(|known| known.done == world.done && known.state == world.state) {
                distinct.push(world);
            }
        }
        self.worlds = distinct;
    }
}
