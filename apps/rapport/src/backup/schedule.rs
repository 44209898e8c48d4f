//! Backups by the clock: made, verified, counted, and the old ones let go.
//!
//! When the next one is due is told by monotonic time, so that no step of the clock on the wall makes one too many or
//! none at all; only at the start is the age of the newest one read from the wall.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rapport_model::Timestamp;
use rapport_service::clock::Clock;
use tokio::time::{Instant, sleep_until};

use super::archive;
use super::files::{Kept, Scratch, kept, name};
use super::make::{KeyChoice, Made, make};
use super::verify::verify;
use crate::clock::SystemClock;
use crate::passphrase;

/// How soon a backup that failed is tried again, unless they are made more often than that.
const RETRY: Duration = Duration::from_secs(15 * 60);
/// How often the age of the newest backup is told.
const TELL: Duration = Duration::from_secs(15);

/// What is made, how often, and how many are kept.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The data directory.
    pub(crate) data: PathBuf,
    /// Where the backups are.
    pub(crate) directory: PathBuf,
    /// From the beginning of one to that of the next.
    pub(crate) every: Duration,
    /// How many are kept.
    pub(crate) keep: usize,
    /// The passphrase for the service key; without one the key is left out.
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Makes backups until the task is dropped.
pub(crate) async fn keep_making(schedule: Schedule) {
    let now = SystemClock.wall();
    let newest = newest_good(&schedule.directory).await;
    if let Some(newest) = &newest {
        told(newest.at);
    }
    let mut last_good =
        newest.as_ref().map(|newest| Age { at_start: now.since(newest.at), start: Instant::now() });
    tell_age(last_good.as_ref());
    let wait = until_due(newest.as_ref().map(|newest| newest.at), now, schedule.every);
    let of = newest.map_or_else(
        || "there is no good backup".to_owned(),
        |newest| format!("the newest backup is of {}", newest.at),
    );
    tracing::info!("{of}; the next is due in {wait:?}");
    let mut due = Instant::now() + wait;
    loop {
        let tell = Instant::now() + TELL;
        tell_age(last_good.as_ref());
        if Instant::now() < due {
            sleep_until(due.min(tell)).await;
            continue;
        }
        let began = Instant::now();
        let at = SystemClock.wall();
        due = match once(&schedule, at).await {
            Ok(bytes) => {
                told(at);
                last_good = Some(Age { at_start: Duration::ZERO, start: began });
                tell_age(last_good.as_ref());
                let took = began.elapsed();
                metrics::gauge!("rapport_backup_duration_seconds").set(took.as_secs_f64());
                metrics::gauge!("rapport_backup_size_bytes").set(bytes as f64);
                tracing::info!(bytes, ?took, "a backup was made and verified");
                began + schedule.every
            }
            Err(error) => {
                metrics::counter!("rapport_backup_failures_total").increment(1);
                let again = RETRY.min(schedule.every);
                tracing::error!("no backup was made; it is tried again in {again:?}: {error:#}");
                Instant::now() + again
            }
        };
    }
}

/// How old something is, whatever the wall clock does meanwhile.
struct Age {
    at_start: Duration,
    start: Instant,
}

impl Age {
    fn now(&self) -> Duration {
        self.at_start + self.start.elapsed()
    }
}

fn tell_age(last_good: Option<&Age>) {
    if let Some(age) = last_good {
        metrics::gauge!("rapport_backup_age_seconds").set(age.now().as_secs_f64());
    }
}

fn told(at: Timestamp) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age are far below 2^53")]
    metrics::gauge!("rapport_backup_last_success_timestamp_seconds").set(at.0 as f64 / 1000.0);
}

/// Tells how long it is until the next backup; at once without one before, and never longer than the whole span: a
/// backup from the future only means that the clock was set back.
fn until_due(newest: Option<Timestamp>, now: Timestamp, every: Duration) -> Duration {
    newest.map_or(Duration::ZERO, |newest| every.saturating_sub(now.since(newest)))
}

