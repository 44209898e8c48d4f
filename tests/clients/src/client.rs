//! One real pidgin-sipe client: a process of its own, commands in and events out.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;
use std::{fmt, fs};

use serde_json::{Value, json};

use crate::event::{Buddy, Event};
use crate::scratch::Scratch;
use crate::wire::{Direction, Message};

/// How long a client may take to show what it should. SIPE itself waits a second before it
/// publishes, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sign-in that failed, as the user is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// libpurple's reason, such as `authentication_failed` or `network_error`.
    pub reason: String,
    /// The sentence on the screen.
    pub text: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.text)
    }
}

/// Where and how to sign in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The SIP address without scheme.
    pub address: String,
    /// `DOMAIN\user`, `user@domain`, or empty for the address itself.
    pub login: String,
    pub password: String,
    /// `host:port`.
    pub server: String,
    /// `tls` or `tcp`.
    pub transport: &'static str,
}

#[derive(Debug, Default)]
struct Log {
    events: Vec<Event>,
    taken: Vec<bool>,
    replies: Vec<Value>,
    ended: bool,
}

#[derive(Debug, Default)]
struct Shared {
    log: Mutex<Log>,
    changed: Condvar,
}

impl Shared {
    /// The log, also after a test failed while it looked at it: its client is still to be ended.
    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the client runs and `lacks` something; says whether time ran out.
    fn wait_while(&self, time: Duration, lacks: impl Fn(&Log) -> bool) -> (MutexGuard<'_, Log>, bool) {
        let lacks = |log: &mut Log| !log.ended && lacks(log);
        let (log, result) =
            self.changed.wait_timeout_while(self.lock(), time, lacks).unwrap_or_else(PoisonError::into_inner);
        (log, result.timed_out())
    }
}

/// A running client.
#[derive(Debug)]
pub struct Client {
    name: String,
    scratch: Scratch,
    child: Child,
    stdin: Option<ChildStdin>,
    shared: Arc<Shared>,
    next_id: u64,
    frozen: bool,
    /// The number of events before the last sign-in.
    signed_in: usize,
}

