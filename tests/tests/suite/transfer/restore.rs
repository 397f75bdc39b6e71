//! An export is the record itself.

use proptest::prelude::*;
use scribe::clock;
use scribe::store::sqlite::SqliteStore;
use scribe::transfer::{RestoreReport, Terms, TransferError, restore, told_head};
use scribe_domain::command::{Request, Target};
use scribe_domain::event_store::{EventStore, TreeHead};
use scribe_domain::execute::{Known, execute};
use scribe_domain::ids::Position;
use scribe_domain::testing::seed::{Seed, seed};
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::note::{KeyName, SigningKey};
use serde_json::{Value, json};

use scribe_tests::contract::told::without_chance;

use super::files::{HARBOUR, MORE};
use super::{empty, export, exported, history, imported, kept};

/// Restores what was begun before, as far as the record has something already.
async fn restored(store: &dyn EventStore, export: &str) -> Result<RestoreReport, TransferError> {
    let begun = told_head(export);
    restore(store, export, &Terms { now: clock::system()(), known: Vec::new(), begun }).await
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Asks all this of three incidents; refusals leave no trace.
async fn recorded(store: &dyn EventStore, seeds: &[Seed]) {
    for (number, seed) in seeds.iter().enumerate() {
        let incident = format!("20230104-imports-{}", seed.place % 3);
        let history = history(store, &incident).await;
        let seed = if history.is_empty() { seed.declaring() } else { seed.clone() };
        let target = Target::Incident(incident.parse().unwrap());
        let request = Request::new(target, seed.command(&history), seed.cause(number as u128));
        let _ = execute(store, request, None, &mut Known::default(), async |_| {}).await;
    }
}

#[tokio::test]
async fn an_export_restored_is_the_same_record() {
    let (one, folder) = (empty(), tempfile::tempdir().unwrap());
    imported(&one, HARBOUR).await;
    imported(&one, MORE).await;
    let text = export(&one).await;
    let other = SqliteStore::open(folder.path(), clock::system()).unwrap();
    let report = restored(&other, &text).await.unwrap();
    assert_eq!(
        (report.events, report.added, report.already_kept, report.position),
        (13, 13, 0, Position(13))
    );
    assert_eq!(kept(&other).await, kept(&one).await);
    assert_eq!(export(&other).await, text);
    assert_eq!(other.read(Position(0), 100).await.unwrap(), one.read(Position(0), 100).await.unwrap());
}

#[tokio::test]
async fn the_restored_record_goes_on_like_the_first() {
    let (one, other) = (empty(), empty());
    imported(&one, HARBOUR).await;
    restored(&other, &export(&one).await).await.unwrap();
    // What was imported before is known there too.
    imported(&one, &format!("{HARBOUR}{MORE}")).await;
    imported(&other, &format!("{HARBOUR}{MORE}")).await;
    assert_eq!(without_chance(&kept(&other).await), without_chance(&kept(&one).await));
}

#[tokio::test]
async fn restoring_again_adds_nothing_and_a_grown_export_the_rest() {
    let (one, other) = (empty(), empty());
    imported(&one, HARBOUR).await;
    let early = export(&one).await;
    restored(&other, &early).await.unwrap();
    let again = restored(&other, &early).await.unwrap();
    assert_eq!((again.added, again.already_kept), (0, 11));
    imported(&one, MORE).await;
    let grown = restored(&other, &export(&one).await).await.unwrap();
    assert_eq!((grown.events, grown.added, grown.already_kept), (13, 2, 11));
    // The early export is still part of the record.
    assert_eq!(restored(&other, &early).await.unwrap().added, 0);
    // And the tail alone continues it.
    let third = empty();
    restored(&third, &early).await.unwrap();
    let tail = export(&one).await.lines().skip(11).collect::<Vec<_>>().join("\n");
    assert_eq!(restored(&third, &tail).await.unwrap().added, 2);
    assert_eq!(export(&third).await, export(&one).await);
}

/// Whoever can write the file could add lines in anybody's name, and compute the root anew.
#[tokio::test]
async fn a_record_that_goes_on_takes_only_what_its_signer_signed_for() {
    let (one, other) = (empty(), empty());
    imported(&one, HARBOUR).await;
    let early = export(&one).await;
    restored(&other, &early).await.unwrap();
    imported(&one, MORE).await;
    let grown = export(&one).await;
    let key = SigningKey::new(KeyName::new("harbour").unwrap(), &[7; 32]);
    let terms = |known: &[&SigningKey]| Terms {
        now: clock::system()(),
        known: known.iter().map(|key| key.verifier().clone()).collect(),
        begun: told_head(&early),
    };
    let refused = |error: TransferError, why: &str| {
        assert!(error.to_string().contains(why), "{why}: {error}");
    };
    let before = kept(&other).await;
    refused(restore(&other, &grown, &terms(&[&key])).await.unwrap_err(), "nobody has signed");
    let signed = |head: TreeHead| {
        let note = Checkpoint::of(key.verifier().name().clone(), head).sign([&key]).unwrap().to_string();
        let end = grown.lines().last().unwrap().trim_end_matches('}');
        let lines: Vec<&str> = grown.lines().collect();
        format!("{}\n{end},\"checkpoint\":{}}}\n", lines[..lines.len() - 1].join("\n"), json!(note))
    };
    let right = signed(told_head(&grown).unwrap());
    refused(restore(&other, &right, &terms(&[])).await.unwrap_err(), "by nobody whom it knows");
    let stale = signed(told_head(&early).unwrap());
    refused(restore(&other, &stale, &terms(&[&key])).await.unwrap_err(), "of other events");
    assert_eq!(kept(&other).await, before);
    assert_eq!(restore(&other, &right, &terms(&[&key])).await.unwrap().added, 2);
}

#[tokio::test]
async fn nothing_was_recorded_later_than_now() {
    let one = empty();
    imported(&one, HARBOUR).await;
    let text = export(&one).await;
    let terms = Terms { now: "2020-01-01T00:00:00Z".parse().unwrap(), known: Vec::new(), begun: None };
    let other = empty();
    let error = restore(&other, &text, &terms).await.unwrap_err().to_string();
    assert!(error.starts_with("line 1: recorded_at: "), "{error}");
    assert_eq!(kept(&other).await, []);
}

#[tokio::test]
async fn a_record_that_holds_something_else_is_left_alone() {
    let (one, other) = (empty(), empty());
    imported(&one, HARBOUR).await;
    imported(&other, &HARBOUR.replace("The baker called.", "The butcher called.")).await;
    let before = export(&other).await;
    let error = restored(&other, &export(&one).await).await.unwrap_err();
    assert_eq!(error, TransferError::Differs { line: 1, position: Position(1) });
    assert_eq!(export(&other).await, before);
}

#[tokio::test]
async fn lines_that_are_no_export_are_told_by_number_and_nothing_is_taken_over() {
    let one = empty();
    imported(&one, HARBOUR).await;
    let text = without_ledger(&export(&one).await);
    let lines: Vec<&str> = text.lines().collect();
    let without = |place: usize| [&lines[..place], &lines[place + 1..]].concat().join("\n");
    for (body, expected) in [
        (without(4), "line 5: position 6 follows position 4"),
        (without(0), "line 1: position 2 does not continue this record, which ends at 0"),
        (text.replacen("\"position\":1,", "\"position\":0,", 1), "line 1: positions count from 1"),
        (
            text.replacen(r#""starts_append":true"#, r#""starts_append":"yes""#, 1),
            "line 1: invalid type: string \"yes\"",
        ),
        (format!("{text}\n\n{{}}"), "line 14: missing field `position`"),
        (HARBOUR.to_owned(), "line 2: unknown field `incident`"),
        (
            text.replacen(r#""text":"The baker"#, r#""txt":"The baker"#, 1),
            "lines 1 to 11: position 3 cannot be adopted",
        ),
        (
            text.replacen(r#""revision":4"#, r#""revision":5"#, 1),
            "lines 1 to 11: position 4 cannot be adopted",
        ),
        (
            text.replacen(r#""starts_append":false"#, r#""starts_append":true"#, 1),
            "lines 1 to 11: position 2 cannot be adopted",
        ),
    ] {
        let store = empty();
        let error = restored(&store, &body).await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}\nis not\n{expected}");
        assert_eq!(kept(&store).await, []);
    }
}

/// As it was exported before there was a ledger: salts are given when it is restored.
fn without_ledger(text: &str) -> String {
    let salts = regex::Regex::new(r#","salt":"[0-9a-f]{32}""#).unwrap();
    let events = text.lines().filter(|line| !line.contains(r#"{"events":"#));
    events.map(|line| salts.replace(line, "").into_owned() + "\n").collect()
}

#[tokio::test]
async fn an_export_from_before_the_ledger_is_the_same_record_with_new_salts() {
    let (one, other) = (empty(), empty());
    imported(&one, HARBOUR).await;
    let old = without_ledger(&export(&one).await);
    assert_eq!(restored(&other, &old).await.unwrap().added, 11);
    assert_eq!(without_chance(&kept(&other).await), without_chance(&kept(&one).await));
    assert_ne!(other.tree().await.unwrap().root, one.tree().await.unwrap().root);
    assert_eq!(restored(&other, &old).await.unwrap().already_kept, 11);
}

#[tokio::test]
async fn what_was_cut_off_or_changed_is_refused_whole() {
    let one = empty();
    imported(&one, HARBOUR).await;
    let text = export(&one).await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 12);
    let cut = lines[..8].join("\n");
    let shorter = [&lines[..8], &lines[11..]].concat().join("\n");
    for (body, expected) in [
        (cut, "line 8: the export was cut off"),
        (shorter, "line 9: the record had 11 events"),
        (text.replacen("The baker", "The Baker", 1), "line 12: the events do not add up"),
        (format!("{text}{}", lines[11]), "line 13: the export has ended at line 12"),
    ] {
        let store = empty();
        let error = restored(&store, &body).await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}\nis not\n{expected}");
        assert_eq!(kept(&store).await, []);
    }
}

#[tokio::test]
async fn nothing_restores_to_nothing() {
    let report = restored(&empty(), "\n").await.unwrap();
    assert_eq!((report.events, report.position), (0, Position(0)));
}

#[tokio::test]
async fn what_a_newer_program_wrote_is_carried_over() {
    let one = empty();
    imported(&one, HARBOUR).await;
    let mut newer = kept(&one).await;
    let noted = newer.iter_mut().find(|kept| kept.header.contains(r#""type":"noted""#)).unwrap();
    noted.header = noted.header.replacen(r#""version":1"#, r#""mood": 1.50,"version":2"#, 1).into();
    let text = exported(&newer);
    let other = empty();
    restored(&other, &text).await.unwrap();
    assert_eq!(export(&other).await, text);
}

#[test]
fn a_long_record_is_taken_over_in_parts_that_split_no_append() {
    block_on(async {
        let one = empty();
        for number in 0..70 {
            let line = |kind: &str, fields: Value| {
                let incident = format!("20260301-{number}");
                json!({"incident": incident, "occurred": "unknown", "actor": "Noor", "kind": kind, "fields": fields})
                    .to_string()
            };
            let declared = json!({"title": "Orders", "tier": "internal", "severity": "sev1"});
            let notes = (0..100).map(|note| line("noted", json!({"text": note.to_string()})));
            let body =
                std::iter::once(line("declared", declared)).chain(notes).collect::<Vec<_>>().join("\n");
            imported(&one, &body).await;
        }
        let text = export(&one).await;
        let other = empty();
        let report = restored(&other, &text).await.unwrap();
        assert_eq!(report.added, 7_070);
        assert_eq!(export(&other).await, text);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn export_then_restore_is_the_identity(seeds in proptest::collection::vec(seed(), 0..80)) {
        block_on(async {
            let (one, other) = (empty(), empty());
            recorded(&one, &seeds).await;
            restored(&other, &export(&one).await).await.unwrap();
            assert_eq!(kept(&other).await, kept(&one).await);
            assert_eq!(other.read(Position(0), 1_000).await.unwrap(), one.read(Position(0), 1_000).await.unwrap());
        });
    }

    /// Whatever stands in a line of an export, it is the same line afterwards, or an error.
    #[test]
    fn no_export_makes_it_panic(seeds in proptest::collection::vec(seed(), 1..10), at in any::<prop::sample::Index>(), junk in ".{0,3}") {
        block_on(async {
            let one = empty();
            recorded(&one, &seeds).await;
            let mut text = export(&one).await;
            let at = at.index(text.len());
            if text.is_char_boundary(at) {
                text.insert_str(at, &junk);
            }
            let other = empty();
            if restored(&other, &text).await.is_ok() {
                assert_eq!(kept(&other).await.len(), kept(&one).await.len());
            }
        });
    }
}