/// Returns the newest backup that can be good: one that was verified before it got its name, or was put there by hand
/// and is as long as it says.
async fn newest_good(directory: &Path) -> Option<Kept> {
    let directory = directory.to_owned();
    let find = move || {
        let all = kept(&directory).ok()?;
        all.into_iter().rev().find(|kept| archive::manifest(&kept.path).is_ok())
    };
    tokio::task::spawn_blocking(find).await.ok().flatten()
}

/// Makes one, verifies it, gives it its name and lets old ones go; returns its length.
///
/// Until it is found good it is in a scratch directory: whenever the process is killed, what has the name of a backup
/// was verified.
async fn once(schedule: &Schedule, at: Timestamp) -> Result<u64> {
    if !schedule.directory.is_dir() {
        bail!("{} is no directory; make it, or set backup.directory", schedule.directory.display());
    }
    let passphrase = schedule.passphrase_file.as_deref().map(passphrase::from_file).transpose()?;
    let (scratch, made) = make_aside(schedule, passphrase.clone(), at).await?;
    let (file, within) = (made.backup.clone(), scratch.path().to_owned());
    let runtime = tokio::runtime::Handle::current();
    // It reads the whole file and waits for a store of its own: not on a thread that serves.
    let look = move || runtime.block_on(verify(&file, &within, passphrase.as_deref(), &mut |_, _| {}));
    tokio::task::spawn_blocking(look)
        .await?
        .map_err(|error| error.context("the backup was made, found to be wrong, and removed"))?;
    let (directory, keep) = (schedule.directory.clone(), schedule.keep);
    let keep_it = move || {
        let good = directory.join(name(at));
        // Unlike a renaming, a link takes no other's place.
        let put = fs::hard_link(&made.backup, &good).and_then(|()| File::open(&directory)?.sync_all());
        put.with_context(|| format!("cannot write {}", good.display()))?;
        drop(scratch);
        let_go(&directory, keep, &good)?;
        Ok(made.bytes)
    };
    tokio::task::spawn_blocking(keep_it).await?
}

/// Makes a backup in a scratch directory beside the others.
async fn make_aside(
    schedule: &Schedule,
    passphrase: Option<String>,
    at: Timestamp,
) -> Result<(Scratch, Made)> {
    let key = passphrase.map_or(KeyChoice::LeftOut, KeyChoice::Sealed);
    let (data, directory) = (schedule.data.clone(), schedule.directory.clone());
    let work = move || {
        let scratch = Scratch::within(&directory)?;
        let made = make(&data, scratch.path(), &key, at, &mut |_, _| {})?;
        Ok((scratch, made))
    };
    tokio::task::spawn_blocking(work).await?
}

