//! Actions, follow-ups and deploy holds.

use scribe_domain::event::IncidentEvent;
use scribe_domain::refusal::Reason;
use serde_json::{Value, json};

use crate::harness::{declared, event, given, scenarios};

fn assigned() -> IncidentEvent {
    event(
        "action_assigned",
        json!({
            "action": 1, "kind": "investigation", "text": "look at the queue", "to": "imports",
            "check_back": "2023-01-04T13:30Z"
        }),
    )
}

fn agreed() -> IncidentEvent {
    event("follow_up_agreed", json!({"follow_up": 1, "text": "alert on queue length"}))
}

fn hold(by: &str, scope: &str) -> IncidentEvent {
    event("deploy_hold_taken", json!({"scope": scope, "by": by}))
}

scenarios! {
    fn actions_are_numbered() {
        given([declared()])
            .when("assign-action", json!({
                "kind": "investigation", "text": "look at the queue", "to": "imports", "check_back": "2023-01-04T13:30Z"
            }))
            .then([assigned()]);
        given([declared(), assigned()])
            .when("assign-action", json!({"kind": "mitigation", "text": "restart it", "to": "Bob"}))
            .then([event("action_assigned", json!({"action": 2, "kind": "mitigation", "text": "restart it", "to": "Bob"}))]);
    }

    fn actions_are_checked_in_on_until_they_are_finished() {
        let check_in = json!({"action": 1, "text": "half-way", "check_back": "2023-01-04T14:00Z"});
        let done = json!({"action": 1, "outcome": "nothing there"});
        let given = given([declared(), assigned()]);
        given.when("check-in-action", check_in.clone()).then([event("action_checked_in", check_in.clone())]);
        given.when("finish-action", done.clone()).then([event("action_finished", done.clone())]);
        given.when("check-in-action", json!({"action": 2, "text": "?"})).refused(Reason::UnknownNumber);
        given.when("finish-action", json!({"action": 2, "outcome": "?"})).refused(Reason::UnknownNumber);
        let given = given.and([event("action_finished", done.clone())]);
        given.when("check-in-action", check_in).refused(Reason::AlreadyOver);
        given.when("finish-action", done).then_nothing();
    }

    fn actions_may_be_finished_after_the_end() {
        given([declared(), assigned(), event("resolved", json!({}))])
            .when("finish-action", json!({"action": 1, "outcome": "no longer needed"}))
            .accepted();
    }

    fn follow_ups_are_agreed_and_finished_once() {
        let all = json!({"text": "alert on queue length", "owner": "imports", "due": "2023-02-01", "committed_by": "Bob"});
        given([declared(), agreed()]).when("agree-follow-up", all).then([event("follow_up_agreed", json!({
            "follow_up": 2, "text": "alert on queue length", "owner": "imports", "due": "2023-02-01", "committed_by": "Bob"
        }))]);
        let given = given([declared(), agreed(), event("resolved", json!({})), event("closed", json!({}))]);
        let done = json!({"follow_up": 1, "outcome": "shipped"});
        given.when("finish-follow-up", done.clone()).then([event("follow_up_finished", done.clone())]);
        given
            .when("finish-follow-up", json!({"follow_up": 5}))
            .refused_saying(Reason::UnknownNumber, "it has follow-up 1");
        given.and([event("follow_up_finished", done)]).when("finish-follow-up", json!({"follow_up": 1})).then_nothing();
    }

    fn one_person_wears_the_hat() {
        let given = given([declared()]);
        given
            .when("take-hold", json!({"why": "do not deploy into this"}))
            .then([event("deploy_hold_taken", json!({"scope": "all", "by": "Zac", "why": "do not deploy into this"}))]);
        given.when("take-hold", json!({"scope": "importer"})).then([hold("Zac", "importer")]);
        let held = given.and([hold("Zac", "all")]);
        held.when("take-hold", json!({})).by("zac").then_nothing();
        held.when("take-hold", json!({})).by("Zachary").knowing(&["Zac", "Zachary"]).then_nothing();
        held.when("take-hold", json!({})).by("Bob").refused_saying(Reason::HoldTaken, "Zac");
        held.when("take-hold", json!({"scope": "importer"})).by("Bob").then([hold("Bob", "importer")]);
    }

    fn anybody_gives_the_hat_back_also_after_the_end() {
        let released = |by: &str| event("deploy_hold_released", json!({"scope": "all", "by": by}));
        given([declared(), hold("Zac", "all")]).when("release-hold", json!({})).then([released("Zac")]);
        given([declared(), hold("Zac", "all"), event("resolved", json!({}))])
            .when("release-hold", json!({}))
            .by("Bob")
            .then([released("Bob")]);
        given([declared(), hold("Zac", "importer")])
            .when("release-hold", json!({}))
            .refused_saying(Reason::HoldNotTaken, "it holds: importer");
        given([declared(), hold("Zac", "all"), released("Bob")])
            .when("release-hold", json!({}))
            .refused_saying(Reason::HoldNotTaken, "it holds no deploys");
    }

    fn unknown_fields_are_refused_by_name() {
        use scribe_domain::command::Command;
        let read = |fields: Value| Command::read("take-hold", &fields).unwrap().unwrap_err().to_string();
        assert!(read(json!({"scop": "all"})).contains("unknown field `scop`"));
        assert!(read(json!({"scope": 5})).contains("invalid type"));
    }

    fn a_workaround_is_reverted_once_also_after_the_end() {
        let given = given([declared()]);
        let asked = json!({"text": "Nudges are off.", "to": "Growth", "check_back": "2023-01-05T10:00Z"});
        let applied = event("workaround_applied", json!({
            "workaround": 1, "text": "Nudges are off.", "to": "Growth", "check_back": "2023-01-05T10:00Z"
        }));
        given.when("apply-workaround", asked).then([applied.clone()]);
        let given = given.and([applied, event("resolved", json!({}))]);
        let reverted = json!({"workaround": 1, "outcome": "They are on."});
        given.when("revert-workaround", reverted.clone()).then([event("workaround_reverted", reverted.clone())]);
        given
            .and([event("workaround_reverted", reverted.clone())])
            .when("revert-workaround", reverted)
            .refused(Reason::AlreadyOver);
    }
}
