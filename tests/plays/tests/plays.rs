//! Every play of this folder, on one node and on two, also while the network between them loses and reorders.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use rapport_fabric_local::LocalFabric;
use rapport_fabric_sim::{Faults, SimCluster};
use rapport_face_sip::Settings;
use rapport_plays::{Mishap, Play, Stage, perform};
use rapport_service::clock::Clock;
use rapport_store::Store;
use rapport_store_mem::MemStore;
use rapport_testkit::clock::VirtualClock;

/// How many runs the harsh network gets, unless the variable `SEEDS` asks for more; each loses other packets.
const SEEDS: u64 = 4;

fn plays() -> Vec<(String, Play)> {
    let only = std::env::var("PLAY").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut plays = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "play") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let play = Play::parse(&text).unwrap_or_else(|error| panic!("{name}.play: {error}"));
        if name.contains(&only) {
            plays.push((name, play));
        }
    }
    plays.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!plays.is_empty(), "there are plays");
    plays
}

/// Performs every play, each in a world of its own, and tells which went wrong.
fn all<P, O>(what: &str, performance: P)
where
    P: Fn(Arc<dyn Store>, Arc<dyn Clock>, Play) -> O,
    O: Future<Output = Result<(), Mishap>>,
{
    let mut mishaps = Vec::new();
    for (name, play) in plays() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let outcome = runtime.block_on(async {
            performance(Arc::new(MemStore::new()), Arc::new(VirtualClock::new(1)), play).await
        });
        if let Err(mishap) = outcome {
            mishaps.push(format!("{name}.play, {mishap}"));
        }
    }
    assert!(mishaps.is_empty(), "{what}:\n{}", mishaps.join("\n\n"));
}

fn on_nodes(what: &str, seed: u64, nodes: usize, faults: Faults) {
    all(what, |store, clock, play| async move {
        let cluster = SimCluster::new(seed, nodes, faults);
        let fabrics: Vec<_> = (0..nodes).map(|node| cluster.node(node)).collect();
        perform(Stage::new(&store, fabrics, &clock, &Settings::default()), &play).await
    });
}

#[test]
fn every_play_is_played_in_one_process() {
    all("in one process", |store, clock, play| async move {
        perform(Stage::new(&store, [LocalFabric::default()], &clock, &Settings::default()), &play).await
    });
}

#[test]
fn every_play_is_played_on_one_simulated_node() {
    on_nodes("on one simulated node", 1, 1, Faults::NONE);
}

#[test]
fn every_play_is_played_on_two_nodes() {
    on_nodes("on two nodes", 2, 2, Faults::NONE);
}

#[test]
fn every_play_is_played_on_two_nodes_while_the_network_loses_repeats_and_reorders() {
    let seeds = std::env::var("SEEDS").map_or(SEEDS, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        on_nodes(&format!("on two nodes with a harsh network, seed {seed}"), seed, 2, Faults::HARSH);
    }
}
