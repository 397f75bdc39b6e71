//! To clusters, from them, and between them.

use std::time::Duration;

use scribe_tests::program::Program;

use super::*;

fn at(cluster: &Cluster, prefix: &str) -> String {
    let address = cluster.connection_string();
    if prefix.is_empty() { address } else { format!("{address}&prefix={prefix}") }
}

#[test]
fn a_record_moves_to_a_cluster_and_back() {
    let program = with_notes(3);
    let secret = program.json(&["note", ID, "hunter2-hunter2"]);
    program.ok(&["redact", secret["events"][0].as_str().unwrap(), "--reason", "A password."]);
    program.ok(&["audit", "checkpoint"]);
    let (cluster, from, back) = (cluster(), program.data(), program.folder().join("back"));
    assert_eq!(copied(&program, text(&from), &at(&cluster, "a.")), [6, 6, 0, 1]);
    assert_eq!(copied(&program, text(&from), &at(&cluster, "a.")), [6, 0, 6, 0]);
    let streams: Vec<String> = cluster.records().iter().map(|record| record.stream.clone()).collect();
    assert!(streams.iter().any(|stream| stream == &format!("a.incident-{ID}")), "{streams:?}");

    // It goes on there, also what was asked before.
    let told =
        run_in(&Program::new(), &[("SCRIBE_STORE", &at(&cluster, "a."))], &["note", ID, "on the cluster"]);
    assert!(told.stdout.contains("revision 7"), "{told:#?}");
    // To another prefix, another cluster, and home.
    let other = self::cluster();
    assert_eq!(copied(&program, &at(&cluster, "a."), &at(&cluster, "b.")), [7, 7, 0, 1]);
    assert_eq!(copied(&program, &at(&cluster, "b."), &at(&other, "")), [7, 7, 0, 1]);
    assert_eq!(copied(&program, &at(&other, ""), text(&back)), [7, 7, 0, 1]);
    assert_eq!(copied(&program, &at(&other, ""), text(&from)), [7, 1, 6, 0]);
    let key = program.ok(&["audit", "key"]);
    let verdict = Program::over(&back).json(&["audit", "verify", "--key", key.trim()]);
    assert_eq!((&verdict["holds"], verdict["erased"].as_u64()), (&true.into(), Some(1)), "{verdict:#?}");
    assert_eq!(Program::over(&back).ok(&["export"]), program.ok(&["export"]));
}

#[test]
fn another_record_in_a_cluster_is_left_alone() {
    let (program, other, cluster) = (with_notes(2), with_notes(3), cluster());
    copied(&program, text(&program.data()), &at(&cluster, "a."));
    let written = cluster.records().len();
    let refused = copy(&program, text(&other.data()), &at(&cluster, "a."));
    is_refused(&refused, 3, "differ from the first event on");
    is_refused(&copy(&program, &at(&cluster, "a."), &at(&cluster, "a.")), 4, "are the same record");
    assert_eq!(cluster.records().len(), written);
}

#[test]
fn a_cluster_that_is_down_is_told_and_nothing_is_copied() {
    let (program, cluster) = (with_notes(2), cluster());
    let address = at(&cluster, "a.");
    cluster.kill(0);
    let to = program.folder().join("copy");
    is_refused(&copy(&program, text(&program.data()), &address), 5, "the target: ");
    is_refused(&copy(&program, &address, text(&to)), 5, "the source: ");
    cluster.restart(0).unwrap();
    assert_eq!(copied(&program, text(&program.data()), &address)[..2], [3, 3]);
}

/// How many events of a prefix a cluster has.
fn kept(cluster: &Cluster, prefix: &str) -> u64 {
    cluster.records().iter().filter(|record| record.stream.starts_with(prefix)).count() as u64
}

/// Starts a copy and kills it when something of it is there; tells the prefix when that was not all.
fn half_way(program: &Program, cluster: &Cluster, events: u64) -> (String, u64) {
    for attempt in 0..20 {
        let prefix = format!("try{attempt}.");
        let from = program.data();
        let mut running = program.start(&["copy", "--from", text(&from), "--to", &at(cluster, &prefix)]);
        while kept(cluster, &prefix) == 0 {
            // Looking takes the lock that whoever writes needs.
            std::thread::sleep(Duration::from_millis(1));
        }
        running.kill();
        let held = kept(cluster, &prefix);
        if held < events {
            return (prefix, held);
        }
    }
    panic!("it was never caught half-way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_to_a_cluster_that_was_killed_is_gone_on_with() {
    let (program, cluster) = (Program::new(), cluster());
    fill(&program.data(), 6_000).await;
    let whole = tree(&program.data()).await;
    let back = program.folder().join("back");
    tokio::task::block_in_place(|| {
        let (prefix, held) = half_way(&program, &cluster, whole.size);
        let address = at(&cluster, &prefix);
        let [events, added, already_kept, _] = copied(&program, text(&program.data()), &address);
        assert_eq!((events, added + already_kept), (whole.size, whole.size));
        // What was sent when it was killed may still have come.
        assert!(already_kept > 0 && added <= whole.size - held, "{added} added, {held} were there");
        assert_eq!(kept(&cluster, &prefix), whole.size, "nothing is there twice");
        copied(&program, &address, text(&back));
    });
    assert_eq!(tree(&back).await, whole);
}
