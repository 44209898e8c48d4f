//! NTLM tokens of hostile clients: every length and offset wrong in every way, every AV pair, every old form. The one
//! good token is made by our own client; what is checked is which lie is noticed, and that none of them signs in.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod tokens;

use rapport_sipauth::ntlm::client::{Account, Chance, answer};
use rapport_sipauth::ntlm::{
    Authenticate, Challenge, FileTime, NtHash, ParseError, Policy, Refusal, TargetInfo, TargetNames,
    Weakness, flags,
};

use tokens::{FIELDS, field};

const NAMES: TargetNames<'static> = TargetNames {
    netbios_domain: "EXAMPLE",
    netbios_computer: "OCS",
    dns_domain: "example.com",
    dns_computer: "ocs.example.com",
    dns_tree: "example.com",
};
const NOW: FileTime = FileTime(0x01CA_A5D2_B8C5_8000);
const PASSWORD: &str = "lantern harbour 57 sails";

fn challenge() -> Challenge {
    Challenge::new(&TargetInfo::new(&NAMES).unwrap(), [7; 8])
}

fn answered(challenge: &Challenge) -> Vec<u8> {
    let account = Account {
        user: "alice",
        domain: "EXAMPLE",
        workstation: "ALICE-PC",
        nt_hash: NtHash::of_password(PASSWORD),
        channel_binding: None,
    };
    let chance = Chance { client_challenge: [0xAA; 8], exported_session_key: [0x55; 16], time: NOW };
    answer(challenge, &account, &chance).0
}

fn token() -> Vec<u8> {
    answered(&challenge())
}

fn with_field(at: usize, length: u16, offset: u32) -> Vec<u8> {
    tokens::with_field(&token(), at, length, offset)
}

/// What a token comes to: it is refused as it is read, or the proof in it is.
fn outcome(bytes: &[u8]) -> Result<(), String> {
    let read = Authenticate::parse(bytes).map_err(|error| error.to_string())?;
    let proved = read.verify(&NtHash::of_password(PASSWORD), &challenge(), &Policy::at(NOW));
    proved.map(drop).map_err(|refusal| refusal.to_string())
}

#[track_caller]
fn malformed(bytes: &[u8], wanted: &str, case: &str) {
    let error = Authenticate::parse(bytes).map(drop).unwrap_err();
    assert!(matches!(error, ParseError::Malformed { what, .. } if what == wanted), "{case}: {error}");
}

#[test]
fn the_token_that_the_lies_are_made_of_is_good() {
    assert_eq!(outcome(&token()), Ok(()));
}

#[test]
fn every_field_that_does_not_lie_within_the_message_is_noticed_by_its_name() {
    for (at, name) in FIELDS {
        assert!(field(&token(), at).0 > 0, "{name} is not empty in a good token");
    }
    for (name, what, bytes) in tokens::outside(&token()) {
        malformed(&bytes, name, &format!("{name} {what}"));
    }
}

#[test]
fn how_much_room_a_field_had_makes_no_difference() {
    for (case, bytes) in tokens::room(&token()) {
        assert_eq!(outcome(&bytes), Ok(()), "{case}");
    }
}

#[test]
fn no_beginning_of_a_token_is_taken_for_one() {
    for (case, bytes) in tokens::cut(&token()) {
        assert!(outcome(&bytes).is_err(), "{case}");
    }
}

#[test]
fn an_empty_field_is_taken_only_where_it_may_be_empty() {
    for (at, expected) in [
        (12, Ok(())),
        (20, Err("refused NTLM message: anonymous sign-in".to_owned())),
        // Another domain is another identity, and so another proof.
        (28, Err("wrong user name or password".to_owned())),
        (36, Err("refused NTLM message: anonymous sign-in".to_owned())),
        (44, Ok(())),
        (52, Err(format!("malformed NTLM message: session key at byte {}", token().len()))),
    ] {
        for offset in [0, 64, u32::MAX] {
            assert_eq!(outcome(&with_field(at, 0, offset)), expected, "{at}, offset {offset}");
        }
    }
}

#[test]
fn fields_that_overlap_prove_nothing_that_they_did_not_prove_apart() {
    let good = token();
    for (at, name) in FIELDS {
        for (other, other_name) in FIELDS {
            let (length, offset) = field(&good, other);
            for (length, offset) in [(length, offset), (length, offset + 2), (length / 2 * 2, offset)] {
                let result = outcome(&with_field(at, length, offset));
                // Nothing rests on the LM response or the workstation; another session key makes other keys, which
                // the request's own signature does not fit; and nothing has changed where a field is itself.
                let may_hold = matches!(name, "LM response" | "workstation" | "session key")
                    || (length, offset) == field(&good, at);
                assert!(result.is_err() || may_hold, "{name} over {other_name}");
            }
        }
    }
}

