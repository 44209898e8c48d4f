//! What the process asks of the operating system before it serves: no core files, as many open files as it may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Sets the limits of the process; what the system refuses is logged, not fatal.
pub(crate) fn set_limits() {
    // A core file would have keys and passwords in it.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "cannot switch core files off; they would hold keys");
    }
    let files = getrlimit(Resource::Nofile);
    let all = Rlimit { current: files.maximum, ..files };
    if let Err(error) = setrlimit(Resource::Nofile, all) {
        tracing::warn!(%error, "cannot raise the number of open files");
    }
}

/// Returns how many files the process may have open, where there is a limit.
pub(crate) fn open_files() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}
