//! Who is blocked reaches nobody, and learns nothing by trying.

use rapport_sip::{HeaderName, Method};
use rapport_testkit::client::Event;

use crate::world::{Talker, World, masked};

/// Puts Ana among those whom this person blocks.
async fn block_ana(talker: &mut Talker) {
    let body = "<setContainerMembers xmlns=\"http://schemas.microsoft.com/2006/09/sip/container-management\">\
                <container id=\"32000\" version=\"0\"><member action=\"add\" type=\"user\" \
                value=\"ana@example.com\"/></container></setContainerMembers>";
    let id = talker.set_container_members(body.to_owned());
    talker.success(id).await.unwrap();
}

fn is_for_people(event: &Event) -> bool {
    event.as_request().is_some_and(|request| request.method != Method::Benotify)
}

fn bare(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("Authentication-Info")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_dialog_that_never_was_is_no_way_around_a_block() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    block_ana(&mut ben).await;
    let gruu = ben.contact().trim_matches(['<', '>']).trim_start_matches("sip:").to_owned();
    let epid = ben.profile().epid.as_str().to_owned();
    for (method, uri) in [Method::Message, Method::Invite, Method::Info, Method::Refer, Method::Options]
        .into_iter()
        .flat_map(|method| [(method.clone(), gruu.as_str()), (method, "ben@example.com")])
    {
        let mut request = ana.outside(method.clone(), uri);
        let to = format!("<sip:ben@example.com>;tag=123;epid={epid}");
        request.headers.set(HeaderName::To, &to).unwrap();
        let id = ana.send(request);
        assert_eq!(ana.answer(id).await.unwrap().status.as_u16(), 481, "{method} to {uri}");
    }
    assert!(ben.has_not_come(is_for_people).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn who_blocks_looks_like_who_is_offline() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    block_ana(&mut ben).await;
    for method in [Method::Invite, Method::Message, Method::Info] {
        let mut answers = Vec::new();
        // Cal is not signed in.
        for address in ["ben@example.com", "cal@example.com"] {
            let request = ana.outside(method.clone(), address);
            let id = ana.send(request);
            answers.push(bare(&masked(&ana.answer(id).await.unwrap())));
        }
        assert_eq!(answers.first(), answers.last(), "{method}");
    }
    assert!(ben.has_not_come(is_for_people).await.unwrap());
}
