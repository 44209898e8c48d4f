//! Every kind of hostile behaviour for two seconds; the long run is `cargo xtask torture floods`.

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
fn honest_people_notice_nothing_of_any_attack_and_each_bound_holds() {
    let mut load = Command::new(env!("CARGO_BIN_EXE_rapport-load"));
    load.args([
        "floods",
        "--seconds",
        "3",
        "--deadline",
        "2",
        "--attackers",
        "2",
        "--connections",
        "1200",
        "--victims",
        "60",
        "--small",
    ]);
    let output = load.arg("--server-binary").arg(server()).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // What a row must hold it has seen itself; here, that there is one for every kind.
    assert_eq!(said.lines().filter(|line| line.ends_with(" held |")).count(), 16, "{said}");
}
