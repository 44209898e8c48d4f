//! RFC 4475 and RFC 5118 in the parser: what each message is, and what is read of the valid ones.

mod fields;
mod vectors;

use rapport_sip::Limits;
use rapport_sip::framing::{Decoder, Frame};
use vectors::{Case, Read, Told};

fn read(case: &Case) -> Read {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(&case.bytes);
    let mut messages = 0;
    loop {
        match decoder.next() {
            Err(_) => return Read::Lost,
            Ok(Some(Frame::Message(_))) => messages += 1,
            Ok(Some(Frame::KeepAlive)) => {}
            Ok(Some(Frame::Bad(bad))) => {
                return bad.answer().map_or(Read::Mute, |answer| Read::Bad(answer.status.as_u16()));
            }
            Ok(None) if messages == 0 => return Read::Waits,
            Ok(None) => return Read::Messages(messages),
        }
    }
}

#[test]
fn every_torture_message_is_read_as_the_table_says() {
    let wrong: Vec<String> = vectors::all()
        .iter()
        .filter(|case| read(case) != case.read)
        .map(|case| format!("{} ({}): {:?}, not {:?}", case.section, case.what, read(case), case.read))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_section_of_both_rfcs_is_in_the_table() {
    let numbers = |stem: &str, count: usize| (1..=count).map(|n| format!("{stem}.{n}")).collect::<Vec<_>>();
    let sections = [
        numbers("4475 3.1.1", 13),
        numbers("4475 3.1.2", 19),
        numbers("4475 3.2", 1),
        numbers("4475 3.3", 15),
        numbers("4475 3.4", 1),
        numbers("5118 4", 10),
    ];
    let cases = vectors::all();
    for section in sections.concat() {
        let of_it = |case: &&Case| case.section.split(" (").next() == Some(&*section);
        assert!(cases.iter().any(|case| of_it(&case)), "{section}");
    }
}

#[test]
fn every_case_says_what_is_asked_and_why_it_gets_something_else() {
    for Case { section, what, asks, read, stranger, client, because, .. } in vectors::all() {
        assert!(!what.is_empty() && !asks.is_empty(), "{section}");
        assert!(stranger != Told::Answered(401) || !because.is_empty(), "{section}");
        let both = (stranger, client);
        match read {
            Read::Messages(_) => {}
            Read::Bad(status) => {
                assert_eq!(both, (Told::Refused(status), Told::Answered(status)), "{section}")
            }
            Read::Mute => assert_eq!(both, (Told::Closed, Told::Dropped), "{section}"),
            Read::Waits => assert_eq!(client, Told::Waits, "{section}"),
            Read::Lost => assert_eq!(both, (Told::Closed, Told::Closed), "{section}"),
        }
    }
}
