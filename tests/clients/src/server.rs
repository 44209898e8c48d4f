//! The real server: the `rapport` binary with a data directory and ports of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{env, fs, thread};

use rapport_testkit::clock::SystemClock;
use rapport_testkit::ports;
use serde_json::Value;

use crate::client::{Account, Client};
use crate::scratch::Scratch;

/// How long the server may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs, or that was killed and may be started again where it was.
#[derive(Debug)]
pub struct Server {
    scratch: Scratch,
    child: Option<Child>,
    ports: Ports,
    settings: Vec<(String, String)>,
    traced: bool,
    data: PathBuf,
    log: PathBuf,
    wrapper: Vec<String>,
}

/// What a server is given beside its ports: where it keeps its data and its log, and what stands in its environment.
#[derive(Debug, Default)]
pub struct Setup {
    /// Settings such as `("limits.sign_in", "2s")`.
    pub settings: Vec<(String, String)>,
    /// Other variables of its environment.
    pub environment: Vec<(String, String)>,
    /// The data directory; one of the server's own when there is none.
    pub data: Option<PathBuf>,
    /// Where standard error goes; a file of the server's own when there is none.
    pub log: Option<PathBuf>,
    /// A program that becomes the server, with its arguments; the server and its own arguments follow. May be empty.
    pub wrapper: Vec<String>,
}

impl Setup {
    /// Adds a setting.
    #[must_use]
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    tls: u16,
    https: u16,
    tcp: u16,
    metrics: u16,
}

impl Ports {
    /// Takes ports that stay this server's, also while it is down.
    fn take() -> Self {
        let [tls, https, tcp, metrics] = std::array::from_fn(|_| ports::take());
        Self { tls, https, tcp, metrics }
    }
}

impl Server {
    /// Starts a server without companies, on ports of its own.
    pub fn start() -> Self {
        Self::configured(&[])
    }

    /// Starts a server with settings of its own, such as `("limits.sign_in", "2s")`; they go
    /// into its environment, where each key has a name.
    pub fn configured(settings: &[(&str, &str)]) -> Self {
        Self::with(settings.iter().fold(Setup::default(), |setup, (key, value)| setup.setting(key, value)))
    }

    /// Starts a server with this setup.
    pub fn with(setup: Setup) -> Self {
        Self::begin(setup, false)
    }

    /// Starts a server whose system calls are written down, see [`Self::system_calls`].
    pub fn traced() -> Self {
        Self::begin(Setup::default(), true)
    }

    fn begin(setup: Setup, traced: bool) -> Self {
        let name = |key: &str| format!("RAPPORT_{}", key.replace('.', "_").to_uppercase());
        let settings = setup.settings.into_iter().map(|(key, value)| (name(&key), value));
        let scratch = Scratch::new("server");
        let mut server = Self {
            child: None,
            ports: Ports::take(),
            settings: settings.chain(setup.environment).collect(),
            traced,
            data: setup.data.unwrap_or_else(|| scratch.path().join("data")),
            log: setup.log.unwrap_or_else(|| scratch.path().join("server.log")),
            wrapper: setup.wrapper,
            scratch,
        };
        if let Err(said) = server.try_start() {
            panic!("the server does not start: {said}");
        }
        server
    }

    /// Starts a server with one company, `example.com`, and people of these names, each with the
    /// password that [`password`] gives.
    pub fn with_people(names: &[&str]) -> Self {
        let server = Self::start();
        server.add_company("example", "example.com");
        for name in names {
            server.add_user("example", name, "example.com");
        }
        server
    }

