//! Framing: how a stream is cut into reads makes no difference, nothing waits beyond the limits, and whatever is
//! written in answer is one message and no more.

use bytes::Bytes;
use rapport_sip::Limits;
use rapport_sip::framing::{Decoder, Frame, FramingError};

/// Limits that a short input can reach.
const SMALL: Limits = Limits { head: 512, body: 256, headers: 12, line: 160 };

/// The first two bytes choose the limits and the cuts, the rest is the stream.
pub(crate) fn check(data: &[u8]) {
    let Some((&[choice, cuts], stream)) = data.split_first_chunk::<2>() else { return };
    let limits = if choice & 1 == 0 { Limits::default() } else { SMALL };
    let whole = read(stream, limits, |rest| rest.len());
    let mut state = u32::from(cuts) | 1;
    let cut = read(stream, limits, |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        1 + (state >> 24) as usize % (1 + usize::from(cuts >> 3))
    });
    assert_eq!(whole, cut, "what is read depends on how the stream is cut");
    for frame in whole.frames {
        match frame {
            Frame::Message(message) => {
                let again = only_frame(&message.to_bytes());
                assert!(
                    matches!(again, Frame::Message(_)),
                    "a message read is written so that it reads: {again:?}"
                );
            }
            Frame::Bad(bad) => {
                if let Some(answer) = bad.answer() {
                    only_frame(&answer.to_bytes());
                }
            }
            Frame::KeepAlive => {}
        }
    }
}

#[derive(Debug, PartialEq)]
struct Outcome {
    frames: Vec<Frame>,
    error: Option<FramingError>,
    is_mid_message: bool,
    buffered: usize,
}

fn read(stream: &[u8], limits: Limits, mut step: impl FnMut(&[u8]) -> usize) -> Outcome {
    let mut decoder = Decoder::new(limits);
    let mut frames = Vec::new();
    let mut error = None;
    let mut rest = stream;
    while !rest.is_empty() && error.is_none() {
        let (now, later) = rest.split_at(step(rest).clamp(1, rest.len()));
        decoder.push(now);
        rest = later;
        loop {
            match decoder.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(found) => {
                    assert_eq!(decoder.next(), Err(found), "an error stays");
                    error = Some(found);
                    break;
                }
            }
        }
        assert!(decoder.buffered() <= limits.head.max(limits.body), "more waits than may be sent");
    }
    Outcome { frames, error, is_mid_message: decoder.is_mid_message(), buffered: decoder.buffered() }
}

/// Reads what we wrote: one frame, whole, and nothing behind it.
///
/// # Panics
/// When it is anything else: then somebody could put a second message into ours.
pub(crate) fn only_frame(written: &Bytes) -> Frame {
    let roomy = Limits { head: 1 << 24, body: 1 << 24, headers: 1 << 16, line: 1 << 24 };
    let mut decoder = Decoder::new(roomy);
    decoder.push(written);
    let shown = String::from_utf8_lossy(written);
    let frame = decoder.next().unwrap_or_else(|error| panic!("{error}: {shown}"));
    let frame = frame.unwrap_or_else(|| panic!("no whole frame: {shown}"));
    assert_eq!(decoder.next(), Ok(None), "something follows: {shown}");
    assert!(!decoder.is_mid_message(), "something waits: {shown}");
    frame
}
