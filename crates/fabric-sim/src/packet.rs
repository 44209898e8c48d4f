//! What crosses the simulated network.

use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::Live;
use rapport_fabric::{
    Announcement, Binding, Bound, CasError, Claim, Delivery, Description, Epoch, Fence, Revision,
    WatchRefused,
};
use rapport_model::{EndpointId, TenantId, UserId};

/// A moment, counted from the start of the simulation.
pub(crate) type Moment = Duration;

/// A payload as it crosses.
pub(crate) type Bytes = Arc<[u8]>;

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Site {
    Authority,
    Node(usize),
}

/// One stay of a node in the fabric, between two losses of its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Session {
    pub(crate) node: usize,
    pub(crate) incarnation: u64,
}

impl Session {
    pub(crate) const fn site(self) -> Site {
        Site::Node(self.node)
    }
}

/// A question to the authority.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Bind(EndpointId, Arc<Description>),
    Unbind(Binding, Option<Fence>),
    Endpoints(UserId),
    Locate(EndpointId),
    Live(UserId),
    CompareAndSet(UserId, Revision, Option<Arc<Live>>),
    Watch(UserId, Binding, u32),
    Unwatch(UserId, Binding),
    WatcherCount(UserId),
    Claim(TenantId, Arc<str>),
    Release(TenantId, Arc<str>, Epoch),
}

/// The authority's answer.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Done,
    Bound(Binding),
    Endpoints(Vec<Bound>),
    Located(Option<(Binding, Session)>),
    Live(Option<Arc<Live>>, Revision),
    Set(Result<Revision, CasError>),
    Watched(Result<(), WatchRefused>),
    Count(u32),
    Claimed(Claim),
}

/// What a node must learn: that one of its bindings has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice {
    pub(crate) number: u64,
    pub(crate) ended: Binding,
    pub(crate) fence: Option<Fence>,
}

/// One event on the way back from a callee.
#[derive(Clone, Debug)]
pub(crate) enum Answered {
    Answer(Bytes),
    End,
    Gone,
}

/// A message of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) binding: Binding,
    pub(crate) expires: Moment,
    /// The caller's number of the call, if it is one.
    pub(crate) call: Option<u64>,
    /// It is an order of the server.
    pub(crate) is_order: bool,
    pub(crate) bytes: Bytes,
}

/// What became of a message at the endpoint's node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    pub(crate) delivery: Delivery,
    /// The callee's number of a call.
    pub(crate) call: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum Packet {
    /// Asks the authority for another lease, and confirms every notice below a number.
    Heartbeat {
        session: Session,
        sent: Moment,
        noticed: u64,
    },
    /// Asks the authority; every question below `answered` has its answer.
    Request {
        session: Session,
        id: u64,
        answered: u64,
        op: Op,
    },
    /// Asks the authority to pass an announcement on.
    Announce {
        user: UserId,
        change: Announcement,
    },
    /// Grants the lease that was asked for at `sent`.
    Lease {
        session: Session,
        sent: Moment,
    },
    Notices {
        session: Session,
        notices: Vec<Notice>,
    },
    Outcome {
        session: Session,
        id: u64,
        outcome: Outcome,
    },
    /// The session has ended, or its lease has.
    Dead {
        session: Session,
    },
    Announced {
        session: Session,
        user: UserId,
        change: Announcement,
    },
    /// From the sender's node to the endpoint's.
    Data {
        from: Session,
        to: Session,
        stream: u64,
        number: u64,
        data: Data,
    },
    /// Confirms one message, with the callee's number of it when it is a call.
    Ack {
        from: Session,
        to: Session,
        stream: u64,
        number: u64,
        result: Accepted,
    },
    /// From the callee's node to the caller's.
    Answered {
        from: Session,
        to: Session,
        call: u64,
        id: u64,
        number: u64,
        event: Answered,
    },
    AnsweredAck {
        to: Session,
        id: u64,
        number: u64,
    },
    /// From the caller's node to the callee's: the call is wanted still, or is not any more.
    Keep {
        from: Session,
        to: Session,
        call: u64,
        id: u64,
        cancel: Option<Option<Bytes>>,
    },
    Kept {
        to: Session,
        call: u64,
    },
    /// The callee's node knows no such call.
    Unknown {
        to: Session,
        call: u64,
    },
}
