//! One home for each rule: the functions that decide, by name, and that every way to a rule ends in a call of them.
//!
//! A second copy of a rule begins with a word: a face that decides who is blocked says `Blocked`, one that counts contacts
//! says `limits`. So each such word is counted in what the faces and the services are made of, and a place that says one
//! stands here with its reason. What the rules do, for a desktop client and for a browser alike, is tried in
//! `crates/face-api/tests/web/rules.rs`.

use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::files::{ending_with, read};

/// Where each rule is tried.
const TRIED: &str = "crates/face-api/tests/web/rules.rs";

/// A rule.
struct Rule {
    name: &'static str,
    /// The file that decides.
    home: &'static str,
    /// The head of the function that does, or what else stands there alone.
    decides: &'static str,
    /// Each part of a face that has it decided, and what it calls for that.
    ways: &'static [(&'static str, &'static str)],
    /// The test that tries it by each way.
    tried: &'static str,
}

const SIP: &str = "crates/face-sip/src";
const WEB: &str = "crates/face-api/src";
const ROUTER: &[(&str, &str)] = &[(SIP, "router.request("), (WEB, "router.request(")];

const RULES: &[Rule] = &[
    Rule {
        name: "which of several programs answers, and what becomes of the others",
        home: "crates/sip/src/fork.rs",
        decides: "pub struct Fork",
        ways: ROUTER,
        tried: "an_invitation_forks_to_every_program_whoever_calls",
    },
    Rule {
        name: "whom an address reaches",
        home: "crates/service/src/router.rs",
        decides: "async fn destination(",
        ways: ROUTER,
        tried: "a_former_address_reaches_whoever_had_it",
    },
    Rule {
        name: "who is blocked",
        home: "crates/core/src/presence/view.rs",
        decides: "pub fn is_blocked(",
        ways: ROUTER,
        tried: "a_block_looks_as_if_nobody_were_there",
    },
    Rule {
        name: "who is not to be disturbed",
        home: "crates/service/src/router.rs",
        decides: "AvailabilityClass::DoNotDisturb",
        ways: ROUTER,
        tried: "who_is_not_to_be_disturbed_is_not_called",
    },
    Rule {
        name: "what is kept of what people say",
        home: "crates/service/src/router/said.rs",
        decides: "pub(super) struct Pending",
        ways: ROUTER,
        tried: "what_is_said_is_in_the_history_of_both",
    },
    Rule {
        name: "what several states add up to",
        home: "crates/core/src/presence/aggregate.rs",
        decides: "fn outputs_of_present(",
        ways: &[(SIP, "services.presence.publish("), (WEB, "services.presence.publish(")],
        tried: "states_of_both_kinds_of_program_add_up_alike",
    },
    Rule {
        name: "what a level of access shows",
        home: "crates/core/src/presence/view.rs",
        decides: "fn granted(",
        ways: &[(SIP, "services.presence.subscribe("), (WEB, "services.presence.subscribe(")],
        tried: "a_level_of_access_shows_the_same_to_both",
    },
    Rule {
        name: "who is told that somebody added them",
        home: "crates/core/src/presence/subscribers.rs",
        decides: "pub const MAX_SUBSCRIBERS",
        ways: &[
            (SIP, "services.presence.acknowledge_subscribers("),
            (WEB, "services.presence.acknowledge_subscribers("),
        ],
        tried: "who_adds_somebody_is_told_of_and_taken_notice_of_once",
    },
    Rule {
        name: "how long a contact list may be",
        home: "crates/core/src/contacts/apply.rs",
        decides: "fn set_contact(",
        ways: &[(SIP, "services.contacts.apply("), (WEB, "contacts.apply(")],
        tried: "a_contact_list_is_full_for_both",
    },
    Rule {
        name: "how many groups there may be",
        home: "crates/core/src/contacts/apply.rs",
        decides: "fn add_group(",
        ways: &[(SIP, "services.contacts.apply("), (WEB, "contacts.apply(")],
        tried: "groups_are_too_many_for_both",
    },
    Rule {
        name: "who may sign in",
        home: "crates/core/src/identity.rs",
        decides: "pub fn may_sign_in(",
        ways: &[(SIP, "services.registrar.bind("), (WEB, "services.registrar.bind(")],
        tried: "who_may_not_sign_in_may_not_by_either",
    },
    Rule {
        name: "how many programs of one person there may be",
        home: "crates/service/src/registrar.rs",
        decides: "pub async fn make_room(",
        ways: &[(SIP, "services.registrar.make_room("), (WEB, "services.registrar.make_room(")],
        tried: "programs_of_both_kinds_are_counted_together",
    },
    Rule {
        name: "who may try a password, and when",
        home: "crates/service/src/throttle.rs",
        decides: "pub(crate) struct Throttle",
        ways: &[(SIP, "services.sign_in.prove("), (WEB, "web_sessions.sign_in(")],
        tried: "wrong_passwords_by_one_way_lock_the_other",
    },
    Rule {
        name: "whether there is memory for one more",
        home: "crates/service/src/admission.rs",
        decides: "pub fn admit(",
        ways: &[(SIP, "services.admission.admit("), (WEB, "services.admission.admit(")],
        tried: "above_the_memory_ceiling_nobody_comes_in_by_either",
    },
    Rule {
        name: "which of two publications of the same thing counts",
        home: "crates/core/src/presence/publish.rs",
        decides: "fn conflicts(",
        ways: &[(SIP, "services.presence.publish("), (WEB, "services.presence.publish(")],
        tried: "who_publishes_on_top_of_what_is_no_more_is_told_or_begins_anew",
    },
    Rule {
        name: "which password is good enough",
        home: "crates/service/src/people.rs",
        decides: "PASSWORDS.check(",
        // No desktop client changes one.
        ways: &[
            ("crates/face-api/src/users.rs", "people.set_password("),
            ("crates/face-api/src/web/password.rs", "change_password("),
        ],
        tried: "a_weak_password_is_refused_whoever_sets_it",
    },
    Rule {
        name: "what stands in the audit log",
        home: "crates/service/src/ports.rs",
        decides: "pub(crate) fn line(",
        // A service writes the line with its change: what desktop clients alone do there has none.
        ways: &[
            ("crates/face-api/src/app_passwords.rs", "people.add_app_password("),
            ("crates/face-api/src/web/app_passwords.rs", "people.add_app_password("),
        ],
        tried: "what_is_done_is_in_the_audit_log_by_whichever_way",
    },
    Rule {
        name: "what is written down of what somebody is refused",
        home: "crates/service/src/refused.rs",
        decides: "pub(crate) struct RefusedLog",
        ways: &[(SIP, "services.note_refused("), (WEB, "services.note_refused(")],
        tried: "what_is_refused_is_written_down_for_both",
    },
    Rule {
        name: "who is found by what somebody types",
        home: "crates/service/src/address_book.rs",
        decides: "pub async fn find(",
        // Desktop clients are told that there is no such service.
        ways: &[(WEB, "services.address_book.find(")],
        tried: "who_is_found_is_looked_for_in_one_place",
    },
];

