use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::record::Redacted;
use scribe_domain::event::runs::{RunDeclined, RunProposed, RunWithdrawn, Standing};
use scribe_domain::identity::Strength;
use scribe_domain::ids::IncidentId;
use scribe_domain::recorded::Recorded;
use scribe_domain::system::SystemEvent;
use scribe_domain::values::Digest;

use super::audit::{RunAudit, RunFilter, RunView};
use super::flags::RunFlag::{self, *};
use super::{RunStage, Runs};
use crate::document::{Style, View};
use crate::question::AsOf;
use crate::runner::{Projection as _, fold, fold_as_of};
use crate::testing::sample::{
    IMPORTS, approved, by_approval, emergency, finished, proposed, record, started,
};
use crate::testing::{History, incident, label, line, moment, person, text, when};

const UNDO: &str = "kubectl rollout undo deployment/list-import";

fn runs(history: &History) -> Runs {
    fold(&history.events)
}

fn audit(history: &History, filter: &RunFilter) -> RunAudit {
    runs(history).audit(filter)
}

fn one(history: &History, run: u32) -> RunView {
    runs(history).one(&incident(IMPORTS), run).expect("the run is known")
}

fn flags(history: &History) -> Vec<RunFlag> {
    one(history, 1).flags
}

/// Proposed at 20:20, approved at 20:25.
fn ready() -> History {
    let history = History::declared("a").at("2023-01-04T20:20Z").event(proposed(1, UNDO, "Ada King"));
    history.at("2023-01-04T20:25Z").event(approved(1, UNDO, "Bob Long"))
}

#[test]
fn a_run_by_the_rules_carries_no_flag() {
    let done = ready()
        .at("2023-01-04T20:28Z")
        .event(started(1, UNDO, "Ada King", by_approval("Bob Long")))
        .at("2023-01-04T20:29Z")
        .event(finished(1, UNDO, "Ada King", by_approval("Bob Long"), 0));
    let run = one(&done, 1);
    assert_eq!(run.flags, []);
    assert_eq!((run.stage, run.approved_by), (RunStage::Finished, Some(person("Bob Long"))));
}

#[test]
fn a_run_goes_through_its_stages() {
    let proposal = History::declared("a").event(proposed(1, UNDO, "Ada King"));
    assert_eq!(one(&proposal, 1).stage, RunStage::Proposed);
    assert_eq!(one(&ready(), 1).stage, RunStage::Approved);
    let declined = ready().event(RunDeclined { run: 1, by: person("Zac Bentley"), why: None });
    let run = one(&declined, 1);
    assert_eq!((run.stage, run.approved_by), (RunStage::Declined, None));
    assert!(run.record.approvals[0].overruled);
    let withdrawn = ready().event(RunWithdrawn { run: 1, why: None });
    assert_eq!(one(&withdrawn, 1).stage, RunStage::Withdrawn);
    let began = ready().event(started(1, UNDO, "Ada King", by_approval("Bob Long")));
    assert_eq!(one(&began, 1).stage, RunStage::Started);
    let too_late = began.event(RunDeclined { run: 1, by: person("Zac Bentley"), why: None });
    assert_eq!(one(&too_late, 1).stage, RunStage::Started, "once it has begun, nobody can decline it");
}

