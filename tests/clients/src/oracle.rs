//! NTLM as somebody else computes it: Debian's `gss-ntlmssp`, driven by the program in
//! `tests/oracle`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{fs, process};

use crate::server::target_directory;

/// One side of one security association.
#[derive(Debug)]
pub struct Oracle {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the program, compiled when it isn't there.
    pub fn start() -> Self {
        let mut child = Command::new(program())
            .arg(plugin())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle that was compiled starts");
        let commands = child.stdin.take().expect("stdin was asked for");
        let answers = BufReader::new(child.stdout.take().expect("stdout was asked for"));
        Self { child, commands, answers }
    }

    /// Answers a challenge as a client: AUTHENTICATE.
    pub fn initiate(&mut self, challenge: &[u8], domain: &str, user: &str, password: &str) -> Vec<u8> {
        let words = [challenge, domain.as_bytes(), user.as_bytes(), password.as_bytes()];
        let answer = self.ask("initiate", &words);
        unhex(&answer).unwrap_or_else(|| panic!("the oracle does not answer the challenge: {answer}"))
    }

    /// Signs a text, as hexadecimal digits.
    pub fn sign(&mut self, text: &str) -> String {
        let answer = self.ask("sign", &[text.as_bytes()]);
        assert!(!answer.starts_with("refused"), "the oracle does not sign: {answer}");
        answer
    }

    /// Whether the other side signed this text so.
    pub fn verifies(&mut self, text: &str, signature: &str) -> bool {
        unhex(signature).is_some_and(|s| self.ask("verify", &[text.as_bytes(), &s]) == "ok")
    }

    fn ask(&mut self, command: &str, words: &[&[u8]]) -> String {
        let mut line = command.to_owned();
        for word in words {
            line.push('\t');
            line.extend(word.iter().map(|byte| format!("{byte:02x}")));
        }
        writeln!(self.commands, "{line}").expect("the oracle listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the oracle answers");
        answer.trim_end().to_owned()
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    if text.len() % 2 == 1 || text.is_empty() {
        return None;
    }
    (0..text.len()).step_by(2).map(digits).collect()
}

/// Where Debian's mechanism configuration says the plug-in is.
fn plugin() -> String {
    fs::read_to_string("/etc/gss/mech.d/mech.ntlmssp.conf")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("gssntlmssp"))?;
            line.split_whitespace().nth(2).map(str::to_owned)
        })
        .expect("`cargo xtask test` installs gss-ntlmssp")
}

fn program() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oracle/gss_ntlm_oracle.c");
    let directory = target_directory().join("clients");
    fs::create_dir_all(&directory).expect("the target directory is ours");
    // Renamed into place, because several tests may compile it at the same time.
    let made = directory.join(format!("gss-ntlm-oracle.{}", process::id()));
    let built =
        Command::new("cc").args(["-Wall", "-Werror", "-o"]).arg(&made).arg(source).arg("-ldl").status();
    assert!(
        built.is_ok_and(|s| s.success()),
        "the oracle does not compile; `cargo xtask test` installs gcc and libkrb5-dev"
    );
    let program = directory.join("gss-ntlm-oracle");
    fs::rename(&made, &program).expect("the target directory is ours");
    program
}
