//! What to do instead, in the API's language.

use scribe_domain::actor::Person;
use scribe_domain::remedy::{Remedy, Step};
use serde_json::{Value, json};

/// The remedy as a hint: what it is for and, where something else is to be asked, the request.
pub(super) fn hint(remedy: &Remedy) -> String {
    remedy.worded(request)
}

/// The request that takes the step; what only the asker knows stands there as `…`.
fn request(step: &Step) -> String {
    let (incident, command, fields) = match step {
        Step::ListIncidents => return "GET /v1/incidents?state=all".to_owned(),
        Step::ListRuns { incident } => return format!("GET /v1/runs?incident={incident}"),
        Step::FindEvents { incident } => return format!("GET /v1/incidents/{incident}/timeline"),
        Step::AddPerson { person } => return format!("POST /v1/people {}", json!({ "name": person })),
        Step::ShowPerson { person } => return format!("GET /v1/people/{}", encoded(person.as_str())),
        Step::LinkAccount { account } => {
            return format!("POST /v1/people/…/link {}", json!({ "account": account }));
        }
        Step::UnlinkAccount { person, account } => {
            return of_person(person, "unlink", &json!({ "account": account }));
        }
        Step::StayOn { person } => return of_person(person, "employment", &json!({ "stays": true })),
        Step::Upgrade { incident, to } => (incident, "upgrade", json!({ "to": to })),
        Step::Downgrade { incident, to } => (incident, "downgrade", json!({ "to": to })),
        Step::Resolve { incident } => (incident, "resolve", json!({})),
        Step::Reopen { incident } => (incident, "reopen", json!({ "why": "…" })),
        Step::AssignRole { incident, role } => (incident, "assign-role", json!({ "role": role, "to": "…" })),
        Step::HandOff { incident, role, from, to } => {
            (incident, "hand-off", json!({ "role": role, "from": from, "to": to }))
        }
        Step::ApproveRun { incident, run } => (incident, "approve-run", json!({ "run": run, "digest": "…" })),
        Step::DeclineRun { incident, run } => (incident, "decline-run", json!({ "run": run })),
        Step::WithdrawRun { incident, run } => (incident, "withdraw-run", json!({ "run": run })),
        Step::RecordRun { incident } => {
            (incident, "record-run", json!({ "line": "…", "started": "…", "ended": "…" }))
        }
        Step::CorrectTime { incident } => {
            (incident, "correct", json!({ "target": "…", "occurred": "…", "why": "…" }))
        }
    };
    post(incident.as_str(), command, &fields)
}

fn post(incident: &str, command: &str, fields: &Value) -> String {
    format!("POST /v1/incidents/{incident}/commands/{command} {fields}")
}

fn of_person(person: &Person, word: &str, fields: &Value) -> String {
    format!("POST /v1/people/{}/{word} {fields}", encoded(person.as_str()))
}

/// A part of an address, percent-encoded but for RFC 3986's unreserved characters.
fn encoded(part: &str) -> String {
    part.bytes().fold(String::new(), |text, byte| match byte {
        plain if plain.is_ascii_alphanumeric() || b"-._~".contains(&plain) => {
            text + &char::from(plain).to_string()
        }
        other => format!("{text}%{other:02X}"),
    })
}

#[cfg(test)]
mod tests {
    use scribe_domain::command::Command;
    use scribe_domain::ids::IncidentId;
    use scribe_domain::values::Tier;

    use super::*;

    #[test]
    fn a_step_is_a_request_that_can_be_sent() {
        let incident: IncidentId = "20230104-imports-fail".parse().unwrap();
        let remedy = Remedy::step("to raise it", Step::Upgrade { incident, to: Tier::Public });
        let said = hint(&remedy);
        assert_eq!(
            said,
            r#"to raise it: POST /v1/incidents/20230104-imports-fail/commands/upgrade {"to":"public"}"#
        );
        let fields: Value = serde_json::from_str(
            said.split_once(" {").map(|(_, rest)| format!("{{{rest}")).unwrap().as_str(),
        )
        .unwrap();
        assert!(Command::read("upgrade", fields).unwrap().is_ok());
    }

    #[test]
    fn a_step_about_a_person_is_at_an_address_that_can_be_asked() {
        let (person, account) = ("Zoë O’Neil".parse().unwrap(), "slack:U1".parse().unwrap());
        let said = hint(&Remedy::step("to take it", Step::UnlinkAccount { person, account }));
        assert_eq!(
            said,
            r#"to take it: POST /v1/people/Zo%C3%AB%20O%E2%80%99Neil/unlink {"account":"slack:U1"}"#
        );
    }
}
