//! Erasing the words of an event, and saying where else they may stand.

use scribe_domain::command::Redact;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::recorded::Recorded;

use crate::cli::common::address::Address;
use crate::cli::args::record::RedactArgs;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::feed::{Line, Lines};
use crate::cli::common::command::{Telling, tell};
use crate::cli::common::terminal::say;

/// `scribe redact`.
pub(in crate::cli) async fn redact(desk: &Desk, args: RedactArgs) -> Result<(), Failure> {
    let why = desk.text("--reason", &args.reason)?;
    let incident = match args.incident {
        Some(incident) => incident,
        None => incident_of(desk, args.event).await?,
    };
    let history = history(desk, &incident).await?;
    let telling = Telling::of(desk, Some(incident), Redact { target: args.event, why }, args.told)?;
    tell(desk, &telling).await?;
    if !desk.quiet {
        for also in also_said_by(&history, args.event) {
            say(&format!("hint: {also}"));
        }
        say("hint: a secret must be changed all the same; exports and backups made before still hold it");
    }
    Ok(())
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

async fn history(desk: &Desk, incident: &IncidentId) -> Result<Vec<Recorded>, Failure> {
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
            format!("the same words may stand in event {id} ({kind})")
        })
        .collect();
    if let Some(Recorded { event: E::Declared(_), incident, .. }) = target {
        said.push(format!("the incident is called {incident} still: its id stands in every proof"));
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
