//! Finding people of a large company as a browser does: over HTTPS, with the store, who is a contact and everybody's
//! presence in the answer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use hyper::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior};

use crate::bench::{Place, Server};
use crate::figure::{Figure, Goal};
use crate::target::{DOMAIN, PASSWORD};
use crate::web::Browser;
use crate::window::Times;
use crate::{management, search};

/// Contacts of whoever looks.
const CONTACTS: u32 = 250;
/// From one request to the next: a quick typist, and within what a browser may ask for.
const LETTER: Duration = Duration::from_millis(60);

#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// The server's program, built for release.
    #[arg(long)]
    server_binary: PathBuf,
    /// People in the company.
    #[arg(long, default_value_t = 100_000)]
    people: u32,
    /// Where the server keeps its data, in a directory that is removed afterwards.
    #[arg(long)]
    directory: Option<PathBuf>,
}

/// Starts a server in a directory of its own, and measures.
pub(crate) async fn run(options: &Options) -> Result<Figure> {
    let root = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    measure(&options.server_binary, &Place::new(&root)?.0, options.people.max(1_000)).await
}

pub(crate) async fn measure(binary: &Path, place: &Path, people: u32) -> Result<Figure> {
    let place = place.join("find");
    std::fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    let server = Server::start(binary, &place).await?;
    management::make_people(&server.socket, "large", people, |number| {
        Ok(user(number, &search::person(number)?.card))
    })
    .await?;
    server.terminate().await?;

    // Nothing is read, and no index made, before somebody signs in.
    let server = Server::start(binary, &place).await?;
    let target = server.target(people);
    let mut browser = Browser::sign_in(&target, 0).await?;
    let mut letters = tokio::time::interval(LETTER);
    letters.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 1..=CONTACTS {
        letters.tick().await;
        let path = format!("/contacts/{}", target.account(number * (people / CONTACTS) - 1));
        browser.ask(Method::PUT, &path, Some(&json!({}))).await?;
    }
    let (events, _) = browser.listen().await?;
    let first = look(&mut browser, "a").await?;
    let typed = search::typed(people)?;
    let mut took = Vec::with_capacity(typed.len());
    for query in &typed {
        letters.tick().await;
        took.push(look(&mut browser, query).await?);
    }
    drop(events);
    server.terminate().await?;
    let looks = typed.len();
    let times = Times::of(vec![took]);
    Ok(Figure {
        name: "search over HTTPS",
        operation: format!(
            "20 found among {people} people by a browser with {CONTACTS} contacts over TLS, with the presence of each; {looks} \
             different things typed, 17 a second; p99"
        ),
        value: times.at(99),
        unit: "ms",
        goal: Some(Goal::AtMost(5.0)),
        more: vec![
            ("p50 ms", times.at(50)),
            ("slowest ms", times.at(100)),
            ("the first, once signed in, ms", first.as_secs_f64() * 1e3),
        ],
    })
}

/// Looks for what was typed, and returns how long the answer took.
async fn look(browser: &mut Browser, typed: &str) -> Result<Duration> {
    let path = format!("/people?limit=20&q={}", escaped(typed));
    let begun = Instant::now();
    browser.ask(Method::GET, &path, None).await?;
    Ok(begun.elapsed())
}

fn escaped(text: &str) -> String {
    text.bytes().map(|octet| format!("%{octet:02x}")).collect()
}

/// A person to be added; who looks signs in, the others are only found.
fn user(number: u32, card: &rapport_core::directory::Card) -> Value {
    let phones: Vec<Value> =
        card.phones.iter().map(|phone| json!({ "kind": "work", "number": phone.number })).collect();
    let mut user = json!({
        "address": format!("user{number}@{DOMAIN}"),
        "displayName": card.display_name,
        "givenName": card.given_name,
        "surname": card.surname,
        "title": card.title,
        "department": card.department,
        "company": card.company,
        "office": card.office,
        "mail": card.mail,
        "phones": phones,
    });
    if number == 1 {
        user["password"] = json!(PASSWORD);
    }
    user
}
