//! Decoding and signing, in this process: no server, no network.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::BytesMut;
use rapport_sip::framing::{Decoder, Frame};
use rapport_sip::{HeaderName, Limits, Message, Request};
use rapport_sipauth::association::{Acceptor, Association, Opaque, REALM, Version};
use rapport_sipauth::client::{ClientAssociation, ClientHandshake};
use rapport_sipauth::header::AuthParams;
use rapport_sipauth::message::{credential_lines, fields_of};
use rapport_sipauth::ntlm::client::{Account, Chance};
use rapport_sipauth::ntlm::{FileTime, NtHash, Policy, TargetNames};
use rapport_sipauth::signature::SignedFields;
use tokio::time::Instant;

use crate::figure::{Figure, Goal};

/// Many short rounds: the best of them was not interrupted.
const ROUNDS: u32 = 400;
const PER_ROUND: u32 = 500;

/// A MESSAGE of SIPE on its second hop, 1.2 KB with its 400 bytes of text.
fn typical() -> Vec<u8> {
    let head = "MESSAGE sip:bob@example.com;opaque=user:epid:VGafDav_CRwe90l3DXOSuZgwH8M;gruu SIP/2.0\r\n\
        Via: SIP/2.0/tls 127.0.0.1:52410\r\n\
        From: <sip:alice@example.com>;tag=2845713166;epid=cf0b98dadeb9\r\n\
        To: <sip:bob@example.com>;tag=6403113377\r\n\
        Max-Forwards: 70\r\n\
        CSeq: 2 MESSAGE\r\n\
        User-Agent: Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)\r\n\
        Call-ID: E552g6D78aE7B0i9FF0m87B9t3C33bB0C6x3073x\r\n\
        Route: <sip:ocs.example.com:34489;transport=tls;lr>\r\n\
        Contact: <sip:alice@example.com;opaque=user:epid:VbNCjqR0AgpHK7c_ANMSmNtwktg;gruu>\r\n\
        Content-Type: text/plain; charset=UTF-8\r\n\
        Content-Length: 400\r\n\
        Authorization: NTLM qop=\"auth\", opaque=\"BE9BCF12\", realm=\"SIP Communications Service\", \
        targetname=\"ocs.example.com\", crand=\"f5f9f7e4\", cnum=\"18\", response=\"010000000ABEC64E359F9B8764000000\"\r\n\r\n";
    let mut bytes = head.as_bytes().to_vec();
    bytes.resize(bytes.len() + 400, b'x');
    bytes
}

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let message = typical();
    let size = message.len();
    let decode = time(|| read(&message))?;
    let (mut client, mut server) = associate()?;
    let fields = SignedFields {
        call_id: "E552g6D78aE7B0i9FF0m87B9t3C33bB0C6x3073x",
        cseq: "2",
        method: "MESSAGE",
        from_uri: "sip:alice@example.com",
        from_tag: "2845713166",
        to_uri: "sip:bob@example.com",
        to_tag: "6403113377",
        ..SignedFields::default()
    };
    let mut line = String::with_capacity(512);
    let now = Instant::now().into_std();
    let sign_and_verify = time(|| {
        line.clear();
        client.sign(&fields, 0x0BAD_CAFE, &mut line);
        server.verify(&AuthParams::parse(&line)?, &fields, now)?;
        Ok(())
    })?;
    let micro = |name, operation: String, time: Duration, goal| Figure {
        name,
        operation,
        value: time.as_secs_f64() * 1e6,
        unit: "µs",
        goal,
        more: Vec::new(),
    };
    Ok(vec![
        micro(
            "decode",
            format!(
                "framing a MESSAGE of {size} bytes and reading every header that router and signature read"
            ),
            decode,
            Some(Goal::AtMost(1.5)),
        ),
        micro(
            "sign and verify",
            "writing the credentials of a MESSAGE, reading them back and verifying them".to_owned(),
            sign_and_verify,
            None,
        ),
    ])
}

/// Frames the message and reads what the way of a MESSAGE through the server reads.
fn read(bytes: &[u8]) -> Result<()> {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push_owned(BytesMut::from(bytes));
    let Some(Frame::Message(Message::Request(request))) = decoder.next()? else {
        anyhow::bail!("the message is none");
    };
    read_headers(&request)
}

fn read_headers(request: &Request) -> Result<()> {
    let headers = &request.headers;
    let uri = request.uri()?;
    black_box((uri.opaque(), uri.is_gruu(), headers.max_forwards()?, headers.cseq()?.number));
    black_box((headers.from_addr()?.epid(), headers.to_addr()?.epid(), headers.top_via()?));
    black_box((headers.routes().next(), headers.contact(), headers.content_type()?));
    black_box(headers.get(HeaderName::MsConversationId));
    let line = credential_lines(headers).next().context("no credentials")?;
    black_box((AuthParams::parse(line)?, fields_of(headers, None)?));
    Ok(())
}

/// The best of several rounds, per operation.
fn time(mut operation: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..PER_ROUND {
            operation()?;
        }
        best = best.min(begun.elapsed() / PER_ROUND);
    }
    Ok(best)
}

/// Both ends of an association.
fn associate() -> Result<(ClientAssociation, Association)> {
    let names = TargetNames {
        netbios_domain: "EXAMPLE",
        netbios_computer: "OCS",
        dns_domain: "example.com",
        dns_computer: "ocs.example.com",
        dns_tree: "example.com",
    };
    let acceptor = Acceptor::new(REALM, "ocs.example.com", &names)?;
    let now = Instant::now().into_std();
    let half_open = acceptor.challenge(Opaque(1), [7; 8], Version::V4, now);
    let (mut offer, mut challenge, mut proof) = (String::new(), String::new(), String::new());
    acceptor.offer(&mut offer);
    half_open.write(&mut challenge);
    let account = Account {
        user: "alice",
        domain: "EXAMPLE",
        workstation: "bench",
        nt_hash: NtHash::of_password("secret"),
        channel_binding: None,
    };
    let chance = Chance { client_challenge: [1; 8], exported_session_key: [2; 16], time: FileTime(0) };
    let fields = SignedFields { call_id: "c", cseq: "3", method: "REGISTER", ..SignedFields::default() };
    let client =
        ClientHandshake::new(&offer)?.answer(&challenge, &account, &chance, &fields, 5, &mut proof)?;
    let credentials = AuthParams::parse(&proof)?;
    let server = half_open.claim(&credentials, now)?.accept(
        &[account.nt_hash],
        &credentials,
        &fields,
        &Policy::default(),
        "alice",
        now,
    )?;
    Ok((client, server.association))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typical_message_has_the_size_that_is_claimed_and_can_be_read() {
        let message = typical();
        assert!((1_150..1_350).contains(&message.len()), "{}", message.len());
        read(&message).unwrap();
    }
}
