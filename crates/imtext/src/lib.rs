//! What the body of an instant message says in words: of HTML ([`html`]) and RTF ([`rtf`]), which part of an alternative
//! is shown ([`parts`]), the form of a plain message ([`form`]), and the first message that an invitation carries
//! ([`first`]; [MS-SIP], presence-im 5.1, 5.2).
//!
//! Anybody who may write to a person chooses these octets. So every reader goes over them once from left to right, in
//! time in proportion to their number, and returns no more than three octets of words for each. Nothing here is made safe to
//! be shown as HTML: that is the business of whoever shows it.

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

mod code_page;
pub mod first;
pub mod form;
pub mod html;
pub mod parts;
pub mod rtf;

/// Clients pad or don't.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod pace;
