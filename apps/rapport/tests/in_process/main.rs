//! Servers inside a test's own process, as plays and load generators start them.

mod channel;
mod description;
mod guide;
mod last_words;

use std::path::{Path, PathBuf};

use rapport::config::{self, Inputs, Settings};
use rapport::server::{self, Running};
use rapport_core::directory::{Card, NewPerson, NewTenant};
use rapport_core::policy::Policy;
use rapport_edge::Offer;
use rapport_model::{Aor, OperatorScope, SipDomain};
use tokio::net::{TcpStream, UnixStream};

fn settings(data: &Path) -> Settings {
    let set = |key, text: &str| (key, "of a test", text.to_owned());
    let command_line = vec![
        set("data.directory", &data.display().to_string()),
        set("server.name", "sip.test.example"),
        set("listen.tls", "127.0.0.1:0"),
        set("listen.https", ""),
        set("listen.tcp", "127.0.0.1:0"),
        set("listen.metrics", "127.0.0.1:0"),
        set("passwords.argon2_memory", "64KiB"),
    ];
    config::load(&Inputs { command_line, ..Inputs::default() }).expect("valid").0
}

const PASSWORD: &str = "lantern harbour 57 sails";

/// A server that browsers reach under this name, with a company whose people have these names; returns its origin, too.
async fn served(data: &Path, names: &[&str]) -> (Running, String) {
    let mut settings = settings(data);
    "localhost".clone_into(&mut settings.server_name);
    settings.listen_https = settings.listen_tcp.clone();
    let running = server::start(&settings).await.expect("started");
    let operator = OperatorScope::service("test");
    let services = running.services();
    let company = NewTenant {
        name: "example".to_owned(),
        display_name: "Example".to_owned(),
        netbios_name: "EXAMPLE".to_owned(),
        domains: vec![SipDomain::parse("example.com").expect("a domain")],
        policy: Policy::default(),
    };
    let scope = operator.within(services.tenants.add(&operator, company).await.expect("a company").id);
    for name in names {
        let person = NewPerson {
            address: Aor::parse(&format!("{name}@example.com")).expect("an address"),
            aliases: Vec::new(),
            sign_in_name: (*name).to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: name.to_uppercase(), ..Card::default() },
        };
        services.people.add(&scope, person, Some(PASSWORD)).await.expect("a person");
    }
    let tls = running.addresses().iter().find(|listen| listen.offer == Offer::SipAndHttp);
    let origin = format!("https://localhost:{}", tls.expect("it is listened on").address.port());
    (running, origin)
}

fn directory(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("rapport-in-process-{}-{name}", std::process::id()))
}

#[tokio::test]
async fn two_servers_run_side_by_side_and_end_without_a_trace() {
    let (one, two) = (directory("one"), directory("two"));
    let first = server::start(&settings(&one)).await.expect("started");
    let second = server::start(&settings(&two)).await.expect("started");
    assert_eq!(first.addresses().len(), 2);
    let error = server::start(&settings(&one)).await.expect_err("the directory is taken");
    assert!(error.to_string().contains("another server uses the data directory"), "{error}");
    let mut addresses = Vec::new();
    for running in [&first, &second] {
        addresses.extend(running.addresses().iter().map(|listen| listen.address));
        addresses.extend(running.metrics());
        UnixStream::connect(running.management()).await.expect("management answers");
    }
    for address in &addresses {
        TcpStream::connect(address).await.expect("listened on");
    }
    let management = first.management().clone();
    assert!(first.shutdown().await && second.shutdown().await, "everything ended by itself");
    for address in &addresses {
        assert!(TcpStream::connect(address).await.is_err(), "{address} is still listened on");
    }
    assert!(UnixStream::connect(&management).await.is_err());
    let again = server::start(&settings(&one)).await.expect("the directory is free again");
    assert!(again.shutdown().await);
    for directory in [one, two] {
        std::fs::remove_dir_all(directory).expect("removed");
    }
}
