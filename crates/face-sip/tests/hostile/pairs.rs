//! Two anomalies in one message, as chance will have it: what one of them hides, another may bring to light.
//!
//! `RAPPORT_PAIRS` asks for another number of messages and `RAPPORT_PAIRS_SEED` for another beginning; a failure names
//! the seed of its message, which finds it again as the first of one.

use rapport_testkit::chance::Chance;

use crate::anomalies::{self, Case};
use crate::elements::{OF_CLIENTS, OF_STRANGERS, check, client};
use crate::talk::{Colleague, Talk};
use crate::world::World;

/// Messages after which a world begins anew: an association lives for eight hours, and each message takes seconds.
const OF_A_WORLD: u64 = 2000;

fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn case(epid: &str, seed: u64) -> Case {
    let chance = Chance::new(seed);
    let draw = |below: usize| usize::try_from(chance.next() % below as u64).unwrap();
    let case = anomalies::pair(epid, usize::try_from(seed).unwrap(), draw);
    Case { element: format!("seed {seed}: {}", case.element), ..case }
}

#[tokio::test(start_paused = true)]
async fn two_anomalies_in_one_message_harm_nobody_either() {
    let (begin, count) = (asked("RAPPORT_PAIRS_SEED", 1), asked("RAPPORT_PAIRS", 400));
    let mut seed = begin;
    while seed < begin + count {
        let end = (begin + count).min(seed + OF_A_WORLD);
        try_pairs(seed..end).await;
        seed = end;
    }
}

async fn try_pairs(seeds: std::ops::Range<u64>) {
    let mut world = World::new().await;
    let mut ben = Colleague::new(&mut world, "ben").await;
    let mut talk = client(&mut world).await;
    for seed in seeds {
        let of_stranger = case("0a0b0c0d0e0f", seed);
        let mut stranger = Talk::stranger(&mut world);
        stranger.say(&of_stranger.octets).await;
        let heard = stranger.hear().await;
        check(&of_stranger, &of_stranger.octets, &heard, OF_STRANGERS);
        stranger.ended().await;
        let of_client = case(talk.epid(), seed);
        let octets = talk.signed(&of_client.octets);
        talk.say(&octets).await;
        let heard = talk.hear().await;
        check(&of_client, &octets, &heard, OF_CLIENTS);
        if talk.is_closed() || seed % 25 == 0 || !talk.serves().await {
            talk.ended().await;
            talk = client(&mut world).await;
        }
        assert!(talk.serves().await, "seed {seed}: a fresh request is not answered");
        assert_eq!(ben.trouble(), None, "seed {seed}");
        assert!(world.connections() <= 3, "seed {seed}: a connection outlives its client");
    }
}
