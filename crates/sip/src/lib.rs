//! SIP without I/O: grammar, framing, transactions, dialogs and forking, as RFC 3261 has them.
//!
//! The crate turns bytes into [`Message`]s and back, and holds the state machines that a server needs around
//! them. It opens no socket, reads no clock and draws no random number: time and tags are parameters.
//! It knows no tenant, no user and no policy.
//!
//! The way of a message: bytes go into [`framing::Decoder`], a [`Message`] comes out whose mandatory headers are
//! there and are there once; typed views ([`NameAddr`], [`Via`], [`Uri`], [`CSeq`]) are parsed from its header
//! values when somebody asks. [`transaction::Engine`] absorbs repetitions and supplies hop-by-hop ACK and CANCEL,
//! [`fork::Fork`] chooses the answer of a forked INVITE, [`dialog::Dialog`] and [`proxy`] do what their names say.
//!
//! What re-encoding changes, and nothing else: compact header names are written long, folded lines are joined,
//! blanks around the name and at the end of a value go, and Content-Length is computed and written exactly once.
//!
//! ```
//! use rapport_sip::framing::{Decoder, Frame};
//! use rapport_sip::{HeaderName, Limits, Message, Response, StatusCode};
//!
//! let mut decoder = Decoder::new(Limits::default());
//! decoder.push(
//!     b"OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1\r\n\
//!       f: \"Kim\" <sip:kim@example.com>;tag=1;epid=0a\r\nt: <sip:example.com>\r\n\
//!       i: c1\r\nCSeq: 1 OPTIONS\r\n\r\n",
//! );
//! let Some(Frame::Message(Message::Request(request))) = decoder.next()? else { panic!("a request") };
//! let from = request.headers.from_addr()?;
//! assert_eq!((from.uri()?.user(), from.epid()), (Some("kim"), Some("0a")));
//! let response = Response::to(&request, StatusCode::OK, "").with_to_tag("2").with(HeaderName::Allow, "INVITE");
//! assert!(response.to_bytes().starts_with(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(missing_docs)]
#![warn(clippy::indexing_slicing, clippy::panic)]

mod addr;
mod auth;
mod builder;
pub mod dialog;
mod encode;
mod error;
pub mod fork;
pub mod framing;
mod head;
mod headers;
mod list;
mod message;
mod method;
mod name;
mod params;
pub mod proxy;
mod quote;
pub mod scan;
mod status;
mod text;
pub mod transaction;
mod uri;
mod value;
mod via;

pub use addr::{Contact, NameAddr};
pub use auth::Credentials;
pub use error::{InvalidHeader, ParseError};
pub use framing::Limits;
pub use headers::Headers;
pub use list::{SplitList, split_list};
pub use message::{Message, Request, Response};
pub use method::{Method, OtherMethod};
pub use name::{HeaderName, Name};
pub use params::{Param, Params};
pub use quote::{quote, unquote};
pub use status::StatusCode;
pub use text::Text;
pub use uri::{Host, Scheme, Uri, escape_user};
pub use value::{CSeq, ContentType};
pub use via::Via;
