//! `rapport`: the server, and the commands that manage it.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Why not the system's: `docs/adr/0007-allocator.md`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(rapport::cli::run())
}
