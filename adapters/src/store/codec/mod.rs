//! An event's two JSON texts: the **header** (its envelope) and the **payload** (what happened).
//!
//! Both are storage formats. A store keeps these bytes and gives these bytes back; nothing is ever
//! decoded and encoded again on the way, so what a newer program wrote passes through an older one
//! unharmed. A position is not part of them: it is a place in one record, not part of what was said.

mod header;
mod known;
mod moment;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use scribe_domain::actor::Actor;
use scribe_domain::clocks::{Stamped, TimeStanding};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, Draft, Kept, Salt, StoreError};
use scribe_domain::fingerprint::Fingerprint;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::system::{ClockSettled, SystemEvent};
use scribe_domain::text::Label;
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use scribe_projections::ledger::hash;
use serde::Serialize;
use serde::de::Error as _;
use serde_json::value::RawValue;

use self::header::Header;
use self::known::Known;
use crate::chance;
use crate::clock::{Timekeeping, YEARS};

/// The most bytes that the payloads of one append may have together. A page of ten thousand of the
/// longest texts would not fit into one database value; nothing that people tell comes near this.
pub const APPEND_BYTES: usize = 64 << 20;

/// What an event's header says beyond its draft: where and when it was kept, and by which request.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// The incident.
    pub incident: &'a IncidentId,
    /// Its place in the incident.
    pub revision: Revision,
    /// When the store took it, to the microsecond.
    pub stamped: Stamped,
    /// The request.
    pub command_id: CommandId,
    /// Its index among the request's events.
    pub index: u32,
    /// What was asked; it stands beside the request's first event.
    pub request: Option<Fingerprint>,
}

/// The header's JSON.
pub fn header(draft: &Draft, stamp: &Stamp<'_>) -> Result<String, StoreError> {
    let Stamped { recorded_at, clock } = stamp.stamped;
    if let Some(odd) = [Some(recorded_at), clock].into_iter().flatten().find(|at| !YEARS.contains(&at.year()))
    {
        return Err(StoreError::Unavailable(format!("the clock of this machine says {odd}: correct it")));
    }
    let told = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let clock = clock.map(told);
    let header = HeaderOut {
        kind: draft.event.kind(),
        version: draft.event.version(),
        incident: stamp.incident,
        revision: stamp.revision,
        recorded_at: &told(recorded_at),
        command_id: stamp.command_id,
        index: stamp.index,
        actor: &draft.actor,
        occurred: draft.occurred,
        told: draft.told,
        source: draft.source.as_ref(),
        origin: draft.origin.as_ref(),
        clock: clock.as_deref(),
        request: stamp.request.filter(|_| stamp.index == 0),
    };
    serde_json::to_string(&header).map_err(|error| StoreError::Unacceptable(error.to_string()))
}

/// What is written of the time into the headers of these events, taken now in a record whose last time is this; and
/// whether they say whose clock was wrong. That takes the record's last time back to the last right one.
pub fn stamp(time: &Timekeeping, last: Option<DateTime<Utc>>, events: &[Draft]) -> (Stamped, bool) {
    let settled = events.iter().find_map(|draft| match &draft.event {
        IncidentEvent::System(SystemEvent::ClockSettled(settled)) => Some(settled),
        _ => None,
    });
    (time.stamp(settled.map_or(last, |settled| Some(settled.resumes))), settled.is_some())
}

/// The same of an event that is read: of the header, and not of what counts.
pub fn stamped(recorded: &Recorded) -> Stamped {
    Stamped { recorded_at: recorded.recorded_at, clock: recorded.clock }
}

/// Whether an event says whose clock was wrong.
pub fn settles(recorded: &Recorded) -> bool {
    recorded.event.kind() == ClockSettled::KIND
}

/// The headers' JSON of an append, in order, by the stamp of its first event.
pub fn headers<'a>(
    first: Stamp<'_>,
    drafts: impl IntoIterator<Item = &'a Draft>,
) -> Result<Vec<String>, StoreError> {
    let stamped = |(draft, index): (&Draft, u32)| {
        let revision = Revision(first.revision.0 + u64::from(index));
        header(draft, &Stamp { revision, index: first.index + index, ..first })
    };
    drafts.into_iter().zip(0_u32..).map(stamped).collect()
}

/// The moment of a stamp in microseconds.
pub fn moment_of(micros: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| {
        StoreError::Unavailable("the clock of this machine shows an impossible date; correct it".to_owned())
    })
}

/// A payload on its way into a store.
pub struct Sealed {
    /// Its JSON.
    pub payload: Box<RawValue>,
    /// What is hashed with it.
    pub salt: Salt,
    /// The digest of both.
    pub digest: Digest,
}

