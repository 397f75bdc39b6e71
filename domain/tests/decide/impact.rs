//! Who was hit, when, and why.

use scribe_domain::event::IncidentEvent;
use scribe_domain::refusal::Reason;
use serde_json::json;

use crate::harness::{declared, event, given, nth, scenarios};

fn started(impact: u32) -> IncidentEvent {
    event("impact_started", json!({"impact": impact, "text": "imports fail"}))
}

fn ended(impact: u32) -> IncidentEvent {
    event("impact_ended", json!({"impact": impact}))
}

fn retracted(place: u128) -> IncidentEvent {
    event("retracted", json!({"target": nth(place), "why": "misread"}))
}

scenarios! {
    fn impact_is_numbered_and_ends_once() {
        let fields = json!({"text": "imports fail", "components": ["Imports", "API"], "who": "one customer in ten"});
        given([declared()]).when("start-impact", fields).then([event("impact_started", json!({
            "impact": 1, "text": "imports fail", "components": ["Imports", "API"], "who": "one customer in ten"
        }))]);
        let given = given([declared(), started(1)]);
        given.when("start-impact", json!({"text": "imports fail"})).then([started(2)]);
        given
            .when("end-impact", json!({"impact": 1, "text": "the queue is empty"}))
            .then([event("impact_ended", json!({"impact": 1, "text": "the queue is empty"}))]);
        given.when("end-impact", json!({"impact": 2})).refused(Reason::UnknownNumber);
        given.and([ended(1)]).when("end-impact", json!({"impact": 1})).refused_saying(Reason::AlreadyOver, "correct");
    }

    fn a_retracted_impact_is_gone_and_its_number_is_not_given_out_again() {
        let given = given([declared(), started(1), retracted(2)]);
        given.when("end-impact", json!({"impact": 1})).refused(Reason::UnknownNumber);
        given.when("start-impact", json!({"text": "imports fail"})).then([started(2)]);
    }

    fn a_retracted_end_is_no_end() {
        let given = given([declared(), started(1), ended(1), retracted(3)]);
        given.when("end-impact", json!({"impact": 1})).then([ended(1)]);
        // Unless what began is retracted too.
        given.and([retracted(2)]).when("end-impact", json!({"impact": 1})).refused(Reason::UnknownNumber);
    }

    fn a_cause_cites_events_of_the_incident() {
        let fields = json!({"text": "a bad config", "cites": [nth(1)]});
        given([declared()]).when("name-cause", fields.clone()).then([event("cause_named", fields)]);
        given([declared()])
            .when("name-cause", json!({"text": "a bad config", "cites": [nth(1), nth(2)]}))
            .refused_saying(Reason::UnknownEvent, &nth(2).to_string());
    }
}
