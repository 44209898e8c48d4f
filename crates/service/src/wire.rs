//! What travels between connections through the fabric: typed SIP, the order to end a session, and what a person's
//! browsers must hear of each other.

use bytes::Bytes;
use rapport_core::directory::PersonRef;
use rapport_fabric::Payload;
use rapport_model::{Aor, MessageId, TenantId, UserId};
use rapport_sip::framing::{Decoder, Frame, Limits};
use rapport_sip::{Message, Request, Response};
use rapport_store::HistoryRange;

use crate::session::SignOutReason;

/// Begins the bytes of an order to sign out; no SIP message begins so.
const SIGN_OUT: u8 = 0;

/// Are the bytes of the word that a document has changed.
const DOCUMENT_CHANGED: &[u8] = &[1];

/// Begins the bytes of the word that a part of the person's history is deleted; its marks and which part follow.
const HISTORY_DELETED: u8 = 2;

/// Stands for the mark of a history of which nothing was deleted.
const NO_MARK: i64 = 0;

/// Begins the bytes of the word that the person's history has more; whether they said it, and what and with whom, follows.
const HISTORY_WRITTEN: u8 = 3;

/// Begins the bytes of the word that the person has read something; what and of whom follows.
const HISTORY_READ: u8 = 4;

/// Bounds on what comes from another node: wider than any face's, since the way has added headers to it.
const BETWEEN_NODES: Limits =
    Limits { head: 512 * 1024, body: 8 * 1024 * 1024, headers: 1024, line: 256 * 1024 };

/// One message from a connection to another.
#[derive(Clone, Debug)]
pub enum Wire {
    /// A request to be sent to the endpoint's client.
    Request(Request),
    /// A response to a request that travelled as a call.
    Response(Response),
    /// What whoever speaks for one of the person's browsers must hear; nobody else is told.
    News(BrowserNews),
    /// The session is over; the connection tells its client and closes.
    SignOut(SignOutReason),
}

/// What a person has done by way of one program that their browsers show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserNews {
    /// What the person's web clients leave with the server has changed: it is read again.
    DocumentChanged,
    /// The person has deleted a part of their history: it is forgotten.
    HistoryDeleted {
        /// Which part.
        range: HistoryRange,
        /// The marks of whoever has heard of all that was deleted before: the one before it, and the one while it was done.
        replaces: [Option<MessageId>; 2],
        /// The mark that the history has after it.
        mark: MessageId,
    },
    /// The person's history has more: a browser that took no part in it is told so.
    HistoryWritten(Written),
    /// The person has read what was said with somebody: it is unread nowhere.
    HistoryRead {
        /// With whom.
        with: PersonRef,
        /// The last of what they have read.
        last: MessageId,
    },
}

/// What was written into a person's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// With whom.
    pub with: PersonRef,
    /// What of it there is.
    pub ids: Vec<MessageId>,
    /// The last of what the person said themselves.
    pub last_own: Option<MessageId>,
}

impl From<Request> for Wire {
    fn from(request: Request) -> Self {
        Self::Request(request)
    }
}

impl From<Response> for Wire {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

impl Payload for Wire {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Request(request) => request.encode(out),
            Self::Response(response) => response.encode(out),
            Self::News(news) => encode_news(news, out),
            Self::SignOut(reason) => out.extend_from_slice(&[SIGN_OUT, reason.number()]),
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        if let [SIGN_OUT, reason] = bytes {
            return SignOutReason::from_number(*reason).map(Self::SignOut);
        }
        if bytes == DOCUMENT_CHANGED {
            return Some(Self::News(BrowserNews::DocumentChanged));
        }
        if let Some((&HISTORY_DELETED, deleted)) = bytes.split_first() {
            return decode_deleted(deleted).map(Self::News);
        }
        if let Some((&HISTORY_WRITTEN, written)) = bytes.split_first() {
            return decode_written(written).map(|written| Self::News(BrowserNews::HistoryWritten(written)));
        }
        if let Some((&HISTORY_READ, read)) = bytes.split_first() {
            return decode_read(read).map(Self::News);
        }
        let mut decoder = Decoder::new(BETWEEN_NODES);
        decoder.push(&Bytes::copy_from_slice(bytes));
        match decoder.next() {
            Ok(Some(Frame::Message(Message::Request(request)))) => Some(Self::Request(request)),
            Ok(Some(Frame::Message(Message::Response(response)))) => Some(Self::Response(response)),
            _ => None,
        }
    }
}

fn encode_news(news: &BrowserNews, out: &mut Vec<u8>) {
    match news {
        BrowserNews::DocumentChanged => out.extend_from_slice(DOCUMENT_CHANGED),
        BrowserNews::HistoryDeleted { range, replaces, mark } => {
            out.push(HISTORY_DELETED);
            for mark in replaces.iter().copied().chain([Some(*mark)]) {
                out.extend_from_slice(&mark.map_or(NO_MARK, |mark| mark.0).to_be_bytes());
            }
            encode_range(range, out);
        }
        BrowserNews::HistoryWritten(Written { with, ids, last_own }) => {
            // A batch has few enough of them.
            let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            out.extend_from_slice(&[HISTORY_WRITTEN, u8::from(last_own.is_some())]);
            out.extend_from_slice(&count.to_be_bytes());
            for id in last_own.iter().chain(ids) {
                out.extend_from_slice(&id.0.to_be_bytes());
            }
            encode_range(&HistoryRange::With(with.clone()), out);
        }
        BrowserNews::HistoryRead { with, last } => {
            out.push(HISTORY_READ);
            out.extend_from_slice(&last.0.to_be_bytes());
            encode_range(&HistoryRange::With(with.clone()), out);
        }
    }
}

