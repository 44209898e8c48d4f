//! The threads that own the connections: one that writes, a few that read.
//!
//! SQLite blocks, and its commits wait for the disk. The writer takes whatever is queued into one transaction, each
//! change under a savepoint of its own, and answers all of them after the one sync (group commit). A queue that is full
//! refuses: a caller is told at once, not later.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rapport_store::{Answer, StoreError};
use rusqlite::Connection;

use crate::OpenError;
use crate::error::{Done, Fail};
use crate::oneshot::{self, Sender};

/// Calls that wait for a thread.
const QUEUE: usize = 1024;
/// Changes in one transaction.
const GROUP: usize = 128;

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
    pub(crate) fn writer(path: &Path, connection: Connection) -> Result<Self, OpenError> {
        let (queue, jobs) = sync_channel(QUEUE);
        let file = path.to_owned();
        let thread = spawn(path, "store-writer", move || write(&connection, &jobs, &file))?;
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

fn write(connection: &Connection, jobs: &Receiver<Box<dyn Job>>, path: &Path) {
    let mut group = Vec::with_capacity(GROUP);
    while let Ok(first) = jobs.recv() {
        group.push(first);
        while group.len() < GROUP
            && let Ok(next) = jobs.try_recv()
        {
            group.push(next);
        }
        let lost = commit(connection, &mut group, path).err();
        for job in group.drain(..) {
            job.finish(lost.as_ref());
        }
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
