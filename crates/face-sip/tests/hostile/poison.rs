//! Every body that a client sends with everything that can be wrong with a document, said by a client that has signed in:
//! it is refused as what it is, nothing of it is done, and everybody is served.

use rapport_face_sip::Ended;

use crate::documents::{Document, KINDS};
use crate::elements::client;
use crate::talk::{Said, Talk};
use crate::world::World;

fn answer(heard: &[Said]) -> Option<(u16, String)> {
    let last = heard.iter().rfind(|said| said.is_final())?;
    Some((last.status?, last.header("ms-diagnostics").unwrap_or_default().to_owned()))
}

#[tokio::test(start_paused = true)]
async fn a_wrong_document_is_refused_in_every_request_and_changes_nothing() {
    let mut world = World::new().await;
    let mut bystander = Talk::client(&mut world, "ben", 1).await;
    let mut talk = client(&mut world).await;
    let mut number = 0;
    for kind in KINDS {
        for Document { named, body } in kind.wrong() {
            number += 1;
            let request = talk.signed(&kind.request(&body, talk.epid(), number));
            talk.say(&request).await;
            let heard = talk.hear().await;
            let (status, diagnostics) = answer(&heard).expect("an answer");
            assert!(status == 400 && diagnostics.starts_with("4001;"), "{}, {named}: {heard:#?}", kind.name);
            assert!(talk.serves().await, "{}, {named}: a fresh request is not answered", kind.name);
            assert!(bystander.serves().await, "{}, {named}: somebody else is not served", kind.name);
        }
        // More than any message may be: its client is told, and has to come again.
        number += 1;
        let huge = kind.request(&vec![b' '; 300 * 1024], talk.epid(), number);
        let huge = talk.signed(&huge);
        talk.say(&huge).await;
        let heard = talk.hear().await;
        assert_eq!(answer(&heard).map(|(status, _)| status), Some(413), "{}: {heard:#?}", kind.name);
        assert!(talk.is_closed(), "{}", kind.name);
        assert_eq!(talk.ended().await, Ended::Nonsense);
        talk = client(&mut world).await;
        assert!(talk.serves().await && bystander.serves().await, "{}", kind.name);
        assert_eq!(world.connections(), 2, "a connection outlives its client");
    }
    assert!(number > 1000, "{number} documents");
    // The right ones name the numbers of a list and of publications that nobody has changed yet.
    for kind in KINDS {
        number += 1;
        let request = talk.signed(&kind.request(&kind.right(), talk.epid(), number));
        talk.say(&request).await;
        let heard = talk.hear().await;
        assert_eq!(answer(&heard).map(|(status, _)| status), Some(kind.status), "{}: {heard:#?}", kind.name);
    }
}
