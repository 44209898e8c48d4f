//! The inboxes of the bindings that live on one node.

use std::collections::{BTreeMap, VecDeque};

use rapport_fabric::{Binding, Fence};

use crate::packet::Bytes;

/// What waits in an inbox.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Message(Bytes),
    Order(Bytes),
    Call(u64, Bytes),
    Cancelled(u64, Option<Bytes>),
}

/// What an inbox has to say.
#[derive(Debug)]
pub(crate) enum Next {
    Item(Item),
    Fenced(Fence),
    Nothing,
    Over,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Taken,
    NotThere,
    /// There was no room for a message or a call.
    Refused,
    /// There was none for an order.
    Full,
}

#[derive(Debug)]
pub(crate) struct Inboxes {
    bound: usize,
    open: BTreeMap<Binding, Inbox>,
    /// Ends that were told before the binding itself was.
    ended_early: BTreeMap<Binding, Option<Fence>>,
}

#[derive(Debug, Default)]
struct Inbox {
    items: VecDeque<Item>,
    closed: bool,
    fence: Option<Fence>,
}

/// The calls that waited in an inbox when it was closed.
pub(crate) type Dropped = Vec<u64>;

impl Inboxes {
    pub(crate) fn new(bound: usize) -> Self {
        Self { bound, open: BTreeMap::new(), ended_early: BTreeMap::new() }
    }

    pub(crate) fn open(&mut self, binding: Binding) -> Dropped {
        self.open.insert(binding, Inbox::default());
        match self.ended_early.remove(&binding) {
            Some(fence) => self.close(binding, fence),
            None => Vec::new(),
        }
    }

    pub(crate) fn knows(&self, binding: Binding) -> bool {
        self.open.contains_key(&binding)
    }

    pub(crate) fn put(&mut self, binding: Binding, item: Item) -> Put {
        let Some(inbox) = self.open.get_mut(&binding).filter(|inbox| !inbox.closed) else {
            return Put::NotThere;
        };
        match item {
            Item::Message(_) | Item::Call(..) if inbox.items.len() >= self.bound / 2 => return Put::Refused,
            Item::Order(_) if inbox.items.len() >= self.bound => return Put::Full,
            // There are no more ends of calls than calls that the inbox has given out.
            Item::Message(_) | Item::Order(_) | Item::Call(..) | Item::Cancelled(..) => {}
        }
        inbox.items.push_back(item);
        Put::Taken
    }

    pub(crate) fn next(&mut self, binding: Binding) -> Next {
        let Some(inbox) = self.open.get_mut(&binding) else { return Next::Over };
        if let Some(item) = inbox.items.pop_front() {
            return Next::Item(item);
        }
        match inbox.fence.take() {
            Some(fence) => Next::Fenced(fence),
            None if inbox.closed => Next::Over,
            None => Next::Nothing,
        }
    }

    pub(crate) fn close(&mut self, binding: Binding, fence: Option<Fence>) -> Dropped {
        let Some(inbox) = self.open.get_mut(&binding) else {
            self.ended_early.insert(binding, fence);
            return Vec::new();
        };
        if inbox.closed {
            return Vec::new();
        }
        inbox.closed = true;
        inbox.fence = fence;
        let call = |item| match item {
            Item::Call(id, _) => Some(id),
            Item::Message(_) | Item::Order(_) | Item::Cancelled(..) => None,
        };
        std::mem::take(&mut inbox.items).into_iter().filter_map(call).collect()
    }

    pub(crate) fn close_all(&mut self, fence: Option<Fence>) {
        for inbox in self.open.values_mut().filter(|inbox| !inbox.closed) {
            inbox.closed = true;
            inbox.fence = fence;
            inbox.items.clear();
        }
        if fence.is_none() {
            for inbox in self.open.values_mut() {
                inbox.fence = None;
            }
        }
    }

    pub(crate) fn forget_early_ends(&mut self) {
        self.ended_early.clear();
    }

    /// Takes an inbox away whose reader is gone, and tells whether it was open.
    pub(crate) fn remove(&mut self, binding: Binding) -> (Dropped, bool) {
        let was_open = self.open.get(&binding).is_some_and(|inbox| !inbox.closed);
        let dropped = if was_open { self.close(binding, None) } else { Vec::new() };
        self.open.remove(&binding);
        (dropped, was_open)
    }

    /// Takes a call out that has ended before anybody saw it.
    pub(crate) fn withdraw(&mut self, binding: Binding, id: u64) {
        if let Some(inbox) = self.open.get_mut(&binding) {
            inbox.items.retain(|item| !matches!(item, Item::Call(call, _) if *call == id));
        }
    }
}
