//! What travels between connections through the fabric: typed SIP, and the order to end a session.

use bytes::Bytes;
use rapport_fabric::Payload;
use rapport_sip::framing::{Decoder, Frame, Limits};
use rapport_sip::{Message, Request, Response};

use crate::session::SignOutReason;

/// Begins the bytes of an order to sign out; no SIP message begins so.
const SIGN_OUT: u8 = 0;

/// Are the bytes of the word that a document has changed.
const DOCUMENT_CHANGED: &[u8] = &[1];

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
    /// What the person's web clients leave with the server has changed: whoever speaks for a browser reads it again.
    DocumentChanged,
    /// The session is over; the connection tells its client and closes.
    SignOut(SignOutReason),
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
            Self::DocumentChanged => out.extend_from_slice(DOCUMENT_CHANGED),
            Self::SignOut(reason) => out.extend_from_slice(&[SIGN_OUT, reason.number()]),
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        if let [SIGN_OUT, reason] = bytes {
            return SignOutReason::from_number(*reason).map(Self::SignOut);
        }
        if bytes == DOCUMENT_CHANGED {
            return Some(Self::DocumentChanged);
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
