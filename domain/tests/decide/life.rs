//! Declaring, raising, ending, reopening.

use scribe_domain::command::Command;
use scribe_domain::event::IncidentEvent;
use scribe_domain::incident::Incident;
use scribe_domain::refusal::Reason;
use serde_json::{Value, json};

use crate::harness::{Given, declared, event, given, id, nth, scenarios};

fn internal() -> IncidentEvent {
    event("declared", json!({"title": "List import problems", "tier": "internal", "severity": "sev3"}))
}

fn resolved() -> IncidentEvent {
    event("resolved", json!({}))
}

fn closed() -> IncidentEvent {
    event("closed", json!({}))
}

fn cancelled() -> IncidentEvent {
    event("cancelled", json!({"why": "a test alert"}))
}

fn merged() -> IncidentEvent {
    event("merged_into", json!({"into": "20230104-imports-down"}))
}

fn reopened() -> IncidentEvent {
    event("reopened", json!({"why": "it is back"}))
}

/// An incident in each situation that is not open.
fn ended() -> [(&'static str, Given); 4] {
    [
        ("resolved", given([declared(), resolved()])),
        ("closed", given([declared(), resolved(), closed()])),
        ("cancelled", given([declared(), cancelled()])),
        ("merged", given([declared(), merged()])),
    ]
}

scenarios! {
    fn a_new_incident_is_an_engineering_incident_unless_told() {
        given([]).when("declare", json!({"title": "List import problems"})).then([declared()]);
    }

    fn a_declaration_keeps_everything_told() {
        let fields = json!({
            "title": "Trains stand still", "tier": "public", "severity": "sev1", "summary": "No trains run.",
            "detected_by": "customer report", "drill": true
        });
        given([]).when("declare", fields.clone()).then([event("declared", fields)]);
    }

    fn an_incident_is_declared_once() {
        given([declared()]).when("declare", json!({"title": "Again"})).refused(Reason::AlreadyDeclared);
        for (_, given) in ended() {
            given.when("declare", json!({"title": "Again"})).refused(Reason::AlreadyDeclared);
        }
    }

    fn nothing_but_a_declaration_can_be_asked_of_an_incident_that_is_not_there() {
        given([]).when("note", json!({"text": "hello?"})).refused_saying(Reason::UnknownIncident, r#""ask":"list-incidents""#);
        given([]).when("upgrade", json!({"to": "internal"})).refused(Reason::UnknownIncident);
        // What somehow stands in a stream without a declaration does not make an incident.
        given([event("noted", json!({"text": "lost"}))])
            .when("resolve", json!({}))
            .refused(Reason::UnknownIncident);
    }

    fn an_upgrade_pages_the_commander_on_call() {
        given([declared()])
            .when("upgrade", json!({"to": "internal", "why": "customers write in", "commander_on_call": "Bob Long"}))
            .then([
                event("upgraded", json!({"from": "engineering", "to": "internal", "why": "customers write in"})),
                event("paged", json!({"page": 1, "whom": {"person": "Bob Long"}, "why": "customers write in"})),
            ]);
    }

    fn an_upgrade_pages_the_role_where_nobody_knows_who_is_on_call() {
        given([declared(), event("paged", json!({"page": 7, "whom": {"team": "imports"}}))])
            .when("upgrade", json!({"to": "public"}))
            .then([
                event("upgraded", json!({"from": "engineering", "to": "public"})),
                event("paged", json!({"page": 8, "whom": {"on_call": "incident_commander"}})),
            ]);
    }

    fn an_upgrade_pages_nobody_where_a_commander_holds_the_role() {
        given([declared(), event("role_assigned", json!({"role": "incident_commander", "to": "Ada"}))])
            .when("upgrade", json!({"to": "internal", "commander_on_call": "Bob Long"}))
            .then([event("upgraded", json!({"from": "engineering", "to": "internal"}))]);
    }

    fn an_upgrade_pages_again_once_the_commander_has_left() {
        given([
            declared(),
            event("role_assigned", json!({"role": "incident_commander", "to": "Ada"})),
            event("role_left", json!({"role": "incident_commander", "who": "Ada"})),
        ])
        .when("upgrade", json!({"to": "internal"}))
        .then([
            event("upgraded", json!({"from": "engineering", "to": "internal"})),
            event("paged", json!({"page": 1, "whom": {"on_call": "incident_commander"}})),
        ]);
    }

    fn an_upgrade_from_internal_pages_nobody_again() {
        given([internal()])
            .when("upgrade", json!({"to": "public"}))
            .then([event("upgraded", json!({"from": "internal", "to": "public"}))]);
    }

    fn an_upgrade_goes_up() {
        given([internal()]).when("upgrade", json!({"to": "internal"})).then_nothing();
        given([internal()])
            .when("upgrade", json!({"to": "engineering"}))
            .refused_saying(Reason::NotAnUpgrade, r#""ask":"downgrade","incident":"20230104-list-import-problems","to":"engineering""#);
    }

    fn a_downgrade_goes_down() {
        given([internal()])
            .when("downgrade", json!({"to": "engineering", "why": "only us"}))
            .then([event("downgraded", json!({"from": "internal", "to": "engineering", "why": "only us"}))]);
        given([internal()]).when("downgrade", json!({"to": "internal"})).then_nothing();
        given([internal()])
            .when("downgrade", json!({"to": "public"}))
            .refused_saying(Reason::NotADowngrade, r#""ask":"upgrade","incident":"20230104-list-import-problems","to":"public""#);
    }

    fn tiers_follow_what_was_recorded() {
        given([internal(), event("downgraded", json!({"from": "internal", "to": "engineering"}))])
            .when("upgrade", json!({"to": "internal", "commander_on_call": "Bob"}))
            .then([
                event("upgraded", json!({"from": "engineering", "to": "internal"})),
                event("paged", json!({"page": 1, "whom": {"person": "Bob"}})),
            ]);
    }

    fn severity_changes_both_ways_and_until_the_review_is_done() {
        for to in ["sev1", "sev5"] {
            given([declared()])
                .when("severity", json!({"to": to}))
                .then([event("severity_changed", json!({"from": "sev3", "to": to}))]);
        }
        given([declared()]).when("severity", json!({"to": "sev3"})).then_nothing();
        given([declared(), resolved()])
            .when("severity", json!({"to": "sev2", "why": "it hit everybody"}))
            .then([event("severity_changed", json!({"from": "sev3", "to": "sev2", "why": "it hit everybody"}))]);
        given([declared(), event("severity_changed", json!({"from": "sev3", "to": "sev1"}))])
            .when("severity", json!({"to": "sev1"}))
            .then_nothing();
        given([declared(), resolved(), closed()])
            .when("severity", json!({"to": "sev2"}))
            .refused_saying(Reason::NotOpen, "closed");
    }

    fn the_phase_moves_but_is_not_resolved_by_the_way() {
        given([declared()])
            .when("phase", json!({"to": "identified", "why": "a bad config"}))
            .then([event("phase_changed", json!({"from": "investigating", "to": "identified", "why": "a bad config"}))]);
        given([declared()]).when("phase", json!({"to": "investigating"})).then_nothing();
        given([declared(), event("phase_changed", json!({"from": "investigating", "to": "monitoring"}))])
            .when("phase", json!({"to": "identified"}))
            .then([event("phase_changed", json!({"from": "monitoring", "to": "identified"}))]);
        given([declared()])
            .when("phase", json!({"to": "resolved"}))
            .refused_saying(Reason::WrongCommand, r#""ask":"resolve","incident":"20230104-list-import-problems""#);
    }

    fn users_are_no_longer_hit_once() {
        let mitigated = || event("mitigated", json!({"how": "rolled back"}));
        given([declared()]).when("mitigate", json!({"how": "rolled back"})).then([mitigated()]);
        given([declared(), mitigated()]).when("mitigate", json!({})).then_nothing();
        given([declared(), mitigated(), resolved(), reopened()]).when("mitigate", json!({})).accepted();
        // Often found out later.
        given([declared(), resolved()]).when("mitigate", json!({})).accepted();
        given([declared(), resolved(), closed()]).when("mitigate", json!({})).accepted();
        given([declared(), cancelled()]).when("mitigate", json!({})).refused(Reason::NotOpen);
        given([declared(), merged()]).when("mitigate", json!({})).refused(Reason::NotOpen);
    }

    fn an_incident_is_resolved_once() {
        given([declared()])
            .when("resolve", json!({"summary": "rolled back"}))
            .then([event("resolved", json!({"summary": "rolled back"}))]);
        given([declared(), resolved()]).when("resolve", json!({})).then_nothing();
        given([declared(), resolved(), closed()]).when("resolve", json!({})).refused(Reason::NotOpen);
        given([declared(), cancelled()]).when("resolve", json!({})).refused(Reason::NotOpen);
    }

    fn whatever_has_ended_can_be_reopened() {
        for (_, given) in ended() {
            given.when("reopen", json!({"why": "it is back"})).then([reopened()]);
            let open = given.and([reopened()]);
            assert!(matches!(open.situation(), Incident::Open(_)));
            open.when("phase", json!({"to": "identified"})).accepted();
        }
        given([declared()]).when("reopen", json!({"why": "it is back"})).then_nothing();
    }

    fn closing_needs_resolving() {
        given([declared()])
            .when("close", json!({}))
            .refused_saying(Reason::NotResolved, r#""ask":"resolve","incident":"20230104-list-import-problems""#);
        given([declared(), resolved()])
            .when("close", json!({"summary": "reviewed"}))
            .then([event("closed", json!({"summary": "reviewed"}))]);
        given([declared(), resolved(), reopened()]).when("close", json!({})).refused(Reason::NotResolved);
        given([declared(), resolved(), closed()]).when("close", json!({})).then_nothing();
        given([declared(), cancelled()]).when("close", json!({})).refused(Reason::NotOpen);
        given([declared(), merged()]).when("close", json!({})).refused_saying(Reason::NotOpen, "20230104-imports-down");
    }

    fn an_incident_that_was_none_is_cancelled() {
        given([declared()]).when("cancel", json!({"why": "a test alert"})).then([cancelled()]);
        given([declared(), cancelled()]).when("cancel", json!({"why": "again"})).then_nothing();
        given([declared(), resolved()]).when("cancel", json!({"why": "again"})).refused(Reason::NotOpen);
    }

    fn an_incident_goes_on_in_another() {
        let into = json!({"into": "20230104-imports-down"});
        given([declared()]).when("merge", into.clone()).then([merged()]);
        given([declared(), merged()]).when("merge", into).then_nothing();
        given([declared(), merged()])
            .when("merge", json!({"into": "20230104-another"}))
            .refused_saying(Reason::NotOpen, "go on in 20230104-imports-down");
        given([declared()])
            .when("merge", json!({"into": "20230104-list-import-problems"}))
            .refused(Reason::MergeIntoSelf);
    }

    fn a_milestone_is_set_at_any_time() {
        let fields = json!({"milestone": "impact_started", "note": "from the logs"});
        given([declared()]).when("milestone", fields.clone()).then([event("milestone_set", fields.clone())]);
        for (_, given) in ended() {
            given.when("milestone", fields.clone()).accepted();
        }
    }

    fn what_steers_the_response_needs_it_open() {
        let steering: [(&str, Value); 11] = [
            ("downgrade", json!({"to": "engineering"})),
            ("phase", json!({"to": "identified"})),
            ("page", json!({"whom": {"team": "imports"}})),
            ("propose-run", json!({"line": "uptime"})),
            ("assign-action", json!({"kind": "mitigation", "text": "restart it", "to": "Bob"})),
            ("take-hold", json!({})),
            ("start-run", json!({"run": 1, "line": "uptime"})),
            ("severity", json!({"to": "sev1"})),
            ("assign-role", json!({"role": "responder", "to": "Bob"})),
            ("hand-off", json!({"role": "incident_commander", "from": "Ada", "to": "Bob"})),
            ("mitigate", json!({})),
        ];
        for (state, given) in ended() {
            let given = given.and([
                event("role_assigned", json!({"role": "incident_commander", "to": "Ada"})),
                event("run_proposed", json!({"run": 1, "line": "uptime", "digest": uptime(), "by": "Zac"})),
                event("run_approved", json!({"run": 1, "digest": uptime(), "by": "Bob"})),
            ]);
            // The review settles the severity, the analyst, and when users were no longer hit.
            let refused = match state {
                "resolved" => &steering[..7],
                "closed" => &steering[..10],
                _ => &steering[..],
            };
            for (name, fields) in refused {
                given.when(name, fields.clone()).refused_saying(Reason::NotOpen, state);
            }
            for (name, fields) in &steering[refused.len()..] {
                given.when(name, fields.clone()).accepted();
            }
            // What happened may be told to more people afterwards; nobody is called for that.
            let raised = given.when("upgrade", json!({"to": "internal"}));
            match state {
                "resolved" | "closed" => raised.then([event("upgraded", json!({"from": "engineering", "to": "internal"}))]),
                _ => raised.refused_saying(Reason::NotOpen, state),
            }
        }
    }

    fn what_is_merely_told_is_taken_at_any_time() {
        let facts: [(&str, Value); 21] = [
            ("note", json!({"text": "seen in the logs"})),
            ("summarise", json!({"status": "over"})),
            ("decide", json!({"choice": "roll back"})),
            ("raise-hypothesis", json!({"text": "the cache"})),
            ("update-status", json!({"audience": "engineering", "status": "resolved", "text": "Over."})),
            ("regroup", json!({"findings": "nothing new"})),
            ("link", json!({"kind": "ticket", "at": "https://example.org/1"})),
            ("fire-alert", json!({"source": "grafana", "alert": "QueueFull"})),
            ("resolve-alert", json!({"source": "grafana", "alert": "QueueFull"})),
            ("link-change", json!({"kind": "deploy", "relation": "cause", "title": "v12"})),
            ("attach-evidence", json!({"title": "log", "digest": uptime(), "media_type": "text/plain", "at": "s3://x"})),
            ("agree-follow-up", json!({"text": "alert on it"})),
            ("start-impact", json!({"text": "imports fail"})),
            ("name-cause", json!({"text": "a bad config"})),
            ("join", json!({"who": "Bob"})),
            ("nudge", json!({"whom": "Bob", "text": "the review is due"})),
            ("assign-review", json!({"owner": "Bob"})),
            ("write-review-section", json!({"section": "lucky", "text": "it was a Sunday"})),
            ("publish-review", json!({"audience": "engineering"})),
            ("milestone", json!({"milestone": "detected"})),
            ("record-run", json!({
                "line": "uptime", "started": "2023-01-04T13:00Z", "ended": "2023-01-04T13:01Z",
                "unapproved": "nobody was there"
            })),
        ];
        for (_, given) in ended() {
            for (name, fields) in &facts {
                given.when(name, fields.clone()).accepted();
            }
        }
    }

    fn an_imported_history_may_come_in_no_lifecycle_order() {
        // Repaired before it was resolved, before the phases were told; closed in between.
        let given = given([
            declared(),
            event("mitigated", json!({})),
            closed(),
            event("phase_changed", json!({"from": "monitoring", "to": "identified"})),
            resolved(),
            event("role_left", json!({"role": "incident_analyst", "who": "Nobody"})),
            event("page_acknowledged", json!({"page": 9, "by": "Ada"})),
            event("run_approved", json!({"run": 4, "digest": uptime(), "by": "Bob"})),
            event("impact_ended", json!({"impact": 3})),
            event("declared", json!({"title": "Again", "tier": "public", "severity": "sev1"})),
        ]);
        assert!(matches!(given.situation(), Incident::Resolved(_)));
        given.when("phase", json!({"to": "identified"})).refused(Reason::NotOpen);
        given.when("start-impact", json!({"text": "imports fail"})).accepted();
    }

    fn what_was_merged_stays_so_until_it_is_reopened() {
        let merged = given([declared(), merged(), resolved(), closed()]);
        assert!(matches!(merged.situation(), Incident::MergedInto(..)));
        merged.when("reopen", json!({"why": "another thing"})).then([event("reopened", json!({"why": "another thing"}))]);
    }

    fn relations_are_told_once_and_one_way_round() {
        let told = json!({"how": "follows_from", "to": "20230103-disks"});
        let given = given([declared()]);
        given.when("relate", told.clone()).then([event("related", told.clone())]);
        let itself = json!({"how": "same_cause_as", "to": id().as_str()});
        given.when("relate", itself).refused(Reason::RelatedToItself);
        let rehearses = json!({"how": "rehearses", "to": "20230103-disks"});
        given.when("relate", rehearses.clone()).refused(Reason::RelationContradicts);

        let given = given.and([event("related", told.clone())]);
        given.when("relate", told.clone()).then_nothing();
        let turned = json!({"how": "led_to", "to": "20230103-disks"});
        given.when("relate", turned.clone()).refused_saying(Reason::RelationContradicts, "retract it first");
        // Two things may be so of one pair, and another incident is another matter.
        given.when("relate", json!({"how": "same_cause_as", "to": "20230103-disks"})).accepted();
        given.when("relate", json!({"how": "led_to", "to": "20230105-mail"})).accepted();
        let given = given.and([event("retracted", json!({"target": nth(2), "why": "another disk"}))]);
        given.when("relate", turned).accepted();

        let drill = json!({"title": "Imports", "tier": "engineering", "severity": "sev3", "drill": true});
        crate::harness::given([event("declared", drill)]).when("relate", rehearses).accepted();
    }
}

fn uptime() -> String {
    scribe_domain::values::Digest::of(b"uptime").to_string()
}

#[test]
fn every_command_has_a_name_that_reads() {
    for name in Command::NAMES {
        assert!(Command::read(name, &Value::Null).is_some_and(|command| command.is_err()), "{name}");
    }
    assert!(Command::read("explode", &json!({})).is_none());
}