/// The payloads' JSON, in order, each with a salt of its own; refuses an append that no store takes.
pub fn seal(append: &Append) -> Result<Vec<Sealed>, StoreError> {
    let count = append.events.len();
    if count == 0 {
        return Err(StoreError::Unacceptable("an append needs at least one event".to_owned()));
    }
    if count > Append::LIMIT {
        let limit = Append::LIMIT;
        return Err(StoreError::Unacceptable(format!("{count} events in one append; at most {limit} fit")));
    }
    let payloads: Vec<_> = append.events.iter().map(|draft| draft.event.payload()).collect();
    let bytes: usize = payloads.iter().map(|payload| payload.get().len()).sum();
    if bytes > APPEND_BYTES {
        return Err(StoreError::Unacceptable(format!(
            "{bytes} bytes in one append; at most {APPEND_BYTES} fit"
        )));
    }
    let seal = |(payload, salt): (Box<RawValue>, Salt)| {
        one_line(payload.get())?;
        let digest = salt.digest(payload.get());
        Ok(Sealed { payload, salt, digest })
    };
    payloads.into_iter().zip(salts(count)?).map(seal).collect()
}

/// So many salts.
pub fn salts(count: usize) -> Result<Vec<Salt>, StoreError> {
    chance::salts(count).map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// Refuses a header or payload with a line's end in it: stores and exports keep each on a line.
pub fn one_line(text: &str) -> Result<(), StoreError> {
    if text.contains(['\n', '\r']) {
        return Err(StoreError::Unacceptable("a header or payload has a line's end in it".to_owned()));
    }
    Ok(())
}

/// An event's leaf in the ledger.
pub fn leaf(header: &str, body: &Digest) -> Result<Digest, StoreError> {
    hash::leaf(header, body).map_err(|error| StoreError::Unacceptable(error.to_string()))
}

/// Reads events back, a page of them at a time.
///
/// Few incidents and few people fill a page, so what they are called is checked once and then recognised
/// by its bytes.
#[derive(Default)]
pub struct Decoder {
    incidents: Known<IncidentId>,
    actors: Known<(Box<str>, Actor)>,
}

impl Decoder {
    /// Reads one event out of its two texts. Kinds and versions that this program does not know come out
    /// as [`IncidentEvent::Unknown`], with the payload's bytes as they are.
    pub fn decode(
        &mut self,
        position: Position,
        header: &str,
        payload: &str,
    ) -> Result<Recorded, serde_json::Error> {
        let header = Header::read(header)?;
        let id = &*header.incident;
        let read_id = || IncidentId::stored(id).map_err(serde_json::Error::custom);
        let incident: &IncidentId = self.incidents.recognise(id, |known| known.as_str() == id, read_id)?;
        let json = header.actor;
        let read_actor = || Ok::<_, serde_json::Error>((json.into(), serde_json::from_str(json)?));
        let (_, actor) = self.actors.recognise(json, |(known, _)| **known == *json, read_actor)?;
        Ok(Recorded {
            position,
            incident: incident.clone(),
            revision: header.revision,
            recorded_at: header.recorded_at,
            clock: header.clock,
            standing: TimeStanding::default(),
            index: header.index,
            cause: Cause {
                command_id: header.command_id,
                actor: actor.clone(),
                occurred: header.occurred,
                told: header.told,
                source: header.source,
                origin: header.origin,
                namesakes: Namesakes::default(),
            },
            request: header.request,
            event: IncidentEvent::from_payload(&header.kind, header.version, payload)?,
        })
    }
}

/// Field order is byte order: see the golden test below.
#[derive(Serialize)]
struct HeaderOut<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    version: u32,
    incident: &'a IncidentId,
    revision: Revision,
    recorded_at: &'a str,
    command_id: CommandId,
    index: u32,
    actor: &'a Actor,
    occurred: When,
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Fingerprint>,
}

/// A kept event, read; as recorded at its own stamp, which is not later than when it counts as recorded.
pub fn read(decoder: &mut Decoder, kept: &Kept) -> Result<Recorded, serde_json::Error> {
    decoder.decode(kept.position, &kept.header, kept.payload())
}

#[cfg(test)]
mod tests {
    use scribe_domain::event::Unknown;
    use scribe_domain::event::words::Noted;
    use scribe_domain::text::Text;
    use uuid::Uuid;

    use super::*;

