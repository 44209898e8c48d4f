//! The doctor from outside: what is well, what is not and what to do, with a DNS of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};

use rapport_testkit::ports;
use serde_json::Value;

use crate::support::{Directory, Server, await_names, rapport, text};

/// dnsmasq, from Debian's package, until it is dropped.
struct Dns {
    child: Child,
    address: SocketAddr,
}

impl Dns {
    fn start(records: &[String]) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], ports::take()));
        let child = Command::new("dnsmasq")
            .args([
                "--keep-in-foreground",
                "--no-resolv",
                "--no-hosts",
                "--conf-file=/dev/null",
                "--bind-interfaces",
            ])
            .args(["--listen-address=127.0.0.1", "--user=root", "--pid-file=", "--local=/example/"])
            .arg(format!("--port={}", address.port()))
            .args(records)
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian's package dnsmasq-base is installed");
        let dns = Self { child, address };
        // Who is asked before it listens does not answer, which the doctor would tell.
        await_names(address);
        dns
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the doctor, and returns what it found and its exit code.
fn examine(server: &Server, directory: &Directory, arguments: &[&str], password: &str) -> (Vec<Value>, i32) {
    let config = directory.path().join("rapport.toml").display().to_string();
    let mut words = vec!["doctor", "--config", &config, "--json"];
    words.extend(arguments);
    let output = server.verb(&words, password);
    let found: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)));
    (found["checks"].as_array().expect("checks").clone(), output.status.code().expect("a code"))
}

fn state<'a>(checks: &'a [Value], what: &str, part: &str) -> &'a str {
    let found = checks.iter().find(|check| {
        check["what"] == what && check["found"].as_str().is_some_and(|found| found.contains(part))
    });
    let found = found.unwrap_or_else(|| panic!("nothing of {what} with {part:?}: {checks:#?}"));
    let state = found["state"].as_str().expect("a state");
    let has_remedy = found["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty());
    assert_eq!(has_remedy, matches!(state, "BAD" | "warning"), "{found}");
    state
}

/// Ports of this test: the doctor reads them from the configuration.
fn ports<const N: usize>() -> [u16; N] {
    std::array::from_fn(|_| ports::take())
}

