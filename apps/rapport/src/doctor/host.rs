//! What the machine gives the server: files, disk, clock.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use rapport_model::Timestamp;
use rapport_secrets::{KeyInfo, ServiceKey};

use super::Check;
use crate::config::Settings;
use crate::{clock, process};

/// Free space below which the database is in danger, and below which somebody should look.
const LEAST: u64 = 256 * 1024 * 1024;
const LITTLE: u64 = 2 * 1024 * 1024 * 1024;
/// No clock is right that shows an earlier moment: this program was not there yet. 2026-01-01.
const NOT_BEFORE: Duration = Duration::from_secs(1_767_225_600);
/// How many days a service key seals before it should be replaced: two years.
const KEY_DAYS: u64 = 730;

/// Whether the server may have as many files open as it may have connections.
pub(super) fn files(settings: &Settings, server: Option<u32>) -> Check {
    let (whose, limit) = match server.and_then(limit_of) {
        Some(limit) => ("the running server", Some(limit)),
        None => ("this shell", process::open_files()),
    };
    judge_files(whose, limit, settings.limit_connections)
}

fn judge_files(whose: &str, limit: Option<u64>, connections: u32) -> Check {
    let wanted = u64::from(connections) + 256;
    match limit {
        None => Check::good("files", format!("{whose} may open any number of files")),
        Some(limit) if limit >= wanted => Check::good("files", format!("{whose} may open {limit} files")),
        Some(limit) => Check::warning(
            "files",
            format!("{whose} may open {limit} files, and limits.connections is {connections}"),
            "raise LimitNOFILE in the unit, or `ulimit -n`, or lower limits.connections",
        ),
    }
}

