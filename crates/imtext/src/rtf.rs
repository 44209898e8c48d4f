//! The words of an RTF text, for whoever shows no form.

/// Returns the words of an RTF text (RTF 1.9): tables of fonts and colours, pictures and fields' instructions are left
/// out.
pub fn words(rtf: &str) -> String {
    const HIDDEN: [&str; 12] = [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "fldinst",
        "header",
        "footer",
        "generator",
        "listtable",
        "themedata",
    ];
    let mut words = String::new();
    // Whether the group shows nothing, and how many characters stand behind a `\u` for programs that don't know it.
    let mut groups: Vec<(bool, usize)> = vec![(false, 1)];
    let mut chars = rtf.chars().peekable();
    let (mut skip, mut high) = (0usize, None::<u32>);
    while let Some(c) = chars.next() {
        let (hidden, fallback) = groups.last().copied().unwrap_or((false, 1));
        match c {
            // Nothing of ours nests so deep; what does is shown as far as it was read.
            '{' if groups.len() >= 64 => break,
            '{' => groups.push((hidden, fallback)),
            '}' => {
                groups.pop();
                if groups.is_empty() {
                    break;
                }
            }
            '\r' | '\n' => {}
            '\\' => {
                let word: String =
                    std::iter::from_fn(|| chars.next_if(char::is_ascii_alphabetic)).take(32).collect();
                if word.is_empty() {
                    match chars.next() {
                        Some('\'') => {
                            let hex: String = chars.by_ref().take(2).collect();
                            let octet = u8::from_str_radix(&hex, 16).unwrap_or(b'?');
                            if skip > 0 {
                                skip -= 1;
                            } else if !hidden {
                                words.push(windows_1252(octet));
                            }
                        }
                        Some('*') => hide(&mut groups),
                        Some('~') if !hidden => words.push(' '),
                        Some(c @ ('\\' | '{' | '}')) if skip == 0 && !hidden => words.push(c),
                        _ => skip = skip.saturating_sub(1),
                    }
                    continue;
                }
                let sign = chars.next_if_eq(&'-').is_some();
                let digits: String =
                    std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).take(9).collect();
                let number = digits.parse::<i64>().ok().map(|n| if sign { -n } else { n });
                let _ = chars.next_if_eq(&' ');
                match word.as_str() {
                    "par" | "line" if !hidden => words.push('\n'),
                    "tab" if !hidden => words.push('\t'),
                    "u" => {
                        let unit = number.map(|n| if n < 0 { n + 0x1_0000 } else { n });
                        let unit = unit.and_then(|n| u32::try_from(n).ok()).unwrap_or(0xfffd);
                        skip = fallback;
                        if !hidden {
                            push_unit(&mut words, unit, &mut high);
                        }
                    }
                    "uc" => {
                        if let (Some(group), Some(n)) = (groups.last_mut(), number) {
                            group.1 = usize::try_from(n).unwrap_or(1).min(8);
                        }
                    }
                    known if HIDDEN.contains(&known) => hide(&mut groups),
                    _ => {}
                }
            }
            _ if skip > 0 => skip -= 1,
            c if !hidden => words.push(c),
            _ => {}
        }
    }
    words.trim_end().to_owned()
}

fn hide(groups: &mut [(bool, usize)]) {
    if let Some(group) = groups.last_mut() {
        group.0 = true;
    }
}

/// Adds a unit of UTF-16, of which two may be one character.
fn push_unit(words: &mut String, unit: u32, high: &mut Option<u32>) {
    match (unit, high.take()) {
        (0xd800..=0xdbff, _) => *high = Some(unit),
        (0xdc00..=0xdfff, Some(first)) => {
            let c = 0x1_0000 + ((first - 0xd800) << 10) + (unit - 0xdc00);
            words.push(char::from_u32(c).unwrap_or('\u{fffd}'));
        }
        _ => words.push(char::from_u32(unit).unwrap_or('\u{fffd}')),
    }
}

/// The character of an octet in the code page that RTF texts are written in unless they say otherwise.
fn windows_1252(octet: u8) -> char {
    const UPPER: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
        '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
    ];
    match octet {
        0x80..=0x9f => UPPER.get(usize::from(octet - 0x80)).copied().unwrap_or('\u{fffd}'),
        octet => char::from(octet),
    }
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::pace;

    #[test]
    fn the_words_of_rtf_are_read_without_its_tables() {
        let check = |rtf: &str, want: &str| assert_eq!(words(rtf), want, "{rtf}");
        check(
            "{\\rtf1\\ansi{\\fonttbl{\\f0 Segoe UI;}}{\\colortbl ;\\red0;}\\f0\\fs20 Gr\\'fc\\'dfe \\b laut\\b0\\par zwei}",
            "Grüße laut\nzwei",
        );
        check("{\\rtf1 \\u8364? \\u-10179?\\u-9202? {\\*\\generator x;}\\\\ \\{}", "€ 🐎 \\ {");
        check(&"{".repeat(100_000), "");
        check("", "");
    }

    #[test]
    fn a_long_text_takes_as_long_as_its_parts() {
        for piece in ["{\\b", "{}", "\\u-9", "{}\\'", "\\uc8\\u9", "\\"] {
            pace::check(piece, |text| drop(words(text)));
        }
    }
}
