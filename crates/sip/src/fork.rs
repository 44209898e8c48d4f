//! Which answer a forked INVITE gets, RFC 3261 §16.7, as Communicator expects it.
//!
//! ```text
//!  open ──2xx, 6xx, all branches ended, or the caller cancels──▶ answered ──last branch ended──▶ done
//! ```
//!
//! Feed it what the branches answer, drain [`Fork::poll_action`] after every call. It keeps no time: a branch that
//! does not answer is told by [`Fork::branch_lost`].
//!
//! Where it differs from the RFC, and why: a 6xx is passed on at once, not when all branches have ended, and a
//! cancelled INVITE is answered 487 at once, because SIPE as callee does not react to CANCEL and would make the caller
//! wait; a second 2xx ends in BYE here instead of being passed on, because the clients want one; a 401 or 407 of a
//! callee never reaches the caller, whose client would sign again without end.

use std::collections::{BTreeMap, VecDeque};

use crate::message::Response;
use crate::status::StatusCode;

/// A branch, by a number its owner gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BranchId(pub u32);

/// Why a branch ended without a final response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// It did not answer in time: counts as 408.
    TimedOut,
    /// Its endpoint or connection is gone: counts as 480.
    Gone,
}

/// What the owner has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Pass this response to the caller. At most one of all that are passed on or made is final.
    Forward(Response),
    /// Answer the caller with a response of our own making.
    Answer(StatusCode),
    /// Cancel the INVITE of this branch.
    Cancel(BranchId),
    /// Acknowledge this 2xx of a branch and end it with BYE ([`dialog::end_unwanted`](crate::dialog::end_unwanted)).
    End(BranchId, Response),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Branch {
    Pending,
    /// Told to cancel; a 2xx may still come.
    Cancelled,
    Ended,
}

/// The fork of one INVITE.
#[derive(Debug, Default)]
pub struct Fork {
    branches: BTreeMap<BranchId, Branch>,
    /// Final responses that are not 2xx, by the order they came in.
    refusals: Vec<Refused>,
    answered: bool,
    actions: VecDeque<Action>,
}

#[derive(Debug)]
struct Refused {
    status: StatusCode,
    /// What can be passed on; `None` if only the code can be.
    response: Option<Response>,
}

/// Codes that all mean "not here now", which the caller is told in one word.
const fn is_unavailable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 408 | 410 | 480 | 481 | 486 | 487 | 430)
}

impl Fork {
    /// A fork with these branches. With none it answers 480 at once.
    #[must_use]
    pub fn new(branches: impl IntoIterator<Item = BranchId>) -> Self {
        let branches = branches.into_iter().map(|id| (id, Branch::Pending)).collect();
        let mut fork = Self { branches, ..Self::default() };
        fork.settle();
        fork
    }

    /// Adds a branch while the INVITE is not answered; tells whether it may be sent.
    pub fn add_branch(&mut self, id: BranchId) -> bool {
        if self.answered || self.branches.contains_key(&id) {
            return false;
        }
        self.branches.insert(id, Branch::Pending);
        true
    }

    /// Takes a response of a branch. Its Via of ours must have been stripped.
    pub fn response(&mut self, id: BranchId, response: Response) {
        let Some(state) = self.branches.get(&id).copied() else { return };
        match response.status.class() {
            1 => {
                if !self.answered && state == Branch::Pending && response.status != StatusCode::TRYING {
                    self.actions.push_back(Action::Forward(response));
                }
            }
            // A repeated or second 2xx of an endpoint whose branch has ended is unwanted like any other late one.
            2 if self.answered => {
                self.end(id);
                self.actions.push_back(Action::End(id, response));
            }
            2 => {
                self.end(id);
                self.finish(Action::Forward(response));
            }
            _ if state == Branch::Ended => {}
            6 => {
                self.end(id);
                if !self.answered {
                    self.finish(Action::Forward(response));
                }
            }
            _ => {
                self.end(id);
                self.refused(response);
                self.settle();
            }
        }
    }

    /// A branch ended without a final response.
    pub fn branch_lost(&mut self, id: BranchId, loss: Loss) {
        if !matches!(self.branches.get(&id), Some(Branch::Pending | Branch::Cancelled)) {
            return;
        }
        self.end(id);
        let status = match loss {
            Loss::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Loss::Gone => StatusCode::TEMPORARILY_UNAVAILABLE,
        };
        self.refusals.push(Refused { status, response: None });
        self.settle();
    }

    /// The caller cancelled: every branch is cancelled and the INVITE answered 487, unless it has been answered.
    pub fn cancel(&mut self) {
        if !self.answered {
            self.finish(Action::Answer(StatusCode::REQUEST_TERMINATED));
        }
    }

    /// The time for an answer is over: what has been refused so far decides, the rest counts as 408.
    pub fn give_up(&mut self) {
        if !self.answered {
            self.refusals.push(Refused { status: StatusCode::REQUEST_TIMEOUT, response: None });
            let best = self.best();
            self.finish(best);
        }
    }

    /// What is to be done next.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Whether the caller has its final response.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        self.answered
    }

    /// Whether the caller has its answer and no branch can say anything more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.answered && self.actions.is_empty() && self.branches.values().all(|b| *b == Branch::Ended)
    }

    fn end(&mut self, id: BranchId) {
        self.branches.insert(id, Branch::Ended);
    }

    fn refused(&mut self, response: Response) {
        let (status, response) = match response.status {
            StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                (StatusCode::TEMPORARILY_UNAVAILABLE, None)
            }
            StatusCode::SERVICE_UNAVAILABLE => (StatusCode::SERVER_INTERNAL_ERROR, None),
            status => (status, Some(response)),
        };
        self.refusals.push(Refused { status, response });
    }

    /// Answers the caller when no branch is left that could.
    fn settle(&mut self) {
        if !self.answered && self.branches.values().all(|b| *b == Branch::Ended) {
            let best = self.best();
            self.finish(best);
        }
    }

    fn finish(&mut self, answer: Action) {
        self.answered = true;
        self.refusals.clear();
        self.actions.push_back(answer);
        for (id, branch) in &mut self.branches {
            if *branch == Branch::Pending {
                *branch = Branch::Cancelled;
                self.actions.push_back(Action::Cancel(*id));
            }
        }
    }

    /// The best of the refusals: of the lowest class the first that tells something; otherwise the code that all
    /// have in common, or 480.
    fn best(&mut self) -> Action {
        let Some(class) = self.refusals.iter().map(|r| r.status.class()).min() else {
            return Action::Answer(StatusCode::TEMPORARILY_UNAVAILABLE);
        };
        self.refusals.retain(|r| r.status.class() == class);
        let telling = self.refusals.iter().position(|r| !is_unavailable(r.status));
        let first = self.refusals.first().map_or(StatusCode::TEMPORARILY_UNAVAILABLE, |r| r.status);
        let common = self.refusals.iter().all(|r| r.status == first);
        let status = if common { first } else { StatusCode::TEMPORARILY_UNAVAILABLE };
        let chosen =
            telling.or_else(|| self.refusals.iter().position(|r| r.status == status && r.response.is_some()));
        match chosen.map(|at| self.refusals.swap_remove(at)) {
            Some(Refused { response: Some(response), .. }) => Action::Forward(response),
            Some(Refused { status, response: None }) => Action::Answer(status),
            None => Action::Answer(status),
        }
    }
}

#[cfg(test)]
#[path = "fork_tests.rs"]
mod tests;
