//! Corrections, retractions and erasures: the record is changed only by adding to it.

use scribe_domain::event::IncidentEvent;
use scribe_domain::refusal::Reason;
use serde_json::{Value, json};

use crate::harness::{Given, declared, event, given, nth, scenarios};

fn noted() -> IncidentEvent {
    event("noted", json!({"text": "the queue is fulll"}))
}

fn correction(place: u128, fields: &Value) -> Value {
    json!({"target": nth(place), "fields": fields, "why": "misread"})
}

fn corrected(place: u128, fields: &Value) -> IncidentEvent {
    event("corrected", correction(place, fields))
}

fn retraction(place: u128) -> Value {
    json!({"target": nth(place), "why": "another incident"})
}

fn retracted(place: u128) -> IncidentEvent {
    event("retracted", retraction(place))
}

fn redaction(place: u128) -> Value {
    json!({"target": nth(place), "why": "a password"})
}

fn redacted(place: u128) -> IncidentEvent {
    event("redacted", json!({"target": nth(place), "by": "Zac", "why": "a password"}))
}

/// A public incident in which Ada, its commander, has told the public something.
fn told_to_the_public() -> Given {
    given([
        event("declared", json!({"title": "Imports", "tier": "public", "severity": "sev2"})),
        event("role_assigned", json!({"role": "incident_commander", "to": "Ada"})),
        event(
            "status_updated",
            json!({"audience": "public", "status": "identified", "text": "Imports are slwo."}),
        ),
        event(
            "status_updated",
            json!({"audience": "engineering", "status": "identified", "text": "The cache is cold."}),
        ),
    ])
}

