//! The journeys of `web/e2e`, which go through the pages with a server in the page's memory.

use std::process::Command;

use crate::chromium::{node, root};

/// Goes through the pages as they have been built, and returns whether every journey ended as it says.
///
/// # Panics
/// When there is no Node.js.
#[must_use]
pub fn journeys() -> bool {
    let mut run = Command::new(node());
    run.arg(root().join("web/e2e/journeys.ts")).args(["--built", "--again"]).env("NODE_NO_WARNINGS", "1");
    let ended = run.status();
    ended
        .unwrap_or_else(|e| panic!("{} does not start ({e}); `cargo xtask test` brings it", node().display()))
        .success()
}
