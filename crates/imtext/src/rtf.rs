//! The words of an RTF text, for whoever shows no form.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use crate::code_page::{self, CodePage};

/// Groups that are not part of the text.
const ASIDE: [&str; 14] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "fldinst",
    "header",
    "footer",
    "footnote",
    "generator",
    "listtable",
    "listoverridetable",
    "themedata",
];

/// Nothing of ours nests so deep; what does is shown as far as it was read.
const DEEPEST: usize = 64;
/// Fonts whose set of characters is kept.
const MOST_FONTS: usize = 256;

/// Returns the words of an RTF text (RTF 1.9.1): tables of fonts and colours, pictures and fields' instructions are left
/// out. Octets are read by the code page of their font, else by that of the text.
pub fn words(rtf: &str) -> String {
    let mut reader = Reader {
        words: String::new(),
        groups: vec![Group::default()],
        fonts: BTreeMap::new(),
        page: code_page::WESTERN,
        default_font: 0,
        octets: Vec::new(),
        is_led: false,
        skip: 0,
        high: None,
    };
    let mut chars = rtf.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if reader.groups.len() >= DEEPEST => break,
            '{' => {
                reader.settle();
                reader.groups.push(reader.group());
            }
            '}' => {
                reader.settle();
                reader.groups.pop();
                if reader.groups.is_empty() {
                    break;
                }
            }
            '\r' | '\n' => {}
            '\\' => reader.control(&mut chars),
            c => reader.letter(c),
        }
    }
    reader.settle();
    reader.words.trim_end().to_owned()
}

/// What holds until the end of a group.
#[derive(Clone, Copy)]
struct Group {
    /// Whether it shows nothing.
    hidden: bool,
    /// Whether it says what the fonts are.
    is_font_table: bool,
    /// How many characters stand behind a `\u` for programs that don't know it.
    fallback: usize,
    font: Option<u16>,
}

impl Default for Group {
    fn default() -> Self {
        Self { hidden: false, is_font_table: false, fallback: 1, font: None }
    }
}

struct Reader {
    words: String,
    groups: Vec<Group>,
    fonts: BTreeMap<u16, CodePage>,
    page: CodePage,
    default_font: u16,
    /// Octets one after the other, which may be parts of one character.
    octets: Vec<u8>,
    /// Whether the last of them is the first of two.
    is_led: bool,
    /// How many characters are still to be left out behind a `\u`.
    skip: usize,
    /// The first unit of a pair.
    high: Option<u32>,
}

impl Reader {
    fn group(&self) -> Group {
        self.groups.last().copied().unwrap_or_default()
    }

    fn change(&mut self, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.last_mut() {
            change(group);
        }
    }

