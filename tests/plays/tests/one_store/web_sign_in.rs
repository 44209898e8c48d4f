//! Passwords are kept at today's cost: whoever signs in with one that was hashed at yesterday's has it hashed anew.

use std::net::{IpAddr, Ipv4Addr};

use rapport_model::Aor;

use crate::world::{Node, PASSWORD, company, person, two_nodes};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn signs_in(node: &Node, password: &str) -> bool {
    let kim = Aor::parse("kim@one.example").unwrap();
    node.web_sessions.sign_in(&kim, password, "a browser", HERE).await.is_ok()
}

#[tokio::test]
async fn a_password_is_hashed_anew_at_today_s_cost_by_the_sign_in_that_proves_it() {
    let (yesterday, today, store) = two_nodes();
    let one = company(&yesterday, "one").await;
    let kim = person(&yesterday, &one, "kim@one.example", "Kim").await;
    let kept = async || store.credentials(&one, kim.id).await.unwrap().password_hash.unwrap();
    let cheap = kept().await;
    assert!(cheap.contains("$m=64,"), "{cheap}");

    assert!(!signs_in(&today, "lantern harbour 57 sail").await);
    assert_eq!(kept().await, cheap, "a wrong password changes nothing");
    assert!(signs_in(&today, PASSWORD).await);
    let dear = kept().await;
    assert!(dear.contains("$m=128,"), "{dear}");
    assert!(signs_in(&today, PASSWORD).await, "by the new hash");
    assert_eq!(kept().await, dear, "it is at today's cost already");
}
