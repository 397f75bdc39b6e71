//! One order, every byte.

use std::collections::BTreeMap;

use scribe_domain::actor::Actor;
use scribe_domain::event::record::Corrected;
use scribe_domain::event::{IncidentEvent, Unknown};
use scribe_domain::event_store::{Append, EventStore};
use scribe_domain::ids::{EventId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::{Label, Text};
use serde_json::json;
use serde_json::value::RawValue;

use super::place::Place;
use super::told::{SOME, all_kept, draft, everything, incident, keep_some, new_command, note, words};

/// The record is its incidents' histories, merged by position.
pub async fn reading_gives_what_the_histories_give(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let mut histories = Vec::new();
    for number in 0..3 {
        histories.extend(store.history(&incident(number), Revision::NEW).await.unwrap());
    }
    histories.sort_by_key(|recorded| recorded.position);
    assert_eq!(everything(&*store).await, histories);
}

/// 1, 2, 3 … up to the head.
pub async fn positions_have_no_gaps(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let positions: Vec<u64> = everything(&*store).await.iter().map(|recorded| recorded.position.0).collect();
    assert_eq!(positions, (1..=SOME).collect::<Vec<_>>());
    assert_eq!(store.head().await.unwrap(), Position(SOME));
}

/// One at a time, three at a time or all at once: also where a limit cuts through an append.
pub async fn the_batch_size_changes_nothing(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let (record, kept) = (everything(&*store).await, all_kept(&*store).await);
    for limit in [1, 3, 1_000] {
        assert_eq!(in_batches(&*store, limit).await, record, "in batches of {limit}");
    }
    for (index, whole) in kept.iter().enumerate() {
        assert_eq!(store.read_kept(Position(index as u64), 1).await.unwrap(), std::slice::from_ref(whole));
    }
    let starts = kept.iter().filter(|kept| kept.starts_append).count();
    assert_eq!(starts, 9);
}

async fn in_batches(store: &dyn EventStore, limit: usize) -> Vec<Recorded> {
    let mut record: Vec<Recorded> = Vec::new();
    loop {
        let after = record.last().map_or(Position::default(), |last| last.position);
        let batch = store.read(after, limit).await.unwrap();
        assert!(batch.len() <= limit);
        if batch.is_empty() {
            return record;
        }
        record.extend(batch);
    }
}

/// Also one in the middle of an append.
pub async fn a_history_begins_after_any_revision(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let history = store.history(&incident(1), Revision::NEW).await.unwrap();
    assert_eq!(history.iter().map(words).collect::<Vec<_>>(), ["a", "b", "c", "a", "a", "b", "c", "d"]);
    for seen in 0..=8_u32 {
        let rest = store.history(&incident(1), Revision(seen.into())).await.unwrap();
        assert_eq!(rest, history[seen as usize..], "after revision {seen}");
    }
}

/// Wherever beyond; and a limit of nothing is nothing.
pub async fn beyond_the_end_there_is_nothing(place: &dyn Place) {
    let store = place.open();
    assert_eq!(everything(&*store).await, []);
    assert_eq!(store.head().await.unwrap(), Position(0));
    keep_some(&*store).await;
    for beyond in [SOME, SOME + 1, 1 << 62, i64::MAX.unsigned_abs(), u64::MAX] {
        assert_eq!(store.read(Position(beyond), 10).await.unwrap(), []);
        assert_eq!(store.read_kept(Position(beyond), 10).await.unwrap(), []);
        assert_eq!(store.history(&incident(1), Revision(beyond)).await.unwrap(), []);
    }
    assert_eq!(store.read(Position(0), 0).await.unwrap(), []);
    assert_eq!(store.history(&incident(99), Revision::NEW).await.unwrap(), []);
}

/// Emoji, quotes, line separators, numbers, and the longest text there may be.
pub async fn bytes_come_back_exactly_as_given(place: &dyn Place) {
    let store = place.open();
    let longest = "ß🚒\"\\\n".repeat(Text::LIMIT / 5);
    let texts = [
        "🚒 \u{1f468}\u{200d}\u{1f692}",
        "\"quoted\" and \\ and /",
        "line\u{2028}separator\u{2029}",
        "\tтак\n",
        &longest,
    ];
    let mut told: Vec<_> = texts.iter().map(|text| note(text)).collect();
    let numbers = json!({"whole": 12_345_678_901_234_u64, "part": 0.1, "below": -7, "none": null, "deep": [1.5, {"e": 1e21}]});
    told.push(draft(Corrected {
        target: EventId::derive(new_command(), 0),
        occurred: None,
        fields: BTreeMap::from([("numbers".to_owned(), numbers)]),
        why: Text::new("counted again").unwrap(),
    }));
    for draft in &mut told {
        draft.source = Some(Label::new("key \"1\" – ü").unwrap());
        draft.actor = Actor {
            who: "integration:späher".parse().unwrap(),
            via: Label::new("späher").unwrap(),
            on_behalf_of: Some("Zoë \"Z\" O'Neill".parse().unwrap()),
        };
    }
    let append = Append {
        incident: incident(1),
        expected: Revision::NEW,
        command_id: new_command(),
        request: None,
        events: told.clone(),
    };
    store.append(append).await.unwrap();

    let (record, kept) = (everything(&*store).await, all_kept(&*store).await);
    assert_eq!((record.len(), kept.len()), (told.len(), told.len()));
    for ((recorded, kept), told) in record.into_iter().zip(kept).zip(told) {
        assert_eq!(*kept.payload(), *told.event.payload().get());
        assert_eq!(recorded.event, told.event);
        assert_eq!(recorded.cause.actor, told.actor);
        assert_eq!(recorded.cause.source, told.source);
        assert_eq!(recorded.cause.occurred, told.occurred);
    }
}

/// What a newer program wrote passes through this one unharmed.
pub async fn strangers_are_kept_and_shown_as_such(place: &dyn Place) {
    let store = place.open();
    let payload: Box<RawValue> = serde_json::from_str(r#"{ "z":1.50, "a" : "\u00e9", "z":2 }"#).unwrap();
    let stranger = |kind: &str, version| {
        IncidentEvent::Unknown(Unknown { kind: kind.into(), version, payload: payload.clone() })
    };
    let strangers = [stranger("teleported", 1), stranger("noted", 2), stranger("mit \"Zeichen\"", 7)];
    let append = Append {
        incident: incident(1),
        expected: Revision::NEW,
        command_id: new_command(),
        request: None,
        events: strangers.iter().cloned().map(draft).collect(),
    };
    store.append(append).await.unwrap();
    let record = everything(&*store).await;
    assert_eq!(record.iter().map(|recorded| recorded.event.clone()).collect::<Vec<_>>(), strangers);
    assert!(all_kept(&*store).await.iter().all(|kept| *kept.payload() == *payload.get()));
}