#[test]
fn what_an_auditor_should_look_at_is_flagged() {
    let by_bob = || by_approval("Bob Long");
    let killed = ready().event(started(1, UNDO, "Ada King", by_bob()));
    assert_eq!(flags(&killed), [NotFinished]);
    let failed = ready().at("2023-01-04T20:30Z").event(finished(1, UNDO, "Ada King", by_bob(), 1));
    assert_eq!(flags(&failed), [Failed]);
    let alone = History::declared("a");
    let unapproved = Standing::Unapproved { reason: text("nobody was there") };
    let unapproved = alone.event(finished(1, UNDO, "Ada King", unapproved, 0));
    assert_eq!(flags(&unapproved), [Unapproved]);
    let urgent = History::declared("a").event(started(1, UNDO, "Ada King", emergency("on fire")));
    assert_eq!(flags(&urgent), [Unapproved, Emergency, NotFinished]);
    let late = urgent.at("2023-01-04T20:50Z").event(approved(1, UNDO, "Bob Long"));
    assert_eq!(flags(&late), [Unapproved, Emergency, ApprovedAfter, NotFinished]);
    let other = ready().event(finished(1, "reboot", "Ada King", by_bob(), 0));
    assert_eq!(flags(&other), [LineDiffers, ApprovalMissing]);
    let claimed = History::declared("a").event(finished(1, UNDO, "Ada King", by_bob(), 0));
    assert_eq!(flags(&claimed), [ApprovalMissing]);
    let own = History::declared("a")
        .event(proposed(1, UNDO, "Ada King"))
        .event(approved(1, UNDO, "ada king"))
        .at("2023-01-04T20:30Z")
        .event(finished(1, UNDO, "Ada King", by_approval("Ada King"), 0));
    assert_eq!(flags(&own), [SelfApproved]);
}

/// Proposed, started and approved: when the start and the approval happened, and when each was recorded.
fn approved_late(start: [&str; 2], approval: [&str; 2]) -> bool {
    let history = History::declared("a").at("2023-01-04T20:20Z").event(proposed(1, UNDO, "Ada King"));
    let start = |history: History| {
        history.at(start[0]).told(start[1]).event(started(1, UNDO, "Ada King", by_approval("Bob Long")))
    };
    let approve =
        |history: History| history.at(approval[0]).told(approval[1]).event(approved(1, UNDO, "Bob Long"));
    // What was recorded first stands first.
    let history = if when(approval[1]).at() < when("2023-01-04T20:31Z").at() {
        start(approve(history))
    } else {
        approve(start(history))
    };
    flags(&history).contains(&ApprovedAfter)
}

#[test]
fn an_approval_after_the_beginning_is_flagged_by_either_clock() {
    let (before, began, after) = ("2023-01-04T20:30Z", "2023-01-04T20:31Z", "2023-01-04T20:32Z");
    assert!(!approved_late([began, began], [before, before]), "in time by both");
    assert!(approved_late([began, began], [after, before]), "by the world's, however it was recorded");
    assert!(approved_late([began, began], [before, after]), "by the record's, whatever it claims");
    assert!(approved_late([began, began], [after, after]));
    assert!(!approved_late([began, began], [began, began]), "in the same moment");
}

/// Who ran something elsewhere records it when it is over: that says nothing of when it was approved.
#[test]
fn a_run_made_elsewhere_is_compared_by_the_worlds_clock_alone() {
    let ran = |approval: &str| {
        let history = History::declared("a").at("2023-01-04T20:20Z").event(proposed(1, UNDO, "Ada King"));
        // It began at 20:28.
        let history =
            history.at("2023-01-04T20:29Z").event(finished(1, UNDO, "Ada King", by_approval("Bob Long"), 0));
        let history = history.at(approval).told("2023-01-04T21:00Z").event(approved(1, UNDO, "Bob Long"));
        flags(&history).contains(&ApprovedAfter)
    };
    assert!(!ran("2023-01-04T20:25Z"));
    assert!(!ran("2023-01-04T20:28Z"), "in the same moment");
    assert!(ran("2023-01-04T20:29Z"));
}

#[test]
fn a_digest_that_is_not_the_lines_is_a_difference() {
    let lie =
        RunProposed { line: line("ls"), digest: Digest::of(b"rm -r /"), ..proposed(1, "ls", "Ada King") };
    let ran = History::declared("a").event(lie);
    let mut rm = finished(1, "ls", "Ada King", emergency("x"), 0);
    rm.digest = Digest::of(b"rm -r /");
    assert!(flags(&ran.event(rm)).contains(&LineDiffers));
}

