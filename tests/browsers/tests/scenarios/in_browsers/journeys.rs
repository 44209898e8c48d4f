//! The pages' own journeys: people go through the client by mouse and by keyboard alone, its server in memory.

use rapport_browsers::journeys;

#[test]
fn every_journey_through_the_pages_ends_as_its_sentence_says() {
    assert!(journeys(), "a journey fails, see above; its picture is in target/screens/failed");
}
