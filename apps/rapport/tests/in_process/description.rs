//! The web API by its description: schemathesis, a foreign tool, makes requests of it, right ones and wrong ones, and finds
//! nothing in the answers that the description doesn't say.
//!
//! What it checks stands in `tests/description/schemathesis.toml`, who asks in `hooks.py`; `cargo xtask test` brings it.

use std::path::Path;
use std::process::Command;

use crate::{PASSWORD, directory, served};

/// Whose requests are tried: each has several browsers, and some do what ends others.
const PEOPLE: [&str; 8] = ["ana", "ben", "cleo", "dora", "emil", "finn", "gus", "pat"];
/// So many requests are made at the least.
const CASES: u64 = 1500;

/// Reads the number before those words in what schemathesis says.
fn number(said: &str, words: &str) -> Option<u64> {
    let (before, _) = said.split_once(words)?;
    before.rsplit([' ', '\n', '(']).next()?.replace(',', "").parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing_in_the_web_api_that_its_description_does_not_say() {
    let data = directory("description");
    let (running, origin) = served(&data, &PEOPLE).await;
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let description = project.join("../../docs/api/openapi.json");
    let program = project.join("../../target/schemathesis/venv/bin/schemathesis");
    assert!(program.exists(), "{} is not there; `cargo xtask test` brings it", program.display());
    let mut command = Command::new("timeout");
    command
        .arg("340")
        .arg(program)
        .arg("--config-file")
        .arg(project.join("tests/description/schemathesis.toml"))
        .args(["run", "--no-color", "--url", &origin])
        .arg(&description)
        // What it remembers from one run to the next would make them differ.
        .current_dir(&data)
        .env("SCHEMATHESIS_HOOKS", project.join("tests/description/hooks.py"))
        .env("DESCRIPTION", &description)
        .env("RAPPORT", &origin)
        .env("PASSWORD", PASSWORD)
        .env("PEOPLE", PEOPLE.join(" "))
        .env("CA", data.join("dev-ca.pem"))
        // What this machine says of certificates and proxies is about other servers.
        .env("REQUESTS_CA_BUNDLE", data.join("dev-ca.pem"))
        .env("NO_PROXY", "localhost")
        .env("no_proxy", "localhost")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let run =
        tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("it runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{said}{complaints}");
    let cases = number(&said, " generated, ").unwrap_or_default();
    assert!(cases >= CASES, "only {cases} cases: {said}");
    assert!(running.shutdown().await, "everything ended by itself");
    std::fs::remove_dir_all(&data).expect("removed");
}
