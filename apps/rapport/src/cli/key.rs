//! The verbs of the service key. No key is ever printed: only numbers, dates and counts.

use anyhow::{Context as _, Result};
use hyper::Method;
use rapport_face_api::{KeyProgress, KeyState, NewKey, ServiceKey};
use serde_json::Value;

use super::args::KeyVerb;
use super::table;
use crate::client::{Client, path};

/// The server's answer, and the same for people.
type Answer = (Value, String);

/// Does it and returns the answer.
pub(super) async fn run(client: &Client, verb: KeyVerb) -> Result<Answer> {
    const OTHER: &str = "the server is of another version than this command";
    match verb {
        KeyVerb::Show => {
            let answer = client.get(&path(["v1", "service-key"])).await?;
            let shown = page(&serde_json::from_value(answer.clone()).context(OTHER)?);
            Ok((answer, shown))
        }
        KeyVerb::Rotate => {
            let answer = client.act(Method::POST, &path(["v1", "service-key", "rotate"])).await?;
            let NewKey { number } = serde_json::from_value(answer.clone()).context(OTHER)?;
            let said = format!(
                "Key {number} seals from now on. What older keys sealed is sealed anew, and then they are taken away:\n\
                 `rapport key show` says how far that is. Make a new copy of service.key where you keep one, and keep the \
                 older copy as long as there are backups from before without a key in them.\n"
            );
            Ok((answer, said))
        }
    }
}

fn page(shown: &ServiceKey) -> String {
    let seals = shown.keys.first().map(|key| key.number);
    let rows: Vec<Vec<String>> = shown
        .keys
        .iter()
        .map(|key| {
            let KeyState { number, made, age_days, in_file, hashes, unopened } = key;
            let state = match (in_file, Some(*number) == seals) {
                (true, true) => "seals",
                (true, false) => "opens",
                (false, _) => "not there",
            };
            let age = age_days.map_or_else(String::new, |days| format!("{days} days"));
            let made = made.clone().unwrap_or_else(|| "unknown".to_owned());
            let [hashes, unopened] = [hashes, unopened].map(u64::to_string);
            vec![number.to_string(), state.to_owned(), made, age, hashes, unopened]
        })
        .collect();
    let mut page = table::table(&["KEY", "STATE", "MADE", "AGE", "HASHES", "NOT OPENED"], &rows);
    page.push_str(match shown.progress {
        KeyProgress::Done => "",
        KeyProgress::UnderWay => {
            "Hashes are being sealed under the newest key; older ones go when that is done.\n"
        }
        KeyProgress::Waiting => {
            "Older keys can't be taken away yet; the server's log says why, and it tries again by itself.\n"
        }
    });
    if shown.keys.iter().any(|key| key.unopened > 0) {
        page.push_str(
            "Hashes that aren't opened sign nobody in: those people need new passwords, or the key they were sealed under.\n",
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_by_number_age_and_use() {
        let key = |number, in_file: bool, hashes, unopened| KeyState {
            number,
            made: in_file.then(|| "2026-11-26T00:00:00Z".to_owned()),
            age_days: in_file.then_some(3),
            in_file,
            hashes,
            unopened,
        };
        let keys = vec![key(3, true, 12, 0), key(2, true, 7, 1), key(1, false, 2, 2)];
        let page = page(&ServiceKey { keys, progress: KeyProgress::UnderWay });
        let lines: Vec<Vec<&str>> = page.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["3", "seals", "2026-11-26T00:00:00Z", "3", "days", "12", "0"]);
        assert_eq!(lines[2], ["2", "opens", "2026-11-26T00:00:00Z", "3", "days", "7", "1"]);
        assert_eq!(lines[3], ["1", "not", "there", "unknown", "2", "2"]);
        assert!(page.contains("being sealed") && page.contains("need new passwords"), "{page}");
    }
}
