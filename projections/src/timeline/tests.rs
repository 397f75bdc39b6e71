use std::collections::BTreeMap;

use scribe_domain::event::evidence::AlertFired;
use scribe_domain::event::people::Joined;
use scribe_domain::event::record::{Corrected, Redacted, Retracted};
use scribe_domain::event::words::Noted;
use scribe_domain::event::{IncidentEvent, Unknown};
use serde_json::Value;

use super::*;
use crate::document::{Style, View};
use crate::testing::{History, label, moment, person, text, when};

fn noted(words: &str) -> Noted {
    Noted { text: text(words) }
}

fn alert() -> AlertFired {
    AlertFired {
        source: label("sentry"),
        alert: label("EndpointConnectionError"),
        fingerprint: None,
        labels: BTreeMap::new(),
        summary: None,
        at: None,
    }
}

/// An alert told late, a correction, a retraction, an erasure and an event from the future.
fn eventful() -> History {
    let history = History::declared("List import problems")
        .by("integration:sentry")
        .at("2023-01-04T17:45Z")
        .told("2023-01-04T18:11Z")
        .event(alert())
        .by("Bob Long")
        .at("2023-01-04T18:24Z")
        .event(noted("the queue is full"));
    let full = history.last();
    let history = history.at("2023-01-04T18:30Z").event(noted("it is DNS"));
    let dns = history.last();
    let history = history.at("2023-01-04T18:31Z").event(noted("the password is hunter2"));
    let password = history.last();
    history
        .at("unknown")
        .event(noted("somebody restarted a box"))
        .at("2023-01-04T18:50Z")
        .by("Zac Bentley")
        .event(Corrected {
            target: full,
            occurred: Some(when("2023-01-04T18:20Z")),
            fields: BTreeMap::from([("text".to_owned(), Value::from("the queue is half full"))]),
            why: text("read the graph again"),
        })
        .event(Retracted { target: dns, why: text("another system") })
        .event(Redacted {
            target: password,
            by: "Zac Bentley".parse().unwrap(),
            why: text("a secret"),
            remains: None,
        })
        .event(IncidentEvent::Unknown(Unknown {
            kind: "teleported".into(),
            version: 3,
            payload: RawValue::from_string("{\"to\":\"Mars\"}".to_owned()).unwrap(),
        }))
}

fn of(history: &History, filter: &Filter) -> Timeline {
    Timeline::of(&history.events, &AsOf::NOW, filter)
}

#[test]
fn it_reads_well_at_eighty_columns() {
    let style = Style { zone: chrono_tz::America::New_York, ..Style::default() };
    let page = of(&eventful(), &Filter::default()).document(&style).text(&style);
    let ids: Vec<String> = eventful().events.iter().map(|e| e.event_id().short()).collect();
    let expected = format!(
        "\
List import problems
════════════════════
20230104-list-import-problems
Timeline, times in America/New_York

Wednesday 4 January 2023
────────────────────────
Time          Who          What
12:45         sentry       alert EndpointConnectionError fired in sentry (told
                           26 min later)
13:05         Bob Long     declared “List import problems” (engineering, sev3)
13:20         Bob Long     the queue is half full [{}]
                           ↳ corrected 13:50 by Zac Bentley: read the graph
                           again; the time was 13:24; text was “the queue is
                           full”
13:30         Bob Long     retracted: it is DNS [{}]
                           ↳ retracted 13:50 by Zac Bentley: another system
13:31         Bob Long     erased (noted) [{}]
                           ↳ erased 13:50 by Zac Bentley: a secret
time unknown  Bob Long     somebody restarted a box
13:50         Zac Bentley  corrected [{}] (time, text): read the graph
                           again
13:50         Zac Bentley  retracted [{}]: another system
13:50         Zac Bentley  erased the content of [{}]: a secret
13:50         Zac Bentley  teleported, version 3: not known to this program,
                           kept as stored
",
        ids[2], ids[3], ids[4], ids[2], ids[3], ids[4]
    );
    assert_eq!(page, expected);
}

#[test]
fn what_is_erased_is_in_no_form() {
    let timeline = of(&eventful(), &Filter { ids: true, ..Filter::default() });
    let style = Style::default();
    let document = timeline.document(&style);
    let json = serde_json::to_string(&timeline).unwrap();
    for form in [document.text(&style), document.markdown(), document.html(), timeline.csv(), json] {
        assert!(!form.contains("hunter2"), "{form}");
        assert!(form.contains("a secret"), "{form}");
    }
}

#[test]
fn a_correction_of_what_was_erased_is_erased_with_it() {
    let history = History::declared("Imports fail").event(noted("hunter1"));
    let target = history.last();
    let fields = BTreeMap::from([("text".to_owned(), Value::from("hunter2"))]);
    let history = history
        .event(Corrected { target, occurred: None, fields, why: text("typo") })
        .event(Redacted { target, by: "Zac Bentley".parse().unwrap(), why: text("a secret"), remains: None });
    let json = serde_json::to_string(&of(&history, &Filter::default())).unwrap();
    assert!(!json.contains("hunter"), "{json}");
}

