//! The text of a play: a title, who is in it, and its steps.

use std::collections::VecDeque;

/// A play, ready to be performed.
#[derive(Clone, Debug)]
pub struct Play {
    /// The sentence that its first comment says.
    pub title: String,
    /// The companies in it.
    pub companies: Vec<Company>,
    /// What happens, in order.
    pub steps: Vec<Line>,
}

/// A company of a play.
#[derive(Clone, Debug)]
pub struct Company {
    /// Its SIP domain.
    pub domain: String,
    /// The names of its people.
    pub people: Vec<String>,
    /// What each of its people may have, by name: `contacts`, `watchers`, `endpoints`.
    pub limits: Vec<(String, u32)>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in the text.
    pub number: usize,
    /// The line as it stands there.
    pub text: String,
    /// Its words; what stood in quotes is one word.
    pub words: Vec<String>,
    /// Behind `->`: the status that is expected, and what the answer must contain.
    pub outcome: Option<(u16, Vec<String>)>,
}

/// Says what is wrong with the text of a play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// In which line.
    pub line: usize,
    /// What.
    pub what: String,
}

impl std::fmt::Display for ScriptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for ScriptError {}

/// The company of a play that names none.
const USUAL: (&str, [&str; 4]) = ("example.com", ["Kim", "Chris", "Pat", "Sam"]);

impl Play {
    /// Reads the text of a play.
    ///
    /// # Errors
    /// [`ScriptError`].
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let mut play = Self { title: String::new(), companies: Vec::new(), steps: Vec::new() };
        for (number, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if let Some(comment) = text.strip_prefix('#') {
                if play.title.is_empty() {
                    comment.trim().clone_into(&mut play.title);
                }
                continue;
            }
            if !text.is_empty() {
                play.take(number, text).map_err(|what| ScriptError { line: number, what })?;
            }
        }
        if play.companies.is_empty() {
            play.companies.push(usual());
        }
        Ok(play)
    }

    fn take(&mut self, number: usize, text: &str) -> Result<(), String> {
        let (words, outcome) = split(text)?;
        let plain: Vec<&str> = words.iter().map(String::as_str).collect();
        match plain.as_slice() {
            ["company", domain, people @ ..] => self.companies.push(Company {
                domain: (*domain).to_owned(),
                people: people.iter().map(|name| (*name).to_owned()).collect(),
                limits: Vec::new(),
            }),
            ["limit", what, number] => {
                let number = number.parse().map_err(|_| format!("{number} is no number"))?;
                if self.companies.is_empty() {
                    self.companies.push(usual());
                }
                for company in &mut self.companies {
                    company.limits.push(((*what).to_owned(), number));
                }
            }
            _ => self.steps.push(Line { number, text: text.to_owned(), words, outcome }),
        }
        Ok(())
    }
}

fn usual() -> Company {
    let (domain, people) = USUAL;
    Company {
        domain: domain.to_owned(),
        people: people.iter().map(|name| (*name).to_owned()).collect(),
        limits: Vec::new(),
    }
}

type Split = (Vec<String>, Option<(u16, Vec<String>)>);

/// Splits a line into words, and what stands behind `->`.
fn split(text: &str) -> Result<Split, String> {
    let mut words = VecDeque::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.trim_start();
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let (word, behind) = quoted.split_once('"').ok_or("a quote is not closed")?;
            words.push_back(word.to_owned());
            rest = behind;
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            words.push_back(word.to_owned());
            rest = behind;
        }
    }
    let Some(at) = words.iter().position(|word| word == "->") else { return Ok((words.into(), None)) };
    let mut outcome = words.split_off(at);
    outcome.pop_front();
    let status = outcome.pop_front().and_then(|word| word.parse().ok()).ok_or("no status behind ->")?;
    Ok((words.into(), Some((status, outcome.into()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_title_people_and_steps() {
        let play = Play::parse("# Two talk.\nlimit contacts 3\nKim says \"hello there\" -> 481 \"no such\"")
            .unwrap();
        assert_eq!(play.title, "Two talk.");
        assert_eq!(play.companies[0].limits, [("contacts".to_owned(), 3)]);
        let [step] = play.steps.as_slice() else { panic!("{:?}", play.steps) };
        assert_eq!(step.number, 3);
        assert_eq!(step.words, ["Kim", "says", "hello there"]);
        assert_eq!(step.outcome, Some((481, vec!["no such".to_owned()])));
    }

    #[test]
    fn an_open_quote_is_told_with_its_line() {
        let error = Play::parse("\nKim says \"hello").unwrap_err();
        assert_eq!(error.to_string(), "line 2: a quote is not closed");
    }
}
