//! The server's program is exchanged while people talk; the long run is `cargo xtask torture exchange`.

use std::path::PathBuf;
use std::process::Command;

/// The server beside this test's own program, or where `RAPPORT_BIN` says.
fn server() -> PathBuf {
    let beside = || {
        let own = std::env::current_exe().expect("a test has a program");
        own.ancestors().nth(2).expect("target/debug/deps").join("rapport")
    };
    let server = std::env::var_os("RAPPORT_BIN").map_or_else(beside, PathBuf::from);
    assert!(server.exists(), "{} is not there; `cargo build --package rapport` makes it", server.display());
    server
}

#[test]
fn nobody_loses_a_message_and_each_client_comes_back_once() {
    let mut load = Command::new(env!("CARGO_BIN_EXE_rapport-load"));
    load.args(["exchange", "--pairs", "30", "--seconds", "1", "--server-binary"]).arg(server());
    let output = load.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // That nothing is lost or doubled and nobody came twice, it has seen itself; here, that anything was said at all.
    let outcome: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&outcome["clients"], &outcome["signIns"]), (&60.into(), &120.into()), "{said}");
    assert!(outcome["arrived"].as_u64().is_some_and(|count| count > 200), "{said}");
}
