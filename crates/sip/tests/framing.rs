//! Where messages begin and end on a stream, and what ends the connection.

use bytes::BytesMut;
use rapport_sip::framing::{BadMessage, Decoder, Frame, FramingError, Limit};
use rapport_sip::{HeaderName, Limits, Message, Method, StatusCode};

const BASE: &str =
    "Via: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n";

fn options(extra: &str) -> String {
    format!("OPTIONS sip:c@d SIP/2.0\r\n{BASE}CSeq: 1 OPTIONS\r\n{extra}\r\n")
}

fn all(stream: &[u8]) -> (Vec<Frame>, Option<FramingError>) {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(stream);
    let mut frames = Vec::new();
    loop {
        match decoder.next() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, None),
            Err(error) => {
                assert_eq!(decoder.next(), Err(error), "an error stays");
                decoder.push(options("").as_bytes());
                assert_eq!(decoder.next(), Err(error), "and nothing follows it");
                return (frames, Some(error));
            }
        }
    }
}

fn message(stream: &str) -> Message {
    match all(stream.as_bytes()) {
        (mut frames, None) if frames.len() == 1 => match frames.pop() {
            Some(Frame::Message(message)) => message,
            other => panic!("{stream:?}: {other:?}"),
        },
        other => panic!("{stream:?}: {other:?}"),
    }
}

fn bad(stream: &str) -> BadMessage {
    let stream = format!("{stream}{}", options(""));
    match all(stream.as_bytes()) {
        (mut frames, None) if frames.len() == 2 => {
            assert!(matches!(frames[1], Frame::Message(_)), "the stream stays in step");
            match frames.swap_remove(0) {
                Frame::Bad(bad) => *bad,
                other => panic!("{stream:?}: {other:?}"),
            }
        }
        other => panic!("{stream:?}: {other:?}"),
    }
}

fn fatal(stream: &str) -> FramingError {
    all(stream.as_bytes()).1.unwrap_or_else(|| panic!("{stream:?} should end the connection"))
}

#[test]
fn the_body_is_what_content_length_says() {
    let stream = format!("{}hello{}", options("Content-Length: 5\r\n"), options(""));
    let (frames, error) = all(stream.as_bytes());
    assert_eq!((frames.len(), error), (2, None));
    assert!(matches!(&frames[0], Frame::Message(m) if m.body().as_ref() == b"hello"));
    for spelling in
        ["l: 5", "CONTENT-LENGTH:5", "Content-Length \t: 5", "Content-Length:\r\n 5", "Content-Length: 05"]
    {
        let m = message(&format!("{}hello", options(&format!("{spelling}\r\n"))));
        assert_eq!(m.body().as_ref(), b"hello", "{spelling}");
        let written = String::from_utf8(m.to_bytes().to_vec()).unwrap();
        assert_eq!(written.to_ascii_lowercase().matches("content-length").count(), 1, "{written}");
    }
    message(&format!("{}hello", options("Content-Length: 5\r\nl: 5\r\n")));
}

#[test]
fn a_contradiction_in_framing_ends_the_connection() {
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "l: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length : 6\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: \r\n",
        "Content-Length: five\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Content-Type: text/plain\r\n",
        "c: text/plain\r\n",
    ] {
        let error = fatal(&format!("{}hello world", options(lengths)));
        assert!(matches!(error, FramingError::Contradiction(_)), "{lengths:?}: {error}");
    }
}

#[test]
fn no_length_and_no_type_means_no_body() {
    assert!(message(&options("")).body().is_empty());
}

#[test]
fn keep_alives_are_reported_and_a_lone_line_break_is_skipped() {
    let check = |stream: String, expected: &str| {
        let (frames, error) = all(stream.as_bytes());
        let got: String = frames
            .iter()
            .map(|frame| match frame {
                Frame::Message(_) => 'm',
                Frame::Bad(_) => 'b',
                Frame::KeepAlive => 'k',
            })
            .collect();
        assert_eq!((got.as_str(), error), (expected, None));
    };
    check("\r\n\r\n".into(), "k");
    check("\r\n".into(), "");
    check("\r\n\r\n\r\n\r\n".into(), "kk");
    check(format!("\r\n{}\r\n\r\n{}", options(""), options("")), "mkm");
    check(format!("\r\n\r\n\r\n{}\r\n{}", options(""), options("")), "kmm");
    for junk in ["\n", "\r\r", "\n\n", "\rX"] {
        assert!(matches!(fatal(junk), FramingError::Malformed { .. }), "{junk:?}");
    }
}

