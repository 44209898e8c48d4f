//! Presence: what people publish, who may see which part of it, and what it adds up to ([MS-PRES]).

mod access;
mod aggregate;
mod bootstrap;
mod change;
mod document;
mod free_busy;
mod lifetimes;
mod members;
mod publication;
mod publish;
mod subscribers;
mod view;

pub use access::{Shown, changes_to, chooses_alike, chosen_for, is_chosen, level_of, shown_at};
pub use change::{Change, Conflict, PublishError, StaticChange};
pub use document::{Document, Live, Member, Membership, Pending, Prompted};
pub use free_busy::{Block, FreeBusy, Occupancy};
pub use lifetimes::Endpoints;
pub use members::{MAX_MEMBERS, MemberAction, MembershipChange};
pub use publication::{
    Activity, AggregateState, CategoryName, Device, Facts, Lifetime, NewPublication, Publication,
    PublicationAction, PublicationKey, State, StateKind, Until, Value,
};
pub use publish::{MAX_CATEGORY_BYTES, MAX_CONTAINER, MAX_PERSON_BYTES, MAX_PUBLICATIONS, MAX_VALUE_BYTES};
pub use subscribers::MAX_SUBSCRIBERS;
pub use view::{
    CategoryView, Relation, Selection, View, Watcher, availability_seen_by, changed, is_blocked, select, view,
};
