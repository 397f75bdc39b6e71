//! Incidents that really happened, told by those who had them; see the fixtures' own notes.
//!
//! Nothing of them is copied into the project: they are read where `SCRIBE_FIXTURES` says they are.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use scribe::clock;
use scribe::transfer::{Terms, import, restore};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event_store::EventStore;
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::incident::Incident;
use serde_json::{Value, json};

use super::{empty, export, history, imported, kept, now, told};

/// A folder of the fixtures; without them, the test says so and looks at nothing.
fn fixtures(folder: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("SCRIBE_FIXTURES") else {
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: set SCRIBE_FIXTURES to the fixtures' folder to run this");
        return None;
    };
    let path = PathBuf::from(root).join("histories").join(folder);
    assert!(path.is_dir(), "SCRIBE_FIXTURES is set, but {} is not there", path.display());
    Some(path)
}

fn line(told: &Value) -> String {
    format!("{told}\n")
}

fn incident_of(report: &Value) -> IncidentId {
    let date = report["started_at"].as_str().unwrap()[..10].parse().unwrap();
    IncidentId::derive(date, &format!("github {}", report["id"].as_str().unwrap()), 1)
}

/// A status page's incident as told events: declared, updated, resolved.
fn from_status_page(report: &Value) -> String {
    let incident = incident_of(report);
    let severity = match report["impact"].as_str() {
        Some("critical") => "sev1",
        Some("major") => "sev2",
        Some("minor") => "sev3",
        _ => "sev4",
    };
    let event = |at: &Value, id: &str, kind: &str, fields: Value| {
        let id = format!("{}/{id}", report["id"].as_str().unwrap());
        let actor = "integration:statuspage";
        line(
            &json!({"incident": incident, "occurred": at, "actor": actor, "kind": kind, "fields": fields, "id": id}),
        )
    };
    let mut body = String::new();
    let mut status = "investigating";
    for (number, update) in (1..).zip(report["updates"].as_array().unwrap()) {
        status = match update["status"].as_str().unwrap() {
            "Investigating" | "Scheduled" => "investigating",
            "Identified" | "In progress" => "identified",
            "Monitoring" | "Verifying" => "monitoring",
            "Resolved" | "Completed" => "resolved",
            _ => status,
        };
        let fields = json!({"audience": "public", "status": status, "text": update["message"]});
        body += &event(&update["at"], &number.to_string(), "status_updated", fields);
    }
    body += &event(&report["resolved_at"], "end", "resolved", json!({}));
    let fields = json!({"title": report["title"], "tier": "public", "severity": severity});
    body += &event(&report["started_at"], "start", "declared", fields);
    body
}

#[tokio::test]
async fn four_hundred_incidents_of_a_status_page() {
    let Some(folder) = fixtures("github-status") else { return };
    let unpacked =
        Command::new("gzip").arg("-dc").arg(folder.join("incidents-400.jsonl.gz")).output().unwrap();
    assert!(unpacked.status.success(), "gzip: {}", String::from_utf8_lossy(&unpacked.stderr));
    let reports: Vec<Value> = String::from_utf8(unpacked.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let body: String = reports.iter().map(from_status_page).collect();
    let lines = body.lines().count();

    let store = empty();
    let looked = import(&store, &body, true, now()).await.unwrap();
    assert_eq!(looked.problems, []);
    let report = imported(&store, &body).await;
    assert_eq!((report.incidents.len(), reports.len()), (400, 400));
    assert_eq!(report.incidents.iter().map(|incident| incident.added).sum::<usize>(), lines);
    assert_eq!(store.head().await.unwrap(), Position(lines as u64));

    for report in &reports {
        let history = history(&store, incident_of(report).as_str()).await;
        assert!(matches!(history[0].event, E::Declared(_)));
        assert!(matches!(Incident::replay(&history), Incident::Resolved(_)));
        let told: BTreeMap<_, _> = history
            .iter()
            .filter_map(|recorded| match &recorded.event {
                E::StatusUpdated(update) => Some((recorded.cause.source.clone(), update.text.to_string())),
                _ => None,
            })
            .collect();
        let updates = report["updates"].as_array().unwrap();
        assert_eq!(told.len(), updates.len());
        for update in updates {
            assert!(told.values().any(|text| text == update["message"].as_str().unwrap()));
        }
    }

    let again = imported(&store, &body).await;
    assert_eq!(again.incidents.iter().map(|incident| incident.added).sum::<usize>(), 0);
    let other = empty();
    restore(&other, &export(&store).await, &Terms { now: clock::system()(), known: Vec::new(), begun: None })
        .await
        .unwrap();
    assert_eq!(kept(&other).await, kept(&store).await);
}

#[tokio::test]
async fn a_wikis_timeline_with_an_unknown_time() {
    let Some(folder) = fixtures("wikimedia-2023-11-15-esams") else { return };
    let text = fs::read_to_string(folder.join("timeline.md")).unwrap();
    let incident = "20231115-esams-unreachable";
    let event = |at: &str, who: &str, kind: &str, fields: Value| {
        line(&json!({"incident": incident, "occurred": at, "actor": who, "kind": kind, "fields": fields}))
    };
    let mut body = String::new();
    let mut entries = 0;
    for entry in text.lines().filter_map(|line| line.strip_prefix("- ")) {
        let (time, words) = entry.split_once(' ').unwrap();
        let at = if time == "??:??" { "unknown".to_owned() } else { format!("2023-11-15T{time}Z") };
        let (who, words) = match words.strip_prefix('<').and_then(|words| words.split_once("> ")) {
            Some((nick, words)) => (nick.trim_start_matches('+'), words),
            None => ("integration:wiki", words),
        };
        body += &event(&at, who, "noted", json!({"text": words}));
        entries += 1;
    }
    let start = json!({"title": "esams unreachable", "tier": "public", "severity": "sev2"});
    body += &event("2023-11-15T14:04:10Z", "fabfur", "declared", start);
    body += &event("2023-11-15T14:21Z", "fabfur", "resolved", json!({}));

    let store = empty();
    let report = imported(&store, &body).await;
    assert_eq!(report.problems, []);
    assert_eq!(report.incidents[0].added, entries + 2);
    let told = told(&store, incident).await;
    assert_eq!(told.first().unwrap(), "2023-11-15T14:04:10Z declared");
    // The reboot is told to have come before the declaration, and is kept behind it all the same.
    assert_eq!(told[1], "2023-11-15T14:03Z noted");
    // What nobody put a time to stays where the page has it.
    let unknown = told.iter().position(|told| told == "unknown noted").unwrap();
    assert_eq!(
        (told[unknown - 1].as_str(), told[unknown + 1].as_str()),
        ("2023-11-15T14:10Z noted", "2023-11-15T14:11Z noted")
    );
}
