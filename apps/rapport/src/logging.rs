//! Log lines on standard error: structured, filtered, and with a filter that can be changed while the server runs.

use std::io;

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
        LogFormat::Text => fmt::layer().with_writer(io::stderr).with_ansi(false).boxed(),
        LogFormat::Json => fmt::layer().with_writer(io::stderr).json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines).try_init().context("cannot begin to log")?;
    Ok(LogFilter(handle))
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
