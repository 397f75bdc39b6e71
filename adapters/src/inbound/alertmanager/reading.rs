//! What an alert says, in scribe's own terms.

use std::collections::BTreeMap;

use scribe_domain::event::evidence::{AlertFired, AlertResolved};
use scribe_domain::text::{Label, Text};
use scribe_domain::when::When;
use serde::Deserialize as _;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::NAME;
use super::payload::Alert;
use super::settings::Settings;
use crate::inbound::fitting::{fitting, label, locator, moment};
use crate::inbound::rules::{Labelled, declared};
use crate::inbound::sighting::{NamedIncident, Observed, Sighting, Status, Unread};

/// What an alert says, if it reads as one.
pub fn read(value: &Value, settings: &Settings) -> Result<Sighting, Unread> {
    let unread = |name: &str, why: String| {
        let name = label(name, "", &mut Vec::new());
        Unread { name, why, what: value.to_string() }
    };
    let alert = Alert::deserialize(value).map_err(|error| unread("", format!("it is no alert: {error}")))?;
    let name = alert.labels.get("alertname").map_or("", String::as_str);
    let over = moment(&alert.ends_at, "", &mut Vec::new()).at().is_some();
    let (status, note) = match alert.status.trim().to_ascii_lowercase().as_str() {
        "firing" => (Status::Firing, None),
        "resolved" => (Status::Resolved, None),
        "" if over => (Status::Resolved, Some("it has no status, but an end: taken as resolved")),
        "" => (Status::Firing, Some("it has neither status nor end: taken as firing")),
        other => return Err(unread(name, format!("its status {other:?} is neither firing nor resolved"))),
    };
    Ok(sighting(&alert, status, note, settings))
}

