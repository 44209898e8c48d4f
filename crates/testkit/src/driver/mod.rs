//! Scripted clients on a stream: what they say is written, what should come is waited for, each wait with its end.
//!
//! ```no_run
//! # async fn talk() -> Result<(), rapport_testkit::driver::DriverError> {
//! use rapport_testkit::client::Profile;
//! use rapport_testkit::driver::Client;
//!
//! let mut kim = Client::tcp("127.0.0.1:5060", Profile::new("kim@example.com", "secret", 1)).await?;
//! kim.sign_in().await?;
//! let (invite, conversation) = kim.invite("chris@example.com");
//! kim.success(invite).await?;
//! let message = kim.message(&conversation, "hello").expect("the conversation is there");
//! kim.success(message).await?;
//! # Ok(())
//! # }
//! ```

mod stream;
mod tls;

use std::collections::VecDeque;
use std::io;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use bytes::BytesMut;
use rapport_sip::{Method, Request, Response};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

pub use stream::{REAL_PATIENCE, Stream};
pub use tls::Trust;

use crate::client::{Event, Failure, RequestId, ScriptedClient};

/// How long a client on a stream of a test's own waits for what should come, unless told otherwise.
pub const PATIENCE: Duration = Duration::from_secs(10);

const READ_BYTES: usize = 16 * 1024;
/// More events than this that nobody asked for are a fault of the test.
const MAX_BACKLOG: usize = 10_000;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The connection cannot be made or has broken.
    #[error("{what}: {error}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// The server has closed the connection.
    #[error("the server closed the connection while {0} was awaited")]
    Closed(String),
    /// The server did what it must not.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// It did not come in time.
    #[error("{what} did not come within {patience:?}; instead: {instead}")]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        patience: Duration,
        /// What came meanwhile.
        instead: String,
    },
    /// A request was refused.
    #[error("{method} was answered {status} {reason}{diagnostics}")]
    Refused {
        /// The method of the request.
        method: String,
        /// The status.
        status: u16,
        /// The reason phrase.
        reason: String,
        /// What the server adds to explain it, after a blank; may be empty.
        diagnostics: String,
    },
    /// More came than anybody waited for.
    #[error("{MAX_BACKLOG} events wait that nobody has asked for")]
    Flooded,
}

/// A client on a stream. What [`ScriptedClient`] can say, it can; it is written with the next wait or [`Client::flush`].
pub struct Client<S = Stream> {
    engine: ScriptedClient,
    stream: S,
    backlog: VecDeque<Event>,
    buffer: BytesMut,
    patience: Duration,
}

impl<S> Deref for Client<S> {
    type Target = ScriptedClient;

    fn deref(&self) -> &ScriptedClient {
        &self.engine
    }
}

impl<S> DerefMut for Client<S> {
    fn deref_mut(&mut self) -> &mut ScriptedClient {
        &mut self.engine
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Puts a client on a stream.
    pub fn over(stream: S, engine: ScriptedClient) -> Self {
        Self { engine, stream, backlog: VecDeque::new(), buffer: BytesMut::new(), patience: PATIENCE }
    }

    /// Waits so long for what should come.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Writes what has been said and closes the connection in good order, without signing out.
    ///
    /// # Errors
    /// [`DriverError::Io`].
    pub async fn close(mut self) -> Result<(), DriverError> {
        self.flush().await?;
        let closed = self.stream.shutdown().await;
        closed.map_err(|error| DriverError::Io { what: "closing the connection", error })
    }

    /// Gives back the stream, for what no client does with one.
    pub fn into_stream(self) -> S {
        self.stream
    }

    /// Writes what has been said.
    ///
    /// # Errors
    /// [`DriverError::Io`].
    pub async fn flush(&mut self) -> Result<(), DriverError> {
        while self.engine.has_output() {
            let output = self.engine.take_output();
            let io = |error| DriverError::Io { what: "writing to the server", error };
            self.stream.write_all(&output).await.map_err(io)?;
            self.stream.flush().await.map_err(io)?;
        }
        Ok(())
    }

    /// Waits, without end, for the next thing that happens.
    ///
    /// # Errors
    /// [`DriverError`], but never [`DriverError::Late`].
    pub async fn next_event(&mut self) -> Result<Event, DriverError> {
        if let Some(event) = self.backlog.pop_front() {
            self.flush().await?;
            return Ok(event);
        }
        self.read_event("anything").await
    }

    /// Waits for an event that `wanted` is true of. Others stay to be waited for; `what` names it in an error.
    ///
    /// # Errors
    /// [`DriverError`].
    pub async fn expect(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Event) -> bool,
    ) -> Result<Event, DriverError> {
        if let Some(at) = self.backlog.iter().position(&mut wanted) {
            self.flush().await?;
            return Ok(self.backlog.remove(at).expect("it has just been found"));
        }
        let deadline = Instant::now() + self.patience;
        loop {
            let Ok(read) = timeout_at(deadline, self.read_event(what)).await else {
                return Err(self.late(what));
            };
            let event = read?;
            if wanted(&event) {
                return Ok(event);
            }
            if self.backlog.len() >= MAX_BACKLOG {
                return Err(DriverError::Flooded);
            }
            self.backlog.push_back(event);
        }
    }

