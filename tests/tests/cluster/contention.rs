//! Many who tell of one incident at once, through several nodes: that is no outage.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scribe::app::App;
use scribe::clock;
use scribe::config::Config;
use scribe_protocol_server::{Call, Like, Settings};
use scribe_tests::api::Api;
use scribe_tests::contract::Place as _;
use serde_json::json;

use super::node::{must_agree, on};

/// Each tells so many notes; how long each took.
async fn tell(api: Arc<Api>, incident: String, writer: usize, count: usize) -> Vec<Duration> {
    let mut took = Vec::new();
    for number in 0..count {
        let text = format!("{number} of {writer}");
        let asked = Instant::now();
        let answer = api.tell(&incident, "note", json!({ "text": text, "actor": "Zac" })).await;
        took.push(asked.elapsed());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    took
}

fn p99(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[expect(clippy::print_stderr, reason = "it is for whoever reads the test's output")]
async fn four_writers_through_two_nodes_are_all_answered() {
    let count = std::env::var("SCRIBE_NOTES").ok().and_then(|count| count.parse().ok()).unwrap_or(100);
    for like in Like::ALL {
        let place = on(Settings::like(like));
        let stores = [place.open(), place.open()];
        let api = |store| Arc::new(Api::over(App::with_store(store, Config::default(), clock::system())));
        let nodes = stores.clone().map(api);
        let incident = nodes[0].declare("Imports fail").await;
        // As many, since an incident is read anew for each command.
        let alone = tell(Arc::clone(&nodes[0]), nodes[0].declare("Alone").await, 0, 4 * count).await;
        let writers = (0..4).map(|writer| {
            let told = tell(Arc::clone(&nodes[writer % 2]), incident.clone(), writer, count);
            tokio::spawn(told)
        });
        let mut took = Vec::new();
        for told in futures::future::join_all(writers).await {
            took.extend(told.unwrap());
        }
        // What is told here is for whoever reads it; the machine decides it, so nothing hangs on it.
        eprintln!("{like}: p99 {:?} of four, {:?} alone", p99(took), p99(alone));
        let cluster = place.server().unwrap();
        assert_eq!(cluster.figures(0).calls(Call::BatchAppend), 0);
        let [one, other] = stores;
        must_agree(&place, &[one, other], &[]).await;
    }
}
