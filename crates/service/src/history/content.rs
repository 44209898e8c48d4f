//! What is sealed of an entry, and what stands beside it: company, person, peer and time.

use std::fmt;

use rapport_core::directory::PersonRef;
use rapport_model::{Timestamp, UserId};
use rapport_secrets::PersonKey;
use rapport_store::Sealed;

use crate::{Error, Result};

/// What had no status and no name of the browser's.
const FIRST_FORMAT: u8 = 1;
const FORMAT: u8 = 2;
const SENT: u8 = 1;
const FAILED: u8 = 2;
/// What the first format says of what failed: that nobody was there (RFC 3261 §21.4.18).
const UNAVAILABLE: u16 = 480;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The person whose history it is said it.
    Sent,
    /// They were told it.
    Received,
}

/// What was said.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// Which way it went.
    pub direction: Direction,
    /// With which status (RFC 3261 §21) it was refused, where it was not delivered.
    pub failed: Option<u16>,
    /// The address that the other had then.
    pub address: String,
    /// What the browser knows it by that it was said in; empty for a program that gives no such name.
    pub client_id: String,
    /// The type of its body, with parameters.
    pub content_type: String,
    /// Its body, as it was sent.
    pub body: Vec<u8>,
}

// What people say reaches no log.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({:?}, {} bytes)", self.direction, self.body.len())
    }
}

/// A content whose parts are somewhere else.
#[derive(Clone, Copy)]
pub(super) struct Borrowed<'a> {
    pub(super) direction: Direction,
    pub(super) failed: Option<u16>,
    pub(super) address: &'a str,
    pub(super) client_id: &'a str,
    pub(super) content_type: &'a str,
    pub(super) body: &'a [u8],
}

/// Writes what is authenticated beside an entry.
fn context(user: UserId, peer: &PersonRef, at: Timestamp) -> Vec<u8> {
    let mut context = Vec::with_capacity(64);
    context.extend_from_slice(&user.tenant.0.to_be_bytes());
    context.extend_from_slice(&user.user.to_be_bytes());
    context.extend_from_slice(&at.0.to_be_bytes());
    match peer {
        PersonRef::Person(peer) => context.extend_from_slice(&peer.user.to_be_bytes()),
        // Longer than a number: no address is that short.
        PersonRef::Address(peer) => context.extend_from_slice(peer.as_str().as_bytes()),
    }
    context
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(u16::MAX.into());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Seals an entry.
pub(super) fn seal(
    key: &PersonKey,
    user: UserId,
    peer: &PersonRef,
    at: Timestamp,
    content: &Borrowed<'_>,
) -> Result<Sealed> {
    let Borrowed { direction, failed, address, client_id, content_type, body } = content;
    let texts = [address, client_id, content_type].map(|text| cut(text));
    let length = texts.iter().map(|text| text.len() + 2).sum::<usize>() + 4 + body.len();
    let mut plain = Vec::with_capacity(length);
    let sent = if *direction == Direction::Sent { SENT } else { 0 };
    plain.extend_from_slice(&[FORMAT, sent | if failed.is_some() { FAILED } else { 0 }]);
    plain.extend_from_slice(&failed.unwrap_or(0).to_be_bytes());
    for text in texts {
        plain.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
        plain.extend_from_slice(text.as_bytes());
    }
    plain.extend_from_slice(body);
    let sealed = key.seal(&context(user, peer, at), &plain);
    Ok(Sealed(sealed.map_err(|error| Error::Internal(error.to_string()))?))
}

/// Opens an entry.
pub(super) fn open(
    key: &PersonKey,
    user: UserId,
    peer: &PersonRef,
    at: Timestamp,
    sealed: &Sealed,
) -> Result<Content> {
    let plain = key.open(&context(user, peer, at), &sealed.0);
    let plain = plain.map_err(|error| Error::Internal(format!("an entry of history: {error}")))?;
    read(&plain).ok_or_else(|| Error::Internal("an entry of history of an unknown form".to_owned()))
}

fn read(plain: &[u8]) -> Option<Content> {
    let ([format, flags], mut rest) = plain.split_first_chunk::<2>()?;
    let mut status = UNAVAILABLE;
    if *format == FORMAT {
        let (number, after) = rest.split_first_chunk::<2>()?;
        (status, rest) = (u16::from_be_bytes(*number), after);
    } else if *format != FIRST_FORMAT {
        return None;
    }
    let mut text = || {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (text, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        rest = after;
        String::from_utf8(text.to_vec()).ok()
    };
    let address = text()?;
    let client_id = if *format == FORMAT { text()? } else { String::new() };
    let content_type = text()?;
    Some(Content {
        direction: if flags & SENT == SENT { Direction::Sent } else { Direction::Received },
        failed: (flags & FAILED == FAILED).then_some(status),
        address,
        client_id,
        content_type,
        body: rest.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use rapport_model::{Aor, TenantId};
    use rapport_secrets::HistoryKey;

    use super::*;

    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };

    #[test]
    fn an_entry_opens_where_it_stands_and_nowhere_else() {
        let key = HistoryKey::random().expect("randomness").of_person(ANA).expect("a key");
        let kim = PersonRef::Person(UserId { user: 8, ..ANA });
        let content = Borrowed {
            direction: Direction::Sent,
            failed: Some(603),
            address: "kim@north.example",
            client_id: "c1",
            content_type: "text/plain; charset=UTF-8",
            body: "Grüße\0".as_bytes(),
        };
        let sealed = seal(&key, ANA, &kim, Timestamp(5), &content).expect("sealed");
        let opened = open(&key, ANA, &kim, Timestamp(5), &sealed).expect("opened");
        assert_eq!((opened.direction, opened.failed), (Direction::Sent, Some(603)));
        assert_eq!((&*opened.address, &*opened.content_type), (content.address, content.content_type));
        assert_eq!((&*opened.client_id, &*opened.body), (content.client_id, content.body));
        assert!(!format!("{opened:?}").contains("kim"));
        assert!(open(&key, ANA, &kim, Timestamp(6), &sealed).is_err(), "at another time");
        let lee = PersonRef::Person(UserId { user: 9, ..ANA });
        assert!(open(&key, ANA, &lee, Timestamp(5), &sealed).is_err(), "with somebody else");
        let other = PersonRef::Address(Aor::parse("lee@north.example").expect("an address"));
        assert!(open(&key, ANA, &other, Timestamp(5), &sealed).is_err(), "with an address");
    }

    #[test]
    fn an_entry_of_the_first_format_is_read() {
        let content = read(b"\x01\x03\0\x01a\0\x01tbody").expect("an entry");
        assert_eq!((content.direction, content.failed), (Direction::Sent, Some(UNAVAILABLE)));
        assert_eq!((&*content.address, &*content.client_id, &*content.content_type), ("a", "", "t"));
        assert_eq!(content.body, b"body");
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        for nonsense in [
            &[][..],
            &[1],
            &[3, 0, 0, 0, 0, 0],
            &[1, 0, 0, 9, 1],
            &[1, 0, 0, 1, 0xff, 0, 0],
            &[2, 0, 0],
            &[2, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(read(nonsense), None);
        }
        assert!(read(&[1, 0, 0, 0, 0, 0]).is_some());
        assert!(read(&[2, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_some());
    }
}
