//! The binary under test, in a directory of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A directory that is gone after the test.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rapport-binary-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A command of the binary, without whatever this machine has configured.
pub(crate) fn rapport(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RAPPORT_")) {
        command.env_remove(name);
    }
    command
}

/// Asks a name server for an address until there is an answer, whatever it says.
pub(crate) fn await_names(server: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("set");
    let query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x00\x00\x01\x00\x01";
    #[expect(clippy::disallowed_methods, reason = "a test that hangs ends")]
    let began = Instant::now();
    loop {
        let _ = socket.send_to(query, server);
        if socket.recv(&mut [0; 512]).is_ok() {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(90), "the names are not answered");
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that runs until the test ends.
pub(crate) struct Server {
    child: Option<Child>,
    said: Vec<String>,
    log: BufReader<ChildStderr>,
    logged: String,
    data: PathBuf,
}

impl Server {
    /// Starts `rapport serve` on ports that the system chooses.
    pub(crate) fn start(directory: &Directory) -> Self {
        let config = directory.write(
            "rapport.toml",
            "[server]\nname = \"sip.test.example\"\n[listen]\ntls = \"127.0.0.1:0\"\nhttps = \"127.0.0.1:0\"\n\
             tcp = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\n[passwords]\nargon2_memory = \"64KiB\"\n",
        );
        let data = directory.path().join("data");
        let config = config.display().to_string();
        Self::run(rapport(&["serve", "--config", &config, "--data", &data.display().to_string()]), data)
    }

    /// Runs a command that becomes a server, and waits until it is ready.
    pub(crate) fn run(mut command: Command, data: PathBuf) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut said = Vec::new();
        let mut log = BufReader::new(child.stderr.take().expect("piped"));
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        loop {
            match lines.next() {
                Some(Ok(line)) if line.starts_with("ready") => break,
                Some(Ok(line)) => said.push(line),
                _ => {
                    let mut logged = String::new();
                    let _ = log.read_to_string(&mut logged);
                    panic!("the server did not become ready: {logged}");
                }
            }
        }
        Self { child: Some(child), said, log, logged: String::new(), data }
    }

    /// Everything that was said before it was ready.
    pub(crate) fn said(&self) -> String {
        self.said.join("\n")
    }

    /// The address behind that word in what was said.
    pub(crate) fn address(&self, what: &str) -> SocketAddr {
        let line = self.said.iter().find(|line| line.starts_with(what)).expect("it was said");
        let word = line.split(' ').next_back().expect("a word");
        word.trim_start_matches("http://").trim_end_matches("/metrics").parse().expect("an address")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.id().to_string()]).status();
        assert!(status.expect("kill is there").success());
    }

    /// Reads the log until a line has that text.
    pub(crate) fn wait_for(&mut self, what: &str) {
        loop {
            let before = self.logged.len();
            let read = self.log.read_line(&mut self.logged).expect("the log is text");
            assert!(read > 0, "{what} was not logged: {}", self.logged);
            if self.logged.get(before..).is_some_and(|line| line.contains(what)) {
                return;
            }
        }
    }

    /// Reads the log until each text has been in a line of it, in whatever order.
    pub(crate) fn wait_for_each(&mut self, what: &[&str]) {
        for text in what {
            if !self.logged.contains(text) {
                self.wait_for(text);
            }
        }
    }

    /// Waits for the end, and returns how it ended and all that was logged.
    pub(crate) fn wait(&mut self) -> (ExitStatus, String) {
        self.log.read_to_string(&mut self.logged).expect("the log is text");
        let status = self.child.take().expect("it runs").wait().expect("it is ours");
        (status, std::mem::take(&mut self.logged))
    }

    pub(crate) fn stop(mut self) -> String {
        self.signal("-TERM");
        let (status, log) = self.wait();
        assert!(status.success(), "{status}: {log}");
        log
    }

    /// Runs a management verb.
    pub(crate) fn verb(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = rapport(arguments);
        command.arg("--data").arg(&self.data);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // A verb that reads nothing may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        child.wait_with_output().expect("it is ours")
    }

    /// Runs a management verb that must succeed, and returns what it printed.
    pub(crate) fn done(&self, arguments: &[&str], input: &str) -> String {
        let output = self.verb(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a management verb with `--json`.
    pub(crate) fn json(&self, arguments: &[&str], input: &str) -> Value {
        let printed = self.done(&[arguments, &["--json"]].concat(), input);
        serde_json::from_str(&printed).expect("JSON")
    }

    /// Runs a management verb that must fail with that code, and returns its sentence.
    pub(crate) fn fails(&self, arguments: &[&str], input: &str, code: i32) -> String {
        let output = self.verb(arguments, input);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stderr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
