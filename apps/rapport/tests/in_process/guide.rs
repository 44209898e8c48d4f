//! The guide to the web API: its examples do what they say, against a server over TLS.

use std::path::Path;
use std::process::{Command, Output};

use rapport::server;
use rapport_core::directory::{Card, NewPerson, NewTenant};
use rapport_core::policy::Policy;
use rapport_edge::Offer;
use rapport_model::{Aor, OperatorScope, SipDomain};

use crate::{directory, settings};

const PASSWORD: &str = "lantern harbour 57 sails";

/// The text of the guide's only block in that language.
fn example(language: &str) -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api/README.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let (_, block) = guide.split_once(&format!("```{language}\n")).expect("an example");
    block.split_once("```").expect("its end").0.to_owned()
}

#[tokio::test]
async fn the_examples_of_the_guide_do_what_they_say() {
    let data = directory("guide");
    let mut settings = settings(&data);
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
    for name in ["ana", "ben"] {
        let person = NewPerson {
            address: Aor::parse(&format!("{name}@example.com")).expect("an address"),
            aliases: Vec::new(),
            sign_in_name: name.to_owned(),
            enabled: true,
            licensed: true,
            card: Card { display_name: name.to_uppercase(), ..Card::default() },
        };
        services.people.add(&scope, person, Some(PASSWORD)).await.expect("a person");
    }
    let tls = running
        .addresses()
        .iter()
        .find(|listen| listen.offer == Offer::SipAndHttp)
        .expect("it is listened on");
    let server = format!("https://localhost:{}", tls.address.port());
    let run = async |program: &str, flag: &str, script: String| -> Output {
        let mut command = Command::new("timeout");
        command
            .args(["60", program, flag, &script])
            .env("RAPPORT", &server)
            .env("ADDRESS", "ana@example.com")
            .env("PASSWORD", PASSWORD)
            .env("OTHER", "ben@example.com")
            .env("CA", data.join("dev-ca.pem"));
        // The server runs on this thread.
        tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("it runs")
    };
    let curl = run("bash", "-c", format!("set -euo pipefail\n{}", example("sh"))).await;
    let said = String::from_utf8_lossy(&curl.stdout).into_owned();
    assert!(curl.status.success(), "{said}{}", String::from_utf8_lossy(&curl.stderr));
    assert!(said.contains("\"chosen\":\"busy\"") && said.contains("ben@example.com"), "{said}");
    let python = run("python3", "-c", example("python")).await;
    let said = String::from_utf8_lossy(&python.stdout).into_owned();
    assert!(python.status.success(), "{said}{}", String::from_utf8_lossy(&python.stderr));
    assert!(said.contains("signed in as ANA") && said.contains("failed offline"), "{said}");
    assert!(running.shutdown().await, "everything ended by itself");
    std::fs::remove_dir_all(&data).expect("removed");
}
