//! What a log line may look like: one entry begins one line, and nothing in it speaks to a terminal.
//!
//! Text of others ends up in log lines. `tracing-subscriber` escapes the control sequences of terminals in it but leaves
//! line ends, which could forge an entry, and the marks that turn the direction of what is read.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use tracing_subscriber::fmt::MakeWriter;

use super::file::LogFile;

/// Bytes of one entry; what is longer is cut.
pub(super) const LONGEST: usize = 32 * 1024;

/// Begins every further line of an entry, which is how it is told from another entry.
const CONTINUED: &str = "\n  | ";

/// Where entries go.
#[derive(Clone, Debug)]
pub(super) enum Sink {
    /// To the process' standard error, which the service manager keeps.
    Stderr,
    /// To a file of a bounded size.
    File(Arc<LogFile>),
}

/// Writes one entry, which the formatter hands over whole.
#[derive(Debug)]
pub(super) struct Entry<'a>(&'a Sink);

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Entry<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Entry(self)
    }
}

impl io::Write for Entry<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = plain(&String::from_utf8_lossy(bytes));
        match self.0 {
            // What is not taken is lost and counted. Otherwise the log's own complaint would go there too, and its failure
            // end the task that only wanted to log: on a full disk every line would cost a connection.
            Sink::Stderr => {
                if io::stderr().write_all(line.as_bytes()).is_err() {
                    metrics::counter!("rapport_log_lines_lost_total").increment(1);
                }
            }
            Sink::File(file) => file.write(line.as_bytes()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns an entry as it may be shown: in a bounded length, with one line end of its own.
fn plain(entry: &str) -> String {
    let entry = entry.trim_end_matches('\n');
    let mut out = String::with_capacity(entry.len() + 1);
    for letter in entry.chars() {
        if out.len() > LONGEST {
            out.push('…');
            break;
        }
        match letter {
            '\n' => out.push_str(CONTINUED),
            '\t' => out.push(letter),
            _ if speaks(letter) => {
                // Writing to a String does not fail. The form is one that JSON has, too.
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('\n');
    out
}

/// Control characters, line ends of Unicode, and marks that change the direction in which text is read.
fn speaks(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_and_its_further_lines_are_marked() {
        assert_eq!(plain("a\nb\n"), "a\n  | b\n");
        assert_eq!(plain("2026 INFO kim\n2026 ERROR forged"), "2026 INFO kim\n  | 2026 ERROR forged\n");
    }

    #[test]
    fn what_speaks_to_a_terminal_is_shown_as_its_number() {
        assert_eq!(plain("\u{1b}[2J\r\u{7}\u{9b}31m"), "\\u001b[2J\\u000d\\u0007\\u009b31m\n");
        assert_eq!(plain("\u{202e}txt.exe\u{2066}\u{2028}"), "\\u202etxt.exe\\u2066\\u2028\n");
        assert_eq!(plain("Zoë Ångström, مريم\tx"), "Zoë Ångström, مريم\tx\n", "ordinary text stays");
    }

    #[test]
    fn an_entry_is_cut_at_its_bound() {
        let line = plain(&"\u{1b}".repeat(LONGEST));
        assert!(line.len() < LONGEST + 16 && line.ends_with("…\n"), "{} bytes", line.len());
    }
}
