//! The live view from outside.

use crate::support::{Directory, Server};

#[test]
fn what_the_server_does_is_shown_once_and_again_and_again() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    server.done(&["tenant", "add", "boats", "--domain", "boats.example"], "");
    let once = server.done(&["status", "--every", "0.1"], "");
    assert!(
        once.starts_with("Rapport ") && once.contains("ENDPOINTS") && once.contains("\nboats "),
        "{once}"
    );
    let watched = server.done(&["status", "--watch", "--every", "0.1", "--count", "3"], "");
    assert_eq!(watched.matches("COMPANY  ENDPOINTS").count(), 3, "{watched}");
    assert!(!watched.contains('\u{1b}'), "a file gets no terminal escapes");
    let value = server.json(&["status", "--every", "0.1"], "");
    assert_eq!(value["companies"][0]["company"], "boats");
    assert!(server.fails(&["status", "--count", "3"], "", 2).contains("--watch"));
    server.stop();
}
