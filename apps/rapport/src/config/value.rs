//! The kinds of value that a key can have, each readable from TOML and from the text of an environment variable.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A value as it was written, before anyone knows what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// A string, or an environment variable.
    Text(String),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Flag(bool),
    /// Several strings.
    List(Vec<String>),
}

/// A kind of value.
pub trait Setting: Sized + fmt::Display {
    /// What to write, in a few words.
    const FORM: &'static str;

    /// Reads the value.
    ///
    /// # Errors
    /// A sentence's end such as `"70000" is not a port number`.
    fn read(raw: &Raw) -> Result<Self, String>;
}

/// Addresses with ports; none switches the listener off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses(pub Vec<SocketAddr>);

/// An address with its port; empty for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OptionalAddress(pub Option<SocketAddr>);

/// A path; empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionalPath(pub Option<PathBuf>);

/// DNS names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// An amount of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub usize);

/// A bound on memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceiling {
    /// None.
    Off,
    /// That many bytes.
    Bytes(u64),
    /// That share of what there is, in percent.
    Share(u8),
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl Raw {
    fn text(&self, form: &str) -> Result<&str, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Number(_) | Self::Flag(_) | Self::List(_) => Err(format!("it should be {form}, in quotes")),
        }
    }
}

impl fmt::Display for Raw {
    /// Writes the value as TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", toml::Value::String(text.clone())),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(list) => {
                write!(f, "{}", toml::Value::Array(list.iter().cloned().map(toml::Value::String).collect()))
            }
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("\"{text}\" is not an address with a port, such as 192.0.2.1:5061 or [2001:db8::1]:5061")
    })
}

impl Setting for Addresses {
    const FORM: &'static str = "a list of addresses with ports";

    fn read(raw: &Raw) -> Result<Self, String> {
        let read = |texts: &mut dyn Iterator<Item = &str>| {
            texts
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(address)
                .collect::<Result<_, _>>()
                .map(Self)
        };
        match raw {
            Raw::List(list) => read(&mut list.iter().map(String::as_str)),
            Raw::Text(text) => read(&mut text.split(',')),
            Raw::Number(_) | Raw::Flag(_) => Err(format!("it should be {}", Self::FORM)),
        }
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nowhere");
        }
        for (n, address) in self.0.iter().enumerate() {
            write!(f, "{}{address}", if n == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Setting for Names {
    const FORM: &'static str = "a list of DNS names";

    fn read(raw: &Raw) -> Result<Self, String> {
        let read = |texts: &mut dyn Iterator<Item = &str>| {
            texts.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty()).collect()
        };
        match raw {
            Raw::List(list) => Ok(Self(read(&mut list.iter().map(String::as_str)))),
            Raw::Text(text) => Ok(Self(read(&mut text.split(',')))),
            Raw::Number(_) | Raw::Flag(_) => Err(format!("it should be {}", Self::FORM)),
        }
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("not set") } else { f.write_str(&self.0.join(", ")) }
    }
}

impl Setting for OptionalAddress {
    const FORM: &'static str = "an address with a port, or nothing";

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw.text(Self::FORM)?.trim() {
            "" => Ok(Self(None)),
            text => address(text).map(|address| Self(Some(address))),
        }
    }
}

impl fmt::Display for OptionalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => write!(f, "{address}"),
            None => f.write_str("nowhere"),
        }
    }
}

/// A path that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory(pub PathBuf);

impl Setting for Directory {
    const FORM: &'static str = "a path";

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw.text(Self::FORM)? {
            "" => Err("the path is empty".to_owned()),
            text => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.display())
    }
}

impl Setting for OptionalPath {
    const FORM: &'static str = "a path, or nothing";

    fn read(raw: &Raw) -> Result<Self, String> {
        let text = raw.text(Self::FORM)?;
        Ok(Self((!text.is_empty()).then(|| text.into())))
    }
}

impl fmt::Display for OptionalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(path) => write!(f, "{}", path.display()),
            None => f.write_str("not set"),
        }
    }
}

impl Setting for String {
    const FORM: &'static str = "a text";

    fn read(raw: &Raw) -> Result<Self, String> {
        raw.text(Self::FORM).map(str::to_owned)
    }
}

impl Setting for u32 {
    const FORM: &'static str = "a whole number above 0";

    fn read(raw: &Raw) -> Result<Self, String> {
        let number = match raw {
            Raw::Number(number) => Self::try_from(*number).ok(),
            Raw::Text(text) => text.trim().parse().ok(),
            Raw::Flag(_) | Raw::List(_) => None,
        };
        number.filter(|number| *number > 0).ok_or_else(|| format!("it should be {}", Self::FORM))
    }
}

impl Setting for bool {
    const FORM: &'static str = "true or false";

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Flag(flag) => Ok(*flag),
            Raw::Text(text) => text.trim().parse().map_err(|_| format!("it should be {}", Self::FORM)),
            Raw::Number(_) | Raw::List(_) => Err(format!("it should be {}", Self::FORM)),
        }
    }
}

const UNITS_OF_TIME: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
const UNITS_OF_SIZE: [(&str, u64); 4] =
    [("GiB", 1024 * 1024 * 1024), ("MiB", 1024 * 1024), ("KiB", 1024), ("B", 1)];

