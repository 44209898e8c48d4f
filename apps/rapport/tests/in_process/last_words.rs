//! What was said just before the server ends in good order is in the history when it starts again.

use rapport::server;
use rapport_core::directory::PersonRef;
use rapport_fabric_local::LocalFabric;
use rapport_model::{Aor, OperatorScope, Scope, UserId};
use rapport_service::history::Unsent;
use rapport_service::router::Saying;
use rapport_service::{Services, Wire};

use crate::channel::Scene;
use crate::settings;

/// Several batches: to store them takes longer than an end that has nothing else to do.
const WORDS: usize = 3000;

async fn ana(services: &Services<LocalFabric<Wire>>) -> (Scope, UserId) {
    let operator = OperatorScope::service("test");
    let company = services.tenants.by_name(&operator, "example").await.expect("it is there");
    let scope = operator.within(company.id);
    let user = services.people.find(&scope, "ana@example.com").await.expect("there").id;
    (scope, user)
}

#[tokio::test]
async fn what_is_said_just_before_an_orderly_end_is_in_the_history() {
    let Scene { running, data } = Scene::new("last-words").await;
    let services = running.services().clone();
    let (scope, user) = ana(&services).await;
    let nobody = PersonRef::Address(Aor::parse("nobody@example.com").expect("an address"));
    for n in 0..WORDS {
        let saying = Saying { id: services.history.message_id(), client_id: None, html: None };
        let unsent = Unsent { saying, text: &format!("word {n}"), status: 404 };
        services.history.note_unsent(&scope, user, &nobody, &unsent).await;
    }
    drop(services);
    assert!(running.shutdown().await);
    let again = server::start(&settings(&data)).await.expect("started again");
    let services = again.services();
    let (scope, user) = ana(services).await;
    let (mut said, mut before) = (Vec::new(), None);
    loop {
        let page = services.history.page(&scope, user, None, before, 500).await.expect("a history");
        said.extend(page.entries.iter().map(|e| String::from_utf8_lossy(&e.content.body).into_owned()));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    said.reverse();
    assert_eq!(said.len(), WORDS);
    assert!(said.iter().enumerate().all(|(n, said)| *said == format!("word {n}")), "in their order");
    assert!(again.shutdown().await);
    std::fs::remove_dir_all(data).expect("removed");
}