/// The soft limit of another process, by what the kernel tells of it.
fn limit_of(process: u32) -> Option<u64> {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Whether there is room for the database, or for backups.
pub(super) fn disk(what: &'static str, directory: &Path) -> Check {
    let shown = directory.display();
    match rustix::fs::statvfs(directory) {
        Err(error) => Check::bad(
            what,
            format!("{shown} can't be looked at: {error}"),
            "make the directory for the server's account, or correct the configuration",
        ),
        Ok(found) => judge_disk(what, directory, found.f_bavail.saturating_mul(found.f_frsize)),
    }
}

fn judge_disk(what: &'static str, directory: &Path, free: u64) -> Check {
    let said = format!("{} has {} MiB free", directory.display(), free / 1024 / 1024);
    if free < LEAST {
        Check::bad(what, said, "make room: changes are refused when the disk is full")
    } else if free < LITTLE {
        Check::warning(what, said, "make room before it is needed")
    } else {
        Check::good(what, said)
    }
}

/// Whether the service key can be used, and how old it is.
pub(super) fn service_key(directory: &Path, now: SystemTime) -> Check {
    let file = directory.join("service.key");
    match ServiceKey::load(&file) {
        Ok(keys) => judge_key(keys.infos(), clock::timestamp(now)),
        Err(_) if !file.exists() && !directory.join("rapport.db").exists() => {
            Check::good("service key", "the server makes it when it first starts")
        }
        Err(error) => {
            Check::bad("service key", error.to_string(), "restore it, or its mode, or run this as root")
        }
    }
}

fn judge_key(mut keys: impl ExactSizeIterator<Item = KeyInfo>, now: Timestamp) -> Check {
    let older = keys.len().saturating_sub(1);
    let Some(KeyInfo { number, made }) = keys.next() else {
        return Check::not_checked("service key", "there is none");
    };
    let replaced = match older {
        0 => String::new(),
        older => format!("; {older} older still in the file"),
    };
    match made.map(|made| now.since(made).as_secs() / (24 * 60 * 60)) {
        None => Check::good("service key", format!("key {number} seals, since nobody knows when{replaced}")),
        Some(days) if days < KEY_DAYS => {
            Check::good("service key", format!("key {number} seals, since {days} days{replaced}"))
        }
        Some(days) => Check::warning(
            "service key",
            format!("key {number} seals, since {days} days{replaced}"),
            "replace it: rapport key rotate; nobody is signed out",
        ),
    }
}

/// Whether the clock can be right, and whether something keeps it so.
pub(super) fn clock(now: SystemTime) -> Check {
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    let kept = asked.ok().filter(|output| output.status.success());
    judge_clock(now, kept.map(|output| output.stdout.starts_with(b"yes")))
}

/// `kept`: whether something keeps the clock right, where that can be told.
fn judge_clock(now: SystemTime, kept: Option<bool>) -> Check {
    let shown = clock::rfc3339(now);
    if now < SystemTime::UNIX_EPOCH + NOT_BEFORE {
        return Check::bad(
            "clock",
            format!("the clock shows {shown}, which has long been over"),
            "set the clock and start a service that keeps it, such as chrony: clients refuse certificates otherwise",
        );
    }
    match kept {
        Some(true) => Check::good("clock", format!("{shown}, kept by the network")),
        Some(false) => Check::warning(
            "clock",
            format!("{shown}, and nothing keeps it"),
            "start a service that does, such as systemd-timesyncd or chrony",
        ),
        None => Check::not_checked(
            "clock",
            format!("{shown}; whether something keeps it right can't be told here"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    #[test]
    fn files_are_enough_for_every_connection_and_some_more() {
        for (limit, connections, state) in [
            (None, 100_000, State::Good),
            (Some(100_256), 100_000, State::Good),
            (Some(100_255), 100_000, State::Warning),
            (Some(1024), 100_000, State::Warning),
            (Some(1024), 768, State::Good),
        ] {
            let check = judge_files("the running server", limit, connections);
            assert_eq!((check.what, check.state), ("files", state), "{limit:?} for {connections}");
            assert_eq!(check.remedy.is_some(), state == State::Warning);
        }
        let said = judge_files("this shell", Some(1024), 5000).found;
        assert_eq!(said, "this shell may open 1024 files, and limits.connections is 5000");
    }

    #[test]
    fn a_disk_is_bad_before_it_is_full_and_warned_of_before_that() {
        let mebibyte = 1024 * 1024;
        for (free, state) in [
            (0, State::Bad),
            (256 * mebibyte - 1, State::Bad),
            (256 * mebibyte, State::Warning),
            (2048 * mebibyte - 1, State::Warning),
            (2048 * mebibyte, State::Good),
        ] {
            let check = judge_disk("data disk", Path::new("/srv"), free);
            assert_eq!(check.state, state, "{free}");
            assert_eq!(check.found, format!("/srv has {} MiB free", free / mebibyte));
        }
        let missing = disk("backup disk", Path::new("/nowhere/at/all"));
        assert_eq!((missing.what, missing.state), ("backup disk", State::Bad));
        assert!(missing.found.contains("/nowhere/at/all can't be looked at"), "{}", missing.found);
    }

    #[test]
    fn a_service_key_that_is_two_years_old_should_be_replaced() {
        let day = 24 * 60 * 60 * 1000;
        for (made, older, state, says) in [
            (None, 0, State::Good, "key 7 seals, since nobody knows when"),
            (Some(0), 0, State::Warning, "key 7 seals, since 730 days"),
            (Some(day), 1, State::Good, "since 729 days; 1 older still in the file"),
            (Some(731 * day), 0, State::Good, "since 0 days"),
        ] {
            let key = |number, made| KeyInfo { number, made };
            let keys = [key(7, made.map(Timestamp)), key(6, None)];
            let check = judge_key(keys.into_iter().take(1 + older), Timestamp(730 * day));
            assert_eq!(check.state, state, "{made:?}");
            assert!(check.found.contains(says), "{}", check.found);
        }
    }

    #[test]
    fn a_clock_is_bad_that_shows_a_moment_before_this_program_was_there() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for (now, kept, state) in [
            (at(0), Some(true), State::Bad),
            (at(1_767_225_599), None, State::Bad),
            (at(1_767_225_600), Some(true), State::Good),
            (at(1_800_000_000), Some(false), State::Warning),
            (at(1_800_000_000), None, State::NotChecked),
        ] {
            assert_eq!(judge_clock(now, kept).state, state, "{now:?} {kept:?}");
        }
    }
}
