//! The threads that own the connections: one that writes, a few that read.
//!
//! SQLite blocks, and its commits wait for the disk. The writer takes whatever is queued into one transaction, each
//! change under a savepoint of its own, and answers all of them after the one sync (group commit). A queue that is full
//! refuses: a caller is told at once, not later.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rapport_store::{Answer, StoreError};
use rusqlite::Connection;

use crate::OpenError;
use crate::error::{Done, Fail};
use crate::health::{self, Health};
use crate::oneshot::{self, Sender};

/// Calls that wait for a thread.
const QUEUE: usize = 1024;
/// Changes in one transaction.
const GROUP: usize = 128;

/// How often a disk that took no change is tried again while nobody wants to change anything.
const PROBE: Duration = Duration::from_secs(1);
/// The size of the write-ahead log, in bytes, at which it is folded into the file whoever reads.
const LARGEST_LOG: u64 = 64 * 1024 * 1024;

/// A call on its way to a connection.
trait Job: Send {
    /// Runs the call and keeps its outcome.
    ///
    /// # Errors
    /// What the caller will be told.
    fn run(&mut self, connection: &Connection, path: &Path) -> Result<(), StoreError>;
    /// Answers the caller: with the outcome, or with why it did not last.
    fn finish(self: Box<Self>, lost: Option<&StoreError>);
}

struct Task<T, F> {
    call: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    answer: Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnOnce(&Connection) -> Done<T> + Send> Job for Task<T, F> {
    fn run(&mut self, connection: &Connection, path: &Path) -> Result<(), StoreError> {
        let Some(call) = self.call.take() else { return Ok(()) };
        let panicked = || Fail::Store(StoreError::Internal { context: "a call panicked".to_owned() });
        let outcome = catch_unwind(AssertUnwindSafe(|| call(connection))).unwrap_or_else(|_| Err(panicked()));
        let outcome = self.outcome.insert(outcome.map_err(|fail| fail.of_file(path)));
        outcome.as_ref().map(|_| ()).map_err(StoreError::clone)
    }

    fn finish(self: Box<Self>, lost: Option<&StoreError>) {
        let outcome = match (self.outcome, lost) {
            (Some(Err(own)), _) => Err(own),
            (_, Some(lost)) => Err(lost.clone()),
            (Some(done), None) => done,
            (None, None) => Err(StoreError::Internal { context: "a call was not run".to_owned() }),
        };
        self.answer.send(outcome);
    }
}

/// A queue and the threads behind it; dropping it waits until what is queued is done.
pub(crate) struct Pool {
    queue: Option<SyncSender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
    name: &'static str,
}

impl Pool {
    pub(crate) fn writer(
        path: &Path,
        connection: Connection,
        health: Arc<Health>,
    ) -> Result<Self, OpenError> {
        let (queue, jobs) = sync_channel(QUEUE);
        let file = path.to_owned();
        let thread = spawn(path, "store-writer", move || write(&connection, &jobs, &file, &health))?;
        Ok(Self { queue: Some(queue), threads: vec![thread], name: "writing" })
    }

    pub(crate) fn readers(path: &Path, connections: Vec<Connection>) -> Result<Self, OpenError> {
        let (queue, jobs) = sync_channel(QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        let mut threads = Vec::new();
        for connection in connections {
            let (jobs, file) = (Arc::clone(&jobs), path.to_owned());
            threads.push(spawn(path, "store-reader", move || read(&connection, &jobs, &file))?);
        }
        Ok(Self { queue: Some(queue), threads, name: "reading" })
    }

    /// Sends a call to a thread once the future is polled.
    pub(crate) fn ask<'a, T: Send + 'static>(
        &'a self,
        call: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            let unavailable =
                |why: &str| StoreError::Unavailable { context: format!("the queue for {} {why}", self.name) };
            let (answer, receiver) = oneshot::channel();
            let job = Box::new(Task { call: Some(call), outcome: None, answer });
            match self.queue.as_ref().map(|queue| queue.try_send(job)) {
                Some(Ok(())) => {}
                Some(Err(TrySendError::Full(_))) => return Err(unavailable("is full")),
                Some(Err(TrySendError::Disconnected(_))) | None => return Err(unavailable("has ended")),
            }
            receiver.await.unwrap_or_else(|| Err(unavailable("has ended")))
        })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to do, and its callers know.
            let _ = thread.join();
        }
    }
}

fn spawn(path: &Path, name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    let error = |source| OpenError::Thread { path: path.to_owned(), source };
    thread::Builder::new().name(name.to_owned()).spawn(run).map_err(error)
}

