//! How much memory the process has and how much it may have: read once a second, and told to the services, which take no
//! new sign-ins above the ceiling.
//!
//! What counts is the resident set, which is what the kernel goes by when it has to end a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rapport_service::admission::Admission;
use tokio::time::interval;

use crate::config::Ceiling;

/// How often the memory is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Returns how many bytes the process may have, if there is a bound.
pub(crate) fn ceiling(configured: Ceiling) -> Option<u64> {
    match configured {
        Ceiling::Off => None,
        Ceiling::Bytes(bytes) => Some(bytes),
        Ceiling::Share(percent) => Some(available(Path::new("/"))? / 100 * u64::from(percent)),
    }
}

/// Looks at the memory once a second for as long as the server runs.
pub(crate) async fn watch(admission: &Admission) {
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    let mut ticks = interval(EVERY);
    loop {
        ticks.tick().await;
        let Some(used) = fs::read_to_string("/proc/self/statm").ok().and_then(|text| resident(&text, page))
        else {
            continue;
        };
        let change = admission.observe(used);
        // Told once sign-ins go by it.
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a floating-point number")]
        metrics::gauge!("rapport_memory_bytes").set(used as f64);
        if let Some(change) = change {
            let ceiling = admission.ceiling();
            if change {
                tracing::warn!(
                    used,
                    ceiling,
                    "memory is above limits.memory: no new sign-ins until it is below again"
                );
            } else {
                tracing::info!(used, ceiling, "memory is below limits.memory again: new sign-ins are taken");
            }
        }
    }
}

/// Reads the resident set out of `/proc/self/statm`, in bytes.
fn resident(statm: &str, page: u64) -> Option<u64> {
    statm.split(' ').nth(1)?.parse::<u64>().ok()?.checked_mul(page)
}

/// The memory of the machine, or what the process' control group may have of it, whichever is less.
fn available(root: &Path) -> Option<u64> {
    let meminfo = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let total = total.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)?;
    Some(group_limits(root).fold(total, u64::min))
}

/// The limits of the control groups that the process is in, from its own up to the root, in either version.
fn group_limits(root: &Path) -> impl Iterator<Item = u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (mounts, names): (&[&str], &[&str]) = if controllers.is_empty() {
            (&["sys/fs/cgroup", "sys/fs/cgroup/unified"], &["memory.max", "memory.high"])
        } else if controllers.split(',').any(|name| name == "memory") {
            (&["sys/fs/cgroup/memory"], &["memory.limit_in_bytes"])
        } else {
            continue;
        };
        for mount in mounts {
            for group in Path::new(path.trim_start_matches('/')).ancestors() {
                files.extend(names.iter().map(|name| root.join(mount).join(group).join(name)));
            }
        }
    }
    // A file that isn't there, or says `max`, is no limit.
    let read = |file: PathBuf| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    files.into_iter().filter_map(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine of 16 GiB with these files.
    fn machine(name: &str, files: &[(&str, &str)]) -> Option<u64> {
        let root = std::env::temp_dir().join(format!("rapport-memory-{}-{name}", std::process::id()));
        let meminfo = ("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n");
        for (path, text) in files.iter().chain([&meminfo]) {
            let file = root.join(path);
            fs::create_dir_all(file.parent().expect("a directory")).expect("made");
            fs::write(file, text).expect("written");
        }
        let found = available(&root);
        fs::remove_dir_all(root).expect("removed");
        found
    }

    const GIB: u64 = 1 << 30;

    #[test]
    fn the_machine_s_memory_counts_where_no_group_has_less() {
        assert_eq!(machine("bare", &[]), Some(16 * GIB));
        let unlimited = [
            ("proc/self/cgroup", "0::/system.slice/rapport.service\n"),
            ("sys/fs/cgroup/system.slice/rapport.service/memory.max", "max\n"),
        ];
        assert_eq!(machine("unlimited", &unlimited), Some(16 * GIB));
    }

    #[test]
    fn the_least_of_the_groups_above_the_process_counts_in_both_versions() {
        let two = [
            ("proc/self/cgroup", "0::/system.slice/rapport.service\n"),
            ("sys/fs/cgroup/system.slice/rapport.service/memory.max", "4294967296\n"),
            ("sys/fs/cgroup/system.slice/rapport.service/memory.high", "3221225472\n"),
            ("sys/fs/cgroup/system.slice/memory.max", "8589934592\n"),
        ];
        assert_eq!(machine("two", &two), Some(3 * GIB));
        let one = [
            ("proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/box\n1:name=systemd:/\n"),
            ("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n"),
        ];
        assert_eq!(machine("one", &one), Some(2 * GIB));
    }

    #[test]
    fn the_resident_set_is_the_second_number_in_pages() {
        assert_eq!(resident("100 25 7 1 0 9 0", 4096), Some(25 * 4096));
        assert_eq!(resident("100", 4096), None);
    }

    #[test]
    fn a_ceiling_is_off_or_an_amount_or_a_share() {
        assert_eq!(ceiling(Ceiling::Off), None);
        assert_eq!(ceiling(Ceiling::Bytes(7)), Some(7));
        let (half, all) = (ceiling(Ceiling::Share(50)), ceiling(Ceiling::Share(100)));
        assert!(half.is_some_and(|half| all.is_some_and(|all| half < all && half > 0)));
    }
}
