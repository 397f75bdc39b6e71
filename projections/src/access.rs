//! Who may see and do what: the fold of tokens and private incidents, as a view like the others.

/// Who signed in.
mod sessions;

use chrono::{DateTime, SubsecRound as _, Utc};
use scribe_domain::access::{Access, AccessChange, MayHaveChanged};
use scribe_domain::actor::Who;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{EventId, IncidentId, Position};
use scribe_domain::recorded::Recorded;
use scribe_domain::system::SystemEvent;
use scribe_domain::text::Text;
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use crate::amended::Entry;
use crate::document::time::moment;
use crate::document::{Block, Document, Style, View, dim, plain, strong};
use crate::question::AsOf;
use crate::runner::{Projection, Unread};

pub use sessions::{SessionList, SessionRow};

/// Who may see and do what, and every change that made it so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccessView {
    /// As it stands.
    pub access: Access,
    /// Every change, in the record's order.
    changes: Vec<Change>,
}

/// A change, and the envelope of its event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Change {
    position: Position,
    event: EventId,
    recorded_at: DateTime<Utc>,
    occurred: When,
    by: Who,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Identity>,
    what: AccessChange,
}

impl Projection for AccessView {
    const NAME: &'static str = "access";
    const VERSION: u32 = 2;

    fn apply(&mut self, told: &Entry<'_>) {
        if let Some(change) = Change::of(told.recorded) {
            self.take(change);
        }
    }

    /// Whoever may not see an incident for certain does not see it: where it cannot be read who may, nobody does.
    fn goes_on_without(&mut self, unread: &Unread<'_>) -> bool {
        let Ok(incident) = IncidentId::stored(unread.incident) else { return false };
        match MayHaveChanged::by(&incident, unread.kind) {
            MayHaveChanged::Nothing => true,
            MayHaveChanged::ItsIncident => {
                self.take(Change {
                    position: unread.position,
                    event: EventId::derive(unread.command_id, unread.index),
                    recorded_at: unread.recorded_at,
                    occurred: When::second(unread.recorded_at.trunc_subsecs(0)),
                    by: Who::Scribe,
                    origin: None,
                    what: AccessChange::Limited(incident, Vec::new()),
                });
                true
            }
            MayHaveChanged::Anything => false,
        }
    }

    /// Nothing that it looks at can be amended.
    fn outdated(&self) -> Vec<IncidentId> {
        Vec::new()
    }

    fn refold(&mut self, _: &IncidentId, _: &[Recorded], _: &AsOf) {}

    fn as_of(&self, as_of: &AsOf) -> (Self, Vec<IncidentId>) {
        let mut then = Self::default();
        for change in &self.changes {
            if change.had_happened(as_of) {
                then.take(change.clone());
            } else if change.tells_of_people() && as_of.recorded_by.is_none_or(|by| change.recorded_at <= by)
            {
                // Since when something of a person is so, the event itself says; the directory is asked about a moment.
                then.access.follow(&change.what, change.recorded_at, &change.by);
            }
        }
        (then, Vec::new())
    }

    /// What was administered is no incident's, and shown whichever are; who looked at one is shown with it.
    fn of_those(&self, shows: &dyn Fn(&IncidentId) -> bool) -> Self {
        let mut those = Self::default();
        let is_shown = |change: &&Change| match &change.what {
            AccessChange::Decided(SystemEvent::PrivateSeen(e)) => shows(&e.incident),
            AccessChange::Decided(_) => true,
            AccessChange::Limited(incident, _) | AccessChange::Opened(incident) => shows(incident),
        };
        for change in self.changes.iter().filter(is_shown) {
            those.take(change.clone());
        }
        those
    }
}

impl AccessView {
    fn take(&mut self, change: Change) {
        self.access.follow(&change.what, change.recorded_at, &change.by);
        self.changes.push(change);
    }

    /// What was decided about the program itself, the last one first.
    fn decided(&self) -> impl Iterator<Item = (&Change, &SystemEvent)> {
        self.changes.iter().rev().filter_map(|change| match &change.what {
            AccessChange::Decided(event) => Some((change, event)),
            AccessChange::Limited(..) | AccessChange::Opened(_) => None,
        })
    }

    /// Every act of administration, the last one first.
    pub fn acts(&self) -> ActList {
        let acts = self.decided().filter(|(_, event)| is_administration(event));
        let row = |(change, event): (&Change, &SystemEvent)| ActRow {
            position: change.position,
            event: change.event,
            recorded_at: change.recorded_at,
            by: change.by.clone(),
            origin: change.origin.clone(),
            kind: event.kind(),
            what: event.to_string(),
        };
        ActList { acts: acts.map(row).collect() }
    }

    /// Who looked at private incidents, the last one first.
    pub fn reads(&self) -> ReadList {
        let read = |(change, event): (&Change, &SystemEvent)| match event {
            SystemEvent::PrivateSeen(e) => Some(PrivateRead {
                incident: e.incident.clone(),
                recorded_at: change.recorded_at,
                by: change.by.clone(),
                origin: change.origin.clone(),
            }),
            _ => None,
        };
        ReadList { reads: self.decided().filter_map(read).collect() }
    }

    /// The settings by which the program ran last.
    pub fn settings(&self) -> SettingsView {
        let last = self.decided().find_map(|(change, event)| match event {
            SystemEvent::SettingsChanged(e) => Some((change, e)),
            _ => None,
        });
        SettingsView {
            since: last.map(|(change, _)| change.recorded_at),
            digest: last.map(|(_, e)| e.digest),
            text: last.and_then(|(_, e)| e.text.clone()),
        }
    }
}

