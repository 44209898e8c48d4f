//! Answers that tell how far something is, as lines of JSON, before they tell what came of it.
//!
//! Only whoever accepts [`LINES`] gets them; for anybody else it is an ordinary answer. The status of lines is always
//! 200, since it is sent before anything is known: how it ended is said in the last line, and so noted in the log.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use rapport_service::restore::{Step, Told};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::problem::Problem;
use crate::record::Later;

/// The media type of lines of JSON.
pub(crate) const LINES: &str = "application/x-ndjson";
/// Lines that may wait for a slow reader; every percent of every step is fewer. What is more isn't told.
const WAITING: usize = 512;

/// A line of the answer.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Line<T> {
    Progress(Progress),
    Done(T),
    Problem(Problem),
}

#[derive(Serialize)]
struct Progress {
    step: &'static str,
    done: u64,
    total: u64,
}

/// Does something, and answers with what came of it; with every step before it, where that is accepted.
///
/// Lines are written while it is done, and it is done whether anybody reads them or not.
pub(crate) async fn follow<T, D>(
    headers: &HeaderMap,
    what: impl FnOnce(Told) -> D,
) -> Result<Response, Problem>
where
    T: Serialize + Send + 'static,
    D: Future<Output = Result<T, Problem>> + Send + 'static,
{
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    if !accepted.is_some_and(|accepted| accepted.split(',').any(|kind| kind.trim() == LINES)) {
        return Ok(Json(what(Arc::new(|_, _, _| {})).await?).into_response());
    }
    let (lines, waiting) = mpsc::channel::<Bytes>(WAITING);
    let (ends, mut note) = mpsc::channel(1);
    let done = what(told(lines.clone()));
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends by itself, and nobody waits for it but whoever asked"
    )]
    tokio::spawn(async move {
        let done = done.await;
        let status = match &done {
            Ok(_) => StatusCode::OK,
            Err(problem) => StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        };
        if let Some(note) = note.recv().await {
            crate::record::Note::write(note, status);
        }
        // Whoever has gone away is told nothing.
        let _ = lines.send(line(&done.map_or_else(Line::Problem, Line::Done))).await;
    });
    let body = Body::from_stream(stream::unfold(waiting, |mut waiting| async {
        waiting.recv().await.map(|line| (Ok::<_, std::convert::Infallible>(line), waiting))
    }));
    let mut response = ([(header::CONTENT_TYPE, LINES)], body).into_response();
    response.extensions_mut().insert(Later(ends));
    Ok(response)
}

/// Tells every percent of a step once.
fn told(lines: mpsc::Sender<Bytes>) -> Told {
    let last = Mutex::new(None);
    Arc::new(move |step: Step, done: u64, total: u64| {
        let percent = done.saturating_mul(100).checked_div(total);
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.replace((step, percent)) != Some((step, percent)) {
            let _ = lines.try_send(line(&Line::<()>::Progress(Progress { step: step.name(), done, total })));
        }
    })
}

fn line(line: &Line<impl Serialize>) -> Bytes {
    // Made of strings and numbers: nothing in it can't be written.
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    text.into()
}
