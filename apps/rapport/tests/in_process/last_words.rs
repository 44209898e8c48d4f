//! What was said just before the server ends in good order is in the history when it starts again.

use rapport::server;
use rapport_sip::StatusCode;

use crate::channel::Scene;
use crate::settings;

#[tokio::test]
async fn what_is_said_just_before_an_orderly_end_is_in_the_history() {
    let scene = Scene::new("last-words").await;
    let mut ana = scene.connect_here().await;
    ana.sign_in().await.expect("signed in");
    // Nobody has this address: its fate is known at once, and it waits to be stored.
    for n in 0..40 {
        let (invite, _) = ana.invite_saying("nobody@example.com", &format!("word {n}"));
        assert_eq!(ana.answer(invite).await.expect("answered").status, StatusCode::NOT_FOUND);
    }
    // Nothing makes the end take its time.
    drop(ana);
    let Scene { running, data } = scene;
    assert!(running.shutdown().await);
    let again = server::start(&settings(&data)).await.expect("started again");
    let services = again.services();
    let operator = rapport_model::OperatorScope::service("test");
    let company = services.tenants.by_name(&operator, "example").await.expect("it is there");
    let scope = operator.within(company.id);
    let user = services.people.find(&scope, "ana@example.com").await.expect("there").id;
    let page = services.history.page(&scope, user, None, None, 100).await.expect("a history");
    let said: Vec<String> =
        page.entries.iter().rev().map(|e| String::from_utf8_lossy(&e.content.body).into_owned()).collect();
    assert_eq!(said, (0..40).map(|n| format!("word {n}")).collect::<Vec<_>>());
    assert!(again.shutdown().await);
    std::fs::remove_dir_all(data).expect("removed");
}