#[test]
fn the_filter_asks_who_ran_what_when_and_where() {
    let history = record();
    let found = |filter: RunFilter| -> Vec<u32> {
        audit(&history, &filter).runs.iter().map(|view| view.run).collect()
    };
    let any = RunFilter::default;
    assert_eq!(found(any()), [1, 2, 3]);
    assert_eq!(found(RunFilter { by: Some("zac bentley".parse().unwrap()), ..any() }), [1]);
    assert_eq!(found(RunFilter { since: Some(moment("2023-01-04T20:00Z")), ..any() }), [2, 3]);
    assert_eq!(found(RunFilter { until: Some(moment("2023-01-04T20:00Z")), ..any() }), [1]);
    assert_eq!(found(RunFilter { matching: Some("ROLLOUT undo".into()), ..any() }), [2]);
    assert_eq!(found(RunFilter { host: Some("Import-7".into()), ..any() }), [1, 2, 3]);
    assert_eq!(found(RunFilter { host: Some("import".into()), ..any() }), [0; 0]);
    assert_eq!(found(RunFilter { incident: Some(incident("20230103-mail-delays")), ..any() }), [0; 0]);
    let by = |name: &str| RunFilter { by: Some(name.parse().unwrap()), ..any() };
    assert_eq!(audit(&ready(), &by("Bob Long")).runs.len(), 1, "an approver is found too");
    assert!(audit(&ready(), &by("Jen Blagg")).runs.is_empty());
    assert_eq!(found(RunFilter { unapproved: true, ..any() }), [2]);
    assert_eq!(found(RunFilter { flag: Some(NotFinished), ..any() }), [1]);
}

#[test]
fn a_redacted_line_is_gone_but_the_run_is_not() {
    let history = ready().event(finished(1, UNDO, "Ada King", by_approval("Bob Long"), 0));
    let target = history.last();
    let by = "Bob Long".parse().unwrap();
    let history = history.event(Redacted { target, by, why: text("a password stood in it"), remains: None });
    let run = one(&history, 1);
    assert_eq!((run.line, run.digest), (None, Some(Digest::of_line(&line(UNDO)))));
    assert_eq!(run.record.finished.unwrap().excerpt, None);
}

