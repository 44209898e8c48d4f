//! A wall clock of the server's own that a test can set, by Debian's libfaketime; monotonic time is left alone.

use std::fs;
use std::path::{Path, PathBuf};

use real_clients::Scratch;
use real_clients::server::Setup;

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// The clock of one server.
#[derive(Debug)]
pub struct Clock {
    file: PathBuf,
    _scratch: Scratch,
}

impl Clock {
    /// A clock that is off by so many seconds.
    ///
    /// # Panics
    /// When the library is not installed: the suite installs Debian's package faketime.
    pub fn off_by(seconds: i64) -> Self {
        assert!(library().exists(), "{} is in Debian's package libfaketime", library().display());
        let scratch = Scratch::new("clock");
        let clock = Self { file: scratch.path().join("time"), _scratch: scratch };
        clock.set(seconds);
        clock
    }

    /// Sets the clock to be off by so many seconds.
    pub fn set(&self, seconds: i64) {
        // Moved there whole: a server that reads an empty file would have no time at all.
        let beside = self.file.with_extension("new");
        fs::write(&beside, format!("{seconds:+}\n")).expect("written");
        fs::rename(&beside, &self.file).expect("moved");
    }

    /// Lets a server go by this clock.
    #[must_use]
    pub fn setup(&self, mut setup: Setup) -> Setup {
        let variables = [
            ("LD_PRELOAD", library().display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        setup.environment.extend(variables.map(|(name, value)| (name.to_owned(), value)));
        setup
    }
}

fn library() -> &'static Path {
    Path::new(LIBRARY)
}
