//! A log file and its predecessors, all together of a bounded size: `rapport.log`, `rapport.log.1`, `rapport.log.2` …
//!
//! An entry stands whole in one file. When the next one would make the file too large, every file moves up by one number
//! and the oldest is gone. What can't be written is left out and counted: a full disk ends no service.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::lines::LONGEST;

/// The smallest file: one entry of the greatest length fits.
pub(crate) const SMALLEST: usize = 2 * LONGEST;

/// A log file of which size and number are bounded.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    /// Bytes of one file.
    size: u64,
    /// Files there are, the current one included.
    files: u32,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    /// None while it can't be opened.
    file: Option<File>,
    written: u64,
    failing: bool,
}

impl LogFile {
    /// Opens the file, and goes on at its end.
    ///
    /// # Errors
    /// When it can't be opened for writing.
    pub(super) fn open(path: &Path, size: usize, files: u32) -> io::Result<Self> {
        let (file, written) = open(path)?;
        let current = Mutex::new(Current { file: Some(file), written, failing: false });
        let size = u64::try_from(size.max(SMALLEST)).unwrap_or(u64::MAX);
        Ok(Self { path: path.to_owned(), size, files: files.max(1), current })
    }

    /// Writes an entry, or counts it as left out.
    pub(super) fn write(&self, entry: &[u8]) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = self.try_write(&mut current, entry);
        if let Err(error) = &outcome {
            metrics::counter!("rapport_log_lines_lost_total").increment(1);
            if !current.failing {
                // The log can't say it, and standard error is what is left.
                let said = format!("rapport: log.file: cannot write {}: {error}\n", self.path.display());
                let _ = io::stderr().write_all(said.as_bytes());
            }
        }
        current.failing = outcome.is_err();
    }

    fn try_write(&self, current: &mut Current, entry: &[u8]) -> io::Result<()> {
        let length = u64::try_from(entry.len()).unwrap_or(u64::MAX);
        if current.file.is_some() && current.written.saturating_add(length) > self.size {
            current.file = None;
            self.move_up()?;
        }
        if current.file.is_none() {
            let (file, written) = open(&self.path)?;
            (current.file, current.written) = (Some(file), written);
        }
        let Some(file) = &mut current.file else { return Ok(()) };
        // Half an entry counts like a whole one, so that the bound holds.
        current.written = current.written.saturating_add(length);
        file.write_all(entry)
    }

    /// Moves every file up by one number; the last one is gone.
    fn move_up(&self) -> io::Result<()> {
        let last = self.numbered(self.files - 1);
        there_or_not(fs::remove_file(&last))?;
        for number in (1..self.files).rev() {
            there_or_not(fs::rename(self.numbered(number - 1), self.numbered(number)))?;
        }
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        if number == 0 {
            return self.path.clone();
        }
        let mut name = OsString::from(&self.path);
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

fn there_or_not(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::options().create(true).append(true).mode(0o600).open(path)?;
    let written = file.metadata()?.len();
    Ok((file, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("rapport-log-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("a directory");
            Self(path)
        }

        /// The names of the files, sorted, and their bytes together.
        fn files(&self) -> (Vec<String>, u64) {
            let entries = fs::read_dir(&self.0).expect("a directory").map(|entry| entry.expect("an entry"));
            let mut found: Vec<_> = entries
                .map(|e| (e.file_name().into_string().expect("text"), e.metadata().expect("a file").len()))
                .collect();
            found.sort();
            let bytes = found.iter().map(|(_, bytes)| bytes).sum();
            (found.into_iter().map(|(name, _)| name).collect(), bytes)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_flood_of_lines_leaves_a_bounded_number_of_bytes_and_the_last_lines() {
        let directory = Directory::new("flood");
        let path = directory.0.join("rapport.log");
        let log = LogFile::open(&path, SMALLEST, 3).expect("opened");
        let bound = 3 * u64::try_from(SMALLEST).expect("small");
        for n in 0..20_000 {
            log.write(format!("{n:06} a line of some length, as a flood would write it\n").as_bytes());
            if n % 1000 == 0 {
                assert!(directory.files().1 <= bound);
            }
        }
        let (names, bytes) = directory.files();
        assert_eq!(names, ["rapport.log", "rapport.log.1", "rapport.log.2"]);
        assert!(bytes <= bound, "{bytes} bytes");
        let last = fs::read_to_string(&path).expect("text");
        assert!(last.lines().next_back().is_some_and(|line| line.starts_with("019999 ")), "the newest stays");
        let before = fs::read_to_string(directory.0.join("rapport.log.1")).expect("text");
        assert!(
            before.ends_with('\n') && before.lines().all(|l| l.ends_with("write it")),
            "entries are whole"
        );
    }

    #[test]
    fn a_file_that_is_there_is_gone_on_with_and_one_file_is_enough() {
        let directory = Directory::new("again");
        let path = directory.0.join("rapport.log");
        for line in ["one\n", "two\n"] {
            LogFile::open(&path, SMALLEST, 1).expect("opened").write(line.as_bytes());
        }
        assert_eq!(fs::read_to_string(&path).expect("text"), "one\ntwo\n");
        let log = LogFile::open(&path, SMALLEST, 1).expect("opened");
        (0..5).for_each(|_| log.write(&vec![b'x'; SMALLEST - 1]));
        let (names, bytes) = directory.files();
        assert_eq!(names, ["rapport.log"]);
        assert!(bytes <= u64::try_from(SMALLEST).expect("small"), "{bytes}");
    }

    #[test]
    fn a_file_that_cannot_be_written_ends_nothing_and_is_written_again_when_it_can_be() {
        let directory = Directory::new("gone");
        let place = directory.0.join("logs");
        fs::create_dir(&place).expect("made");
        let log = LogFile::open(&place.join("rapport.log"), SMALLEST, 2).expect("opened");
        fs::remove_dir_all(&place).expect("removed");
        (0..3).for_each(|_| log.write(&vec![b'x'; SMALLEST - 1]));
        fs::create_dir(&place).expect("made again");
        log.write(b"again\n");
        assert_eq!(fs::read_to_string(place.join("rapport.log")).expect("text"), "again\n");
    }
}
