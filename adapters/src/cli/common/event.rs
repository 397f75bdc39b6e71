//! Which event of an incident is meant: the first characters of its id, or the one told last.

use clap::Args;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_projections::amended::is_amendment;

use super::address::Address;
use super::desk::Desk;
use super::failure::{Failure, Kind};
use super::feed::{Line, Lines};
use super::terminal::{printable, say};

/// In place of an id.
const LAST: &str = "last";
/// How many characters of an id must be given.
const FEWEST: usize = 4;

/// An event, as somebody names it.
#[derive(Debug, Clone, Args)]
pub struct EventRef {
    /// The event's id or its first characters, as they are printed when it is recorded; or last
    event: String,
    /// In place of the event: the one told last in that incident
    #[arg(long)]
    last: bool,
    #[arg(skip)]
    found: Option<EventId>,
}

impl EventRef {
    /// Looks the event up among those of its incident.
    pub async fn find(&mut self, desk: &Desk, incident: &IncidentId) -> Result<EventId, Failure> {
        let is_last = self.last || self.event.eq_ignore_ascii_case(LAST);
        let found = if is_last {
            last_of(desk, incident).await?
        } else {
            one_of(desk, incident, &self.event).await?
        };
        self.found = Some(found);
        Ok(found)
    }

    /// Whether the whole id is given, so that nothing needs to be known of its incident.
    pub fn whole(&self) -> Option<EventId> {
        self.event.parse().ok()
    }

    /// The event that was found.
    pub fn id(&self) -> Result<EventId, Failure> {
        self.found.ok_or_else(|| Failure::plain(Kind::Other, "the event was not looked up"))
    }
}

/// The events that show something.
#[derive(Debug, Clone, Args)]
pub struct Evidence {
    /// The id of an event that shows it, or its first characters; may be given several times
    #[arg(short = 'c', long = "cite", value_name = "EVENT")]
    cites: Vec<String>,
    #[arg(skip)]
    found: Vec<EventId>,
}

impl Evidence {
    /// Looks the events up among those of their incident.
    pub async fn find(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        for cited in &self.cites {
            self.found.push(one_of(desk, incident, cited).await?);
        }
        Ok(())
    }

    /// The events that were found.
    pub fn ids(self) -> Vec<EventId> {
        self.found
    }
}

/// The event whose id begins so. A whole id is left to whoever refuses or takes it.
async fn one_of(desk: &Desk, incident: &IncidentId, typed: &str) -> Result<EventId, Failure> {
    if let Ok(whole) = typed.parse() {
        return Ok(whole);
    }
    let hint = format!("find event ids with `scribe timeline {incident} --ids`");
    let wanted = typed.to_ascii_lowercase();
    if wanted.len() < FEWEST || wanted.contains(|c: char| !c.is_ascii_hexdigit() && c != '-') {
        let message = format!("{typed:?} is not an event id: give at least {FEWEST} of its first characters");
        return Err(Failure::new(Kind::BadInput, message, hint));
    }
    let mut fitting = Vec::new();
    let mut lines = of_incident(desk, incident).await?;
    while let Some(line) = lines.next().await? {
        let line = Line::read(&line)?;
        if line.event_id().to_string().starts_with(&wanted) {
            fitting.push((line.event_id(), line.headline()));
        }
    }
    match fitting.as_slice() {
        [(one, _)] => Ok(*one),
        [] => Err(Failure::new(Kind::Refused, format!("{incident} has no event {typed}"), hint)),
        several => {
            let each = several.iter().map(|(id, headline)| format!("\n  {id}  {}", printable(headline)));
            let message = format!("{typed:?} fits {} events:{}", several.len(), each.collect::<String>());
            Err(Failure::new(Kind::BadInput, message, "type more of the one that is meant"))
        }
    }
}

async fn last_of(desk: &Desk, incident: &IncidentId) -> Result<EventId, Failure> {
    let mut last = None;
    let mut lines = of_incident(desk, incident).await?;
    while let Some(line) = lines.next().await? {
        let line = Line::read(&line)?;
        // What was said about the record itself is not what somebody wants to put right.
        if !line.event().is_ok_and(|event| is_amendment(&event)) {
            last = Some((line.event_id(), line.headline()));
        }
    }
    let Some((id, headline)) = last else {
        return Err(Failure::plain(Kind::Refused, format!("{incident} has no event")));
    };
    if !desk.quiet {
        say(&format!("note: the last one is {}: {}", id.short(), printable(&headline)));
    }
    Ok(id)
}

async fn of_incident(desk: &Desk, incident: &IncidentId) -> Result<Lines, Failure> {
    Lines::open(desk, &Address::of(&["v1", "events"]).with("incident", incident)).await
}
