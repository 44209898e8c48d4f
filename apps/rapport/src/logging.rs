//! Log lines on standard error: structured, filtered, and with a filter that can be changed while the server runs.

use std::io::{self, Write};

use anyhow::{Context, Result, anyhow};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use crate::config::LogFormat;

/// Changes what is logged.
#[derive(Clone, Debug)]
pub struct LogFilter(reload::Handle<EnvFilter, Registry>);

impl LogFilter {
    /// Logs by that filter from here on.
    ///
    /// # Errors
    /// When the directives are not valid; the filter in use then stays.
    pub fn set(&self, directives: &str) -> Result<()> {
        self.0.reload(parsed(directives)?).context("the log can't take another filter")
    }
}

/// Begins to log. Called once in a process.
///
/// # Errors
/// When the directives are not valid, or something logs already.
pub fn start(directives: &str, format: LogFormat) -> Result<LogFilter> {
    let (filter, handle) = reload::Layer::new(parsed(directives)?);
    let lines = match format {
        LogFormat::Text => fmt::layer().with_writer(|| Lossy).with_ansi(false).boxed(),
        LogFormat::Json => fmt::layer().with_writer(|| Lossy).json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines).try_init().context("cannot begin to log")?;
    Ok(LogFilter(handle))
}

/// Standard error, from which what it does not take is lost and counted.
///
/// Otherwise the log's own complaint goes there too, and its failure ends the task that only wanted to log: with a file
/// on a full disk behind it, every line would cost a connection.
#[derive(Clone, Copy, Debug)]
struct Lossy;

impl Write for Lossy {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if io::stderr().write_all(line).is_err() {
            metrics::counter!("rapport_log_lines_lost_total").increment(1);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn parsed(directives: &str) -> Result<EnvFilter> {
    filter(directives).map_err(|problem| anyhow!("log.filter: {problem}"))
}

/// Reads directives. An error is a sentence's end, as in the configuration.
pub(crate) fn filter(directives: &str) -> Result<EnvFilter, String> {
    EnvFilter::builder()
        .parse(directives)
        .map_err(|_| format!("\"{directives}\" is not a list of directives such as info,rapport=debug"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_not_valid_is_named_with_its_key() {
        assert!(parsed("info,rapport_service=debug").is_ok());
        let error = parsed("rapport=loud").expect_err("no such level").to_string();
        assert!(error.starts_with("log.filter: \"rapport=loud\""), "{error}");
    }
}
