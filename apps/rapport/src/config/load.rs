//! Reads file, environment and command line into the table's values, and says precisely what is wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, Key, Settings};
use super::value::{Raw, Setting};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The table's default.
    Default,
    /// The configuration file, at that line.
    File(PathBuf, usize),
    /// That environment variable.
    Environment(String),
    /// That option of the command line.
    CommandLine(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file, line) => write!(f, "{}, line {line}", file.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::CommandLine(option) => write!(f, "option {option}"),
        }
    }
}

/// Says what is wrong with the configuration, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("cannot read the configuration file {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{}, line {line}: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// The file has a key that isn't in the table.
    #[error("{}, line {line}: there is no key {key}{}", file.display(), meant(.suggestion.as_deref()))]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key as written.
        key: String,
        /// The key that was probably meant.
        suggestion: Option<String>,
    },
    /// A value isn't what it should be.
    #[error("{key} ({origin}): {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// Where the value comes from.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
}

fn meant(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(
        || "; `rapport config-example` prints all keys".to_owned(),
        |key| format!("; did you mean {key}?"),
    )
}

/// From where values are taken.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The configuration file, if any.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Values of the command line: key, option and text.
    pub command_line: Vec<(&'static str, &'static str, String)>,
}

/// Values by key, with their origins; what isn't there has its default.
#[derive(Debug, Default)]
pub(crate) struct Values(BTreeMap<&'static str, (Raw, Origin)>);

impl Values {
    pub(crate) fn read<T: Setting>(&self, name: &'static str) -> Result<T, ConfigError> {
        let default;
        let (raw, origin) = match self.0.get(name) {
            Some((raw, origin)) => (raw, origin.clone()),
            None => {
                default = default_of(name);
                (&default, Origin::Default)
            }
        };
        T::read(raw).map_err(|problem| ConfigError::Value { key: name, origin, problem })
    }

    pub(crate) fn origins(&self) -> BTreeMap<&'static str, Origin> {
        KEYS.iter()
            .map(|key| (key.name, self.0.get(key.name).map_or(Origin::Default, |(_, origin)| origin.clone())))
            .collect()
    }
}

/// Reads the configuration.
///
/// # Errors
/// [`ConfigError`]; the first thing that is wrong, in the order of the file, then of the table, then with the whole.
///
/// The second value has warnings: environment variables that look like a key and aren't one.
pub fn load(inputs: &Inputs) -> Result<(Settings, Vec<String>), ConfigError> {
    let mut values = Values::default();
    if let Some(file) = &inputs.file {
        let text = std::fs::read_to_string(file)
            .map_err(|source| ConfigError::Read { file: file.clone(), source })?;
        read_file(file, &text, &mut values)?;
    }
    let mut warnings = Vec::new();
    for (name, text) in &inputs.environment {
        match KEYS.iter().find(|key| key.environment() == *name) {
            Some(key) => {
                values.0.insert(key.name, (Raw::Text(text.clone()), Origin::Environment(name.clone())));
            }
            // Not an error: an orchestrator puts names such as RAPPORT_PORT into the environment by itself.
            None if name.starts_with("RAPPORT_") && name != "RAPPORT_CONFIG" => {
                let suggestion = nearest(name, KEYS.iter().map(Key::environment));
                let hint = suggestion.map_or_else(String::new, |name| format!("; did you mean {name}?"));
                warnings
                    .push(format!("the environment variable {name} is no key of the configuration{hint}"));
            }
            None => {}
        }
    }
    for (key, option, text) in &inputs.command_line {
        values.0.insert(key, (Raw::Text(text.clone()), Origin::CommandLine(option)));
    }
    let settings = Settings::from_values(&values)?;
    super::check::check(&settings)?;
    Ok((settings, warnings))
}

fn read_file(file: &Path, text: &str, values: &mut Values) -> Result<(), ConfigError> {
    let line_of = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let syntax = |line, message| ConfigError::Syntax { file: file.to_owned(), line, message };
    let root = DeTable::parse(text).map_err(|error| {
        syntax(line_of(error.span().map_or(0, |span| span.start)), error.message().to_owned())
    })?;
    let unknown = |at: usize, key: String| ConfigError::UnknownKey {
        file: file.to_owned(),
        line: line_of(at),
        suggestion: nearest(&key, KEYS.iter().map(|key| key.name.to_owned())),
        key,
    };
    for (section, entry) in in_order(root.get_ref()) {
        let Some(table) = entry.get_ref().as_table() else {
            return Err(unknown(section.span().start, section.get_ref().to_string()));
        };
        for (name, value) in in_order(table) {
            let full = format!("{}.{}", section.get_ref(), name.get_ref());
            let at = name.span().start;
            let Some(key) = KEYS.iter().find(|key| key.name == full) else {
                return Err(unknown(at, full));
            };
            let raw = raw(value.get_ref()).ok_or_else(|| ConfigError::Value {
                key: key.name,
                origin: Origin::File(file.to_owned(), line_of(at)),
                problem: format!("it should be {}", key.form),
            })?;
            values.0.insert(key.name, (raw, Origin::File(file.to_owned(), line_of(at))));
        }
    }
    Ok(())
}

