//! The retrospective.

use scribe_domain::refusal::Reason;
use serde_json::json;

use crate::harness::{Given, declared, event, given, nth, scenarios};

fn staffed() -> Given {
    let holds = |role: &str, who: &str| event("role_assigned", json!({"role": role, "to": who}));
    given([
        event("declared", json!({"title": "Imports", "tier": "internal", "severity": "sev2"})),
        holds("incident_commander", "Ada"),
        holds("communications_lead", "Bob"),
        holds("incident_analyst", "Cleo"),
        holds("responder", "Dan"),
    ])
}

scenarios! {
    fn somebody_is_to_write_the_review() {
        let fields = json!({"owner": "Cleo", "due": "2023-01-18"});
        given([declared()]).when("assign-review", fields.clone()).then([event("review_assigned", fields)]);
    }

    fn a_section_cites_events_of_the_incident() {
        let fields = json!({"section": "went_well", "text": "We saw it soon.", "cites": [nth(1)], "public": true});
        // Those who may speak to the public write what it reads; the rest is anybody's.
        given([declared()]).when("write-review-section", fields.clone()).refused(Reason::NotACommunicator);
        for who in ["Ada", "Bob", "Cleo"] {
            staffed()
                .when("write-review-section", fields.clone())
                .by(who)
                .then([event("review_section_written", fields.clone())]);
        }
        given([declared()]).when("write-review-section", json!({"section": "lucky", "text": "Yes."})).accepted();
        given([declared()])
            .when("write-review-section", json!({"section": "lucky", "text": "?", "cites": [nth(9)]}))
            .refused_saying(Reason::UnknownEvent, r#""ask":"find-events","incident":"20230104-list-import-problems""#);
    }

    fn a_review_is_published_like_any_word_to_an_audience() {
        let published = |audience: &str| event("review_published", json!({"audience": audience}));
        given([declared()]).when("publish-review", json!({"audience": "engineering"})).then([published("engineering")]);
        for who in ["Ada", "Bob", "Cleo"] {
            staffed().when("publish-review", json!({"audience": "internal"})).by(who).then([published("internal")]);
        }
        staffed().when("publish-review", json!({"audience": "internal"})).by("Dan").refused(Reason::NotACommunicator);
        staffed().when("publish-review", json!({"audience": "public"})).by("Ada").refused(Reason::AudienceAboveTier);
    }

    fn a_known_risk_names_a_follow_up_that_is_there() {
        let given = given([declared(), event("follow_up_agreed", json!({"follow_up": 1, "text": "Watch the disks."}))]);
        let risk = json!({"text": "The disks were nearly full.", "follow_up": {"follow_up": 1}, "cites": [nth(2)]});
        given.when("name-risk", risk.clone()).then([event("risk_named", risk)]);
        let unknown = json!({"text": "The disks were nearly full.", "follow_up": {"follow_up": 2}});
        given.when("name-risk", unknown).refused_saying(Reason::UnknownNumber, "it has follow-up 1");
        let cites = json!({"text": "The disks were nearly full.", "cites": [nth(9)]});
        given.when("name-risk", cites).refused(Reason::UnknownEvent);
    }
}
