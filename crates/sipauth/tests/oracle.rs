//! gss-ntlmssp, an independent implementation, against ours: both ways, password and signatures.
//!
//! The C program `tests/oracle/gss_ntlm_oracle.c` of the workspace drives it; it is compiled here.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::SystemTime;

use rapport_sipauth::ntlm::client::{Account, Chance, answer};
use rapport_sipauth::ntlm::{
    Authenticate, Challenge, ChannelBinding, FileTime, NtHash, Policy, Refusal, SessionKeys, TargetInfo,
    TargetNames,
};
use rapport_sipauth::signature::{SignedFields, SigningKey, Stamp, signed_text};

const STAMP: Stamp<'static> =
    Stamp { rand: "0a1b2c3d", num: "7", realm: "SIP Communications Service", targetname: "ocs.example.com" };

fn fields() -> SignedFields<'static> {
    SignedFields {
        call_id: "c0ffee01",
        cseq: "3",
        method: "REGISTER",
        from_uri: "sip:alice@example.com",
        from_tag: "f1",
        to_uri: "sip:alice@example.com",
        to_tag: "t1",
        expires: "7200",
        status: Some(200),
        ..SignedFields::default()
    }
}

/// Where Debian's mechanism configuration says the plug-in is.
fn plugin() -> PathBuf {
    std::fs::read_to_string("/etc/gss/mech.d/mech.ntlmssp.conf")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("gssntlmssp"))?;
            line.split_whitespace().nth(2).map(PathBuf::from)
        })
        .filter(|path| path.exists())
        .expect("the Debian package gss-ntlmssp must be installed: it is the second opinion on NTLM")
}

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        assert!(
            Path::new("/usr/include/gssapi/gssapi_ext.h").exists(),
            "the Debian package libkrb5-dev must be installed: it has the headers of the NTLM oracle"
        );
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/gss_ntlm_oracle.c");
        // Each test may be a process of its own, and all of them compile at the same time.
        let program =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("gss_ntlm_oracle-{}", std::process::id()));
        let status = Command::new("cc")
            .args(["-Wall", "-Werror", "-o"])
            .arg(&program)
            .arg(source)
            .arg("-ldl")
            .status()
            .expect("the Debian package gcc must be installed: it compiles the NTLM oracle");
        assert!(status.success(), "the NTLM oracle must compile");
        program
    })
}

struct Oracle {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the program; as an acceptor it knows the users in `users`, one `DOMAIN:user:password` a line.
    fn start(name: &str, users: &str) -> Self {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ntlm-users-{name}"));
        std::fs::write(&file, users).unwrap();
        let mut child = Command::new(program())
            .arg(plugin())
            .env("NTLM_USER_FILE", file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, commands, answers }
    }

