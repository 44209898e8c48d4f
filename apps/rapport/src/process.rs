//! What the process asks of the operating system: that its memory, which has keys and passwords in it, ends up in no file
//! and before no other program's eyes; pages of the usual size; and as many open files as it may have.

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use rustix::thread::disable_transparent_huge_pages;

/// Keeps the memory of the process to itself: no core files, and no other program of the same account may look into it.
/// What the system refuses is logged, not fatal.
pub(crate) fn keep_secrets() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "cannot switch core files off; they would hold keys");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "cannot keep other programs of this account out of the memory, which holds keys");
    }
}

/// Does without pages of 2 MiB: of one that is touched once all of it is resident, and people who are signed in and idle touch
/// a little of many (`docs/adr/0007-allocator.md`).
pub(crate) fn take_small_pages() {
    if let Err(error) = disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "the system gives large pages to whom it likes");
    }
}

/// Takes as many open files as the system lets the process have.
pub(crate) fn take_all_files() {
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
