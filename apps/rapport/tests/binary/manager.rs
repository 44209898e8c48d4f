//! What the service manager hears of the server, and what the server keeps on disk of its log.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::support::{Directory, Server, rapport};

/// A server whose service manager is this test.
fn managed(directory: &Directory) -> (Server, UnixDatagram) {
    let socket = directory.path().join("notify");
    let heard = UnixDatagram::bind(&socket).expect("a socket");
    heard.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let data = directory.path().join("data");
    let mut command = rapport(&["serve", "--data", &data.display().to_string()]);
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "300000").env_remove("WATCHDOG_PID");
    for (name, value) in [
        ("RAPPORT_SERVER_NAME", "sip.test.example"),
        ("RAPPORT_LISTEN_TLS", "127.0.0.1:0"),
        ("RAPPORT_LISTEN_HTTPS", ""),
        ("RAPPORT_LISTEN_METRICS", ""),
    ] {
        command.env(name, value);
    }
    (Server::run(command, data), heard)
}

/// Reads what the service manager is told until that comes, and returns it with all of its datagram.
fn hears(heard: &UnixDatagram, what: &str) -> String {
    let mut bytes = [0; 1024];
    loop {
        let length = heard.recv(&mut bytes).unwrap_or_else(|error| panic!("{what} was not told: {error}"));
        let told = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned();
        if told.lines().any(|line| line == what) {
            return told;
        }
        assert!(told.starts_with("WATCHDOG=1"), "{told} came before {what}");
    }
}

#[test]
fn the_service_manager_hears_of_ready_alive_reloading_and_stopping_in_that_order() {
    let directory = Directory::new();
    let (server, heard) = managed(&directory);
    assert!(hears(&heard, "READY=1").contains("STATUS=serving as sip.test.example"));
    hears(&heard, "WATCHDOG=1");
    server.signal("-HUP");
    assert!(hears(&heard, "RELOADING=1").contains("MONOTONIC_USEC="));
    hears(&heard, "READY=1");
    hears(&heard, "WATCHDOG=1");
    server.signal("-TERM");
    hears(&heard, "STOPPING=1");
    drop(server);
}

#[test]
fn a_flood_of_log_lines_stays_within_the_files_that_are_configured() {
    let directory = Directory::new();
    let (data, logs) = (directory.path().join("data"), directory.path().join("logs"));
    std::fs::create_dir(&logs).expect("a directory");
    let mut command = rapport(&["serve", "--data", &data.display().to_string()]);
    for (name, value) in [
        ("RAPPORT_LISTEN_TLS", ""),
        ("RAPPORT_LISTEN_HTTPS", ""),
        ("RAPPORT_LISTEN_TCP", "127.0.0.1:0"),
        ("RAPPORT_LISTEN_METRICS", ""),
        ("RAPPORT_LOG_FILE", &logs.join("rapport.log").display().to_string()),
        ("RAPPORT_LOG_FILE_SIZE", "64KiB"),
        ("RAPPORT_LOG_FILES", "2"),
        ("RAPPORT_LOG_PER_CAUSE", "1000000"),
        ("RAPPORT_LOG_FILTER", "trace"),
    ] {
        command.env(name, value);
    }
    let server = Server::run(command, data);
    let address = server.address("SIP over plain TCP");
    for _ in 0..1000 {
        let mut garbage = TcpStream::connect(address).expect("connected");
        // A connection that the server refuses may be gone already.
        let _ = garbage.write_all(b"\0\r\n\r\n");
        let _ = garbage.read_to_end(&mut Vec::new());
    }
    assert_eq!(server.stop(), "", "what goes to the file does not go to standard error, too");
    let files: Vec<_> = std::fs::read_dir(&logs).expect("logs").map(|file| file.expect("a file")).collect();
    let bytes: u64 = files.iter().map(|file| file.metadata().expect("a file").len()).sum();
    assert_eq!(files.len(), 2, "the first file was filled: {files:?}, {bytes} bytes");
    assert!(bytes <= 128 * 1024, "{bytes} bytes");
}
