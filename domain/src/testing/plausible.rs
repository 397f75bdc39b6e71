//! A plausible record of any size, always the same, for measurements: incidents of two hundred events each.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::actor::Actor;
use crate::event::IncidentEvent;
use crate::event_store::Draft;
use crate::ids::{CommandId, EventId, IncidentId};
use crate::text::ShellLine;
use crate::values::Digest;
use crate::when::When;

/// Events in an incident.
pub const EACH: usize = 200;

/// Events in an append.
pub const AT_ONCE: usize = 10;

const PEOPLE: [&str; 8] = [
    "Ada King",
    "Bob Long",
    "Zac Bentley",
    "Jen Blagg",
    "Andris Cakuls",
    "Madeleine Guttuso",
    "John Meichle",
    "Brandon Novick",
];
const WORDS: &str = "Imports of lists larger than ten thousand profiles time out; the queue of the mail workers \
    grows, and the sockets of the resolver on import-7 are nearly all taken. ";
const LINE: &str =
    "kubectl --namespace production rollout undo deployment/list-import && ss --udp --all | wc -l";

/// The incident with this number.
pub fn incident(number: usize) -> IncidentId {
    format!("20230104-incident-{number:06}").parse().expect("an id")
}

/// The request that records this part of an incident: [`AT_ONCE`] events.
pub fn command(number: usize, part: usize) -> CommandId {
    CommandId(Uuid::from_u128((number as u128) << 32 | part as u128 | 1 << 100))
}

/// The event at this place of an incident, from 0; there are [`EACH`].
pub fn draft(number: usize, place: usize) -> Draft {
    let minutes = i64::try_from(number * 120 + place / 4).expect("a record that fits");
    let occurred: DateTime<Utc> =
        DateTime::UNIX_EPOCH + TimeDelta::days(19_361) + TimeDelta::minutes(minutes);
    let (kind, fields) = payload(number, place);
    let event = IncidentEvent::from_told(kind, fields).expect("a known kind").expect("its fields fit");
    Draft {
        actor: Actor {
            who: PEOPLE[(number + place / 7) % PEOPLE.len()].parse().expect("a name of the list is one"),
            via: "cli".parse().expect("a word is a label"),
            on_behalf_of: None,
        },
        occurred: When::second(occurred),
        told: None,
        source: None,
        origin: None,
        event,
    }
}

/// An incident's life, by the place in it; some of it every few events, the rest of it notes.
fn payload(number: usize, place: usize) -> (&'static str, Value) {
    let person = |shift: usize| PEOPLE[(number + shift) % PEOPLE.len()];
    let words = &WORDS[..60 + (number * 31 + place * 17) % 90];
    let which = place / 40 + 1;
    let line = format!("{LINE} # {number} {which}");
    let digest = Digest::of_line(&ShellLine::new(line.as_str()).expect("a line")).to_string();
    let standing = json!({ "approved": { "by": person(2) } });
    let ended = number % 50 != 49;
    match (place, place % 40) {
        (0, _) => (
            "declared",
            json!({ "title": format!("Incident {number}: {}", &words[..40]), "tier": "engineering",
                "severity": "sev3", "summary": words, "detected_by": "monitoring" }),
        ),
        (1, _) => ("upgraded", json!({ "from": "engineering", "to": "public", "why": words })),
        (2..5, _) => {
            let role = ["incident_commander", "communications_lead", "incident_analyst"][place - 2];
            ("role_assigned", json!({ "role": role, "to": person(place) }))
        }
        (5, _) => {
            ("role_handed_off", json!({ "role": "incident_commander", "from": person(2), "to": person(5) }))
        }
        (6, _) => ("impact_started", json!({ "impact": 1, "text": words, "components": ["imports"] })),
        (7, _) => ("deploy_hold_taken", json!({ "scope": "all", "by": person(1), "why": words })),
        (190, _) if number.is_multiple_of(5) => {
            let target = EventId::derive(command(number, 3), 0);
            ("retracted", json!({ "target": target, "why": "another system" }))
        }
        (191, _) if number.is_multiple_of(5) => {
            let target = EventId::derive(command(number, 0), 0);
            (
                "corrected",
                json!({ "target": target, "fields": { "title": "Put right" }, "why": "a better word" }),
            )
        }
        (195, _) if ended => ("impact_ended", json!({ "impact": 1 })),
        (196, _) if ended => ("deploy_hold_released", json!({ "scope": "all", "by": person(1) })),
        (197, _) if ended => {
            ("follow_up_agreed", json!({ "follow_up": 1, "text": words, "owner": "imports" }))
        }
        (198, _) if ended => ("resolved", json!({ "summary": words })),
        (199, _) if ended => ("closed", json!({})),
        (_, 10) => (
            "run_proposed",
            json!({ "run": which, "line": line, "digest": digest, "by": person(3), "host": "import-7",
                "why": words }),
        ),
        (_, 11) => ("run_approved", json!({ "run": which, "digest": digest, "by": person(2) })),
        (_, 12) => (
            "run_started",
            json!({ "run": which, "line": line, "digest": digest, "by": person(3), "host": "import-7",
                "standing": standing }),
        ),
        (_, 14) => (
            "run_finished",
            json!({ "run": which, "line": line, "digest": digest, "by": person(3), "host": "import-7",
                "standing": standing, "started": "2023-01-04T20:28:00Z", "ended": "2023-01-04T20:28:42Z",
                "exit": { "code": 0 }, "output_digest": digest, "excerpt": words }),
        ),
        (_, 15 | 35) => (
            "status_updated",
            json!({ "audience": (["internal", "public"][place % 2]), "status": "investigating", "text": words,
                "components": [{ "component": "imports", "state": "partial_outage" }] }),
        ),
        (_, 16) => (
            "action_assigned",
            json!({ "action": which, "kind": "mitigation", "text": words, "to": person(4),
                "check_back": "2023-01-04T20:28:00Z" }),
        ),
        (_, 20) => ("action_checked_in", json!({ "action": which, "text": words })),
        (_, 24) => ("action_finished", json!({ "action": which, "outcome": words })),
        (_, 17) => (
            "alert_fired",
            json!({ "source": "alertmanager", "alert": "QueueGrows",
                "fingerprint": format!("{:016x}", number * 8 + which), "labels": { "queue": "imports" },
                "summary": words }),
        ),
        (_, 30) => (
            "alert_resolved",
            json!({ "source": "alertmanager", "alert": "QueueGrows",
                "fingerprint": format!("{:016x}", number * 8 + which) }),
        ),
        (_, 18) => ("paged", json!({ "page": which, "whom": { "person": person(6) }, "why": words })),
        (_, 19) => ("page_acknowledged", json!({ "page": which, "by": person(6) })),
        (_, 21) => ("hypothesis_raised", json!({ "hypothesis": which, "text": words })),
        (_, 22) => ("linked", json!({ "kind": "dashboard", "at": "https://grafana.example/d/imports" })),
        _ => ("noted", json!({ "text": words })),
    }
}
