//! `application/msrtc-fault+xml`: the answer to a publication with a stale version. \[MS-PRES\] 3.3
//!
//! SIPE reads `Faultcode` word by word, counts operations from 1 and republishes with `curVersion`.

use std::fmt::Write as _;

/// The content type of the document.
pub const CONTENT_TYPE: &str = "application/msrtc-fault+xml";

/// One publication or container of the request whose version was not the one stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongVersion {
    /// Position in the request, counted from 0.
    pub position: usize,
    /// The version stored; 0 for none.
    pub current: u32,
}

/// Appends the document that goes with 409.
pub fn encode_wrong_delta(operations: &[WrongVersion], out: &mut String) {
    out.push_str("<Fault xmlns=\"http://schemas.microsoft.com/2006/09/rtc/status-codes\">");
    out.push_str("<Faultcode>Client.BadCall.WrongDelta</Faultcode><details>");
    for operation in operations {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "<operation index=\"{}\" curVersion=\"{}\"/>",
            operation.position.saturating_add(1),
            operation.current
        );
    }
    out.push_str("</details></Fault>");
}
