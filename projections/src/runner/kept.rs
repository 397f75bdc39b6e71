//! Events in a form that serialises, for snapshots.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use scribe_domain::actor::Actor;
use scribe_domain::event::{IncidentEvent, VERSION};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An event without its incident, which stands beside the list of them.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptForm<'a> {
    position: Position,
    revision: Revision,
    recorded_at: DateTime<Utc>,
    index: u32,
    command_id: CommandId,
    actor: Cow<'a, Actor>,
    occurred: When,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Label>,
    kind: Cow<'a, str>,
    version: u32,
    payload: Box<RawValue>,
}

impl<'a> KeptForm<'a> {
    pub(super) fn of(recorded: &'a Recorded) -> Self {
        Self {
            position: recorded.position,
            revision: recorded.revision,
            recorded_at: recorded.recorded_at,
            index: recorded.index,
            command_id: recorded.cause.command_id,
            actor: Cow::Borrowed(&recorded.cause.actor),
            occurred: recorded.cause.occurred,
            source: recorded.cause.source.clone(),
            kind: recorded.event.kind().into(),
            version: match &recorded.event {
                IncidentEvent::Unknown(unknown) => unknown.version,
                _ => VERSION,
            },
            payload: recorded.event.payload(),
        }
    }

    pub(super) fn read(self, incident: &IncidentId) -> Result<Recorded, serde_json::Error> {
        Ok(Recorded {
            position: self.position,
            incident: incident.clone(),
            revision: self.revision,
            recorded_at: self.recorded_at,
            index: self.index,
            cause: Cause {
                command_id: self.command_id,
                actor: self.actor.into_owned(),
                occurred: self.occurred,
                source: self.source,
            },
            event: IncidentEvent::from_payload(&self.kind, self.version, &self.payload)?,
        })
    }
}
