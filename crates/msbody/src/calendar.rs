//! The free or busy times inside a `calendarData` element. \[MS-PRES\] 2.2.2.7.8
//!
//! Working hours, which the same category has in another instance, are kept as they were sent and read by nobody here.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::xml::Reader;
use crate::{BodyError, What};

/// How many octets of slots are read: more than ten days of quarters of an hour; clients send four.
pub const MAX_OCTETS: usize = 256;
/// How many slots stand in one octet.
pub const SLOTS_PER_OCTET: usize = 4;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How somebody is in one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// 0
    Free,
    /// 1
    Tentative,
    /// 2
    Busy,
    /// 3
    OutOfOffice,
}

/// Free or busy times: slots of one length that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeBusy {
    /// When the first slot begins, in milliseconds since 1970.
    pub start_time: u64,
    /// How long each slot lasts, in minutes: 1 to 1440.
    pub granularity: u32,
    /// The slots as they are encoded, at most [`MAX_OCTETS`].
    octets: Vec<u8>,
}

impl FreeBusy {
    /// The slots in the order of time.
    ///
    /// COMPAT(OC 2007 R2, pidgin-sipe): the specification counts the bits of an octet from the highest, in an example of
    /// half an hour free and half an hour busy, `Cg==`. Clients put the first slot into the lowest two: SIPE writes and
    /// reads it so, and only so do the meetings in data that was published from real calendars begin and end together.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.octets.iter().flat_map(|octet| {
            [0, 2, 4, 6].map(|shift| match (octet >> shift) & 3 {
                0 => Slot::Free,
                1 => Slot::Tentative,
                2 => Slot::Busy,
                _ => Slot::OutOfOffice,
            })
        })
    }
}

/// Reads a value of the category `calendarData`: its free or busy times; none where it has something else.
///
/// # Errors
///
/// When it is malformed or another element; when its times are too many, or in an encoding that is not known.
pub fn parse(text: &str) -> Result<Option<FreeBusy>, BodyError> {
    let mut reader = Reader::new(text.as_bytes())?;
    reader.expect_root("calendarData")?;
    let mut times = None;
    while let Some(child) = reader.child()? {
        if child.local == "freeBusy" {
            times = Some(free_busy(&mut reader)?);
        } else {
            reader.skip()?;
        }
    }
    reader.finish()?;
    Ok(times)
}

fn free_busy(reader: &mut Reader<'_>) -> Result<FreeBusy, BodyError> {
    if !matches!(reader.require("encodingVersion")?.trim(), "1" | "1.0") {
        return Err(reader.error(What::Invalid("encodingVersion")));
    }
    let start_time = crate::time::parse(reader.require("startTime")?)
        .ok_or_else(|| reader.error(What::Invalid("startTime")))?;
    let granularity = minutes(reader.require("granularity")?.trim())
        .ok_or_else(|| reader.error(What::Invalid("granularity")))?;
    let text: String = reader.text()?.split_ascii_whitespace().collect();
    if text.len() > MAX_OCTETS.div_ceil(3) * 4 {
        return Err(reader.error(What::TooMany { of: "octets of slots", limit: MAX_OCTETS }));
    }
    let octets = BASE64.decode(text).map_err(|_| reader.error(What::Invalid("freeBusy")))?;
    if octets.len() > MAX_OCTETS {
        return Err(reader.error(What::TooMany { of: "octets of slots", limit: MAX_OCTETS }));
    }
    Ok(FreeBusy { start_time, granularity, octets })
}