scenarios! {
    fn a_fact_is_corrected_by_another_event() {
        let right = json!({"text": "the queue is full"});
        given([declared(), noted()]).when("correct", correction(2, &right)).then([corrected(2, &right)]);
        let time = json!({"target": nth(2), "occurred": "2023-01-04T12:40Z", "why": "clocks differ"});
        given([declared(), noted()]).when("correct", time.clone()).then([event("corrected", time)]);
        let right = json!({"title": "Imports stall"});
        given([declared()]).when("correct", correction(1, &right)).then([corrected(1, &right)]);
    }

    fn a_corrected_text_is_kept_as_the_event_has_it() {
        let lines = |ends: &str| json!({"text": format!("the queue{ends}is full")});
        let given = given([declared(), noted()]);
        given.when("correct", correction(2, &lines("\r\n"))).then([corrected(2, &lines("\n"))]);
    }

    fn null_removes_what_may_be_absent() {
        let given = given([declared(), event("summarised", json!({"status": "slow", "plan": "wait"}))]);
        given.when("correct", correction(2, &json!({"plan": null}))).then([corrected(2, &json!({"plan": null}))]);
        given.when("correct", correction(2, &json!({"status": null}))).refused(Reason::BadCorrection);
        given
            .when("correct", correction(2, &json!({"plan": null, "no such\u{202e}field": null})))
            .refused(Reason::BadCorrection);
    }

    fn a_correction_changes_something_that_is_there() {
        let given = given([declared(), noted()]);
        given.when("correct", json!({"target": nth(2), "why": "?"})).refused(Reason::BadCorrection);
        given.when("correct", correction(9, &json!({"text": "x"}))).refused(Reason::UnknownEvent);
        given.when("correct", correction(2, &json!({"text": "the queue is fulll"}))).then_nothing();
    }

    fn a_correction_fits_the_event() {
        let given = given([declared(), noted()]);
        given
            .when("correct", correction(2, &json!({"txt": "x"})))
            .refused_saying(Reason::BadCorrection, "unknown field `txt`");
        given.when("correct", correction(2, &json!({"text": 5}))).refused(Reason::BadCorrection);
        given.when("correct", correction(2, &json!({"text": "a\u{202e}b"}))).refused_saying(Reason::BadCorrection, "U+202E");
    }

    fn a_correction_builds_on_the_one_before() {
        let given = given([
            declared(),
            event("summarised", json!({"status": "slow"})),
            corrected(2, &json!({"plan": "wait"})),
        ]);
        given.when("correct", correction(2, &json!({"plan": null}))).accepted();
        given.when("correct", correction(2, &json!({"plan": "wait"}))).then_nothing();
    }

    fn a_corrected_citation_must_be_known_too() {
        given([declared(), event("cause_named", json!({"text": "a bad config"}))])
            .when("correct", correction(2, &json!({"cites": [nth(9)]})))
            .refused(Reason::UnknownEvent);
        given([declared(), event("review_section_written", json!({"section": "lucky", "text": "?"}))])
            .when("correct", correction(2, &json!({"cites": [nth(9)]})))
            .refused(Reason::UnknownEvent);
    }

    fn nobody_gains_a_right_by_correcting_the_past() {
        let digest = scribe_domain::values::Digest::of(b"uptime").to_string();
        let run = |more: Value| {
            let mut fields = json!({"run": 1, "digest": digest, "by": "Zac"});
            if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
                fields.extend(more);
            }
            fields
        };
        for (kind, fields, change) in [
            ("declared", json!({"title": "T", "tier": "public", "severity": "sev1"}), json!({"tier": "public"})),
            ("upgraded", json!({"from": "engineering", "to": "internal"}), json!({"to": "public"})),
            ("role_assigned", json!({"role": "responder", "to": "Zac"}), json!({"role": "incident_commander"})),
            ("role_handed_off", json!({"role": "responder", "from": "Zac", "to": "Bob"}), json!({"to": "Eve"})),
            ("run_proposed", run(json!({"line": "uptime"})), json!({"by": "Bob"})),
            ("run_approved", run(json!({})), json!({"by": "Eve"})),
            ("run_started", run(json!({"line": "uptime", "standing": {"approved": {"by": "Bob"}}})), json!({"line": "ls"})),
            ("deploy_hold_taken", json!({"scope": "all", "by": "Zac"}), json!({"scope": "none"})),
            ("status_updated", json!({"audience": "engineering", "status": "resolved", "text": "x"}), json!({"audience": "public"})),
            ("review_published", json!({"audience": "engineering"}), json!({"audience": "public"})),
            ("impact_started", json!({"impact": 1, "text": "x"}), json!({"impact": 2})),
            ("merged_into", json!({"into": "20230104-a"}), json!({"into": "20230104-b"})),
        ] {
            let given = given([declared(), event(kind, fields)]);
            given.when("correct", correction(2, &change)).refused(Reason::NotCorrectable);
            // When it happened may be put right all the same, since clocks disagree.
            given.when("correct", json!({"target": nth(2), "occurred": "unknown", "why": "clocks"})).accepted();
        }
    }

    fn what_an_audience_was_told_is_put_right_by_those_who_may_tell_it() {
        let right = json!({"text": "Imports are slow."});
        let given = told_to_the_public();
        given.when("correct", correction(3, &right)).by("Ada").then([corrected(3, &right)]);
        given.when("correct", correction(3, &right)).by("Zac").refused_saying(Reason::NotACommunicator, "Ada may");
        given.when("retract", retraction(3)).by("Ada").then([retracted(3)]);
        given.when("retract", retraction(3)).by("Zac").refused(Reason::NotACommunicator);
        given.when("correct", correction(4, &right)).by("Zac").accepted();
        given.when("retract", retraction(4)).by("Zac").accepted();
    }

    fn corrections_and_retractions_are_not_themselves_amended() {
        let given = given([declared(), noted(), corrected(2, &json!({"text": "x"})), noted(), retracted(4)]);
        given.when("correct", correction(3, &json!({"why": "y"}))).refused(Reason::NotCorrectable);
        given.when("retract", retraction(3)).refused(Reason::NotCorrectable);
        given.when("correct", correction(5, &json!({"why": "y"}))).refused(Reason::NotCorrectable);
        given.when("retract", retraction(5)).refused(Reason::NotCorrectable);
    }

    fn a_fact_is_retracted_once_and_then_no_longer_corrected() {
        let given = given([declared(), noted()]);
        given.when("retract", retraction(2)).then([retracted(2)]);
        given.when("retract", retraction(9)).refused(Reason::UnknownEvent);
        let given = given.and([retracted(2)]);
        given.when("retract", retraction(2)).then_nothing();
        given.when("correct", correction(2, &json!({"text": "x"}))).refused(Reason::AlreadyRetracted);
    }

    fn what_happened_to_the_incident_itself_is_not_retracted() {
        for (kind, fields) in [
            ("resolved", json!({})),
            ("upgraded", json!({"from": "engineering", "to": "internal"})),
            ("role_assigned", json!({"role": "responder", "to": "Zac"})),
            ("deploy_hold_taken", json!({"scope": "all", "by": "Zac"})),
        ] {
            let given = given([declared(), event(kind, fields)]);
            given.when("retract", retraction(2)).refused_saying(Reason::NotCorrectable, "an event of its own");
        }
        given([declared()]).when("retract", retraction(1)).refused(Reason::NotCorrectable);
    }

    fn a_retraction_undoes_what_the_event_did() {
        let mitigated = given([declared(), event("mitigated", json!({})), retracted(2)]);
        mitigated.when("mitigate", json!({})).accepted();
        let joined = given([declared(), event("joined", json!({"who": "Bob"})), retracted(2)]);
        joined.when("join", json!({"who": "Bob"})).accepted();
        let left = given([
            declared(), event("joined", json!({"who": "Bob"})), event("left", json!({"who": "Bob"})), retracted(3),
        ]);
        left.when("leave", json!({"who": "Bob"})).accepted();
    }

    fn a_correction_of_who_came_moves_them() {
        let given = given([declared(), event("joined", json!({"who": "Bob"})), corrected(2, &json!({"who": "Rob"}))]);
        given.when("leave", json!({"who": "Bob"})).then_nothing();
        given.when("leave", json!({"who": "Rob"})).accepted();
        let given = given.and([event("left", json!({"who": "Rob"})), corrected(4, &json!({"who": "Sue"}))]);
        given.when("join", json!({"who": "Rob"})).then_nothing();
    }

    fn an_imported_correction_that_does_not_fit_changes_nothing() {
        given([declared(), noted(), corrected(2, &json!({"txt": 5})), corrected(9, &json!({"text": "x"}))])
            .when("correct", correction(2, &json!({"text": "the queue is fulll"})))
            .then_nothing();
    }

    fn words_are_erased_once_whatever_became_of_the_incident() {
        let given = given([declared(), noted()]);
        given.when("redact", redaction(2)).then([redacted(2)]);
        given.when("redact", redaction(1)).then([redacted(1)]);
        given.when("redact", redaction(9)).refused(Reason::UnknownEvent);
        let given = given.and([redacted(2)]);
        given.when("redact", redaction(2)).then_nothing();
        for end in ["resolved", "closed", "cancelled", "merged_into"] {
            let fields = match end {
                "cancelled" => json!({"why": "a test"}),
                "merged_into" => json!({"into": "20230104-another"}),
                _ => json!({}),
            };
            let over = self::given([declared(), noted(), event(end, fields)]);
            over.when("redact", redaction(2)).then([redacted(2)]);
            over.when("redact", redaction(3)).then([redacted(3)]);
        }
    }

    fn corrections_and_retractions_can_be_erased_but_erasures_cannot() {
        let given = given([
            declared(), noted(), corrected(2, &json!({"text": "x"})), noted(), retracted(4), redacted(3),
        ]);
        given.when("redact", redaction(2)).then([redacted(2)]);
        given.when("redact", redaction(5)).then([redacted(5)]);
        given.when("redact", redaction(3)).then_nothing();
        given.when("redact", redaction(6)).refused_saying(Reason::NotErasable, "never repeat");
        given.when("retract", retraction(6)).refused(Reason::NotCorrectable);
    }

    fn somebody_answers_for_an_erasure() {
        let given = given([declared(), noted()]);
        given.when("redact", redaction(2)).by("scribe:").refused(Reason::NotAPerson);
        given.when("redact", redaction(2)).by("integration:slack").refused_saying(Reason::NotAPerson, "on_behalf_of");
        given.when("redact", redaction(2)).by("integration:slack").on_behalf_of("Zac").then([redacted(2)]);
    }

    fn what_is_erased_is_not_corrected_any_more() {
        let given = given([declared(), noted(), redacted(2)]);
        given.when("correct", correction(2, &json!({"text": "x"}))).refused(Reason::AlreadyErased);
        given.when("retract", retraction(2)).then([retracted(2)]);
    }

    fn an_event_from_the_future_is_left_alone() {
        use scribe_domain::event::Unknown;
        let payload = serde_json::value::to_raw_value(&json!({"x": 1})).unwrap();
        let unknown = IncidentEvent::Unknown(Unknown { kind: "teleported".into(), version: 1, payload });
        let given = given([declared(), unknown]);
        given.when("correct", correction(2, &json!({"x": 2}))).refused(Reason::NotCorrectable);
        given.when("retract", retraction(2)).refused(Reason::NotCorrectable);
        given.when("name-cause", json!({"text": "it", "cites": [nth(2)]})).accepted();
        given.when("redact", redaction(2)).then([redacted(2)]);
    }

    fn a_reminder_is_recorded() {
        let fields = json!({"whom": "Bob", "text": "the review is due"});
        given([declared()]).when("nudge", fields.clone()).by("scribe:").then([event("nudged", fields)]);
    }
}
