//! Views of the whole record: from nothing, from a snapshot and the tail, and beside the one that serves.

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use scribe::app::gate::deeds::RebuildView;
use scribe::app::gate::questions::{Look, ViewReports, ViewStates};
use scribe::app::{App, RebuildState, ViewReport, ViewState};
use scribe_domain::event_store::{Append, Draft, EventStore as _, StoreError};
use scribe_domain::ids::{CommandId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::testing::generated::any_history;
use scribe_projections::current::Board;
use scribe_projections::question::AsOf;
use scribe_tests::beneath::{SOMEBODY, beneath, failed, open};
use scribe_tests::contract::told::{keep, keep_some};
use scribe_tests::made_up;
use scribe_tests::program::Program;
use scribe_tests::tamper;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

fn snapshots(data: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(data.join("snapshots")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

/// All of them, as they serialise.
async fn everything(app: &App, as_of: &AsOf) -> Result<Vec<(&'static str, Value)>, StoreError> {
    app.ask(&SOMEBODY, ViewStates(*as_of)).await.map_err(failed)
}

async fn rebuild(app: &App, view: &str) -> Option<ViewReport> {
    app.tell(&SOMEBODY, RebuildView { view }).await.unwrap()
}

async fn reports(app: &App) -> Vec<ViewReport> {
    app.ask(&SOMEBODY, ViewReports).await.unwrap().views
}

async fn append(data: &Path, history: &[Recorded]) {
    let store = beneath(data);
    for recorded in history {
        let draft = Draft {
            actor: recorded.cause.actor.clone(),
            occurred: recorded.cause.occurred,
            told: recorded.cause.told,
            source: recorded.cause.source.clone(),
            origin: None,
            event: recorded.event.clone(),
        };
        let append = Append {
            incident: recorded.incident.clone(),
            expected: Revision(recorded.revision.0 - 1),
            command_id: CommandId(Uuid::from_u128(u128::from(recorded.revision.0))),
            request: None,
            events: vec![draft],
        };
        store.append(append).await.unwrap();
    }
}

/// Waits until a view that is built beside the one that serves is done.
async fn rebuilt(app: &App, view: &str) -> ViewReport {
    loop {
        let report = reports(app).await.into_iter().find(|report| report.view == view).unwrap();
        if report.rebuild.as_ref().is_some_and(|rebuild| rebuild.state != RebuildState::Building) {
            return report;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is recorded, and wherever it is cut: a snapshot and the tail are the same views as the whole
    /// record, as they are now and as they were.
    #[test]
    fn a_snapshot_and_the_tail_are_the_whole(
        history in any_history(60),
        cuts in prop::collection::vec(0..60_usize, 1..3),
        then in 0..60_usize,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let data = TempDir::new().unwrap();
            let mut from = 0;
            for cut in cuts {
                let cut = cut.clamp(from, history.len());
                // Another process each time: what it knows, it knows from the disk.
                let app = open(data.path());
                append(data.path(), &history[from..cut]).await;
                app.write_snapshots().await;
                from = cut;
            }
            let app = open(data.path());
            append(data.path(), &history[from..]).await;
            let as_of = match beneath(data.path()).read(Position(then as u64), 1).await.unwrap().first() {
                Some(recorded) => AsOf { recorded_by: Some(recorded.recorded_at), ..AsOf::NOW },
                None => AsOf::NOW,
            };
            let with = (everything(&app, &AsOf::NOW).await.unwrap(), everything(&app, &as_of).await.unwrap());
            let used = reports(&app).await.iter().filter(|report| report.snapshot.is_some()).count();
            drop(app);
            if from > 0 {
                // Of an empty record there are none.
                fs::remove_dir_all(data.path().join("snapshots")).unwrap();
            }
            let app = open(data.path());
            let without = (everything(&app, &AsOf::NOW).await.unwrap(), everything(&app, &as_of).await.unwrap());
            prop_assert_eq!(with, without);
            prop_assert_eq!(used, if from == 0 { 0 } else { 8 });
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn snapshots_are_written_and_used_and_deleting_them_changes_nothing() {
    let data = TempDir::new().unwrap();
    let app = open(data.path());
    made_up::tell(&beneath(data.path()), 1_000).await;
    app.warm().await.unwrap();
    assert!(reports(&app).await.iter().all(|report| report.state == ViewState::Live));
    let whole = everything(&app, &AsOf::NOW).await.unwrap();
    app.save_snapshots().await;
    assert_eq!(snapshots(data.path()).len(), 8);
    drop(app);

    let app = open(data.path());
    app.warm().await.unwrap();
    assert!(reports(&app).await.iter().all(|report| report.snapshot == Some(Position(1_000))));
    assert_eq!(everything(&app, &AsOf::NOW).await.unwrap(), whole);
    // Nothing grew, so nothing is written again.
    let written = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
    let before: Vec<_> = snapshots(data.path()).iter().map(written).collect();
    app.write_snapshots().await;
    assert_eq!(snapshots(data.path()).iter().map(written).collect::<Vec<_>>(), before);

    app.forget_snapshots().await.unwrap();
    assert!(snapshots(data.path()).is_empty());
    drop(app);
    let app = open(data.path());
    assert_eq!(everything(&app, &AsOf::NOW).await.unwrap(), whole);
    assert!(reports(&app).await.iter().all(|report| report.snapshot.is_none()));
}

fn bring_snapshots(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("snapshots")).unwrap();
    for path in snapshots(from) {
        fs::copy(&path, to.join("snapshots").join(path.file_name().unwrap())).unwrap();
    }
}

/// The same record may come to the folder once more, with words erased: no root tells.
#[tokio::test]
async fn a_new_record_does_not_begin_with_old_snapshots() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let app = open(one.path());
    keep_some(&beneath(one.path())).await;
    app.write_snapshots().await;
    bring_snapshots(one.path(), other.path());
    assert_eq!(snapshots(other.path()).len(), 8);
    drop(open(other.path()));
    assert!(snapshots(other.path()).is_empty());
}

#[tokio::test]
async fn a_snapshot_of_another_record_or_of_more_of_it_is_not_used() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let app = open(one.path());
    keep_some(&beneath(one.path())).await;
    app.write_snapshots().await;
    let longer = open(other.path());
    keep_some(&beneath(other.path())).await;
    drop(app);
    bring_snapshots(one.path(), other.path());
    // As long, and told in the same words, but not the same events.
    everything(&longer, &AsOf::NOW).await.unwrap();
    assert!(reports(&longer).await.iter().all(|report| report.snapshot.is_none()));
    drop(longer);

    // A folder that lost its end, and the snapshots did not.
    let shorter = TempDir::new().unwrap();
    let app = open(shorter.path());
    keep(&beneath(shorter.path()), 0, 0, &["a"]).await;
    bring_snapshots(one.path(), shorter.path());
    everything(&app, &AsOf::NOW).await.unwrap();
    assert!(reports(&app).await.iter().all(|r| r.snapshot.is_none() && r.position == Position(1)));
}

#[tokio::test]
async fn a_damaged_snapshot_is_not_used() {
    let data = TempDir::new().unwrap();
    let app = open(data.path());
    keep_some(&beneath(data.path())).await;
    app.write_snapshots().await;
    let whole = everything(&app, &AsOf::NOW).await.unwrap();
    drop(app);
    for path in snapshots(data.path()) {
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let app = open(data.path());
    assert_eq!(everything(&app, &AsOf::NOW).await.unwrap(), whole);
    assert!(reports(&app).await.iter().all(|report| report.snapshot.is_none()));
}

/// Makes an event's payload one that no program ever wrote; tells its position.
fn spoil(data: &Path) -> u64 {
    tamper::replace(data, r#""text":"c""#, r#""tixt":"c""#);
    4
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_told_and_nothing_made_up() {
    let data = TempDir::new().unwrap();
    let app = open(data.path());
    keep_some(&beneath(data.path())).await;
    let ids: Vec<_> = beneath(data.path()).read(Position(0), 100).await.unwrap();
    drop(app);
    let position = spoil(data.path());

    let app = open(data.path());
    app.warm().await.unwrap();
    let error = app.ask(&SOMEBODY, Look::<Board>::now()).await.err().map(failed).unwrap();
    assert!(matches!(&error, StoreError::Damaged(why) if why.contains("position 4")), "{error}");
    for report in reports(&app).await {
        assert_eq!(report.state, ViewState::Failed, "{report:?}");
        assert_eq!(report.faults.len(), 1);
        let fault = &report.faults[0];
        assert_eq!(fault.position, Position(position));
        assert_eq!(fault.event, Some(ids[3].event_id()));
        assert!(fault.reason.contains("tixt"), "{fault:?}");
        // What follows it was read all the same, to find every fault at once.
        assert_eq!(report.position, Position(ids.len() as u64));
    }
    // What lacks something is never written.
    app.write_snapshots().await;
    assert!(snapshots(data.path()).is_empty());
}

#[tokio::test]
async fn a_view_is_rebuilt_beside_the_one_that_serves() {
    let data = TempDir::new().unwrap();
    let app = open(data.path());
    keep_some(&beneath(data.path())).await;
    let before = everything(&app, &AsOf::NOW).await.unwrap();
    assert!(rebuild(&app, "nonsense").await.is_none());
    let begun = rebuild(&app, "runs").await.unwrap();
    assert!(begun.rebuild.is_some());
    let report = rebuilt(&app, "runs").await;
    assert_eq!(report.rebuild.unwrap().state, RebuildState::Switched);
    assert_eq!(everything(&app, &AsOf::NOW).await.unwrap(), before);

    // Now an event can no longer be read: the old one goes on serving, and the new one is not used.
    let position = spoil(data.path());
    rebuild(&app, "current").await.unwrap();
    let report = rebuilt(&app, "current").await;
    assert_eq!(report.state, ViewState::Live);
    let rebuild = report.rebuild.unwrap();
    assert_eq!(rebuild.state, RebuildState::Failed);
    assert_eq!(rebuild.faults.len(), 1);
    assert_eq!(rebuild.faults[0].position, Position(position));
    assert_eq!(everything(&app, &AsOf::NOW).await.unwrap(), before);
}

#[test]
fn a_server_leaves_snapshots_that_the_program_alone_uses() {
    let mut program = Program::new();
    program.ok(&["demo", "--quiet"]);
    let (server, address) = program.serve();
    let here = program.ok(&["views"]);
    program.speak_to(&address);
    let there = program.ok(&["views"]);
    assert_eq!(here, there);
    assert!(there.contains("current v7") && there.contains("live"), "{there}");
    assert!(there.contains("The record ends at position 82."), "{there}");
    let rebuilt = program.ok(&["views", "rebuild", "current"]);
    assert_eq!(rebuilt, "current v7  rebuilt from 82 events, and switched\n");
    let refused = program.run(&["views", "rebuild", "nonsense"]);
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.stderr.contains("there is no view"), "{}", refused.stderr);
    server.signal("TERM");
    assert_eq!(server.end().code, Some(0));
    // Rebuilding wrote the snapshots; looking uses them.
    assert_eq!(snapshots(&program.data()).len(), 8);
    let data = program.data();
    let alone = Program::new();
    let list = alone.ok(&["--data", data.to_str().unwrap(), "views", "--json"]);
    let list: Value = serde_json::from_str(&list).unwrap();
    assert!(list["views"].as_array().unwrap().iter().all(|view| view["snapshot"] == 82), "{list}");
}