    /// A word or a symbol of RTF, after its backslash.
    fn control(&mut self, chars: &mut Peekable<Chars<'_>>) {
        let word: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_alphabetic)).take(32).collect();
        if word.is_empty() {
            match chars.next() {
                Some('\'') => {
                    let hex: String = chars.by_ref().take(2).collect();
                    self.octet(u8::from_str_radix(&hex, 16).unwrap_or(b'?'));
                }
                Some('*') => self.change(|group| group.hidden = true),
                Some('~') => self.letter(' '),
                Some('_') => self.letter('-'),
                Some('\r' | '\n') => self.show('\n'),
                Some(c @ ('\\' | '{' | '}')) => self.letter(c),
                _ => self.skip = self.skip.saturating_sub(1),
            }
            return;
        }
        let sign = chars.next_if_eq(&'-').is_some();
        let digits: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).take(9).collect();
        let number = digits.parse::<i64>().ok().map(|n| if sign { -n } else { n });
        let _ = chars.next_if_eq(&' ');
        self.word(&word, number);
    }

    fn word(&mut self, word: &str, number: Option<i64>) {
        if word == "u" {
            self.unit(number);
            return;
        }
        self.settle();
        let font = number.and_then(|n| u16::try_from(n).ok());
        match word {
            "par" | "line" => self.show('\n'),
            "tab" => self.show('\t'),
            "emdash" => self.show('—'),
            "endash" => self.show('–'),
            "lquote" => self.show('‘'),
            "rquote" => self.show('’'),
            "ldblquote" => self.show('“'),
            "rdblquote" => self.show('”'),
            "bullet" => self.show('•'),
            "emspace" | "enspace" => self.show(' '),
            "uc" => {
                let fallback = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(1).min(8);
                self.change(|group| group.fallback = fallback);
            }
            "ansicpg" => self.page = number.and_then(code_page::numbered).unwrap_or(self.page),
            "mac" => self.page = code_page::numbered(10_000).unwrap_or(self.page),
            "deff" => self.default_font = font.unwrap_or_default(),
            "f" => self.change(|group| group.font = font),
            "plain" => self.change(|group| group.font = None),
            "fcharset" => self.define(number.and_then(code_page::of_charset)),
            "cpg" => self.define(number.and_then(code_page::numbered)),
            known if ASIDE.contains(&known) => self.change(|group| {
                group.hidden = true;
                group.is_font_table |= known == "fonttbl";
            }),
            _ => {}
        }
    }

    /// Keeps what the table of fonts says of one.
    fn define(&mut self, page: Option<CodePage>) {
        let Group { is_font_table: true, font: Some(font), .. } = self.group() else { return };
        if let Some(page) = page
            && (self.fonts.len() < MOST_FONTS || self.fonts.contains_key(&font))
        {
            self.fonts.insert(font, page);
        }
    }

    /// The code page of what is written here.
    fn page(&self) -> CodePage {
        let font = self.group().font.unwrap_or(self.default_font);
        self.fonts.get(&font).copied().unwrap_or(self.page)
    }

    /// A character that stands for itself, or for the second octet of one.
    fn letter(&mut self, c: char) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if let ('@'..='~', true) = (c, self.is_led) {
            self.octets.push(u8::try_from(c).unwrap_or(b'?'));
            self.is_led = false;
        } else {
            self.show(c);
        }
    }

    fn octet(&mut self, octet: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if !self.group().hidden {
            self.high = None;
            self.octets.push(octet);
            self.is_led = !self.is_led && code_page::is_lead(self.page(), octet);
        }
    }

    /// A unit of UTF-16, of which two may be one character.
    fn unit(&mut self, number: Option<i64>) {
        let high = self.high;
        self.settle();
        let Group { hidden, fallback, .. } = self.group();
        self.skip = fallback;
        if hidden {
            return;
        }
        let unit = number.map(|n| if n < 0 { n + 0x1_0000 } else { n });
        let unit = unit.and_then(|n| u32::try_from(n).ok()).unwrap_or(0xfffd);
        match (unit, high) {
            (0xd800..=0xdbff, _) => self.high = Some(unit),
            (0xdc00..=0xdfff, Some(first)) => {
                let c = 0x1_0000 + ((first - 0xd800) << 10) + (unit - 0xdc00);
                self.words.push(char::from_u32(c).unwrap_or('\u{fffd}'));
            }
            _ => self.words.push(char::from_u32(unit).unwrap_or('\u{fffd}')),
        }
    }

    fn show(&mut self, c: char) {
        self.settle();
        if !self.group().hidden {
            self.words.push(c);
        }
    }

    /// Whatever may go on ends here: a run of octets, a pair of units, what is left out behind a `\u`.
    fn settle(&mut self) {
        (self.is_led, self.skip, self.high) = (false, 0, None);
        if !self.octets.is_empty() {
            let (text, _) = self.page().decode_without_bom_handling(&self.octets);
            self.words.push_str(&text);
            self.octets.clear();
        }
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
        for piece in [
            "{\\b",
            "{}",
            "\\u-9",
            "{}\\'",
            "\\uc8\\u9",
            "\\",
            "\\'83",
            "\\'83A",
            "\\f1\\'e9",
            "\\fonttbl\\f1\\fcharset204",
        ] {
            pace::check(piece, |text| drop(words(text)));
        }
    }
}