fn read(connection: &Connection, jobs: &Mutex<Receiver<Box<dyn Job>>>, path: &Path) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut job) = next else { return };
        // One transaction around a call, so that all its statements read the same state.
        let begun = connection.execute_batch("BEGIN");
        if begun.is_ok() {
            // The job keeps its outcome, and answers with it.
            let _ = job.run(connection, path);
        }
        let lost = begun.and_then(|()| end(connection, "COMMIT")).err();
        job.finish(lost.map(|error| Fail::Sql(error).of_file(path)).as_ref());
    }
}

fn write(connection: &Connection, jobs: &Receiver<Box<dyn Job>>, path: &Path, health: &Health) {
    let mut group = Vec::with_capacity(GROUP);
    let mut log = Log::new(path);
    loop {
        let first = if health.trouble().is_some() {
            match jobs.recv_timeout(PROBE) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    health.note(probe(connection, path).as_ref().copied(), 0, health::now());
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match jobs.recv() {
                Ok(first) => first,
                Err(_) => return,
            }
        };
        group.push(first);
        while group.len() < GROUP
            && let Ok(next) = jobs.try_recv()
        {
            group.push(next);
        }
        let lost = commit(connection, &mut group, path).err();
        health.note(lost.as_ref().map_or(Ok(()), Err), group.len(), health::now());
        for job in group.drain(..) {
            job.finish(lost.as_ref());
        }
        log.bound(connection);
    }
}

/// Writes a page as it is, to see whether the disk takes it: nobody may want to change anything for hours.
fn probe(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let write = || -> rusqlite::Result<()> {
        let schema: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        connection.pragma_update(None, "user_version", schema)
    };
    write().map_err(|error| Fail::Sql(error).of_file(path))
}

/// Keeps the write-ahead log from growing without end.
///
/// SQLite folds it into the file by itself every 8192 pages, and then begins it anew, but only at a moment at which
/// nobody reads from it.
struct Log {
    file: PathBuf,
    /// At which size it is folded in by force; doubled when that can't be done, such as on a full disk.
    at: u64,
}

impl Log {
    fn new(database: &Path) -> Self {
        let mut file = database.as_os_str().to_owned();
        file.push("-wal");
        Self { file: file.into(), at: LARGEST_LOG }
    }

    fn bound(&mut self, connection: &Connection) {
        let size = || std::fs::metadata(&self.file).map_or(0, |file| file.len());
        let before = size();
        if before <= self.at {
            return;
        }
        // Waits for those who read, as long as for another process; that it could not is seen from the size.
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let after = size();
        self.at = if after < LARGEST_LOG { LARGEST_LOG } else { after.saturating_mul(2) };
        tracing::info!(before, after, "the write-ahead log was folded into the database");
    }
}

/// Runs a group in one transaction. An error means that nothing of it lasts.
fn commit(connection: &Connection, group: &mut [Box<dyn Job>], path: &Path) -> Result<(), StoreError> {
    let execute = |sql| connection.execute_batch(sql).map_err(|error| Fail::Sql(error).of_file(path));
    execute("BEGIN IMMEDIATE")?;
    let done = group
        .iter_mut()
        .try_for_each(|job| run_alone(connection, job.as_mut(), path))
        .and_then(|()| execute("COMMIT"));
    if done.is_err() {
        // The transaction is given up already when SQLite did so itself.
        let _ = end(connection, "ROLLBACK");
    }
    done
}

/// Runs one change so that its failure takes no other along. An error means that the whole transaction is lost.
fn run_alone(connection: &Connection, job: &mut dyn Job, path: &Path) -> Result<(), StoreError> {
    let execute = |sql| -> Result<(), StoreError> {
        let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(|error| Fail::Sql(error).of_file(path))
    };
    execute("SAVEPOINT change")?;
    if let Err(error) = job.run(connection, path) {
        if connection.is_autocommit() {
            // A full disk or a failing one makes SQLite give up the transaction with everything in it.
            return Err(error);
        }
        execute("ROLLBACK TO change")?;
    }
    execute("RELEASE change")
}

