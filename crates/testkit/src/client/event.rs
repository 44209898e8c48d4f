//! What a scripted client reports, and what it does not forgive.

use rapport_sip::framing::FramingError;
use rapport_sip::{Message, ParseError, Request, Response};
use rapport_sipauth::client::ClientError;

use super::engine::RequestId;

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A provisional answer to a request of ours.
    Progress {
        /// To which.
        request: RequestId,
        /// The answer.
        response: Response,
    },
    /// The final answer to a request of ours. The handshake's 401s are not reported.
    Answered {
        /// To which.
        request: RequestId,
        /// The answer.
        response: Response,
    },
    /// A request arrived. Unless the script is left to answer it ([`super::Invitations::Leave`]), it is answered already.
    Asked(Request),
    /// An answer to nothing that is waited for.
    Stray(Response),
}

impl Event {
    /// The message.
    pub fn message(&self) -> Message {
        match self {
            Self::Progress { response, .. } | Self::Answered { response, .. } | Self::Stray(response) => {
                Message::Response(response.clone())
            }
            Self::Asked(request) => Message::Request(request.clone()),
        }
    }

    /// The request that arrived, if one did.
    pub const fn as_request(&self) -> Option<&Request> {
        match self {
            Self::Asked(request) => Some(request),
            Self::Progress { .. } | Self::Answered { .. } | Self::Stray(_) => None,
        }
    }

    /// The final answer to `wanted`, if it is that.
    pub fn as_answer(&self, wanted: RequestId) -> Option<&Response> {
        match self {
            Self::Answered { request, response } if *request == wanted => Some(response),
            Self::Answered { .. } | Self::Progress { .. } | Self::Asked(_) | Self::Stray(_) => None,
        }
    }
}

/// What a server must not do to a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// What arrives is no stream of SIP messages.
    #[error("the server's stream cannot be read: {0}")]
    Framing(#[from] FramingError),
    /// A message is malformed.
    #[error("a message of the server is malformed: {0}")]
    Malformed(#[from] ParseError),
    /// A message to a signed-in client bears no signature.
    #[error("not signed by the server: {0}")]
    Unsigned(String),
    /// A signature is wrong, repeated or of another association.
    #[error("{error}: {message}")]
    Signature {
        /// The start of the message.
        message: String,
        /// What is wrong.
        error: ClientError,
    },
    /// The handshake went astray.
    #[error("the handshake cannot go on: {0}")]
    Handshake(ClientError),
}
