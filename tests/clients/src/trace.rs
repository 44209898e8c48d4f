//! What clients and server said, made comparable: everything that differs from run to run is
//! replaced by a word in angle brackets.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::wire::{Direction, Message};

/// The first message of every kind, sorted by kind, so that the order in which things happen to
/// arrive doesn't matter.
pub fn kinds(messages: &[Message]) -> String {
    let mut first: BTreeMap<(String, Direction), &Message> = BTreeMap::new();
    for message in messages {
        first.entry((kind(message), message.direction)).or_insert(message);
    }
    let mut out = String::new();
    for ((kind, direction), message) in first {
        let arrow = match direction {
            Direction::Out => "client -> server",
            Direction::In => "server -> client",
        };
        let _ = writeln!(out, "==== {kind} ({arrow})");
        out.push_str(&masked(message));
        out.push('\n');
    }
    out
}

fn kind(message: &Message) -> String {
    let mut kind = message.method().to_owned();
    if let Some(event) = message.header("Event") {
        let _ = write!(kind, " {event}");
    } else if let Some(content) = message.header("Content-Type") {
        let _ = write!(kind, " {}", content.split(';').next().unwrap_or_default());
    }
    if message.is_request("SERVICE") || message.is_request("SUBSCRIBE") {
        let _ = write!(kind, " {}", verb(&message.body));
    }
    if message.header("Expires") == Some("0") {
        kind.push_str(" ends");
    }
    match message.status() {
        Some(status) => format!("{kind} {status}"),
        None => kind,
    }
}

/// The SOAP verb or the root element of a body.
fn verb(body: &str) -> &str {
    let inner = body.split_once("Body>").map_or(body, |(_, inner)| inner);
    let element = inner.split('<').find(|e| !e.is_empty() && !e.starts_with(['?', '!']));
    element.and_then(|e| e.split([' ', '>', '/']).next()).unwrap_or_default().trim()
}

fn masked(message: &Message) -> String {
    let mut out = format!("{}\n", mask(&message.start_line));
    for (name, value) in &message.headers {
        let value = match name.to_ascii_lowercase().as_str() {
            "date" => "<date>".to_owned(),
            "call-id" | "i" => "<call-id>".to_owned(),
            "content-length" | "l" => "<length>".to_owned(),
            // The server draws it, so that clients do not come back all at once.
            "expires" if value != "0" => "<seconds>".to_owned(),
            "ms-conversation-id" => "<conversation>".to_owned(),
            "content-type" => value.split("boundary=").next().unwrap_or_default().to_owned(),
            _ => mask(value),
        };
        let _ = writeln!(out, "{name}: {value}");
    }
    if !message.body.is_empty() {
        let _ = writeln!(out, "\n{}", mask(&message.body).trim_end());
    }
    out
}

/// Parameters and attributes whose value is chance, a time or a number that only counts.
const CHANCE: &[&str] = &[
    "tag=",
    "branch=",
    "epid=",
    "ms-received-cid=",
    "ms-received-port=",
    "crand=",
    "srand=",
    "rspauth=",
    "response=",
    "gssapi-data=",
    "opaque=",
    "cnum=",
    "snum=",
    "received=",
    "rport=",
    "publishTime=",
    "lastActive=",
    "instance=",
    "endpointId=",
    "startTime=",
    "boundary=",
    "ms-identity-cookie=",
    "ms-ent-dest=",
    "uuid:",
    "expires=",
    "version=",
    "deltaNum=",
    "msgr=",
    "since=",
    "preferredVersion=",
];

fn mask(text: &str) -> String {
    let mut text = text.replace(std::env::consts::ARCH, "<machine>");
    for key in CHANCE {
        text = mask_after(&text, key);
    }
    mask_runs(&mask_ports(&text))
}

/// Replaces what follows `key` up to the end of the quoted string or of the token.
fn mask_after(text: &str, key: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(key) {
        let (before, after) = rest.split_at(at + key.len());
        out.push_str(before);
        let boundary = rest[..at].chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric());
        rest = after;
        if !boundary {
            continue;
        }
        let (quote, value) = match rest.chars().next() {
            Some(c @ ('"' | '\'')) => (Some(c), &rest[1..]),
            _ => (None, rest),
        };
        let end = match quote {
            Some(quote) => value.find(quote).unwrap_or(value.len()),
            None => value.find([';', ',', ' ', '>', '"', '\'', '<', '\n']).unwrap_or(value.len()),
        };
        out.extend(quote);
        let name = key.trim_end_matches(['=', ':']);
        let _ = write!(out, "<{name}>");
        rest = &value[end..];
    }
    out.push_str(rest);
    out
}

/// Replaces the ports of clients, which the system chose.
fn mask_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let _ = write!(out, "127.0.0.1:{}{rest}", if rest.len() < part.len() { "<port>" } else { "" });
    }
    out
}

/// Replaces long runs of hexadecimal digits (UUIDs, epids, keys) and times of day.
fn mask_runs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_hexdigit() || matches!(c, '-' | ':' | 'T' | 'Z' | '.') {
            run.push(c);
            continue;
        }
        let digits = run.chars().filter(char::is_ascii_hexdigit).count();
        let chance = digits >= 12 && run.chars().any(|c| c.is_ascii_digit());
        out.push_str(if chance { "<id>" } else { &run });
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_masked_and_the_rest_stays() {
        let text = r#"<sip:a@b>;tag=12ab;epid=77, x="1" rspauth="beef" <c instance="5"/>"#;
        assert_eq!(
            mask(text),
            r#"<sip:a@b>;tag=<tag>;epid=<epid>, x="1" rspauth="<rspauth>" <c instance="<instance>"/>"#
        );
        assert_eq!(mask("at 2026-11-25T21:00:00.000Z."), "at <id>");
    }

    #[test]
    fn a_kind_names_the_verb_of_a_service_request() {
        let text = "SERVICE sip:a SIP/2.0\r\nContent-Type: application/SOAP+xml\r\n\r\n\
                    <s:Envelope><SOAP-ENV:Body><m:setContact a=\"\"/></SOAP-ENV:Body>";
        let message = Message::parse(Direction::Out, text);
        assert_eq!(kind(&message), "SERVICE application/SOAP+xml m:setContact");
    }
}
