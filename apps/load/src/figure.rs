//! What was measured, and how it is shown.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;

/// One measured figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: &'static str,
    /// What one operation is.
    pub(crate) operation: String,
    /// The figure.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// What is aimed at, and whether more or less is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) goal: Option<Goal>,
    /// What else was seen, by name.
    pub(crate) more: Vec<(&'static str, f64)>,
}

/// What is aimed at.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(goal) => value >= goal,
            Self::AtMost(goal) => value <= goal,
        }
    }
}

impl Figure {
    /// Prints one line.
    pub(crate) fn print(&self, json: bool) -> Result<()> {
        if json {
            return put(&serde_json::to_string(self)?);
        }
        let mut line = format!("{}: {} {}", self.name, number(self.value), self.unit);
        for (name, value) in &self.more {
            write!(line, ", {name} {}", number(*value))?;
        }
        put(&line)
    }

    fn is_met(&self) -> &'static str {
        match self.goal {
            None => "",
            Some(goal) if goal.is_met_by(self.value) => "met",
            Some(_) => "missed",
        }
    }
}

/// Prints what is no figure, as one JSON object.
pub(crate) fn print_object(object: &impl Serialize) -> Result<()> {
    put(&serde_json::to_string(object)?)
}

/// Prints all figures with their goals, the machine and the date, as a table of Markdown.
pub(crate) fn print_table(figures: &[Figure], json: bool) -> Result<()> {
    if json {
        return figures.iter().try_for_each(|figure| figure.print(true));
    }
    put(&table(figures, &machine()))
}

fn table(figures: &[Figure], machine: &str) -> String {
    let mut text =
        format!("{machine}\n\n| figure | measured | target | | one operation |\n|---|---|---|---|---|\n");
    for figure in figures {
        let Figure { name, operation, value, unit, goal, more } = figure;
        let goal = match goal {
            None => String::new(),
            Some(Goal::AtLeast(goal)) => format!("≥ {}", number(*goal)),
            Some(Goal::AtMost(goal)) => format!("≤ {}", number(*goal)),
        };
        let more: String = more.iter().map(|(name, value)| format!("; {name} {}", number(*value))).collect();
        writeln!(
            text,
            "| {name} | {} {unit}{more} | {goal} | {} | {operation} |",
            number(*value),
            figure.is_met()
        )
        .expect("a String takes everything");
    }
    text
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let date = crate::target::now().to_rfc3339();
    let date = date.split('T').next().unwrap_or_default();
    format!("{model}, {cores} cores, Linux {}, {date}", kernel.trim())
}

/// Writes a number with as many digits as say something.
fn number(value: f64) -> String {
    if value >= 100.0 || value == value.trunc() {
        let digits = format!("{value:.0}");
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push('\u{202f}');
            }
            grouped.push(digit);
        }
        grouped
    } else {
        format!("{value:.2}")
    }
}

#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn put(text: &str) -> Result<()> {
    println!("{text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands_and_small_ones_keep_two_places() {
        for (value, text) in
            [(25_000.0, "25\u{202f}000"), (1.234, "1.23"), (999.6, "1\u{202f}000"), (32.0, "32"), (0.0, "0")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn the_table_says_which_goals_were_met() {
        let figure = |goal| Figure {
            name: "n",
            operation: "o".to_owned(),
            value: 5.0,
            unit: "u",
            goal: Some(goal),
            more: vec![("p50", 1.0)],
        };
        let text = table(&[figure(Goal::AtLeast(4.0)), figure(Goal::AtMost(4.0))], "machine");
        assert!(text.contains("| n | 5 u; p50 1 | ≥ 4 | met | o |"), "{text}");
        assert!(text.contains("| n | 5 u; p50 1 | ≤ 4 | missed | o |"), "{text}");
    }
}
