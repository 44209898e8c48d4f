//! People of another company can't be told from nobody.

use rapport_sip::{HeaderName, Method};
use rapport_testkit::client::{Profile, bodies};

use crate::world::{World, masked};

/// The other company's Ana, online.
async fn other_ana(world: &mut World) -> crate::world::Talker {
    let user = world.services.people.find(&world.other, "ana@other.example").await.unwrap().id;
    let (_, app) = world.services.people.add_app_password(&world.other, user, "phone").await.unwrap();
    let mut talker = world.client(Profile::new("ana@other.example", &app, 1));
    talker.sign_in().await.unwrap();
    talker
}

fn unsigned_part(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("Authentication-Info")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_message_to_another_company_is_refused_alike_whether_somebody_is_there() {
    let mut world = World::new().await;
    let mut other = other_ana(&mut world).await;
    let mut ben = world.signed_in("ben", 1).await;
    for method in [Method::Invite, Method::Message, Method::Subscribe, Method::Options, Method::Service] {
        let mut answers = Vec::new();
        for address in ["ana@other.example", "nobody@other.example", "ana@unknown.example"] {
            let request = ben.outside(method.clone(), address).with(HeaderName::Event, "no-such-package");
            let id = ben.send(request);
            answers.push(unsigned_part(&masked(&ben.answer(id).await.unwrap())));
        }
        assert!(answers.iter().all(|answer| Some(answer) == answers.first()), "{method}: {answers:#?}");
    }
    assert!(other.has_not_come(|event| event.as_request().is_some()).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn another_company_s_presence_is_that_of_nobody() {
    let mut world = World::new().await;
    let _other = other_ana(&mut world).await;
    let mut ben = world.signed_in("ben", 1).await;
    let mut answers = Vec::new();
    for address in ["ana@other.example", "xyz@other.example", "ana@unknown.exampl"] {
        let id = ben.poll_presence([address]);
        let body = ben.success(id).await.unwrap().body;
        let text = String::from_utf8(body.to_vec()).unwrap().replace(address, "*");
        // The boundary and the identifiers of the parts are fresh.
        answers.push(text.chars().filter(|c| !c.is_ascii_hexdigit()).collect::<String>());
    }
    assert!(answers.iter().all(|answer| Some(answer) == answers.first()), "{answers:#?}");
    let watchers = world.services.people.find(&world.other, "ana@other.example").await.unwrap().id;
    let (id, _) = ben.subscribe_presence(["ana@other.example"]);
    ben.success(id).await.unwrap();
    assert_eq!(world.services.people.usage(&world.other, watchers).await.unwrap().watchers, 0);
}

#[tokio::test(start_paused = true)]
async fn the_same_name_in_two_companies_is_two_people() {
    let mut world = World::new().await;
    let mut other = other_ana(&mut world).await;
    let mut ana = world.signed_in("ana", 1).await;
    let added = ana.change_contacts(bodies::add_group("Harbour", 1));
    ana.success(added).await.unwrap();
    let list = other.subscribe_contacts();
    let list = other.success(list).await.unwrap();
    assert!(!crate::world::find(&list.body, "Harbour"));
    assert_eq!(world.endpoints("ana").await, 1);
}
