use super::*;
use crate::message::Request;
use crate::method::Method;

fn response(code: u16) -> Response {
    let request = Request::new(Method::Invite, "sip:b@example.com").unwrap();
    Response::to(&request, StatusCode::from_u16(code).unwrap(), "")
}

fn fork(branches: u32) -> Fork {
    Fork::new((0..branches).map(BranchId))
}

/// Short for an action: `f200`, `a480`, `c1`, `e1`.
fn drain(fork: &mut Fork) -> Vec<String> {
    std::iter::from_fn(|| fork.poll_action())
        .map(|action| match action {
            Action::Forward(r) => format!("f{}", r.status),
            Action::Answer(status) => format!("a{status}"),
            Action::Cancel(BranchId(id)) => format!("c{id}"),
            Action::End(BranchId(id), _) => format!("e{id}"),
        })
        .collect()
}

/// Every branch refuses with its code; 0 stands for a time-out, 1 for a lost connection.
fn check(codes: &[u16], expected: &str) {
    let mut fork = fork(codes.len() as u32);
    for (id, code) in (0..).map(BranchId).zip(codes) {
        assert!(!fork.is_answered());
        match code {
            0 => fork.branch_lost(id, Loss::TimedOut),
            1 => fork.branch_lost(id, Loss::Gone),
            code => fork.response(id, response(*code)),
        }
    }
    assert_eq!(drain(&mut fork), [expected], "{codes:?}");
    assert!(fork.is_done());
}

#[test]
fn the_first_success_wins_and_the_others_are_cancelled() {
    let mut fork = fork(3);
    fork.response(BranchId(0), response(100));
    fork.response(BranchId(1), response(180));
    assert_eq!(drain(&mut fork), ["f180"]);
    fork.response(BranchId(2), response(486));
    assert_eq!(drain(&mut fork), Vec::<String>::new());
    fork.response(BranchId(1), response(200));
    assert_eq!(drain(&mut fork), ["f200", "c0"]);
    fork.response(BranchId(0), response(180));
    assert_eq!(drain(&mut fork), Vec::<String>::new());
    assert!(!fork.is_done());
    fork.response(BranchId(0), response(487));
    assert_eq!(drain(&mut fork), Vec::<String>::new());
    assert!(fork.is_done());
}

#[test]
fn a_success_that_comes_after_the_answer_is_ended_and_never_forwarded() {
    let mut fork = fork(2);
    fork.response(BranchId(0), response(200));
    assert_eq!(drain(&mut fork), ["f200", "c1"]);
    fork.response(BranchId(1), response(200));
    assert_eq!(drain(&mut fork), ["e1"]);
    assert!(fork.is_done());
    let mut fork = Fork::new([BranchId(0)]);
    fork.cancel();
    assert_eq!(drain(&mut fork), ["a487", "c0"]);
    fork.branch_lost(BranchId(0), Loss::TimedOut);
    fork.response(BranchId(0), response(200));
    assert_eq!(drain(&mut fork), ["e0"]);
}

#[test]
fn a_global_refusal_overrides_at_once() {
    let mut fork = fork(3);
    fork.response(BranchId(0), response(486));
    fork.response(BranchId(1), response(603));
    assert_eq!(drain(&mut fork), ["f603", "c2"]);
    fork.response(BranchId(2), response(600));
    assert_eq!(drain(&mut fork), Vec::<String>::new());
    assert!(fork.is_done());
}

#[test]
fn the_best_refusal_is_chosen() {
    check(&[486, 486], "f486");
    check(&[486, 480], "f480");
    check(&[486, 0], "a480");
    check(&[486, 1], "a480");
    check(&[0, 0], "a408");
    check(&[408, 0], "f408");
    check(&[1], "a480");
    check(&[404], "f404");
    check(&[480, 415], "f415");
    check(&[500, 486], "f486");
    check(&[504, 486, 302], "f302");
    check(&[503], "a500");
    check(&[500, 503], "f500");
    check(&[488, 415], "f488");
}

#[test]
fn a_challenge_of_a_callee_never_reaches_the_caller() {
    check(&[401], "a480");
    check(&[407, 486], "a480");
    check(&[401, 480], "f480");
}

#[test]
fn a_fork_without_branches_answers_480() {
    let mut fork = Fork::new([]);
    assert_eq!(drain(&mut fork), ["a480"]);
    assert!(fork.is_done());
    assert!(!fork.add_branch(BranchId(1)));
}

#[test]
fn giving_up_answers_and_cancels_what_is_left() {
    let mut fork = fork(2);
    fork.response(BranchId(0), response(415));
    fork.give_up();
    assert_eq!(drain(&mut fork), ["f415", "c1"]);
    fork.give_up();
    fork.cancel();
    assert_eq!(drain(&mut fork), Vec::<String>::new());
}
