//! Category values that the server makes, and the one of a client that it must understand.
//! \[MS-PRES\] 2.2.2
//!
//! Owns the shapes; which container holds which of them is decided by the presence domain.

use crate::xml::{Reader, attribute, element, number_attribute};
use crate::{BodyError, What};

/// A capability of a device, such as `text` or `voice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// Name of the element.
    pub name: String,
    /// Whether the device takes it in, for instance has a microphone.
    pub capture: bool,
    /// Whether the device can show or play it.
    pub render: bool,
}

/// What a value of the category `device` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// The endpoint, a UUID as written.
    pub endpoint_id: Option<String>,
    /// What the device can do.
    pub capabilities: Vec<Capability>,
    /// What the device adds to local time to get UTC, in minutes.
    pub time_zone_bias: Option<i32>,
    /// Name of the machine.
    pub machine_name: Option<String>,
}

/// How many capabilities a device may have.
const MAX_CAPABILITIES: usize = 32;

/// Reads a value of the category `device`.
///
/// # Errors
///
/// When it is malformed, or is another element.
pub fn parse_device(text: &str) -> Result<Device, BodyError> {
    let mut reader = Reader::new(text.as_bytes())?;
    reader.expect_root("device")?;
    let mut device =
        Device { endpoint_id: reader.attribute("endpointId").map(ToString::to_string), ..Device::default() };
    while let Some(child) = reader.child()? {
        match child.local {
            "capabilities" => capabilities(&mut reader, &mut device.capabilities)?,
            "timezone" => device.time_zone_bias = time_zone_bias(&reader.text()?),
            "machineName" => device.machine_name = Some(reader.text()?.into_owned()),
            _ => reader.skip()?,
        }
    }
    reader.finish()?;
    Ok(device)
}

fn capabilities(reader: &mut Reader<'_>, out: &mut Vec<Capability>) -> Result<(), BodyError> {
    while let Some(child) = reader.child()? {
        if out.len() == MAX_CAPABILITIES {
            return Err(reader.error(What::TooMany { of: "capabilities", limit: MAX_CAPABILITIES }));
        }
        let is = |name| reader.attribute(name).is_some_and(|word| matches!(word.trim(), "true" | "1"));
        out.push(Capability { name: child.local.to_owned(), capture: is("capture"), render: is("render") });
        reader.skip()?;
    }
    Ok(())
}

/// Writes the time zone in which `bias` minutes lead from local time to UTC, as a `device` has it: `00:00:00+01:00`.
#[must_use]
pub fn time_zone(bias: i32) -> String {
    let minutes = bias.unsigned_abs();
    let sign = if bias > 0 { '-' } else { '+' };
    format!("00:00:00{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Reads how many minutes lead from local time to UTC in a time zone written as `00:00:00+01:00`; none for anything else.
#[must_use]
pub fn time_zone_bias(text: &str) -> Option<i32> {
    let at = text.rfind(['+', '-'])?;
    let (sign, zone) = text.split_at_checked(at)?.1.split_at_checked(1)?;
    let (hours, minutes) = zone.trim().split_once(':')?;
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let east = i32::from(hours) * 60 + i32::from(minutes);
    Some(if sign == "+" { -east } else { east })
}

/// One thing a user can be reached by, over all devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service<'a> {
    /// Name of the capability, such as `text`; an XML name.
    pub name: &'a str,
    /// Whether some device takes it in.
    pub capture: bool,
    /// Whether some device can show or play it.
    pub render: bool,
    /// Availability of the best device that has it.
    pub device_availability: u32,
}

/// Appends a value of the category `services` for the user `uri`.
pub fn encode_services(uri: &str, services: &[Service<'_>], out: &mut String) {
    out.push_str("<services xmlns=\"http://schemas.microsoft.com/2006/09/sip/service\">");
    out.push_str("<service");
    attribute(out, "uri", uri);
    out.push_str("><capabilities>");
    for service in services {
        out.push('<');
        out.push_str(service.name);
        attribute(out, "render", boolean(service.render));
        attribute(out, "capture", boolean(service.capture));
        number_attribute(out, "deviceAvailability", service.device_availability);
        out.push_str("/>");
    }
    out.push_str("</capabilities></service></services>");
}

const fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Appends a value of the category `legacyInterop`.
pub fn encode_legacy_interop(availability: u32, out: &mut String) {
    out.push_str("<legacyInterop xmlns=\"http://schemas.microsoft.com/2006/09/sip/categories\"");
    number_attribute(out, "availability", availability);
    out.push_str("/>");
}

const CARD: &str = "<contactCard xmlns=\"http://schemas.microsoft.com/2006/09/sip/contactcard\"";

/// Appends a `contactCard` of instance 0: who the person is.
pub fn encode_identity(display_name: &str, email: Option<&str>, out: &mut String) {
    out.push_str(CARD);
    out.push_str("><identity><name>");
    element(out, "displayName", display_name);
    out.push_str("</name>");
    if let Some(email) = email {
        element(out, "email", email);
    }
    out.push_str("</identity></contactCard>");
}

/// What the address book knows; what is `None` is left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct AddressBookCard<'a> {
    /// The company.
    pub company: Option<&'a str>,
    /// The job title.
    pub title: Option<&'a str>,
    /// The office or room.
    pub office: Option<&'a str>,
    /// The department.
    pub department: Option<&'a str>,
    /// The web page.
    pub url: Option<&'a str>,
    /// Telephones.
    pub phones: &'a [Phone<'a>],
}

