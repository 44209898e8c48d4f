//! Random lives of a company, held against a naive reference of presence, access and contacts.
//!
//! [`reference`](mod@reference) and [`list`] are the specification; everything else drives the service in virtual time,
//! on one node or on several that lose, repeat, delay, freeze and die, and compares. A seed decides a life wholly.

mod asking;
mod cast;
mod client;
mod count;
mod dice;
mod ground;
mod judging;
mod life;
pub mod list;
pub mod possible;
pub mod reference;
mod rest;
mod run;
mod steps;
mod store;
mod translate;

pub use count::Counts;
pub use run::{Failure, Plan, live, shrink};
