//! Signatures: what is signed is the same before and after a message is written, kept and sent on; another message
//! does not fit the signature; and what a signature is read from is never ambiguous about whose it is.

use bytes::Bytes;
use rapport_sip::framing::Frame;
use rapport_sip::{HeaderName, Limits, Message, proxy};
use rapport_sipauth::association::{Acceptor, Opaque, REALM};
use rapport_sipauth::message::{credential_lines, signed_fields};
use rapport_sipauth::ntlm::SessionKeys;
use rapport_sipauth::signature::{Signature, SigningKey, Stamp, signed_text};

use crate::framing::only_frame;
use crate::ntlm::{NAMES, TARGET};

/// The bytes are one message.
pub(crate) fn check(data: &[u8]) {
    let Ok(message) = Message::parse(&Bytes::copy_from_slice(data), &Limits::default()) else { return };
    let acceptor = Acceptor::new(REALM, TARGET, &NAMES).expect("names that can be written");
    let opaque = Some(Opaque(0x2BDB_AC9D));
    if let Some(picked) = acceptor.pick(credential_lines(message.headers()), opaque) {
        assert!(acceptor.is_for(&picked), "credentials are ours or nobody's");
    }
    let Ok(fields) = signed_fields(&message) else { return };
    let stamp = Stamp { rand: "0a1b2c3d", num: "7", realm: REALM, targetname: TARGET };
    let key = SigningKey::client(&SessionKeys::derive(&[7; 16]));
    let signature = key.sign(&stamp, &fields).to_string();
    assert!(Signature::parse(&signature).is_some() && key.verify(&stamp, &fields, &signature));

    let Frame::Message(mut again) = only_frame(&message.to_bytes()) else {
        panic!("written so that it reads")
    };
    if let Message::Request(request) = &mut again {
        proxy::add_via(request, "TLS", "ours", "z9hG4bK1").expect("our own Via is one");
        proxy::record_route(request, "sip:ours;lr").expect("a URI");
    }
    let onward = signed_fields(&again).expect("nothing that is signed has changed");
    assert_eq!(fields, onward);
    assert!(key.verify(&stamp, &onward, &signature), "a signature survives the way");

    let number = if fields.cseq == "7" { "8" } else { "7" };
    for (name, other) in [
        (HeaderName::From, format!("<{}x>;tag={}", fields.from_uri, fields.from_tag)),
        (HeaderName::From, format!("<{}>;tag={}x", fields.from_uri, fields.from_tag)),
        (HeaderName::To, format!("<{}x>;tag={}", fields.to_uri, fields.to_tag)),
        (HeaderName::To, format!("<{}>;tag={}x", fields.to_uri, fields.to_tag)),
        (HeaderName::CallId, format!("{}x", fields.call_id)),
        (HeaderName::CSeq, format!("{number} {}", fields.method)),
        (HeaderName::CSeq, format!("{} {}X", fields.cseq, fields.method)),
        (HeaderName::Expires, format!("{}0", fields.expires)),
        (HeaderName::PAssertedIdentity, format!("<sip:x{}>", fields.sip_identity)),
    ] {
        let mut altered = again.clone();
        if altered.headers_mut().set(name, &other).is_err() {
            continue;
        }
        if let Ok(theirs) = signed_fields(&altered) {
            assert!(
                !key.verify(&stamp, &theirs, &signature),
                "{name:?} may be {other} under the same signature"
            );
        }
    }
    assert!(signed_text(&stamp, &fields).starts_with("<NTLM><0a1b2c3d><7>"));
}
