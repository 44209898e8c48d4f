//! Some of the plays once more: over TLS, against the server as it is shipped, with SQLite and in real time.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;

use rapport::config::{self, Inputs, Settings};
use rapport::server;
use rapport_plays::{Play, Stage, Stream, perform};
use rapport_testkit::driver::Trust;
use tokio::net::TcpStream;

/// Those that need no time to pass.
const PLAYS: [&str; 10] = [
    "contact-limit",
    "contacts",
    "dead-connection",
    "disabled",
    "endpoints",
    "note",
    "own-elsewhere",
    "talk",
    "team",
    "versions",
];

fn settings(data: &Path) -> Settings {
    let set = |key, text: &str| (key, "of a test", text.to_owned());
    let command_line = vec![
        set("data.directory", &data.display().to_string()),
        set("server.name", "sip.test.example"),
        set("listen.tls", "127.0.0.1:0"),
        set("listen.https", ""),
        set("listen.metrics", ""),
        set("passwords.argon2_memory", "64KiB"),
    ];
    config::load(&Inputs { command_line, ..Inputs::default() }).unwrap().0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plays_are_played_over_tls_against_the_server() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in PLAYS {
        let text = std::fs::read_to_string(folder.join(format!("{name}.play"))).unwrap();
        let play = Play::parse(&text).unwrap();
        let data = std::env::temp_dir().join(format!("rapport-plays-{}-{name}", std::process::id()));
        let running = server::start(&settings(&data)).await.unwrap();
        let address = running.addresses().first().unwrap().address;
        let trust = Arc::new(Trust::anyone());
        let stage = Stage::reached_by(running.services().clone(), move || {
            let trust = trust.clone();
            async move {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let stream: Stream = Box::new(trust.connect(stream).await?);
                Ok(stream)
            }
        });
        let outcome = perform(stage, &play).await;
        running.shutdown().await;
        std::fs::remove_dir_all(&data).unwrap();
        outcome.unwrap_or_else(|mishap| panic!("{name}.play, {mishap}"));
    }
}
