//! What a delivery says of one thing: an alert, a change or a message.

use chrono::{DateTime, Utc};
use scribe_domain::command::{Command, Declare};
use scribe_domain::event::evidence::{AlertFired, AlertResolved, ChangeLinked};
use scribe_domain::event::words::Noted;
use scribe_domain::ids::{CommandId, IncidentId};
use scribe_domain::spoken::is_ahead;
use scribe_domain::text::Label;
use scribe_domain::when::When;
use uuid::Uuid;

/// What a delivery says of one thing, before it is placed.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sighting {
    /// What is recorded of it.
    pub observed: Observed,
    /// What the thing is called, in answers and in the log.
    pub name: Label,
    /// The vendor's own identity of the thing: the same whenever it is sent.
    pub fingerprint: Label,
    /// When the thing began: an alert's firing is known by its fingerprint and this.
    pub started: When,
    /// When what is told here happened: it began, it stopped, it was said.
    pub occurred: When,
    /// The incident that it says it belongs to.
    pub named: Option<NamedIncident>,
    /// The incident that it declares unless one is open already.
    pub declares: Option<Declaration>,
    /// What was changed to make it fit, in words.
    pub notes: Vec<String>,
}

/// Something in a delivery that does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What it is called, if that much reads.
    pub name: Option<Label>,
    /// What is wrong with it.
    pub why: String,
    /// What was sent.
    pub what: String,
}

/// What is recorded of a thing.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Observed {
    /// An alert fires.
    Firing(AlertFired),
    /// An alert has stopped.
    Resolved(AlertResolved),
    /// Something was changed in production.
    Changed(ChangeLinked),
    /// Somebody said something.
    Said(Noted),
}

/// An incident that a sighting names.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NamedIncident {
    /// Where it does: `label scribe_incident`.
    pub by: String,
    /// The incident's id as told, which may be none.
    pub id: String,
}

/// An incident that a rule of the settings declares.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Declaration {
    /// What the rule is known by, also after a restart. Begins with the vendor's name.
    pub rule: Label,
    /// The incident.
    pub incident: Box<Declare>,
}

/// Whether an alert fires.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Deserialize,
    serde::Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    Firing,
    /// It has stopped.
    Resolved,
}

impl Sighting {
    /// The same, with no time that is still to come: a clock or a template is wrong, and when is not known.
    #[must_use]
    pub fn bounded(mut self, now: DateTime<Utc>) -> Self {
        if is_ahead(self.occurred, now) {
            self.notes
                .push(format!("{}: {} is still to come, so when is not known", self.name, self.occurred));
            self.occurred = When::Unknown;
        }
        self
    }

    /// The command that records it.
    pub fn command(&self) -> Command {
        match &self.observed {
            Observed::Firing(alert) => Command::from(alert.clone()),
            Observed::Resolved(alert) => Command::from(alert.clone()),
            Observed::Changed(change) => Command::from(change.clone()),
            Observed::Said(words) => Command::from(words.clone()),
        }
    }

    /// Whether it is an alert that fires, or one that has stopped.
    pub fn status(&self) -> Option<Status> {
        match &self.observed {
            Observed::Firing(_) => Some(Status::Firing),
            Observed::Resolved(_) => Some(Status::Resolved),
            Observed::Changed(_) | Observed::Said(_) => None,
        }
    }

    /// The id of the command that records it in an incident, in a vendor's namespace: the same whenever it is
    /// sent again.
    pub fn recording_id(&self, commands: Uuid, incident: &IncidentId) -> CommandId {
        // These words are part of the ids of what is recorded already.
        let (what, ended) = match &self.observed {
            Observed::Firing(_) => ("Firing", String::new()),
            Observed::Resolved(_) => ("Resolved", self.occurred.to_string()),
            Observed::Changed(_) => ("Changed", String::new()),
            Observed::Said(_) => ("Said", String::new()),
        };
        self.derive(commands, &["record", what, &ended, incident.as_str()])
    }

    /// The id of the command by which it declares an incident under a rule.
    pub fn declaring_id(&self, commands: Uuid, rule: &Label) -> CommandId {
        self.derive(commands, &["declare", rule.as_str()])
    }

    fn derive(&self, commands: Uuid, parts: &[&str]) -> CommandId {
        let started = self.started.to_string();
        let all = [&[self.fingerprint.as_str(), &started], parts].concat();
        // No label holds a line break, so the parts cannot run into each other.
        CommandId(Uuid::new_v5(&commands, all.join("\n").as_bytes()))
    }
}
