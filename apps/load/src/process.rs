//! What the system says of the server's process: CPU time and resident memory.

use std::time::Duration;

use anyhow::{Context as _, Result};

/// `USER_HZ`: ticks in a second in `/proc/PID/stat`; 100 on every architecture that Linux runs on today.
const TICKS_PER_SEC: u64 = 100;

/// A process of this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// User and system time it has taken so far.
    pub(crate) fn cpu(self) -> Result<Duration> {
        let text = self.read("stat")?;
        ticks(&text)
            .map(|ticks| Duration::from_millis(ticks * 1000 / TICKS_PER_SEC))
            .with_context(|| format!("/proc/{}/stat has another form", self.0))
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(self) -> Result<u64> {
        let text = self.read("status")?;
        resident(&text).with_context(|| format!("/proc/{}/status names no resident memory", self.0))
    }

    fn read(self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.0);
        std::fs::read_to_string(&path).with_context(|| format!("the server's process is not there: {path}"))
    }
}

/// utime and stime: fields 14 and 15; field 2, the name, may hold blanks and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_past_a_strange_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 250 30 0 0 20 0 3 0 5 6 7";
        assert_eq!(ticks(stat), Some(280));
        assert_eq!(ticks("42 (x"), None);
    }

    #[test]
    fn resident_memory_is_read_in_bytes() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t   12 kB\nVmData: 1 kB\n"), Some(12_288));
        assert_eq!(resident("Name:\tx\n"), None);
    }

    #[test]
    fn this_process_is_there() {
        let own = Process(std::process::id());
        assert!(own.resident().unwrap() > 0);
        own.cpu().unwrap();
    }
}
