//! Links, alerts, changes and attachments: told and kept.

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
}
