//! The first message of a conversation, in the header `Ms-Text-Format` of its invitation: a type, and the octets as
//! `ms-body` (presence-im 5.1).

use base64::Engine as _;

use crate::BASE64;

/// Returns type and octets; none where there are more than `longest`, which are not decoded at all.
pub fn read(header: &str, longest: usize) -> Option<(&str, Vec<u8>)> {
    let (content_type, body) = header.split_once("ms-body=")?;
    let body = body.split([';', ' ']).next().filter(|body| body.len() / 4 <= longest / 3 + 1)?;
    let body = BASE64.decode(body).ok().filter(|body| body.len() <= longest)?;
    Some((content_type.trim_end().trim_end_matches(';'), body))
}

/// Writes the value of the header.
pub fn write(content_type: &str, body: &str) -> String {
    format!("{content_type};ms-body={}", BASE64.encode(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_message_is_read_padded_or_not_and_none_that_is_too_long() {
        let of_sipe = "text/plain; charset=UTF-8;msgr=WAAtAE0A;ms-body=SGVsbG8=";
        let want = Some(("text/plain; charset=UTF-8;msgr=WAAtAE0A", b"Hello".to_vec()));
        assert_eq!(read(of_sipe, 5), want);
        assert_eq!(read(of_sipe.trim_end_matches('='), 5), want);
        assert_eq!(read(&format!("{of_sipe};more=x"), 5), want);
        assert_eq!(read(of_sipe, 4), None);
        for wrong in ["", "text/plain", "text/plain;ms-body=!", "text/plain;ms-body=SGVsbG8\u{fc}"] {
            assert_eq!(read(wrong, 100), None, "{wrong}");
        }
        for longest in 0..40 {
            let of = |octets: usize| write("text/plain", &"x".repeat(octets));
            assert_eq!(read(&of(longest), longest).map(|(_, body)| body.len()), Some(longest));
            assert_eq!(read(&of(longest + 1), longest), None, "{longest}");
        }
    }
}
