//! What a subscription did not tell: the numbers of events show it, and their streams have it.

use std::collections::HashSet;

use scribe_domain::event_store::EventStore;
use scribe_domain::ids::{EventId, IncidentId, Revision};

use super::assembly::{Assembly, Outcome, Whole};
use super::{Halt, Intake, Streams, unwritable};
use crate::store::kurrent::client::{LogEvent, Trouble};

/// How many events are fetched at once.
const PAGE: usize = 1_000;

impl Intake {
    /// The events of a stream before this one which have not been told, as far as they are still to come in the
    /// order of the log.
    pub(super) async fn missing(
        &mut self,
        mirror: &dyn EventStore,
        streams: &dyn Streams,
        incident: &IncidentId,
        from: u64,
        seen: &LogEvent,
    ) -> Result<Vec<LogEvent>, Halt> {
        let fetched = fetch(streams, &seen.stream, from, seen.number).await?;
        if fetched.len() as u64 != seen.number - from {
            self.arrivals.note_cut(incident, cut(incident, from, seen.number));
        }
        let behind = fetched.iter().take_while(|event| Some(event.place) <= self.latest).count();
        if let Some(last) = behind.checked_sub(1).and_then(|last| fetched.get(last)) {
            self.must_have(mirror, streams, incident, last.number).await?;
        }
        Ok(fetched.into_iter().skip(behind).collect())
    }

    /// Whether the mirror has what counts of a stream up to an event that was passed: if the stream is longer than
    /// the incident, then by what does not count.
    async fn must_have(
        &mut self,
        mirror: &dyn EventStore,
        streams: &dyn Streams,
        incident: &IncidentId,
        last: u64,
    ) -> Result<(), Halt> {
        let stream = self.names.incident(incident);
        let mut assembly = Assembly::new(self.names.clone());
        let mut revision = Revision::NEW;
        let mut requests = HashSet::new();
        for event in fetch(streams, &stream, 0, last + 1).await? {
            if let Outcome::Whole(whole) = assembly.take(&event)
                && whole.first.0 == revision.0 + 1
                && requests.insert(whole.command_id)
                && !self.is_repeat(mirror, streams, &whole).await?
            {
                revision = whole.last();
            }
        }
        let ours = self.revision(mirror, incident).await?;
        if revision > ours {
            return Err(Halt::Lacks { incident: incident.clone() });
        }
        self.arrivals.note_length(incident, last + 1, ours);
        Ok(())
    }

    /// Whether an append's request stands in another incident, and earlier in the log.
    async fn is_repeat(
        &self,
        mirror: &dyn EventStore,
        streams: &dyn Streams,
        whole: &Whole,
    ) -> Result<bool, Halt> {
        let known = mirror.receipt(whole.command_id).await.map_err(|error| unwritable(&error))?;
        let Some(known) = known.filter(|known| known.incident != whole.incident) else { return Ok(false) };
        let stream = self.names.incident(&known.incident);
        let first = EventId::derive(whole.command_id, 0).0;
        let mut from = known.revision.0.saturating_sub(known.events.len() as u64);
        loop {
            let page = streams.read(&stream, from, PAGE).await?.unwrap_or_default();
            if let Some(found) = page.iter().find(|event| event.id == first) {
                return Ok(found.place < whole.place);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = last.number + 1,
                // Its stream was cut.
                _ => return Ok(true),
            }
        }
    }
}

/// The events of a stream from a number on and before another, as many as it has.
async fn fetch(
    streams: &dyn Streams,
    stream: &str,
    from: u64,
    before: u64,
) -> Result<Vec<LogEvent>, Trouble> {
    let mut events: Vec<LogEvent> = Vec::new();
    let mut from = from;
    while from < before {
        let limit = usize::try_from(before - from).map_or(PAGE, |rest| rest.min(PAGE));
        let page = streams.read(stream, from, limit).await?.unwrap_or_default();
        let Some(last) = page.last() else { break };
        from = last.number + 1;
        let full = page.len() == limit;
        events.extend(page.into_iter().filter(|event| event.number < before));
        if !full {
            break;
        }
    }
    Ok(events)
}

fn cut(incident: &IncidentId, from: u64, before: u64) -> String {
    format!(
        "the cluster no longer has all events {from} to {} of the stream of {incident}: somebody truncated or \
         deleted it; what this node has shown of it stays, what was recorded there since cannot be read",
        before - 1
    )
}
