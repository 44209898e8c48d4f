//! The life of the process: starting, errors on the way, signals, the end, and what is kept.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Directory, Server, rapport, text};

pub(crate) const OPTIONS: &[u8] =
    b"OPTIONS sip:test.example SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKx\r\n\
      From: <sip:a@test.example>;tag=1\r\nTo: <sip:test.example>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\
      Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

pub(crate) fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connected");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn a_server_says_where_it_listens_and_tells_its_health() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    let said = server.said();
    for want in [
        "SIP over TLS on 127.0.0.1:",
        "SIP over TLS and HTTPS on 127.0.0.1:",
        "SIP over plain TCP on 127.0.0.1:",
    ] {
        assert!(said.contains(want), "{want} is not in: {said}");
    }
    let metrics = server.address("metrics");
    assert!(get(metrics, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(metrics, "/readyz").starts_with("HTTP/1.1 200"));
    let mut options = TcpStream::connect(server.address("SIP over plain TCP")).expect("connected");
    options.write_all(OPTIONS).expect("sent");
    options.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let mut answer = [0; 15];
    options.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"SIP/2.0 200 OK\r");
    let counted = get(metrics, "/metrics");
    assert!(counted.contains("rapport_edge_connections_total"), "{counted}");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).expect("it runs");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert!(core.split_whitespace().filter(|word| *word == "0").count() == 2, "no core files: {core}");
}

#[test]
fn the_data_directory_is_private_and_one_servers_at_a_time() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    let server = Server::start(&directory);
    let data = directory.path().join("data");
    for (name, mode) in [
        (".", 0o700),
        ("management.sock", 0o600),
        ("service.key", 0o600),
        ("dev-key.pem", 0o600),
        ("rapport.db", 0o600),
    ] {
        let found = std::fs::metadata(data.join(name)).expect("there").permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name} has {found:o}");
    }
    let config = directory.path().join("rapport.toml").display().to_string();
    let second = rapport(&["serve", "--config", &config, "--data", &data.display().to_string()]);
    let output = { second }.output().expect("it runs");
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("another server uses the data directory"),
        "{}",
        text(&output.stderr)
    );
    drop(server);
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart_and_after_a_kill() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    server.done(&["tenant", "add", "boats", "--domain", "boats.example"], "");
    server.stop();
    let server = Server::start(&directory);
    server.done(&["user", "add", "boats", "kim@boats.example", "--no-password"], "");
    server.signal("-KILL");
    drop(server);
    let server = Server::start(&directory);
    assert_eq!(server.json(&["user", "show", "boats", "kim"], "")["address"], "kim@boats.example");
}

