//! `cargo xtask dist`: the Debian package, built from a staged tree by `dpkg-deb`.
//!
//! `cargo-deb` would do much of it, but would have to be compiled first, for minutes, on every fresh machine; the tools
//! here are those of `dpkg-dev`, which a compiler on Debian brings along. The same sources, toolchain and place give the
//! same bytes: every time stamp is the commit's (`SOURCE_DATE_EPOCH`), and everything is sorted.

mod sbom;
mod stage;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::files::{array, metadata, root, text};
use crate::shell::{cargo, command, output_of, passes};

/// What is built, and where it goes.
struct Order {
    /// A program that is compiled already, such as the one that is tested. Without one, a release is compiled.
    binary: Option<PathBuf>,
    output: Option<PathBuf>,
}

/// A package in the making.
struct Package {
    /// The version, with Debian's own part.
    version: String,
    architecture: String,
    /// Seconds since 1970 that stand for every time stamp.
    epoch: String,
    /// The program as it was compiled.
    binary: PathBuf,
    /// Whether it is what is given to others: what is slow is done only then.
    release: bool,
}

/// Builds the package, and prints its path as the last line of standard output.
pub(crate) fn run(words: &[&str]) -> Result<bool> {
    let order = Order::read(words)?;
    if order.binary.is_none() && !crate::web::build()? {
        return Ok(false);
    }
    if order.binary.is_none() && !passes(&mut cargo(&["build", "--package", "rapport", "--release"]))? {
        return Ok(false);
    }
    let (package, target) = Package::read(&order)?;
    let output = order.output.unwrap_or_else(|| target.join("dist"));
    let staged = output.join("stage");
    if staged.exists() {
        fs::remove_dir_all(&staged).with_context(|| format!("cannot remove {}", staged.display()))?;
    }
    stage::tree(&package, &staged)?;
    let file = output.join(format!("rapport_{}_{}.deb", package.version, package.architecture));
    let compression = if package.release { ["-Zxz", "-z6"] } else { ["-Zgzip", "-z1"] };
    let mut build = command("dpkg-deb", &["--root-owner-group", "--build"]);
    build.args(compression).arg(&staged).arg(&file).env("SOURCE_DATE_EPOCH", &package.epoch);
    output_of(&mut build)?;
    if package.release {
        keep_symbols(&package, &file.with_extension("debug"))?;
    }
    fs::remove_dir_all(&staged).context("cannot remove the staged tree")?;
    crate::shell::say(&format!("{}\n", file.display()))?;
    Ok(true)
}

impl Order {
    fn read(words: &[&str]) -> Result<Self> {
        let mut order = Self { binary: None, output: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match (*word, words.next()) {
                ("--binary", Some(program)) => order.binary = Some(std::path::absolute(program)?),
                ("--output", Some(directory)) => order.output = Some(std::path::absolute(directory)?),
                _ => bail!("cargo xtask dist [--binary PROGRAM] [--output DIRECTORY]"),
            }
        }
        Ok(order)
    }
}

impl Package {
    fn read(order: &Order) -> Result<(Self, PathBuf)> {
        let metadata = metadata(false)?;
        let server = array(&metadata, "packages").find(|package| text(package, "name") == "rapport");
        let version = server.map(|server| text(server, "version")).context("there is no package rapport")?;
        let target = PathBuf::from(text(&metadata, "target_directory"));
        let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(epoch) => epoch,
            Err(_) => output_of(&mut command("git", &["log", "-1", "--format=%ct"]))?.trim().to_owned(),
        };
        let architecture = output_of(&mut command("dpkg", &["--print-architecture"]))?.trim().to_owned();
        let package = Self {
            version: format!("{version}-1"),
            architecture,
            epoch,
            binary: order.binary.clone().unwrap_or_else(|| target.join("release/rapport")),
            release: order.binary.is_none(),
        };
        Ok((package, target))
    }
}

/// Keeps what the package leaves out, for whoever has to read a stack of the program.
fn keep_symbols(package: &Package, file: &Path) -> Result<()> {
    let mut copy = command("objcopy", &["--only-keep-debug", "--compress-debug-sections"]);
    output_of(copy.arg(&package.binary).arg(file))?;
    eprintln!("xtask: the symbols that the package leaves out are in {}", file.display());
    Ok(())
}

/// A file of the project, by its path from the root.
fn source(path: &str) -> PathBuf {
    root().join(path)
}
