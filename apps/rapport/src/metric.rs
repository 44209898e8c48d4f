//! The Prometheus recorder of the process, and the table of every metric, of which `docs/metrics.md` is a print.

use std::fmt::Write;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Buckets of durations, in seconds.
const SECONDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
}

/// Every metric: name, kind, labels, meaning.
const METRICS: &[(&str, Kind, &str, &str)] = &[
    (
        "rapport_edge_connections_total",
        Kind::Counter,
        "",
        "connections let in by the bounds, before their handshake",
    ),
    ("rapport_edge_connections", Kind::Gauge, "", "connections there are, those in their handshake included"),
    (
        "rapport_edge_connections_refused_total",
        Kind::Counter,
        "bound: address, rate, total",
        "connections turned away because there are too many",
    ),
    (
        "rapport_edge_handshakes_failed_total",
        Kind::Counter,
        "reason: handshake_timeout, first_bytes_timeout, tls, io",
        "connections that ended before anyone served them",
    ),
    (
        "rapport_edge_accepted_total",
        Kind::Counter,
        "protocol: sip, http",
        "connections that were handed to a face",
    ),
    (
        "rapport_edge_accept_errors_total",
        Kind::Counter,
        "",
        "times that the system gave no connection, such as for want of file descriptors",
    ),
    ("rapport_edge_panics_total", Kind::Counter, "", "handshakes that panicked; always a fault of ours"),
    (
        "rapport_connection_panics_total",
        Kind::Counter,
        "",
        "connections that panicked; always a fault of ours",
    ),
    (
        "rapport_management_requests_total",
        Kind::Counter,
        "outcome: done, refused, failed",
        "requests to the management API",
    ),
    (
        "rapport_http_panics_total",
        Kind::Counter,
        "",
        "HTTP connections that panicked; always a fault of ours",
    ),
    (
        "rapport_audit_broken_total",
        Kind::Counter,
        "",
        "times that an audit log was found changed; always somebody's doing",
    ),
    (
        "rapport_audit_heads_failed_total",
        Kind::Counter,
        "",
        "times that the heads of audit logs were not written",
    ),
    ("rapport_sip_connections", Kind::Gauge, "", "SIP connections there are"),
    (
        "rapport_sip_connections_ended_total",
        Kind::Counter,
        "reason: client, broken, nonsense, no-sign-in, silent, too-slow, chatty, forgeries, signed-out, shutdown",
        "SIP connections that ended, by why",
    ),
    ("rapport_sip_messages_received_total", Kind::Counter, "", "SIP messages received"),
    ("rapport_sip_messages_sent_total", Kind::Counter, "", "SIP messages sent"),
    (
        "rapport_sip_answers_left_out_total",
        Kind::Counter,
        "",
        "answers to somebody who has not signed in that were not given: they would have been longer than what was asked",
    ),
    ("rapport_sip_bad_messages_total", Kind::Counter, "", "SIP messages that could not be read"),
    (
        "rapport_sip_brakes_total",
        Kind::Counter,
        "",
        "times that a client which repeats publications with wrong versions was not heard for a second",
    ),
    (
        "rapport_sip_requests_delayed_total",
        Kind::Counter,
        "",
        "times that a client was not read for a while because it had asked for more than its budget (limits.requests)",
    ),
    (
        "rapport_sip_calls_refused_total",
        Kind::Counter,
        "bound: waiting, client, ringing, caller, octets",
        "requests turned away: their client had too many under way, or theirs had too many to answer, or invitations in all or of one caller, or too much to read",
    ),
    (
        "rapport_sip_bounds_met_total",
        Kind::Counter,
        "bound: dialogs, people, endpoints, contacts, groups, watchers, publications, members",
        "times that a client was refused more than one connection or one person may have, or its oldest endpoint was signed out for it",
    ),
    (
        "rapport_sip_refused_signatures_total",
        Kind::Counter,
        "",
        "SIP messages whose signature did not hold or was seen before",
    ),
    (
        "rapport_actions_refused_total",
        Kind::Counter,
        "reason: another-s-address, another-endpoint, forbidden, signature, unreadable, too-large, too-many-dialogs, too-many-watchers, too-many-waiting, or the code of a refusal",
        "what signed-in clients were refused for which an ordinary one does not ask; each is a line of the log, unless there were too many",
    ),
    (
        "rapport_sign_ins_total",
        Kind::Counter,
        "outcome: proven, unauthenticated, clock",
        "sign-ins that were tried",
    ),
    (
        "rapport_sign_in_proofs_total",
        Kind::Counter,
        "",
        "proofs of a password that were worked out; none is while its source or account is locked",
    ),
    (
        "rapport_sign_ins_refused_total",
        Kind::Counter,
        "reason: wrong, channel, previous, account_and_source, account, source, network, memory, clock, another-s-address, account-disabled, not-licensed, company-disabled",
        "sign-ins that were refused: the proof was wrong, was made for a connection to somebody with another certificate, proved the password before, or was not looked at because of a lock or for want of memory; or it holds, but the client's clock is wrong, the address is another's, or the person may not sign in",
    ),
    (
        "rapport_sign_in_locks_total",
        Kind::Counter,
        "kind: account_and_source, account, source, network",
        "locks after too many failed sign-ins, each longer one included",
    ),
    ("rapport_memory_bytes", Kind::Gauge, "", "memory of the process, its resident set"),
    (
        "rapport_memory_ceiling_bytes",
        Kind::Gauge,
        "",
        "memory from which on no new sign-ins are taken (limits.memory), 0 for none",
    ),
    (
        "rapport_log_lines_left_out_total",
        Kind::Counter,
        "",
        "log entries that were not written because there were too many of one cause (log.per_cause)",
    ),
    (
        "rapport_backup_last_success_timestamp_seconds",
        Kind::Gauge,
        "",
        "when the newest good backup was begun, in seconds since 1970; not there before the first one",
    ),
    (
        "rapport_backup_age_seconds",
        Kind::Gauge,
        "",
        "how old the newest good backup is, whatever the wall clock did since; told every 15 seconds",
    ),
    ("rapport_backup_duration_seconds", Kind::Gauge, "", "how long the last backup took, verifying included"),
    ("rapport_backup_size_bytes", Kind::Gauge, "", "how long the last backup is"),
    (
        "rapport_backup_failures_total",
        Kind::Counter,
        "",
        "backups by the clock that were not made or not good",
    ),
    (
        "rapport_service_key_made_timestamp_seconds",
        Kind::Gauge,
        "",
        "when the service key that seals was made, in seconds since 1970; 0 where its file doesn't say",
    ),
    ("rapport_endpoints", Kind::Gauge, "", "endpoints that are signed in"),
    ("rapport_web_agents", Kind::Gauge, "", "browsers' sessions whose agent is one of those endpoints"),
    ("rapport_web_sockets", Kind::Gauge, "", "WebSockets of browsers"),
    (
        "rapport_web_bounds_met_total",
        Kind::Counter,
        "bound: requests, strangers, exports, waiting, unread, frames",
        "times that a browser was refused (429) more than its session or its address may ask for, a second export, or a \
         message more than may wait; or its socket was closed because it didn't read (4002) or said too much (1008)",
    ),
    (
        "rapport_password_lanes_full_total",
        Kind::Counter,
        "",
        "passwords that were not looked at or hashed because too many waited for a lane (passwords.lanes)",
    ),
    (
        "rapport_web_panics_total",
        Kind::Counter,
        "",
        "agents and sockets of browsers that panicked; always a fault of ours",
    ),
    (
        "rapport_web_messages_unnoted_total",
        Kind::Counter,
        "",
        "notes of messages from browsers that the store did not take: such a message is sent once more when its browser \
         sends it again after a restart",
    ),
    ("rapport_requests_routed_total", Kind::Counter, "", "SIP requests routed to endpoints"),
    (
        "rapport_history_lost_total",
        Kind::Counter,
        "reason: queue, length, store",
        "messages that were delivered, or were told to have failed, and are in nobody's history: too many waited, too long, \
         or the store took no changes",
    ),
    (
        "rapport_requests_lost_total",
        Kind::Counter,
        "",
        "ACKs, and ends of calls that nobody wanted, which were not delivered because too much waited for their client",
    ),
    ("rapport_publications_total", Kind::Counter, "", "presence publications accepted"),
    (
        "rapport_tls_certificate_expires_seconds",
        Kind::Gauge,
        "",
        "seconds until clients refuse the certificate because of the date; negative since they do",
    ),
    (
        "rapport_acme_failures_total",
        Kind::Counter,
        "",
        "attempts to get a certificate by ACME that failed; the log says why and what to do",
    ),
    ("rapport_clock_steps_total", Kind::Counter, "", "times that somebody has set the wall clock"),
    (
        "rapport_store_refuses_changes",
        Kind::Gauge,
        "",
        "1 while the database takes no change, such as on a full disk; reading goes on",
    ),
    (
        "rapport_store_changes_refused_total",
        Kind::Counter,
        "reason: full, unwritable",
        "changes that were refused because the database took none",
    ),
    (
        "rapport_store_damaged_rows_total",
        Kind::Counter,
        "",
        "readings that were refused because the database is damaged; restore it from the backup",
    ),
    (
        "rapport_log_lines_lost_total",
        Kind::Counter,
        "",
        "log lines that standard error or the log file did not take, such as for want of room",
    ),
    ("rapport_presence_notifications_total", Kind::Counter, "", "changes of presence told to sessions"),
];

