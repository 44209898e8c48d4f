//! What the machine gives the server: files, disk, clock.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::Check;
use crate::config::Settings;
use crate::process;

/// Free space below which the database is in danger, and below which somebody should look.
const LEAST: u64 = 256 * 1024 * 1024;
const LITTLE: u64 = 2 * 1024 * 1024 * 1024;
/// No clock is right that shows an earlier moment: this program was not there yet. 2026-01-01.
const NOT_BEFORE: Duration = Duration::from_secs(1_767_225_600);

/// Whether the server may have as many files open as it may have connections.
pub(super) fn files(settings: &Settings, server: Option<u32>) -> Check {
    let (whose, limit) = match server.and_then(limit_of) {
        Some(limit) => ("the running server", Some(limit)),
        None => ("this shell", process::open_files()),
    };
    let wanted = u64::from(settings.limit_connections) + 256;
    match limit {
        None => Check::good("files", format!("{whose} may open any number of files")),
        Some(limit) if limit >= wanted => Check::good("files", format!("{whose} may open {limit} files")),
        Some(limit) => Check::warning(
            "files",
            format!(
                "{whose} may open {limit} files, and limits.connections is {}",
                settings.limit_connections
            ),
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
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let said = format!("{shown} has {} MiB free", free / 1024 / 1024);
            if free < LEAST {
                Check::bad(what, said, "make room: changes are refused when the disk is full")
            } else if free < LITTLE {
                Check::warning(what, said, "make room before it is needed")
            } else {
                Check::good(what, said)
            }
        }
    }
}

/// Whether the clock can be right, and whether something keeps it so.
pub(super) fn clock(now: SystemTime) -> Check {
    let shown = crate::clock::rfc3339(now);
    if now < SystemTime::UNIX_EPOCH + NOT_BEFORE {
        return Check::bad(
            "clock",
            format!("the clock shows {shown}, which has long been over"),
            "set the clock and start a service that keeps it, such as chrony: clients refuse certificates otherwise",
        );
    }
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    match asked {
        Ok(output) if output.status.success() && output.stdout.starts_with(b"yes") => {
            Check::good("clock", format!("{shown}, kept by the network"))
        }
        Ok(output) if output.status.success() => Check::warning(
            "clock",
            format!("{shown}, and nothing keeps it"),
            "start a service that does, such as systemd-timesyncd or chrony",
        ),
        Ok(_) | Err(_) => Check::not_checked(
            "clock",
            format!("{shown}; whether something keeps it right can't be told here"),
        ),
    }
}
