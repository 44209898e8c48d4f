//! What the server does right now, once or again and again, for somebody at a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use anyhow::{Context, Result};
use rapport_face_api::{CompanyStatus, Status};

use super::args::StatusArgs;
use super::table;
use crate::client::{Client, path};

/// Companies that are shown; the busiest come first.
const COMPANIES: usize = 20;

/// What happened per second between two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Rates {
    endpoints: u64,
    messages: f64,
    notifications: f64,
    publications: f64,
    sign_ins: f64,
}

/// Shows the status until it has been shown as often as asked for, or somebody stops it.
pub(super) async fn run(client: &Client, asked: &StatusArgs, json: bool) -> Result<()> {
    let every = Duration::from_secs_f64(asked.every.clamp(0.1, 3600.0));
    let mut out = std::io::stdout();
    // A person at a terminal sees one page that changes; a file gets one page after the other.
    let clear = asked.watch && out.is_terminal();
    let mut before = look(client).await?;
    let mut shown = 0;
    loop {
        tokio::time::sleep(every).await;
        let now = look(client).await?;
        let page = if json { format!("{}\n", serde_json::to_string(&now)?) } else { page(&before, &now) };
        let page = if clear { format!("\x1b[2J\x1b[H{page}") } else { page };
        out.write_all(page.as_bytes())
            .and_then(|()| out.flush())
            .context("cannot write to standard output")?;
        shown += 1;
        if !asked.watch || asked.count.is_some_and(|count| shown >= count) {
            return Ok(());
        }
        before = now;
    }
}

async fn look(client: &Client) -> Result<Status> {
    let answer = client.get(&path(["v1", "status"])).await?;
    serde_json::from_value(answer).context("the server is of another version than this command")
}

fn page(before: &Status, now: &Status) -> String {
    let span = Duration::from_millis(now.uptime_ms.saturating_sub(before.uptime_ms)).as_secs_f64().max(0.001);
    let then: BTreeMap<&str, &CompanyStatus> =
        before.companies.iter().map(|company| (company.company.as_str(), company)).collect();
    let mut companies: Vec<(&str, Rates)> = now
        .companies
        .iter()
        .map(|company| {
            (company.company.as_str(), rates(then.get(company.company.as_str()).copied(), company, span))
        })
        .collect();
    let mut all = Rates::default();
    for (_, company) in &companies {
        all.endpoints += company.endpoints;
        all.messages += company.messages;
        all.notifications += company.notifications;
        all.publications += company.publications;
        all.sign_ins += company.sign_ins;
    }
    companies.sort_by(|(a, one), (b, other)| {
        let busy = |rates: &Rates| rates.messages + rates.notifications + rates.endpoints as f64 / 1e6;
        busy(other).total_cmp(&busy(one)).then(a.cmp(b))
    });
    let left = companies.len().saturating_sub(COMPANIES);
    let mut rows = vec![row("all", &all)];
    rows.extend(companies.iter().take(COMPANIES).map(|(name, rates)| row(name, rates)));
    let headings = ["COMPANY", "ENDPOINTS", "MESSAGES/S", "NOTIFICATIONS/S", "PUBLICATIONS/S", "SIGN-INS/S"];
    let mut page = format!("Rapport {}, up {}\n\n", now.version, age(now.uptime_ms));
    page.push_str(&table::table(&headings, &rows));
    if left > 0 {
        let _ = writeln!(page, "and {left} more");
    }
    page.push('\n');
    if now.slowest.is_empty() {
        page.push_str("No request was served in the last five minutes.\n");
    } else {
        let slow: Vec<Vec<String>> = now
            .slowest
            .iter()
            .map(|slow| {
                let took = format!("{:.1} ms", slow.took_ms);
                vec![slow.what.clone(), slow.company.clone(), took, format!("{} ago", age(slow.ago_ms))]
            })
            .collect();
        page.push_str(&table::table(&["SLOWEST OF FIVE MINUTES", "COMPANY", "TOOK", "WHEN"], &slow));
    }
    page
}

fn rates(before: Option<&CompanyStatus>, now: &CompanyStatus, span: f64) -> Rates {
    // A company that was not there before has done everything since.
    let rate = |of: fn(&CompanyStatus) -> u64| of(now).saturating_sub(before.map_or(0, of)) as f64 / span;
    Rates {
        endpoints: now.endpoints,
        messages: rate(|company| company.messages),
        notifications: rate(|company| company.notifications),
        publications: rate(|company| company.publications),
        sign_ins: rate(|company| company.sign_ins),
    }
}

fn row(name: &str, rates: &Rates) -> Vec<String> {
    let per_second = [rates.messages, rates.notifications, rates.publications, rates.sign_ins];
    let mut row = vec![name.to_owned(), rates.endpoints.to_string()];
    row.extend(per_second.map(|rate| format!("{rate:.1}")));
    row
}

/// Says how long that is, in its two largest units.
fn age(millis: u64) -> String {
    let seconds = millis / 1000;
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, hours, ..) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use rapport_face_api::SlowRequest;

    use super::*;

    fn status(uptime_ms: u64, companies: &[(&str, u64, u64)]) -> Status {
        let companies = companies.iter().map(|(name, endpoints, messages)| CompanyStatus {
            company: (*name).to_owned(),
            endpoints: *endpoints,
            messages: *messages,
            notifications: messages * 2,
            publications: 0,
            sign_ins: 0,
        });
        Status { version: "1".to_owned(), uptime_ms, companies: companies.collect(), slowest: Vec::new() }
    }

    #[test]
    fn rates_are_differences_over_the_server_s_own_time() {
        let before = status(10_000, &[("boats", 3, 100), ("ships", 1, 7)]);
        let mut now = status(12_000, &[("boats", 4, 130), ("new", 1, 2), ("ships", 1, 7)]);
        now.slowest = vec![SlowRequest {
            what: "SUBSCRIBE".to_owned(),
            company: "boats".to_owned(),
            took_ms: 12.34,
            ago_ms: 61_000,
        }];
        let page = page(&before, &now);
        let lines: Vec<Vec<&str>> = page.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["Rapport", "1,", "up", "12", "s"]);
        assert_eq!(lines[3], ["all", "6", "16.0", "32.0", "0.0", "0.0"]);
        assert_eq!(lines[4], ["boats", "4", "15.0", "30.0", "0.0", "0.0"]);
        assert_eq!(lines[5][..3], ["new", "1", "1.0"]);
        assert_eq!(lines[6][..3], ["ships", "1", "0.0"]);
        assert_eq!(lines[9], ["SUBSCRIBE", "boats", "12.3", "ms", "1", "min", "1", "s", "ago"]);
    }

    #[test]
    fn the_busiest_companies_come_first_and_the_rest_is_counted() {
        let names: Vec<String> = (0..25).map(|n| format!("c{n:02}")).collect();
        let quiet: Vec<(&str, u64, u64)> = names.iter().map(|name| (name.as_str(), 0, 0)).collect();
        let mut busy = quiet.clone();
        busy[24].2 = 50;
        let page = page(&status(0, &quiet), &status(1_000, &busy));
        assert!(page.lines().nth(4).is_some_and(|line| line.starts_with("c24")), "{page}");
        assert!(page.contains("and 5 more"), "{page}");
        assert!(page.contains("No request was served"), "{page}");
    }

    #[test]
    fn an_age_has_two_units() {
        assert_eq!(
            [999, 61_000, 3_700_000, 90_000_000].map(age),
            ["0 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]
        );
    }
}
