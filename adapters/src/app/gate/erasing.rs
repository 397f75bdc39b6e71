//! Erasing a person from the record: what names them in words is erased event by event, all for one reason, and wiped at
//! once; what cannot be erased is told. They are looked for by each of their names in the directory of people.

use std::collections::BTreeMap;
use std::iter::once;

use chrono::SubsecRound as _;
use scribe_domain::actor::{Actor, Person};
use scribe_domain::command::{Redact, Request, Target};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::mentions::{Mentions, is_named_in};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::system::people::PersonEntry;
use scribe_domain::text::Text;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::Caller;
use super::rights::{GateError, Sight};
use super::speaker::Speaker;
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
    /// Whether only that name is looked for, and not the others that the directory has for them.
    pub only_this_name: bool,
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
    /// By which other names they were looked for: what else the directory of people has for them.
    #[serde(default)]
    pub other_names: Vec<Person>,
    /// Whether that was only looked at.
    pub dry_run: bool,
    /// Where they are named, by incident.
    pub incidents: Vec<NamedIn>,
    /// The events of the directory of people that name them. None is erased: by them it is known which names are one
    /// person's, and so who may approve what and see what.
    #[serde(default)]
    pub directory: Vec<NamedEvent>,
    /// How many other acts of administration name them (tokens, sessions, looks at private incidents): none is erased.
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

/// An event whose words name somebody, or which tells something of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NamedEvent {
    /// The event.
    pub event: EventId,
    /// Its kind.
    pub kind: String,
    /// By which of their names.
    #[serde(default)]
    pub names: Vec<Person>,
}

/// How an event names somebody, by all of their names.
#[derive(Debug, Default)]
struct Found {
    /// By which names in words that go.
    goes: Vec<Person>,
    /// By which names where it stays.
    stays: Vec<Person>,
    /// Whether they told it.
    tells: bool,
    /// Whether they are named elsewhere in the header.
    in_header: bool,
}

impl Found {
    fn of(names: &[Person], recorded: &Recorded, corrects: Option<&IncidentEvent>) -> Self {
        let mut found = Self::default();
        for name in names {
            let mentions = Mentions::of(name, recorded, corrects);
            found.tells |= mentions.tells;
            found.in_header |= mentions.in_header;
            found.goes.extend((mentions.goes > 0).then(|| name.clone()));
            found.stays.extend((mentions.stays > 0).then(|| name.clone()));
        }
        found
    }

    fn is_some(&self) -> bool {
        self.tells || self.in_header || !self.goes.is_empty() || !self.stays.is_empty()
    }
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
        let Self { actor, name, only_this_name, why, dry_run } = self;
        let Speaker { actor, origin } = app.speaker(caller, actor, None).await?;
        let other_names = if only_this_name { Vec::new() } else { app.other_names(&name).await? };
        if once(&name).chain(&other_names).any(|name| is_named_in(name, why.as_str())) {
            let refusal = Refusal::new(
                Reason::NotErasable,
                "the reason names whom it is about, and is kept for ever",
                "say what kind of reason it is: \"They asked for it.\"",
            );
            return Err(GateError::Failed(refusal.into()));
        }
        let found = app.where_named(name, other_names, dry_run).await?;
        if dry_run {
            return Ok(found);
        }
        let (erasing, events) = (app.clone(), found.events());
        // Whoever asked may give up the wait; what was begun is wiped all the same.
        let done = tokio::spawn(async move { erasing.erase_all(events, &actor, origin, &why).await });
        let stopped =
            |error| ExecuteError::from(StoreError::Unavailable(format!("the erasing stopped: {error}")));
        done.await.map_err(|error| GateError::Failed(stopped(error)))??;
        Ok(found)
    }
}

impl PersonErasure {
    /// What is to be erased, in order.
    fn events(&self) -> Vec<(IncidentId, EventId)> {
        let of = |named: &NamedIn| {
            let incident = named.incident.clone();
            named.words.iter().map(move |word| (incident.clone(), word.event)).collect::<Vec<_>>()
        };
        self.incidents.iter().flat_map(of).collect()
    }
}

