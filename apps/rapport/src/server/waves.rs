//! Closes connections in waves at the end, so that not all clients come back at the same moment.
//!
//! A face closes all of its connections together; there are several, and each connection belongs to one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use rapport_fabric_local::LocalFabric;
use rapport_face_sip::{Face, Settings};
use rapport_service::Wire;
use tokio::sync::watch;
use tokio::time::sleep;

use super::LocalServices;

type LocalFace = Face<LocalFabric<Wire>>;

/// How many waves there are.
const WAVES: usize = 32;
/// Between two waves at the most.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The faces, each with the word that closes it.
pub(super) struct Waves {
    faces: Vec<(Arc<LocalFace>, watch::Sender<bool>)>,
    turn: AtomicUsize,
}

impl Waves {
    pub(super) fn new(services: &Arc<LocalServices>, settings: &Settings) -> Result<Self> {
        let mut faces = Vec::with_capacity(WAVES);
        for _ in 0..WAVES {
            let (close, closing) = watch::channel(false);
            faces.push((Arc::new(Face::new(services.clone(), settings.clone(), closing)?), close));
        }
        Ok(Self { faces, turn: AtomicUsize::new(0) })
    }

    /// Returns the face that the next connection belongs to.
    pub(super) fn next(&self) -> Arc<LocalFace> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % WAVES;
        self.faces.get(turn).map_or_else(|| unreachable!("there are {WAVES} faces"), |(face, _)| face.clone())
    }

    /// Closes one wave after the other, in at most half of the time that the whole end may take.
    pub(super) async fn close(&self, bound: Duration) {
        let used = self.turn.load(Ordering::Relaxed).min(WAVES);
        let pause = (bound / 2 / u32::try_from(WAVES).unwrap_or(u32::MAX)).min(LONGEST_PAUSE);
        for (n, (_, close)) in self.faces.iter().enumerate() {
            if n > 0 && n < used {
                sleep(pause).await;
            }
            close.send_replace(true);
        }
    }
}