/// A telephone of a contact card.
#[derive(Debug, Clone, Copy)]
pub struct Phone<'a> {
    /// `work`, `mobile`, `home` or `other`.
    pub kind: &'a str,
    /// A `tel:` URI.
    pub uri: &'a str,
    /// The number as people write it.
    pub display: Option<&'a str>,
}

/// Appends a `contactCard` of instance 3: what the address book knows.
pub fn encode_address_book(card: &AddressBookCard<'_>, out: &mut String) {
    out.push_str(CARD);
    out.push('>');
    let fields = [
        ("company", card.company),
        ("title", card.title),
        ("office", card.office),
        ("department", card.department),
        ("url", card.url),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            element(out, name, value);
        }
    }
    for phone in card.phones {
        out.push_str("<phone");
        attribute(out, "type", phone.kind);
        out.push('>');
        element(out, "uri", phone.uri);
        if let Some(display) = phone.display {
            element(out, "displayString", display);
        }
        out.push_str("</phone>");
    }
    out.push_str("</contactCard>");
}

/// How a user telephones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TelephonyMode {
    /// Not through this system.
    #[default]
    None,
    /// Through this system.
    Uc,
    /// By controlling a telephone.
    Rcc,
    /// Both.
    Dual,
}

impl TelephonyMode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Uc => "Uc",
            Self::Rcc => "Rcc",
            Self::Dual => "Dual",
        }
    }
}

/// A value of the category `userProperties`.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserProperties<'a> {
    /// The user's line, a `tel:` URI, and the SIP URI of a gateway to control it by.
    pub line: Option<(&'a str, Option<&'a str>)>,
    /// How the user telephones.
    pub telephony_mode: TelephonyMode,
    /// Whether voice mail is on.
    pub voice_mail: bool,
}

/// Appends a value of the category `userProperties`.
pub fn encode_user_properties(properties: &UserProperties<'_>, out: &mut String) {
    out.push_str("<userProperties xmlns=\"http://schemas.microsoft.com/2006/09/sip/categories\">");
    match properties.line {
        None => out.push_str("<lines/>"),
        Some((line, server)) => {
            out.push_str("<lines><line");
            attribute(out, "lineType", properties.telephony_mode.as_str());
            if let Some(server) = server {
                attribute(out, "lineServer", server);
            }
            out.push('>');
            crate::xml::escape_text(out, line);
            out.push_str("</line></lines>");
        }
    }
    element(out, "telephonyMode", properties.telephony_mode.as_str());
    element(out, "exumEnabled", if properties.voice_mail { "1" } else { "0" });
    out.push_str("</userProperties>");
}

/// The value that hides a category from blocked watchers; `None` for a category without one.
///
/// The category `state` has none: blocked watchers get an aggregate state of 18500.
#[must_use]
pub fn empty(category: &str) -> Option<&'static str> {
    Some(match category {
        "contactCard" => r#"<contactCard xmlns="http://schemas.microsoft.com/2006/09/sip/contactcard"/>"#,
        "note" => r#"<note xmlns="http://schemas.microsoft.com/2006/09/sip/note"/>"#,
        "calendarData" => r#"<calendarData xmlns="http://schemas.microsoft.com/2006/09/sip/calendarData"/>"#,
        "services" => r#"<services xmlns="http://schemas.microsoft.com/2006/09/sip/service"/>"#,
        "legacyInterop" => {
            r#"<legacyInterop xmlns="http://schemas.microsoft.com/2006/09/sip/categories" availability="18500"/>"#
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_read_back() {
        for minutes in [0, -60, 60, -330, 570, -765] {
            assert_eq!(time_zone_bias(&time_zone(minutes)), Some(minutes));
        }
        assert_eq!(time_zone(-60), "00:00:00+01:00");
        for text in ["", "00:00:00", "00:00:00+", "00:00:00+x:00", "00:00:00é01:00"] {
            assert_eq!(time_zone_bias(text), None, "{text}");
        }
    }
}