fn end(connection: &Connection, how: &str) -> rusqlite::Result<()> {
    if connection.is_autocommit() { Ok(()) } else { connection.execute_batch(how) }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use rapport_store::contract::block_on;

    use super::*;

    fn pool(setup: &str) -> Pool {
        let connection = Connection::open_in_memory().expect("memory");
        connection.execute_batch(setup).expect("a schema");
        Pool::writer(Path::new("test.db"), connection, Arc::default()).expect("a thread")
    }

    fn insert(pool: &Pool, n: i64) -> Answer<'_, i64> {
        pool.ask(move |c| {
            c.execute("INSERT INTO t (n) VALUES (?1)", [n])?;
            Ok(n)
        })
    }

    fn rows(pool: &Pool) -> Result<Vec<i64>, StoreError> {
        block_on(pool.ask(|c| {
            let mut statement = c.prepare("SELECT n FROM t ORDER BY n")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        }))
    }

    /// Holds the writer up until the sender is dropped.
    fn hold(pool: &Pool) -> (mpsc::Sender<()>, Answer<'_, ()>) {
        let (release, held) = mpsc::channel::<()>();
        let (started, running) = mpsc::channel::<()>();
        let mut holding = pool.ask(move |_| {
            let _ = started.send(());
            let _ = held.recv();
            Ok(())
        });
        assert!(pin!(&mut holding).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        running.recv().expect("the writer is held up");
        (release, holding)
    }

    /// Sends calls while the writer is held up, so that they are committed together, and returns their answers.
    fn together<T>(pool: &Pool, mut calls: Vec<Answer<'_, T>>) -> Vec<Result<T, StoreError>> {
        let (release, holding) = hold(pool);
        for call in &mut calls {
            assert!(pin!(call).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        drop(release);
        assert_eq!(block_on(holding), Ok(()));
        calls.into_iter().map(block_on).collect()
    }

    #[test]
    fn a_change_that_fails_or_panics_takes_no_other_along() {
        let pool = pool("CREATE TABLE t (n INTEGER PRIMARY KEY)");
        let panics = pool.ask(|c| {
            c.execute("INSERT INTO t (n) VALUES (7)", [])?;
            panic!("on purpose")
        });
        let refused = pool.ask(|c| {
            c.execute("INSERT INTO t (n) VALUES (8)", [])?;
            Err(StoreError::NotFound.into())
        });
        let answers = together(
            &pool,
            vec![insert(&pool, 1), panics, insert(&pool, 2), refused, insert(&pool, 1), insert(&pool, 3)],
        );
        assert_eq!(answers.first(), Some(&Ok(1)));
        assert!(matches!(answers.get(1), Some(Err(StoreError::Internal { .. }))));
        assert_eq!(answers.get(2), Some(&Ok(2)));
        assert_eq!(answers.get(3), Some(&Err(StoreError::NotFound)));
        assert!(matches!(answers.get(4), Some(Err(StoreError::Internal { .. }))), "{answers:?}");
        assert_eq!(answers.get(5), Some(&Ok(3)));
        assert_eq!(rows(&pool), Ok(vec![1, 2, 3]));
    }

    #[test]
    fn a_full_disk_is_called_so_and_writing_goes_on_when_there_is_room() {
        let pool = pool("CREATE TABLE t (n INTEGER PRIMARY KEY, big BLOB); PRAGMA max_page_count = 10");
        let too_big = pool.ask(|c| {
            c.execute("INSERT INTO t (n, big) VALUES (9, zeroblob(1000000))", [])?;
            Ok(9)
        });
        let answers = together(&pool, vec![insert(&pool, 1), too_big, insert(&pool, 2)]);
        // SQLite gives up the whole transaction then, so nobody in it is told otherwise.
        assert_eq!(answers, [Err(StoreError::Full), Err(StoreError::Full), Err(StoreError::Full)]);
        assert_eq!(rows(&pool), Ok(vec![]));
        assert_eq!(block_on(insert(&pool, 3)), Ok(3));
    }

    #[test]
    fn a_commit_that_fails_is_answered_to_every_change_in_it() {
        // A deferred constraint is looked at by COMMIT alone.
        let pool = pool(
            "PRAGMA foreign_keys = ON; CREATE TABLE t (n INTEGER PRIMARY KEY);
             CREATE TABLE u (n INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)",
        );
        let dangling = pool.ask(|c| {
            c.execute("INSERT INTO u (n) VALUES (99)", [])?;
            Ok(99)
        });
        let answers = together(&pool, vec![insert(&pool, 1), dangling]);
        assert!(
            answers.iter().all(|answer| matches!(answer, Err(StoreError::Internal { .. }))),
            "{answers:?}"
        );
        assert_eq!(rows(&pool), Ok(vec![]));
        assert_eq!(block_on(insert(&pool, 2)), Ok(2));
    }

    #[test]
    fn a_full_queue_refuses_at_once() {
        let pool = pool("CREATE TABLE t (n INTEGER PRIMARY KEY)");
        let (release, _holding) = hold(&pool);
        let mut context = Context::from_waker(Waker::noop());
        let mut waiting: Vec<_> =
            (0..i64::try_from(QUEUE).expect("small")).map(|n| insert(&pool, n)).collect();
        for call in &mut waiting {
            assert!(pin!(call).poll(&mut context).is_pending());
        }
        let refused = block_on(insert(&pool, -1));
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
        drop(release);
        for call in waiting {
            assert!(block_on(call).is_ok());
        }
    }
}
