//! The demonstration.

use crate::support::{Directory, Server, rapport, text};

#[test]
fn the_demonstration_has_a_dozen_people_with_contacts_and_is_the_same_when_started_again() {
    let directory = Directory::new();
    let data = directory.path().join("demo");
    let start = || {
        let mut command = rapport(&["demo", "--port", "0", "--tcp-port", "0"]);
        command.arg("--data").arg(&data);
        Server::run(command, data.clone())
    };
    let mut seen = Vec::new();
    for _ in 0..2 {
        let server = start();
        let said = server.said();
        for want in ["Office Communicator", "SSL/TLS", "NTLM", "DEMO\\astrid", "docs/pidgin-on-debian-12.md"]
        {
            assert!(said.contains(want), "{want} is not in: {said}");
        }
        // The address of the web client comes before everything else.
        let first = said.lines().next().unwrap_or_default();
        assert!(first.starts_with("https://127.0.0.1:") && first.contains("/im/ "), "{first}");
        for line in said.lines().filter(|line| line.trim_start().starts_with("SIP over")) {
            assert!(line.contains("127.0.0.1:") || line.contains("[::1]:"), "loopback alone: {line}");
        }
        let list = server.json(&["user", "list", "demo"], "");
        assert_eq!(list["users"].as_array().map(Vec::len), Some(12));
        let ines = server.json(&["user", "show", "demo", "ines"], "");
        assert_eq!(ines["contacts"]["count"], 11);
        assert_eq!((&ines["manager"], &ines["department"]), (&"mei@demo.example".into(), &"Design".into()));
        seen.push((list, ines));
        server.stop();
    }
    assert_eq!(seen.first(), seen.last());
}

#[test]
fn a_port_of_the_demonstration_that_is_in_use_is_named_as_the_option() {
    let directory = Directory::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let mut command = rapport(&["demo", "--port", &port]);
    let output = command.arg("--data").arg(directory.path().join("demo")).output().expect("it runs");
    let want = format!(
        "--port: port {port} of 127.0.0.1 is in use by another program; stop it or give another --port"
    );
    assert!(text(&output.stderr).contains(&want), "{}", text(&output.stderr));
}

#[test]
fn the_generated_files_are_printed() {
    let print = |verb: &str| text(&rapport(&[verb]).output().expect("it runs").stdout);
    assert!(print("config-example").contains("[listen]"));
    assert!(print("openapi").contains("\"openapi\": \"3.1.0\""));
}
