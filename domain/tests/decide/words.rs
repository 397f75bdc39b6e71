//! Notes, decisions, hypotheses and what was told to an audience.

use scribe_domain::event::IncidentEvent;
use scribe_domain::refusal::Reason;
use serde_json::{Value, json};

use crate::harness::{Given, declared, event, given, nth, scenarios};

fn update(audience: &str) -> Value {
    json!({
        "audience": audience, "status": "investigating", "text": "Imports are slow.",
        "components": [{"component": "Imports", "state": "degraded_performance"}]
    })
}

fn raised() -> IncidentEvent {
    event("hypothesis_raised", json!({"hypothesis": 1, "text": "the cache is cold"}))
}

/// A public incident with a commander, a communications lead, an analyst and a responder.
fn staffed() -> Given {
    let holds = |role: &str, who: &str| event("role_assigned", json!({"role": role, "to": who}));
    given([
        event("declared", json!({"title": "Imports", "tier": "public", "severity": "sev2"})),
        holds("incident_commander", "Ada"),
        holds("communications_lead", "Bob"),
        holds("incident_analyst", "Cleo"),
        holds("responder", "Dan"),
    ])
}

scenarios! {
    fn whoever_commands_by_another_name_of_theirs_speaks() {
        let update = json!({"audience": "public", "status": "investigating", "text": "We are on it."});
        let asked = || staffed().when("update-status", update.clone()).by("Ada Okafor");
        asked().knowing(&["Ada", "Ada Okafor"]).accepted();
        asked().refused(Reason::NotACommunicator);
        asked().knowing(&["Zoe", "Ada Okafor"]).refused(Reason::NotACommunicator);
    }

    fn what_people_say_is_kept_as_said() {
        for (command, kind, fields) in [
            ("note", "noted", json!({"text": "  two lines,\n\tas told 🚒"})),
            ("summarise", "summarised", json!({"status": "slow", "cause": "a cold cache", "plan": "warm it"})),
            ("decide", "decided", json!({
                "choice": "roll back", "options": ["wait", "roll forward"], "why": "it is quick", "dissent": "Dan would wait"
            })),
            ("regroup", "regrouped", json!({"findings": "two dead ends", "plan": "look at the cache"})),
        ] {
            given([declared()]).when(command, fields.clone()).then([event(kind, fields)]);
        }
    }

    fn a_component_is_renamed_by_those_who_write_its_page() {
        let given = staffed();
        let renamed = json!({"audience": "public", "from": "Imports", "to": "List imports"});
        let told = || event("component_renamed", renamed.clone());
        given.when("rename-component", renamed.clone()).by("Bob").then([told()]);
        given.when("rename-component", renamed.clone()).by("Dan").refused(Reason::NotACommunicator);
        let same = json!({"audience": "public", "from": "Imports", "to": "Imports "});
        given.when("rename-component", same).by("Bob").then_nothing();
        let respelt = json!({"audience": "public", "from": "Imports", "to": "IMPORTS"});
        given.when("rename-component", respelt.clone()).by("Bob").then([event("component_renamed", respelt)]);
    }

    fn hypotheses_are_numbered_and_settled_once() {
        let given = given([declared()]);
        given.when("raise-hypothesis", json!({"text": "the cache is cold"})).then([raised()]);
        let given = given.and([raised()]);
        given
            .when("raise-hypothesis", json!({"text": "the disk is full"}))
            .then([event("hypothesis_raised", json!({"hypothesis": 2, "text": "the disk is full"}))]);
        let settled = json!({"hypothesis": 1, "verdict": "refuted", "finding": "hit rate is 99 %"});
        given.when("settle-hypothesis", settled.clone()).then([event("hypothesis_settled", settled.clone())]);
        given
            .when("settle-hypothesis", json!({"hypothesis": 3, "verdict": "dropped"}))
            .refused_saying(Reason::UnknownNumber, "it has hypothesis 1");
        given
            .and([event("hypothesis_settled", settled)])
            .when("settle-hypothesis", json!({"hypothesis": 1, "verdict": "confirmed"}))
            .then_nothing();
    }

    fn anybody_tells_engineering() {
        given([declared()]).when("update-status", update("engineering")).then([event("status_updated", update("engineering"))]);
        given([declared()]).when("update-status", update("engineering")).by("integration:grafana").accepted();
    }

    fn nothing_is_posted_above_the_incidents_tier() {
        let given = given([declared(), event("role_assigned", json!({"role": "incident_commander", "to": "Zac"}))]);
        given
            .when("update-status", update("internal"))
            .refused_saying(Reason::AudienceAboveTier, r#""ask":"upgrade","incident":"20230104-list-import-problems","to":"internal""#);
        given.when("update-status", update("public")).refused(Reason::AudienceAboveTier);
        let raised = given.and([event("upgraded", json!({"from": "engineering", "to": "internal"}))]);
        raised.when("update-status", update("internal")).accepted();
        raised.when("update-status", update("public")).refused_saying(Reason::AudienceAboveTier, "an internal incident");
        let lowered = raised.and([event("downgraded", json!({"from": "internal", "to": "engineering"}))]);
        lowered.when("update-status", update("internal")).refused(Reason::AudienceAboveTier);
    }

    fn only_a_commander_or_communications_lead_tells_the_company_and_the_public() {
        for audience in ["internal", "public"] {
            staffed().when("update-status", update(audience)).by("Ada").accepted();
            staffed().when("update-status", update(audience)).by("bob").accepted();
            for who in ["Cleo", "Dan", "Zac", "integration:statuspage", "scribe:"] {
                staffed()
                    .when("update-status", update(audience))
                    .by(who)
                    .refused_saying(Reason::NotACommunicator, "Ada or Bob may");
            }
            staffed().when("update-status", update(audience)).by("integration:slack").on_behalf_of("Bob").accepted();
            staffed()
                .when("update-status", update(audience))
                .by("Zac")
                .on_behalf_of("Bob")
                .refused(Reason::NotACommunicator);
        }
    }

    fn where_nobody_may_speak_the_hint_says_how_somebody_may() {
        given([event("declared", json!({"title": "Imports", "tier": "internal", "severity": "sev2"}))])
            .when("update-status", update("internal"))
            .refused_saying(Reason::NotACommunicator, "communications_lead");
    }

    fn who_has_handed_off_no_longer_speaks() {
        staffed()
            .and([event("role_handed_off", json!({"role": "communications_lead", "from": "Bob", "to": "Eve"}))])
            .when("update-status", update("public"))
            .by("Bob")
            .refused(Reason::NotACommunicator);
    }

    fn a_page_is_described_by_those_who_write_it_once_it_was_told_something() {
        let given = staffed();
        let told = json!({"audience": "public", "title": "Imports fail", "summary": "Lists cannot be imported."});
        given.when("describe-page", told.clone()).by("Bob").refused(Reason::NothingPosted);
        let given = given.and([event("status_updated", update("public"))]);
        given.when("describe-page", told.clone()).by("Bob").then([event("page_described", told.clone())]);
        given.when("describe-page", told).by("Dan").refused(Reason::NotACommunicator);
        given.when("describe-page", json!({"audience": "public"})).by("Bob").refused(Reason::NothingTold);
        // Putting it right and taking it back is telling that page as well.
        let given = given.and([event("page_described", json!({"audience": "public", "summary": "x"}))]);
        given
            .when("correct", json!({"target": nth(7), "fields": {"summary": "y"}, "why": "z"}))
            .by("Dan")
            .refused(Reason::NotACommunicator);
        given.when("retract", json!({"target": nth(7), "why": "z"})).by("Dan").refused(Reason::NotACommunicator);
        let internal = json!({"audience": "internal", "summary": "x"});
        crate::harness::given([declared()])
            .when("describe-page", internal)
            .refused(Reason::AudienceAboveTier);
    }
}
