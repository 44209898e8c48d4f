//! Manual pages and completions of shells, written from the same description by which the command line is read, and the
//! page of the configuration file, written from the table of keys.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::args::Cli;
use crate::clock;
use crate::config::KEYS;

/// Returns the completions for a shell.
pub(super) fn completions(shell: Shell) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "rapport", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Writes every manual page to a directory: `rapport.1`, `rapport-tenant-add.1` and so on, and `rapport.toml.5`.
pub(super) fn write(directory: &Path) -> Result<()> {
    let failed = || format!("cannot write the manual to {}", directory.display());
    fs::create_dir_all(directory).with_context(failed)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    pages(&command, "rapport", directory).with_context(failed)?;
    let mut page = Vec::new();
    configuration().to_writer(&mut page)?;
    fs::write(directory.join("rapport.toml.5"), page).with_context(failed)
}

/// Writes the page of a verb and those of the verbs below it.
fn pages(command: &clap::Command, name: &str, directory: &Path) -> io::Result<()> {
    let title = name.replace(' ', "-");
    let mut page = Vec::new();
    let own = command.clone().bin_name(name).display_name(title.clone());
    Man::new(own)
        .date(date())
        .title(title.to_uppercase())
        .manual("Rapport")
        .source(source())
        .render(&mut page)?;
    fs::write(directory.join(format!("{title}.1")), page)?;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages(below, &format!("{name} {}", below.get_name()), directory)?;
    }
    Ok(())
}

/// The day that stands at the foot of a page: of the release where one is built, else of today.
fn date() -> String {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|secs| secs.parse().ok());
    let moment = epoch.map_or_else(clock::now, |secs| UNIX_EPOCH + Duration::from_secs(secs));
    clock::rfc3339(moment).chars().take(10).collect()
}

fn source() -> String {
    format!("rapport {}", env!("CARGO_PKG_VERSION"))
}

/// The page of the configuration file.
fn configuration() -> Roff {
    let mut page = Roff::new();
    page.control("TH", ["RAPPORT.TOML", "5", &date(), &source(), "Rapport"]);
    page.control("SH", ["NAME"]);
    page.text([roman("rapport.toml - configuration of the Rapport server")]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([
        roman("A TOML file; a key that is left out has its default. The package's server reads "),
        italic("/etc/rapport/rapport.toml"),
        roman(
            ". Each key can be set by the environment variable named with it, which comes before the file. ",
        ),
        bold("rapport check-config"),
        roman(" says what a file amounts to, or what is wrong with it."),
    ]);
    let mut section = "";
    for key in KEYS {
        let (of, name) = key.parts();
        if of != section {
            section = of;
            page.control("SH", [format!("[{section}]").as_str()]);
        }
        page.control("TP", [] as [&str; 0]);
        page.text([bold(name), roman(" = "), roman(key.default)]);
        page.text([roman(key.doc.join(" "))]);
        page.control("br", [] as [&str; 0]);
        page.text([roman(format!("It is {}; ", key.form)), bold(key.environment())]);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("rapport"), roman("(1), "), bold("rapport-check-config"), roman("(1)")]);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every verb with those below it, as the name of its page.
    fn verbs(command: &clap::Command, name: &str, found: &mut Vec<String>) {
        found.push(name.to_owned());
        for below in command.get_subcommands() {
            verbs(below, &format!("{name}-{}", below.get_name()), found);
        }
    }

    #[test]
    fn every_verb_has_a_page_and_the_configuration_has_one_with_every_key() {
        let directory = std::env::temp_dir().join(format!("rapport-manual-{}", std::process::id()));
        write(&directory).expect("written");
        let mut found = Vec::new();
        verbs(&Cli::command(), "rapport", &mut found);
        assert!(found.contains(&"rapport-user-app-password-add".to_owned()), "{found:?}");
        for verb in &found {
            let page = fs::read_to_string(directory.join(format!("{verb}.1"))).expect(verb);
            for want in [".TH", ".SH NAME", ".SH SYNOPSIS"] {
                assert!(page.contains(want), "{verb}: {want}");
            }
        }
        let page = fs::read_to_string(directory.join("rapport.toml.5")).expect("a page").replace('\\', "");
        for key in KEYS {
            assert!(page.contains(&key.environment()), "{}", key.name);
        }
        fs::remove_dir_all(&directory).expect("removed");
    }
}
