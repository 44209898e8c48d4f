//! The audit log of the company `example`, as it grows.

use real_clients::Server;

/// Lines that are asked for at once; the most that there are in one answer.
const PAGE: usize = 1000;

/// How far the log has been read.
#[derive(Debug, Default)]
pub struct Told {
    after: u64,
}

impl Told {
    /// Reads on, and returns of each new line that says `what` was done its detail, such as the address of whom.
    ///
    /// # Errors
    /// What was said instead.
    ///
    /// # Panics
    /// When an answer is no page of the log.
    pub fn new_lines(&mut self, server: &Server, what: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        loop {
            let (after, limit) = (self.after.to_string(), PAGE.to_string());
            let asked = ["audit", "list", "example", "--after", &after, "--limit", &limit];
            let page = server.try_manage(&asked, "")?;
            let lines = page["lines"].as_array().expect("a page has lines");
            for line in lines {
                self.after = line["number"].as_u64().expect("a line has its number");
                if line["what"] == what {
                    found.push(line["detail"].as_str().unwrap_or_default().to_owned());
                }
            }
            if lines.len() < PAGE {
                return Ok(found);
            }
        }
    }
}