fn sighting(alert: &Alert, status: Status, note: Option<&str>, settings: &Settings) -> Sighting {
    let mut notes: Vec<String> = note.map(str::to_owned).into_iter().collect();
    let named = alert.labels.get("alertname").map_or("unnamed alert", String::as_str);
    let name = label(named, "the alert's name", &mut notes).unwrap_or_else(|| word("unnamed alert"));
    let fingerprint = if alert.fingerprint.trim().is_empty() {
        word(&own_fingerprint(&alert.labels))
    } else {
        label(&alert.fingerprint, "the fingerprint", &mut notes)
            .unwrap_or_else(|| word(&own_fingerprint(&alert.labels)))
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
    let occurred = match status {
        Status::Firing => started,
        Status::Resolved => match moment(&alert.ends_at, "endsAt", &mut notes) {
            ended if ended.at().zip(started.at()).is_some_and(|(end, start)| end < start) => {
                notes.push(format!("it would have ended ({ended}) before it began, so when is not known"));
                When::Unknown
            }
            ended => ended,
        },
    };
    let summary = summary(&alert.annotations, &mut notes);
    let at = locator(&alert.generator_url, "generatorURL", &mut notes);
    let of_rule = Labelled {
        labels: &alert.labels,
        annotations: &alert.annotations,
        name: &name,
        summary: summary.as_ref(),
    };
    // Only what fires belongs to a rule: the end of something that no incident holds belongs to none.
    let is_firing = status == Status::Firing;
    let declares = is_firing.then(|| declared(&settings.rules, NAME, of_rule)).flatten();
    let (source, fingerprinted) = (word(NAME), Some(fingerprint.clone()));
    let observed = match status {
        Status::Firing => Observed::Firing(AlertFired {
            source,
            alert: name.clone(),
            fingerprint: fingerprinted,
            labels,
            summary,
            at,
        }),
        Status::Resolved => Observed::Resolved(AlertResolved {
            source,
            alert: name.clone(),
            fingerprint: fingerprinted,
            summary,
        }),
    };
    Sighting {
        observed,
        fingerprint,
        started,
        occurred,
        named: named_incident(alert, settings),
        declares,
        notes: notes.into_iter().map(|note| format!("{name}: {note}")).collect(),
        name,
    }
}

fn named_incident(alert: &Alert, settings: &Settings) -> Option<NamedIncident> {
    let id = alert.labels.get(&*settings.incident_label).filter(|id| !id.is_empty())?;
    Some(NamedIncident { by: format!("label {}", settings.incident_label), id: id.clone() })
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
fn word(word: &str) -> Label {
    Label::new(word).expect("a plain word is a label")
}

#[cfg(test)]
mod tests {
    use scribe_domain::ids::IncidentId;
    use scribe_domain::when::When;
    use uuid::Uuid;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "it is written on the spot")]
    fn read(json: serde_json::Value) -> Sighting {
        super::read(&json, &Settings::default()).unwrap()
    }

    fn fired(sighting: &Sighting) -> &AlertFired {
        let Observed::Firing(fired) = &sighting.observed else { panic!("it fires") };
        fired
    }

    #[test]
    fn an_alert_is_taken_as_it_is() {
        let sighting = read(serde_json::json!({
            "status": "firing",
            "labels": { "alertname": "Disk full", "host": "db-3", "empty": "" },
            "annotations": { "summary": "97 % used", "description": "97 % used" },
            "startsAt": "2026-02-06T00:17:58.432911368Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example/graph",
            "fingerprint": "a1bc48475b20e73d",
            "somethingNew": true
        }));
        assert_eq!(sighting.occurred.to_string(), "2026-02-06T00:17:58.432911368Z");
        assert_eq!(fired(&sighting).summary.as_ref().map(Text::as_str), Some("97 % used"));
        assert_eq!(fired(&sighting).labels.len(), 2);
        assert!(sighting.notes.is_empty(), "{:?}", sighting.notes);
    }

    #[test]
    fn an_alert_is_read_as_far_as_it_reads() {
        let odd = read(serde_json::json!({
            "status": "firing", "labels": { "alertname": "A", "shard": 3, "canary": true, "zone": null },
            "annotations": null, "startsAt": null, "fingerprint": 12
        }));
        assert_eq!(fired(&odd).labels[&Label::new("shard").unwrap()].as_str(), "3");
        assert_eq!((fired(&odd).labels.len(), odd.fingerprint.as_str()), (3, "12"));
        let status = |json: serde_json::Value| read(json).status();
        let ended = serde_json::json!({ "labels": {}, "startsAt": "2026-02-06T00:00Z", "endsAt": "2026-02-06T01:00:00Z" });
        assert_eq!(status(ended), Some(Status::Resolved));
        assert_eq!(status(serde_json::json!({ "labels": {} })), Some(Status::Firing));
        for (json, why) in [
            (
                serde_json::json!({ "status": "suppressed", "labels": { "alertname": "A" } }),
                "\"suppressed\" is neither",
            ),
            (serde_json::json!("an alert"), "it is no alert"),
            (serde_json::json!(null), "it is no alert"),
        ] {
            let unread = super::read(&json, &Settings::default()).unwrap_err();
            assert!(unread.why.contains(why), "{unread:?}");
        }
    }

    #[test]
    fn what_ended_before_it_began_ended_at_no_known_time() {
        let ended = read(serde_json::json!({
            "status": "resolved", "labels": { "alertname": "A" },
            "startsAt": "2026-02-06T00:10:00Z", "endsAt": "2026-02-06T00:00:00Z"
        }));
        assert_eq!((ended.occurred, ended.notes.len()), (When::Unknown, 1));
    }

    #[test]
    fn what_does_not_fit_is_made_to_and_noted() {
        let sighting = read(serde_json::json!({
            "status": "firing",
            "labels": { "alertname": "Disk\u{1b}[31m full\nnow", "long": "x".repeat(600), "rtl": "a\u{202e}b" },
            "startsAt": "yesterday",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://x/".to_owned() + &"y".repeat(3_000),
        }));
        assert_eq!(sighting.name.as_str(), "Disk\u{fffd}[31m full now");
        assert_eq!((sighting.started, sighting.occurred), (When::Unknown, When::Unknown));
        let value = |key: &str| fired(&sighting).labels[&Label::new(key).unwrap()].as_str();
        assert_eq!((value("long").chars().count(), value("rtl")), (500, "a\u{fffd}b"));
        assert_eq!(fired(&sighting).at, None);
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
        let id = |json: &serde_json::Value| read(json.clone()).recording_id(Uuid::nil(), &incident);
        assert_eq!(id(&firing), id(&firing));
        assert_ne!(id(&firing), id(&later));
        assert_ne!(id(&firing), id(&over));
    }
}
