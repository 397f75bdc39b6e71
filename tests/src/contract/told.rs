//! Things to append.

use scribe_domain::actor::Actor;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::words::Noted;
use scribe_domain::event_store::{Append, Draft, EventStore, Kept, Receipt};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::{Label, Text};
use uuid::Uuid;

/// One of some incidents.
pub fn incident(number: usize) -> IncidentId {
    format!("20230104-incident-{number}").parse().unwrap()
}

/// A request that nobody has made yet.
pub fn new_command() -> CommandId {
    CommandId(Uuid::now_v7())
}

/// A note.
pub fn note(text: &str) -> Draft {
    draft(Noted { text: Text::new(text).unwrap() })
}

/// Something that happened.
pub fn draft(event: impl Into<IncidentEvent>) -> Draft {
    Draft {
        actor: Actor {
            who: "Zac Bentley".parse().unwrap(),
            via: Label::new("contract").unwrap(),
            on_behalf_of: None,
        },
        occurred: "2023-01-04T18:05Z".parse().unwrap(),
        told: None,
        source: None,
        origin: None,
        event: event.into(),
    }
}

/// A new request to append some notes.
pub fn notes(number: usize, expected: u64, texts: &[&str]) -> Append {
    Append {
        incident: incident(number),
        expected: Revision(expected),
        command_id: new_command(),
        request: None,
        events: texts.iter().map(|text| note(text)).collect(),
    }
}

/// Appends some notes that must be taken.
pub async fn keep(store: &dyn EventStore, number: usize, expected: u64, texts: &[&str]) -> Receipt {
    store.append(notes(number, expected, texts)).await.expect("the append fits")
}

/// Appends in several incidents by turns, of one to four events each: nineteen events.
pub async fn keep_some(store: &dyn EventStore) {
    let texts = ["a", "b", "c", "d"];
    let mut revisions = [0_u64; 3];
    for (turn, count) in [(0, 1), (1, 3), (0, 4), (2, 2), (2, 1), (1, 1), (0, 2), (1, 4), (2, 1)] {
        keep(store, turn, revisions[turn], &texts[..count]).await;
        revisions[turn] += count as u64;
    }
}

/// How many events [`keep_some`] keeps.
pub const SOME: u64 = 19;

/// The whole record.
pub async fn everything(store: &dyn EventStore) -> Vec<Recorded> {
    store.read(Position::default(), usize::MAX).await.unwrap()
}

/// The whole record, as it is kept.
pub async fn all_kept(store: &dyn EventStore) -> Vec<Kept> {
    store.read_kept(Position::default(), usize::MAX).await.unwrap()
}

/// What is kept apart from the salts: of two records of the same tellings, each has its own.
pub fn without_chance(kept: &[Kept]) -> Vec<(Position, bool, &str, &str)> {
    kept.iter().map(|kept| (kept.position, kept.starts_append, &*kept.header, kept.payload())).collect()
}

/// The words of a note.
pub fn words(recorded: &Recorded) -> &str {
    match &recorded.event {
        IncidentEvent::Noted(noted) => noted.text.as_str(),
        other => panic!("not a note: {other:?}"),
    }
}
