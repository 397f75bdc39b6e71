//! `scribe redact`: erasing the words of an event, and saying where else they may stand.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::command::Redact;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::recorded::Recorded;

use crate::cli::common::address::Address;
use crate::cli::common::command::{CommandRequest, RecordingOptions, record};
use crate::cli::common::desk::Desk;
use crate::cli::common::event::EventRef;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::feed::{Line, Lines};
use crate::cli::common::incident::{Care, IncidentRef};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::say;

const ERASING: &str = "\
What goes: every text of the event: prose, titles, lines, addresses, output, names of components.
What stays: who recorded it and when, numbers, tiers, people, digests, and the incident's id, though that
was once made from its title. Every proof given out before still holds.

A secret that was in the record must still be changed: people have read it, its line's digest
can be checked by guessing, and exports, backups and replicas made before still contain it. Other
events may contain the same words: corrections of this one, and the start and the end of a run.";

/// Erase the words of something recorded before, for good; its place and its proof stay.
#[derive(Debug, Clone, Args)]
#[command(after_help = ERASING)]
pub(super) struct RedactArgs {
    #[command(flatten)]
    event: EventRef,
    /// Why; this is kept for ever, so say what kind of thing it was and not the thing itself
    #[arg(value_name = "TEXT", required_unless_present = "reason")]
    said: Option<String>,
    /// The same, as an option
    #[arg(long, value_name = "TEXT", alias = "why", conflicts_with = "said", hide = true)]
    reason: Option<String>,
    /// The event's incident; needed unless the event's whole id is given, which is searched for in the whole record
    #[arg(long, value_name = "INCIDENT", env = "SCRIBE_INCIDENT", hide_env_values = true)]
    incident: Option<IncidentRef>,
    #[command(flatten)]
    recording: RecordingOptions,
}

#[async_trait(?Send)]
impl Effect for RedactArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk()?;
        let why = desk.text("the reason", self.said.or(self.reason).as_deref().unwrap_or_default())?;
        let (mut event, whole) = (self.event.clone(), self.event.whole());
        let incident = match (self.incident, whole) {
            (Some(mut incident), _) => incident.find(desk, Care::Final).await?,
            (None, Some(event)) => incident_of(desk, event).await?,
            (None, None) => {
                return Err(Failure::new(
                    Kind::BadInput,
                    "it is not said which incident the event is of",
                    "name it with --incident (@ is the open one), or give the event's whole id",
                ));
            }
        };
        let event = event.find(desk, &incident).await?;
        let history = history(desk, &incident).await?;
        let redact = Redact { target: event, why };
        let code = record(desk, &CommandRequest::new(desk, Some(incident), redact, self.recording)?).await?;
        if !desk.quiet && code == exit::DONE {
            for also in also_said_by(&history, event) {
                say(&format!("hint: {also}"));
            }
            say("hint: a secret must still be changed; exports and backups made before still contain it");
        }
        Ok(code)
    }
}

/// An event's id doesn't tell its incident, and nothing else asks that way round: the feed is read until
/// it is found.
async fn incident_of(desk: &Desk, event: EventId) -> Result<IncidentId, Failure> {
    let mut lines = Lines::open(desk, &Address::of(&["v1", "events"])).await?;
    while let Some(line) = lines.next().await? {
        let line = Line::read(&line)?;
        if line.event_id() == event {
            return Ok(line.incident);
        }
    }
    Err(Failure::new(
        Kind::Refused,
        format!("the record has no event {event}"),
        "find event ids with `scribe timeline INCIDENT --ids`",
    ))
}

pub(super) async fn history(desk: &Desk, incident: &IncidentId) -> Result<Vec<Recorded>, Failure> {
    let address = Address::of(&["v1", "events"]).with("incident", incident);
    let mut lines = Lines::open(desk, &address).await?;
    let mut history = Vec::new();
    while let Some(line) = lines.next().await? {
        history.push(Line::read(&line)?.recorded()?);
    }
    Ok(history)
}

/// Where else the erased words may stand, each as a sentence.
fn also_said_by(history: &[Recorded], erased: EventId) -> Vec<String> {
    let target = history.iter().find(|recorded| recorded.event_id() == erased);
    let is_erased = |id: EventId| {
        history.iter().any(|recorded| matches!(&recorded.event, E::Redacted(e) if e.target == id))
    };
    let others = history.iter().filter(|recorded| {
        let id = recorded.event_id();
        id != erased && !is_erased(id) && may_repeat(&recorded.event, erased, target)
    });
    let mut said: Vec<String> = others
        .map(|other| {
            let (kind, id) = (other.event.kind().replace('_', " "), other.event_id());
            format!("the same words may be in event {id} ({kind})")
        })
        .collect();
    if let Some(Recorded { event: E::Declared(_), incident, .. }) = target {
        said.push(format!("the incident is still called {incident}: its id is part of every proof"));
    }
    said
}

/// Whether an event is one that tends to say the same as the erased one.
fn may_repeat(event: &E, erased: EventId, target: Option<&Recorded>) -> bool {
    match (event, target.map(|target| &target.event)) {
        (E::Corrected(e), _) => e.target == erased,
        (one, Some(other)) => run(one).is_some_and(|number| run(other) == Some(number)),
        (_, None) => false,
    }
}

/// The run whose line this event holds.
fn run(event: &E) -> Option<u32> {
    match event {
        E::RunProposed(e) => Some(e.run),
        E::RunStarted(e) => Some(e.run),
        E::RunFinished(e) => Some(e.run),
        _ => None,
    }
}
