//! The audit log as it is read: in pages, and along its chain.

use rapport_fabric::Fabric;
use rapport_model::{Scope, TenantId};
pub use rapport_store::{AuditRecord, Link};

use crate::ports::Ports;
use crate::{Result, Wire};

/// Lines that are read at a time.
const PAGE: usize = 1000;

/// Reads the audit logs of companies.
#[derive(Clone, Debug)]
pub struct Audit<F> {
    ports: Ports<F>,
}

/// A line's place in its chain: its number and its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the line.
    pub number: u64,
    /// The hash of that line and of all before it.
    pub link: Link,
}

/// What comes of following a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Lines that were looked at.
    pub lines: u64,
    /// Lines among them from before there was a chain.
    pub unchained: u64,
    /// The last line that holds; none where there is no line.
    pub head: Option<Head>,
    /// The first line that does not follow from the one before it: it, or one before it, was changed, taken out or put
    /// in.
    pub broken: Option<u64>,
}

impl Followed {
    /// Goes on by one line; false when it does not follow from what came before.
    fn takes(&mut self, tenant: TenantId, line: &AuditRecord) -> bool {
        let before = self.head.map_or(Link::START, |head| head.link);
        match line.link {
            // Only a log that is older than its chain begins with lines that have no link.
            None if self.head.is_none() => self.unchained += 1,
            Some(link) if link == before.of(tenant, line) => {
                self.head = Some(Head { number: line.number, link });
            }
            Some(_) | None => {
                self.broken = Some(line.number);
                return false;
            }
        }
        self.lines += 1;
        true
    }
}

impl<F: Fabric<Message = Wire>> Audit<F> {
    pub(crate) fn new(ports: Ports<F>) -> Self {
        Self { ports }
    }

    /// Returns lines of a company's log, oldest first, beginning behind number `after`; at most 1000.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn page(&self, scope: &Scope, after: u64, limit: usize) -> Result<Vec<AuditRecord>> {
        Ok(self.ports.store.audit(scope, after, limit.min(PAGE)).await?)
    }

    /// Follows the chain of a company's log from a line that is known to hold, or from its beginning, to its end or to
    /// the first line that is not what it was.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn follow(&self, scope: &Scope, from: Option<Head>) -> Result<Followed> {
        let mut followed = Followed { head: from, ..Followed::default() };
        let mut number = 0;
        if let Some(Head { number: known, link }) = from {
            // What comes behind a line shows nothing of that line itself, nor that it is still there.
            let there = self.page(scope, known.saturating_sub(1), 1).await?;
            if !there.iter().any(|line| line.number == known && line.link == Some(link)) {
                return Ok(Followed { broken: Some(known), ..followed });
            }
            number = known;
        }
        loop {
            let page = self.page(scope, number, PAGE).await?;
            for line in &page {
                if !followed.takes(scope.tenant, line) {
                    return Ok(followed);
                }
                number = line.number;
            }
            if page.len() < PAGE {
                return Ok(followed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::{OperatorScope, Source, Timestamp, TraceId};
    use rapport_store::AuditEntry;

    use super::*;

    const TENANT: TenantId = TenantId(1);

    fn log(lines: u64) -> Vec<AuditRecord> {
        let mut before = None;
        let root = Source::Machine { uid: 0, pid: Some(7) };
        let scope = OperatorScope::operator("root".into(), root, "management", TraceId(0)).within(TENANT);
        let line = |number| {
            let [what, subject, detail] = ["user set", "t1/u1", "a -> b"].map(str::to_owned);
            let entry = AuditEntry { at: Timestamp(number as i64), what, subject, detail };
            let line = AuditRecord::under(&scope, number, entry, before);
            before = line.link;
            line
        };
        (1..=lines).map(line).collect()
    }

    fn followed(log: &[AuditRecord]) -> Followed {
        let mut followed = Followed::default();
        log.iter().all(|line| followed.takes(TENANT, line));
        followed
    }

    #[test]
    fn a_log_that_nobody_touched_is_whole() {
        let log = log(5);
        let whole = followed(&log);
        assert_eq!((whole.lines, whole.broken), (5, None));
        assert_eq!(whole.head, log[4].link.map(|link| Head { number: 5, link }));
        let mut older = log;
        for line in &mut older[..2] {
            line.link = None;
        }
        assert_eq!(followed(&older).broken, Some(3), "links can't be taken away from lines that had them");
    }

    #[test]
    fn lines_from_before_the_source_was_kept_hold_and_can_be_given_none() {
        let mut log = log(5);
        let mut before = None;
        for (n, line) in log.iter_mut().enumerate() {
            // As the version before wrote them; then this one went on.
            line.source.take_if(|_| n < 3);
            *line = line.clone().chained(TENANT, before);
            before = line.link;
        }
        assert_eq!((followed(&log).lines, followed(&log).broken), (5, None));
        log[1].source = Some("192.0.2.7".to_owned());
        assert_eq!(followed(&log).broken, Some(2));
    }

    #[test]
    fn a_line_that_was_changed_taken_out_put_in_or_moved_is_found() {
        type Tampering = fn(&mut Vec<AuditRecord>);
        let tampered: [(Tampering, u64); 10] = [
            (|log| log[2].entry.detail.push('x'), 3),
            (|log| log[2].actor = "operator eve".to_owned(), 3),
            (|log| log[2].source = Some("uid 0, pid 8".to_owned()), 3),
            (|log| log[2].source = None, 3),
            (
                |log| {
                    let source = log[2].source.take().unwrap_or_default();
                    log[2].entry.detail.push_str(&source);
                },
                3,
            ),
            (|log| log[2].entry.at = Timestamp(0), 3),
            (|log| drop(log.remove(2)), 4),
            (|log| log.swap(1, 2), 3),
            (|log| log.insert(2, log[1].clone()), 2),
            (|log| log[2].link = None, 3),
        ];
        for (n, (tamper, found)) in tampered.into_iter().enumerate() {
            let mut log = log(5);
            tamper(&mut log);
            assert_eq!(followed(&log).broken, Some(found), "case {n}");
        }
    }
}