/// A table's entries as they stand in the file.
fn in_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

fn raw(value: &DeValue<'_>) -> Option<Raw> {
    match value {
        DeValue::String(text) => Some(Raw::Text(text.to_string())),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(Raw::Number)
        }
        DeValue::Boolean(flag) => Some(Raw::Flag(*flag)),
        DeValue::Array(list) => list
            .iter()
            .map(|entry| entry.get_ref().as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .map(Raw::List),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

fn default_of(name: &str) -> Raw {
    let text = KEYS.iter().find(|key| key.name == name).map_or("\"\"", |key| key.default);
    DeValue::parse(text)
        .ok()
        .and_then(|value| raw(value.get_ref()))
        .expect("every default is valid TOML, which a test of the table shows")
}

/// Returns the candidate that is so like `name` that it was probably meant.
fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let most = (name.len() / 4).max(2);
    candidates
        .map(|candidate| (distance(name, &candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most || same_key(name, candidate))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The right key in the wrong section, or without one.
fn same_key(name: &str, candidate: &str) -> bool {
    let key = |text: &str| text.rsplit_once('.').map_or(text, |(_, key)| key).to_lowercase();
    key(name) == key(candidate)
}

/// How many letters must be changed, added or taken away (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            let cost = diagonal + usize::from(x != *y);
            left = cost.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, ConfigError> {
        let mut values = Values::default();
        read_file(Path::new("r.toml"), text, &mut values)?;
        Settings::from_values(&values)
    }

    #[test]
    fn errors_name_file_line_key_and_remedy() {
        let check = |text: &str, want: &str| {
            assert_eq!(read(text).expect_err(want).to_string(), want);
        };
        check(
            "[listen]\ntlss = []\n",
            "r.toml, line 2: there is no key listen.tlss; did you mean listen.tls?",
        );
        check(
            "[limits]\nconections = 5\n",
            "r.toml, line 2: there is no key limits.conections; did you mean limits.connections?",
        );
        check(
            "\n[tls]\nfilter = \"x\"",
            "r.toml, line 3: there is no key tls.filter; did you mean log.filter?",
        );
        check(
            "[listen]\nzzzzzzzzzz = 1",
            "r.toml, line 2: there is no key listen.zzzzzzzzzz; `rapport config-example` prints all keys",
        );
        check(
            "certificate = \"x\"",
            "r.toml, line 1: there is no key certificate; did you mean tls.certificate?",
        );
        check(
            "[limits]\n\nhandshake = 10",
            "limits.handshake (r.toml, line 3): it should be a length of time such as \"500ms\", \"10s\", \"5m\" or \"2h\", in quotes",
        );
        check(
            "[listen]\ntls = [\"localhost:1\"]",
            "listen.tls (r.toml, line 2): \"localhost:1\" is not an address with a port, such as 192.0.2.1:5061 or [2001:db8::1]:5061",
        );
        check(
            "[listen]\ntls = [1]",
            "listen.tls (r.toml, line 2): it should be a list of addresses with ports",
        );
        check(
            "[limits]\nheaders = 0",
            "limits.headers (r.toml, line 2): it should be a whole number above 0",
        );
        let error = read("[limits]\nhead = \n").expect_err("no TOML").to_string();
        assert!(error.starts_with("r.toml, line 2: "), "{error}");
    }

    #[test]
    fn the_command_line_goes_before_the_environment_and_that_before_the_file() {
        let file = std::env::temp_dir().join(format!("rapport-config-{}.toml", std::process::id()));
        std::fs::write(&file, "[data]\ndirectory = \"/file\"\n[limits]\nhead = \"9KiB\"\nbody = \"9KiB\"\n")
            .expect("written");
        let inputs = Inputs {
            file: Some(file.clone()),
            environment: vec![
                ("RAPPORT_DATA_DIRECTORY".to_owned(), "/environment".to_owned()),
                ("RAPPORT_LIMITS_HEAD".to_owned(), "10KiB".to_owned()),
                ("RAPPORT_LIMITS_HAED".to_owned(), "2KiB".to_owned()),
                ("HOME".to_owned(), "/root".to_owned()),
            ],
            command_line: vec![("data.directory", "--data", "/option".to_owned())],
        };
        let (settings, warnings) = load(&inputs).expect("valid");
        std::fs::remove_file(&file).expect("removed");
        let shown = |key| settings.origins.get(key).map(ToString::to_string).unwrap_or_default();
        assert_eq!(settings.data_directory.0, Path::new("/option"));
        assert_eq!(shown("data.directory"), "option --data");
        assert_eq!((settings.limit_head.0, settings.limit_body.0), (10 * 1024, 9 * 1024));
        assert_eq!(shown("limits.head"), "environment variable RAPPORT_LIMITS_HEAD");
        assert_eq!(shown("limits.body"), format!("{}, line 5", file.display()));
        assert_eq!(shown("limits.headers"), "default");
        assert_eq!(
            warnings,
            [
                "the environment variable RAPPORT_LIMITS_HAED is no key of the configuration; did you mean RAPPORT_LIMITS_HEAD?"
            ]
        );
    }
}
