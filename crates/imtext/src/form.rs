//! The form of a plain message: `X-MMS-IM-Format` in the parameter `msgr` of its type, one for the whole of it, as
//! Communicator and SIPE write it (presence-im 5.2).
//!
//! What of it has an element is read: bold, italic, underlined, struck. Fonts and colours are left out.

use base64::Engine as _;

use crate::BASE64;

/// Octets of the parameter that is read: what clients write has a few hundred.
const LONGEST: usize = 2048;

/// The letters of the effects, and their elements.
const EFFECTS: [(char, &str); 4] = [('B', "b"), ('I', "i"), ('U', "u"), ('S', "s")];

/// Writes a plain text as HTML, if the parameter of its type says that it has a form.
pub fn html(msgr: &str, text: &str) -> Option<String> {
    let effects = effects(msgr)?;
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
    if msgr.len() > LONGEST {
        return None;
    }
    let octets = BASE64.decode(msgr).ok()?;
    let units: Vec<u16> = octets.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let format = String::from_utf16_lossy(&units);
    let fields = format.trim().strip_prefix("X-MMS-IM-Format:")?;
    let effects = fields.split(';').find_map(|field| field.trim().strip_prefix("EF="))?;
    Some(effects.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A format as clients write it.
    fn written(format: &str) -> String {
        let octets: Vec<u8> = format.encode_utf16().flat_map(u16::to_le_bytes).collect();
        BASE64.encode(octets)
    }

    #[test]
    fn a_plain_message_has_the_form_that_its_type_says() {
        let check = |msgr: &str, text: &str, want: Option<&str>| {
            assert_eq!(html(msgr, text).as_deref(), want, "{msgr}");
        };
        let form = |effects: &str| {
            written(&format!("X-MMS-IM-Format: FN=Segoe%20UI; EF={effects}; CO=ff; PF=0\r\n\r\n"))
        };
        check(&form("B"), "a <b> & c\r\nd", Some("<b>a &lt;b&gt; &amp; c<br>d</b>"));
        check(form("B").trim_end_matches('='), "x", Some("<b>x</b>"));
        check(&form("SUIB"), "x", Some("<b><i><u><s>x</s></u></i></b>"));
        check(&form("bi"), "x", Some("<b><i>x</i></b>"));
        for plain in [&*form(""), &form("X"), &written("EF=B"), "", "!", "WAA", "ü"] {
            check(plain, "x", None);
        }
        check(&form("B"), "", None);
        let fonts = |octets: usize| written(&format!("X-MMS-IM-Format: EF=B; FN={}", "x".repeat(octets)));
        let fits = (0..1000).rev().find(|octets| fonts(*octets).len() <= LONGEST).expect("some do");
        check(&fonts(fits), "x", Some("<b>x</b>"));
        check(&fonts(fits + 3), "x", None);
    }
}