    fn ask(&mut self, command: &str, words: &[&[u8]]) -> String {
        let mut line = command.to_owned();
        for word in words {
            line.push('\t');
            line.push_str(&hex(word));
        }
        writeln!(self.commands, "{line}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    fn ask_bytes(&mut self, command: &str, words: &[&[u8]]) -> Vec<u8> {
        let answer = self.ask(command, words);
        assert!(!answer.is_empty() && !answer.starts_with("refused"), "{command}: {answer}");
        unhex(&answer)
    }

    /// Our signatures and the oracle's must be the same bytes.
    fn compare_signatures(&mut self, ours: &SigningKey, theirs: &SigningKey) {
        for fields in [fields(), SignedFields { method: "INVITE", status: None, ..fields() }] {
            let text = signed_text(&STAMP, &fields);
            let signature = ours.sign(&STAMP, &fields);
            assert_eq!(self.ask("verify", &[text.as_bytes(), signature.as_bytes()]), "ok");
            let other = theirs.sign(&STAMP, &fields);
            let refused = self.ask("verify", &[text.as_bytes(), other.as_bytes()]);
            assert!(refused.starts_with("refused"), "a signature of the wrong direction: {refused}");
            let received = hex(&self.ask_bytes("sign", &[text.as_bytes()]));
            assert!(theirs.verify(&STAMP, &fields, &received));
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn challenge() -> Challenge {
    let names = TargetNames {
        netbios_domain: "EXAMPLE",
        netbios_computer: "OCS",
        dns_domain: "example.com",
        dns_computer: "ocs.example.com",
        dns_tree: "example.com",
    };
    Challenge::new(&TargetInfo::new(&names).unwrap(), *b"\x01\x23\x45\x67\x89\xAB\xCD\xEF")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the oracle reads the real clock, so its time is compared with it"
)]
fn now() -> FileTime {
    FileTime::from_unix(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap())
}

/// The oracle signs in to us.
fn sign_in(oracle: &mut Oracle, user: &str, password: &str, target: &str) -> Authenticate {
    let challenge = challenge();
    let words = [challenge.message(), b"EXAMPLE", user.as_bytes(), password.as_bytes(), target.as_bytes()];
    let words = if target.is_empty() { &words[..4] } else { &words[..] };
    Authenticate::parse(&oracle.ask_bytes("initiate", words)).unwrap()
}

#[test]
fn we_accept_its_answer_and_agree_on_signatures() {
    for (name, user, password, target) in [
        ("plain", "alice", "Alice-pw1", ""),
        ("umlaut", "jürgen", "Pä$$wörd", ""),
        ("umlaut-alone", "müller", "Alice-pw1", ""),
        ("sigma", "ΣΊΣΥΦΟΣ", "Alice-pw1", ""),
        ("small-sigma", "σίσυφος", "Alice-pw1", ""),
        // Its capitals are those of Unicode's full mapping (STRASSE, Greek for the micro sign), not those of Windows.
        ("sharp-s", "straße", "Alice-pw1", ""),
        ("cyrillic", "жанна", "Alice-pw1", ""),
        ("micro", "µ", "Alice-pw1", ""),
        ("dotless", "ı", "Alice-pw1", ""),
        ("long-s", "ſ", "Alice-pw1", ""),
        ("title", "ǅ", "Alice-pw1", ""),
        ("y", "ÿ", "Alice-pw1", ""),
        ("outside", "𐐨", "Alice-pw1", ""),
        ("target", "alice", "Alice-pw1", "sip@ocs.example.com"),
    ] {
        let mut oracle = Oracle::start(name, "");
        let authenticate = sign_in(&mut oracle, user, password, target);
        assert_eq!((authenticate.user(), authenticate.domain()), (user, "EXAMPLE"));
        let keys = authenticate
            .verify(&NtHash::of_password(password), &challenge(), &Policy::at(now()))
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        oracle.compare_signatures(&SigningKey::server(&keys), &SigningKey::client(&keys));
    }
}

/// Our challenge with a timestamp, which makes an initiator add a MIC.
fn challenge_with_time() -> Challenge {
    let mut message = challenge().message().to_vec();
    let end = message.len() - 4;
    let pair = [&[7, 0, 8, 0][..], &now().0.to_le_bytes()].concat();
    message.splice(end..end, pair);
    let info_len = ((message.len() - 56) as u16).to_le_bytes();
    message[40..44].copy_from_slice(&[info_len, info_len].concat());
    Challenge::parse(&message).unwrap()
}

#[test]
fn we_agree_on_the_mic() {
    let mut oracle = Oracle::start("mic", "");
    let challenge = challenge_with_time();
    let token = oracle.ask_bytes("initiate-mic", &[challenge.message(), b"EXAMPLE", b"alice", b"Alice-pw1"]);
    let verify = |token: &[u8]| {
        let authenticate = Authenticate::parse(token).unwrap();
        authenticate.verify(&NtHash::of_password("Alice-pw1"), &challenge, &Policy::at(now()))
    };
    let keys = verify(&token).unwrap();
    oracle.compare_signatures(&SigningKey::server(&keys), &SigningKey::client(&keys));
    for at in 72..88 {
        let mut altered = token.clone();
        altered[at] ^= 1;
        assert_eq!(verify(&altered).unwrap_err(), Refusal::BadMic);
    }
}

#[test]
fn we_refuse_its_answer_with_a_wrong_password() {
    let mut oracle = Oracle::start("wrong", "");
    let authenticate = sign_in(&mut oracle, "alice", "Alice-pw2", "");
    let outcome = authenticate.verify(&NtHash::of_password("Alice-pw1"), &challenge(), &Policy::at(now()));
    assert_eq!(outcome.unwrap_err(), Refusal::WrongPassword);
}

#[test]
fn we_refuse_its_answer_for_another_service() {
    let mut oracle = Oracle::start("foreign", "");
    let authenticate = sign_in(&mut oracle, "alice", "Alice-pw1", "cifs@files.example.com");
    let outcome = authenticate.verify(&NtHash::of_password("Alice-pw1"), &challenge(), &Policy::at(now()));
    assert_eq!(outcome.unwrap_err(), Refusal::ForeignTarget);
}

/// A certificate's hash, as TLS would give it; ours and somebody else's.
const CERTIFICATES: [[u8; 32]; 2] = [[0x5A; 32], [0x5B; 32]];

fn bind(oracle: &mut Oracle, certificate: &[u8]) {
    assert_eq!(oracle.ask("bind", &[&[b"tls-server-end-point:", certificate].concat()]), "ok");
}

#[test]
fn we_refuse_its_answer_over_a_connection_to_somebody_else() {
    for (number, sent) in [None, Some(CERTIFICATES[0]), Some(CERTIFICATES[1])].into_iter().enumerate() {
        let mut oracle = Oracle::start(&format!("bound-{number}"), "");
        if let Some(certificate) = sent {
            bind(&mut oracle, &certificate);
        }
        let authenticate = sign_in(&mut oracle, "alice", "Alice-pw1", "");
        for ours in CERTIFICATES {
            let channel_binding = Some(ChannelBinding::tls_server_end_point(&ours));
            let policy = Policy { channel_binding, ..Policy::at(now()) };
            let outcome = authenticate.verify(&NtHash::of_password("Alice-pw1"), &challenge(), &policy);
            let refused = sent.is_some_and(|sent| sent != ours).then_some(Refusal::ForeignChannel);
            assert_eq!(outcome.err(), refused, "{number}");
        }
    }
}

#[test]
fn it_refuses_our_answer_over_a_connection_to_somebody_else() {
    for (name, sent, accepted) in [("ours-bound", 0, true), ("ours-bound-elsewhere", 1, false)] {
        let mut oracle = Oracle::start(name, "EXAMPLE:alice:Alice-pw1\n");
        bind(&mut oracle, &CERTIFICATES[0]);
        let binding = ChannelBinding::tls_server_end_point(&CERTIFICATES[sent]);
        let (outcome, _) = answer_over(&mut oracle, "alice", "Alice-pw1", Some(binding));
        assert_eq!(outcome == "ok", accepted, "{name}: {outcome}");
    }
}

/// We sign in to the oracle.
fn answer_to(oracle: &mut Oracle, user: &str, password: &str) -> (String, SessionKeys) {
    answer_over(oracle, user, password, None)
}

fn answer_over(
    oracle: &mut Oracle,
    user: &str,
    password: &str,
    channel_binding: Option<ChannelBinding>,
) -> (String, SessionKeys) {
    let challenge = Challenge::parse(&oracle.ask_bytes("challenge", &[])).unwrap();
    let account = Account {
        user,
        domain: "EXAMPLE",
        workstation: "PC",
        nt_hash: NtHash::of_password(password),
        channel_binding,
    };
    let chance = Chance { client_challenge: [3; 8], exported_session_key: [4; 16], time: now() };
    let (token, keys) = answer(&challenge, &account, &chance);
    (oracle.ask("authenticate", &[&token]), keys)
}

#[test]
fn it_accepts_our_answer_and_agrees_on_signatures() {
    let users = "EXAMPLE:alice:Alice-pw1\nEXAMPLE:jürgen:Pä$$wörd\n";
    for (name, user, password) in [("ours", "alice", "Alice-pw1"), ("ours-umlaut", "jürgen", "Pä$$wörd")] {
        let mut oracle = Oracle::start(name, users);
        let (outcome, keys) = answer_to(&mut oracle, user, password);
        assert_eq!(outcome, "ok", "{name}");
        oracle.compare_signatures(&SigningKey::client(&keys), &SigningKey::server(&keys));
    }
}

#[test]
fn it_refuses_our_answer_with_a_wrong_password() {
    let mut oracle = Oracle::start("ours-wrong", "EXAMPLE:alice:Alice-pw1\n");
    let (outcome, _) = answer_to(&mut oracle, "alice", "Alice-pw2");
    assert!(outcome.starts_with("refused answer"), "{outcome}");
}
