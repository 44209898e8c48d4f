//! What is said on a socket beside events: that the server is still there, and what browsers say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What comes between the events of a stream and is none of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(crate) enum Pulse {
    /// The server is still there. Who hears nothing for two or three times as long as `beat` of `hello` says has lost the
    /// connection, however open it looks.
    Beat {
        /// Always 0, which is no event's number.
        seq: u64,
    },
}

/// What a browser says on its socket; anything else ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Said {
    /// This tab is used, or has not been for some minutes.
    Activity {
        /// Whether it is used.
        active: bool,
    },
    /// The person has seen a conversation.
    Seen {
        /// Which.
        conversation: String,
        /// Up to which message; all of it where none is named.
        message: Option<String>,
    },
}