#[test]
fn errors_name_the_key_and_the_remedy() {
    let directory = Directory::new();
    let data = directory.path().join("data").display().to_string();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let check = |config: &str, code: i32, want: &[&str]| {
        let file = directory.write("wrong.toml", config).display().to_string();
        let output = rapport(&["serve", "--config", &file, "--data", &data]).output().expect("it runs");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        for want in want {
            assert!(said.contains(want), "{want} is not in: {said}");
        }
    };
    let quiet = "https = []\nmetrics = \"\"\n";
    let in_use = format!("[listen]\ntls = \"127.0.0.1:{port}\"\n{quiet}");
    check(
        &in_use,
        1,
        &[&format!(
            "listen.tls ({}, line 2): port {port} of 127.0.0.1 is in use by another program; stop it or set listen.tls",
            directory.path().join("wrong.toml").display()
        )],
    );
    let plain = format!("[listen]\ntls = []\ntcp = \"0.0.0.0:0\"\n{quiet}");
    check(&plain, 2, &["wrong.toml, line 3): 0.0.0.0:0 is not a loopback address"]);
    check(
        &format!("[listen]\ntls = []\n{quiet}"),
        2,
        &["listen.tls, listen.https and listen.tcp are all empty"],
    );
    let metrics = format!("[listen]\ntls = \"127.0.0.1:0\"\nhttps = []\nmetrics = \"127.0.0.1:{port}\"\n");
    check(&metrics, 1, &["listen.metrics: cannot listen on 127.0.0.1:"]);
    check(
        "[tls]\ncertificate = \"/nowhere/chain.pem\"\nkey = \"/nowhere/key.pem\"\n",
        1,
        &["tls.certificate", "/nowhere/chain.pem"],
    );
    check("[tls]\nkey = \"/nowhere/key.pem\"\n", 2, &["tls.key (", "it is set and tls.certificate isn't"]);
    check(
        "[listen]\ntlss = []\n",
        2,
        &["wrong.toml, line 2: there is no key listen.tlss; did you mean listen.tls?"],
    );
    check("[log]\nfilter = \"rapport=loud\"\n", 2, &["log.filter (", "wrong.toml, line 2)"]);
    let output = rapport(&["serve", "--data", "/proc/nowhere"]).output().expect("it runs");
    assert!(
        text(&output.stderr).contains("data.directory: cannot make /proc/nowhere"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_configuration_is_explained() {
    let directory = Directory::new();
    let file = directory.write("r.toml", "[listen]\ntls = \"127.0.0.1:7000\"\n").display().to_string();
    let output =
        rapport(&["check-config", &file]).env("RAPPORT_LIMITS_HEAD", "8KiB").output().expect("it runs");
    let said = text(&output.stdout);
    for want in [
        "SIP over TLS is spoken on 127.0.0.1:7000.",
        "r.toml, line 2",
        "environment variable RAPPORT_LIMITS_HEAD",
        "default",
    ] {
        assert!(said.contains(want), "{want} is not in: {said}");
    }
    let file = directory.write("r.toml", "[limits]\nhead = \"lots\"\n").display().to_string();
    let output = rapport(&["check-config", &file]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_configuration_that_serve_refuses_does_not_pass_the_check_and_the_sentence_is_the_same() {
    let directory = Directory::new();
    let data = directory.path().join("data").display().to_string();
    for config in [
        "[listen]\ntcp = [\"0.0.0.0:5060\"]\n",
        "[listen]\ntcp = [\"[::ffff:127.0.0.1]:5060\"]\n",
        "[tls]\ncertificate = \"chain.pem\"\n",
        "[log]\nfilter = \"=,,foo=bar\"\n",
        "[passwords]\nargon2_memory = \"1\"\n",
        "[server]\nname = \"bad name!\"\n",
        "[limits]\nhead = \"1\"\n",
        "[listen]\ntls = []\nhttps = []\n",
    ] {
        let file = directory.write("wrong.toml", config).display().to_string();
        let checked = rapport(&["check-config", &file]).output().expect("it runs");
        let served = rapport(&["serve", "--config", &file, "--data", &data]).output().expect("it runs");
        assert_eq!((checked.status.code(), served.status.code()), (Some(2), Some(2)), "{config}");
        let said = text(&checked.stderr);
        assert!(said.contains("wrong.toml, line 2): "), "{said}");
        assert_eq!(said, text(&served.stderr));
    }
}

#[test]
fn sigterm_closes_every_connection_within_the_bound_and_sighup_none() {
    let directory = Directory::new();
    let mut server = Server::start(&directory);
    let mut open: Vec<TcpStream> = (0..40)
        .map(|_| {
            let stream = TcpStream::connect(server.address("SIP over plain TCP")).expect("connected");
            stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
            stream
        })
        .collect();
    // A browser that keeps its connection holds nothing up.
    let mut browser = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &server.address("SIP over TLS and HTTPS").to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    let mut page = browser.stdin.take().expect("piped");
    page.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    let mut seen = browser.stdout.take().expect("piped");
    seen.read_exact(&mut [0; 12]).expect("an answer");
    let certificate = directory.path().join("data/dev-cert.pem");
    let before = std::fs::read(&certificate).expect("made");
    std::fs::remove_file(&certificate).expect("removed");
    server.signal("-HUP");
    server.wait_for("log filter read again");
    assert_ne!(std::fs::read(&certificate).expect("made again"), before);
    for stream in &mut open {
        // A connection that still is there takes a keep-alive.
        stream.write_all(b"\r\n\r\n").expect("open");
    }
    server.signal("-TERM");
    for stream in &mut open {
        let mut rest = Vec::new();
        // An end or a reset, and not the read's time-out.
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        }
        assert!(!text(&rest).contains("deregistered"), "clients of this family don't come back from that");
    }
    let (status, log) = server.wait();
    assert!(status.success() && log.contains("certificate read again"), "{status}: {log}");
    assert!(log.contains("rapport::serve: ended\n"), "nothing had to be cut: {log}");
    browser.wait().expect("its connection has ended");
    assert!(!log.contains('\u{1b}'), "no colours in a log that is no terminal");
}

#[test]
fn a_second_sigterm_ends_the_server_at_once() {
    let directory = Directory::new();
    let mut command = rapport(&["serve", "--data", &directory.path().join("data").display().to_string()]);
    for (name, value) in [
        ("RAPPORT_LISTEN_TLS", ""),
        ("RAPPORT_LISTEN_HTTPS", ""),
        ("RAPPORT_LISTEN_TCP", "127.0.0.1:0"),
        ("RAPPORT_LISTEN_METRICS", ""),
        ("RAPPORT_SHUTDOWN_BOUND", "5m"),
    ] {
        command.env(name, value);
    }
    let mut server = Server::run(command, directory.path().join("data"));
    let address = server.address("SIP over plain TCP");
    // They are closed in waves, a quarter of a second apart: seven seconds in all, unless those are not waited for.
    let open: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(address).expect("connected");
            stream.write_all(OPTIONS).expect("sent");
            stream.read_exact(&mut [0; 15]).expect("an answer");
            stream
        })
        .collect();
    server.signal("-TERM");
    server.wait_for("ending: no new connections");
    server.signal("-TERM");
    server.wait_for("ended at once");
    let (status, log) = server.wait();
    assert!(status.success() && !log.contains("rapport::serve: ended\n"), "{status}: {log}");
    drop(open);
}

#[test]
fn a_server_that_runs_out_of_file_descriptors_goes_on_when_there_are_some_again() {
    let directory = Directory::new();
    let data = directory.path().join("data");
    let mut command = Command::new("sh");
    let serve =
        format!("ulimit -n 64; exec {} serve --data {}", env!("CARGO_BIN_EXE_rapport"), data.display());
    command.args(["-c", &serve]).stdin(Stdio::null());
    for (name, value) in [
        ("RAPPORT_LISTEN_TLS", ""),
        ("RAPPORT_LISTEN_HTTPS", ""),
        ("RAPPORT_LISTEN_TCP", "127.0.0.1:0"),
        ("RAPPORT_LIMITS_CONNECTIONS", "100000"),
        ("RAPPORT_LISTEN_METRICS", ""),
    ] {
        command.env(name, value);
    }
    let mut server = Server::run(command, data);
    let address = server.address("SIP over plain TCP");
    let many: Vec<TcpStream> = (0..80).filter_map(|_| TcpStream::connect(address).ok()).collect();
    assert!(many.len() > 64, "the system takes them before the server does");
    server.wait_for("cannot accept connections; trying again");
    drop(many);
    let mut options = TcpStream::connect(address).expect("connected");
    options.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    options.write_all(OPTIONS).expect("sent");
    options.read_exact(&mut [0; 15]).expect("an answer");
    server.signal("-TERM");
    let (_, log) = server.wait();
    assert!(log.contains("limits.connections is more than the files"), "the operator is told: {log}");
}

#[test]
fn a_configured_certificate_is_checked_with_the_configuration() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    let data = directory.path().join("data");
    let (certificate, key) = (data.join("dev-cert.pem"), data.join("dev-key.pem"));
    server.stop();
    let check = |key: &std::path::Path| {
        let text =
            format!("[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n", certificate.display(), key.display());
        let file = directory.write("r.toml", &text).display().to_string();
        rapport(&["check-config", &file]).output().expect("it runs")
    };
    let good = check(&key);
    assert!(text(&good.stdout).contains("The certificate can be used, and holds until 20"), "{good:?}");
    let wrong = check(&data.join("dev-ca-key.pem"));
    assert!(!wrong.status.success());
    assert!(text(&wrong.stderr).contains("does not belong to the certificate"), "{wrong:?}");
}

#[test]
fn the_log_can_be_for_machines() {
    let directory = Directory::new();
    let data = directory.path().join("data");
    let mut command = rapport(&["serve", "--data", &data.display().to_string()]);
    for (name, value) in [
        ("RAPPORT_LISTEN_TLS", "127.0.0.1:0"),
        ("RAPPORT_LISTEN_HTTPS", ""),
        ("RAPPORT_LISTEN_METRICS", ""),
        ("RAPPORT_LOG_FORMAT", "json"),
        ("RAPPORT_LOG_FILTERS", "debug"),
    ] {
        command.env(name, value);
    }
    let log = Server::run(command, data).stop();
    for line in log.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(entry["level"].is_string() && entry["message"].is_string(), "{line}");
    }
    assert!(
        log.contains("RAPPORT_LOG_FILTERS is no key of the configuration; did you mean RAPPORT_LOG_FILTER?"),
        "{log}"
    );
}