/// Words of rules that a face says only where it translates: the word, the file, how often, and why.
const SAID: &[(&str, &str, usize, &str)] = &[
    ("Blocked", "face-api/src/web/types.rs", 5, "the level's name in JSON"),
    ("Blocked", "face-api/src/web/adders.rs", 1, "`block` asks for that level"),
    ("DoNotDisturb", "face-api/src/web/types.rs", 4, "the availability's name in JSON"),
    ("DoNotDisturb", "face-api/src/agent/own.rs", 3, "what a person chooses is published, and read back"),
    ("DO_NOT_DISTURB", "face-api/src/agent/own.rs", 1, "what a person chooses is published"),
    ("ContainerId::", "face-api/src/agent/own.rs", 7, "where clients publish states and notes"),
    ("ContainerId::", "face-sip/src/translate/own.rs", 1, "which emptied category Communicator must hear of"),
    ("StateKind::", "face-api/src/agent/own.rs", 7, "a browser's own publications"),
    ("StateKind::", "face-sip/src/translate/publish.rs", 13, "the kinds of states, from the wire's names"),
    (".memberships", "face-sip/src/translate/own.rs", 2, "containers are told as they are"),
    (".memberships", "face-sip/src/subscribe.rs", 1, "names of members are looked up"),
    ("SameEnterprise", "face-sip/src/translate/members.rs", 2, "a kind of member, from the wire's name"),
    ("SameEnterprise", "face-sip/src/translate/own.rs", 3, "a kind of member, to the wire's name"),
    ("SameEnterprise", "face-sip/src/subscribe.rs", 1, "a member that has no name"),
    (
        "Selection::of",
        "face-api/src/agent/roster.rs",
        1,
        "how colleagues see the person, by the view's own rule",
    ),
    ("Selection::of", "face-api/src/web/access.rs", 1, "the preview, by the view's own rule"),
    ("limits.", "face-api/src/agent/roster.rs", 3, "limits are told, not kept"),
    ("limits.", "face-api/src/problem.rs", 2, "a field's name"),
    ("limits.", "face-api/src/tenants.rs", 8, "what the operator sets and is shown"),
    (".licensed", "face-api/src/users.rs", 1, "the answer to a licence that was set"),
    ("AggregateState {", "face-sip/src/translate/value.rs", 1, "the wire's own type of that name"),
    (".enabled", "face-api/src/users/types.rs", 4, "the field in JSON"),
    (".licensed", "face-api/src/users/types.rs", 4, "the field in JSON"),
    (".enabled", "face-api/src/tenants.rs", 2, "the field in JSON"),
];

/// Words with which a face would decide something.
const WORDS: &[&str] = &[
    "Blocked",
    "is_blocked",
    "BLOCKED",
    "DoNotDisturb",
    "DO_NOT_DISTURB",
    "ContainerId::",
    "StateKind::",
    "AggregateState {",
    "availability_seen_by",
    ".memberships",
    "SameEnterprise",
    "Selection::of",
    "may_sign_in",
    "limits.",
    ".enabled",
    ".licensed",
    "Fork",
    ".fabric",
    ".store",
    "PasswordPolicy",
    "SearchIndex",
    "append_audit",
];

