//! One append, taken apart and hashed.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat};
use rusqlite::types::ValueRef;
use scribe_domain::clocks::Stamped;
use scribe_domain::event_store::Salt;
use scribe_domain::ids::{CommandId, EventId};
use scribe_domain::system::ClockSettled;
use scribe_domain::values::Digest;
use scribe_projections::ledger::hash;
use scribe_projections::ledger::verdict::{Finding, Flaw};
use serde::Deserialize;
use uuid::Uuid;

use super::Streams;
use crate::store::sqlite::tables::row::Columns;

/// Every append, in order.
pub(super) const QUERY: &str =
    "SELECT first_position, stream, first_revision, count, command_id, recorded_at,
    root, salts, events, sum FROM appends ORDER BY first_position";

/// A row as it lies in the file.
pub(super) struct RawAppend {
    first_position: u64,
    stream: i64,
    first_revision: u64,
    count: u64,
    command_id: Vec<u8>,
    recorded_at: i64,
    root: Vec<u8>,
    salts: Vec<u8>,
    events: Vec<u8>,
    sum: i64,
}

/// What there is to know of a row.
pub(super) struct Inspection {
    pub(super) first_position: u64,
    pub(super) stream: i64,
    pub(super) first_revision: u64,
    /// When the row says that it counts as recorded.
    pub(super) recorded_at: i64,
    /// When its first header says that it was taken, if that can be read.
    pub(super) stamp: Option<Stamp>,
    pub(super) root: Option<Digest>,
    /// One for each event that could be read.
    pub(super) leaves: Vec<Digest>,
    pub(super) flaws: Vec<Finding>,
    /// Whether the check sum is right.
    pub(super) sum_holds: bool,
    pub(super) erased: Vec<Erased>,
    pub(super) redactions: Vec<Redaction>,
    pub(super) bytes: u64,
}

/// An event whose words are gone.
pub(super) struct Erased {
    pub(super) position: u64,
    pub(super) event: EventId,
    /// The digest of what remains of it.
    pub(super) remains: Digest,
}

/// What the headers of an append say of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) stamped: Stamped,
    /// Whether it says whose clock was wrong.
    pub(super) settles: bool,
}

/// An event that says that another was erased, and what remains of that.
pub(super) struct Redaction {
    pub(super) position: u64,
    pub(super) target: EventId,
    pub(super) remains: Digest,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    incident: Cow<'a, str>,
    revision: u64,
    #[serde(borrow)]
    recorded_at: Cow<'a, str>,
    #[serde(borrow, default)]
    clock: Option<Cow<'a, str>>,
    command_id: CommandId,
    index: u32,
}

#[derive(Deserialize)]
struct Redacted {
    target: EventId,
    remains: Option<Digest>,
}