#[test]
fn what_is_too_large_ends_the_connection_before_it_is_buffered() {
    let limits = Limits { head: 1000, body: 100, headers: 10, line: 200 };
    let error = |stream: String| {
        let mut decoder = Decoder::new(limits);
        decoder.push(stream.as_bytes());
        decoder.next()
    };
    let too_large = |what, limit| Err(FramingError::TooLarge { what, limit });
    assert_eq!(error("x".repeat(1001)), too_large(Limit::Head, 1000));
    assert_eq!(error(options(&"X: y\r\n".repeat(300))), too_large(Limit::Head, 1000));
    assert_eq!(error(options(&"X: y\r\n".repeat(11))), too_large(Limit::Headers, 10));
    assert_eq!(error(options(&format!("X: {}\r\n", "y".repeat(200)))), too_large(Limit::Line, 200));
    assert_eq!(
        error(options(&format!("X: y\r\n{}", format!(" {}\r\n", "y".repeat(60)).repeat(4)))),
        too_large(Limit::Line, 200)
    );
    assert_eq!(
        error(format!("OPTIONS sip:{} SIP/2.0\r\n\r\n", "y".repeat(200))),
        too_large(Limit::Line, 200)
    );
    assert_eq!(error(options("Content-Length: 100\r\n")), Ok(None));
}

#[test]
fn a_body_that_is_too_large_can_be_answered_before_the_end() {
    let limits = Limits { body: 100, ..Limits::default() };
    for length in ["101", "4294967296", "18446744073709551615"] {
        let mut decoder = Decoder::new(limits);
        decoder.push(options(&format!("Content-Length: {length}\r\n")).as_bytes());
        decoder.push(&[b'x'; 200]);
        let Ok(Some(Frame::Bad(bad))) = decoder.next() else { panic!("{length}: what can be answered") };
        assert_eq!(bad.answer().map(|answer| answer.status), Some(StatusCode::REQUEST_ENTITY_TOO_LARGE));
        assert_eq!(decoder.buffered(), 0, "nothing of the body is kept");
        let too_large = Err(FramingError::TooLarge { what: Limit::Body, limit: 100 });
        assert_eq!((decoder.next(), decoder.next()), (too_large.clone(), too_large));
    }
}

#[test]
fn the_size_of_what_came_out_is_known() {
    let (small, large) = (options(""), format!("{}hello", options("Content-Length: 5\r\n")));
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(format!("\r\n\r\n{small}{large}").as_bytes());
    let mut sizes = Vec::new();
    while let Ok(Some(frame)) = decoder.next() {
        if matches!(frame, Frame::Message(_)) {
            sizes.push(decoder.last_size());
        }
    }
    for byte in large.bytes() {
        decoder.push(&[byte]);
        if let Ok(Some(_)) = decoder.next() {
            sizes.push(decoder.last_size());
        }
    }
    assert_eq!(sizes, [small.len(), large.len(), large.len()]);
}

#[test]
fn a_request_whose_answer_would_be_none_is_not_answered() {
    let whole = options("Broken line\r\n");
    bad(&whole).answer().expect("an answer");
    for (from, to) in [
        ("Via: SIP/2.0/TCP h;branch=z9hG4bK1\r\n", ""),
        ("SIP/2.0/TCP h", "SIP/2.0/TCP h:port"),
        ("SIP/2.0/TCP h", "SIP/2.0/TCP h\x07"),
        ("From: <sip:a@b>;tag=1\r\n", ""),
        ("From: <sip:a@b>;tag=1", "From:"),
        ("From: <sip:a@b>;tag=1", "From: <sip:a@b>;tag=1\nVia: x"),
        ("To: <sip:c@d>", "To: <sip:c@d>\0"),
        ("To: <sip:c@d>\r\n", ""),
        ("Call-ID: x", "Call-ID:"),
        ("Call-ID: x", "Call-ID: x\x1b[2J"),
        ("CSeq: 1 OPTIONS\r\n", ""),
        ("CSeq: 1 OPTIONS", "CSeq: OPTIONS"),
        ("CSeq: 1 OPTIONS", "CSeq: 1"),
        ("CSeq: 1 OPTIONS", "CSeq: -1 OPTIONS"),
        ("CSeq: 1 OPTIONS", "CSeq: 1 ACK"),
    ] {
        assert!(whole.contains(from), "{from:?}");
        assert_eq!(bad(&whole.replacen(from, to, 1)).answer(), None, "{to:?}");
    }
}