#[test]
fn the_reason_of_a_redacted_emergency_is_gone_but_its_mark_is_not() {
    let reason = text("the password is hunter2");
    let history = ready().event(finished(1, UNDO, "Ada King", Standing::Emergency { reason }, 0));
    let target = history.last();
    let by = "Bob Long".parse().unwrap();
    let history = history.event(Redacted { target, by, why: text("a password stood in it"), remains: None });
    let shown = serde_json::to_string(&one(&history, 1)).unwrap();
    assert!(shown.contains("emergency") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn as_of_a_moment_before_its_end_a_run_goes_on() {
    let by_ten = AsOf { recorded_by: None, occurred_by: Some(moment("2023-01-04T20:27Z")) };
    let history =
        ready().at("2023-01-04T20:28Z").event(started(1, UNDO, "Ada King", by_approval("Bob Long")));
    let runs: Runs = fold_as_of(&history.events, &by_ten);
    assert_eq!(runs.one(&incident(IMPORTS), 1).unwrap().stage, RunStage::Approved);
}

/// Whatever the record says of approvals, nobody can have been their own.
#[test]
fn an_approval_of_ones_own_that_a_run_claims_is_flagged() {
    let claimed = ready().event(finished(1, UNDO, "Ada King", by_approval("Ada King"), 0));
    assert!(flags(&claimed).contains(&RunFlag::SelfApproved), "{:?}", flags(&claimed));
}

#[test]
fn unapproved_is_what_no_second_person_is_known_to_have_approved_before_it_ran() {
    let ran = |history: History| {
        history.at("2023-01-04T20:29Z").event(finished(1, UNDO, "Ada King", by_approval("Bob Long"), 0))
    };
    let proposal = |by: &str| History::declared("a").at("2023-01-04T20:20Z").event(proposed(1, UNDO, by));
    let seen = |history: History, by: &str| history.at("2023-01-04T20:25Z").event(approved(1, UNDO, by));
    let late = |history: History| history.at("2023-01-04T20:35Z").event(approved(1, UNDO, "Bob Long"));
    let begun =
        proposal("Ada King").at("2023-01-04T20:28Z").event(started(1, UNDO, "Ada King", emergency("x")));
    let unapproved = RunFilter { unapproved: true, ..RunFilter::default() };
    for (history, expected) in [
        (ran(ready()), 0),
        (ran(seen(proposal("integration:ci"), "Bob Long")), 0),
        // Whoever ran it approved what somebody else proposed.
        (ran(seen(proposal("Bob Long"), "Ada King")), 0),
        // It claims an approval that is not there.
        (ran(proposal("Ada King")), 1),
        (ran(History::declared("a")), 1),
        // Approved by whoever proposed it, or by the only person who saw what a program proposed.
        (ran(seen(proposal("Ada King"), "Ada King")), 1),
        (ran(seen(proposal("integration:ci"), "Ada King")), 1),
        (late(begun), 1),
        // It has not run.
        (proposal("Ada King"), 0),
    ] {
        let kinds: Vec<&str> = history.events.iter().map(|recorded| recorded.event.kind()).collect();
        assert_eq!(audit(&history, &unapproved).runs.len(), expected, "{kinds:?}");
    }
}

#[test]
fn two_people_of_one_account_show() {
    let history = |approver: &str| {
        let proposal = History::declared("a").from("uid:1000@bastion").event(proposed(1, UNDO, "Ada King"));
        proposal.from(approver).event(approved(1, UNDO, "Bob Long"))
    };
    assert_eq!(flags(&history("uid:1000@bastion")), [SameAccount]);
    assert_eq!(flags(&history("uid:1001@bastion")), []);
    assert_eq!(flags(&ready()), []);
}

#[test]
fn it_is_known_as_well_as_the_weakest_of_those_who_took_part() {
    let history = |proposer: &str, approver: &str| {
        let proposal = History::declared("a").from(proposer).event(proposed(1, UNDO, "Ada King"));
        proposal.from(approver).event(approved(1, UNDO, "Bob Long"))
    };
    for (proposer, approver, expected) in [
        ("token:aa", "session:bb", Strength::Proven),
        ("token:aa", "uid:1000@bastion", Strength::Account),
        ("uid:1000@bastion", "token:aa", Strength::Account),
        ("somebody", "token:aa", Strength::Claimed),
    ] {
        let history = history(proposer, approver);
        let all = audit(&history, &RunFilter::default());
        assert_eq!(all.runs[0].strength, expected, "{proposer} {approver}");
        let style = Style::default();
        let text = all.runs[0].document(&style).text(&style);
        assert!(text.contains(&format!("({proposer})")) && text.contains(&format!("({approver})")), "{text}");
        for least in Strength::ALL {
            let filter = RunFilter { strength: Some(least), ..RunFilter::default() };
            assert_eq!(audit(&history, &filter).runs.len(), usize::from(expected >= least), "{least}");
        }
    }
    // An approval of another line counts as little as one that was overruled.
    let other = history("token:aa", "token:bb").from("somebody").event(approved(1, "ls", "Zoe Ng"));
    assert_eq!(audit(&other, &RunFilter::default()).runs[0].strength, Strength::Proven);
}

#[test]
fn it_reads_well() {
    let style = Style { zone: chrono_tz::America::New_York, ..Style::default() };
    let list =
        audit(&record(), &RunFilter { host: Some(label("import-7").to_string()), ..RunFilter::default() });
    assert_eq!(
        list.document(&style).text(&style),
        "\
Who ran what
════════════
3 runs, 1 unapproved; times in America/New_York

When                 Run
2023-01-04 14:22     `ss --udp --all --processes | sort | uniq --count | sort
                     --numeric-sort`
                     Zac Bentley on import-7; approved by John Meichle
                     started, not known to have ended
                     20230104-list-import-problems run 1
2023-01-04 15:28:00  `kubectl rollout undo deployment/list-import --namespace
                     production`
                     Morrisa Brenner on import-7
                     exit 0 after 42 s
                     unapproved emergency: imports stand still
                     20230104-list-import-problems run 2
2023-01-04 15:28     `systemctl restart importer`
not run              Morrisa Brenner on import-7
                     waits for an approval
                     20230104-list-import-problems run 3
"
    );
    assert_eq!(
        one(&record(), 2).document(&style).text(&style),
        "\
Run 2 of 20230104-list-import-problems
══════════════════════════════════════
    kubectl rollout undo deployment/list-import --namespace production

State     exit 0 after 42 s
Flags     unapproved, emergency
By        Morrisa Brenner
Known by  their word alone, of at least one of them
Host      import-7
Began     2023-01-04 15:28:00
Standing  unapproved emergency: imports stand still
Ended     2023-01-04 15:28:42

The end of its output, secrets masked
─────────────────────────────────────
    deployment.apps/list-import rolled back

Line    sha256:1214646cd2d51c25dc21daf257af65f818a9b662e373945699d7a23bb01cc259
Output  sha256:d17977b7ecfc6018ea268ad1988199c54e59239386430f2b90c258a2f90a260a
"
    );
}

/// What was told of people, of which nothing is any incident's.
fn with_people(mut history: History, told: &[(&str, &str, &str)]) -> Vec<Recorded> {
    let runs = history.events.len();
    for (at, kind, payload) in told {
        let event = SystemEvent::from_payload(kind, 1, payload).unwrap().unwrap();
        history = history.at(at).event(E::System(event));
    }
    for recorded in &mut history.events[runs..] {
        recorded.incident = IncidentId::people();
    }
    history.events
}

#[test]
fn an_approval_by_another_name_of_ones_own_shows_once_the_directory_says_so() {
    let ran =
        ready().at("2023-01-04T20:29Z").event(finished(1, UNDO, "Ada King", by_approval("Bob Long"), 0));
    let events = with_people(
        ran,
        &[
            ("2023-01-05T10:00Z", "person_added", r#"{"person":"Ada King"}"#),
            ("2023-01-05T11:00Z", "person_merged", r#"{"person":"Bob Long","into":"Ada King"}"#),
            ("2023-01-05T12:00Z", "merge_undone", r#"{"person":"Bob Long"}"#),
        ],
    );
    let at = |recorded_by: &str, occurred_by: Option<&str>| AsOf {
        recorded_by: Some(moment(recorded_by)),
        occurred_by: occurred_by.map(moment),
    };
    let unseconded = RunFilter { unapproved: true, ..RunFilter::default() };
    let by_bob = RunFilter { by: Some("Bob Long".parse().unwrap()), ..RunFilter::default() };
    for (as_of, shows) in [
        (at("2023-01-05T10:30:00Z", None), false),
        (at("2023-01-05T11:30:00Z", None), true),
        // Who they are is asked of the record, whenever in the world it is asked about.
        (at("2023-01-05T11:30:00Z", Some("2023-01-04T21:00:00Z")), true),
        (at("2023-01-05T12:30:00Z", None), false),
        (AsOf::NOW, false),
    ] {
        let runs: Runs = fold_as_of(&events, &as_of);
        let run = runs.one(&incident(IMPORTS), 1).unwrap();
        assert_eq!(run.flags, if shows { vec![SelfApproved] } else { Vec::new() }, "{as_of:?}");
        assert_eq!(runs.audit(&unseconded).runs.len(), usize::from(shows), "{as_of:?}");
        assert_eq!(runs.audit(&by_bob).runs.len(), 1, "{as_of:?}");
        // The same bytes as of a record that ends there.
        let ends = events.iter().filter(|one| as_of.recorded_by.is_none_or(|by| one.recorded_at <= by));
        let ends: Vec<Recorded> = ends.cloned().collect();
        let then = AsOf { recorded_by: None, ..as_of };
        assert_eq!(fold_as_of::<Runs>(&ends, &then), runs, "{as_of:?}");
        assert_eq!(runs.of_those(&|_| true), runs);
        let kept = serde_json::to_string(&runs).unwrap();
        assert_eq!(serde_json::from_str::<Runs>(&kept).unwrap(), runs);
    }
}
