//! Links, alerts, changes and attachments: told and kept.

use scribe_domain::refusal::Reason;
use scribe_domain::values::Digest;
use serde_json::json;

use crate::harness::{declared, event, given, scenarios};

scenarios! {
    fn evidence_is_kept_as_told() {
        for (command, kind, fields) in [
            ("link", "linked", json!({"kind": "dashboard", "at": "https://example.org/d/1", "title": "Queue"})),
            ("fire-alert", "alert_fired", json!({
                "source": "alertmanager", "alert": "QueueFull", "fingerprint": "ab12",
                "labels": {"queue": "imports", "severity": "page"}, "summary": "10 000 waiting",
                "at": "https://example.org/a/1"
            })),
            ("resolve-alert", "alert_resolved", json!({
                "source": "alertmanager", "alert": "QueueFull", "fingerprint": "ab12", "summary": "empty again"
            })),
            ("link-change", "change_linked", json!({
                "kind": "deploy", "relation": "suspected", "title": "importer v12", "at": "https://example.org/c/1",
                "author": "Dan", "deployer": "Eve"
            })),
            ("attach-evidence", "evidence_attached", json!({
                "title": "importer.log", "digest": Digest::of(b"log").to_string(), "media_type": "text/plain",
                "at": "s3://evidence/importer.log"
            })),
        ] {
            given([declared()]).when(command, fields.clone()).by("integration:grafana").then([event(kind, fields)]);
        }
    }

    fn the_same_alert_may_fire_again() {
        let fields = json!({"source": "grafana", "alert": "QueueFull"});
        given([declared(), event("alert_fired", fields.clone())])
            .when("fire-alert", fields.clone())
            .then([event("alert_fired", fields)]);
    }

    fn missing_evidence_has_a_number_and_one_end() {
        let given = given([declared()]);
        let gap = |number: u32| event("evidence_gap_started", json!({"gap": number, "text": "No telemetry."}));
        given.when("start-gap", json!({"text": "No telemetry."})).then([gap(1)]);
        let given = given.and([gap(1)]);
        given.when("start-gap", json!({"text": "No telemetry."})).then([gap(2)]);
        let end = json!({"gap": 1, "text": "It is back."});
        given.when("end-gap", end.clone()).then([event("evidence_gap_ended", end.clone())]);
        given.when("end-gap", json!({"gap": 3})).refused_saying(Reason::UnknownNumber, "it has gap 1");
        given.when("end-gap", end.clone()).at("2023-01-04T10:00Z").refused(Reason::TimesContradict);
        given.and([event("evidence_gap_ended", end.clone())]).when("end-gap", end).refused(Reason::AlreadyOver);
    }
}
