//! The parts of `multipart/alternative` (RFC 2046 §5.1.4), as clients of the family send a message in several forms.

/// Parts that are looked at.
const MOST: usize = 16;

/// Returns the part that shows most, with its type: HTML, else RTF, else plain text.
pub fn best<'a>(content_type: &str, body: &'a str) -> Option<(&'a str, &'a str)> {
    let lower = content_type.to_ascii_lowercase();
    let at = lower.find("boundary=")? + "boundary=".len();
    let boundary = content_type.get(at..)?.trim_start_matches('"');
    let boundary = boundary.split(['"', ';', ' ']).next().filter(|boundary| !boundary.is_empty())?;
    let delimiter = format!("--{boundary}");
    let mut best: Option<(u8, &str, &str)> = None;
    for part in body.split(delimiter.as_str()).skip(1).take(MOST) {
        let Some((head, content)) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n")) else {
            continue;
        };
        let kind = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-type").then(|| value.trim())
        });
        let Some(kind) = kind else { continue };
        let rank = match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "text/html" => 3,
            "text/rtf" => 2,
            "text/plain" => 1,
            _ => continue,
        };
        if best.is_none_or(|(known, ..)| known < rank) {
            best = Some((rank, kind, content.strip_suffix("\r\n").unwrap_or(content)));
        }
    }
    best.map(|(_, kind, content)| (kind, content))
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::best;
    use crate::pace;

    #[test]
    fn the_part_that_shows_most_is_taken() {
        let parts = "--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\ncontent-type: Text/HTML\r\n\r\n<i>form</i>\r\n--b--";
        for kind in ["multipart/alternative;boundary=\"b\"", "multipart/alternative; Boundary=b; x=y"] {
            assert_eq!(best(kind, parts), Some(("Text/HTML", "<i>form</i>")), "{kind}");
        }
        for kind in
            ["multipart/alternative", "multipart/alternative;boundary=", "multipart/alternative;boundary=c"]
        {
            assert_eq!(best(kind, parts), None, "{kind}");
        }
        let within = "--b\n\nno type\n--b\nContent-Type: multipart/alternative;boundary=b\n\nx\n--b\nContent-Type: text/rtf\n\n{}";
        assert_eq!(best("multipart/alternative;boundary=b", within), Some(("text/rtf", "{}")));
        let many = format!("{}--b\nContent-Type: text/html\n\nlate", "--b\n".repeat(16));
        assert_eq!(best("multipart/alternative;boundary=b", &many), None);
    }

    #[test]
    fn many_parts_take_as_long_as_few() {
        for piece in ["--b\r\n\r\n", "--b", "-", "--b\nContent-Type: text/html\n\n", "\n:"] {
            pace::check(piece, |text| {
                black_box(best("multipart/alternative;boundary=b", text));
            });
        }
    }
}
