//! What a person has read in their browsers: told to those that are there, and noted for those that are not.
//!
//! What of it is unread in a browser is for the endpoint that speaks for it to count.

use std::cmp::Reverse;

use rapport_core::directory::PersonRef;
use rapport_fabric::Fabric;
use rapport_model::{Aor, MessageId, Scope, UserId};
use rapport_store::StoreError;

use super::WebSessions;
use crate::{BrowserNews, Result, Wire};

/// Under which name beside what web clients leave is kept what a person has read.
const READ: &str = "read";
/// Of so many others it is known up to where a person has read: those of whom they have read last.
const READ_OF: usize = 100;

impl<F: Fabric<Message = Wire>> WebSessions<F> {
    /// Tells the person's browsers that what was said with somebody has been read, up to a message.
    pub async fn tell_read(&self, scope: &Scope, user: UserId, with: PersonRef, last: MessageId) {
        self.ports.tell_browsers(scope, user, &[BrowserNews::HistoryRead { with, last }]).await;
    }

    /// Notes up to which message a person has read what was said with others, for browsers that aren't there now, and tells
    /// it to those that have come meanwhile.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn note_read(
        &self,
        scope: &Scope,
        user: UserId,
        read: &[(PersonRef, MessageId)],
    ) -> Result<()> {
        loop {
            let old = self.ports.store.web_document(scope, user, READ).await?;
            let Some(new) = read_after(user, old.as_deref(), read) else { break };
            match self.ports.store.set_web_document(scope, user, READ, old.as_deref(), new).await {
                // Two browsers note at once.
                Err(StoreError::Stale { .. }) => {}
                set => {
                    set?;
                    break;
                }
            }
        }
        for (with, last) in read {
            self.tell_read(scope, user, with.clone(), *last).await;
        }
        Ok(())
    }

    /// Returns up to which message a person has read what was said with others, as far as that is known.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn read(&self, scope: &Scope, user: UserId) -> Result<Vec<(PersonRef, MessageId)>> {
        let kept = self.ports.store.web_document(scope, user, READ).await?;
        Ok(kept.as_deref().map(|kept| parse_read(user, kept)).unwrap_or_default())
    }
}

/// Reads what [`read_after`] wrote: a line for each other.
fn parse_read(user: UserId, kept: &str) -> Vec<(PersonRef, MessageId)> {
    let lines = kept.lines().filter_map(|line| {
        let (last, with) = line.split_once(' ')?;
        let with = match with.parse() {
            Ok(number) => PersonRef::Person(UserId { user: number, ..user }),
            Err(_) => PersonRef::Address(Aor::parse(with).ok()?),
        };
        Some((with, last.parse().ok()?))
    });
    lines.collect()
}

/// Returns what is known of what a person has read after more of it; none when that is nothing new.
fn read_after(user: UserId, old: Option<&str>, more: &[(PersonRef, MessageId)]) -> Option<String> {
    let before = old.map(|old| parse_read(user, old)).unwrap_or_default();
    let mut after = before.clone();
    for (with, last) in more {
        match after.iter_mut().find(|(known, _)| known == with) {
            Some((_, known)) => *known = (*known).max(*last),
            None => after.push((with.clone(), *last)),
        }
    }
    after.sort_by_key(|(_, last)| Reverse(*last));
    after.truncate(READ_OF);
    let line = |(with, last): &(PersonRef, MessageId)| match with {
        PersonRef::Person(with) => format!("{last} {}\n", with.user),
        PersonRef::Address(address) => format!("{last} {address}\n"),
    };
    (after != before).then(|| after.iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use rapport_model::TenantId;

    use super::*;

    #[test]
    fn what_was_read_is_kept_of_those_of_whom_was_read_last() {
        let user = |user| UserId { tenant: TenantId(7), user };
        let lee = PersonRef::Person(user(9));
        let carl = PersonRef::Address(Aor::parse("carl@elsewhere.example").expect("an address"));
        let mut kept = None;
        let mut read = |more: &[(PersonRef, MessageId)]| {
            let new = read_after(user(1), kept.as_deref(), more);
            let is_news = new.is_some();
            kept = new.or(kept.take());
            (is_news, parse_read(user(1), kept.as_deref().unwrap_or_default()))
        };
        let [first, second, third] = [MessageId(1), MessageId(2), MessageId(0x7fff_ffff_ffff_ffff)];
        assert_eq!(read(&[]), (false, vec![]));
        let both = [(carl.clone(), second), (lee.clone(), first)];
        assert_eq!(read(&both), (true, both.to_vec()));
        // What was read once is read.
        assert_eq!(read(&[(carl.clone(), first)]), (false, both.to_vec()));
        assert_eq!(read(&[(lee.clone(), third)]).1, [(lee.clone(), third), (carl, second)]);
        let others: Vec<_> = (0..200).map(|n| (PersonRef::Person(user(100 + n)), MessageId(10))).collect();
        let (_, kept) = read(&others);
        assert_eq!((kept.len(), kept.first()), (READ_OF, Some(&(lee, third))));
        for nonsense in ["", "x", "0000000000000001", "0000000000000001 \n1 lee", "x 9", "0000000000000001 x"]
        {
            assert_eq!(parse_read(user(1), nonsense), [], "{nonsense}");
        }
    }
}
