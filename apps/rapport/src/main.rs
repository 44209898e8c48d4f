//! `rapport`: the server, and the commands that manage it.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(rapport::cli::run())
}
