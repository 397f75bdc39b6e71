//! Two pairs of eyes on what runs in production.

use scribe_domain::event::IncidentEvent;
use scribe_domain::refusal::Reason;
use scribe_domain::values::Digest;
use serde_json::{Value, json};

use crate::harness::{declared, event, given, scenarios};

const LINE: &str = "kubectl rollout undo deploy/importer";

fn digest() -> String {
    Digest::of(LINE.as_bytes()).to_string()
}

fn other() -> String {
    Digest::of(b"kubectl delete deploy/importer").to_string()
}

fn proposed() -> IncidentEvent {
    event("run_proposed", json!({"run": 1, "line": LINE, "digest": digest(), "by": "Zac", "host": "prod-1"}))
}

fn approved() -> IncidentEvent {
    event("run_approved", json!({"run": 1, "digest": digest(), "by": "Bob"}))
}

fn started_by(by: &str) -> IncidentEvent {
    event(
        "run_started",
        json!({
            "run": 1, "line": LINE, "digest": digest(), "by": by, "host": "prod-1",
            "standing": {"approved": {"by": "Bob"}}
        }),
    )
}

fn finished(standing: &Value) -> IncidentEvent {
    event(
        "run_finished",
        json!({
            "run": 1, "line": LINE, "digest": digest(), "by": "Zac", "host": "prod-1", "standing": standing,
            "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z", "exit": {"code": 0}
        }),
    )
}

fn start() -> Value {
    json!({"run": 1, "line": LINE, "host": "prod-1"})
}

fn finish() -> Value {
    json!({
        "run": 1, "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z", "exit": {"code": 0}
    })
}

fn approve() -> Value {
    json!({"run": 1, "digest": digest()})
}

/// A run made elsewhere, with these fields besides.
fn elsewhere(more: Value) -> Value {
    let mut fields = json!({
        "line": LINE, "host": "prod-1", "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z",
        "exit": {"code": 0}
    });
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
    fields
}