    /// Waits for the final answer to a request.
    ///
    /// # Errors
    /// [`DriverError`].
    pub async fn answer(&mut self, request: RequestId) -> Result<Response, DriverError> {
        let is_it = |event: &Event| event.as_answer(request).is_some();
        match self.expect("the answer to a request", is_it).await? {
            Event::Answered { response, .. } => Ok(response),
            Event::Progress { .. } | Event::Asked(_) | Event::Stray(_) => {
                unreachable!("an answer was awaited")
            }
        }
    }

    /// Waits for the final answer to a request, and wants it to be a success.
    ///
    /// # Errors
    /// [`DriverError::Refused`], and others.
    pub async fn success(&mut self, request: RequestId) -> Result<Response, DriverError> {
        let response = self.answer(request).await?;
        if response.status.is_success() { Ok(response) } else { Err(refused(&response)) }
    }

    /// Waits for a request of that method that `wanted` is true of.
    ///
    /// # Errors
    /// [`DriverError`].
    pub async fn request(
        &mut self,
        method: Method,
        mut wanted: impl FnMut(&Request) -> bool,
    ) -> Result<Request, DriverError> {
        let what = method.to_string();
        let is_it = |event: &Event| {
            event.as_request().is_some_and(|request| request.method == method && wanted(request))
        };
        match self.expect(&what, is_it).await? {
            Event::Asked(request) => Ok(request),
            Event::Progress { .. } | Event::Answered { .. } | Event::Stray(_) => {
                unreachable!("a request was awaited")
            }
        }
    }

    /// Makes sure that nothing that `unwanted` is true of has come before the server answered what is said here.
    /// It needs no time to pass: what the server sent earlier is ahead of its answer on the stream.
    ///
    /// # Errors
    /// [`DriverError`].
    pub async fn has_not_come(
        &mut self,
        mut unwanted: impl FnMut(&Event) -> bool,
    ) -> Result<bool, DriverError> {
        let request = self.engine.fetch_provisioning();
        self.answer(request).await?;
        Ok(!self.backlog.iter().any(&mut unwanted))
    }

    /// Forgets what has come and nobody has waited for.
    pub fn forget(&mut self) -> usize {
        std::mem::take(&mut self.backlog).len()
    }

    /// Signs in: three legs, and a 200 at the end.
    ///
    /// # Errors
    /// [`DriverError::Refused`] with the last answer, and others.
    pub async fn sign_in(&mut self) -> Result<Response, DriverError> {
        let request = self.engine.register();
        self.success(request).await
    }

    /// Subscribes to what SIPE subscribes to after the sign-in, and returns the contact list, the settings, and what
    /// is known of oneself.
    ///
    /// # Errors
    /// [`DriverError`].
    pub async fn first_subscriptions(&mut self) -> Result<[Response; 3], DriverError> {
        let requests = [
            self.engine.subscribe_contacts(),
            self.engine.fetch_provisioning(),
            self.engine.subscribe_self(),
        ];
        let [contacts, provisioning, own] = requests;
        Ok([self.success(contacts).await?, self.success(provisioning).await?, self.success(own).await?])
    }

    /// Waits for the server to close the connection.
    ///
    /// # Errors
    /// [`DriverError::Late`], and others.
    pub async fn closed(&mut self) -> Result<(), DriverError> {
        match self.expect("the end of the connection", |_| false).await {
            Err(DriverError::Closed(_)) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => unreachable!("nothing was wanted"),
        }
    }

    async fn read_event(&mut self, what: &str) -> Result<Event, DriverError> {
        loop {
            self.flush().await?;
            if let Some(event) = self.engine.poll_event() {
                return Ok(event);
            }
            self.buffer.clear();
            self.buffer.reserve(READ_BYTES);
            let io = |error| DriverError::Io { what: "reading from the server", error };
            let count = match self.stream.read_buf(&mut self.buffer).await {
                Ok(count) => count,
                // A server that is killed sends no close_notify.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
                Err(error) => return Err(io(error)),
            };
            if count == 0 {
                return Err(DriverError::Closed(what.to_owned()));
            }
            self.engine.receive(&self.buffer)?;
        }
    }

    fn late(&self, what: &str) -> DriverError {
        let name = |event: &Event| match event {
            Event::Asked(request) => request.method.to_string(),
            Event::Progress { response, .. } | Event::Answered { response, .. } | Event::Stray(response) => {
                response.status.as_u16().to_string()
            }
        };
        let names: Vec<_> = self.backlog.iter().take(20).map(name).collect();
        let instead = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        DriverError::Late { what: what.to_owned(), patience: self.patience, instead }
    }
}

fn refused(response: &Response) -> DriverError {
    let method = response.headers.cseq().map(|cseq| cseq.method.to_string()).unwrap_or_default();
    let diagnostics =
        response.headers.named("ms-diagnostics").map(|text| format!(" ({text})")).unwrap_or_default();
    let (status, reason) = (response.status.as_u16(), response.reason().to_owned());
    DriverError::Refused { method, status, reason, diagnostics }
}