/// Splits `10s` into the number and its unit's factor.
fn measure(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

impl Setting for Span {
    const FORM: &'static str = "a length of time such as \"500ms\", \"10s\", \"5m\" or \"2h\"";

    fn read(raw: &Raw) -> Result<Self, String> {
        match measure(raw.text(Self::FORM)?, &UNITS_OF_TIME) {
            // A year is longer than anything that is waited for here.
            Some(millis @ 1..=31_536_000_000) => Ok(Self(Duration::from_millis(millis))),
            Some(_) => Err("it should be more than nothing and at most a year".to_owned()),
            None => Err(format!("it should be {}", Self::FORM)),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let (name, factor) = UNITS_OF_TIME
            .iter()
            .rev()
            .find(|(_, factor)| millis.is_multiple_of(*factor))
            .copied()
            .unwrap_or(("ms", 1));
        write!(f, "{}{name}", millis / factor)
    }
}

impl Setting for ByteSize {
    const FORM: &'static str = "a size such as \"64KiB\", \"2MiB\" or a number of bytes";

    fn read(raw: &Raw) -> Result<Self, String> {
        let bytes = match raw {
            Raw::Number(number) => u64::try_from(*number).ok(),
            Raw::Text(text) => text.trim().parse().ok().or_else(|| measure(text, &UNITS_OF_SIZE)),
            Raw::Flag(_) | Raw::List(_) => None,
        };
        let bytes = bytes.filter(|bytes| (1..=1 << 30).contains(bytes));
        bytes
            .and_then(|bytes| usize::try_from(bytes).ok())
            .map(Self)
            .ok_or_else(|| format!("it should be {}", Self::FORM))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes.is_multiple_of(1024 * 1024) => write!(f, "{}MiB", bytes / (1024 * 1024)),
            bytes if bytes.is_multiple_of(1024) => write!(f, "{}KiB", bytes / 1024),
            bytes => write!(f, "{bytes}B"),
        }
    }
}

impl Setting for Ceiling {
    const FORM: &'static str = "\"off\", a share such as \"80%\", or a size such as \"512MiB\" or \"2GiB\"";

    fn read(raw: &Raw) -> Result<Self, String> {
        let read = match raw {
            Raw::Number(number) => u64::try_from(*number).ok().map(Self::Bytes),
            Raw::Text(text) => match text.trim() {
                "off" => Some(Self::Off),
                text => match text.strip_suffix('%') {
                    Some(percent) => percent.trim().parse().ok().map(Self::Share),
                    None => text.parse().ok().or_else(|| measure(text, &UNITS_OF_SIZE)).map(Self::Bytes),
                },
            },
            Raw::Flag(_) | Raw::List(_) => None,
        };
        match read {
            Some(Self::Bytes(0) | Self::Share(0)) | None => Err(format!("it should be {}", Self::FORM)),
            Some(Self::Share(percent)) if percent > 100 => Err("it should be 100% at most".to_owned()),
            Some(ceiling) => Ok(ceiling),
        }
    }
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Off => f.write_str("off"),
            Self::Share(percent) => write!(f, "{percent}%"),
            Self::Bytes(bytes) => match UNITS_OF_SIZE.iter().find(|(_, unit)| bytes.is_multiple_of(*unit)) {
                Some((name, unit)) => write!(f, "{}{name}", bytes / unit),
                None => write!(f, "{bytes}B"),
            },
        }
    }
}

impl Setting for LogFormat {
    const FORM: &'static str = "\"text\" or \"json\"";

    fn read(raw: &Raw) -> Result<Self, String> {
        match raw.text(Self::FORM)? {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("it should be {}", Self::FORM)),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: Setting>(text: &str) -> Result<String, String> {
        T::read(&Raw::Text(text.to_owned())).map(|value| value.to_string())
    }

    #[test]
    fn lengths_of_time_have_a_unit() {
        for (written, want) in
            [("500ms", "500ms"), ("1000ms", "1s"), ("90 s", "90s"), ("120s", "2m"), ("2h", "2h")]
        {
            assert_eq!(text::<Span>(written).as_deref(), Ok(want), "{written}");
        }
        for wrong in ["", "10", "s", "-1s", "0s", "10 days", "99999999999999999999s", "9999999h"] {
            assert!(text::<Span>(wrong).is_err(), "{wrong}");
        }
        assert!(Span::read(&Raw::Number(10)).is_err(), "a bare number has no unit");
    }

    #[test]
    fn sizes_may_have_a_unit() {
        for (written, want) in [("64KiB", "64KiB"), ("65536", "64KiB"), ("1 MiB", "1MiB"), ("1000B", "1000B")]
        {
            assert_eq!(text::<ByteSize>(written).as_deref(), Ok(want), "{written}");
        }
        assert_eq!(ByteSize::read(&Raw::Number(2048)), Ok(ByteSize(2048)));
        for wrong in ["", "0", "64KB", "2GiB", "-5"] {
            assert!(text::<ByteSize>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_bound_on_memory_is_off_or_a_share_or_a_size() {
        for (written, want) in [
            ("off", "off"),
            ("80%", "80%"),
            ("100 %", "100%"),
            ("2GiB", "2GiB"),
            ("2048", "2KiB"),
            ("7B", "7B"),
        ] {
            assert_eq!(text::<Ceiling>(written).as_deref(), Ok(want), "{written}");
        }
        for wrong in ["", "0", "0%", "101%", "-1", "80 percent", "2GB"] {
            assert!(text::<Ceiling>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_a_list_or_separated_by_commas() {
        let list = Raw::List(vec!["[::]:5061".to_owned(), "0.0.0.0:5061".to_owned()]);
        let read = Addresses::read(&list).expect("two addresses");
        assert_eq!(Addresses::read(&Raw::Text("[::]:5061, 0.0.0.0:5061".to_owned())), Ok(read));
        assert_eq!(text::<Addresses>("").as_deref(), Ok("nowhere"));
        let error = text::<Addresses>("localhost:5061").expect_err("a name is no address");
        assert!(error.contains("\"localhost:5061\""), "{error}");
        assert!(text::<Addresses>("0.0.0.0:70000").is_err());
    }
}