#[test]
fn names_of_half_a_character_are_refused() {
    for (at, name) in [(28, "domain"), (36, "user"), (44, "workstation")] {
        let (length, offset) = field(&token(), at);
        malformed(&with_field(at, length - 1, offset), name, "an odd length");
        let mut surrogate = token();
        let offset = usize::try_from(offset).unwrap();
        surrogate[offset..offset + 2].copy_from_slice(&0xD800_u16.to_le_bytes());
        malformed(&surrogate, name, "half a surrogate pair");
    }
}

#[test]
fn names_longer_than_any_are_refused() {
    let mut long = token();
    let offset = u32::try_from(long.len()).unwrap();
    long.extend([b'a', 0].repeat(257));
    for (at, name) in [(28, "domain"), (36, "user"), (44, "workstation")] {
        let mut bytes = long.clone();
        bytes[at..at + 2].copy_from_slice(&514_u16.to_le_bytes());
        bytes[at + 4..at + 8].copy_from_slice(&offset.to_le_bytes());
        malformed(&bytes, name, "257 characters");
    }
}

#[test]
fn a_session_key_or_proof_of_another_length_is_refused() {
    let (_, offset) = field(&token(), 52);
    for length in [1, 8, 15] {
        malformed(&with_field(52, length, offset), "session key", &format!("{length} octets"));
    }
    let (_, offset) = field(&token(), 20);
    for (length, wanted) in
        [(1, "NT response"), (15, "NT response"), (16, "NTLMv2 blob"), (17, "NTLMv2 blob")]
    {
        malformed(&with_field(20, length, offset), wanted, &format!("{length} octets"));
    }
    for length in 18..60 {
        let bytes = with_field(20, length, offset);
        let error = Authenticate::parse(&bytes).map(drop).unwrap_err();
        let expected_weak = length == 24;
        assert_eq!(error == ParseError::Weak(Weakness::NtlmV1), expected_weak, "{length}: {error}");
    }
}

/// Every AV pair in the proof: its position in the token, its id and its length.
fn pairs(token: &[u8]) -> Vec<(usize, u16, usize)> {
    let (_, offset) = field(token, 20);
    let mut at = usize::try_from(offset).unwrap() + 16 + 28;
    let mut found = Vec::new();
    loop {
        let id = u16::from_le_bytes(token[at..at + 2].try_into().unwrap());
        let length = usize::from(u16::from_le_bytes(token[at + 2..at + 4].try_into().unwrap()));
        found.push((at, id, length));
        if id == 0 {
            return found;
        }
        at += 4 + length;
    }
}

#[test]
fn every_length_of_an_av_pair_that_does_not_lead_to_the_next_is_refused() {
    let good = token();
    let pairs = pairs(&good);
    assert_eq!(pairs.iter().map(|(_, id, _)| *id).collect::<Vec<_>>(), [2, 1, 4, 3, 5, 0]);
    let (length, offset) = field(&good, 20);
    let end = usize::try_from(offset).unwrap() + usize::from(length);
    for (at, id, length) in pairs.iter().copied().filter(|(_, id, _)| *id != 0) {
        let rest = end - at - 4;
        for lie in [0xFFFF, 0x7FFF, rest + 1, rest, rest - 1, length + 1, length.saturating_sub(1), 1, 0] {
            let mut bytes = good.clone();
            bytes[at + 2..at + 4].copy_from_slice(&u16::try_from(lie).unwrap().to_le_bytes());
            assert!(outcome(&bytes).is_err(), "pair {id} with length {lie}");
            if lie >= rest - 1 {
                malformed(&bytes, "AV pair", &format!("pair {id} with length {lie}"));
            }
        }
    }
    // Without the end marker the list runs into the end of the response.
    let last = pairs.last().unwrap().0;
    for missing in 1..=4 {
        let cut = u16::try_from(last + 4 - missing - usize::try_from(offset).unwrap()).unwrap();
        malformed(&with_field(20, cut, offset), "AV pair", &format!("{missing} octets of the end missing"));
    }
}

/// What a client answers to a challenge whose AV pairs are `pairs`: a true proof, over those.
fn proved_over(pairs: &[u8]) -> Result<(), Refusal> {
    let info = [pairs, &[0; 4]].concat();
    let mut message = challenge().message()[..56].to_vec();
    message[40..44].copy_from_slice(&[u16::try_from(info.len()).unwrap().to_le_bytes(); 2].concat());
    message.extend(&info);
    let token = answered(&Challenge::parse(&message).unwrap());
    let read = Authenticate::parse(&token).unwrap();
    read.verify(&NtHash::of_password(PASSWORD), &challenge(), &Policy::at(NOW)).map(drop)
}

fn pair(id: u16, text: &str) -> Vec<u8> {
    let value: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [&id.to_le_bytes()[..], &u16::try_from(value.len()).unwrap().to_le_bytes(), &value].concat()
}