#[test]
fn the_doctor_finds_what_is_well_and_says_what_to_do_about_the_rest() {
    let directory = Directory::new();
    let [tls, https, tcp, metrics] = ports();
    let config = directory.write(
        "rapport.toml",
        &format!(
            "[server]\nname = \"sip.boats.example\"\n[data]\ndirectory = \"{}\"\n[listen]\n\
             tls = \"127.0.0.1:{tls}\"\nhttps = \"127.0.0.1:{https}\"\nmetrics = \"127.0.0.1:{metrics}\"\n\
             tcp = \"127.0.0.1:{tcp}\"\n\
             [passwords]\nargon2_memory = \"64KiB\"\n",
            directory.path().join("data").display()
        ),
    );
    let start = || {
        let arguments = ["serve", "--config", &config.display().to_string()].map(str::to_owned);
        Server::run(rapport(&arguments.each_ref().map(String::as_str)), directory.path().join("data"))
    };
    let server = start();
    let password = "lantern harbour 57 sails\n";
    server.done(&["tenant", "add", "boats", "--domain", "boats.example", "--account-passwords"], "");
    server.done(&["user", "add", "boats", "kim@boats.example", "--password-stdin"], password);

    let records = [
        format!("--srv-host=_sipinternaltls._tcp.boats.example,sip.boats.example,{tls}"),
        format!("--srv-host=_sip._tls.boats.example,sip.boats.example,{}", https.wrapping_add(1)),
        "--host-record=sip.boats.example,127.0.0.1".to_owned(),
        "--host-record=sipinternal.boats.example,127.0.0.1".to_owned(),
    ];
    let dns = Dns::start(&records);
    let resolver = dns.address.to_string();
    let arguments =
        ["boats.example", "--resolver", &resolver, "--user", "kim@boats.example", "--password-stdin"];
    let (checks, code) = examine(&server, &directory, &arguments, password);
    assert_eq!(code, 0, "{checks:#?}");
    for (what, part) in [
        ("server", "runs as process"),
        ("files", "the running server may open"),
        ("data disk", "MiB free"),
        ("listen.tls", "speaks TLS"),
        ("listen.https", "speaks TLS"),
        ("listen.tcp", "speaks SIP"),
        ("listen.metrics", "speaks HTTP"),
        ("certificate", "holds until"),
        ("certificate", "is good for sip.boats.example"),
        ("dns", "_sipinternaltls._tcp.boats.example leads to sip.boats.example"),
        ("dns", "sip.boats.example is at 127.0.0.1"),
        ("as clients find it", "is good for sip.boats.example"),
        ("sign-in", "kim@boats.example signs in and out"),
    ] {
        assert!(matches!(state(&checks, what, part), "good" | "warning"), "{what}: {checks:#?}");
    }
    // The server made its certificate itself: it is no public authority's, whether this machine has a list or not.
    let made = checks.iter().rfind(|check| check["what"] == "certificate").expect("who made it");
    assert!(matches!(made["state"].as_str(), Some("warning" | "not checked")), "{made}");
    assert_eq!(state(&checks, "dns", "_sip._tls.boats.example leads to"), "warning");
    assert_eq!(state(&checks, "dns", "sipexternal.boats.example has no address"), "warning");

    let (checks, code) = examine(&server, &directory, &arguments, "not that one at all\n");
    assert_eq!((state(&checks, "sign-in", "does not sign in"), code), ("BAD", 1));
    let (checks, code) = examine(&server, &directory, &["ships.example", "--resolver", &resolver], "");
    assert_eq!((state(&checks, "dns", "_sipinternaltls._tcp.ships.example is not there"), code), ("BAD", 1));
    assert_eq!(state(&checks, "sign-in", "nobody to sign in as"), "not checked");
    drop(dns);
    let (checks, _) = examine(&server, &directory, &["boats.example", "--resolver", &resolver], "");
    assert_eq!(state(&checks, "dns", "the DNS does not answer"), "not checked");

    let zone = server.done(
        &["dns", "boats.example", "--address", "192.0.2.7", "--config", &config.display().to_string()],
        "",
    );
    assert!(
        zone.contains(&format!("_sip._tls.boats.example. 3600 IN SRV 0 0 {https} sip.boats.example.")),
        "{zone}"
    );
    server.stop();
    let output = rapport(&["doctor", "--config", &config.display().to_string()]).output().expect("it runs");
    let page = text(&output.stdout);
    assert!(page.contains("BAD          server: does not run") && page.contains("-> start it"), "{page}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_doctor_says_what_clients_will_say_to_each_certificate_and_listener() {
    let directory = Directory::new();
    let data = directory.path().join("data");
    let [tls, https, tcp, metrics] = ports();
    let key = rcgen::KeyPair::generate().expect("a key");
    let key_file = directory.write("key.pem", &key.serialize_pem());
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).expect("changed");
    let certificate = |name: &str, years: [i32; 2]| {
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name");
        [params.not_before, params.not_after] = years.map(|year| rcgen::date_time_ymd(year, 1, 1));
        directory.write("cert.pem", &params.self_signed(&key).expect("made").pem())
    };
    let file = certificate("sip.boats.example", [2020, 2021]);
    let config = directory.write(
        "rapport.toml",
        &format!(
            "[server]\nname = \"sip.boats.example\"\n[data]\ndirectory = \"{}\"\n[tls]\ncertificate = \"{}\"\n\
             key = \"{}\"\n[listen]\ntls = \"127.0.0.1:{tls}\"\nhttps = \"127.0.0.1:{https}\"\n\
             tcp = \"127.0.0.1:{tcp}\"\nmetrics = \"127.0.0.1:{metrics}\"\n",
            data.display(),
            file.display(),
            key_file.display()
        ),
    );
    let serve = || Server::run(rapport(&["serve", "--config", &config.display().to_string()]), data.clone());
    let dns = Dns::start(&[
        format!("--srv-host=_sipinternaltls._tcp.boats.example,sip.boats.example,{tls}"),
        "--host-record=sip.boats.example,127.0.0.1".to_owned(),
    ]);
    let resolver = dns.address.to_string();
    let arguments = ["boats.example", "--resolver", &resolver];

    let server = serve();
    let (checks, code) = examine(&server, &directory, &arguments, "");
    let both = format!("clients refuse it (listen.tls 127.0.0.1:{tls}, listen.https 127.0.0.1:{https})");
    assert_eq!((state(&checks, "certificate", &both), code), ("BAD", 1));
    assert_eq!(state(&checks, "certificate", "has ended at 2021-01-01"), "BAD");
    assert_eq!(state(&checks, "certificate", "is good for sip.boats.example"), "good");
    assert_eq!(
        state(&checks, "certificate", "has ended at 2021-01-01T00:00:00Z: clients refuse it (127."),
        "BAD"
    );
    server.stop();

    certificate("sip.boats.example", [2090, 2091]);
    let server = serve();
    let (checks, code) = examine(&server, &directory, &[], "");
    assert_eq!((state(&checks, "certificate", "holds from 2090-01-01"), code), ("BAD", 1));
    server.stop();

    certificate("sip.ships.example", [2020, 2090]);
    let server = serve();
    let (checks, code) = examine(&server, &directory, &arguments, "");
    assert_eq!((state(&checks, "certificate", "is not good for sip.boats.example"), code), ("BAD", 1));
    assert_eq!(state(&checks, "as clients find it", "is not good for sip.boats.example"), "BAD");
    assert_eq!(state(&checks, "certificate", "holds until 2090-01-01"), "good");
    server.stop();

    // Something else has taken the ports: each listener is judged by what answers on it.
    let strangers =
        [tls, tcp, metrics].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("free again"));
    let answering = strangers.map(|stranger| {
        std::thread::spawn(move || {
            let (mut stream, _) = stranger.accept().expect("the doctor comes");
            let _ = stream.write_all(b"220 this is a mail server, and no other one\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        })
    });
    let output = rapport(&["doctor", "--config", &config.display().to_string(), "--json"]).output();
    let output = output.expect("it runs");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = found["checks"].as_array().expect("checks");
    assert_eq!(
        (state(checks, "listen.tcp", "something else answers there"), output.status.code()),
        ("BAD", Some(1))
    );
    assert_eq!(state(checks, "listen.metrics", "something else answers there"), "BAD");
    assert_eq!(state(checks, "listen.tls", &format!("127.0.0.1:{tls}: ")), "BAD");
    assert_eq!(state(checks, "listen.https", "refused"), "BAD");
    answering.into_iter().for_each(|thread| thread.join().expect("it ends"));
}

#[test]
fn who_is_led_by_the_dns_to_where_nobody_listens_is_told_of_the_firewall() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    let [nobody] = ports();
    let dns = Dns::start(&[
        format!("--srv-host=_sipinternaltls._tcp.boats.example,sip.boats.example,{nobody}"),
        "--host-record=sip.boats.example,127.0.0.1".to_owned(),
    ]);
    directory.write(
        "rapport.toml",
        &format!(
            "[server]\nname = \"sip.boats.example\"\n[listen]\ntls = \"127.0.0.1:{nobody}\"\nhttps = \"\"\n"
        ),
    );
    let (checks, code) =
        examine(&server, &directory, &["boats.example", "--resolver", &dns.address.to_string()], "");
    assert_eq!((state(&checks, "as clients find it", "refused"), code), ("BAD", 1));
    server.stop();
}
