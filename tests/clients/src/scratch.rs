//! A directory of a test's own, which stays when the test fails.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process, thread};

/// A directory that is removed at the end of its scope, unless the thread panics: then its logs
/// are what one wants to read.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Scratch {
    /// Makes an empty directory. The path is short, because it holds a Unix socket.
    ///
    /// One that is there already was kept for reading, by a process that had the same number once.
    pub fn new(name: &str) -> Self {
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = env::temp_dir().join(format!("rapport-{}-{number}-{name}", process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Self { path },
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => panic!("cannot make {}: {error}", path.display()),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("kept for reading: {}", self.path.display());
        } else {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_process_has_left_behind_is_not_taken_for_ones_own() {
        let next = NEXT.load(Ordering::Relaxed);
        let left = env::temp_dir().join(format!("rapport-{}-{next}-left", process::id()));
        fs::create_dir(&left).expect("a directory");
        let scratch = Scratch::new("left");
        assert_ne!(scratch.path(), left);
        assert_eq!(fs::read_dir(scratch.path()).expect("it is there").count(), 0);
        fs::remove_dir(left).expect("it is empty");
    }
}
