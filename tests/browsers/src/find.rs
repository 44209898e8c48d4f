//! What is looked for on a page, as words for the driver.

use serde_json::{Value, json};

/// Something on a page.
#[derive(Debug, Clone)]
pub struct Find(Value);

/// Whatever has a role and exactly this name, such as `role("button", "Sign in")`.
pub fn role(role: &str, name: &str) -> Find {
    Find(json!({"role": role, "name": name}))
}

/// Whatever has a role and a name that a regular expression matches.
pub fn named(role: &str, pattern: &str) -> Find {
    Find(json!({"role": role, "pattern": pattern}))
}

/// The field with a label.
pub fn label(label: &str) -> Find {
    Find(json!({"label": label}))
}

/// Whatever shows exactly this text.
pub fn text(text: &str) -> Find {
    Find(json!({"text": text}))
}

/// Whatever a selector finds: for what has neither role nor name.
pub fn css(selector: &str) -> Find {
    Find(json!({"css": selector}))
}

impl Find {
    /// The same, inside of something else.
    #[must_use]
    pub fn inside(mut self, outer: Self) -> Self {
        self.0["in"] = outer.0;
        self
    }

    /// The same, if it shows this text somewhere inside.
    #[must_use]
    pub fn having(mut self, text: &str) -> Self {
        self.0["having"] = text.into();
        self
    }

    pub(crate) fn words(&self) -> Value {
        self.0.clone()
    }
}

/// Takes a text into a regular expression as it is.
pub(crate) fn literal(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            let special = r"\^$.*+?()[]{}|/".contains(letter);
            special.then_some('\\').into_iter().chain([letter])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_signs_in_it_is_taken_as_it_is() {
        assert_eq!(literal("Dr. No (R&D)"), r"Dr\. No \(R&D\)");
    }

    #[test]
    fn what_is_looked_for_can_be_inside_of_something_else() {
        let found = text("Busy").inside(role("tree", "Contact List"));
        assert_eq!(found.words(), json!({"text": "Busy", "in": {"role": "tree", "name": "Contact List"}}));
    }
}
