//! The form of a plain message: `X-MMS-IM-Format` in the parameter `msgr` of its type, one for the whole of it, as
//! Communicator and SIPE write it (presence-im 5.2).
//!
//! What of it has an element is read: bold, italic, underlined, struck. Fonts and colours are left out.

use base64::Engine as _;
use rapport_sip::ContentType;

use super::body::BASE64;

/// Octets of the parameter that are looked at: what clients write has a few hundred.
const LONGEST: usize = 2048;

/// The letters of the effects, and their elements.
const EFFECTS: [(char, &str); 4] = [('B', "b"), ('I', "i"), ('U', "u"), ('S', "s")];

/// Writes a plain text as HTML, if its type says that it has a form.
pub(super) fn html_of(kind: &ContentType<'_>, text: &str) -> Option<String> {
    let effects = effects(kind.params.value("msgr")?)?;
    let elements: Vec<&str> = EFFECTS
        .iter()
        .filter_map(|(letter, element)| effects.contains(*letter).then_some(*element))
        .collect();
    if elements.is_empty() || text.is_empty() {
        return None;
    }
    let mut html = String::with_capacity(text.len() + 32);
    for element in &elements {
        html.extend(["<", element, ">"]);
    }
    for character in text.chars() {
        match character {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '\n' => html.push_str("<br>"),
            '\r' => {}
            other => html.push(other),
        }
    }
    for element in elements.iter().rev() {
        html.extend(["</", element, ">"]);
    }
    Some(html)
}

/// Reads the letters of the effects.
fn effects(msgr: &str) -> Option<String> {
    let octets = BASE64.decode(msgr.get(..LONGEST).unwrap_or(msgr)).ok()?;
    let units: Vec<u16> = octets.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let format = String::from_utf16_lossy(&units);
    let fields = format.trim().strip_prefix("X-MMS-IM-Format:")?;
    let effects = fields.split(';').find_map(|field| field.trim().strip_prefix("EF="))?;
    Some(effects.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A type as clients write it.
    fn kind(format: &str) -> String {
        let octets: Vec<u8> = format.encode_utf16().flat_map(u16::to_le_bytes).collect();
        format!("text/plain; charset=UTF-8;msgr={}", BASE64.encode(octets))
    }

    #[test]
    fn a_plain_message_has_the_form_that_its_type_says() {
        let check = |kind: &str, text: &str, want: Option<&str>| {
            let parsed = ContentType::parse(kind).expect("it is a type");
            assert_eq!(html_of(&parsed, text).as_deref(), want, "{kind}");
        };
        let form = |effects: &str| {
            kind(&format!("X-MMS-IM-Format: FN=Segoe%20UI; EF={effects}; CO=ff; PF=0\r\n\r\n"))
        };
        check(&form("B"), "a <b> & c\r\nd", Some("<b>a &lt;b&gt; &amp; c<br>d</b>"));
        check(&form("SUIB"), "x", Some("<b><i><u><s>x</s></u></i></b>"));
        check(&form("bi"), "x", Some("<b><i>x</i></b>"));
        for plain in [&form(""), &form("X"), "text/plain; charset=UTF-8", &kind("EF=B"), &kind("")] {
            check(plain, "x", None);
        }
        check(&form("B"), "", None);
        check("text/plain;msgr=!", "x", None);
        check("text/plain;msgr=WAA", "x", None);
        check(&format!("text/plain;msgr={}", "A".repeat(100_000)), "x", None);
    }
}
