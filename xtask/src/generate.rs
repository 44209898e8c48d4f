//! What is generated from the code, so that it can't go stale: written, or seen to be up to date.

use std::fs;

use anyhow::{Context, Result};

use crate::files::root;
use crate::notices;
use crate::shell::{cargo, command, output_of, passes};
use crate::suite::binary;

/// Writes every generated file; with `check` it only tells which are out of date.
pub(crate) fn run(check: bool) -> Result<bool> {
    if !passes(&mut cargo(&["build", "--quiet", "--package", "rapport"]))? {
        return Ok(false);
    }
    // The database of a new schema is made once, and a test sees that it is there.
    if !check && !passes(&mut cargo(&["run", "--quiet", "--package", "rapport-upgrade"]))? {
        return Ok(false);
    }
    let rapport = |verb: &str| {
        let words: Vec<&str> = verb.split(' ').collect();
        output_of(&mut command(&binary()?, &words))
    };
    let generated = [
        ("docs/rapport.example.toml", rapport("config-example")?),
        ("docs/openapi.json", rapport("openapi")?),
        ("docs/api/openapi.json", rapport("openapi web")?),
        ("docs/api/asyncapi.json", rapport("openapi events")?),
        ("docs/metrics.md", rapport("metrics-reference")?),
        ("THIRD-PARTY.md", notices::third_party()?),
    ];
    let mut up_to_date = true;
    for (path, text) in generated {
        let text = format!("{}\n", text.trim_end());
        if fs::read_to_string(root().join(path)).is_ok_and(|there| there == text) {
            continue;
        }
        if check {
            eprintln!("xtask: {path} is out of date; `cargo xtask gen` writes it");
            up_to_date = false;
        } else {
            fs::write(root().join(path), text).with_context(|| format!("cannot write {path}"))?;
            eprintln!("xtask: wrote {path}");
        }
    }
    Ok(up_to_date)
}