#[test]
fn filters_by_kind_group_actor_and_standing() {
    let history = eventful().event(Joined { who: person("John Meichle"), as_what: None });
    let count = |filter: &Filter| of(&history, filter).entries.len();
    let kinds = |kind: &str| Filter { kinds: vec![kind.to_owned()], ..Filter::default() };
    assert_eq!(count(&Filter::default()), history.events.len());
    assert_eq!(count(&kinds("noted")), 4);
    assert_eq!(count(&kinds("evidence")), 1);
    assert_eq!(count(&Filter { actor: Some("JOHN meichle".into()), ..Filter::default() }), 1);
    assert_eq!(count(&Filter { actor: Some("integration:sentry".into()), ..Filter::default() }), 1);
    let hidden = of(&history, &Filter { hide_retracted: true, ..Filter::default() });
    assert_eq!(hidden.left_out, 1);
}

#[test]
fn as_of_asks_either_clock() {
    let history = eventful().events;
    let recorded = AsOf { recorded_by: Some(moment("2023-01-04T18:10Z")), occurred_by: None };
    let occurred = AsOf { recorded_by: None, occurred_by: Some(moment("2023-01-04T17:50Z")) };
    let kinds = |as_of: &AsOf| -> Vec<String> {
        Timeline::of(&history, as_of, &Filter::default()).entries.into_iter().map(|e| e.kind).collect()
    };
    assert_eq!(kinds(&recorded), ["declared"]);
    assert_eq!(kinds(&occurred), ["alert_fired"]);
}

#[test]
fn what_is_recorded_ten_minutes_after_it_happened_is_late() {
    let entry = |recorded: &str| {
        let history = History::declared("Imports fail")
            .at("2023-01-04T18:30Z")
            .told(recorded)
            .event(noted("it is DNS"));
        let timeline = of(&history, &Filter::default());
        let page = timeline.document(&Style::default()).text(&Style::default());
        (timeline.entries[1].late_seconds, page.contains("later)"))
    };
    assert_eq!(entry("2023-01-04T18:20Z"), (None, false), "told beforehand");
    assert_eq!(entry("2023-01-04T18:40:00Z"), (None, false));
    assert_eq!(entry("2023-01-04T18:40:01Z"), (Some(601), true));
}

#[test]
fn half_a_record_made_a_day_afterwards_is_not_one_made_afterwards() {
    let told = |recorded: &str, others: usize| {
        let history = History::declared("Imports fail").at("2023-01-04T18:30Z").event(noted("it is DNS"));
        let history = history.told(recorded);
        let history = (0..others).fold(history, |history, _| history.event(noted("it was DNS")));
        of(&history, &Filter::default()).document(&Style::default()).text(&Style::default())
    };
    let (a_day, nearly) = ("2023-01-05T18:30:00Z", "2023-01-05T18:29:59Z");
    assert!(!told(a_day, 2).contains("Recorded afterwards"), "half of it");
    assert!(told(a_day, 3).contains("Recorded afterwards"));
    assert!(!told(nearly, 3).contains("Recorded afterwards"), "not a day later");
}

#[test]
fn a_record_made_afterwards_says_so_once() {
    let history = History::new()
        .told("2024-04-08T12:00Z")
        .event(crate::testing::declared("Imports fail"))
        .event(noted("it is DNS"));
    let style = Style::default();
    let page = of(&history, &Filter::default()).document(&style).text(&style);
    assert!(page.contains("Recorded afterwards, on 2024-04-08 12:00."), "{page}");
    assert!(!page.contains("later)"), "{page}");
}

#[test]
fn a_recorded_time_that_clocks_disagree_about_says_so() {
    let at = |text: &str| moment(text);
    let mut history = History::declared("List import problems")
        .at("2023-01-04T18:24:00Z")
        .event(noted("a year ahead"))
        .event(noted("no time ahead of it"))
        .event(noted("not settled yet"));
    let proven = |not_before| Proven {
        not_before,
        not_after: at("2023-01-04T18:26:30Z"),
        clock: at("2024-01-04T18:24:00Z"),
        told: None,
        settled_by: scribe_domain::ids::Position(9),
        settled_at: at("2023-01-04T19:00:00Z"),
    };
    let settled = |not_before| TimeStanding::Settled(Box::new(proven(not_before)));
    history.events[1].standing = settled(Some(at("2023-01-04T18:20:05Z")));
    history.events[2].standing = settled(None);
    history.events[3].standing = TimeStanding::Disputed;
    let timeline = Timeline::of(&history.events, &AsOf::NOW, &Filter::default());
    let text = timeline
        .document(&Style { width: 200, ..Style::default() })
        .text(&Style { width: 200, ..Style::default() });
    for said in [
        "a year ahead (recorded between 18:20:05 and 18:26:30: its clock was wrong)",
        "no time ahead of it (recorded by 18:26:30: its clock was wrong)",
        "not settled yet (recorded time disputed)",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let csv = timeline.csv();
    let last: Vec<&str> = csv.lines().filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!(last, ["recorded_time", "", "not before 2023-01-04T18:20:05Z", "not after", "disputed"]);
    let json = serde_json::to_value(&timeline).unwrap();
    let entries = json["entries"].as_array().unwrap();
    assert_eq!(entries[3]["disputed"], true);
    assert_eq!(entries[1]["proven"]["not_before"], "2023-01-04T18:20:05Z");
    assert!(entries[0].get("disputed").is_none() && entries[0].get("proven").is_none());
}
