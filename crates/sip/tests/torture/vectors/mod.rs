//! The cases of RFC 4475 and RFC 5118, each with what the RFC asks and what is done here.
//!
//! The messages are our own: they state the facts of the RFCs' cases with our people in them, so that one text serves
//! the parser's tests and those over a connection. `ana` asks, `ben` is asked; `EPID` stands for ana's epid.

mod rfc4475;
mod rfc5118;

/// What the decoder makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// As many messages.
    Messages(usize),
    /// A malformed request that can be answered so.
    Bad(u16),
    /// A malformed message that nothing answers.
    Mute,
    /// More has to come.
    Waits,
    /// Nobody knows where the next message begins.
    Lost,
}

/// What the server does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// It answers by itself.
    Answered(u16),
    /// It answers, and the connection ends.
    Refused(u16),
    /// It passes the request on, and brings this answer back.
    Reached(u16),
    /// It drops the message.
    Dropped,
    /// It waits for the rest.
    Waits,
    /// The connection ends without an answer.
    Closed,
}

/// One case.
pub(crate) struct Case {
    pub(crate) section: &'static str,
    pub(crate) what: &'static str,
    /// What the RFC asks of who receives it.
    pub(crate) asks: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) read: Read,
    /// What somebody gets who has not signed in.
    pub(crate) stranger: Told,
    /// What ana gets who has, and signs it where it can be signed.
    pub(crate) client: Told,
    /// Why that differs from what the RFC asks; empty where it doesn't.
    pub(crate) because: &'static str,
}

/// All cases of both RFCs.
pub(crate) fn all() -> Vec<Case> {
    [rfc4475::valid(), rfc4475::invalid(), rfc4475::beyond(), rfc5118::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// A head of these lines.
fn head(lines: &[&str]) -> Vec<u8> {
    (lines.join("\r\n") + "\r\n\r\n").into_bytes()
}

/// A message of these lines with a body behind them; Content-Length is among the lines.
fn message(lines: &[&str], body: &[u8]) -> Vec<u8> {
    [&head(lines), body].concat()
}

/// Why nobody but who has signed in gets another answer.
const SIGN_IN_FIRST: &str = "who has not signed in is challenged before anything else";
