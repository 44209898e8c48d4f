//! The words of an HTML text, for whoever shows no form.

/// Returns the words of an HTML text, for whoever shows no form: without elements, scripts and styles.
pub fn words(html: &str) -> String {
    let mut words = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        push_unescaped(&mut words, before);
        let end = from.find('>').map_or(from.len(), |end| end + 1);
        let (tag, after) = from.split_at(end);
        let name: String =
            tag.chars().skip(1).take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        rest = after;
        match name.to_ascii_lowercase().as_str() {
            "br" | "br/" | "/p" | "/div" | "/li" => words.push('\n'),
            hidden @ ("script" | "style" | "head" | "title") => {
                rest = rest.get(end_of(hidden, rest)..).unwrap_or_default();
            }
            _ => {}
        }
    }
    push_unescaped(&mut words, rest);
    words.trim().to_owned()
}

/// Returns where an element ends, whatever the case of its end tag. What was looked at is never looked at again.
fn end_of(element: &str, rest: &str) -> usize {
    let is_end = |at: &usize| {
        rest.get(at + 2..at + 2 + element.len()).is_some_and(|name| name.eq_ignore_ascii_case(element))
    };
    rest.match_indices("</").map(|(at, _)| at).find(is_end).unwrap_or(rest.len())
}

/// Characters between `&#` and `;`: `x10FFFF`, and a few zeros.
const LONGEST_NUMBER: usize = 10;

/// Reads a numbered character, and returns what stands behind it.
fn numbered(from: &str) -> Option<(char, &str)> {
    let digits = from.strip_prefix("&#")?;
    let end = digits.bytes().take(LONGEST_NUMBER + 1).position(|octet| octet == b';')?;
    let (digits, after) = (digits.get(..end)?, digits.get(end + 1..)?);
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((char::from_u32(number)?, after))
}

fn push_unescaped(words: &mut String, text: &str) {
    const NAMED: [(&str, char); 6] =
        [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&apos;", '\''), ("&nbsp;", ' ')];
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        words.push_str(before);
        if let Some((name, c)) = NAMED.iter().find(|(name, _)| from.starts_with(name)) {
            words.push(*c);
            rest = from.get(name.len()..).unwrap_or_default();
            continue;
        }
        match numbered(from) {
            Some((c, after)) => {
                words.push(c);
                rest = after;
            }
            None => {
                words.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    words.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::pace;

    #[test]
    fn elements_are_left_out_and_characters_by_name_and_number_are_read() {
        let check = |html: &str, want: &str| assert_eq!(words(html), want, "{html}");
        check("<b onclick=x>hi</b> &amp; &#x1F40E;<br>you<script>no</script>", "hi & 🐎\nyou");
        check("<HEAD>no</b></HeAd>yes<script>no</ </scrip", "yes");
        check("<style>no<\u{fc}/</st\u{ff}le></STYLE>yes", "yes");
        check(
            "&#65; &#x0000041; &#000000000065; &#65 &#1114112; &#;",
            "A A &#000000000065; &#65 &#1114112; &#;",
        );
        check("&#xffffffff1; &#\u{fc}; &#12345678\u{fc};", "&#xffffffff1; &#\u{fc}; &#12345678\u{fc};");
        check("<", "");
    }

    #[test]
    fn a_long_text_takes_as_long_as_its_parts() {
        for piece in [
            "&#",
            "&#1",
            "&",
            "<head></head>",
            "<TITLE></title>",
            "<style></</styl",
            "<script>",
            "<br",
            "<br>",
            "</",
        ] {
            pace::check(piece, |text| drop(words(text)));
        }
    }
}