/// Reads an `xs:duration` of whole hours and minutes: `PT15M`, `PT1H`.
fn minutes(text: &str) -> Option<u32> {
    const DAY: u32 = 24 * 60;
    let rest = text.strip_prefix("PT")?;
    let (hours, rest) = match rest.split_once('H') {
        Some((hours, rest)) => (number(hours)?, rest),
        None => (0, rest),
    };
    let minutes = if rest.is_empty() { 0 } else { number(rest.strip_suffix('M')?)? };
    let all = hours.checked_mul(60)?.checked_add(minutes)?;
    (1..=DAY).contains(&all).then_some(all)
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_259_798_400_000;

    fn calendar(attributes: &str, text: &str) -> String {
        format!(
            "<calendarData xmlns=\"http://schemas.microsoft.com/2006/09/sip/calendarData\" \
             mailboxID=\"alice@example.com\"><freeBusy {attributes}>{text}</freeBusy></calendarData>"
        )
    }

    fn of(text: &str) -> Result<Option<FreeBusy>, BodyError> {
        let attributes = "startTime=\"2009-12-03T00:00:00Z\" granularity=\"PT15M\" encodingVersion=\"1\"";
        parse(&calendar(attributes, text))
    }

    fn written(text: &str) -> String {
        let times = of(text).expect("well-formed").expect("times");
        assert_eq!((times.start_time, times.granularity), (START, 15));
        let letter = |slot| match slot {
            Slot::Free => '.',
            Slot::Tentative => 't',
            Slot::Busy => 'B',
            Slot::OutOfOffice => 'O',
        };
        times.slots().map(letter).collect()
    }

    #[test]
    fn the_first_slot_stands_in_the_lowest_bits() {
        assert_eq!(written(""), "");
        // 0b00_01_10_11
        assert_eq!(written("Gw=="), "OBt.");
        assert_eq!(written("Gw"), "OBt.");
        assert_eq!(written("Cg=="), "BB..");
        assert_eq!(written("\n  AADw\t/w== "), "..........OOOOOO");
    }

    #[test]
    fn meetings_of_a_real_calendar_are_whole() {
        // A quarter of an hour lies between an hour from a quarter past on and three hours from half past on; with the
        // highest bits first the same octets are four pieces.
        assert_eq!(written("AFRRVVUF"), ".....tttt.tttttttttttt..");
    }

    #[test]
    fn a_calendar_without_times_has_none() {
        for text in [
            "<calendarData/>",
            "<calendarData xmlns=\"http://schemas.microsoft.com/2006/09/sip/calendarData\"/>",
            "<calendarData mailboxID=\"a@b\"><WorkingHours xmlns=\"http://schemas.microsoft.com/exchange/services/2006/types\">\
             <TimeZone><Bias>0</Bias></TimeZone></WorkingHours></calendarData>",
        ] {
            assert_eq!(parse(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn slots_last_as_long_as_they_say() {
        let check = |granularity: &str, want: Option<u32>| {
            let attributes = format!(
                "encodingVersion=\"1.0\" granularity=\"{granularity}\" startTime=\"2009-12-03T00:00:00\""
            );
            let times = parse(&calendar(&attributes, "AA=="));
            assert_eq!(times.ok().flatten().map(|times| times.granularity), want, "{granularity}");
        };
        for (text, minutes) in
            [("PT15M", 15), ("PT5M", 5), (" PT30M ", 30), ("PT1H", 60), ("PT1H30M", 90), ("PT24H", 1440)]
        {
            check(text, Some(minutes));
        }
        for text in [
            "",
            "PT",
            "15",
            "PT0M",
            "PT15",
            "P15M",
            "PT-15M",
            "PT+15M",
            "PT1441M",
            "PT4294967296M",
            "PT71582789H",
            "PTM",
            "PTH",
            "PT15S",
            "P1D",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn what_is_in_no_known_encoding_is_refused() {
        let what = |text: &str| parse(text).expect_err(text).what;
        let with = |attributes: &str| what(&calendar(attributes, "AA=="));
        let (start, slots) = ("startTime=\"2009-12-03T00:00:00Z\"", "granularity=\"PT15M\"");
        assert_eq!(with(&format!("{start} {slots}")), What::Missing("encodingVersion"));
        assert_eq!(with(&format!("{start} {slots} encodingVersion=\"2\"")), What::Invalid("encodingVersion"));
        assert_eq!(with(&format!("{slots} encodingVersion=\"1\"")), What::Missing("startTime"));
        assert_eq!(
            with(&format!("startTime=\"noon\" {slots} encodingVersion=\"1\"")),
            What::Invalid("startTime")
        );
        assert_eq!(with(&format!("{start} encodingVersion=\"1\"")), What::Missing("granularity"));
        for text in ["A", "A===", "A!A=", "-_-_", "Gx=="] {
            assert_eq!(of(text).map_err(|error| error.what), Err(What::Invalid("freeBusy")), "{text}");
        }
        assert_eq!(what("<note/>"), What::Unexpected { expected: "calendarData" });
    }

    #[test]
    fn no_more_is_read_than_the_limit() {
        let text = |octets: usize| BASE64.encode(vec![0; octets]);
        let most = of(&text(MAX_OCTETS)).expect("within the limit").expect("times");
        assert_eq!(most.slots().count(), MAX_OCTETS * SLOTS_PER_OCTET);
        for octets in [MAX_OCTETS + 1, MAX_OCTETS + 2, MAX_OCTETS + 3, 10_000] {
            assert!(of(&text(octets)).is_err_and(|error| error.is_limit()), "{octets}");
        }
    }
}
