//! Embeds what `cargo xtask web` has built, or the one page that says how to build it.
//!
//! The pages are in `target/web/embed` of the project, whatever cargo's own target directory is: `index.tsv` has a line
//! for each file (path, type, tag, `immutable` or `revalidate`, encodings), and `files/` has the files, beside each its
//! compressed forms. Nothing here needs Node.js.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let embed = manifest.join("../../target/web/embed");
    // A directory that isn't there would have cargo ask again at each build.
    if fs::create_dir_all(&embed).is_ok() {
        println!("cargo::rerun-if-changed={}", embed.display());
    }
    println!("cargo::rerun-if-changed=unbuilt");
    println!("cargo::rerun-if-changed=build.rs");
    let text = match fs::read_to_string(embed.join("index.tsv")) {
        Ok(index) => table(&index, &embed.join("files"))?,
        Err(_) => {
            let line = "index.html\ttext/html; charset=utf-8\tunbuilt\trevalidate\t\n";
            table(line, &manifest.join("unbuilt"))?
        }
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("files.rs");
    fs::write(out, text)
}

/// The files as the text of a Rust array, sorted by path.
fn table(index: &str, directory: &Path) -> io::Result<String> {
    let mut lines: Vec<&str> = index.lines().collect();
    lines.sort_unstable();
    let mut text = String::from("&[\n");
    for line in lines {
        let columns: Vec<&str> = line.split('\t').collect();
        let [path, kind, tag, caching, encodings] = columns[..] else {
            return Err(io::Error::other(format!("index.tsv: {line} has not five columns")));
        };
        let bytes = |suffix: &str| -> io::Result<String> {
            let file = fs::canonicalize(directory.join(format!("{path}{suffix}")))?;
            Ok(format!("include_bytes!({file:?})"))
        };
        let encoded = |name: &str, suffix: &str| -> io::Result<String> {
            if !encodings.split(',').any(|there| there == name) {
                return Ok("None".to_owned());
            }
            Ok(format!("Some({})", bytes(suffix)?))
        };
        let _ = writeln!(
            text,
            "    Asset {{ path: {path:?}, kind: {kind:?}, tag: {tag:?}, is_immutable: {}, plain: {}, brotli: {}, gzip: {} }},",
            caching == "immutable",
            bytes("")?,
            encoded("br", ".br")?,
            encoded("gzip", ".gz")?,
        );
    }
    text.push(']');
    Ok(text)
}
