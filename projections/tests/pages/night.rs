//! A night that everybody saw, told by fields as a history is: what the other records tell nothing of.

use scribe_domain::event::IncidentEvent;
use serde_json::{Value, json};

use crate::testing::History;

const NIGHT: &str = "20230302-checkout-is-down";
const OTHER: &str = "20230302-payments-fail";

trait Told: Sized {
    /// One more event, by its kind and its fields.
    fn tell(self, kind: &str, fields: Value) -> Self;
}

impl Told for History {
    fn tell(self, kind: &str, fields: Value) -> Self {
        let read = IncidentEvent::from_told(kind, fields).unwrap_or_else(|| panic!("no kind {kind}"));
        self.event(read.unwrap_or_else(|error| panic!("{kind}: {error}")))
    }
}

#[expect(clippy::too_many_lines, reason = "one long story, told in order")]
pub(crate) fn night() -> History {
    let story =
        History::new().incident(NIGHT).by("Ada Okafor").from("ada@laptop").at("2023-03-02T01:05Z").tell(
            "declared",
            json!({
                "title": "Checkout is *down*", "tier": "internal", "severity": "sev1",
                "summary": "Nobody can pay | not even us.", "detected_by": "a customer"
            }),
        );
    let declared = story.last();
    let story = story
        .tell("milestone_set", json!({"milestone": "detected", "note": "the first mail of a customer"}))
        .tell("role_assigned", json!({"role": "incident_commander", "to": "Ada Okafor"}))
        .tell("role_assigned", json!({"role": "communications_lead", "to": "Kim Berg", "why": "speaks for us"}))
        .at("2023-03-02T01:10Z")
        .tell("upgraded", json!({"from": "internal", "to": "public", "why": "customers write in"}))
        .tell("impact_started", json!({"impact": 1, "text": "Nobody can pay", "components": ["Checkout", "Pay"], "who": "everybody"}))
        .by("Kim Berg")
        .tell("status_updated", json!({
            "audience": "public", "status": "investigating", "title": "Checkout trouble",
            "text": "We are looking into it.\n\n* pay later\n* or by phone, <b>please</b>",
            "components": [{"component": "Checkout", "state": "major_outage"}, {"component": "Pay", "state": "partial_outage"}]
        }));
    let told = story.last();
    let story = story
        .tell("component_renamed", json!({"audience": "public", "from": "Pay", "to": "Payments", "why": "so it is called"}))
        .by("integration:prometheus")
        .tell("alert_fired", json!({
            "source": "prometheus", "alert": "PoolFull", "fingerprint": "f1", "labels": {"service": "checkout"},
            "summary": "98 % of connections", "at": "https://prometheus.example/g0"
        }))
        .by("Bob Long")
        .at("2023-03-02T01:20Z")
        .tell("joined", json!({"who": "Bob Long"}))
        .tell("hypothesis_raised", json!({"hypothesis": 1, "text": "The pool is full"}))
        .tell("hypothesis_raised", json!({"hypothesis": 2, "text": "It is DNS"}))
        .tell("hypothesis_settled", json!({"hypothesis": 2, "verdict": "refuted", "finding": "names resolve"}))
        .tell("hypothesis_settled", json!({"hypothesis": 1, "verdict": "confirmed"}))
        .tell("run_proposed", json!({"run": 1, "line": "kubectl delete pod <x>", "digest": digest("kubectl delete pod <x>"), "by": "Bob Long", "why": "to see | what happens"}))
        .by("Ada Okafor")
        .tell("run_declined", json!({"run": 1, "by": "Ada Okafor", "why": "Not during the sale."}))
        .by("Bob Long")
        .tell("run_proposed", json!({"run": 2, "line": "psql -c 'select 1'", "digest": digest("psql -c 'select 1'"), "by": "Bob Long", "host": "db-1"}))
        .tell("run_withdrawn", json!({"run": 2}))
        .tell("run_finished", json!({
            "run": 3, "line": "systemctl restart `pool`", "digest": digest("systemctl restart `pool`"), "by": "Bob Long",
            "standing": {"unapproved": {"reason": "I was alone."}}, "started": "2023-03-02T01:30Z", "ended": "2023-03-02T01:32Z",
            "exit": {"signal": 9}, "excerpt": "killed"
        }))
        .tell("deploy_hold_taken", json!({"scope": "checkout", "by": "Bob Long", "why": "no deploys"}))
        .at("2023-03-02T01:40Z")
        .tell("action_assigned", json!({"action": 1, "kind": "mitigation", "text": "Make the pool larger", "to": "Bob Long", "check_back": "2023-03-02T01:50Z"}))
        .tell("action_finished", json!({"action": 1, "outcome": "Twice as large."}))
        .tell("action_assigned", json!({"action": 2, "kind": "investigation", "text": "Call the bank", "to": "Kim Berg"}))
        .tell("action_checked_in", json!({"action": 2, "text": "nobody answers", "check_back": "2023-03-02T02:10Z"}))
        .tell("change_linked", json!({"kind": "deploy", "relation": "cause", "title": "v42", "deployer": "Mona Reyes"}))
        .tell("evidence_attached", json!({"title": "Graph of the pool", "digest": digest("graph"), "media_type": "image/png", "at": "https://files.example/pool.png"}))
        .tell("linked", json!({"kind": "other", "at": "https://example.com/x"}))
        .by("integration:prometheus")
        .at("2023-03-02T01:55Z")
        .tell("alert_resolved", json!({"source": "prometheus", "alert": "PoolFull", "fingerprint": "f1", "summary": "12 %"}))
        .by("Ada Okafor")
        .tell("phase_changed", json!({"from": "investigating", "to": "monitoring", "why": "it looks good"}))
        .tell("severity_changed", json!({"from": "sev1", "to": "sev3", "why": "most can pay"}))
        .tell("mitigated", json!({"how": "A larger pool."}))
        .tell("impact_ended", json!({"impact": 1, "text": "All can pay."}))
        .at("~2023-03-02T02:05Z")
        .tell("regrouped", json!({"findings": "The pool it was.", "plan": "Watch for an hour"}))
        .tell("decided", json!({"choice": "Go to bed", "options": ["Stay up"], "why": "It is late.", "dissent": "Bob would wait"}))
        .tell("role_left", json!({"role": "incident_commander", "who": "Ada Okafor", "why": "sleeps"}))
        .tell("left", json!({"who": "Bob Long", "why": "sleeps too"}))
        .by("Kim Berg")
        .at("2023-03-02T02:20Z")
        .told("2023-03-02T07:00Z")
        .tell("status_updated", json!({"audience": "public", "status": "resolved", "text": "All is well.", "components": [{"component": "Checkout", "state": "operational"}, {"component": "Payments", "state": "operational"}]}));
    let wrong = story.last();
    let story = story
        .tell("resolved", json!({"summary": "The pool is larger."}))
        .tell("deploy_hold_released", json!({"scope": "checkout", "by": "Kim Berg", "why": "over"}))
        .at("2023-03-02T08:00Z")
        .tell("reopened", json!({"why": "It is slow again."}))
        .tell("impact_started", json!({"impact": 2, "text": "Slow", "components": ["Checkout"]}))
        .tell(
            "corrected",
            json!({"target": told, "fields": {"text": "We are on it."}, "why": "too many words"}),
        )
        .tell(
            "corrected",
            json!({"target": declared, "fields": {"title": "Checkout is down"}, "why": "no shouting"}),
        )
        .tell("corrected", json!({"target": wrong, "occurred": "2023-03-02T02:25Z", "why": "the clock"}))
        .tell("noted", json!({"text": "a slip"}));
    let slip = story.last();
    story
        .tell("retracted", json!({"target": slip, "why": "another incident"}))
        .tell("nudged", json!({"whom": "Kim Berg", "text": "the page is old"}))
        .at("2023-03-02T09:00Z")
        .tell("impact_ended", json!({"impact": 2}))
        .tell("role_assigned", json!({"role": "incident_commander", "to": "Mona Reyes"}))
        .tell("resolved", json!({}))
        .tell("cause_named", json!({"text": "The new release holds connections.", "cites": [declared]}))
        .tell("review_assigned", json!({"owner": "Kim Berg"}))
        .tell("review_section_written", json!({"section": "learned", "text": "# Pools\nneed *alerts*.", "cites": [told], "public": true}))
        .tell("review_section_written", json!({"section": "lucky", "text": "It was night."}))
        .tell("follow_up_agreed", json!({"follow_up": 1, "text": "Alert on the pool", "owner": "SRE", "due": "2023-03-04"}))
        .tell("follow_up_agreed", json!({"follow_up": 2, "text": "Write it down", "committed_by": "Kim Berg"}))
        .tell("follow_up_finished", json!({"follow_up": 2}))
        .tell("review_published", json!({"audience": "public"}))
        .tell("closed", json!({"summary": "Nothing is left."}))
        .incident(OTHER)
        .by("Mona Reyes")
        .at("2023-03-02T01:30Z")
        .told("2023-03-02T09:30Z")
        .tell("declared", json!({"title": "Payments fail", "tier": "public", "severity": "sev2"}))
        .tell("role_assigned", json!({"role": "communications_lead", "to": "Mona Reyes"}))
        .tell("paged", json!({"page": 1, "whom": {"person": "Sam Rivera"}}))
        .tell("status_updated", json!({"audience": "public", "status": "investigating", "title": "Payments", "text": "Some fail."}))
        .tell("downgraded", json!({"from": "public", "to": "engineering", "why": "nobody was hit"}))
        .tell("merged_into", json!({"into": NIGHT, "why": "the same pool"}))
        .incident("20230303-nothing")
        .at("2023-03-03T10:00Z")
        .tell("declared", json!({"title": "Nothing", "tier": "engineering", "severity": "sev5"}))
        .tell("cancelled", json!({"why": "A false alarm."}))
        .incident("20230303-still-open")
        .at("unknown")
        .tell("declared", json!({"title": "Still open", "tier": "internal", "severity": "sev4"}))
        .at("2023-03-03T11:00Z")
        .tell("noted", json!({"text": "nobody has taken command"}))
}

fn digest(text: &str) -> String {
    scribe_domain::values::Digest::of(text.as_bytes()).to_string()
}
