//! What a token or header of a stranger makes the parser ask for is bounded by its own length, never by a length that
//! it names.
#![expect(unsafe_code, reason = "a counting allocator has no safe form")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use rapport_sipauth::header::AuthParams;
use rapport_sipauth::ntlm::client::{Account, Chance, answer};
use rapport_sipauth::ntlm::{Authenticate, Challenge, FileTime, MAX_TOKEN, NtHash, TargetInfo, TargetNames};

struct Counting;

thread_local! {
    static OCTETS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every request goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        OCTETS.set(OCTETS.get() + layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        OCTETS.set(OCTETS.get() + size);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn asked_for<T>(what: impl FnOnce() -> T) -> usize {
    let before = OCTETS.get();
    let result = what();
    let after = OCTETS.get();
    drop(result);
    after - before
}

fn challenge() -> Challenge {
    let names = TargetNames {
        netbios_domain: "EXAMPLE",
        netbios_computer: "OCS",
        dns_domain: "example.com",
        dns_computer: "ocs.example.com",
        dns_tree: "example.com",
    };
    Challenge::new(&TargetInfo::new(&names).unwrap(), [7; 8])
}

fn token() -> Vec<u8> {
    let account = Account {
        user: "alice",
        domain: "EXAMPLE",
        workstation: "PC",
        nt_hash: NtHash::of_password("x"),
        channel_binding: None,
    };
    let chance = Chance { client_challenge: [1; 8], exported_session_key: [2; 16], time: FileTime(0) };
    answer(&challenge(), &account, &chance).0
}

#[test]
fn a_token_costs_no_more_memory_than_it_has_octets_whatever_lengths_it_names() {
    let good = token();
    // The message is kept, and three names that are at most as long in UTF-8 as half as many units are; text grows.
    let bound = |length: usize| 4 * length + 64;
    assert!((1..=bound(good.len())).contains(&asked_for(|| Authenticate::parse(&good))));
    for at in [12, 20, 28, 36, 44, 52] {
        for length in [0x7FFF_u16, 0xFFFE, 0xFFFF] {
            for offset in [64, 72, u32::MAX, 0x7FFF_FFFF] {
                let mut bytes = good.clone();
                bytes[at..at + 2].copy_from_slice(&length.to_le_bytes());
                bytes[at + 4..at + 8].copy_from_slice(&offset.to_le_bytes());
                let octets = asked_for(|| Authenticate::parse(&bytes));
                assert_eq!(octets, 0, "field {at} with {length} octets at {offset}");
            }
        }
    }
    // Every field says that it is the whole of a token as long as may be.
    let mut long = good.clone();
    long.resize(MAX_TOKEN, 0);
    for at in [12, 20, 28, 36, 44, 52] {
        long[at..at + 2].copy_from_slice(&(MAX_TOKEN as u16 - 64).to_le_bytes());
        long[at + 4..at + 8].copy_from_slice(&64_u32.to_le_bytes());
    }
    assert!(asked_for(|| Authenticate::parse(&long)) <= bound(MAX_TOKEN));
    long.push(0);
    assert_eq!(asked_for(|| Authenticate::parse(&long)), 0, "one octet too many is not even looked at");
}

#[test]
fn a_challenge_costs_no_more_memory_than_it_has_octets() {
    let mut bytes = challenge().message().to_vec();
    for length in [0x7FFF_u16, 0xFFFF] {
        bytes[40..42].copy_from_slice(&length.to_le_bytes());
        assert_eq!(asked_for(|| Challenge::parse(&bytes)), 0);
    }
}

#[test]
fn a_header_is_read_without_any_memory_of_its_own() {
    let parameters = (0..32).map(|n| format!("p{n}=\"{}\"", "x".repeat(1000))).collect::<Vec<_>>().join(", ");
    let line = format!("NTLM {parameters}");
    assert_eq!(asked_for(|| AuthParams::parse(&line).map(drop)), 0);
    let too_many = format!("{line}, one=more");
    assert!(AuthParams::parse(&line).is_ok() && AuthParams::parse(&too_many).is_err());
    assert_eq!(asked_for(|| AuthParams::parse(&too_many).map(drop)), 0);
}
