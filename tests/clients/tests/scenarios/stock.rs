//! The client as Debian 12 ships it: what its libxml2 fault does, and that our repair mends it.

use std::path::{Path, PathBuf};
use std::process::Command;

use real_clients::{Client, Scratch, Server};

use crate::BOB;

/// Builds the repair that is shipped for Debian 12's users, as its README says.
fn repair(scratch: &Scratch) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contrib/pidgin-debian12");
    let made = Command::new("make")
        .arg("-C")
        .arg(&source)
        .arg(format!("OUT={}", scratch.path().display()))
        .output()
        .expect("make runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    scratch.path().join("libsipe-xml-repair.so")
}

/// Whether this machine's libxml2 has the fault, as the driver found by trying.
fn faulty() -> bool {
    let probe = Client::start("probe");
    probe.seen(|e| e.name() == "ready")[0].is("libxml2_repaired")
}

#[test]
fn the_shipped_repair_takes_the_fault_away_from_a_process() {
    let scratch = Scratch::new("repair");
    let library = repair(&scratch);
    let library = library.to_str().expect("a temporary path is text");
    let preloaded = Client::start_with("preloaded", &[("LD_PRELOAD", library)]);
    let ready = preloaded.seen(|e| e.name() == "ready");
    let ready = &ready[0];
    assert!(!ready.is("libxml2_repaired"), "the driver found nothing to repair: {ready:?}");
}

#[test]
fn stock_sipe_reads_every_document_as_empty_and_the_shipped_repair_mends_it() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut alice = server.connect_from("alice", "repaired-in-process");
    alice.add(BOB, "Colleagues");
    alice.wait_buddy(BOB, "named", |b| b.alias == "Bob Example");
    drop(alice);

    let untreated = [("PURPLE_DRIVER_NO_XML_FIX", "1")];
    if faulty() {
        let mut stock = Client::start_with("stock", &untreated);
        stock.sign_in(&server.account("alice")).expect("signing in needs no document");
        stock.wait_message("the contact list on the wire", |m| m.body.contains("<contactList"));
        stock.wait_message("the provisioning document", |m| m.body.contains("<provisionGroupList"));
        assert_eq!(stock.buddies(), [], "it was told, and sees nothing");
        drop(stock);
    }

    let scratch = Scratch::new("repair");
    let library = repair(&scratch);
    let library = library.to_str().expect("a temporary path is text");
    let mended = [untreated[0], ("LD_PRELOAD", library)];
    let mut mended = Client::start_with("mended", &mended);
    mended.sign_in(&server.account("alice")).expect("she signs in");
    mended.wait_buddy(BOB, "there", |b| b.group == "Colleagues" && b.alias == "Bob Example");
}
