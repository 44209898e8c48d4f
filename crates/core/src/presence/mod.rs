//! Presence: what people publish, who may see which part of it, and what it adds up to ([MS-PRES]).

mod document;
mod publication;

pub use document::{Document, Live, Member, Membership, Pending, Prompted};
pub use publication::{
    Activity, AggregateState, CategoryName, Device, Lifetime, NewPublication, Publication, PublicationAction,
    PublicationKey, State, StateKind, Value,
};