/// Returns the handle that renders the metrics; the first call installs the recorder.
pub(crate) fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .expect("the list of buckets is not empty")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder was installed before; /metrics stays empty");
        }
        for (name, kind, labels, meaning) in METRICS {
            match kind {
                Kind::Counter => {
                    metrics::describe_counter!(*name, *meaning);
                    begin(name, labels);
                }
                Kind::Gauge => {
                    metrics::describe_gauge!(*name, *meaning);
                    // Before the first backup there is none, which is not one of age 0.
                    if !name.starts_with("rapport_backup_") {
                        metrics::gauge!(*name).increment(0.0);
                    }
                }
            }
        }
        handle
    })
}

/// Makes a counter begin at 0, with each value of its label: what first appears with its first count has no rate, and
/// an alarm on it stays silent.
fn begin(name: &'static str, labels: &'static str) {
    match labels.split_once(": ") {
        Some((label, values)) => {
            for value in values.split(", ") {
                metrics::counter!(name, label => value).absolute(0);
            }
        }
        None => metrics::counter!(name).absolute(0),
    }
}

/// Returns `docs/metrics.md`.
pub(crate) fn reference() -> String {
    let mut text = String::from(
        "# Metrics\n\n\
         Served at `/metrics` on the address of `listen.metrics`, in Prometheus' text form.\n\
         Written by `rapport metrics-reference`; do not edit by hand.\n\n\
         | metric | kind | labels | what it counts |\n| --- | --- | --- | --- |\n",
    );
    for (name, kind, labels, meaning) in METRICS {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "| `{name}` | {kind} | {labels} | {meaning} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Finds the names given to the metrics' macros in every source file below a directory.
    fn used(directory: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(directory).expect("a directory of the workspace") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                used(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                for part in ["counter!(", "gauge!(", "histogram!("].iter().flat_map(|m| text.split(m).skip(1))
                {
                    if let Some(name) =
                        part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next())
                    {
                        found.insert(name.to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn the_table_has_every_metric_that_the_code_counts_and_no_other() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = BTreeSet::new();
        for directory in std::fs::read_dir(root.join("crates")).expect("the crates") {
            used(&directory.expect("a crate").path().join("src"), &mut found);
        }
        used(&root.join("apps/rapport/src"), &mut found);
        let table: BTreeSet<String> = METRICS.iter().map(|(name, ..)| (*name).to_owned()).collect();
        found.retain(|name| name.starts_with("rapport_"));
        assert_eq!(found, table, "METRICS in apps/rapport/src/metric.rs is the table");
    }

    #[test]
    fn the_reference_in_the_documentation_is_current() {
        let kept = include_str!("../../../docs/metrics.md");
        assert!(kept == reference(), "run `rapport metrics-reference > docs/metrics.md`");
    }
}
