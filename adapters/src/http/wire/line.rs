//! An event as a line of the feed.

use chrono::{DateTime, Utc};
use scribe_domain::actor::Actor;
use scribe_domain::clocks::{Proven, TimeStanding};
use scribe_domain::identity::Identity;
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde_json::value::RawValue;

/// An event as a line of the feed.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Event")]
pub struct EventLine<'a> {
    /// Its place in the whole record, from 1.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// The incident.
    pub incident: &'a IncidentId,
    /// Its place in the incident, from 1.
    pub revision: Revision,
    /// When it counts as recorded.
    pub recorded_at: DateTime<Utc>,
    /// What the clock of the machine said that took it, where that differs by more than clocks do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<DateTime<Utc>>,
    /// Whether clocks disagree about when it was recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// What is proven of when it was recorded, where a wrong clock stamped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven: Option<&'a Proven>,
    /// When it happened, as told.
    pub occurred: When,
    /// When it happened by the clock of whoever told it, where that clock was wrong and `occurred` was put right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<When>,
    /// Who told it.
    pub actor: &'a Actor,
    /// The teller's own key for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a Label>,
    /// How it is known who told it, beside the name that they go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<&'a Identity>,
    /// The request that caused it; its id follows from this and `index`.
    pub command_id: CommandId,
    /// Its index (from 0) among the events of that request.
    pub index: u32,
    /// What kind of event it is.
    pub kind: &'a str,
    /// The version of the kind's form.
    pub version: u32,
    /// The event's own fields.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub fields: Box<RawValue>,
}

impl<'a> EventLine<'a> {
    /// The line for an event.
    pub fn of(recorded: &'a Recorded) -> Self {
        Self {
            position: recorded.position,
            id: recorded.event_id(),
            incident: &recorded.incident,
            revision: recorded.revision,
            recorded_at: recorded.recorded_at,
            clock: recorded.clock,
            disputed: recorded.standing == TimeStanding::Disputed,
            proven: recorded.standing.proven(),
            occurred: recorded.cause.occurred,
            told: recorded.cause.told,
            actor: &recorded.cause.actor,
            source: recorded.cause.source.as_ref(),
            origin: recorded.cause.origin.as_ref(),
            command_id: recorded.cause.command_id,
            index: recorded.index,
            kind: recorded.event.kind(),
            version: recorded.event.version(),
            fields: recorded.event.payload(),
        }
    }
}