#[test]
fn a_proof_over_names_that_are_not_all_ours_is_refused() {
    let ours: [(u16, &str); 5] =
        [(2, "EXAMPLE"), (1, "OCS"), (4, "example.com"), (3, "ocs.example.com"), (5, "example.com")];
    let list =
        |names: &[(u16, &str)]| names.iter().flat_map(|(id, name)| pair(*id, name)).collect::<Vec<_>>();
    assert_eq!(proved_over(&list(&ours)), Ok(()));
    let reversed: Vec<_> = ours.iter().rev().copied().collect();
    assert_eq!(proved_over(&list(&reversed)), Ok(()), "their order means nothing");
    for (at, (id, name)) in ours.iter().enumerate() {
        let mut without = ours.to_vec();
        without.remove(at);
        assert_eq!(proved_over(&list(&without)), Err(Refusal::ForeignTarget), "without {id}");
        for other in ["", "x", &name.to_lowercase().replace("example", "elsewhere"), &format!("{name}x")] {
            let mut names = ours.to_vec();
            names[at].1 = other;
            let result = proved_over(&list(&names));
            let same = other == *name;
            assert_eq!(result.is_ok(), same, "{id} is {other:?}");
            // A second name beside ours is no better than instead of it, first or last.
            if !same {
                let (mut first, mut last) = (vec![(*id, other)], ours.to_vec());
                first.extend(ours);
                last.push((*id, other));
                assert_eq!(proved_over(&list(&first)), Err(Refusal::ForeignTarget), "{id} before ours");
                assert_eq!(proved_over(&list(&last)), Err(Refusal::ForeignTarget), "{id} behind ours");
            }
        }
    }
    assert_eq!(proved_over(&[]), Err(Refusal::ForeignTarget), "no name at all");
}

#[test]
fn every_flag_that_must_be_agreed_is_asked_for_whatever_else_is_set() {
    for (flag, weakness) in [
        (flags::EXTENDED_SESSIONSECURITY, Weakness::NoExtendedSessionSecurity),
        (flags::SIGN, Weakness::NoSigning),
        (flags::DATAGRAM, Weakness::NotDatagram),
        (flags::KEY_EXCH, Weakness::WeakKeys),
        (flags::KEY_128, Weakness::WeakKeys),
    ] {
        for set in [0, !flags::ANONYMOUS] {
            let mut bytes = token();
            let agreed = (u32::from_le_bytes(bytes[60..64].try_into().unwrap()) | set) & !flag;
            bytes[60..64].copy_from_slice(&agreed.to_le_bytes());
            let error = Authenticate::parse(&bytes).map(drop).unwrap_err();
            assert_eq!(error, ParseError::Weak(weakness), "{flag:#x} missing from {agreed:#x}");
        }
    }
    let mut anonymous = token();
    anonymous[61] |= 0x08;
    assert_eq!(Authenticate::parse(&anonymous).map(drop), Err(ParseError::Weak(Weakness::Anonymous)));
}

#[test]
fn responses_older_than_ntlmv2_are_refused_whatever_the_flags_say() {
    // LM alone: no NT response. NTLMv1: 24 octets. The NTLM2 session response: 24 octets beside an LM field that
    // holds the client's challenge and zeros.
    let (_, offset) = field(&token(), 20);
    assert_eq!(
        outcome(&with_field(20, 0, offset)),
        Err("refused NTLM message: anonymous sign-in".to_owned())
    );
    let mut session_response = with_field(20, 24, offset);
    let lm = usize::try_from(field(&session_response, 12).1).unwrap();
    session_response[lm..lm + 24].copy_from_slice(&[&[0xAA; 8][..], &[0; 16]].concat());
    let refused = Err(ParseError::Weak(Weakness::NtlmV1));
    assert_eq!(Authenticate::parse(&session_response).map(drop), refused);
    // A blob of another version than 1.
    for (at, version) in [(16, 0), (16, 2), (17, 0), (17, 2)] {
        let mut bytes = token();
        let blob = usize::try_from(offset).unwrap() + at;
        bytes[blob] = version;
        malformed(&bytes, "NTLMv2 blob", "another version");
    }
}

#[test]
fn any_other_message_is_no_answer() {
    let good = token();
    for at in 0..12 {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            let error = Authenticate::parse(&bytes).map(drop).unwrap_err();
            assert!(matches!(error, ParseError::Malformed { what: "signature" | "message type", .. }));
        }
    }
    // NEGOTIATE and CHALLENGE are for other ears.
    assert!(Authenticate::parse(challenge().message()).is_err());
    assert!(Challenge::parse(&good).is_err());
    let negotiate = [&b"NTLMSSP\0\x01\0\0\0"[..], &[0; 28]].concat();
    assert!(Authenticate::parse(&negotiate).is_err() && Challenge::parse(&negotiate).is_err());
}

#[test]
fn a_change_of_any_octet_that_the_proof_covers_is_noticed() {
    let good = token();
    let (length, offset) = field(&good, 20);
    let offset = usize::try_from(offset).unwrap();
    for at in offset..offset + usize::from(length) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x01;
        assert!(outcome(&bytes).is_err(), "octet {} of the response", at - offset);
    }
}
