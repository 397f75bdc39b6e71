//! Who may see and do what: the fold of tokens and private incidents, as a view like the others.

use chrono::{DateTime, Utc};
use scribe_domain::access::Access;
use scribe_domain::actor::Who;
use scribe_domain::event::IncidentEvent;
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
use crate::runner::Projection;

/// Who may see and do what, and every act that made it so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccessView {
    /// As it stands.
    pub access: Access,
    /// What was decided about the program itself, in the record's order.
    acts: Vec<Act>,
    /// Which incidents were made private or opened, in the record's order.
    sights: Vec<Sight>,
    /// Who looked at private incidents, in the record's order.
    reads: Vec<PrivateRead>,
}

/// Somebody looked at a private incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PrivateRead {
    /// Which.
    pub incident: IncidentId,
    /// When that was recorded: before it was shown.
    pub recorded_at: DateTime<Utc>,
    /// Who looked.
    pub by: Who,
    /// How that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Identity>,
}

/// Something that was decided about the program itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Its place in the record.
    pub position: Position,
    /// The event.
    pub event: EventId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who did it.
    pub by: Who,
    /// How that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Identity>,
    /// What was decided.
    pub decided: SystemEvent,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sight {
    incident: IncidentId,
    recorded_at: DateTime<Utc>,
    occurred: When,
    /// Who may see it; everybody if this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Vec<Who>>,
}

impl Projection for AccessView {
    const NAME: &'static str = "access";
    const VERSION: u32 = 1;

    fn apply(&mut self, told: &Entry<'_>) {
        let recorded = told.recorded;
        if !Access::is_changed_by(&recorded.event) {
            return;
        }
        self.access.follow(recorded);
        match &recorded.event {
            IncidentEvent::System(SystemEvent::PrivateSeen(e)) if !recorded.incident.is_incident() => {
                self.reads.push(PrivateRead {
                    incident: e.incident.clone(),
                    recorded_at: recorded.recorded_at,
                    by: recorded.cause.actor.who.clone(),
                    origin: recorded.cause.origin.clone(),
                });
            }
            IncidentEvent::System(event) if !recorded.incident.is_incident() => {
                self.acts.push(Act::of(recorded, event.clone()));
            }
            IncidentEvent::AccessLimited(e) => self.sights.push(Sight::of(recorded, Some(e.to.clone()))),
            IncidentEvent::AccessOpened(_) => self.sights.push(Sight::of(recorded, None)),
            _ => {}
        }
    }

    /// Nothing that it looks at can be amended.
    fn outdated(&self) -> Vec<IncidentId> {
        Vec::new()
    }

    fn refold(&mut self, _: &IncidentId, _: &[Recorded], _: &AsOf) {}

    fn as_of(&self, as_of: &AsOf) -> (Self, Vec<IncidentId>) {
        let had = |recorded_at: DateTime<Utc>, occurred: When| {
            as_of.recorded_by.is_none_or(|by| recorded_at <= by)
                && as_of.occurred_by.is_none_or(|by| occurred.at().unwrap_or(recorded_at) <= by)
        };
        let mut then = Self::default();
        for act in self.acts.iter().filter(|act| had(act.recorded_at, When::second(act.recorded_at))) {
            then.access.tokens.follow(&act.decided, act.recorded_at, &act.by);
            then.acts.push(act.clone());
        }
        for sight in self.sights.iter().filter(|sight| had(sight.recorded_at, sight.occurred)) {
            match &sight.to {
                Some(to) => then.access.private.insert(sight.incident.clone(), to.clone()),
                None => then.access.private.remove(&sight.incident),
            };
            then.sights.push(sight.clone());
        }
        let reads = self.reads.iter().filter(|read| had(read.recorded_at, When::second(read.recorded_at)));
        then.reads = reads.cloned().collect();
        (then, Vec::new())
    }
}

impl AccessView {
    /// Every act of administration, the last one first.
    pub fn acts(&self) -> ActList {
        let acts = self.acts.iter().rev();
        ActList {
            acts: acts
                .map(|act| ActRow {
                    position: act.position,
                    event: act.event,
                    recorded_at: act.recorded_at,
                    by: act.by.clone(),
                    origin: act.origin.clone(),
                    kind: act.decided.kind(),
                    what: act.decided.sentence().to_string(),
                })
                .collect(),
        }
    }

    /// Who looked at private incidents, the last one first: at those that are shown to whoever asks.
    pub fn reads(&self, shows: impl Fn(&IncidentId) -> bool) -> ReadList {
        ReadList { reads: self.reads.iter().rev().filter(|read| shows(&read.incident)).cloned().collect() }
    }

    /// The settings by which the program ran last.
    pub fn settings(&self) -> SettingsView {
        let last = self.acts.iter().rev().find_map(|act| match &act.decided {
            SystemEvent::SettingsChanged(e) => Some((act, e)),
            _ => None,
        });
        SettingsView {
            since: last.map(|(act, _)| act.recorded_at),
            digest: last.map(|(_, e)| e.digest),
            text: last.and_then(|(_, e)| e.text.clone()),
        }
    }
}

impl Act {
    fn of(recorded: &Recorded, decided: SystemEvent) -> Self {
        Self {
            position: recorded.position,
            event: recorded.event_id(),
            recorded_at: recorded.recorded_at,
            by: recorded.cause.actor.who.clone(),
            origin: recorded.cause.origin.clone(),
            decided,
        }
    }
}

impl Sight {
    fn of(recorded: &Recorded, to: Option<Vec<Who>>) -> Self {
        Self {
            incident: recorded.incident.clone(),
            recorded_at: recorded.recorded_at,
            occurred: recorded.cause.occurred,
            to,
        }
    }
}

/// Who looked at private incidents, the last one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ReadList {
    /// They.
    pub reads: Vec<PrivateRead>,
}

impl View for ReadList {
    fn document(&self, style: &Style) -> Document {
        let row = |read: &PrivateRead| {
            let known = read.origin.as_ref().map_or_else(|| "claimed".to_owned(), ToString::to_string);
            let what = vec![strong(read.by.to_string()), plain(format!(" {}\n", read.incident)), dim(known)];
            vec![vec![plain(moment(read.recorded_at, style))], what]
        };
        let mut blocks = vec![Block::Paragraph(vec![dim(format!("times in {}", style.zone))])];
        match self.reads.len() {
            0 => blocks.push(Block::Paragraph(vec![plain("nobody looked at a private incident")])),
            _ => blocks.push(Block::Table {
                header: ["When", "Who looked at which"].map(str::to_owned).to_vec(),
                rows: self.reads.iter().map(row).collect(),
            }),
        }
        Document { title: "Who looked at private incidents".to_owned(), blocks }
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
        let row = |act: &ActRow| {
            let known = act.origin.as_ref().map_or_else(|| "claimed".to_owned(), ToString::to_string);
            vec![
                vec![plain(moment(act.recorded_at, style))],
                vec![strong(act.by.to_string()), plain(format!(" {}\n", act.what)), dim(known)],
            ]
        };
        let mut blocks = vec![Block::Paragraph(vec![dim(format!("times in {}", style.zone))])];
        match self.acts.len() {
            0 => blocks.push(Block::Paragraph(vec![plain("nothing was administered yet")])),
            _ => blocks.push(Block::Table {
                header: ["When", "What"].map(str::to_owned).to_vec(),
                rows: self.acts.iter().map(row).collect(),
            }),
        }
        Document { title: "Who administered what".to_owned(), blocks }
    }
}

#[cfg(test)]
mod tests;
