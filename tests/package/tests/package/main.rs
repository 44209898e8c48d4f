//! The Debian package: what is in it, and its life on a machine.

mod contents;
mod life;
mod machine;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that is gone after the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rapport-package-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Runs a command that must succeed, and returns what it wrote to standard output.
fn done(command: &mut Command) -> String {
    let output = output(command);
    assert!(output.status.success(), "{command:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// The package that `RAPPORT_PACKAGE` names, such as one that is to be released, or one that is built now.
fn built(to: &Path) -> PathBuf {
    std::env::var_os("RAPPORT_PACKAGE").map_or_else(|| build(to), PathBuf::from)
}

/// Builds the package of the program as it is tested: `RAPPORT_BIN`, or the one that was built beside this test.
fn build(to: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let binary = std::env::var_os("RAPPORT_BIN").map_or_else(beside, PathBuf::from);
    assert!(binary.exists(), "{} is not there: `cargo build -p rapport`", binary.display());
    let mut xtask = Command::new(env!("CARGO"));
    xtask.args(["xtask", "dist", "--binary"]).arg(binary).arg("--output").arg(to).current_dir(root);
    PathBuf::from(done(&mut xtask).lines().next_back().expect("the path of the package"))
}

/// The server in the directory of which `deps` holds this test.
fn beside() -> PathBuf {
    let test = std::env::current_exe().expect("the system knows what runs");
    test.ancestors().nth(2).expect("cargo put it there").join("rapport")
}