impl App {
    /// Erases all of these and then wipes what is left of them: also what an earlier erasing, cut short, has left.
    async fn erase_all(
        &self,
        events: Vec<(IncidentId, EventId)>,
        actor: &Actor,
        origin: Option<Identity>,
        why: &Text,
    ) -> Result<(), ExecuteError> {
        let mut done = Ok(());
        for (incident, target) in events {
            let cause = Cause {
                command_id: CommandId(Uuid::now_v7()),
                actor: actor.clone(),
                occurred: When::second(self.now().trunc_subsecs(0)),
                told: None,
                source: None,
                origin: origin.clone(),
                namesakes: Namesakes::default(),
            };
            let redact = Redact { target, why: why.clone() };
            let request = Request::new(Target::Incident(incident), redact.into(), cause).wiped_by_scrub();
            done = self.execute_for_all(request).await.map(drop);
            if done.is_err() {
                break;
            }
        }
        let wiped = self.store().scrub().await;
        done?;
        Ok(wiped?)
    }

    /// Every other name that the directory of people has for whom this one means.
    async fn other_names(&self, name: &Person) -> Result<Vec<Person>, ExecuteError> {
        let people = self.people().await?;
        let mut others: Vec<Person> = Vec::new();
        for other in people.entry(name).into_iter().flat_map(PersonEntry::names) {
            if other != name && !others.contains(other) {
                others.push(other.clone());
            }
        }
        Ok(others)
    }

    /// Where a person is named in the record as it stands, by any of their names.
    async fn where_named(
        &self,
        name: Person,
        other_names: Vec<Person>,
        dry_run: bool,
    ) -> Result<PersonErasure, ExecuteError> {
        let names: Vec<Person> = once(&name).chain(&other_names).cloned().collect();
        let (mut after, mut administered, mut directory) = (Position(0), 0, Vec::new());
        let mut incidents: BTreeMap<IncidentId, NamedIn> = BTreeMap::new();
        loop {
            let events = self.store().read(after, BATCH).await?;
            let Some(last) = events.last() else { break };
            after = last.position;
            for recorded in &events {
                let found = Found::of(&names, recorded, self.corrected_by(recorded).await?.as_ref());
                let incident = &recorded.incident;
                let id =
                    incident.is_incident() && names.iter().any(|name| is_named_in(name, incident.as_str()));
                if !found.is_some() && !id {
                    continue;
                }
                let event_of = |names| NamedEvent {
                    event: recorded.event_id(),
                    kind: recorded.event.kind().to_owned(),
                    names,
                };
                if !incident.is_incident() {
                    if *incident == IncidentId::people() && !found.stays.is_empty() {
                        directory.push(event_of(found.stays));
                    } else {
                        administered += 1;
                    }
                    continue;
                }
                let in_it = incidents.entry(incident.clone()).or_insert_with(|| NamedIn {
                    incident: incident.clone(),
                    words: Vec::new(),
                    told: 0,
                    stays: 0,
                    id,
                });
                in_it.told += u64::from(found.tells);
                in_it.stays += u64::from(!found.stays.is_empty() || found.in_header);
                if !found.goes.is_empty() {
                    in_it.words.push(event_of(found.goes));
                }
            }
        }
        let incidents = incidents.into_values().collect();
        Ok(PersonErasure { name, other_names, dry_run, incidents, directory, administered })
    }

    /// The event that a correction corrects.
    async fn corrected_by(&self, recorded: &Recorded) -> Result<Option<IncidentEvent>, ExecuteError> {
        let IncidentEvent::Corrected(correction) = &recorded.event else { return Ok(None) };
        let history = self.store().history(&recorded.incident, Revision::NEW).await?;
        let target = history.into_iter().find(|other| other.event_id() == correction.target);
        Ok(target.map(|target| target.event))
    }
}
