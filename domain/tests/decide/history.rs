//! What a history may tell: the same conditions as those of commands, but for what was open and who was allowed it.

use scribe_domain::incident::history::{Fired, gives_or_speaks, lives_here, may_have_happened, waits};
use serde_json::json;

use crate::harness::{Given, cause, declared, event, given, id};

fn told(given: &Given, kind: &str, fields: serde_json::Value) -> Result<(), String> {
    let event = event(kind, fields);
    may_have_happened(&given.situation(), &id(), &event, &cause()).map_err(|refusal| refusal.to_string())
}

/// After these, this is refused, and the message says so.
#[track_caller]
fn contradicts(given: &Given, kind: &str, fields: serde_json::Value, words: &str) {
    let refusal = told(given, kind, fields).expect_err("a contradiction");
    assert!(refusal.contains(words), "{words}: {refusal}");
}

fn in_the_middle() -> Given {
    given([
        declared(),
        event("role_assigned", json!({"role": "incident_commander", "to": "Ada"})),
        event("impact_started", json!({"impact": 1, "text": "slow"})),
        event("deploy_hold_taken", json!({"scope": "web", "by": "Ada"})),
        event("action_assigned", json!({"action": 1, "kind": "mitigation", "text": "restart", "to": "Ada"})),
    ])
}

/// That nobody declared the incident is told by itself.
#[test]
fn what_nobody_declared_contradicts_nothing() {
    for (kind, fields) in [("noted", json!({"text": "slow"})), ("impact_ended", json!({"impact": 1}))] {
        assert_eq!(told(&given([]), kind, fields), Ok(()), "{kind}");
    }
}

#[test]
fn an_end_needs_a_beginning_and_comes_once() {
    let history = in_the_middle();
    for (kind, fields) in [
        ("impact_ended", json!({"impact": 1})),
        ("action_checked_in", json!({"action": 1, "text": "half done"})),
        ("action_finished", json!({"action": 1, "outcome": "done"})),
        ("deploy_hold_released", json!({"scope": "web", "by": "Ada"})),
        ("role_left", json!({"role": "incident_commander", "who": "Ada"})),
        ("role_handed_off", json!({"role": "incident_commander", "from": "Ada", "to": "Bob"})),
        // A run may be told that nobody proposed.
        ("run_finished", run(1, "12:00", "12:05")),
    ] {
        assert_eq!(told(&history, kind, fields), Ok(()), "{kind}");
    }
    contradicts(&history, "impact_ended", json!({"impact": 2}), "has no impact 2");
    contradicts(&history, "action_finished", json!({"action": 7, "outcome": "done"}), "has no action 7");
    contradicts(&history, "action_checked_in", json!({"action": 7, "text": "x"}), "has no action 7");
    contradicts(&history, "page_acknowledged", json!({"page": 1, "by": "Ada"}), "has no page");
    contradicts(&history, "run_approved", json!({"run": 3, "digest": digest(), "by": "Bob"}), "has no run 3");
    contradicts(&history, "deploy_hold_released", json!({"scope": "db", "by": "Ada"}), "does not hold");
    contradicts(&history, "deploy_hold_taken", json!({"scope": "web", "by": "Bob"}), "Ada holds");
    contradicts(&history, "role_left", json!({"role": "incident_commander", "who": "Bob"}), "is not");
    let over = history.and([
        event("impact_ended", json!({"impact": 1})),
        event("action_finished", json!({"action": 1, "outcome": "done"})),
        event("run_finished", run(1, "12:00", "12:05")),
    ]);
    contradicts(&over, "impact_ended", json!({"impact": 1}), "over already");
    contradicts(&over, "action_finished", json!({"action": 1, "outcome": "done"}), "over already");
    contradicts(&over, "run_finished", run(1, "12:00", "12:05"), "has begun already");
    // What goes on after the end was told late, and contradicts nothing.
    assert_eq!(told(&over, "action_checked_in", json!({"action": 1, "text": "half done"})), Ok(()));
}