fn encode_range(range: &HistoryRange, out: &mut Vec<u8>) {
    match range {
        HistoryRange::All => out.push(b'a'),
        HistoryRange::One(id) => {
            out.push(b'm');
            out.extend_from_slice(&id.0.to_be_bytes());
        }
        HistoryRange::With(PersonRef::Person(user)) => {
            out.push(b'u');
            out.extend_from_slice(&user.tenant.0.to_be_bytes());
            out.extend_from_slice(&user.user.to_be_bytes());
        }
        HistoryRange::With(PersonRef::Address(address)) => {
            out.push(b's');
            out.extend_from_slice(address.as_str().as_bytes());
        }
    }
}

fn decode_deleted(bytes: &[u8]) -> Option<BrowserNews> {
    let mut rest = bytes;
    let mut next = || -> Option<Option<MessageId>> {
        let (mark, after) = rest.split_first_chunk()?;
        rest = after;
        Some(Some(i64::from_be_bytes(*mark)).filter(|mark| *mark != NO_MARK).map(MessageId))
    };
    let (replaces, mark) = ([next()?, next()?], next()??);
    Some(BrowserNews::HistoryDeleted { range: decode_range(rest)?, replaces, mark })
}

fn decode_written(bytes: &[u8]) -> Option<Written> {
    let (&[has_own], rest) = bytes.split_first_chunk()?;
    let (count, mut rest) = rest.split_first_chunk()?;
    let mut next = || -> Option<MessageId> {
        let (id, after) = rest.split_first_chunk()?;
        rest = after;
        Some(MessageId(i64::from_be_bytes(*id)))
    };
    let last_own = if has_own == 0 { None } else { Some(next()?) };
    let ids = (0..u32::from_be_bytes(*count)).map(|_| next()).collect::<Option<_>>()?;
    let HistoryRange::With(with) = decode_range(rest)? else { return None };
    Some(Written { with, ids, last_own })
}

fn decode_read(bytes: &[u8]) -> Option<BrowserNews> {
    let (last, with) = bytes.split_first_chunk()?;
    let HistoryRange::With(with) = decode_range(with)? else { return None };
    Some(BrowserNews::HistoryRead { with, last: MessageId(i64::from_be_bytes(*last)) })
}

fn decode_range(bytes: &[u8]) -> Option<HistoryRange> {
    let (kind, rest) = bytes.split_first()?;
    match kind {
        b'a' => rest.is_empty().then_some(HistoryRange::All),
        b'm' => Some(HistoryRange::One(MessageId(i64::from_be_bytes(rest.try_into().ok()?)))),
        b'u' => {
            let (tenant, user) = rest.split_first_chunk()?;
            let tenant = TenantId(u32::from_be_bytes(*tenant));
            let user = UserId { tenant, user: u32::from_be_bytes(user.try_into().ok()?) };
            Some(HistoryRange::With(PersonRef::Person(user)))
        }
        b's' => {
            let address = Aor::parse(str::from_utf8(rest).ok()?).ok()?;
            Some(HistoryRange::With(PersonRef::Address(address)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_is_read_as_it_was_written_and_nonsense_is_nothing() {
        let lee = PersonRef::Person(UserId { tenant: TenantId(7), user: 9 });
        let carl = PersonRef::Address(Aor::parse("carl@elsewhere.example").expect("an address"));
        let (last, mark) = (MessageId(0x0102_0304), MessageId(0x0506_0708));
        let deleted = |range, replaces| BrowserNews::HistoryDeleted { range, replaces, mark };
        for news in [
            BrowserNews::DocumentChanged,
            deleted(HistoryRange::All, [None, None]),
            deleted(HistoryRange::One(last), [None, Some(last)]),
            deleted(HistoryRange::With(lee.clone()), [Some(last), Some(mark)]),
            deleted(HistoryRange::With(carl.clone()), [Some(last), None]),
            BrowserNews::HistoryRead { with: carl.clone(), last },
            BrowserNews::HistoryRead { with: lee.clone(), last },
            BrowserNews::HistoryWritten(Written { with: carl, ids: vec![mark, last], last_own: Some(mark) }),
            BrowserNews::HistoryWritten(Written { with: lee, ids: vec![last], last_own: None }),
        ] {
            let mut out = Vec::new();
            Wire::News(news.clone()).encode(&mut out);
            let read = Wire::decode(&out);
            assert!(matches!(&read, Some(Wire::News(found)) if *found == news), "{read:?}");
        }
        for nonsense in [b"\x04\x01", &b"\x0412345678a"[..]] {
            assert!(Wire::decode(nonsense).is_none(), "{nonsense:?}");
        }
        for nonsense in [
            b"\x03\x01",
            &b"\x03\x00\x00\x00\x00\x02a"[..],
            b"\x03\x00\x00\x00\x00\x0112345678a",
            b"\x03\x01\x00\x00\x00\x0112345678a",
            b"\x03\x00\xff\xff\xff\xff12345678u12345678",
        ] {
            assert!(Wire::decode(nonsense).is_none(), "{nonsense:?}");
        }
        for nonsense in ["", "1234567", "12345678", "12345678x", "12345678aa", "12345678m1234567"] {
            assert!(Wire::decode(&[b"\x02", nonsense.as_bytes()].concat()).is_none(), "{nonsense:?}");
        }
        for nonsense in ["12345678u123456789", "12345678s"] {
            assert!(Wire::decode(&[b"\x02", nonsense.as_bytes()].concat()).is_none(), "{nonsense:?}");
        }
    }
}
