//! The file that holds the service key: a line per key, newest first, readable by the service's account alone.
//!
//! It is written beside its place, synced, and put there whole: at every moment there is a file with every key that
//! anything is sealed under. When a key may go is not decided here.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rapport_model::Timestamp;
use zeroize::Zeroizing;

use crate::seal::{Key, ServiceKey};

const HEADER: &str = "# The service key of Rapport: number, 256 bits and date per line; the first line seals.\n\
     # Without it no app password signs in any more. Keep a copy with every backup.\n";
/// Longer than any file with a sensible number of keys.
const LONGEST: u64 = 64 * 1024;
/// Keys at once: one that nothing opens any more stays until somebody has looked, and there must be an end to that.
const MOST_KEYS: usize = 16;

/// Says why the key file can't be used, naming it and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file can't be read or written.
    #[error("service key {path}: {source}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others than the service's account may read or write it.
    #[error(
        "service key {path} has mode {mode:04o}, so that others can reach it; run: chmod 600 {path}",
        path = .path.display()
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line is not a number and 64 hexadecimal digits, or a number stands twice, or there is no key.
    #[error("service key {path} is damaged in line {line}; restore it from the backup", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1; the last one when the fault is in the whole.
        line: usize,
    },
    /// There are as many keys as there may be, because values that can't be opened keep the older ones there.
    #[error("service key {path} has {MOST_KEYS} keys already; `rapport key show` says what keeps them", path = .path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
    },
    /// The machine gave no randomness.
    #[error("service key {path}: no randomness for a new key", path = .path.display())]
    Randomness {
        /// The file that was to be written.
        path: PathBuf,
    },
}

impl ServiceKey {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`KeyFileError`], also when the file does not exist (`Io` with [`io::ErrorKind::NotFound`]).
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let io = |source| KeyFileError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        let mode = metadata.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Mode { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::with_capacity(4096));
        file.take(LONGEST).read_to_string(&mut text).map_err(io)?;
        parse(&text).map_err(|line| KeyFileError::Damaged { path: path.to_owned(), line })
    }

    /// Reads the key file; writes one with a new key, made `now`, when there is none.
    ///
    /// A caller with sealed values in its database calls [`load`](Self::load) instead: a new key opens none of them.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn load_or_create(path: &Path, now: Timestamp) -> Result<Self, KeyFileError> {
        match Self::load(path) {
            Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let new =
                    Self::new(Some(now)).map_err(|_| KeyFileError::Randomness { path: path.to_owned() })?;
                match new.write(path, false) {
                    Ok(()) => Ok(new),
                    // Another process was first; its key is the one.
                    Err(source) if source.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
                    Err(source) => Err(KeyFileError::Io { path: path.to_owned(), source }),
                }
            }
            loaded => loaded,
        }
    }

    /// Writes a key file that isn't there yet, such as beside a database that was restored.
    ///
    /// # Errors
    /// [`KeyFileError`], also when there is one.
    pub fn save(&self, path: &Path) -> Result<(), KeyFileError> {
        self.write(path, false).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
    }

    /// Writes the file beside its place, syncs it and puts it there whole.
    ///
    /// An error leaves the file as it was or as it should have become, and never in between.
    fn write(&self, path: &Path, replace: bool) -> io::Result<()> {
        let directory =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.new", std::process::id()));
        let beside = PathBuf::from(beside);
        // What an attempt that was cut short left behind must not stand in the way.
        let _ = fs::remove_file(&beside);
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
            file.write_all(self.encode().as_bytes())?;
            file.sync_all()?;
            if replace { fs::rename(&beside, path) } else { fs::hard_link(&beside, path) }
        })();
        let _ = fs::remove_file(&beside);
        written?;
        File::open(directory)?.sync_all()
    }

    pub(crate) fn encode(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(HEADER.len() + self.keys().len() * 112));
        text.push_str(HEADER);
        for key in self.keys() {
            // Writing to a String can't fail.
            let _ = write!(text, "{} ", key.number);
            for octet in key.octets.iter() {
                let _ = write!(text, "{octet:02x}");
            }
            if let Some(made) = key.made {
                let _ = write!(text, " {made}");
            }
            text.push('\n');
        }
        text
    }
}

/// The key file of a server, for whoever replaces the key in it. One process at a time may change it.
#[derive(Clone, Debug)]
pub struct KeyFile(PathBuf);

