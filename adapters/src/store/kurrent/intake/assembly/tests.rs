//! What counts as an append of the record, and what is passed over.

use chrono::DateTime;
use proptest::prelude::*;
use scribe_domain::actor::Actor;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::words::Noted;
use scribe_domain::event_store::{Draft, Salt};
use scribe_domain::text::{Label, Text};
use scribe_domain::when::When;
use uuid::Uuid;

use super::*;
use crate::store::codec::Stamp;

fn assembly() -> Assembly {
    Assembly::new(Names::new(""))
}

/// An append as the cluster tells it: so many notes in one incident after a revision, from a place on.
pub(in crate::store::kurrent) fn told(
    incident: &str,
    after: u64,
    count: u32,
    command: u128,
    place: u64,
) -> Vec<LogEvent> {
    let incident: IncidentId = incident.parse().unwrap();
    let command_id = CommandId(Uuid::from_u128(command));
    let note = |index: u32| {
        let event: IncidentEvent = Noted { text: Text::new(format!("note {index}")).unwrap() }.into();
        let payload = event.payload();
        let draft = Draft {
            actor: Actor { who: "Zac".parse().unwrap(), via: Label::new("cli").unwrap(), on_behalf_of: None },
            occurred: When::Unknown,
            told: None,
            source: None,
            origin: None,
            event,
        };
        let revision = Revision(after + u64::from(index) + 1);
        let recorded_at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let stamped = Stamped { recorded_at, clock: None };
        let stamp = Stamp { incident: &incident, revision, stamped, command_id, index, request: None };
        let body = Body::Told { payload: payload.get().into(), salt: Salt([7; 16]) };
        let form = Form { header: codec::header(&draft, &stamp).unwrap().into(), body, index, count };
        LogEvent {
            stream: format!("incident-{incident}"),
            number: revision.0 - 1,
            place: Place::at(place + u64::from(index), place + u64::from(index)),
            id: EventId::derive(command_id, index).0,
            kind: draft.event.kind().to_owned(),
            data: form.data().into(),
            metadata: form.metadata().into(),
            created: None,
        }
    };
    (0..count).map(note).collect()
}

fn wholes(assembly: &mut Assembly, events: &[LogEvent]) -> Vec<Whole> {
    let whole = |seen| match assembly.take(seen) {
        Outcome::Whole(whole) => Some(whole),
        _ => None,
    };
    events.iter().filter_map(whole).collect()
}

#[test]
fn an_append_counts_when_its_last_event_has_come() {
    let mut assembly = assembly();
    let events = told("20230104-a", 4, 3, 1, 10);
    assert_eq!(assembly.take(&events[0]), Outcome::Part);
    assert_eq!(assembly.take(&events[1]), Outcome::Part);
    let Outcome::Whole(whole) = assembly.take(&events[2]) else { panic!("it is whole") };
    assert_eq!((whole.first, whole.last(), whole.number), (Revision(5), Revision(7), 6));
    assert_eq!(whole.place, Place::at(12, 12));
    let kept: Vec<Kept> = whole.kept(Position(40)).collect();
    assert_eq!(kept.iter().map(|kept| kept.position.0).collect::<Vec<_>>(), [41, 42, 43]);
    assert_eq!(kept.iter().map(|kept| kept.starts_append).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(kept[2].payload(), r#"{"text":"note 2"}"#);
}

#[test]
fn half_an_append_never_counts_and_the_next_one_does() {
    let (half, next) = (told("20230104-a", 0, 3, 1, 10), told("20230104-b", 0, 2, 2, 20));
    let mut assembly = assembly();
    let events: Vec<LogEvent> = half[..2].iter().chain(&next).chain(&half[2..]).cloned().collect();
    let whole = wholes(&mut assembly, &events);
    assert_eq!(whole.iter().map(|whole| whole.incident.as_str()).collect::<Vec<_>>(), ["20230104-b"]);
    // The same append, told again from its beginning after a cut.
    assert_eq!(wholes(&mut assembly, &half).len(), 1);
}

#[test]
fn whatever_is_not_as_scribe_writes_it_is_passed_over() {
    let good = told("20230104-a", 0, 1, 1, 10).remove(0);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let metadata = |from: &str, to: &str| LogEvent {
        metadata: text(&good.metadata).replace(from, to).into(),
        ..good.clone()
    };
    assert!(matches!(assembly().take(&good), Outcome::Whole(_)));
    for (stranger, why) in [
        (LogEvent { stream: "orders-17".into(), ..good.clone() }, "stream"),
        (LogEvent { stream: "incident-20230104-b".into(), ..good.clone() }, "header"),
        (LogEvent { metadata: b"{}".to_vec(), ..good.clone() }, "metadata"),
        (LogEvent { metadata: Vec::new(), data: vec![0xff], ..good.clone() }, "metadata"),
        (LogEvent { data: br#"{"txt":"x"}"#.to_vec(), ..good.clone() }, "payload"),
        (LogEvent { id: Uuid::nil(), ..good.clone() }, "id"),
        (LogEvent { kind: "resolved".into(), ..good.clone() }, "type"),
        (metadata("\"index\":0", "\"index\":1"), "header"),
        (metadata("[0,1]", "[0,0]"), "metadata"),
        (told("20230104-a", 0, 2, 1, 10).remove(1), "first events"),
    ] {
        let taken = assembly().take(&stranger);
        assert!(matches!(taken, Outcome::Stranger(said) if said.contains(why)), "{why}: {taken:?}");
    }
}

#[test]
fn what_stands_in_the_stream_of_checkpoints_is_given_on() {
    let stranger = told("20230104-a", 0, 1, 1, 10).remove(0);
    let seen = LogEvent { stream: "scribe-checkpoints".into(), data: b"{}".to_vec(), ..stranger };
    assert_eq!(assembly().take(&seen), Outcome::Notice);
}

proptest! {
    /// Cut anywhere and told again from the last whole append on: the same appends, each once.
    #[test]
    fn a_cut_anywhere_changes_nothing(
        counts in proptest::collection::vec(1..4_u32, 1..8),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut log: Vec<LogEvent> = Vec::new();
        for (number, count) in (1_u128..).zip(&counts) {
            log.extend(told(&format!("20230104-i{number}"), 0, *count, number, 10 * log.len() as u64));
        }
        let expected = wholes(&mut assembly(), &log);
        prop_assert_eq!(expected.len(), counts.len());
        let (mut seen, mut from) = (Vec::new(), 0);
        for cut in cuts.iter().map(|cut| cut.index(log.len() + 1)).chain([log.len()]) {
            let part = log.get(from..cut.max(from)).unwrap();
            for whole in wholes(&mut assembly(), part) {
                from = log.iter().position(|event| event.place == whole.place).unwrap() + 1;
                seen.push(whole);
            }
        }
        prop_assert_eq!(seen, expected);
    }
}
