//! Messages of a real client come out of the decoder and go back to the same bytes.

use bytes::Bytes;
use rapport_sip::framing::{Decoder, Frame};
use rapport_sip::{Limits, Message};

fn vectors() -> Vec<(String, Vec<u8>)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
    let mut found: Vec<_> = std::fs::read_dir(directory)
        .expect("the vectors are beside this test")
        .map(|entry| entry.expect("a directory entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sip"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a readable vector")))
        .collect();
    found.sort();
    assert!(found.len() >= 15);
    found
}

fn decode(stream: &[u8], chunk: usize) -> Vec<Frame> {
    let mut decoder = Decoder::new(Limits::default());
    let mut frames = Vec::new();
    for bytes in stream.chunks(chunk) {
        decoder.push(bytes);
        while let Some(frame) = decoder.next().expect("a stream of good messages") {
            frames.push(frame);
        }
    }
    assert!(!decoder.is_mid_message());
    frames
}

#[test]
fn real_messages_are_written_as_they_were_read() {
    for (name, bytes) in vectors() {
        match decode(&bytes, usize::MAX).as_slice() {
            [Frame::Message(message)] => {
                assert_eq!(message.to_bytes(), bytes, "{name}");
                let alone = Message::parse(&Bytes::from(bytes), &Limits::default());
                assert_eq!(alone.as_ref(), Ok(message), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn real_messages_have_the_headers_that_routing_reads() {
    for (name, bytes) in vectors() {
        let message = Message::parse(&Bytes::from(bytes), &Limits::default()).expect("a good message");
        let headers = message.headers();
        headers.from_addr().and_then(|from| from.uri()).unwrap_or_else(|e| panic!("{name}: {e}"));
        headers.to_addr().and_then(|to| to.uri()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(headers.from_addr().is_ok_and(|from| from.tag().is_some()), "{name}");
        headers.top_via().unwrap_or_else(|e| panic!("{name}: {e}"));
        headers.content_type().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(headers.contacts().all(|contact| contact.is_ok()), "{name}");
        if let Message::Request(request) = &message {
            request.uri().unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(headers.max_forwards(), Ok(Some(70)), "{name}");
        }
        if let Some(value) = headers.get("Authorization") {
            rapport_sip::Credentials::parse(value).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}

#[test]
fn a_stream_gives_the_same_frames_wherever_it_is_cut() {
    let mut stream = Vec::new();
    for (_, bytes) in vectors() {
        stream.extend_from_slice(b"\r\n\r\n");
        stream.extend_from_slice(&bytes);
        stream.extend_from_slice(b"\r\n");
    }
    stream.extend_from_slice(b"\r\n");
    let whole = decode(&stream, usize::MAX);
    for chunk in [1, 2, 3, 7, 64, 1500] {
        assert_eq!(decode(&stream, chunk), whole, "chunks of {chunk}");
    }
    let (_, message) = vectors().swap_remove(0);
    let whole = decode(&message, usize::MAX);
    for at in 1..message.len() {
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(&message[..at]);
        assert_eq!(decoder.next(), Ok(None));
        decoder.push(&message[at..]);
        assert_eq!(decoder.next().map(|frame| frame.into_iter().collect()), Ok(whole.clone()), "cut at {at}");
    }
}
