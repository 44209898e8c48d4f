//! A relay between a SIP tool and the server, which lends the tool an NTLM implementation.
//!
//! `sipp` plays a scenario, but can't compute a token in the middle of it. The scenario writes
//! `gssapi-data="ORACLE"` and `response="ORACLE"` where a token and a signature belong; the relay
//! has the [`Oracle`] make them of the challenge that went by and of the message itself, and has
//! it check every signature of the server.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::oracle::Oracle;
use crate::wire::{Connection, Direction, Message};

/// What went by.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Signatures of the server that the oracle accepted.
    pub verified: u32,
    /// Messages of the server whose signature it refused, or that had none after the sign-in.
    pub refused: Vec<String>,
    /// Everything that was said, in order.
    pub said: String,
}

#[derive(Debug)]
struct Link {
    oracle: Oracle,
    challenge: Option<Vec<u8>>,
    signed_in: bool,
    report: Report,
}

/// A relay for one connection.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    link: Arc<Mutex<Link>>,
}

/// Who signs in.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    pub domain: &'a str,
    pub user: &'a str,
    pub password: &'a str,
}

impl Relay {
    /// Listens on loopback for one tool, and will connect it to `server`.
    pub fn start(server: SocketAddr, credentials: Credentials<'_>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let link = Arc::new(Mutex::new(Link {
            oracle: Oracle::start(),
            challenge: None,
            signed_in: false,
            report: Report::default(),
        }));
        let [domain, user, password] =
            [credentials.domain, credentials.user, credentials.password].map(str::to_owned);
        let shared = Arc::clone(&link);
        thread::spawn(move || {
            let Ok((tool, _)) = listener.accept() else { return };
            let Ok(server) = TcpStream::connect(server) else { return };
            let (Ok(from_server), Ok(to_tool)) = (server.try_clone(), tool.try_clone()) else {
                return;
            };
            let back = Arc::clone(&shared);
            thread::spawn(move || {
                pump(from_server, to_tool, |text| from_the_server(&mut lock(&back), text));
            });
            pump(tool, server, |text| from_the_tool(&mut lock(&shared), text, [&domain, &user, &password]));
        });
        Self { address, link }
    }

    /// Where the tool is to connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What went by so far.
    pub fn report(&self) -> Report {
        lock(&self.link).report.clone()
    }
}

fn lock(link: &Mutex<Link>) -> MutexGuard<'_, Link> {
    link.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Passes messages on, each through `through`, until a side closes.
fn pump(from: TcpStream, to: TcpStream, mut through: impl FnMut(String) -> String) {
    let (mut from, mut to) = (Connection::of(from), Connection::of(to));
    while let Some(text) = from.receive_text() {
        to.send(through(text));
    }
    to.close();
}

fn from_the_tool(link: &mut Link, mut text: String, [domain, user, password]: [&String; 3]) -> String {
    const TOKEN: &str = "gssapi-data=\"ORACLE\"";
    const SIGNATURE: &str = "response=\"ORACLE\"";
    if text.contains(TOKEN) {
        let challenge = link.challenge.take().expect("a challenge came before the answer to it");
        let token = link.oracle.initiate(&challenge, domain, user, password);
        let token = BASE64_STANDARD.encode(token);
        text = text.replace(TOKEN, &format!("gssapi-data=\"{token}\""));
    }
    if text.contains(SIGNATURE) {
        let signed = signed_text(&Message::parse(Direction::Out, &text), "Authorization", "crand", "cnum");
        let signature = link.oracle.sign(&signed);
        text = text.replace(SIGNATURE, &format!("response=\"{signature}\""));
        link.signed_in = true;
    }
    link.report.said.push_str(&format!(">>>>\n{text}\n"));
    text
}

fn from_the_server(link: &mut Link, text: String) -> String {
    let message = Message::parse(Direction::In, &text);
    link.report.said.push_str(&format!("<<<<\n{text}\n"));
    if let Some(challenge) = message.header("WWW-Authenticate").and_then(|v| parameter(v, "gssapi-data")) {
        link.challenge = BASE64_STANDARD.decode(challenge).ok();
    }
    let info = message.header("Authentication-Info").unwrap_or_default();
    if let Some(signature) = parameter(info, "rspauth") {
        let signed = signed_text(&message, "Authentication-Info", "srand", "snum");
        if link.oracle.verifies(&signed, signature) {
            link.report.verified += 1;
        } else {
            link.report.refused.push(text.clone());
        }
    } else if link.signed_in && message.status().is_none_or(|s| s >= 200) {
        link.report.refused.push(text.clone());
    }
    text
}

/// What is signed of a message ([MS-SIPAE] 3.2.5.1 and signature version 3 and 4): its parts in
/// angle brackets, one after the other, empty where it has none.
fn signed_text(message: &Message, header: &str, rand: &str, num: &str) -> String {
    let credentials = message.header(header).unwrap_or_default();
    let of = |name: &str| parameter(credentials, name).unwrap_or_default().to_owned();
    let value = |name: &str| message.header(name).unwrap_or_default();
    let (sequence, method) = value("CSeq").split_once(' ').unwrap_or_default();
    let (from, from_tag) = address(value("From"));
    let (to, to_tag) = address(value("To"));
    let mut parts = vec![
        "NTLM".to_owned(),
        of(rand),
        of(num),
        of("realm"),
        of("targetname"),
        value("Call-ID").to_owned(),
        sequence.to_owned(),
        method.to_owned(),
        from,
        from_tag,
        to,
        to_tag,
        String::new(),
        String::new(),
        value("Expires").to_owned(),
    ];
    parts.extend(message.status().map(|status| status.to_string()));
    parts.iter().map(|part| format!("<{part}>")).collect()
}

/// A parameter of credentials, quoted or not.
fn parameter<'a>(credentials: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = credentials.split_once(' ')?;
    rest.split(", ").find_map(|p| {
        let (key, value) = p.split_once('=')?;
        (key.trim() == name).then(|| value.trim_matches('"'))
    })
}

/// URI and tag of a From or To header.
fn address(value: &str) -> (String, String) {
    let (_, rest) = value.split_once('<').unwrap_or_default();
    let (uri, parameters) = rest.split_once('>').unwrap_or_default();
    let tag = parameters.split(';').find_map(|p| p.strip_prefix("tag=")).unwrap_or_default();
    (uri.to_owned(), tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_text_of_a_request_is_as_communicator_wrote_it() {
        // The example of Microsoft's own client: signin, third REGISTER.
        let text = "REGISTER sip:cosmo.local SIP/2.0\r\n\
            From: <sip:user@cosmo.local>;tag=3e49177a52;epid=4c1f\r\nTo: <sip:user@cosmo.local>\r\n\
            Call-ID: 4037df9284354df39065195bd57a4b14\r\nCSeq: 3 REGISTER\r\n\
            Authorization: NTLM qop=\"auth\", realm=\"SIP Communications Service\", \
            targetname=\"cosmo-ocs-r2.cosmo.local\", crand=\"13317733\", cnum=\"1\"\r\n\r\n";
        let message = Message::parse(Direction::Out, text);
        assert_eq!(
            signed_text(&message, "Authorization", "crand", "cnum"),
            "<NTLM><13317733><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local>\
             <4037df9284354df39065195bd57a4b14><3><REGISTER><sip:user@cosmo.local><3e49177a52>\
             <sip:user@cosmo.local><><><><>"
        );
    }
}
