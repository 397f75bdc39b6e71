//! An alert in scribe's own terms.
//!
//! Labels are whatever somebody's templates made of them. A record that people read as evidence takes
//! no control characters, yet an alert must not get lost over one: such characters are replaced, long
//! texts are cut, and a note says so.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use scribe_domain::command::Command;
use scribe_domain::event::evidence::{AlertFired, AlertResolved};
use scribe_domain::ids::{CommandId, IncidentId};
use scribe_domain::text::{Label, Locator, Text, TextError};
use scribe_domain::when::When;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::payload::{Alert, Status};

/// Which monitoring it is.
pub const SOURCE: &str = "alertmanager";

/// Namespace for the ids of commands that alerts lead to.
const COMMANDS: Uuid = Uuid::from_u128(0x0d8f_93f5_5f0c_4b0e_9a53_c2e7_41f7_26ba);

/// An alert in scribe's own terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Whether it fires.
    pub status: Status,
    /// The alert's name.
    pub name: Label,
    /// Alertmanager's identity of the alert.
    pub fingerprint: Label,
    /// When it began to fire.
    pub started: When,
    /// When what is told here happened: it began, or it stopped.
    pub occurred: When,
    /// Its labels.
    pub labels: BTreeMap<Label, Label>,
    /// What it says.
    pub summary: Option<Text>,
    /// Where it comes from.
    pub at: Option<Locator>,
    /// What was changed to make it fit, in words.
    pub notes: Vec<String>,
}

impl Sighting {
    /// What an alert says, in scribe's own terms.
    pub fn of(alert: &Alert) -> Self {
        let mut notes = Vec::new();
        let named = alert.labels.get("alertname").map_or("unnamed alert", String::as_str);
        let name = label(named, "the alert's name", &mut notes).unwrap_or_else(|| fallback("unnamed alert"));
        let fingerprint = if alert.fingerprint.trim().is_empty() {
            fallback(&own_fingerprint(&alert.labels))
        } else {
            label(&alert.fingerprint, "the fingerprint", &mut notes)
                .unwrap_or_else(|| fallback(&own_fingerprint(&alert.labels)))
        };
        let mut labels = BTreeMap::new();
        for (key, value) in &alert.labels {
            // An empty label is the same as none (Prometheus's data model).
            if let Some(key) = label(key, "a label's name", &mut notes)
                && let Some(value) = label(value, &format!("label {key}"), &mut notes)
            {
                labels.insert(key, value);
            }
        }
        let started = moment(&alert.starts_at, "startsAt", &mut notes);
        let occurred = match alert.status {
            Status::Firing => started,
            Status::Resolved => moment(&alert.ends_at, "endsAt", &mut notes),
        };
        Self {
            status: alert.status,
            fingerprint,
            started,
            occurred,
            labels,
            summary: summary(&alert.annotations, &mut notes),
            at: locator(&alert.generator_url, &mut notes),
            notes: notes.into_iter().map(|note| format!("{name}: {note}")).collect(),
            name,
        }
    }

    /// The command that records it.
    pub fn command(&self) -> Command {
        let source = fallback(SOURCE);
        match self.status {
            Status::Firing => Command::from(AlertFired {
                source,
                alert: self.name.clone(),
                fingerprint: Some(self.fingerprint.clone()),
                labels: self.labels.clone(),
                summary: self.summary.clone(),
                at: self.at.clone(),
            }),
            Status::Resolved => Command::from(AlertResolved {
                source,
                alert: self.name.clone(),
                fingerprint: Some(self.fingerprint.clone()),
                summary: self.summary.clone(),
            }),
        }
    }

    /// The id of the command that records it in an incident: the same whenever it is sent again.
    pub fn recording_id(&self, incident: &IncidentId) -> CommandId {
        let ended = match self.status {
            Status::Firing => String::new(),
            Status::Resolved => self.occurred.to_string(),
        };
        self.derive(&["record", &format!("{:?}", self.status), &ended, incident.as_str()])
    }

    /// The id of the command by which it declares an incident under a rule.
    pub fn declaring_id(&self, rule: &Label) -> CommandId {
        self.derive(&["declare", rule.as_str()])
    }

    fn derive(&self, parts: &[&str]) -> CommandId {
        let started = self.started.to_string();
        let all = [&[self.fingerprint.as_str(), &started], parts].concat();
        // No label holds a line break, so the parts cannot run into each other.
        CommandId(Uuid::new_v5(&COMMANDS, all.join("\n").as_bytes()))
    }
}

/// A text that fits, made from one that may not; `None` when there is nothing in it.
pub(super) fn label(text: &str, what: &str, notes: &mut Vec<String>) -> Option<Label> {
    Label::new(fitting(text, Label::LIMIT, false, what, notes)?).ok()
}

/// Replaces what a record doesn't take, and cuts what is too long.
pub(super) fn fitting(
    text: &str,
    limit: usize,
    multiline: bool,
    what: &str,
    notes: &mut Vec<String>,
) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let mut replaced = false;
    let mut fitting: String = text
        .chars()
        .map(|c| match c {
            '\n' | '\t' if multiline => c,
            '\n' | '\r' | '\t' => ' ',
            c if is_forbidden(c) => {
                replaced = true;
                char::REPLACEMENT_CHARACTER
            }
            c => c,
        })
        .collect();
    if replaced {
        notes.push(format!("{what} had forbidden characters, which were replaced"));
    }
    if fitting.chars().count() > limit {
        fitting = fitting.chars().take(limit - 1).chain(['…']).collect();
        notes.push(format!("{what} was cut to {limit} characters"));
    }
    Some(fitting)
}