    fn try_start(&mut self) -> Result<(), String> {
        let data = self.data();
        fs::create_dir_all(&data).map_err(|e| e.to_string())?;
        let config = self.scratch.path().join("rapport.toml");
        fs::write(&config, self.configuration()).map_err(|e| e.to_string())?;
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.log()).map_err(|e| e.to_string())?;
        let mut child = self
            .program()
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .arg("--data")
            .arg(&data)
            .envs(self.settings.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|e| format!("{} does not start: {e}", binary().display()))?;
        let stdout = child.stdout.take().expect("stdout was asked for");
        let (said, ready) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        self.child = Some(child);
        loop {
            match ready.recv_timeout(PATIENCE) {
                Ok(line) if line.starts_with("ready") => return Ok(()),
                Ok(_) => {}
                Err(e) => {
                    self.kill();
                    let end = match e {
                        RecvTimeoutError::Timeout => "it is not ready in time",
                        RecvTimeoutError::Disconnected => "it ended",
                    };
                    return Err(format!("{end}:\n{}", self.logged()));
                }
            }
        }
    }

    /// The server, or strace that starts it and stands aside: the server is our child either way.
    fn program(&self) -> Command {
        if let Some((program, arguments)) = self.wrapper.split_first() {
            let mut wrapper = Command::new(program);
            wrapper.args(arguments).arg(binary());
            return wrapper;
        }
        if !self.traced {
            return Command::new(binary());
        }
        let mut strace = Command::new("strace");
        strace
            .args(["-D", "-f", "-qq", "-y", "-s", "16384", "--signal=none", "-e"])
            .arg("trace=connect,recvfrom,read,readv,write,writev,sendto,sendmsg,fsync,fdatasync")
            .arg("-o")
            .arg(self.trace())
            .arg(binary());
        strace
    }

    fn trace(&self) -> PathBuf {
        self.scratch.path().join("system-calls")
    }

    /// The system calls of a traced server so far, in the order in which they ended, a line each.
    pub fn system_calls(&self) -> Vec<String> {
        let text = fs::read(self.trace()).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    /// Waits until they are as wanted: they are written down a moment after they have ended.
    ///
    /// # Panics
    /// When they aren't in time.
    pub fn wait_system_calls(&self, what: &str, want: impl Fn(&[String]) -> bool) -> Vec<String> {
        let begun = SystemClock.monotonic_time();
        loop {
            let calls = self.system_calls();
            if want(&calls) {
                return calls;
            }
            assert!(begun.elapsed() < PATIENCE, "not so: {what}; the calls were:\n{}", calls.join("\n"));
            thread::park_timeout(Duration::from_millis(20));
        }
    }

    fn configuration(&self) -> String {
        let Ports { tls, https, tcp, metrics } = self.ports;
        format!(
            "[server]\nname = \"localhost\"\n\
             [listen]\n\
             tls = [\"127.0.0.1:{tls}\"]\n\
             https = [\"127.0.0.1:{https}\"]\n\
             tcp = [\"127.0.0.1:{tcp}\"]\n\
             metrics = \"127.0.0.1:{metrics}\"\n"
        )
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    fn log(&self) -> PathBuf {
        self.log.clone()
    }

    /// Its process, while it runs.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Everything that the server has logged.
    pub fn logged(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Waits until it has logged something.
    ///
    /// # Panics
    /// When it doesn't in time.
    pub fn wait_logged(&self, what: &str) {
        let begun = SystemClock.monotonic_time();
        while !self.logged().contains(what) {
            assert!(begun.elapsed() < PATIENCE, "{what} was not logged, but:\n{}", self.logged());
            thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Where SIP over TLS is spoken.
    pub fn tls(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.ports.tls).into()
    }

    /// Where SIP over TLS is told from HTTPS: the port that plays 443.
    pub fn https(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.ports.https).into()
    }

    /// Where metrics and health are served.
    pub fn metrics(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.ports.metrics).into()
    }

    /// Where SIP is spoken in plain TCP.
    pub fn tcp(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.ports.tcp).into()
    }

    /// Ends the process as a power cut would, from the program's point of view.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Ends the process as an administrator does (SIGTERM), and waits for its end.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let status = Command::new("kill").arg(child.id().to_string()).status();
        assert!(status.is_ok_and(|s| s.success()), "the server could not be told to stop");
        let end = child.wait().expect("it is our child");
        assert!(end.success(), "the server ended with {end}:\n{}", self.logged());
    }

    /// Starts the server again with the ports and the data that it had.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "it runs");
        if let Err(said) = self.try_restart() {
            panic!("the server does not start again: {said}");
        }
    }

    /// Starts the server again, if it will.
    ///
    /// # Errors
    /// What it logged when it did not start.
    pub fn try_restart(&mut self) -> Result<(), String> {
        self.try_start()
    }

    /// Runs a management verb with `--json` and returns what it printed.
    pub fn manage<A: AsRef<OsStr>>(&self, arguments: &[A], input: &str) -> Value {
        match self.try_manage(arguments, input) {
            Ok(value) => value,
            Err(said) => panic!("a management verb failed: {said}"),
        }
    }

    /// Runs a management verb with `--json`.
    ///
    /// # Errors
    /// What the verb printed when it failed.
    pub fn try_manage<A: AsRef<OsStr>>(&self, arguments: &[A], input: &str) -> Result<Value, String> {
        let mut child = Command::new(binary())
            .args(arguments)
            .arg("--json")
            .arg("--data")
            .arg(self.data())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{} does not start: {e}", binary().display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A verb that reads nothing may have closed its end.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(crate::tools::said(&output));
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
    }

    /// Adds a company whose people sign in with their account's own password, and its SIP
    /// domain.
    pub fn add_company(&self, company: &str, domain: &str) {
        let netbios = company.to_uppercase();
        let what = ["tenant", "add", company, "--domain", domain, "--netbios-name", &netbios];
        self.manage(&[&what[..], &["--account-passwords"]].concat(), "");
    }

    /// Adds a licensed person to a company.
    pub fn add_user(&self, company: &str, name: &str, domain: &str) {
        let display = display_name(name);
        self.manage(
            &[
                "user",
                "add",
                company,
                &format!("{name}@{domain}"),
                "--display-name",
                &display,
                "--password-stdin",
            ],
            &password(name),
        );
    }

    /// How a person of the company `example` signs in.
    pub fn account(&self, name: &str) -> Account {
        self.account_at(name, "example.com", "EXAMPLE")
    }

    /// How a person of any company signs in.
    pub fn account_at(&self, name: &str, domain: &str, netbios: &str) -> Account {
        Account {
            address: format!("{name}@{domain}"),
            login: format!("{netbios}\\{name}"),
            password: password(name),
            server: self.tls().to_string(),
            transport: "tls",
        }
    }

    /// Starts a client and signs a person of `example.com` in.
    pub fn connect(&self, name: &str) -> Client {
        self.connect_from(name, &format!("{name}-pc"))
    }

    /// Starts a client on a machine of this name and signs a person of `example.com` in.
    pub fn connect_from(&self, name: &str, machine: &str) -> Client {
        let mut client = Client::start(machine);
        if let Err(refused) = client.sign_in(&self.account(name)) {
            panic!("{name} could not sign in: {refused}; the server logged:\n{}", self.logged());
        }
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The password of a person in these tests.
pub fn password(name: &str) -> String {
    format!("{name}: long enough 26")
}

/// The display name of a person in these tests: `alice` is "Alice Example".
pub fn display_name(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest} Example", first.to_uppercase())
}

/// The server under test: `RAPPORT_BIN`, or the one that was built beside this test.
fn binary() -> PathBuf {
    let path =
        env::var_os("RAPPORT_BIN").map_or_else(|| target_directory().join("debug/rapport"), PathBuf::from);
    assert!(
        path.exists(),
        "{} is not there: `cargo build -p rapport` (cargo xtask test does it)",
        path.display()
    );
    path
}

/// The directory that cargo builds in, found from this very executable, which is in
/// `<target>/debug/deps`.
pub(crate) fn target_directory() -> PathBuf {
    let test = env::current_exe().expect("the system knows what runs");
    test.ancestors().nth(3).map_or_else(|| PathBuf::from("target"), Path::to_path_buf)
}