scenarios! {
    fn a_late_approval_does_not_change_by_what_right_an_emergency_began() {
        let standing = json!({"emergency": {"reason": "users are locked out"}});
        let began = event("run_started", json!({
            "run": 1, "line": LINE, "digest": digest(), "by": "Zac", "host": "prod-1", "standing": standing
        }));
        given([declared(), began, approved()])
            .when("record-run", elsewhere(json!({"run": 1})))
            .then([finished(&standing)]);
    }

    fn a_proposal_names_the_exact_line_and_who_answers_for_it() {
        given([declared()])
            .when("propose-run", json!({"line": LINE, "host": "prod-1", "why": "the last deploy broke it"}))
            .then([event("run_proposed", json!({
                "run": 1, "line": LINE, "digest": digest(), "by": "Zac", "host": "prod-1",
                "why": "the last deploy broke it"
            }))]);
        given([declared(), proposed()])
            .when("propose-run", json!({"line": LINE}))
            .by("integration:slack")
            .on_behalf_of("Cleo")
            .then([event("run_proposed", json!({"run": 2, "line": LINE, "digest": digest(), "by": "Cleo"}))]);
    }

    fn two_pairs_of_eyes_are_two_identities() {
        let proposed = |origin: &str| given([declared(), proposed()]).known_by(origin);
        let by_bob = |origin: &str| proposed("token:aa").when("approve-run", approve()).by("Bob").known_by(origin);
        by_bob("token:bb").then([approved()]);
        by_bob("session:bb").then([approved()]);
        by_bob("token:aa").refused_saying(Reason::SelfApproval, "the same identity");
        by_bob("uid:0@bastion").refused_saying(Reason::ApproverNotProven, "Zac proved who they are");
        by_bob("passkey:bob").refused(Reason::ApproverNotProven);
        proposed("token:aa").when("approve-run", approve()).by("Bob").refused(Reason::ApproverNotProven);
        // A copied name is found out whatever token is shown.
        proposed("token:aa").when("approve-run", approve()).by("ZAC").known_by("token:bb").refused(Reason::SelfApproval);
        // Where nobody proved anything, names are all there is.
        proposed("uid:0@bastion").when("approve-run", approve()).by("Bob").known_by("uid:0@bastion").then([approved()]);
    }

    fn an_approval_by_word_alone_lets_nothing_run_that_somebody_proved_to_have_proposed() {
        let with = |origin: &str| given([declared(), proposed()]).known_by("token:aa").and([approved()]).known_by(origin);
        with("token:bb").when("start-run", start()).then([started_by("Zac")]);
        for weaker in ["token:aa", "uid:0@bastion", "somebody"] {
            with(weaker).when("start-run", start()).refused(Reason::NotApproved);
        }
    }

    fn nobody_approves_their_own_run_under_another_name_of_theirs() {
        let zac = ["Zac", "Zachary Bentley", "Zacc"];
        let proposed = given([declared(), proposed()]);
        for name in ["Zachary Bentley", "zacc"] {
            let asked = || proposed.when("approve-run", approve()).by(name).knowing(&zac);
            asked().refused_saying(Reason::SelfApproval, "is Zac, who proposed run 1");
            asked().by("integration:slack").on_behalf_of(name).refused(Reason::SelfApproval);
            // Whoever is not in the directory is who they say they are.
            proposed.when("approve-run", approve()).by(name).accepted();
            proposed.when("decline-run", json!({"run": 1})).by(name).knowing(&zac).refused(Reason::SelfApproval);
            proposed.when("withdraw-run", json!({"run": 1})).by(name).knowing(&zac).accepted();
            proposed.when("withdraw-run", json!({"run": 1})).by(name).refused(Reason::NotTheProposer);
        }
        // A name close to any of theirs may be theirs.
        let near = proposed.when("approve-run", approve()).by("zachary.bentley");
        near.knowing(&zac).refused(Reason::SelfApproval);
        proposed.when("approve-run", approve()).by("Bob").knowing(&zac).then([approved()]);
        let ran = event("run_finished", json!({
            "run": 1, "line": LINE, "digest": digest(), "by": "Bob", "started": "2023-01-04T12:00:00Z",
            "ended": "2023-01-04T12:01:00Z", "standing": {"unapproved": {"reason": "x"}}
        }));
        let late = proposed.and([ran]);
        late.when("approve-run", approve()).by("Rob").knowing(&["Bob", "Rob"]).refused(Reason::SelfApproval);
        // Approved by one person under two names, it has one approver.
        let by_bob = given([declared(), self::proposed(), approved()]);
        by_bob.when("approve-run", approve()).by("Rob").knowing(&["Bob", "Rob"]).then_nothing();
    }

    fn whoever_turns_out_to_be_the_proposer_has_approved_nothing() {
        let approved = given([declared(), proposed(), approved()]);
        approved.when("start-run", start()).by("Cleo").accepted();
        let merged = approved.when("start-run", start()).by("Cleo").knowing(&["Zac", "Bob"]);
        merged.refused_saying(Reason::NotApproved, "Bob, who approved run 1, is Zac, who proposed it");
    }

    fn an_integration_passes_on_whom_it_names_by_an_account() {
        let by = |first: &str| given([declared(), proposed()]).known_by(first);
        let passed_on = |first: &str, second: &str| {
            let asked = by(first).when("approve-run", approve());
            asked.by("integration:slack").on_behalf_of("Bob").known_by(second)
        };
        let (ada, bob) = ("token:bot for slack:U1", "token:bot for slack:U2");
        passed_on(ada, bob).then([approved()]);
        passed_on("token:zac", bob).then([approved()]);
        passed_on(ada, ada).refused_saying(Reason::SelfApproval, "the same identity");
        passed_on("token:bot", bob).refused(Reason::SelfApproval);
        passed_on("token:zac", "token:bot").refused_saying(Reason::ApproverNotProven, "no account of theirs");
        passed_on("uid:0@bastion", "token:bot").refused(Reason::ApproverNotProven);
        // As long as nobody proves anything, a program's word is as good as a name.
        let asked = given([declared(), proposed()]).when("approve-run", approve());
        asked.by("integration:slack").on_behalf_of("Bob").known_by("uid:0@bastion").then([approved()]);
        // And what stands in the record by its word alone lets nothing run.
        let recorded = |origin: &str| {
            let approved = by("token:zac").and([approved()]).passed_on_by("integration:slack", "Bob");
            approved.known_by(origin).when("start-run", start())
        };
        recorded(bob).then([started_by("Zac")]);
        recorded("token:bot").refused(Reason::NotApproved);
    }

    fn somebody_else_approves() {
        given([declared(), proposed()])
            .when("approve-run", json!({"run": 1, "digest": digest(), "note": "go"}))
            .by("Bob")
            .then([event("run_approved", json!({"run": 1, "digest": digest(), "by": "Bob", "note": "go"}))]);
        given([declared(), proposed(), approved()]).when("approve-run", approve()).by("BOB").then_nothing();
        given([declared(), proposed(), approved()]).when("approve-run", approve()).by("Cleo").accepted();
    }

    fn nobody_approves_their_own_run() {
        let given = given([declared(), proposed()]);
        given.when("approve-run", approve()).by("Zac").refused_saying(Reason::SelfApproval, "somebody else");
        given.when("approve-run", approve()).by("ZAC").refused(Reason::SelfApproval);
        given.when("approve-run", approve()).by(" zac ").refused(Reason::SelfApproval);
        given.when("approve-run", approve()).by("Za\u{200b}c").refused(Reason::SelfApproval);
    }

    fn nobody_approves_their_own_run_through_a_program_or_in_anothers_name() {
        let given = given([declared(), proposed()]);
        given.when("approve-run", approve()).by("integration:slack").on_behalf_of("Zac").refused(Reason::SelfApproval);
        given.when("approve-run", approve()).by("Zac").on_behalf_of("Bob").refused(Reason::SelfApproval);
        given.when("approve-run", approve()).by("integration:slack").on_behalf_of("Bob").then([approved()]);
    }

    fn a_program_approves_nothing() {
        let given = given([declared(), proposed()]);
        given
            .when("approve-run", approve())
            .by("integration:slack")
            .refused_saying(Reason::NotAPerson, "on_behalf_of");
        given.when("approve-run", approve()).by("scribe:").refused(Reason::NotAPerson);
        given.when("decline-run", json!({"run": 1})).by("integration:slack").refused(Reason::NotAPerson);
    }

    fn an_approval_covers_exactly_the_line_whose_digest_it_names() {
        given([declared(), proposed()])
            .when("approve-run", json!({"run": 1, "digest": other()}))
            .by("Bob")
            .refused(Reason::LineChanged);
        given([declared(), proposed()])
            .when("approve-run", json!({"run": 2, "digest": digest()}))
            .by("Bob")
            .refused_saying(Reason::UnknownNumber, "it has run 1");
        // An imported approval of another line gives no right.
        given([declared(), proposed(), event("run_approved", json!({"run": 1, "digest": other(), "by": "Bob"}))])
            .when("start-run", start())
            .refused(Reason::NotApproved);
    }

    fn somebody_else_declines_and_earlier_approvals_no_longer_count() {
        let declined = || event("run_declined", json!({"run": 1, "by": "Cleo", "why": "not on a Friday"}));
        let given = given([declared(), proposed(), approved()]);
        given.when("decline-run", json!({"run": 1, "why": "not on a Friday"})).by("Cleo").then([declined()]);
        given
            .when("decline-run", json!({"run": 1}))
            .by("Zac")
            .refused_saying(Reason::SelfApproval, r#""ask":"withdraw-run","incident":"20230104-list-import-problems","run":1"#);
        let given = given.and([declined()]);
        given.when("decline-run", json!({"run": 1})).by("Bob").then_nothing();
        given.when("start-run", start()).refused(Reason::RunRefused);
        given.when("approve-run", approve()).by("Bob").refused(Reason::RunRefused);
    }

    fn only_the_proposer_withdraws() {
        let withdrawn = || event("run_withdrawn", json!({"run": 1, "why": "found a better way"}));
        let given = given([declared(), proposed()]);
        given.when("withdraw-run", json!({"run": 1, "why": "found a better way"})).then([withdrawn()]);
        given
            .when("withdraw-run", json!({"run": 1}))
            .by("Bob")
            .refused_saying(Reason::NotTheProposer, r#""ask":"decline-run","incident":"20230104-list-import-problems","run":1"#);
        given.when("withdraw-run", json!({"run": 9})).refused(Reason::UnknownNumber);
        let given = given.and([withdrawn()]);
        given.when("withdraw-run", json!({"run": 1})).then_nothing();
        given.when("start-run", start()).refused(Reason::RunRefused);
    }

    fn an_approved_line_starts_and_names_the_approver() {
        given([declared(), proposed(), approved()]).when("start-run", start()).then([started_by("Zac")]);
        // The approver may also be the one at the keyboard: two people have read the line.
        given([declared(), proposed(), approved()]).when("start-run", start()).by("Bob").then([started_by("Bob")]);
    }

    fn a_line_without_an_approval_does_not_start() {
        given([declared(), proposed()])
            .when("start-run", start())
            .refused_saying(Reason::NotApproved, r#""ask":"approve-run","incident":"20230104-list-import-problems","run":1"#);
        given([declared()])
            .when("start-run", json!({"line": LINE}))
            .refused_saying(Reason::NotApproved, "emergency");
    }

    fn a_changed_line_or_host_does_not_start() {
        let given = given([declared(), proposed(), approved()]);
        given
            .when("start-run", json!({"run": 1, "line": format!("{LINE} "), "host": "prod-1"}))
            .refused(Reason::LineChanged);
        given.when("start-run", json!({"run": 1, "line": LINE, "host": "prod-2"})).refused(Reason::LineChanged);
        given
            .when("start-run", json!({"run": 1, "line": LINE, "host": "prod-2", "emergency": "now"}))
            .refused(Reason::LineChanged);
    }

    fn an_emergency_needs_a_reason_and_stays_marked() {
        let standing = json!({"emergency": {"reason": "data is being lost"}});
        given([declared()])
            .when("start-run", json!({"line": LINE, "emergency": "data is being lost"}))
            .then([event("run_started", json!({
                "run": 1, "line": LINE, "digest": digest(), "by": "Zac", "standing": standing
            }))]);
        given([declared(), proposed()])
            .when("start-run", json!({"run": 1, "line": LINE, "host": "prod-1", "emergency": "data is being lost"}))
            .then([event("run_started", json!({
                "run": 1, "line": LINE, "digest": digest(), "by": "Zac", "host": "prod-1", "standing": standing
            }))]);
        // Also against a no, and also after the end: what runs must be seen.
        let against = given([declared(), proposed(), event("run_declined", json!({"run": 1, "by": "Cleo"}))]);
        against
            .when("start-run", json!({"run": 1, "line": LINE, "host": "prod-1", "emergency": "data is being lost"}))
            .accepted();
        given([declared(), event("resolved", json!({}))])
            .when("start-run", json!({"line": LINE, "emergency": "it is back"}))
            .accepted();
    }

    fn a_run_starts_once() {
        let given = given([declared(), proposed(), approved(), started_by("Zac")]);
        given.when("start-run", start()).refused(Reason::RunStarted);
        given.when("decline-run", json!({"run": 1})).by("Cleo").refused(Reason::RunStarted);
        given.when("withdraw-run", json!({"run": 1})).refused(Reason::RunStarted);
    }

    fn a_started_run_ends_as_it_began() {
        given([declared(), proposed(), approved(), started_by("Zac")])
            .when("finish-run", finish())
            .then([finished(&json!({"approved": {"by": "Bob"}}))]);
    }

    fn the_end_names_who_ran_it_not_who_proposed_it() {
        let end = event("run_finished", json!({
            "run": 1, "line": LINE, "digest": digest(), "by": "Bob", "host": "prod-1",
            "standing": {"approved": {"by": "Bob"}},
            "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z", "exit": {"signal": 9},
            "output_digest": other(), "excerpt": "rolled back"
        }));
        given([declared(), proposed(), approved(), started_by("Bob")])
            .when("finish-run", json!({
                "run": 1, "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z",
                "exit": {"signal": 9}, "output_digest": other(), "excerpt": "rolled back"
            }))
            .by("Cleo")
            .then([end]);
    }

    fn a_run_ends_once_and_only_after_it_began() {
        given([declared(), proposed(), approved()])
            .when("finish-run", finish())
            .refused_saying(Reason::RunNotStarted, r#""ask":"record-run","incident":"20230104-list-import-problems""#);
        let given = given([declared(), proposed(), approved(), started_by("Zac"), finished(&json!({"approved": {"by": "Bob"}}))]);
        given.when("finish-run", finish()).refused(Reason::AlreadyOver);
        given.when("start-run", start()).refused(Reason::AlreadyOver);
        given.when("record-run", elsewhere(json!({"run": 1}))).refused(Reason::AlreadyOver);
        given.when("withdraw-run", json!({"run": 1})).refused(Reason::AlreadyOver);
    }

    fn no_run_ends_before_it_began() {
        let contradiction = json!({"run": 1, "started": "2023-01-04T13:00:07Z", "ended": "2023-01-04T13:00:00Z"});
        given([declared(), proposed(), approved(), started_by("Zac")])
            .when("finish-run", contradiction)
            .refused(Reason::TimesContradict);
        given([declared()])
            .when("record-run", elsewhere(json!({"ended": "2023-01-04T12:00Z", "unapproved": "alone"})))
            .refused(Reason::TimesContradict);
        given([declared()])
            .when("record-run", elsewhere(json!({"ended": "unknown", "unapproved": "alone"})))
            .accepted();
    }

    fn a_run_made_elsewhere_needs_an_approval_or_a_reason() {
        let given = given([declared()]);
        given.when("record-run", elsewhere(json!({}))).refused_saying(Reason::NotApproved, "unapproved");
        given
            .when("record-run", elsewhere(json!({"unapproved": "nobody was awake"})))
            .then([finished(&json!({"unapproved": {"reason": "nobody was awake"}}))]);
        given
            .when("record-run", elsewhere(json!({"emergency": "data is being lost"})))
            .then([finished(&json!({"emergency": {"reason": "data is being lost"}}))]);
    }

    fn a_run_made_elsewhere_as_approved_says_so() {
        given([declared(), proposed(), approved()])
            .when("record-run", elsewhere(json!({"run": 1})))
            .then([finished(&json!({"approved": {"by": "Bob"}}))]);
        given([declared(), proposed()]).when("record-run", elsewhere(json!({"run": 1}))).refused(Reason::NotApproved);
    }

    fn an_approval_does_not_cover_another_line_or_host_run_elsewhere() {
        let given = given([declared(), proposed(), approved()]);
        let other_line = elsewhere(json!({"run": 1, "line": "kubectl delete deploy/importer"}));
        given.when("record-run", other_line).refused(Reason::LineChanged);
        given
            .when("record-run", elsewhere(json!({"run": 1, "host": "prod-2", "unapproved": "the wrong window"})))
            .then([event("run_finished", json!({
                "run": 1, "line": LINE, "digest": digest(), "by": "Zac", "host": "prod-2",
                "standing": {"unapproved": {"reason": "the wrong window"}},
                "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z", "exit": {"code": 0}
            }))]);
    }

    fn a_run_may_be_told_of_somebody_else() {
        given([declared()])
            .when("record-run", elsewhere(json!({"by": "Zac", "unapproved": "nobody was awake"})))
            .by("Bob")
            .then([finished(&json!({"unapproved": {"reason": "nobody was awake"}}))]);
    }

    fn a_second_pair_of_eyes_may_come_late_but_is_still_a_second() {
        let given = given([declared(), finished(&json!({"unapproved": {"reason": "nobody was awake"}}))]);
        given.when("approve-run", approve()).by("Bob").then([approved()]);
        given.when("approve-run", approve()).by("Zac").refused(Reason::SelfApproval);
    }

    fn neither_who_proposed_nor_who_ran_it_approves_it_late() {
        let by_bob = event("run_finished", json!({
            "run": 1, "line": LINE, "digest": digest(), "by": "Bob", "host": "prod-1",
            "standing": {"unapproved": {"reason": "in a hurry"}},
            "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z"
        }));
        let given = given([declared(), proposed(), by_bob]);
        given.when("approve-run", approve()).by("Zac").refused(Reason::SelfApproval);
        given.when("approve-run", approve()).by("Bob").refused_saying(Reason::SelfApproval, "Bob ran run 1");
        given.when("approve-run", approve()).by("Cleo").accepted();
    }

    fn a_late_approval_names_the_line_that_ran() {
        let another = event("run_finished", json!({
            "run": 1, "line": "kubectl delete deploy/importer", "digest": other(), "by": "Zac",
            "standing": {"unapproved": {"reason": "slip of the hand"}},
            "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z"
        }));
        let given = given([declared(), proposed(), approved(), another]);
        given.when("approve-run", approve()).by("Bob").refused(Reason::LineChanged);
        given.when("approve-run", json!({"run": 1, "digest": other()})).by("Bob").accepted();
    }

    fn a_run_recorded_after_it_was_seen_to_start_keeps_its_number() {
        // scribe was killed half-way; how it ended is told afterwards.
        given([declared(), proposed(), approved(), started_by("Zac")])
            .when("record-run", elsewhere(json!({"run": 1})))
            .then([finished(&json!({"approved": {"by": "Bob"}}))]);
        given([declared(), proposed()]).when("record-run", elsewhere(json!({"unapproved": "alone"}))).then([event(
            "run_finished",
            json!({
                "run": 2, "line": LINE, "digest": digest(), "by": "Zac", "host": "prod-1",
                "standing": {"unapproved": {"reason": "alone"}},
                "started": "2023-01-04T13:00:00Z", "ended": "2023-01-04T13:00:07Z", "exit": {"code": 0}
            }),
        )]);
    }

    fn what_a_program_proposed_needs_two_people() {
        let by_program = event(
            "run_proposed",
            json!({"run": 1, "line": LINE, "digest": digest(), "by": "integration:ci", "host": "prod-1"}),
        );
        let once = given([declared(), by_program, approved()]);
        // Bob alone has seen the line.
        once.when("start-run", start()).by("Bob").refused(Reason::NotApproved);
        once.when("start-run", start()).by("integration:ci").refused(Reason::NotApproved);
        once.when("start-run", start()).by("Ada").accepted();
        let twice = once.and([event("run_approved", json!({"run": 1, "digest": digest(), "by": "Ada"}))]);
        for by in ["Bob", "Ada", "integration:ci"] {
            twice.when("start-run", start()).by(by).accepted();
        }
    }

    fn whoever_may_be_the_proposer_by_another_spelling_is_no_second_person() {
        for by in ["zac.", "@Zac", "Zaç", "ᴢᴀᴄ"] {
            given([declared(), proposed()]).when("approve-run", approve()).by(by).refused(Reason::SelfApproval);
            let seen = event("run_approved", json!({"run": 1, "digest": digest(), "by": by}));
            given([declared(), proposed(), seen]).when("start-run", start()).refused(Reason::NotApproved);
        }
    }

    fn what_only_an_import_tells_lets_nothing_run() {
        let own = event("run_approved", json!({"run": 1, "digest": digest(), "by": "Zac"}));
        given([declared(), proposed(), own]).when("start-run", start()).refused(Reason::NotApproved);
        given([declared(), proposed()])
            .imported([approved()])
            .when("start-run", start())
            .refused(Reason::NotApproved);
    }
}
