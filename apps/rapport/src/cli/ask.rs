//! What is asked of the person at the terminal: passwords, and whether they are sure.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::{Context, Result, bail};

/// More than any password has.
const LONGEST: u64 = 4096;

/// Reads a new password: the first line of standard input, or twice from the terminal.
pub(super) fn new_password(from_stdin: bool) -> Result<String> {
    if from_stdin {
        let mut line = String::new();
        io::stdin().lock().take(LONGEST).read_line(&mut line).context("cannot read the password")?;
        let password = line.trim_end_matches(['\n', '\r']).to_owned();
        if password.is_empty() {
            bail!("there is no password on standard input");
        }
        return Ok(password);
    }
    if !io::stdin().is_terminal() {
        bail!(
            "there is no terminal to ask for the password; give it on standard input with --password-stdin"
        );
    }
    let password = rpassword::prompt_password("Password: ").context("cannot read the password")?;
    let again = rpassword::prompt_password("Password again: ").context("cannot read the password")?;
    if password != again {
        bail!("the two passwords differ");
    }
    Ok(password)
}

/// Reads a password that there is already: the first line of standard input, or once from the terminal.
pub(super) fn password(from_stdin: bool) -> Result<String> {
    if from_stdin {
        return new_password(true);
    }
    if !io::stdin().is_terminal() {
        bail!(
            "there is no terminal to ask for the password; give it on standard input with --password-stdin"
        );
    }
    rpassword::prompt_password("Password: ").context("cannot read the password")
}

/// Asks whether something that can't be undone is really wanted.
pub(super) fn sure(what: &str) -> Result<()> {
    if !io::stdin().is_terminal() {
        bail!("{what} can't be undone; say --yes where nobody can be asked");
    }
    write!(io::stderr(), "{what} can't be undone. Really? [y/N] ")?;
    let mut line = String::new();
    io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    if matches!(line.trim(), "y" | "Y" | "yes") { Ok(()) } else { bail!("nothing was done") }
}
