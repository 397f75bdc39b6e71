//! Many who tell of one incident at once: nobody is sent away.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use scribe::app::App;
use scribe::config::Config;
use scribe::store::memory::MemoryStore;
use scribe_tests::api::{Api, ticking};
use scribe_tests::switched::Switched;
use serde_json::json;

fn nodes(count: usize) -> (Vec<Arc<Api>>, Arc<Switched>) {
    let clock = ticking("2026-03-01T10:00:00Z");
    let store = Switched::over(MemoryStore::new(Arc::clone(&clock)));
    let node = || Arc::new(Api::over(App::with_store(store.clone(), Config::default(), Arc::clone(&clock))));
    ((0..count).map(|_| node()).collect(), store)
}

/// Four writers, so many notes each, through these nodes by turns.
async fn write(nodes: &[Arc<Api>], incident: &str, count: usize) {
    let writers = (0..4).map(|writer| {
        let (api, incident) = (Arc::clone(&nodes[writer % nodes.len()]), incident.to_owned());
        tokio::spawn(async move {
            for number in 0..count {
                let text = format!("{number} of {writer}");
                let answer = api.tell(&incident, "note", json!({ "text": text, "actor": "Zac" })).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
        })
    });
    for written in futures::future::join_all(writers).await {
        written.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_one_process_they_take_turns() {
    let (nodes, store) = nodes(1);
    let incident = nodes[0].declare("List import problems").await;
    store.slow_down(Duration::from_millis(1));
    write(&nodes, &incident, 40).await;
    assert_eq!((nodes[0].head().await, store.conflicts()), (161, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_two_nodes_they_meet_and_nobody_is_sent_away() {
    let (nodes, store) = nodes(2);
    let incident = nodes[0].declare("List import problems").await;
    store.slow_down(Duration::from_millis(1));
    write(&nodes, &incident, 100).await;
    assert_eq!(nodes[0].head().await, 401);
    assert!(store.conflicts() > 0, "they did not meet, so nothing was seen");
}

#[tokio::test]
async fn a_repeat_waits_for_nobody_elses_decision() {
    let (nodes, store) = nodes(1);
    let (one, other) = (nodes[0].declare("One").await, nodes[0].declare("Other").await);
    let path = format!("/v1/incidents/{one}/commands/merge");
    let body = json!({ "into": other, "actor": "Zac" }).to_string();
    let send = || nodes[0].send(Method::POST, &path, &[("idempotency-key", "m-1")], body.clone());
    let first = send().await;
    assert_eq!(first.status, 200, "{}", first.text());
    // The other goes on elsewhere: merging into it would be refused now.
    let third = nodes[0].declare("Third").await;
    let away = nodes[0].tell(&other, "merge", json!({ "into": third, "actor": "Zac" })).await;
    assert_eq!(away.status, 200, "{}", away.text());
    assert_eq!(send().await.json(), first.json());
    assert_eq!(store.conflicts(), 0);
}

#[tokio::test]
async fn whoever_always_meets_others_gives_up_within_some_seconds() {
    let (nodes, store) = nodes(1);
    let incident = nodes[0].declare("List import problems").await;
    let note = || nodes[0].tell(&incident, "note", json!({ "text": "x", "actor": "Zac" }));
    store.race(scribe_domain::execute::ATTEMPTS - 1);
    assert_eq!(note().await.status, 200);
    store.race(u32::MAX);
    let began = std::time::Instant::now();
    let answer = note().await;
    assert_eq!((answer.status, answer.problem().as_str()), (503, "contended"));
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert!(
        began.elapsed() > Duration::from_millis(100),
        "without a pause they meet again: {:?}",
        began.elapsed()
    );
}