pub(super) fn check() -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut faces = Vec::new();
    for path in ending_with(".rs")? {
        if is_production_of_a_face(&path) {
            faces.push((path.display().to_string(), production(&read(&path)?)));
        }
    }
    let tried = read(Path::new(TRIED))?;
    for rule in RULES {
        found.extend(kept(rule, &read(Path::new(rule.home))?, &faces, &tried));
    }
    for (path, text) in &faces {
        found.extend(said(path, text, SAID));
    }
    Ok(found)
}

/// Whether a file is what a face is made of; samples of documents are for its tests.
fn is_production_of_a_face(path: &Path) -> bool {
    let of_a_face = ["crates/face-sip/src", "crates/face-api/src"].iter().any(|face| path.starts_with(face));
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    of_a_face && !name.ends_with("_tests.rs") && name != "samples.rs"
}

/// The lines of a file before its tests, without comments.
fn production(text: &str) -> String {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether a rule is where it is said to be, reached by each way, and tried.
fn kept(rule: &Rule, home: &str, faces: &[(String, String)], tried: &str) -> Vec<Finding> {
    let Rule { name, home: path, decides, .. } = rule;
    let mut found = Vec::new();
    if home.matches(decides).count() != 1 {
        found.push(format!("{path}: {name}: `{decides}` should stand there once"));
    }
    // Calls are broken over lines as they get longer.
    let close = |text: &str| text.split_whitespace().collect::<String>();
    for (part, call) in rule.ways {
        let mut of_part = faces.iter().filter(|(path, _)| path.starts_with(part));
        if !of_part.any(|(_, text)| close(text).contains(&close(call))) {
            found.push(format!("{part}: {name}: it is decided by `{call}`, which it doesn't call"));
        }
    }
    if !tried.contains(&format!("async fn {}(", rule.tried)) {
        found.push(format!("{TRIED}: {name}: there is no test `{}`", rule.tried));
    }
    found
}

/// Words of rules that a face says where it has no reason to.
fn said(path: &str, text: &str, excused: &[(&str, &str, usize, &str)]) -> Vec<Finding> {
    let mut found = Vec::new();
    for word in WORDS {
        let times = text.matches(word).count();
        let excuse = excused.iter().find(|(known, file, ..)| known == word && path.ends_with(file));
        let allowed = excuse.map_or(0, |(_, _, times, _)| *times);
        if times > allowed {
            found.push(format!(
                "{path}: says `{word}` {times} times where {allowed} are known: is a rule decided there that has its \
                 home in core or service? If it only translates, it gets its line in xtask/src/tidy/rules.rs"
            ));
        } else if times < allowed {
            found.push(format!(
                "{path}: says `{word}` {times} times; xtask/src/tidy/rules.rs knows {allowed}"
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        name: "what is allowed",
        home: "crates/core/src/allowed.rs",
        decides: "pub fn is_allowed(",
        ways: &[(SIP, "services.ask("), (WEB, "services.ask(")],
        tried: "it_is_allowed_for_both",
    };
    const HOME: &str = "pub fn is_allowed(who: Person) -> bool {";
    const CALLS: &str = "self.services\n    .ask(who)";
    const TEST: &str = "async fn it_is_allowed_for_both() {";

    #[test]
    fn a_rule_that_is_nowhere_or_passed_by_is_found() {
        let check = |home: &str, sip: &str, web: &str, tried: &str, findings: usize| {
            let of = |part: &str, text: &str| (format!("{part}/ask.rs"), text.to_owned());
            let found = kept(&RULE, home, &[of(SIP, sip), of(WEB, web)], tried);
            assert_eq!(found.len(), findings, "{found:?}");
        };
        check(HOME, CALLS, CALLS, TEST, 0);
        check("", CALLS, CALLS, TEST, 1);
        let twice = format!("{HOME}\n{HOME}");
        check(&twice, CALLS, CALLS, TEST, 1);
        check(HOME, "", CALLS, TEST, 1);
        check(HOME, CALLS, "", TEST, 1);
        check(HOME, CALLS, CALLS, "", 1);
    }

    #[test]
    fn a_second_copy_of_a_rule_is_found() {
        let excused = [("Blocked", "web/types.rs", 1, "a name")];
        let check = |path: &str, text: &str, findings: usize| {
            let found = said(path, &production(text), &excused);
            assert_eq!(found.len(), findings, "{found:?}");
        };
        let copy = "if level == Level::Blocked { return offline(); }";
        check("crates/face-api/src/web/types.rs", "enum Level { Blocked }", 0);
        check("crates/face-api/src/web/types.rs", &format!("enum Level {{ Blocked }}\n{copy}"), 1);
        check("crates/face-api/src/web/people.rs", copy, 1);
        check("crates/face-api/src/web/people.rs", "if list.len() >= policy.limits.contacts {", 1);
        check("crates/face-api/src/web/people.rs", &format!("// {copy}\n#[cfg(test)]\n{copy}"), 0);
        check("crates/face-api/src/web/types.rs", "", 1);
    }
}