impl RawAppend {
    /// Takes the columns as they are, whatever they hold.
    pub(super) fn of(row: &rusqlite::Row<'_>) -> Result<Self, rusqlite::Error> {
        let bytes = |column: usize| {
            row.get_ref(column).map(|value| match value {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
                _ => Vec::new(),
            })
        };
        Ok(Self {
            first_position: row.get::<_, i64>(0)?.cast_unsigned(),
            stream: row.get(1)?,
            first_revision: row.get::<_, i64>(2)?.cast_unsigned(),
            count: row.get::<_, i64>(3)?.cast_unsigned(),
            command_id: bytes(4)?,
            recorded_at: row.get(5)?,
            root: bytes(6)?,
            salts: bytes(7)?,
            events: bytes(8)?,
            sum: row.get(9)?,
        })
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            first_position: self.first_position,
            first_revision: self.first_revision,
            count: self.count,
            command_id: &self.command_id,
            recorded_at: self.recorded_at,
            events: &self.events,
            salts: &self.salts,
        }
    }

    /// About how much memory it takes.
    pub(super) fn len(&self) -> usize {
        self.events.len() + self.salts.len() + 128
    }

    /// Hashes its events, and compares what its columns say with what the events say.
    pub(super) fn look(&self, streams: &Streams) -> Inspection {
        let mut inspection = Inspection {
            first_position: self.first_position,
            stream: self.stream,
            first_revision: self.first_revision,
            recorded_at: self.recorded_at,
            stamp: None,
            root: <[u8; 32]>::try_from(&*self.root).ok().map(Digest),
            leaves: Vec::new(),
            flaws: Vec::new(),
            sum_holds: i64::from(self.columns().sum()) == self.sum,
            erased: Vec::new(),
            redactions: Vec::new(),
            bytes: 0,
        };
        let expected = Expected {
            incident: streams.get(&self.stream).map(|name| &**name),
            command_id: <[u8; 16]>::try_from(&*self.command_id)
                .ok()
                .map(|id| CommandId(Uuid::from_bytes(id))),
            recorded_at: DateTime::from_timestamp_micros(self.recorded_at)
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        };
        let Ok(events) = std::str::from_utf8(&self.events) else {
            inspection.flaw(self.first_position, "its events are not UTF-8".into());
            return inspection;
        };
        let (salts, odd) = self.salts.as_chunks::<{ Salt::LEN }>();
        if !odd.is_empty() || salts.len() as u64 != self.count {
            inspection.flaw(self.first_position, format!("it has {} bytes of salts", self.salts.len()));
        }
        let mut lines = events.split_terminator('\n');
        let mut place = 0_u32;
        while let Some(header) = lines.next() {
            let position = self.first_position.wrapping_add(place.into());
            let salt = usize::try_from(place).ok().and_then(|place| salts.get(place));
            let (Some(body), Some(salt)) = (lines.next(), salt) else {
                inspection.flaw(position, "a half of an event is missing".into());
                break;
            };
            self.event(position, place, header, (body, Salt(*salt)), &expected, &mut inspection);
            place += 1;
        }
        if u64::from(place) != self.count || !events.ends_with('\n') {
            inspection
                .flaw(self.first_position, format!("it should hold {} events and holds {place}", self.count));
        }
        inspection
    }

    fn event(
        &self,
        position: u64,
        place: u32,
        header: &str,
        (body, salt): (&str, Salt),
        expected: &Expected<'_>,
        inspection: &mut Inspection,
    ) {
        let erased = match body.strip_prefix('~') {
            None => None,
            Some(erased) => match read_erased(erased) {
                Some(erased) => Some(erased),
                None => return inspection.flaw(position, "an erased event does not read".into()),
            },
        };
        let digest = erased.map_or_else(|| salt.digest(body), |(digest, _)| digest);
        inspection.bytes +=
            (header.len() + 35 + if erased.is_none() { body.len() + Salt::LEN } else { 0 }) as u64;
        match hash::leaf(header, &digest) {
            Ok(leaf) => inspection.leaves.push(leaf),
            Err(error) => return inspection.flaw(position, error.to_string()),
        }
        let header: Header<'_> = match serde_json::from_str(header) {
            Ok(header) => header,
            Err(error) => return inspection.flaw(position, format!("its header does not read: {error}")),
        };
        if let Some(what) = expected.differs(&header) {
            inspection.flaw(position, format!("its row and its header name different {what}"));
        }
        match (inspection.stamp, self.stamp(&header, expected)) {
            (None, stamp @ Some(_)) => inspection.stamp = stamp,
            (Some(first), Some(stamp)) if first == stamp => {}
            _ => inspection.flaw(position, "the headers of its append name different times, or none".into()),
        }
        if header.revision != self.first_revision.wrapping_add(place.into()) || header.index != place {
            inspection.flaw(position, "its row and its header name different revisions".into());
        }
        if let Some((_, remains)) = erased {
            let event = EventId::derive(header.command_id, header.index);
            inspection.erased.push(Erased { position, event, remains: Digest::of(remains.as_bytes()) });
        } else if header.kind == "redacted"
            && let Ok(Redacted { target, remains: Some(remains) }) = serde_json::from_str(body)
        {
            inspection.redactions.push(Redaction { position, target, remains });
        }
    }
}

impl RawAppend {
    /// What a header says of the time. Nearly always that is what the row says too, so it is compared as text before
    /// it is read.
    fn stamp(&self, header: &Header<'_>, expected: &Expected<'_>) -> Option<Stamp> {
        let read = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
        let recorded_at = if expected.recorded_at.as_deref() == Some(&*header.recorded_at) {
            DateTime::from_timestamp_micros(self.recorded_at)?
        } else {
            read(&header.recorded_at)?
        };
        let clock = match &header.clock {
            Some(text) => Some(read(text)?),
            None => None,
        };
        Some(Stamp { stamped: Stamped { recorded_at, clock }, settles: header.kind == ClockSettled::KIND })
    }
}

/// What a row tells of each of its events.
struct Expected<'a> {
    incident: Option<&'a str>,
    command_id: Option<CommandId>,
    recorded_at: Option<String>,
}

impl Expected<'_> {
    fn differs(&self, header: &Header<'_>) -> Option<&'static str> {
        if self.incident != Some(&*header.incident) {
            return Some("incidents");
        }
        (self.command_id != Some(header.command_id)).then_some("commands")
    }
}

impl Inspection {
    fn flaw(&mut self, position: u64, what: String) {
        // One is enough to know that an append is not as it should be, and a damaged one may have thousands.
        if self.flaws.len() < 2 {
            self.flaws.push(Finding { position: Some(position), kind: Flaw::Row, what });
        }
    }
}

fn read_erased(line: &str) -> Option<(Digest, &str)> {
    let (hex, remains) = line.split_once(' ')?;
    Some((format!("sha256:{hex}").parse().ok()?, remains))
}