    fn stamp(incident: &IncidentId) -> Stamp<'_> {
        Stamp {
            incident,
            revision: Revision(7),
            stamped: Stamped {
                recorded_at: DateTime::from_timestamp_micros(1_672_855_507_000_250).unwrap(),
                clock: None,
            },
            command_id: CommandId(Uuid::from_u128(0x0190_a9a0_0000_7000_8000_0000_0000_0001)),
            index: 2,
            request: None,
        }
    }

    fn a_draft(event: impl Into<IncidentEvent>) -> Draft {
        Draft {
            actor: Actor {
                who: "integration:alertmanager".parse().unwrap(),
                via: Label::new("alertmanager").unwrap(),
                on_behalf_of: Some("Zac \"Z\" Bentley".parse().unwrap()),
            },
            occurred: "~2023-01-04T18:05Z".parse().unwrap(),
            told: None,
            source: Some(Label::new("delivery-42").unwrap()),
            origin: None,
            event: event.into(),
        }
    }

    fn draft(recorded: Recorded) -> Draft {
        let Recorded { cause, event, .. } = recorded;
        let Cause { actor, occurred, told, source, origin, .. } = cause;
        Draft { actor, occurred, told, source, origin, event }
    }

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).unwrap()
    }

    fn decode(header: &str, payload: &RawValue) -> Result<Recorded, serde_json::Error> {
        Decoder::default().decode(Position(9), header, payload.get())
    }

    #[test]
    fn the_headers_bytes_are_pinned() {
        let incident = "20230104-list-import-problems".parse().unwrap();
        let mut draft = a_draft(Noted { text: Text::new("x").unwrap() });
        let golden = concat!(
            r#"{"type":"noted","version":1,"incident":"20230104-list-import-problems","revision":7,"#,
            r#""recorded_at":"2023-01-04T18:05:07.000250Z","#,
            r#""command_id":"0190a9a0-0000-7000-8000-000000000001","index":2,"#,
            r#""actor":{"who":"integration:alertmanager","via":"alertmanager","#,
            r#""on_behalf_of":"Zac \"Z\" Bentley"},"#,
            r#""occurred":"~2023-01-04T18:05Z","source":"delivery-42"}"#,
        );
        assert_eq!(header(&draft, &stamp(&incident)).unwrap(), golden);
        draft.source = None;
        let without = golden.replace(r#","source":"delivery-42""#, "");
        assert_eq!(header(&draft, &stamp(&incident)).unwrap(), without);
        draft.origin = "uid:1000@bastion".parse().ok();
        let request = "00112233445566778899aabbccddeeff".parse().ok();
        let first = Stamp { index: 0, request, ..stamp(&incident) };
        let with = without.replace(r#""index":2"#, r#""index":0"#).replace(
            r#""occurred":"~2023-01-04T18:05Z""#,
            r#""occurred":"~2023-01-04T18:05Z","origin":"uid:1000@bastion","request":"00112233445566778899aabbccddeeff""#,
        );
        assert_eq!(header(&draft, &first).unwrap(), with);
        let behind = DateTime::from_timestamp_micros(1_672_848_307_000_250);
        let stamped = Stamped { clock: behind, ..first.stamped };
        let clock = r#""origin":"uid:1000@bastion","clock":"2023-01-04T16:05:07.000250Z","request""#;
        let behind_it = with.replace(r#""origin":"uid:1000@bastion","request""#, clock);
        assert_eq!(header(&draft, &Stamp { stamped, ..first }).unwrap(), behind_it);
        let read = decode(&behind_it, raw(r#"{"text":"x"}"#)).unwrap();
        assert_eq!(super::stamped(&read), stamped);
        let read = decode(&with, raw(r#"{"text":"x"}"#)).unwrap();
        assert_eq!((&read.cause.origin, read.request), (&draft.origin, request));
        draft.told = "2023-01-04T16:04:58Z".parse().ok();
        let put_right = with.replace(r#","origin""#, r#","told":"2023-01-04T16:04:58Z","origin""#);
        assert_eq!(header(&draft, &first).unwrap(), put_right);
        assert_eq!(decode(&put_right, raw(r#"{"text":"x"}"#)).unwrap().cause.told, draft.told);
    }

    #[test]
    fn an_event_reads_back_as_it_was_told() {
        let incident = "20230104-list-import-problems".parse().unwrap();
        let told = a_draft(Noted { text: Text::new("zwei\nZeilen, \"so\" 🚒 \u{2028}").unwrap() });
        let header = header(&told, &stamp(&incident)).unwrap();
        let recorded = decode(&header, &told.event.payload()).unwrap();
        assert_eq!(recorded.position, Position(9));
        assert_eq!(recorded.incident, incident);
        assert_eq!(super::stamped(&recorded), stamp(&incident).stamped);
        assert_eq!((recorded.revision, recorded.index), (Revision(7), 2));
        assert_eq!(draft(recorded), told);
    }

    #[test]
    fn what_a_newer_program_wrote_keeps_its_bytes() {
        let incident = "20230104-list-import-problems".parse().unwrap();
        for (kind, version) in [("teleported", 1), ("noted", 2)] {
            let payload = raw(r#"{ "b":1.50, "a" : "\u00e9" }"#);
            let told = a_draft(IncidentEvent::Unknown(Unknown {
                kind: kind.into(),
                version,
                payload: payload.to_owned(),
            }));
            let header = header(&told, &stamp(&incident)).unwrap();
            let newer = header.replacen('{', r#"{"mood":"calm","#, 1);
            let recorded = decode(&newer, &told.event.payload()).unwrap();
            assert_eq!(recorded.event.payload().get(), payload.get());
            assert_eq!(super::header(&draft(recorded), &stamp(&incident)).unwrap(), header);
        }
    }

    #[test]
    fn a_known_event_that_does_not_read_is_an_error() {
        let incident = "20230104-list-import-problems".parse().unwrap();
        let header = header(&a_draft(Noted { text: Text::new("x").unwrap() }), &stamp(&incident)).unwrap();
        assert!(decode(&header, raw(r#"{"txt":"x"}"#)).is_err());
        let path = header.replace("20230104-list-import-problems", "../x");
        assert!(decode(&path, raw(r#"{"text":"x"}"#)).is_err());
    }
}
