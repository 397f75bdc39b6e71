//! Roles, pages, who came and went.

use scribe_domain::event::IncidentEvent;
use scribe_domain::refusal::Reason;
use serde_json::json;

use crate::harness::{declared, event, given, nth, scenarios};

fn assigned(role: &str, to: &str) -> IncidentEvent {
    event("role_assigned", json!({"role": role, "to": to}))
}

scenarios! {
    fn a_vacant_role_is_assigned() {
        for role in ["incident_commander", "communications_lead", "incident_analyst", "responder", "custom:liaison"] {
            given([declared()])
                .when("assign-role", json!({"role": role, "to": "Bob", "why": "on call"}))
                .then([event("role_assigned", json!({"role": role, "to": "Bob", "why": "on call"}))]);
        }
    }

    fn a_held_role_is_not_overwritten() {
        given([declared(), assigned("incident_commander", "Ada Byron")])
            .when("assign-role", json!({"role": "incident_commander", "to": "Bob"}))
            .refused_saying(Reason::RoleHeld, r#""from":"Ada Byron","to":"Bob""#);
        given([declared(), assigned("custom:liaison", "Ada")])
            .when("assign-role", json!({"role": "custom:liaison", "to": "Bob"}))
            .refused(Reason::RoleHeld);
    }

    fn whoever_holds_a_role_needs_no_assignment() {
        given([declared(), assigned("incident_commander", "Ada Byron")])
            .when("assign-role", json!({"role": "incident_commander", "to": "ADA  byron"}))
            .then_nothing();
    }

    fn there_may_be_many_responders() {
        let given = given([declared(), assigned("responder", "Ada")]);
        given.when("assign-role", json!({"role": "responder", "to": "Bob"})).then([assigned("responder", "Bob")]);
        given.when("assign-role", json!({"role": "responder", "to": "Ada"})).then_nothing();
    }

    fn a_handoff_names_the_present_holder() {
        let given = given([declared(), assigned("incident_commander", "Ada")]);
        let fields = json!({"role": "incident_commander", "from": "Ada", "to": "Bob", "why": "end of shift"});
        given.when("hand-off", fields.clone()).then([event("role_handed_off", fields)]);
        given
            .when("hand-off", json!({"role": "incident_commander", "from": "Cleo", "to": "Bob"}))
            .refused_saying(Reason::NotTheHolder, "held by Ada");
        given
            .when("hand-off", json!({"role": "incident_analyst", "from": "Ada", "to": "Bob"}))
            .refused_saying(Reason::NotTheHolder, "nobody does");
        given.when("hand-off", json!({"role": "incident_commander", "from": "Ada", "to": "ada"})).then_nothing();
    }

    fn after_a_handoff_the_new_holder_holds() {
        let given = given([
            declared(),
            assigned("incident_commander", "Ada"),
            event("role_handed_off", json!({"role": "incident_commander", "from": "Ada", "to": "Bob"})),
        ]);
        given
            .when("hand-off", json!({"role": "incident_commander", "from": "Ada", "to": "Cleo"}))
            .refused_saying(Reason::NotTheHolder, "held by Bob");
        given.when("hand-off", json!({"role": "incident_commander", "from": "Bob", "to": "Cleo"})).accepted();
    }

    fn a_responder_hands_over_to_another_beside_the_rest() {
        let given = given([
            declared(),
            assigned("responder", "Ada"),
            assigned("responder", "Bob"),
            event("role_handed_off", json!({"role": "responder", "from": "Ada", "to": "Cleo"})),
        ]);
        given.when("leave-role", json!({"role": "responder", "who": "Bob"})).accepted();
        given.when("leave-role", json!({"role": "responder", "who": "Cleo"})).accepted();
        given.when("leave-role", json!({"role": "responder", "who": "Ada"})).refused(Reason::NotTheHolder);
    }

    fn whoever_holds_a_role_by_another_name_holds_it() {
        let ada = ["Ada Okafor", "Ada Okfor"];
        let held = given([declared(), assigned("incident_commander", "Ada Okfor"), assigned("responder", "Ada Okfor")]);
        let again = json!({"role": "incident_commander", "to": "Ada Okafor"});
        held.when("assign-role", again.clone()).knowing(&ada).then_nothing();
        held.when("assign-role", again).refused(Reason::RoleHeld);
        // What takes it from them names it as it was given.
        let hand_off = json!({"role": "responder", "from": "Ada Okafor", "to": "Bob"});
        let handed_off = event("role_handed_off", json!({"role": "responder", "from": "Ada Okfor", "to": "Bob"}));
        held.when("hand-off", hand_off.clone()).knowing(&ada).then([handed_off]);
        held.when("hand-off", hand_off).refused(Reason::NotTheHolder);
        let leaves = json!({"role": "responder", "who": "Ada Okafor"});
        let left = event("role_left", json!({"role": "responder", "who": "Ada Okfor"}));
        held.when("leave-role", leaves).knowing(&ada).then([left]);
        let joined = given([declared(), event("joined", json!({"who": "Ada Okfor"}))]);
        joined.when("join", json!({"who": "Ada Okafor"})).knowing(&ada).then_nothing();
        let gone = event("left", json!({"who": "Ada Okfor"}));
        joined.when("leave", json!({"who": "Ada Okafor"})).knowing(&ada).then([gone]);
        joined.when("leave", json!({"who": "Ada Okafor"})).then_nothing();
    }

    fn an_imported_assignment_replaces_the_holder() {
        given([declared(), assigned("incident_commander", "Ada"), assigned("incident_commander", "Bob")])
            .when("leave-role", json!({"role": "incident_commander", "who": "Ada"}))
            .refused_saying(Reason::NotTheHolder, "held by Bob");
    }

    fn a_role_is_given_up_by_its_holder_also_after_the_end() {
        let given = given([declared(), assigned("communications_lead", "Ada")]);
        let fields = json!({"role": "communications_lead", "who": "Ada", "why": "going home"});
        given.when("leave-role", fields.clone()).then([event("role_left", fields.clone())]);
        given.when("leave-role", json!({"role": "communications_lead", "who": "Bob"})).refused(Reason::NotTheHolder);
        let ended = given.and([event("resolved", json!({})), event("closed", json!({}))]);
        ended.when("leave-role", fields).accepted();
    }

    fn the_analyst_may_be_found_once_it_is_resolved() {
        let given = given([declared(), assigned("incident_commander", "Ada"), event("resolved", json!({}))]);
        given.when("assign-role", json!({"role": "incident_analyst", "to": "Bob"})).accepted();
        given.when("hand-off", json!({"role": "incident_commander", "from": "Ada", "to": "Bob"})).accepted();
    }

    fn pages_are_numbered() {
        given([declared()])
            .when("page", json!({"whom": {"person": "Bob"}, "why": "imports fail"}))
            .then([event("paged", json!({"page": 1, "whom": {"person": "Bob"}, "why": "imports fail"}))]);
        given([declared(), event("paged", json!({"page": 1, "whom": {"team": "imports"}}))])
            .when("page", json!({"whom": {"on_call": "incident_analyst"}}))
            .then([event("paged", json!({"page": 2, "whom": {"on_call": "incident_analyst"}}))]);
    }

    fn a_page_is_answered_once_by_a_person() {
        let given = given([declared(), event("paged", json!({"page": 1, "whom": {"person": "Bob"}}))]);
        let answered = |by| event("page_acknowledged", json!({"page": 1, "by": by}));
        given.when("acknowledge-page", json!({"page": 1})).by("Bob").then([answered("Bob")]);
        given.when("acknowledge-page", json!({"page": 1, "by": "Cleo"})).by("Bob").then([answered("Cleo")]);
        given
            .when("acknowledge-page", json!({"page": 1}))
            .by("integration:slack")
            .on_behalf_of("Bob")
            .then([answered("Bob")]);
        given
            .when("acknowledge-page", json!({"page": 1}))
            .by("integration:slack")
            .refused_saying(Reason::NotAPerson, "`by`");
        given
            .when("acknowledge-page", json!({"page": 2}))
            .refused_saying(Reason::UnknownNumber, "it has page 1");
        given.and([answered("Bob")]).when("acknowledge-page", json!({"page": 1})).by("Cleo").then_nothing();
    }

    fn people_come_and_go() {
        let joined = || event("joined", json!({"who": "Bob", "as_what": "imports on-call"}));
        let left = || event("left", json!({"who": "Bob"}));
        given([declared()]).when("join", json!({"who": "Bob", "as_what": "imports on-call"})).then([joined()]);
        given([declared(), joined()]).when("join", json!({"who": "bob"})).then_nothing();
        given([declared(), joined()]).when("leave", json!({"who": "Bob"})).then([left()]);
        given([declared()]).when("leave", json!({"who": "Bob"})).then_nothing();
        given([declared(), joined(), left()]).when("join", json!({"who": "Bob"})).accepted();
    }

    fn a_wrong_holder_is_put_right() {
        let given = given([declared(), assigned("incident_commander", "Sam")]);
        let asked = json!({"target": nth(2), "to": "Kim", "why": "Kim spoke, and Sam typed"});
        let right = event("role_holder_corrected", json!({
            "target": nth(2), "role": "incident_commander", "from": "Sam", "to": "Kim", "why": "Kim spoke, and Sam typed"
        }));
        given.when("correct-holder", asked.clone()).then([right.clone()]);
        given
            .when("correct-holder", json!({"target": nth(1), "to": "Kim", "why": "x"}))
            .refused(Reason::NoRoleGiven);
        given.when("correct-holder", json!({"target": nth(9), "to": "Kim", "why": "x"})).refused(Reason::UnknownEvent);

        // From then on the right one holds it, and is the one from whom it is handed off.
        let given = given.and([right]);
        given.when("correct-holder", asked).then_nothing();
        let handed = |from: &str| json!({"role": "incident_commander", "from": from, "to": "Lee"});
        given.when("hand-off", handed("Kim")).accepted();
        given.when("hand-off", handed("Sam")).refused(Reason::NotTheHolder);
    }

    fn only_what_a_wrong_name_brought_about_is_put_right() {
        // Sam was named wrongly once, and took the role again later under that name.
        let given = given([
            declared(),
            assigned("incident_commander", "Sam"),
            event("role_handed_off", json!({"role": "incident_commander", "from": "Sam", "to": "Lee"})),
            event("role_handed_off", json!({"role": "incident_commander", "from": "Lee", "to": "Sam"})),
        ]);
        let right = |target| json!({"target": target, "to": "Kim", "why": "misheard"});
        let corrected = event("role_holder_corrected", json!({
            "target": nth(2), "role": "incident_commander", "from": "Sam", "to": "Kim", "why": "misheard"
        }));
        given.when("correct-holder", right(nth(2))).then([corrected.clone()]);
        let now = given.clone().and([corrected]);
        now.when("assign-role", json!({"role": "incident_commander", "to": "Sam"})).then_nothing();
        now.when("assign-role", json!({"role": "incident_commander", "to": "Kim"})).refused(Reason::RoleHeld);

        // After the end it gives nobody a role any more, but what is long past may be put right.
        let over = given.and([event("resolved", json!({})), event("closed", json!({}))]);
        over.when("correct-holder", right(nth(4))).refused(Reason::NotOpen);
        over.when("correct-holder", right(nth(2))).accepted();
    }
}
