//! Log lines: structured, filtered, bounded per cause and in all, and with a filter that can be changed while the server
//! runs. They go to standard error, which the service manager keeps, or to a file.

mod causes;
mod file;
mod lines;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use crate::config::{LogFormat, Settings};
use file::LogFile;
use lines::Sink;

pub(crate) use causes::{Causes, WINDOW};
pub(crate) use file::SMALLEST as SMALLEST_FILE;

/// The log as it runs: its filter can be changed, and its windows want to be ended.
#[derive(Clone, Debug)]
pub struct Log {
    filter: reload::Handle<EnvFilter, Registry>,
    causes: Causes,
}

impl Log {
    /// Logs by that filter from here on.
    ///
    /// # Errors
    /// When the directives are not valid; the filter in use then stays.
    pub fn set(&self, directives: &str) -> Result<()> {
        self.filter.reload(parsed(directives)?).context("the log can't take another filter")
    }

    /// Ends a window of the bound on every cause again and again.
    pub(crate) async fn count(self) {
        let mut windows = tokio::time::interval(WINDOW);
        loop {
            windows.tick().await;
            self.causes.next_window();
        }
    }
}

/// Begins to log as the configuration says. Called once in a process.
///
/// # Errors
/// When the directives are not valid, the file can't be written, or something logs already.
pub fn start(settings: &Settings) -> Result<Log> {
    let sink = match &settings.log_file.0 {
        Some(path) => Sink::File(Arc::new(open(path, settings)?)),
        None => Sink::Stderr,
    };
    let (filter, handle) = reload::Layer::new(parsed(&settings.log_filter)?);
    let causes = Causes::new(settings.log_per_cause);
    let lines = match settings.log_format {
        LogFormat::Text => fmt::layer().with_writer(sink).with_ansi(false).boxed(),
        LogFormat::Json => fmt::layer().with_writer(sink).json().flatten_event(true).boxed(),
    };
    let lines = lines.with_filter(causes.clone());
    tracing_subscriber::registry().with(filter).with(lines).try_init().context("cannot begin to log")?;
    Ok(Log { filter: handle, causes })
}

fn open(path: &Path, settings: &Settings) -> Result<LogFile> {
    LogFile::open(path, settings.log_file_size.0, settings.log_files)
        .with_context(|| format!("log.file: cannot write {}", path.display()))
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