/// The domain decides what is forbidden; here it is only asked, one character at a time.
fn is_forbidden(c: char) -> bool {
    let mut buffer = [0; 4];
    !c.is_ascii_graphic()
        && matches!(Label::new(&*c.encode_utf8(&mut buffer)), Err(TextError::Forbidden { .. }))
}

fn summary(annotations: &BTreeMap<String, String>, notes: &mut Vec<String>) -> Option<Text> {
    let mut said: Vec<&str> = Vec::new();
    for name in ["summary", "description", "message"] {
        if let Some(text) = annotations.get(name).map(|text| text.trim())
            && !text.is_empty()
            && !said.contains(&text)
        {
            said.push(text);
        }
    }
    Text::new(fitting(&said.join("\n"), Text::LIMIT, true, "the summary", notes)?).ok()
}

/// A cut address leads elsewhere, so one that doesn't fit is left out.
fn locator(url: &str, notes: &mut Vec<String>) -> Option<Locator> {
    if url.trim().is_empty() {
        return None;
    }
    let locator = Locator::new(url);
    if let Err(error) = &locator {
        notes.push(format!("generatorURL {error} and was left out"));
    }
    locator.ok()
}

/// A time that does not read is unknown, which is a time that can be told. The year 1 is Go's "not set".
fn moment(text: &str, what: &str, notes: &mut Vec<String>) -> When {
    let Ok(at) = DateTime::parse_from_rfc3339(text.trim()) else {
        notes.push(format!("{what} is not a time"));
        return When::Unknown;
    };
    let at = at.with_timezone(&Utc);
    if at.year() == 1 {
        return When::Unknown;
    }
    When::parse(&When::second(at).to_string(), None).unwrap_or_else(|error| {
        notes.push(format!("{what}: {error}"));
        When::Unknown
    })
}

/// What an old Alertmanager's alert is known by: its labels.
fn own_fingerprint(labels: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for text in labels.iter().flat_map(|(key, value)| [key, value]) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().take(8).fold(String::from("labels-"), |text, byte| format!("{text}{byte:02x}"))
}

/// A plain word is always a label.
fn fallback(word: &str) -> Label {
    Label::new(word).expect("a plain word is a label")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(json: serde_json::Value) -> Alert {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn an_alert_is_taken_as_it_is() {
        let sighting = Sighting::of(&alert(serde_json::json!({
            "status": "firing",
            "labels": { "alertname": "Disk full", "host": "db-3", "empty": "" },
            "annotations": { "summary": "97 % used", "description": "97 % used" },
            "startsAt": "2026-02-06T00:17:58.432911368Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example/graph",
            "fingerprint": "a1bc48475b20e73d",
            "somethingNew": true
        })));
        assert_eq!(sighting.occurred.to_string(), "2026-02-06T00:17:58.432911368Z");
        assert_eq!(sighting.summary.as_ref().map(Text::as_str), Some("97 % used"));
        assert_eq!(sighting.labels.len(), 2);
        assert!(sighting.notes.is_empty(), "{:?}", sighting.notes);
    }

    #[test]
    fn what_does_not_fit_is_made_to_and_noted() {
        let sighting = Sighting::of(&alert(serde_json::json!({
            "status": "resolved",
            "labels": { "alertname": "Disk\u{1b}[31m full\nnow", "long": "x".repeat(600), "rtl": "a\u{202e}b" },
            "startsAt": "yesterday",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://x/".to_owned() + &"y".repeat(3_000),
        })));
        assert_eq!(sighting.name.as_str(), "Disk\u{fffd}[31m full now");
        assert_eq!((sighting.started, sighting.occurred), (When::Unknown, When::Unknown));
        let value = |key: &str| sighting.labels[&Label::new(key).unwrap()].as_str();
        assert_eq!((value("long").chars().count(), value("rtl")), (500, "a\u{fffd}b"));
        assert_eq!(sighting.at, None);
        assert!(sighting.fingerprint.as_str().starts_with("labels-"));
        assert_eq!(sighting.notes.len(), 6, "{:#?}", sighting.notes);
    }

    #[test]
    fn the_same_alert_leads_to_the_same_command() {
        let firing = serde_json::json!({
            "status": "firing", "labels": { "alertname": "A" }, "fingerprint": "f",
            "startsAt": "2026-02-06T00:17:58Z", "endsAt": "0001-01-01T00:00:00Z"
        });
        let mut later = firing.clone();
        later["startsAt"] = "2026-02-06T00:17:58.000000001Z".into();
        let mut over = firing.clone();
        over["status"] = "resolved".into();
        let incident: IncidentId = "20260206-a".parse().unwrap();
        let id = |json: &serde_json::Value| Sighting::of(&alert(json.clone())).recording_id(&incident);
        assert_eq!(id(&firing), id(&firing));
        assert_ne!(id(&firing), id(&later));
        assert_ne!(id(&firing), id(&over));
    }
}
