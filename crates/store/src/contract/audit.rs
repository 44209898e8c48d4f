//! The audit log: one per company, numbered, only ever longer.

use std::net::Ipv6Addr;
use std::sync::Arc;

use rapport_model::{Actor, Source, Timestamp, TraceId};

use super::values::{operator, two};
use crate::{AuditEntry, AuditRecord, Link, Store, StoreError};

fn line(n: i64) -> AuditEntry {
    AuditEntry {
        at: Timestamp(n),
        what: format!("done {n}"),
        subject: "t1/u1".to_owned(),
        detail: "old → new".to_owned(),
    }
}

/// Lines are numbered upwards within a company and read in pages, oldest first.
pub async fn lines_are_numbered_and_read_in_pages(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    // Each company's log tells of the person who is there.
    let mut numbers = vec![1];
    for n in 0..5 {
        numbers.push(store.append_audit(&t.scope, line(n)).await.expect("a line"));
        store.append_audit(&t.other_scope, line(100)).await.expect("a line of the other company");
    }
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    let mut read: Vec<AuditRecord> = Vec::new();
    while let Some(page) =
        Some(store.audit(&t.scope, read.last().map_or(0, |r| r.number), 2).await.expect("a page"))
            .filter(|page| !page.is_empty())
    {
        assert!(page.len() <= 2);
        read.extend(page);
    }
    assert_eq!(read.iter().map(|r| r.number).collect::<Vec<_>>(), numbers);
    assert_eq!(
        read.iter().skip(1).map(|r| r.entry.clone()).collect::<Vec<_>>(),
        (0..5).map(line).collect::<Vec<_>>()
    );
    assert_eq!(store.audit(&t.scope, u64::MAX, 10).await, Ok(vec![]));
    assert_eq!(store.audit(&t.scope, 0, 0).await, Ok(vec![]));
}

/// Every line is chained to the one before it in its company, and the page gives what is needed to follow the chain.
pub async fn lines_are_chained_within_a_company(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    for n in 0..4 {
        store.append_audit(&t.scope, line(n)).await.expect("a line");
        store.append_audit(&t.other_scope, line(n)).await.expect("a line of the other company");
    }
    let ours = store.audit(&t.scope, 0, 10).await.expect("the log");
    let theirs = store.audit(&t.other_scope, 0, 10).await.expect("the other log");
    for (tenant, log) in [(t.company.id, &ours), (t.other_company.id, &theirs)] {
        let mut before = Link::START;
        for line in log {
            before = before.of(tenant, line);
            assert_eq!(line.link, Some(before), "line {}", line.number);
        }
    }
    assert_ne!(
        ours.last().map(|l| l.link),
        theirs.last().map(|l| l.link),
        "the company is part of the chain"
    );
    let mut forged = ours[1].clone();
    forged.entry.detail.push('!');
    assert_ne!(Some(ours[0].link.expect("a link").of(t.company.id, &forged)), ours[1].link);
}

/// A line carries the actor, the source and the reason of the scope.
pub async fn a_line_says_who_acted_from_where_and_why(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let by_operator = operator().within(t.company.id);
    store.append_audit(&by_operator, line(1)).await.expect("a line");
    let mut by_ana = t.scope.for_reason("own password");
    by_ana.actor = Actor::User(t.ana.id);
    by_ana.source = Source::Web { address: Ipv6Addr::LOCALHOST.into(), session: 5 };
    by_ana.trace = TraceId(9);
    store.append_audit(&by_ana, line(2)).await.expect("a line");
    let read = store.audit(&t.scope, 1, 10).await.expect("the log");
    let who: Vec<_> = read.iter().map(|r| (&*r.actor, r.source.as_deref(), &*r.reason)).collect();
    let (by, ana) = (&*by_ana.source.to_string(), &*format!("user {}", t.ana.id));
    assert_eq!(who, [("operator root", Some("uid 0"), "contract"), (ana, Some(by), "own password")]);
    let long = AuditEntry { subject: "x".repeat(5000), ..line(3) };
    assert!(matches!(store.append_audit(&t.scope, long).await, Err(StoreError::Invalid { .. })));
}
