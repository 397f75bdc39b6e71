//! What everybody is told: the same incidents, the same events, the same bytes.
//!
//! An event's bytes are its header and its payload as scribe keeps them, two lines of JSON, made and read
//! by scribe's own codec for every Rust peer. So a row of the table compares stores, not JSON libraries.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use scribe::store::codec::{self, Decoder, Stamp};
use scribe_domain::actor::Actor;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::life::{Declared, SeverityChanged};
use scribe_domain::event::words::Noted;
use scribe_domain::event_store::{Append, Draft};
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::{Label, Text};
use scribe_domain::values::{Severity, Tier};
use uuid::Uuid;

/// Events an incident gets before its writer turns to the next one.
pub const A_LIFE: u64 = 200;
/// The kind that one event in twenty has.
pub const RARE: &str = "severity_changed";

/// An incident by its number.
pub fn incident(number: u64) -> IncidentId {
    format!("20230104-incident-{number}").parse().expect("a valid id")
}

/// A request that nobody made before, for the events of an incident that follow on a revision.
pub fn append(incident: &IncidentId, revision: u64, count: u64) -> Append {
    Append {
        incident: incident.clone(),
        expected: Revision(revision),
        command_id: CommandId(Uuid::now_v7()),
        request: None,
        events: (revision..revision + count).map(draft).collect(),
    }
}

/// The event that comes after so many others of its incident.
fn draft(before: u64) -> Draft {
    let event: IncidentEvent = match before {
        0 => Declared {
            title: "Imports of large lists time out".parse().expect("a title"),
            tier: Tier::Engineering,
            severity: Severity::Sev3,
            summary: None,
            detected_by: Some(Label::new("monitoring").expect("a label")),
            drill: false,
        }
        .into(),
        _ if before.is_multiple_of(20) => {
            let (from, to) = if before.is_multiple_of(40) {
                (Severity::Sev2, Severity::Sev3)
            } else {
                (Severity::Sev3, Severity::Sev2)
            };
            let why = Text::new("customers on the largest plan are hit as well").expect("a text");
            SeverityChanged { from, to, why: Some(why) }.into()
        }
        _ => Noted {
            text: Text::new(format!("Imports of lists larger than ten thousand profiles time out {before}"))
                .expect("a text"),
        }
        .into(),
    };
    Draft {
        actor: Actor {
            who: "Zac Bentley".parse().expect("a person"),
            via: Label::new("bench").expect("a label"),
            on_behalf_of: None,
        },
        occurred: "2023-01-04T18:05Z".parse().expect("a time"),
        told: None,
        source: None,
        origin: None,
        event,
    }
}

/// One event as it is kept.
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// Header, line feed, payload.
    pub bytes: Vec<u8>,
}

/// An append's events as they are kept.
pub fn lines(append: &Append, recorded_at: DateTime<Utc>) -> Vec<Line> {
    let numbered = append.events.iter().zip(0_u32..);
    numbered
        .map(|(draft, index)| {
            let stamp = Stamp {
                incident: &append.incident,
                revision: Revision(append.expected.0 + u64::from(index) + 1),
                stamped: Stamped { recorded_at, clock: None },
                command_id: append.command_id,
                index,
                request: append.request,
            };
            let mut bytes = codec::header(draft, &stamp).expect("a header").into_bytes();
            bytes.push(b'\n');
            bytes.extend_from_slice(draft.event.payload().get().as_bytes());
            let id = EventId::derive(append.command_id, index).0;
            Line { id, kind: draft.event.kind().to_owned(), bytes }
        })
        .collect()
}

/// The kind that stands in a kept event's header.
pub fn kind_of(line: &[u8]) -> &[u8] {
    const BEFORE: &[u8] = br#"{"type":""#;
    let rest = line.strip_prefix(BEFORE).expect("a header begins with the kind");
    let end = rest.iter().position(|byte| *byte == b'"').expect("the kind ends");
    &rest[..end]
}

/// Reads kept events back into typed ones, with scribe's decoder.
#[derive(Default)]
pub struct Reading {
    decoder: Decoder,
    read: usize,
}

impl Reading {
    /// Reads one event.
    pub fn read(&mut self, position: u64, line: &[u8]) -> Recorded {
        // A decoder belongs to a page.
        if self.read.is_multiple_of(1_000) {
            self.decoder = Decoder::default();
        }
        self.read += 1;
        let line = std::str::from_utf8(line).expect("UTF-8");
        let (header, payload) = line.split_once('\n').expect("two lines");
        self.decoder.decode(Position(position), header, payload).expect("an event")
    }
}

/// Gives out numbers of incidents that nobody has had.
pub struct Fresh(AtomicU64);

impl Fresh {
    /// After the incidents that a record has already.
    pub fn after(incidents: u64) -> Self {
        Self(AtomicU64::new(incidents))
    }

    /// How many were given out.
    pub fn there(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Goes on after so many.
    pub fn restart(&self, incidents: u64) {
        self.0.store(incidents, Ordering::Relaxed);
    }

    /// The next one.
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Where a writer stands: one incident at a time, two hundred events each.
pub struct Place {
    /// The incident.
    pub incident: IncidentId,
    /// Its revision.
    pub revision: u64,
    /// The position of its last event, for stores that guard by position.
    pub seen: u64,
}

impl Place {
    /// At the beginning of an incident.
    pub fn begin(fresh: &Fresh) -> Self {
        Self { incident: incident(fresh.next()), revision: 0, seen: 0 }
    }

    /// What stands in for a place while its writer has it.
    pub fn nowhere() -> Self {
        Self { incident: incident(u64::MAX), revision: A_LIFE, seen: 0 }
    }

    /// The next request of some events, in the next incident where this one has had its share.
    pub fn next(&mut self, count: u64, fresh: &Fresh) -> Append {
        if self.revision >= A_LIFE {
            *self = Self::begin(fresh);
        }
        append(&self.incident, self.revision, count)
    }
}
