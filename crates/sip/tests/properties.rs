//! Any bytes give a value or an error; what is written reads back.

use bytes::Bytes;
use proptest::prelude::*;
use rapport_sip::framing::{Decoder, Frame};
use rapport_sip::{
    Contact, Credentials, HeaderName, Limits, Message, Method, NameAddr, Params, Request, Uri, Via,
    escape_user, quote, split_list, unquote,
};

fn value() -> impl Strategy<Value = String> {
    "[ -~\u{e4}\u{6587}]{0,40}"
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z0-9.!%*_+`'~-]{1,20}"
        .prop_filter("framed by the writer", |name| HeaderName::lookup(name) == HeaderName::Other)
}

prop_compose! {
    fn request()(
        method in "[A-Z]{1,12}",
        user in value(),
        fields in proptest::collection::vec((name(), value()), 0..12),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) -> Request {
        let method = Method::parse(&method).expect("letters are a token");
        let cseq = format!("7 {method}");
        let mut request = Request::new(method, &format!("sip:{}@example.com", escape_user(&user))).expect("a URI")
            .with(HeaderName::Via, "SIP/2.0/TLS h;branch=z9hG4bK1")
            .with(HeaderName::From, &format!("{} <sip:a@b>;tag=1", quote(&user)))
            .with(HeaderName::To, "<sip:c@d>")
            .with(HeaderName::CallId, "x")
            .with(HeaderName::CSeq, &cseq);
        for (name, value) in fields {
            request = request.with(name.as_str(), &value);
        }
        request.with_body("application/x", body.into())
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(request in request()) {
        let written = request.to_bytes();
        prop_assert!(written.len() <= request.encoded_size());
        let read = Message::parse(&written, &Limits::default()).expect("what we write is well-formed");
        let Message::Request(read) = read else { panic!("a request") };
        prop_assert_eq!(&read.method, &request.method);
        prop_assert_eq!(read.uri_text(), request.uri_text());
        prop_assert_eq!(&read.body, &request.body);
        let own: Vec<_> = read.headers.iter().filter(|(name, _)| *name != "Content-Length").collect();
        prop_assert_eq!(own, request.headers.iter().collect::<Vec<_>>());
        prop_assert_eq!(read.to_bytes(), written.clone());
        prop_assert_eq!(read.detached().to_bytes(), written);
    }

    #[test]
    fn the_frames_of_a_stream_do_not_depend_on_how_it_is_cut(
        requests in proptest::collection::vec(request(), 1..4),
        cuts in proptest::collection::vec(1_usize..400, 1..20),
    ) {
        let mut stream = Vec::new();
        for request in &requests {
            stream.extend_from_slice(b"\r\n\r\n");
            request.encode(&mut stream);
        }
        let mut decoder = Decoder::new(Limits::default());
        let mut frames = Vec::new();
        let (mut rest, mut cuts) = (stream.as_slice(), cuts.iter().cycle());
        while !rest.is_empty() {
            let at = rest.len().min(*cuts.next().expect("a cycle does not end"));
            decoder.push(&rest[..at]);
            rest = &rest[at..];
            while let Some(frame) = decoder.next().expect("a good stream") {
                frames.push(frame);
            }
        }
        let messages = frames.iter().filter(|frame| matches!(frame, Frame::Message(_))).count();
        prop_assert_eq!((messages, frames.len()), (requests.len(), 2 * requests.len()));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(&bytes);
        while let Ok(Some(_)) = decoder.next() {}
    }

    #[test]
    fn no_damage_to_a_message_makes_the_decoder_panic(
        request in request(), at in any::<prop::sample::Index>(), byte in any::<u8>(), remove in any::<bool>(),
    ) {
        let mut bytes = request.to_bytes().to_vec();
        let at = at.index(bytes.len());
        if remove { bytes.remove(at); } else { bytes[at] = byte; }
        let _ = Message::parse(&Bytes::copy_from_slice(&bytes), &Limits::default());
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(&bytes);
        while let Ok(Some(frame)) = decoder.next() {
            if let Frame::Bad(bad) = frame {
                let _ = bad.answer();
            }
        }
    }

    #[test]
    fn no_text_makes_a_typed_view_panic(text in "[a:@;<>\"\\\\?=,*%\\[\\]/ .0-9é]{0,30}") {
        let _ = Uri::parse(&text).map(|uri| (uri.user_decoded().is_some(), uri.user_at_host().len(), uri.equivalent(&uri)));
        let _ = Uri::parse(&format!("sip:{text}")).map(|uri| (uri.user_decoded().is_some(), uri.user_at_host().len()));
        let _ = NameAddr::parse(&text).map(|addr| addr.display_name().len());
        let _ = Contact::parse(&text);
        let _ = Via::parse(&format!("SIP/2.0/TCP {text}"));
        let _ = Credentials::parse(&text).map(|c| c.iter().count());
        Params::new(&text).iter().for_each(|param| drop(param.value()));
        prop_assert!(split_list(&text).all(|element| !element.is_empty()));
    }

    #[test]
    fn a_uri_is_equivalent_to_itself(user in value(), host in "[a-z]{1,8}", param in "[a-z]{1,6}") {
        let text = format!("sip:{}@{host};{param}=1?a=b", escape_user(&user).replace("%20", "_"));
        if let Ok(uri) = Uri::parse(&text) {
            prop_assert!(uri.equivalent(&uri));
            prop_assert_eq!(uri.as_str(), text.as_str());
        }
    }

    #[test]
    fn a_quoted_display_name_reads_back_and_cannot_be_left(text in "\\PC{0,40}") {
        let value = format!("{} <sip:a@b>;tag=1", quote(&text));
        let addr = NameAddr::parse(&value).expect("a quoted name is one");
        prop_assert_eq!(addr.display_name(), text.as_str());
        prop_assert_eq!((addr.uri_text(), addr.tag()), ("sip:a@b", Some("1")));
        let quoted = quote(&text);
        prop_assert_eq!(unquote(&quoted), text.as_str());
    }
}
