//! Erasing a person from the record: what names them in words is erased event by event, all for one reason; what cannot
//! be erased is told.

use std::collections::BTreeMap;

use chrono::SubsecRound as _;
use scribe_domain::actor::{Actor, Person};
use scribe_domain::command::{Redact, Request, Target};
use scribe_domain::event::IncidentEvent;
use scribe_domain::execute::ExecuteError;
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::mentions::{Mentions, is_named_in};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::text::Text;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::Caller;
use super::rights::{GateError, Sight};
use super::{App, Deed, Scope};

/// The most events read at once.
const BATCH: usize = 500;

/// Erasing a person, or only saying what that would do.
#[derive(Debug, Clone)]
pub struct ErasePerson {
    /// Who does it.
    pub actor: Actor,
    /// Whom, by their name.
    pub name: Person,
    /// Why; kept for ever with each erasure.
    pub why: Text,
    /// Whether only to say what would be erased.
    pub dry_run: bool,
}

/// What was erased of a person, or would be, and what stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PersonErasure {
    /// Whom.
    pub name: Person,
    /// Whether that was only looked at.
    pub dry_run: bool,
    /// Where they are named, by incident.
    pub incidents: Vec<NamedIn>,
    /// How many acts of administration name them (tokens, looks at private incidents): none is erased.
    pub administered: u64,
}

/// How the events of one incident name somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NamedIn {
    /// The incident.
    pub incident: IncidentId,
    /// The events whose words name them: those are erased.
    pub words: Vec<NamedEvent>,
    /// How many events they told, or were told for them: that stands in headers, which every proof is of, and stays.
    pub told: u64,
    /// In how many events they are named besides where it stays: as somebody who got a role, approved a line, in the
    /// reason of an erasure, in a tool's own key.
    pub stays: u64,
    /// Whether the incident's id names them, which stays too.
    pub id: bool,
}

/// An event whose words name somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NamedEvent {
    /// The event.
    pub event: EventId,
    /// Its kind.
    pub kind: String,
}

impl Deed for ErasePerson {
    type Answer = PersonErasure;
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        Scope::Redact
    }

    async fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        sight: &Sight,
    ) -> Result<PersonErasure, GateError<ExecuteError>> {
        // Half of it would be taken for all of it.
        sight.must_be_whole().map_err(GateError::NotAllowed)?;
        let Self { actor, name, why, dry_run } = self;
        let actor = caller.rights.speaker(actor).map_err(GateError::NotAllowed)?;
        if is_named_in(&name, why.as_str()) {
            let refusal = Refusal::new(
                Reason::NotErasable,
                "the reason names whom it is about, and is kept for ever",
                "say what kind of reason it is: \"They asked for it.\"",
            );
            return Err(GateError::Failed(refusal.into()));
        }
        let found = app.where_named(&name, dry_run).await?;
        if dry_run {
            return Ok(found);
        }
        for NamedIn { incident, words, .. } in &found.incidents {
            for NamedEvent { event, .. } in words {
                let cause = Cause {
                    command_id: CommandId(Uuid::now_v7()),
                    actor: actor.clone(),
                    occurred: When::second(app.now().trunc_subsecs(0)),
                    source: None,
                    origin: caller.rights.identity().cloned(),
                    namesakes: Namesakes::default(),
                };
                let redact = Redact { target: *event, why: why.clone() };
                let request = Request::new(Target::Incident(incident.clone()), redact.into(), cause);
                app.execute(request, None, sight).await?;
            }
        }
        Ok(found)
    }
}

impl App {
    /// Where a person is named in the record as it stands.
    async fn where_named(&self, name: &Person, dry_run: bool) -> Result<PersonErasure, ExecuteError> {
        let (mut after, mut administered) = (Position(0), 0);
        let mut incidents: BTreeMap<IncidentId, NamedIn> = BTreeMap::new();
        loop {
            let events = self.store().read(after, BATCH).await?;
            let Some(last) = events.last() else { break };
            after = last.position;
            for recorded in &events {
                let mentions = Mentions::of(name, recorded, self.corrected_by(recorded).await?.as_ref());
                let incident = &recorded.incident;
                let id = incident.is_incident() && is_named_in(name, incident.as_str());
                if !mentions.is_some() && !id {
                    continue;
                }
                if !incident.is_incident() {
                    administered += 1;
                    continue;
                }
                let named = incidents.entry(incident.clone()).or_insert_with(|| NamedIn {
                    incident: incident.clone(),
                    words: Vec::new(),
                    told: 0,
                    stays: 0,
                    id,
                });
                if mentions.goes > 0 {
                    let kind = recorded.event.kind().to_owned();
                    named.words.push(NamedEvent { event: recorded.event_id(), kind });
                }
                named.told += u64::from(mentions.tells);
                named.stays += u64::from(mentions.stays > 0 || mentions.in_header);
            }
        }
        let incidents = incidents.into_values().collect();
        Ok(PersonErasure { name: name.clone(), dry_run, incidents, administered })
    }

    /// The event that a correction corrects.
    async fn corrected_by(&self, recorded: &Recorded) -> Result<Option<IncidentEvent>, ExecuteError> {
        let IncidentEvent::Corrected(correction) = &recorded.event else { return Ok(None) };
        let history = self.store().history(&recorded.incident, Revision::NEW).await?;
        let target = history.into_iter().find(|other| other.event_id() == correction.target);
        Ok(target.map(|target| target.event))
    }
}