impl KeyFile {
    /// Takes the path of the file.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Adds a new key to the file, made `now`, and returns them all: it seals from then on, and the older ones still
    /// open. Blocks until the file is on the disk.
    ///
    /// # Errors
    /// [`KeyFileError`]; the file then has the new key or not, and every older one.
    pub fn rotate(&self, now: Timestamp) -> Result<ServiceKey, KeyFileError> {
        let keys = ServiceKey::load(&self.0)?;
        if keys.keys().len() >= MOST_KEYS {
            return Err(KeyFileError::TooMany { path: self.0.clone() });
        }
        let rotated = keys.rotated(now).map_err(|_| KeyFileError::Randomness { path: self.0.clone() })?;
        self.put(rotated)
    }

    /// Takes keys out of the file by their numbers, and returns those that stay: the first one always does. Blocks until
    /// the file is on the disk.
    ///
    /// # Errors
    /// [`KeyFileError`]; the file then has those keys still or not, and every other one.
    pub fn retire(&self, numbers: &[u32]) -> Result<ServiceKey, KeyFileError> {
        self.put(ServiceKey::load(&self.0)?.without(numbers))
    }

    fn put(&self, keys: ServiceKey) -> Result<ServiceKey, KeyFileError> {
        self.sweep();
        keys.write(&self.0, true).map_err(|source| KeyFileError::Io { path: self.0.clone(), source })?;
        Ok(keys)
    }

