//! The audit log from outside: it is read, its chain holds, and heads that were kept tell when it was written anew.

use std::fs;

use rapport::audit_head::AuditHead;
use rapport_secrets::ServiceKey;

use crate::support::{Directory, Server};

#[test]
fn an_audit_log_is_read_and_held_against_the_heads_that_were_kept() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    server.done(&["tenant", "add", "boats", "--domain", "boats.example"], "");
    server.done(&["user", "add", "boats", "kim@boats.example", "--no-password"], "");
    let list = server.done(&["audit", "list", "boats"], "");
    assert!(list.contains("tenant added") && list.contains("user added"), "{list}");
    let me = format!("uid {}, pid ", rustix::process::geteuid().as_raw());
    assert_eq!(list.matches(&me).count(), 2, "a line says from where: {list}");
    let page = server.json(&["audit", "list", "boats", "--after", "1", "--limit", "1"], "");
    assert!(page["lines"][0]["source"].as_str().is_some_and(|source| source.starts_with(&me)), "{page}");
    assert_eq!((page["lines"][0]["number"].as_u64(), page["next"].as_u64()), (Some(2), Some(2)));
    let verified = server.done(&["audit", "verify", "boats"], "");
    assert_eq!(verified, "The audit log of boats is whole: 2 lines.\n");
    server.stop();

    // A server that starts writes the heads of what is there.
    let mut server = Server::start(&directory);
    server.wait_for("the heads of audit logs were written");
    server.done(&["user", "disable", "boats", "kim"], "");
    let heads = directory.path().join("data/audit-heads.jsonl");
    let file = heads.display().to_string();
    let verified = server.done(&["audit", "verify", "boats", "--heads", &file], "");
    let kept = fs::read_to_string(&heads).expect("heads");
    // One, or one more of a first server that got to it only after the company was there.
    let told = format!("3 lines, and has each of the {} heads", kept.lines().count());
    assert!(verified.contains(&told), "{told}: {verified}");

    // A head that nobody signed is no head, and one of a line that is not there tells that the log was cut.
    let forged = directory.write("forged.jsonl", &kept.replacen("\"number\":2", "\"number\":3", 1));
    let forged = forged.display().to_string();
    let refused = server.fails(&["audit", "verify", "boats", "--heads", &forged], "", 1);
    assert!(refused.contains("the signature does not belong"), "{refused}");
    let key = ServiceKey::load(&directory.path().join("data/service.key")).expect("the service key");
    let signer = key.signer().expect("a signer");
    for (number, link) in [(9, "ab".repeat(32)), (2, "cd".repeat(32))] {
        let [at, tenant, company] = ["2026-11-26T00:00:00Z", "t1", "boats"].map(str::to_owned);
        let head = AuditHead::signed(&signer, at, tenant, company, number, link);
        let longer = directory.write("longer.jsonl", &serde_json::to_string(&head).expect("a line"));
        let longer = longer.display().to_string();
        let refused = server.fails(&["audit", "verify", "boats", "--heads", &longer], "", 1);
        assert!(refused.contains("it was shortened or written anew since"), "{refused}");
    }
    let public = server.done(&["audit", "key"], "");
    assert!(kept.contains(public.trim()), "the heads name the key that {public} is");
    server.stop();
}
