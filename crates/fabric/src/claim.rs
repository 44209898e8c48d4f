//! Claims: what needs one owner at a time, such as a conference or a timer.

use crate::Epoch;

/// Names a node for as long as its process lives. Good for logs and for telling owners apart, for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// Who owns what was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This node does, until it releases the claim or its lease ends. Claiming again gives the same epoch.
    Owned {
        /// Higher than every earlier owner's; a receiver refuses orders of a lower one.
        epoch: Epoch,
    },
    /// Another node does.
    Held {
        /// Which one.
        by: NodeId,
        /// Its epoch.
        epoch: Epoch,
    },
}