impl Client {
    /// Starts a client on a machine of its own: SIPE makes its endpoint from user, machine name
    /// and address, so two clients of one user need two names.
    pub fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    /// Starts a client with variables in its environment.
    pub fn start_with(name: &str, variables: &[(&str, &str)]) -> Self {
        let scratch = Scratch::new(name);
        let at = |file: &str| scratch.path().join(file);
        let stderr = fs::File::create(at("stderr.log")).expect("the scratch directory is ours");
        let mut child = Command::new(driver())
            .arg("--home")
            .arg(at("home"))
            .arg("--debug-log")
            .arg(at("debug.log"))
            .args(["--sip-events", "--host-name", name])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", scratch.path())
            .env("LC_ALL", "C.UTF-8")
            .env("LANGUAGE", "en")
            .env("TZ", "UTC")
            .env("XDG_CONFIG_HOME", at("xdg-config"))
            .env("XDG_DATA_HOME", at("xdg-data"))
            .env("GST_REGISTRY", at("gst-registry.bin"))
            .env("GST_REGISTRY_FORK", "no")
            .env("GSETTINGS_BACKEND", "memory")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the driver that build.sh compiled starts");
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("stdout was asked for");
        let shared = Arc::new(Shared::default());
        let reader = Arc::clone(&shared);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let value = serde_json::from_str::<Value>(&line)
                    .unwrap_or_else(|_| json!({"event": "garbage", "line": line}));
                let mut log = reader.lock();
                if value.get("event").and_then(Value::as_str) == Some("reply") {
                    log.replies.push(value);
                } else {
                    log.events.push(Event(value));
                    log.taken.push(false);
                }
                reader.changed.notify_all();
            }
            reader.lock().ended = true;
            reader.changed.notify_all();
        });
        let client = Self {
            name: name.to_owned(),
            scratch,
            child,
            stdin,
            shared,
            next_id: 0,
            frozen: false,
            signed_in: 0,
        };
        client.wait("ready", |_| true);
        client
    }

    /// Signs in, and returns when the contact list and the own presence have come.
    ///
    /// # Errors
    /// What the user is told when the sign-in fails.
    pub fn sign_in(&mut self, account: &Account) -> Result<(), Refused> {
        self.sign_in_with(account, json!({}))
    }

    /// Signs in with further settings of the account, as the driver calls them.
    ///
    /// # Errors
    /// What the user is told when the sign-in fails.
    pub fn sign_in_with(&mut self, account: &Account, mut settings: Value) -> Result<(), Refused> {
        let mark = self.mark();
        self.signed_in = mark;
        for (name, value) in [
            ("user", &*account.address),
            ("login", &account.login),
            ("password", &account.password),
            ("server", &account.server),
            ("transport", account.transport),
            ("authentication", "ntlm"),
        ] {
            settings[name] = value.into();
        }
        self.run("connect", settings);
        let end =
            self.wait_after(mark, "end of the sign-in", |e| matches!(e.name(), "connected" | "disconnected"));
        if end.name() == "connected" {
            // SIPE takes whoever is added before its list has come for somebody who was removed.
            for document in ["<contactList", "<roamingData"] {
                self.wait_seen(mark, document, |e| e.name() == "sip" && e.str("text").contains(document));
            }
            return Ok(());
        }
        Err(Refused { reason: end.str("reason").to_owned(), text: end.str("text").to_owned() })
    }

    /// Signs out, and returns when libpurple has let the connection go.
    pub fn sign_out(&mut self) {
        let mark = self.mark();
        self.run("disconnect", json!({}));
        self.wait_after(mark, "sign-out", |e| e.name() == "disconnected");
    }

    /// Ends the process without a word to the server: the kernel closes the connection.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops the process in its tracks: the connection stays open and nobody is behind it.
    pub fn freeze(&mut self) {
        self.frozen = true;
        let status = Command::new("kill").args(["-STOP", &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|s| s.success()), "{} could not be frozen", self.name);
    }

    /// Runs a command of the driver and returns its result.
    pub fn run(&mut self, command: &str, arguments: Value) -> Value {
        match self.try_run(command, arguments) {
            Ok(result) => result,
            Err(error) => panic!("{}: {command}: {error}", self.name),
        }
    }

    /// Runs a command of the driver.
    ///
    /// # Errors
    /// The driver's sentence.
    pub fn try_run(&mut self, command: &str, mut arguments: Value) -> Result<Value, String> {
        self.next_id += 1;
        let id = self.next_id;
        arguments["cmd"] = command.into();
        arguments["id"] = id.into();
        let stdin = self.stdin.as_mut().expect("stdin is open while the client lives");
        writeln!(stdin, "{arguments}").map_err(|e| format!("the driver is gone: {e}"))?;
        let answers = |r: &Value| r.get("id").and_then(Value::as_u64) == Some(id);
        let (mut log, _) = self.shared.wait_while(PATIENCE, |log| !log.replies.iter().any(answers));
        let Some(at) = log.replies.iter().position(answers) else {
            return Err(format!("no reply; logs in {}", self.scratch.path().display()));
        };
        let mut reply = log.replies.swap_remove(at);
        if reply["ok"] == true { Ok(reply["result"].take()) } else { Err(reply["error"].to_string()) }
    }

    /// The number of events so far: where a later wait may begin.
    pub fn mark(&self) -> usize {
        self.shared.lock().events.len()
    }

    /// Waits for an event of a kind that no wait has taken yet, and takes the oldest.
    pub fn wait(&self, kind: &str, want: impl Fn(&Event) -> bool) -> Event {
        self.wait_after(0, kind, |e| e.name() == kind && want(e))
    }

    /// The same with a patience of its own, for what takes long by its nature.
    pub fn wait_within(&self, time: Duration, kind: &str, want: impl Fn(&Event) -> bool) -> Event {
        self.take(time, 0, kind, |e| e.name() == kind && want(e))
    }

    /// Waits for an event from `mark` on, and takes it.
    pub fn wait_after(&self, mark: usize, what: &str, want: impl Fn(&Event) -> bool) -> Event {
        self.take(PATIENCE, mark, what, want)
    }

    fn take(&self, time: Duration, mark: usize, what: &str, want: impl Fn(&Event) -> bool) -> Event {
        let find = |log: &Log| (mark..log.events.len()).find(|&n| !log.taken[n] && want(&log.events[n]));
        let (mut log, _) = self.shared.wait_while(time, |log| find(log).is_none());
        let Some(at) = find(&log) else {
            panic!(
                "{}: no {what} within {time:?}{}; logs in {}; the last events:\n{}",
                self.name,
                if log.ended { " (the client ended)" } else { "" },
                self.scratch.path().display(),
                last(&log)
            );
        };
        log.taken[at] = true;
        log.events[at].clone()
    }

    /// Waits for an event from `mark` on without taking it.
    fn wait_seen(&self, mark: usize, what: &str, want: impl Fn(&Event) -> bool) {
        let seen = |log: &Log| log.events[mark..].iter().any(&want);
        let (log, _) = self.shared.wait_while(PATIENCE, |log| !seen(log));
        assert!(
            seen(&log),
            "{}: no {what} within {PATIENCE:?}; logs in {}; the last events:\n{}",
            self.name,
            self.scratch.path().display(),
            last(&log)
        );
    }

    /// Every event so far, taken or not, that matches.
    pub fn seen(&self, want: impl Fn(&Event) -> bool) -> Vec<Event> {
        self.shared.lock().events.iter().filter(|e| want(e)).cloned().collect()
    }

    /// Every message on the wire so far, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.seen(|e| e.name() == "sip").iter().map(Message::of_event).collect()
    }

    /// Waits for a message on the wire.
    pub fn wait_message(&self, what: &str, want: impl Fn(&Message) -> bool) -> Message {
        let event = self.wait_after(0, what, |e| e.name() == "sip" && want(&Message::of_event(e)));
        Message::of_event(&event)
    }

    /// Waits until a request whose body contains a text has its 200, and returns the request.
    pub fn wait_answered(&self, text: &str) -> Message {
        let request = self.wait_message(text, |m| m.direction == Direction::Out && m.body.contains(text));
        self.wait_message(&format!("the answer to {text}"), |m| {
            m.is_answer(request.method(), 200)
                && m.header("Call-ID") == request.header("Call-ID")
                && m.header("CSeq") == request.header("CSeq")
        });
        request
    }

    /// The contact list as it stands.
    pub fn buddies(&mut self) -> Vec<Buddy> {
        let list = self.run("list_buddies", json!({"full": true}));
        list["buddies"].as_array().into_iter().flatten().map(Buddy::read).collect()
    }

    /// The contact groups that hold somebody, in alphabetical order.
    pub fn groups(&mut self) -> Vec<String> {
        let mut groups: Vec<_> = self.buddies().into_iter().map(|b| b.group).collect();
        groups.sort();
        groups.dedup();
        groups
    }

    /// Looks at every event again, until `look` finds something. `what` should be true by then.
    pub fn wait_until<T>(&mut self, what: &str, look: impl Fn(&mut Self) -> Option<T>) -> T {
        loop {
            let mark = self.mark();
            if let Some(found) = look(self) {
                return found;
            }
            let (log, late) = self.shared.wait_while(PATIENCE, |log| log.events.len() <= mark);
            assert!(
                !late && !log.ended,
                "{}: {what}, but nothing more happens; logs in {}; the last events:\n{}",
                self.name,
                self.scratch.path().display(),
                last(&log)
            );
        }
    }

    /// Waits until the contact list is as wanted.
    pub fn wait_list(&mut self, what: &str, want: impl Fn(&[Buddy]) -> bool) -> Vec<Buddy> {
        self.wait_until(what, |client| {
            let list = client.buddies();
            want(&list).then_some(list)
        })
    }

    /// Waits until a contact is shown as wanted.
    pub fn wait_buddy(&mut self, address: &str, what: &str, want: impl Fn(&Buddy) -> bool) -> Buddy {
        let name = format!("sip:{address}");
        let find = |list: &[Buddy]| list.iter().find(|b| b.name == name && want(b)).cloned();
        let list = self.wait_list(&format!("{address} should be {what}"), |l| find(l).is_some());
        find(&list).expect("it was just found")
    }

    /// Waits until a contact is shown in a state.
    pub fn wait_status(&mut self, address: &str, status: &str) -> Buddy {
        self.wait_buddy(address, status, |b| b.status == status)
    }

    /// Puts a person on the contact list.
    pub fn add(&mut self, address: &str, group: &str) {
        self.run("add_buddy", json!({"who": address, "group": group}));
    }

    /// Chooses a state, with a note that may be empty, once the server has answered what was published before.
    ///
    /// COMPAT(pidgin-sipe 1.25): the answer to a publication makes its state the user's, whatever they have chosen since.
    /// Others may see that state, and a test go on, before the answer is there; no person is as fast.
    pub fn set_status(&mut self, status: &str, note: &str) {
        let begun = self.signed_in;
        self.wait_until("what it published should be answered", |client| {
            let events = client.shared.lock().events[begun..].to_vec();
            let is_lost = events.iter().any(|e| e.name() == "disconnected");
            let messages: Vec<_> =
                events.iter().filter(|e| e.name() == "sip").map(Message::of_event).collect();
            let is_answered = |request: &Message| {
                messages.iter().any(|m| {
                    m.status().is_some_and(|status| status >= 200)
                        && m.header("Call-ID") == request.header("Call-ID")
                        && m.header("CSeq") == request.header("CSeq")
                })
            };
            let is_publication = |m: &&Message| m.is_request("SERVICE") && m.body.contains("<publish ");
            (is_lost || messages.iter().filter(is_publication).all(is_answered)).then_some(())
        });
        self.run("set_status", json!({"status": status, "note": note}));
    }

    /// Sends plain text.
    pub fn say(&mut self, to: &str, text: &str) {
        self.run("send_im", json!({"to": to, "text": text}));
    }

    /// Waits for a message and returns it.
    pub fn hear(&self, from: &str, text: &str) -> Event {
        self.wait("im_received", |e| e.str("from") == format!("sip:{from}") && e.str("text") == text)
    }

    /// Everything that somebody was heard to say, in order.
    pub fn heard(&self, from: &str) -> Vec<String> {
        self.seen(|e| e.name() == "im_received" && e.str("from") == format!("sip:{from}"))
            .iter()
            .map(|e| e.str("text").to_owned())
            .collect()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A client that is asked signs out, which the server is to see in every scenario.
        drop(self.stdin.take());
        if self.frozen {
            self.kill();
        }
        let (log, late) = self.shared.wait_while(Duration::from_secs(5), |_| true);
        drop(log);
        if late {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn last(log: &Log) -> String {
    let mut events: Vec<_> = log.events.iter().rev().filter(|e| e.name() != "sip").take(12).collect();
    events.reverse();
    events.iter().map(|e| format!("  {e:?}\n")).collect()
}

/// The driver's executable, compiled when it isn't there.
fn driver() -> &'static PathBuf {
    static DRIVER: OnceLock<PathBuf> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/build.sh");
        let directory = crate::server::target_directory().join("clients");
        let built = Command::new("sh").arg(script).arg(&directory).output().expect("sh runs");
        assert!(
            built.status.success(),
            "the client did not compile; `cargo xtask test` installs what it needs:\n{}",
            String::from_utf8_lossy(&built.stderr)
        );
        PathBuf::from(String::from_utf8_lossy(&built.stdout).trim_end())
    })
}