/// Whether it changed what the program does for others. Who looked, who signed in and what was stamped have lists of
/// their own.
fn is_administration(event: &SystemEvent) -> bool {
    match event {
        SystemEvent::PrivateSeen(_)
        | SystemEvent::SessionBegan(_)
        | SystemEvent::SessionEnded(_)
        | SystemEvent::TimeStamped(_) => false,
        SystemEvent::TokenCreated(_)
        | SystemEvent::TokenRevoked(_)
        | SystemEvent::SettingsChanged(_)
        | SystemEvent::ClockSettled(_) => true,
        told => told.tells_of_people(),
    }
}

impl Change {
    fn of(recorded: &Recorded) -> Option<Self> {
        let what = AccessChange::of(recorded)?;
        let cause = &recorded.cause;
        // What the program itself records happens when it is recorded.
        let occurred = match what {
            AccessChange::Decided(_) => When::second(recorded.recorded_at),
            AccessChange::Limited(..) | AccessChange::Opened(_) => cause.occurred,
        };
        Some(Self {
            position: recorded.position,
            event: recorded.event_id(),
            recorded_at: recorded.recorded_at,
            occurred,
            by: cause.actor.who.clone(),
            origin: cause.origin.clone(),
            what,
        })
    }

    fn tells_of_people(&self) -> bool {
        matches!(&self.what, AccessChange::Decided(event) if event.tells_of_people())
    }

    fn had_happened(&self, as_of: &AsOf) -> bool {
        as_of.recorded_by.is_none_or(|by| self.recorded_at <= by)
            && as_of.occurred_by.is_none_or(|by| self.occurred.at().unwrap_or(self.recorded_at) <= by)
    }
}

/// Somebody looked at a private incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PrivateRead {
    /// Which.
    pub incident: IncidentId,
    /// When that was recorded: before it was shown.
    pub recorded_at: DateTime<Utc>,
    /// Who looked.
    pub by: Who,
    /// How that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Identity>,
}

/// A table of who did what and when, the last one first; or that nobody did.
fn table<'a>(
    title: &str,
    what: &str,
    none: &str,
    style: &Style,
    rows: impl Iterator<Item = (DateTime<Utc>, &'a Who, String, Option<&'a Identity>)>,
) -> Document {
    let row = |(at, by, what, origin): (DateTime<Utc>, &Who, String, Option<&Identity>)| {
        let known = origin.map_or_else(|| "claimed".to_owned(), ToString::to_string);
        let did = vec![strong(by), plain(format!(" {what}\n")), dim(known)];
        vec![vec![plain(moment(at, style))], did]
    };
    let rows: Vec<_> = rows.map(row).collect();
    let list = if rows.is_empty() {
        Block::Paragraph(vec![plain(none)])
    } else {
        Block::Table { header: vec!["When".to_owned(), what.to_owned()], rows }
    };
    let zone = Block::Paragraph(vec![dim(format!("times in {}", style.zone))]);
    Document { title: title.to_owned(), blocks: vec![zone, list] }
}

/// Who looked at private incidents, the last one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ReadList {
    /// They.
    pub reads: Vec<PrivateRead>,
}

impl View for ReadList {
    fn document(&self, style: &Style) -> Document {
        let rows = self.reads.iter();
        let rows =
            rows.map(|read| (read.recorded_at, &read.by, read.incident.to_string(), read.origin.as_ref()));
        let none = "nobody looked at a private incident";
        table("Who looked at private incidents", "Who looked at which", none, style, rows)
    }
}

/// The settings by which a server ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SettingsView {
    /// Since when; nothing if no server ran by any.
    pub since: Option<DateTime<Utc>>,
    /// Of the file.
    pub digest: Option<Digest>,
    /// The file, unless it is longer than a text may be.
    pub text: Option<Text>,
}

impl View for SettingsView {
    fn document(&self, style: &Style) -> Document {
        let blocks = match (self.since, self.digest, &self.text) {
            (Some(since), Some(digest), text) => {
                let since = plain(format!("since {} ({}), {digest}", moment(since, style), style.zone));
                let file = text.as_ref().map(|text| Block::Code(text.to_string()));
                std::iter::once(Block::Paragraph(vec![since])).chain(file).collect()
            }
            _ => vec![Block::Paragraph(vec![plain("no server ran by settings of its own by then")])],
        };
        Document { title: "The settings".to_owned(), blocks }
    }
}

/// Acts of administration, the last one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ActList {
    /// The acts.
    pub acts: Vec<ActRow>,
}

/// An act of administration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ActRow {
    /// Its place in the record.
    pub position: Position,
    /// The event.
    pub event: EventId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who did it.
    pub by: Who,
    /// How that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Identity>,
    /// What kind of act it was.
    pub kind: &'static str,
    /// What was done, as a sentence without its subject.
    pub what: String,
}

impl View for ActList {
    fn document(&self, style: &Style) -> Document {
        let rows = self.acts.iter();
        let rows = rows.map(|act| (act.recorded_at, &act.by, act.what.clone(), act.origin.as_ref()));
        table("Who administered what", "What", "nothing was administered yet", style, rows)
    }
}

#[cfg(test)]
mod tests;
