//! The live view from outside.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rapport_testkit::client::Profile;
use rapport_testkit::clock::SystemClock;
use rapport_testkit::driver::Client;

use crate::support::{Directory, Server, rapport};

const PASSWORD: &str = "quinoa-Harbour-7142";

#[test]
fn what_the_server_does_is_shown_once_and_again_and_again() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    server.done(&["tenant", "add", "boats", "--domain", "boats.example"], "");
    let once = server.done(&["status", "--every", "0.1"], "");
    assert!(
        once.starts_with("Rapport ") && once.contains("ENDPOINTS") && once.contains("\nboats "),
        "{once}"
    );
    let watched = server.done(&["status", "--watch", "--every", "0.1", "--count", "3"], "");
    assert_eq!(watched.matches("COMPANY  ENDPOINTS").count(), 3, "{watched}");
    assert!(!watched.contains('\u{1b}'), "a file gets no terminal escapes");
    let value = server.json(&["status", "--every", "0.1"], "");
    assert_eq!(value["companies"][0]["company"], "boats");
    assert!(server.fails(&["status", "--count", "3"], "", 2).contains("--watch"));
    server.stop();
}

/// The figures of a company in the pages of `status --watch`, page by page.
struct Watched(std::process::Child, std::io::Lines<BufReader<std::process::ChildStdout>>);

impl Watched {
    fn start(directory: &Directory) -> Self {
        let data = directory.path().join("data").display().to_string();
        let mut command = rapport(&["status", "--watch", "--every", "0.5", "--data", &data]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self(child, lines)
    }

    /// Endpoints, and per second messages, notifications, publications and sign-ins, of the next page.
    fn row(&mut self, company: &str) -> [f64; 5] {
        let mut lines = self.1.by_ref().map(|line| line.expect("text"));
        let row = lines.find(|line| line.split_whitespace().next() == Some(company)).expect("a row");
        let figures = row.split_whitespace().skip(1).map(|figure| figure.parse().expect("a figure"));
        figures.collect::<Vec<f64>>().try_into().expect("five figures")
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn who_is_signed_in_and_what_they_say_is_in_the_row_of_their_company_alone() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    for company in ["boats", "cars"] {
        let domain = format!("{company}.example");
        server.done(&["tenant", "add", company, "--domain", &domain, "--account-passwords"], "");
    }
    for who in ["kim@boats.example", "lee@boats.example"] {
        server.done(&["user", "add", "boats", who, "--password-stdin"], &format!("{PASSWORD}\n"));
    }
    let mut watched = Watched::start(&directory);
    assert_eq!(watched.row("boats"), [0.0; 5], "nobody is there yet");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let address = server.address("SIP over plain TCP");
    let sign_in = async |who: &str, seed| {
        let profile = Profile::new(who, PASSWORD, seed).at(SystemClock.wall_time());
        let mut client = Client::tcp(address, profile).await.expect("connected");
        client.sign_in().await.expect("signed in");
        client
    };
    let (mut kim, mut lee) = runtime
        .block_on(async { (sign_in("kim@boats.example", 1).await, sign_in("lee@boats.example", 2).await) });
    // How much a page tells of depends on how late the next look is on a busy machine; that it tells doesn't.
    loop {
        let row = watched.row("boats");
        assert!(row[0] <= 2.0, "{row:?}");
        if row[4] > 0.0 {
            break;
        }
    }
    while watched.row("boats")[0] < 2.0 {}

    runtime.block_on(async {
        let (watch, _) = lee.subscribe_presence(["kim@boats.example"]);
        lee.success(watch).await.expect("watched");
        let (invite, talk) = kim.invite("lee@boats.example");
        let talking = async {
            kim.success(invite).await.expect("answered");
            for n in 0..20 {
                let message = kim.message(&talk, &format!("hello {n}")).expect("the conversation is there");
                kim.success(message).await.expect("answered");
            }
        };
        tokio::select! {
            () = talking => {}
            // Lee's client answers only while something is awaited of it.
            event = lee.expect("nothing", |_| false) => panic!("{:?}", event.err()),
        }
    });
    loop {
        let (row, other) = (watched.row("boats"), watched.row("cars"));
        assert!(row[0] == 2.0 && other == [0.0; 5], "{row:?} {other:?}");
        if row[1] > 0.0 {
            break;
        }
    }
    let once = server.json(&["status", "--every", "0.1"], "");
    let companies = once["companies"].as_array().expect("companies");
    let boats = companies.iter().find(|company| company["company"] == "boats").expect("boats");
    assert_eq!((boats["endpoints"].as_u64(), boats["signIns"].as_u64()), (Some(2), Some(2)), "{boats}");
    assert!(boats["messages"].as_u64().is_some_and(|messages| (20..=30).contains(&messages)), "{boats}");
    drop(watched);
    server.stop();
}