    /// Removes what attempts of processes that were killed left beside the file: a key that is taken away must not stay
    /// there.
    fn sweep(&self) {
        let Some(name) = self.0.file_name().and_then(|name| name.to_str()) else { return };
        let directory = self.0.parent().filter(|parent| !parent.as_os_str().is_empty());
        for entry in fs::read_dir(directory.unwrap_or(Path::new("."))).into_iter().flatten().flatten() {
            let other = entry.file_name();
            let rest = other.to_str().and_then(|other| other.strip_prefix(name)?.strip_prefix('.'));
            if rest.and_then(|rest| rest.strip_suffix(".new")?.parse::<u32>().ok()).is_some() {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Reads the lines of a key file, or says which one is wrong.
pub(crate) fn parse(text: &str) -> Result<ServiceKey, usize> {
    let mut keys = Vec::new();
    let mut last = 1;
    for (n, line) in (1..).zip(text.lines()) {
        last = n;
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            keys.push(parse_key(line).ok_or(n)?);
        }
    }
    ServiceKey::from_keys(keys).ok_or(last)
}

fn parse_key(line: &str) -> Option<Key> {
    let mut words = line.split_ascii_whitespace();
    let (number, digits) = (words.next()?, words.next()?);
    let made = words.next().map(|made| Timestamp::parse(made).ok_or(())).transpose().ok()?;
    if words.next().is_some() || digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = Key { number: number.parse().ok()?, octets: Zeroizing::new([0; 32]), made };
    for (n, octet) in key.octets.iter_mut().enumerate() {
        *octet = u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rapport_model::{TenantId, UserId};

    use super::*;
    use crate::Purpose;

    const ANA: UserId = UserId { tenant: TenantId(1), user: 7 };
    /// Some moment, to the second, which is how exactly the file tells it.
    const NOW: Timestamp = Timestamp(1_795_563_000_000);

    struct Dir(PathBuf);

    impl Dir {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("rapport-secrets-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("a directory");
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("service.key")
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn sealed(key: &ServiceKey) -> Box<[u8]> {
        key.seal(ANA, Purpose::AppPassword, &[9; 16]).expect("sealed")
    }

    fn opens(key: &ServiceKey, sealed: &[u8]) -> bool {
        key.open(ANA, Purpose::AppPassword, sealed).is_ok_and(|secret| *secret == [9; 16])
    }

    #[test]
    fn the_first_start_makes_the_key_that_the_second_one_finds() {
        let dir = Dir::new("first");
        let first = ServiceKey::load_or_create(&dir.file(), NOW).expect("created");
        let mode = fs::metadata(dir.file()).expect("the file").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        let second = ServiceKey::load_or_create(&dir.file(), NOW).expect("found");
        assert!(opens(&second, &sealed(&first)));
        assert_eq!(fs::read_dir(&dir.0).expect("the directory").count(), 1);
    }

    #[test]
    fn a_file_that_others_can_reach_is_refused_with_the_remedy() {
        let dir = Dir::new("mode");
        ServiceKey::load_or_create(&dir.file(), NOW).expect("created");
        for mode in [0o644, 0o640, 0o602] {
            fs::set_permissions(dir.file(), fs::Permissions::from_mode(mode)).expect("changed");
            let error = ServiceKey::load_or_create(&dir.file(), NOW).expect_err("refused").to_string();
            assert!(error.contains(&format!("{mode:04o}")) && error.contains("chmod 600"), "{error}");
        }
        fs::set_permissions(dir.file(), fs::Permissions::from_mode(0o400)).expect("changed");
        assert!(ServiceKey::load_or_create(&dir.file(), NOW).is_ok());
    }

    #[test]
    fn a_rotated_key_seals_and_the_older_ones_open_until_they_are_taken_away() {
        let dir = Dir::new("rotate");
        let first = ServiceKey::load_or_create(&dir.file(), NOW).expect("created");
        let old = sealed(&first);
        let file = KeyFile::new(&dir.file());
        file.rotate(NOW).expect("rotated");
        let third = file.rotate(NOW).expect("rotated");
        assert_eq!(format!("{third:?}"), "[3, 2, 1]");
        let again = ServiceKey::load(&dir.file()).expect("found");
        assert!(opens(&again, &old) && again.is_outdated(&old));
        assert!(opens(&again, &sealed(&third)) && !again.is_outdated(&sealed(&third)));
        assert!(again.infos().all(|key| key.made == Some(NOW)), "the file says when each was made");
        let kept = file.retire(&[1, 3]).expect("retired");
        assert_eq!(format!("{kept:?}"), "[3, 2]", "the key that seals stays whatever is said");
        let again = ServiceKey::load(&dir.file()).expect("found");
        assert!(!opens(&again, &old) && opens(&again, &sealed(&third)));
        let mode = fs::metadata(dir.file()).expect("the file").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }

    #[test]
    fn what_a_killed_rotation_left_beside_the_file_is_removed_by_the_next() {
        let dir = Dir::new("swept");
        ServiceKey::load_or_create(&dir.file(), NOW).expect("created");
        for name in ["service.key.7.new", "service.key.other", "service.keys.7.new"] {
            fs::write(dir.0.join(name), "1 secret").expect("written");
        }
        KeyFile::new(&dir.file()).rotate(NOW).expect("rotated");
        assert!(!dir.0.join("service.key.7.new").exists());
        assert_eq!(fs::read_dir(&dir.0).expect("the directory").count(), 3, "nothing else is touched");
    }

    #[test]
    fn keys_do_not_become_more_without_end() {
        let dir = Dir::new("most");
        ServiceKey::load_or_create(&dir.file(), NOW).expect("created");
        let file = KeyFile::new(&dir.file());
        for _ in 1..MOST_KEYS {
            file.rotate(NOW).expect("rotated");
        }
        let before = fs::read(dir.file()).expect("read");
        assert!(matches!(file.rotate(NOW), Err(KeyFileError::TooMany { .. })));
        assert_eq!(fs::read(dir.file()).expect("read"), before);
    }

    #[test]
    fn a_key_of_a_file_without_dates_is_of_unknown_age() {
        let dir = Dir::new("dateless");
        fs::write(dir.file(), format!("4 {}\n", "ab".repeat(32))).expect("written");
        fs::set_permissions(dir.file(), fs::Permissions::from_mode(0o600)).expect("changed");
        let key = ServiceKey::load(&dir.file()).expect("found");
        assert_eq!(key.infos().map(|key| (key.number, key.made)).collect::<Vec<_>>(), [(4, None)]);
    }

    #[test]
    fn a_damaged_file_is_refused_by_line_and_left_alone() {
        let dir = Dir::new("damaged");
        let key = "ab".repeat(32);
        for (text, line) in [
            (String::new(), 1),
            ("# nothing\n\n".to_owned(), 2),
            (format!("1 {key}\n2 {}\n", "ab".repeat(31)), 2),
            (format!("1 {key}\n1 {key}\n"), 2),
            (format!("x {key}\n"), 1),
            (format!("1 {key} yesterday\n"), 1),
            (format!("1 {key} 2026-11-26T00:00:00Z more\n"), 1),
            (format!("1 {}\n", "é".repeat(32)), 1),
        ] {
            fs::write(dir.file(), &text).expect("written");
            fs::set_permissions(dir.file(), fs::Permissions::from_mode(0o600)).expect("changed");
            let error = ServiceKey::load_or_create(&dir.file(), NOW).expect_err("refused").to_string();
            assert!(error.contains(&format!("line {line};")), "{text:?}: {error}");
            assert_eq!(fs::read_to_string(dir.file()).expect("kept"), text);
        }
    }

    #[test]
    fn a_missing_file_is_not_made_up_by_load() {
        let dir = Dir::new("missing");
        let error = ServiceKey::load(&dir.file()).expect_err("refused");
        assert!(
            matches!(&error, KeyFileError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
        );
        assert!(error.to_string().contains("service.key"), "{error}");
    }
}
