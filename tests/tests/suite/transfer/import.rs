//! Told events.

use proptest::prelude::*;
use scribe::transfer::{ImportReport, import};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event_store::EventStore;
use scribe_domain::ids::EventId;
use scribe_domain::incident::Incident;
use scribe_domain::values::Digest;

use scribe_tests::contract::told::without_chance;

use super::files::{HARBOUR, MORE};
use super::{empty, export, history, imported, kept, now, told};

const ORDERS: &str = "20260301-orders-lost";
const PRICES: &str = "20260301-stale-prices";

/// `incident added already_known`, or `refused` in place of the numbers.
fn figures(report: &ImportReport) -> Vec<String> {
    let figures = report.incidents.iter().map(|one| {
        let figures = format!("{} new, {} known", one.added, one.already_known);
        let figures = if one.refused { "refused" } else { &figures };
        format!("{} {}: {figures}", one.incident, one.lines)
    });
    figures.collect()
}

pub(super) fn problems(report: &ImportReport) -> Vec<String> {
    report.problems.iter().map(|problem| format!("{}: {}", problem.line, problem.message)).collect()
}

/// A line about `20260301-orders-lost`, whose declaration stands before it.
async fn problems_of(line: &str) -> Vec<String> {
    let store = empty();
    let declared = r#"{"incident":"20260301-orders-lost","occurred":"2026-03-01T08:10Z","actor":"Mira","kind":"declared","fields":{"title":"Orders","tier":"internal","severity":"sev1"}}"#;
    let body = format!("{declared}\n{line}\n");
    let looked = import(&store, &body, true, now()).await.unwrap();
    let report = imported(&store, &body).await;
    assert_eq!(looked.problems, report.problems, "a dry run tells the same");
    assert_eq!(kept(&store).await, [], "nothing is half-written");
    problems(&report)
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_adds_nothing() {
    let store = empty();
    let looked = import(&store, HARBOUR, true, now()).await.unwrap();
    assert!(looked.dry_run);
    assert_eq!(problems(&looked), Vec::<String>::new());
    assert_eq!(
        figures(&looked),
        [format!("{ORDERS} 9: 9 new, 0 known"), format!("{PRICES} 2: 2 new, 0 known")]
    );
    assert_eq!(kept(&store).await, []);
    let report = imported(&store, HARBOUR).await;
    assert!(!report.dry_run);
    assert_eq!(report.incidents, looked.incidents);
    assert_eq!(kept(&store).await.len(), 11);
}

#[tokio::test]
async fn the_declaration_comes_first_then_the_others_by_time_then_amendments() {
    let store = empty();
    imported(&store, HARBOUR).await;
    assert_eq!(
        told(&store, ORDERS).await,
        [
            "2026-03-01T08:10Z declared",
            "~2026-03-01T08:00Z impact_started",
            "unknown noted",
            "2026-03-01T08:04Z alert_fired",
            "2026-03-01T08:20Z run_proposed",
            "2026-03-01T08:22Z run_approved",
            "2026-03-01T08:40Z resolved",
            "2026-03-02T09:00Z cause_named",
            "2026-03-02T08:00Z corrected",
        ]
    );
    assert!(matches!(Incident::replay(&history(&store, ORDERS).await), Incident::Resolved(_)));
}

#[tokio::test]
async fn who_told_it_and_where_it_is_from_is_kept() {
    let store = empty();
    imported(&store, HARBOUR).await;
    let history = history(&store, ORDERS).await;
    for recorded in &history {
        assert_eq!(recorded.cause.actor.via.as_str(), "import");
        assert!(recorded.cause.source.as_ref().unwrap().as_str().starts_with("import:"));
    }
    assert_eq!(history[3].cause.source.as_ref().unwrap().as_str(), "import:alert");
    assert_eq!(history[5].cause.actor.person().unwrap().as_str(), "Noor");
}

#[tokio::test]
async fn names_of_lines_become_ids_of_events() {
    let store = empty();
    imported(&store, HARBOUR).await;
    let history = history(&store, ORDERS).await;
    let (impact, alert) = (history[1].event_id(), history[3].event_id());
    assert!(matches!(&history[7].event, E::CauseNamed(cause) if cause.cites == [alert, impact]));
    assert!(matches!(&history[8].event, E::Corrected(correction) if correction.target == impact));
}

#[tokio::test]
async fn digests_are_computed_where_they_are_left_out() {
    let store = empty();
    imported(&store, HARBOUR).await;
    let digest = Digest::of(b"kubectl rollout undo deploy/orders");
    let history = history(&store, ORDERS).await;
    assert!(matches!(&history[4].event, E::RunProposed(run) if run.digest == digest));
    assert!(matches!(&history[5].event, E::RunApproved(run) if run.digest == digest));
}

#[tokio::test]
async fn importing_again_adds_nothing() {
    let store = empty();
    imported(&store, HARBOUR).await;
    let before = export(&store).await;
    let again = imported(&store, HARBOUR).await;
    assert_eq!(
        figures(&again),
        [format!("{ORDERS} 9: 0 new, 9 known"), format!("{PRICES} 2: 0 new, 2 known")]
    );
    // However it is written: other white space, other order of keys, another zone, `fields` told in full.
    let rewritten = HARBOUR
        .replace("2026-03-01 09:40 Europe/Berlin", "2026-03-01T10:40+02:00")
        .replace(r#""kind":"resolved"}"#, r#" "fields" : {}, "kind":"resolved"}"#);
    imported(&store, &rewritten).await;
    assert_eq!(export(&store).await, before);
}

#[tokio::test]
async fn a_grown_file_adds_only_what_is_new() {
    let store = empty();
    imported(&store, HARBOUR).await;
    let before = kept(&store).await;
    let report = imported(&store, &format!("{HARBOUR}{MORE}")).await;
    assert_eq!(problems(&report), Vec::<String>::new());
    assert_eq!(
        figures(&report),
        [format!("{ORDERS} 10: 1 new, 9 known"), format!("{PRICES} 3: 1 new, 2 known")]
    );
    let after = kept(&store).await;
    assert_eq!(after[..before.len()], before);
    // A line may refer to another that was imported before.
    let history = history(&store, ORDERS).await;
    assert!(matches!(&history[9].event, E::Retracted(told) if told.target == history[3].event_id()));
    // The rest alone does as well.
    assert_eq!(
        figures(&imported(&store, MORE).await),
        [format!("{ORDERS} 1: 0 new, 1 known"), format!("{PRICES} 1: 0 new, 1 known")]
    );
}

#[tokio::test]
async fn a_line_that_stands_twice_counts_once() {
    let store = empty();
    let report = imported(&store, &format!("{HARBOUR}{HARBOUR}")).await;
    assert_eq!(
        figures(&report),
        [format!("{ORDERS} 18: 9 new, 9 known"), format!("{PRICES} 4: 2 new, 2 known")]
    );
}

#[tokio::test]
async fn an_incident_with_a_bad_line_stays_out_and_the_others_come_in() {
    let store = empty();
    let bad = r#"{"incident":"20260301-orders-lost","occurred":"2026-03-01T08:00Z","actor":"Noor","kind":"noted","fields":{"txt":"x"}}"#;
    let report = imported(&store, &format!("{HARBOUR}{bad}\n")).await;
    assert_eq!(figures(&report), [format!("{ORDERS} 10: refused"), format!("{PRICES} 2: 2 new, 0 known")]);
    assert_eq!(problems(&report), ["14: fields.txt: unknown field `txt`, expected `text`"]);
    assert_eq!(report.problems[0].incident.as_ref().unwrap().as_str(), ORDERS);
    assert_eq!(history(&store, ORDERS).await, []);
    assert_eq!(told(&store, PRICES).await.len(), 2);
}

#[tokio::test]
async fn a_line_that_could_belong_to_any_incident_keeps_all_out() {
    for bad in [
        "{\"incident\":",
        "[]",
        r#"{"incident":"../x","occurred":"unknown","actor":"Noor","kind":"resolved"}"#,
    ] {
        let store = empty();
        let report = imported(&store, &format!("{HARBOUR}{bad}\n")).await;
        assert_eq!(figures(&report), [format!("{ORDERS} 9: refused"), format!("{PRICES} 2: refused")]);
        assert_eq!(report.problems.len(), 1);
        assert_eq!(report.problems[0].line, 14);
        assert_eq!(kept(&store).await, []);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_line_is_told() {
    let line = r#"{"incident":"20260301-orders-lost","occurred":"2026-03-01 13:05","actor":"a:b","kind":"note","text":"x","id":""}"#;
    assert_eq!(
        problems_of(line).await,
        [
            "2: actor: must not contain a colon (integrations are written integration:NAME)",
            "2: id: must not be empty",
            "2: kind: \"note\" is not a kind of event, expected noted",
            "2: occurred: \"2026-03-01 13:05\" names no time zone: add one (Z, +01:00, or a name such as America/New_York)",
            "2: unknown key \"text\", expected one of incident, occurred, actor, kind, fields, id",
        ]
    );
    assert_eq!(
        problems_of(r#"{"incident":"20260301-orders-lost"}"#).await,
        ["2: actor: is missing", "2: kind: is missing", "2: occurred: is missing"]
    );
}

#[tokio::test]
async fn bad_lines_are_told_in_words_that_help() {
    let line = |rest: &str| format!(r#"{{"incident":"20260301-orders-lost","actor":"Noor",{rest}}}"#);
    let told = |kind: &str, fields: &str| {
        line(&format!(r#""occurred":"2026-03-01T09:00Z","kind":"{kind}","fields":{fields}"#))
    };
    for (line, problem) in [
        (
            r#"{"incident":"20260301-orders-lost","#.to_owned(),
            "not JSON: EOF while parsing a value at column 35",
        ),
        (
            line(r#""occurred":"2026-03-04T12:00Z","kind":"mitigated""#),
            "occurred: 2026-03-04T12:00Z lies in the future",
        ),
        (line(r#""occurred":5,"kind":"mitigated""#), "occurred: must be a text"),
        (
            line(r#""occurred":"2025-03-30 02:30 Europe/Berlin","kind":"mitigated""#),
            "occurred: 2025-03-30 02:30:00 never happened in Europe/Berlin (clocks were set forward over it)",
        ),
        (
            line(r#""occurred":"9999-03-30T02:30Z","kind":"mitigated""#),
            "occurred: the year 9999 is outside 1970 to 2199",
        ),
        (told("noted", "[]"), "fields: must be an object"),
        (told("noted", "{}"), "fields: missing field `text`"),
        (
            told("noted", r#"{"text":"a\u202eb"}"#),
            "fields.text: contains the forbidden character U+202E (bidirectional control) at character 2",
        ),
        (
            told(
                "status_updated",
                r#"{"audience":"internal","status":"resolved","text":"x","components":[{"component":"API","state":"down"}]}"#,
            ),
            "fields.components[0].state: unknown variant `down`, expected one of `operational`, `under_maintenance`, `degraded_performance`, `partial_outage`, `major_outage`",
        ),
        (
            told("impact_started", r#"{"impact":0,"text":"x"}"#),
            "fields.impact: 0 is not a number from 1 to 1000000",
        ),
        (
            told(
                "run_proposed",
                &format!(r#"{{"run":1,"line":"ls","by":"Noor","digest":"{}"}}"#, Digest::of(b"rm")),
            ),
            "fields.digest: sha256:5d9cbd73c2fd8c3a7d3e8c8b6f4ad3d8a is not that of the line",
        ),
        (
            told("run_approved", r#"{"run":4,"by":"Noor"}"#),
            "fields.digest: is missing, and run 4 is proposed neither here nor in the record",
        ),
        (
            told(
                "redacted",
                &format!(r#"{{"target":"{}","by":"Noor","why":"x"}}"#, EventId(uuid::Uuid::nil())),
            ),
            "kind: \"redacted\" says that scribe erased something; it cannot be imported",
        ),
        (
            told("retracted", r#"{"target":"nothing","why":"x"}"#),
            "fields: no line or event of this incident is named \"nothing\"",
        ),
        (
            told("cause_named", &format!(r#"{{"text":"x","cites":["{}"]}}"#, uuid::Uuid::nil())),
            "fields: this incident has no event 00000000-0000-0000-0000-000000000000",
        ),
        (
            told("declared", r#"{"title":"Orders again","tier":"internal","severity":"sev1"}"#),
            "line 1 declares 20260301-orders-lost already",
        ),
    ] {
        let found = problems_of(&line).await;
        if problem.starts_with("fields.digest: sha256") {
            assert!(
                found[0].ends_with(&format!("is not that of the line, {}", Digest::of(b"ls"))),
                "{found:?}"
            );
        } else {
            assert_eq!(found, [format!("2: {problem}")], "{line}");
        }
    }
}

#[tokio::test]
async fn a_history_begins_with_a_declaration() {
    let store = empty();
    let line =
        r#"{"incident":"20260301-orders-lost","occurred":"unknown","actor":"Noor","kind":"mitigated"}"#;
    let report = imported(&store, line).await;
    assert_eq!(
        problems(&report),
        ["1: no line declares 20260301-orders-lost, and the record does not know it"]
    );
    imported(&store, HARBOUR).await;
    assert_eq!(figures(&imported(&store, line).await), [format!("{ORDERS} 1: 1 new, 0 known")]);
    let again = r#"{"incident":"20260301-orders-lost","occurred":"unknown","actor":"Noor","kind":"declared","fields":{"title":"Others","tier":"internal","severity":"sev1"}}"#;
    assert_eq!(problems(&imported(&store, again).await), ["1: 20260301-orders-lost is declared already"]);
}

#[tokio::test]
async fn a_number_is_given_out_once() {
    let line = |kind: &str, fields: &str| {
        format!(
            r#"{{"incident":"{ORDERS}","occurred":"2026-03-02T10:00Z","actor":"Noor","kind":"{kind}","fields":{fields}}}"#
        )
    };
    let impact = line("impact_started", r#"{"impact":1,"text":"Others."}"#);
    let run = line("run_proposed", r#"{"run":1,"line":"uptime","by":"Noor"}"#);
    let taken = [
        "14: fields.impact: 1 is taken; number this one differently",
        "15: fields.run: 1 is taken; number this one differently",
    ];
    assert_eq!(problems(&imported(&empty(), &format!("{HARBOUR}{impact}\n{run}")).await), taken);
    let store = empty();
    imported(&store, HARBOUR).await;
    assert_eq!(problems(&imported(&store, &format!("{HARBOUR}{impact}\n{run}")).await), taken);
}

#[tokio::test]
async fn a_line_changed_under_the_same_name_is_refused() {
    let store = empty();
    imported(&store, HARBOUR).await;
    let report = imported(&store, &HARBOUR.replace("OrderErrors", "OrderError")).await;
    assert_eq!(report.problems.len(), 1);
    let event = history(&store, ORDERS).await[3].event_id();
    assert_eq!(
        problems(&report),
        [format!("3: id: was imported before and told something else; correct event {event} instead")]
    );
    let twice = HARBOUR.replace(r#""id":"impact""#, r#""id":"alert""#);
    let report = imported(&empty(), &twice).await;
    assert!(problems(&report).contains(&"5: id: line 3 has the same, and tells something else".to_owned()));
}

#[tokio::test]
async fn corrections_and_retractions_obey_the_rules_that_anybodys_do() {
    for (kind, fields, problem) in [
        (
            "corrected",
            r#"{"target":"impact","fields":{"impact":2},"why":"x"}"#,
            "fields: \"impact\" of impact_started events cannot be corrected",
        ),
        (
            "corrected",
            r#"{"target":"impact","fields":{"text":5},"why":"x"}"#,
            "fields: the correction does not fit",
        ),
        (
            "corrected",
            r#"{"target":"impact","fields":{"text":"Orders are lost."},"why":"x"}"#,
            "fields: it changes nothing",
        ),
        ("retracted", r#"{"target":"start","why":"x"}"#, "fields: declared events cannot be retracted"),
    ] {
        let body = HARBOUR.replace(
            r#""kind":"declared","fields":{"title":"Orders are lost""#,
            r#""id":"start","kind":"declared","fields":{"title":"Orders are lost""#,
        );
        let line = format!(
            r#"{{"incident":"{ORDERS}","occurred":"2026-03-02T10:00Z","actor":"Noor","kind":"{kind}","fields":{fields}}}"#
        );
        let report = imported(&empty(), &format!("{body}{line}")).await;
        let found = problems(&report);
        assert!(found.len() == 1 && found[0].starts_with(&format!("14: {problem}")), "{found:?}");
    }
}

#[tokio::test]
async fn an_import_continues_what_was_recorded_by_other_means() {
    let store = empty();
    imported(&store, HARBOUR).await;
    let event = history(&store, ORDERS).await[2].event_id();
    let line = format!(
        r#"{{"incident":"{ORDERS}","occurred":"2026-03-02T10:00Z","actor":"Noor","kind":"retracted","fields":{{"target":"{event}","why":"It was not the baker."}}}}"#
    );
    assert_eq!(figures(&imported(&store, &line).await), [format!("{ORDERS} 1: 1 new, 0 known")]);
}

#[tokio::test]
async fn files_from_elsewhere_are_read() {
    let store = empty();
    let windows = format!("\u{feff}{}", HARBOUR.replace('\n', "\r\n"));
    assert_eq!(problems(&imported(&store, &windows).await), Vec::<String>::new());
    assert_eq!(figures(&imported(&empty(), "\n \n").await), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// The line of an unknown time follows its neighbour, so it stays out of this.
    #[test]
    fn the_order_of_lines_does_not_matter(
        lines in Just(HARBOUR.lines().filter(|line| !line.is_empty() && !line.contains("unknown")).collect::<Vec<_>>()).prop_shuffle()
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (one, other) = (empty(), empty());
            imported(&one, &lines.join("\n")).await;
            imported(&other, &HARBOUR.lines().filter(|line| !line.contains("unknown")).collect::<Vec<_>>().join("\n")).await;
            assert_eq!(without_chance(&kept(&one).await), without_chance(&kept(&other).await));
        });
    }

    #[test]
    fn no_file_makes_it_panic(body in any::<String>(), pieces in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6)) {
        let mut mangled = HARBOUR.to_owned();
        for piece in pieces {
            let at = piece.index(mangled.len());
            if mangled.is_char_boundary(at) {
                mangled.insert_str(at, &body);
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = empty();
            let looked = import(&store, &mangled, true, now()).await.unwrap();
            assert_eq!(store.head().await.unwrap().0, 0);
            let report = imported(&store, &mangled).await;
            assert_eq!(looked.incidents, report.incidents);
            assert_eq!(looked.problems, report.problems);
        });
    }
}