#[test]
fn an_answer_repeats_the_first_of_what_must_stand_once() {
    let defect = bad(&options("f: <sip:e@f>;tag=2\r\nTo: <sip:g@h>\r\nCSeq: 9 OPTIONS\r\ni: y\r\n"));
    let answer = defect.answer().expect("an answer").to_bytes();
    assert_eq!(
        String::from_utf8(answer.to_vec()).unwrap(),
        format!("SIP/2.0 400 Bad Request\r\n{BASE}CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
    );
}

#[test]
fn a_control_character_is_nowhere_in_a_head() {
    for control in (0..=0x1f).chain([0x7f_u8]).filter(|c| !matches!(c, b'\t' | b'\r' | b'\n')) {
        let control = char::from(control);
        for place in ["X: a", "User-Agent: \"a", "Subject: \u{444}"] {
            bad(&options(&format!("{place}{control}\r\n")));
        }
        bad(&options("").replacen("sip:c@d", &format!("sip:c{control}@d"), 1));
    }
    message(&options("X: a\tb\u{85}\r\n"));
}

#[test]
fn what_is_not_sip_ends_the_connection() {
    for stream in [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\u{16}\u{3}\u{1}\r\n\r\n",
        "hello\r\n\r\n",
        " \r\n\r\n",
        "OPTIONS sip:c@d\r\n\r\n",
    ] {
        assert!(matches!(fatal(stream), FramingError::Malformed { .. }), "{stream:?}");
    }
}

#[test]
fn a_malformed_request_is_answered_400_with_its_own_headers() {
    let defect = bad(&options("Broken line\r\nContent-Length: 0\r\n"));
    assert_eq!(
        (defect.status, defect.is_request, defect.method.clone()),
        (StatusCode::BAD_REQUEST, true, Some(Method::Options))
    );
    let answer = defect.answer().expect("an answer").to_bytes();
    assert_eq!(
        String::from_utf8(answer.to_vec()).unwrap(),
        format!("SIP/2.0 400 Bad Request\r\n{BASE}CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
    );
}

#[test]
fn every_defect_that_leaves_the_framing_intact_keeps_the_stream_in_step() {
    for extra in [
        "No colon\r\n",
        ": empty name\r\n",
        "A B: not a token\r\n",
        "X: nul \0\r\n",
        "X: bare \r return\r\n",
        "X: bare \n feed\r\n",
        "From: <sip:e@f>;tag=2\r\n",
        "f: <sip:e@f>;tag=2\r\n",
        "To : <sip:e@f>\r\n",
        "CSeq: 2 OPTIONS\r\n",
        "Call-ID: y\r\n",
        "Max-Forwards: 1\r\nMax-Forwards: 2\r\n",
    ] {
        let defect = bad(&options(extra));
        assert!(defect.answer().is_some(), "{extra:?}");
    }
    for line in [
        "OPTIONS  sip:c@d SIP/2.0",
        "OPTIONS sip:c@d  SIP/2.0",
        "OPTIONS sip:c@d SIP/2.0 ",
        "OPTIONS <sip:c d> SIP/2.0",
        "OPT@ONS sip:c@d SIP/2.0",
    ] {
        let defect = bad(&format!("{line}\r\n{BASE}CSeq: 1 OPTIONS\r\n\r\n"));
        assert_eq!((defect.is_request, defect.status), (true, StatusCode::BAD_REQUEST), "{line}");
    }
    let other = bad(&format!("OPTIONS sip:c@d SIP/7.0\r\n{BASE}CSeq: 1 OPTIONS\r\n\r\n"));
    assert_eq!(other.answer().map(|r| r.status), Some(StatusCode::VERSION_NOT_SUPPORTED));
    let invalid = [options("X: ").trim_end().as_bytes(), b" \xff\xfe\r\n\r\n"].concat();
    assert!(matches!(&all(&invalid).0[..], [Frame::Bad(bad)] if bad.answer().is_some()));
}

#[test]
fn a_request_without_its_mandatory_headers_is_bad() {
    let whole = options("");
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let without: String =
            whole.split_inclusive("\r\n").filter(|line| !line.starts_with(&format!("{name}:"))).collect();
        bad(&without);
    }
    for cseq in ["1 INVITE", "x OPTIONS", "4294967296 OPTIONS", "OPTIONS"] {
        bad(&format!("OPTIONS sip:c@d SIP/2.0\r\n{BASE}CSeq: {cseq}\r\n\r\n"));
    }
}

#[test]
fn what_is_never_answered_gets_no_400() {
    let ack = bad(&format!("ACK sip:c@d SIP/2.0\r\n{BASE}CSeq: 1 INVITE\r\n\r\n"));
    assert_eq!(ack.answer(), None);
    for line in ["SIP/2.0 OK", "SIP/2.0 2000 OK", "SIP/2.0 99 Low", "SIP/2.0 700 High", "SIP/3.0 200 OK"] {
        let response = bad(&format!("{line}\r\n{BASE}CSeq: 1 INVITE\r\n\r\n"));
        assert_eq!((response.is_request, response.answer()), (false, None), "{line}");
    }
    let mute = bad("OPTIONS sip:c@d SIP/2.0\r\n\r\n");
    assert_eq!(mute.answer(), None);
}

#[test]
fn compact_folded_and_spaced_headers_are_written_long_and_joined() {
    let stream = "OPTIONS sip:c@d SIP/2.0\r\nv: SIP/2.0/TCP h\r\nf: <sip:a@b>;tag=1\r\nt : <sip:c@d>\r\nI: x\r\n\
                  CSeq: 1\r\n\t OPTIONS\r\nX-Odd :  y  \r\nk: a,\r\n b\r\nSubject:  \r\n\r\n";
    let m = message(stream);
    assert_eq!(m.headers().get(HeaderName::CallId), Some("x"));
    assert_eq!(m.headers().named("x-odd"), Some("y"));
    assert_eq!(m.headers().list(HeaderName::Supported).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(
        String::from_utf8(m.to_bytes().to_vec()).unwrap(),
        "OPTIONS sip:c@d SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n\
         CSeq: 1 OPTIONS\r\nX-Odd: y\r\nSupported: a, b\r\nSubject:  \r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn what_is_added_and_removed_shows_in_what_is_written() {
    let mut m = message(&options("X-A: 1\r\nX-B:2\r\nx-c  : 3\r\nContent-Length: 0\r\nX-D: 4\r\n"));
    let headers = m.headers_mut();
    headers.push_top(HeaderName::Via, "SIP/2.0/TLS pool;branch=z9hG4bK2").unwrap();
    headers.set("x-b", "two").unwrap();
    headers.remove("X-A");
    headers.push("X-E", "5").unwrap();
    let Message::Request(mut request) = m else { panic!("a request") };
    request.body = "hi".into();
    assert_eq!(
        String::from_utf8(request.to_bytes().to_vec()).unwrap(),
        format!(
            "OPTIONS sip:c@d SIP/2.0\r\nVia: SIP/2.0/TLS pool;branch=z9hG4bK2\r\n{BASE}CSeq: 1 OPTIONS\r\n\
             x-b: two\r\nx-c: 3\r\nContent-Length: 2\r\nX-D: 4\r\nX-E: 5\r\n\r\nhi"
        )
    );
}

#[test]
fn bytes_given_whole_are_not_copied_and_an_idle_decoder_holds_nothing() {
    let mut decoder = Decoder::new(Limits::default());
    let bytes = BytesMut::from(format!("{}hello", options("Content-Length: 5\r\n")).as_bytes());
    let before = bytes.as_ptr() as usize..bytes.as_ptr() as usize + bytes.len();
    decoder.push_owned(bytes);
    let Ok(Some(Frame::Message(m))) = decoder.next() else { panic!("a message") };
    assert!(before.contains(&(m.body().as_ptr() as usize)));
    assert_eq!((decoder.buffered(), decoder.is_mid_message()), (0, false));
    assert_eq!(decoder.next(), Ok(None));
}

#[test]
fn an_empty_reason_becomes_the_default_one() {
    for line in ["SIP/2.0 200 ", "SIP/2.0 200"] {
        let m = message(&format!("{line}\r\n{BASE}CSeq: 1 OPTIONS\r\n\r\n"));
        assert!(m.to_bytes().starts_with(b"SIP/2.0 200 OK\r\n"), "{line}");
    }
}