/// Removes the oldest backups beyond those that are kept; never the one that has just been found good.
fn let_go(directory: &Path, keep: usize, good: &Path) -> Result<()> {
    let all = kept(directory)?;
    if !all.iter().any(|kept| kept.path == good) {
        bail!("{} has gone; no older one is removed", good.display());
    }
    let others: Vec<&Kept> = all.iter().filter(|kept| kept.path != good).collect();
    let surplus = others.len().saturating_sub(keep.saturating_sub(1));
    for old in others.iter().take(surplus) {
        fs::remove_file(&old.path).with_context(|| format!("cannot remove {}", old.path.display()))?;
        tracing::info!(backup = %old.path.display(), "an old backup was removed (backup.keep)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u32) -> Timestamp {
        Timestamp::parse(&format!("2026-11-26T00:{minute:02}:00Z")).expect("a moment")
    }

    #[test]
    fn the_next_backup_is_due_by_the_age_of_the_newest_and_never_later_than_that() {
        let hour = Duration::from_secs(3600);
        assert_eq!(until_due(None, at(10), hour), Duration::ZERO);
        assert_eq!(until_due(Some(at(0)), at(10), hour), Duration::from_secs(3000));
        assert_eq!(until_due(Some(at(0)), at(10), Duration::from_secs(60)), Duration::ZERO);
        assert_eq!(until_due(Some(at(50)), at(10), hour), hour, "the clock was set back");
    }

    fn database(directory: &Path) {
        drop(rapport_store_sqlite::SqliteStore::open(&directory.join("rapport.db")).expect("a database"));
    }

    #[tokio::test]
    async fn what_a_kill_leaves_before_it_was_verified_is_no_backup_and_is_swept_away() {
        let place = Scratch::within(&std::env::temp_dir()).expect("a directory");
        database(place.path());
        let directory = place.path().join("backups");
        fs::create_dir(&directory).expect("made");
        let schedule = Schedule {
            data: place.path().to_owned(),
            directory: directory.clone(),
            every: Duration::from_secs(3600),
            keep: 3,
            passphrase_file: None,
        };
        let (scratch, made) = make_aside(&schedule, None, at(10)).await.expect("made");
        assert!(made.backup.exists() && archive::manifest(&made.backup).is_ok());
        assert_eq!(newest_good(&directory).await, None, "it was not verified");
        // A kill here: the directory stays, under the number of a process that is gone.
        let left = directory.join(".rapport-scratch-999999999-0");
        fs::rename(scratch.path(), &left).expect("moved");
        drop(scratch);
        assert_eq!(newest_good(&directory).await, None);
        assert_eq!(once(&schedule, at(20)).await.expect("made"), made.bytes);
        assert!(!left.exists(), "what was left behind is gone");
        assert_eq!(newest_good(&directory).await.map(|kept| kept.at), Some(at(20)));
        assert_eq!(fs::read_dir(&directory).expect("read").count(), 1, "nothing is beside it");
        let again = once(&schedule, at(20)).await.expect_err("no other's place is taken");
        assert!(format!("{again:#}").contains("cannot write"), "{again:#}");
    }

    #[tokio::test]
    async fn a_file_that_was_cut_off_anywhere_is_not_the_newest_good_backup() {
        let place = Scratch::within(&std::env::temp_dir()).expect("a directory");
        database(place.path());
        let make = |minute| {
            make(place.path(), place.path(), &KeyChoice::LeftOut, at(minute), &mut |_, _| {}).expect("made")
        };
        let newest = async || newest_good(place.path()).await.map(|kept| kept.at);
        let (_, later) = (make(10), make(20));
        assert_eq!(newest().await, Some(at(20)));
        let whole = fs::read(&later.backup).expect("read");
        for length in [0, 100, 512, 4096, whole.len() / 2, whole.len() - 1025, whole.len() - 1] {
            fs::write(&later.backup, &whole[..length]).expect("written");
            assert_eq!(newest().await, Some(at(10)), "{length} of {}", whole.len());
        }
        fs::write(&later.backup, &whole).expect("written");
        assert_eq!(newest().await, Some(at(20)));
    }

    #[test]
    fn the_oldest_go_and_the_one_that_was_just_found_good_never_does() {
        let scratch = Scratch::within(&std::env::temp_dir()).expect("a directory");
        let path = |minute| scratch.path().join(name(at(minute)));
        let left = || kept(scratch.path()).expect("read").iter().map(|kept| kept.at).collect::<Vec<_>>();
        for minute in [10, 20, 30, 40] {
            fs::write(path(minute), "").expect("written");
        }
        fs::write(scratch.path().join("letters.tar"), "").expect("written");
        let_go(scratch.path(), 3, &path(40)).expect("done");
        assert_eq!(left(), [at(20), at(30), at(40)]);
        // The clock was set back: the newest is the oldest by its name.
        fs::write(path(5), "").expect("written");
        let_go(scratch.path(), 1, &path(5)).expect("done");
        assert_eq!(left(), [at(5)]);
        assert!(let_go(scratch.path(), 1, &path(50)).is_err(), "nothing goes for one that isn't there");
        assert_eq!(left(), [at(5)]);
        assert!(scratch.path().join("letters.tar").exists(), "what has another name is nobody's business");
    }
}
