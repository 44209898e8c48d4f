//! Who is at the other end of the management socket: an account of this machine.

use std::fs;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use rapport_model::Source;

use crate::code::Code;
use crate::problem::Problem;

/// The operator of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name of their account on this machine.
    pub name: Arc<str>,
    /// The account's number, and the process that asks.
    pub source: Source,
}

impl Operator {
    /// Finds who runs a process of this machine by the number of the account; `uid 1000` where it has no name.
    pub fn of_process(uid: u32, pid: Option<u32>) -> Self {
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = name_in(&accounts, uid).map_or_else(|| format!("uid {uid}").into(), Arc::from);
        Self { name, source: Source::Machine { uid, pid } }
    }
}

fn name_in(accounts: &str, uid: u32) -> Option<&str> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == uid && !name.is_empty()).then_some(name)
    })
}

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Put there by the server of the socket; a router served in another way has no operator.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            Problem::new(StatusCode::FORBIDDEN, Code::NoOperator, "management goes through the local socket")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\nbroken\nkim:x:1000:1000::/home/kim:/bin/sh\n";
        assert_eq!(name_in(accounts, 0), Some("root"));
        assert_eq!(name_in(accounts, 1000), Some("kim"));
        assert_eq!(name_in(accounts, 7), None);
    }
}