#[test]
fn what_changes_must_be_what_it_was_and_move_the_way_it_says() {
    let history = given([declared()]);
    assert_eq!(told(&history, "upgraded", json!({"from": "engineering", "to": "public"})), Ok(()));
    assert_eq!(told(&history, "severity_changed", json!({"from": "sev3", "to": "sev1"})), Ok(()));
    contradicts(&history, "upgraded", json!({"from": "public", "to": "engineering"}), "is below");
    contradicts(&history, "upgraded", json!({"from": "engineering", "to": "engineering"}), "is just");
    contradicts(&history, "upgraded", json!({"from": "internal", "to": "public"}), "was engineering by then");
    contradicts(&history, "downgraded", json!({"from": "engineering", "to": "public"}), "is above");
    contradicts(&history, "severity_changed", json!({"from": "sev1", "to": "sev2"}), "was sev3 by then");
    contradicts(&history, "phase_changed", json!({"from": "monitoring", "to": "resolved"}), "of its own");
    contradicts(&history, "merged_into", json!({"into": id()}), "into itself");
    contradicts(&history, "run_finished", run(1, "12:05", "12:00"), "before it began");
    let public = json!({"audience": "public", "status": "investigating", "text": "Down."});
    contradicts(&history, "status_updated", public, "the public page is above it");
    let renamed = json!({"audience": "public", "from": "Imports", "to": "List imports"});
    contradicts(&history, "component_renamed", renamed, "the public page is above it");
}

#[test]
fn what_ends_something_waits_for_its_beginning() {
    let (history, fired) = (in_the_middle(), Fired::default());
    let waits = |given: &Given, kind: &str, fields: serde_json::Value, fired: &Fired| {
        waits(&given.situation(), &id(), &event(kind, fields), &cause(), fired)
    };
    assert!(waits(&given([]), "noted", json!({"text": "x"}), &fired), "for its declaration");
    assert!(!waits(&history, "noted", json!({"text": "x"}), &fired));
    assert!(waits(&history, "impact_ended", json!({"impact": 2}), &fired));
    assert!(!waits(&history, "impact_ended", json!({"impact": 1}), &fired));
    for kind in ["reopened", "closed"] {
        let fields = if kind == "closed" { json!({}) } else { json!({"why": "again"}) };
        assert!(waits(&history, kind, fields.clone(), &fired), "{kind}");
        assert!(!waits(&history.clone().and([event("resolved", json!({}))]), kind, fields, &fired), "{kind}");
    }
    assert!(waits(&history, "left", json!({"who": "Bob"}), &fired));
    let joined = history.clone().and([event("joined", json!({"who": "Bob"}))]);
    assert!(!waits(&joined, "left", json!({"who": "Bob"}), &fired));
    let alert =
        |fingerprint: &str| json!({"source": "grafana", "alert": "Queue", "fingerprint": fingerprint});
    assert!(waits(&history, "alert_resolved", alert("f"), &fired));
    let mut fired = fired;
    fired.follow(&event("alert_fired", alert("f")));
    assert!(!waits(&history, "alert_resolved", alert("f"), &fired));
    assert!(waits(&history, "alert_resolved", alert("g"), &fired));
}

#[test]
fn an_incident_lives_where_somebody_did_something_in_it() {
    let kinds = |kind: &str, fields: serde_json::Value| gives_or_speaks(&event(kind, fields));
    assert!(
        kinds("resolved", json!({})) && kinds("role_assigned", json!({"role": "responder", "to": "Ada"}))
    );
    assert!(kinds("status_updated", json!({"audience": "public", "status": "resolved", "text": "Over."})));
    assert!(!kinds(
        "status_updated",
        json!({"audience": "engineering", "status": "resolved", "text": "Over."})
    ));
    assert!(kinds("review_section_written", json!({"section": "learned", "text": "x", "public": true})));
    assert!(!kinds("review_section_written", json!({"section": "learned", "text": "x"})));
    assert!(!kinds("noted", json!({"text": "x"})));
    let imported = given([]).imported([declared(), event("resolved", json!({}))]);
    assert!(!lives_here(imported.events()));
    assert!(!lives_here(imported.clone().and([event("noted", json!({"text": "x"}))]).events()));
    assert!(lives_here(imported.and([event("reopened", json!({"why": "again"}))]).events()));
    assert!(lives_here(given([declared()]).events()));
}

fn digest() -> String {
    scribe_domain::values::Digest::of(b"uptime").to_string()
}

fn run(number: u32, started: &str, ended: &str) -> serde_json::Value {
    json!({
        "run": number, "line": "uptime", "digest": digest(), "by": "Zac",
        "standing": {"unapproved": {"reason": "nobody was there"}},
        "started": format!("2023-01-04T{started}Z"), "ended": format!("2023-01-04T{ended}Z")
    })
}
