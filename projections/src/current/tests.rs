use scribe_domain::event::impact::{ImpactEnded, ImpactStarted};
use scribe_domain::event::life::{Cancelled, Closed, Declared, MergedInto, Mitigated, Resolved};
use scribe_domain::event::record::{Corrected, Redacted, Retracted};
use scribe_domain::event::words::{Noted, Summarised};
use scribe_domain::ids::{Position, Revision};
use scribe_domain::values::{Phase, Severity, Tier};

use super::{Board, BoardLine, IncidentNow, ListFilter, ListState};
use crate::document::{Style, View};
use crate::question::AsOf;
use crate::runner::{Projection as _, fold, fold_as_of};
use crate::testing::sample::{DRILL, IMPORTS, MAIL, record, update};
use crate::testing::{History, declared, incident, moment, text, title, when};
use scribe_domain::incident::life::Situation;

const ALL: ListFilter = ListFilter { state: ListState::All, tier: None, drills: true };
const LATER: &str = "2023-01-04T20:45Z";

fn lines(history: &History, filter: ListFilter) -> Vec<BoardLine> {
    fold::<Board>(&history.events).list(&filter, moment(LATER)).incidents
}

fn names(lines: &[BoardLine]) -> Vec<&str> {
    lines.iter().map(|line| line.incident.as_str()).collect()
}

fn line(history: &History) -> BoardLine {
    lines(history, ALL).into_iter().next().expect("an incident")
}

#[test]
fn open_ones_come_first_then_the_worst_then_the_newest() {
    let record = record();
    assert_eq!(names(&lines(&record, ListFilter::default())), [IMPORTS], "drills only if asked for");
    assert_eq!(names(&lines(&record, ALL)), [DRILL, IMPORTS, MAIL]);
    let ended = ListFilter { state: ListState::Ended, ..ALL };
    assert_eq!(names(&lines(&record, ended)), [MAIL]);
    let internal = ListFilter { tier: Some(Tier::Internal), ..ALL };
    assert_eq!(names(&lines(&record, internal)), [IMPORTS, MAIL]);
}

#[test]
fn a_line_says_where_an_incident_stands() {
    let record = record();
    let line = lines(&record, ListFilter::default()).remove(0);
    assert_eq!((line.tier, line.severity, line.phase), (Tier::Internal, Severity::Sev3, Phase::Identified));
    let roles: Vec<_> =
        line.roles.iter().map(|role| (role.role.as_str(), role.holders[0].as_str())).collect();
    assert_eq!(
        roles,
        [("incident_commander", "Nicholas Hoffmann"), ("communications_lead", "Madeleine Guttuso")]
    );
    assert_eq!(line.updates[0].age_seconds, 33 * 60);
    assert_eq!((line.open_actions, line.actions_overdue), (1, 1));
    assert_eq!((line.runs_awaiting_approval, line.runs_not_finished), (vec![3], vec![1]));
    assert_eq!((line.alerts_firing, line.open_impacts, line.unanswered_pages), (1, 1, vec![2]));
    assert_eq!(line.holds[0].by.to_string(), "Brandon Novick");
    assert_eq!(line.mitigated.map(|told| told.occurred), Some(when("2023-01-04T20:40Z")));
    let last = record.events.last().unwrap();
    assert_eq!((line.revision, line.position), (last.revision, last.position));
}

#[test]
fn every_event_counts_for_the_revision() {
    let history = History::declared("a").at("2023-01-04T19:00Z").event(Noted { text: text("hm") });
    assert_eq!((line(&history).revision, line(&history).position), (Revision(2), Position(2)));
    let before = AsOf { recorded_by: Some(moment("2023-01-04T18:30Z")), occurred_by: None };
    let then = fold_as_of::<Board>(&history.events, &before).list(&ALL, moment(LATER)).incidents;
    assert_eq!(then[0].revision, Revision(1));
}

#[test]
fn corrections_and_retractions_reach_the_board() {
    let history = History::declared("Lst imprt problems");
    let target = history.last();
    let history = history.event(Mitigated { how: None });
    let mitigated = history.last();
    let fields = [("title".to_owned(), serde_json::json!("List import problems"))].into();
    let occurred = Some(when("2023-01-04T18:01Z"));
    let history = history
        .event(Corrected { target, occurred, fields, why: text("a slip") })
        .event(Retracted { target: mitigated, why: text("still there") });
    let right = line(&history);
    assert_eq!(right.title, Some(title("List import problems")));
    assert_eq!(right.declared.occurred, when("2023-01-04T18:01Z"));
    assert_eq!(right.mitigated, None);
    let by = "Bob Long".parse().unwrap();
    let redacted =
        line(&history.event(Redacted { target, by, why: text("a customer's name"), remains: None }));
    assert_eq!((redacted.title, redacted.tier), (None, Tier::Engineering));
}

#[test]
fn every_way_to_end_is_told_apart() {
    let end = |history: History| line(&history).situation;
    let begun = || History::declared("a");
    assert_eq!(end(begun()), Situation::Open);
    assert_eq!(end(begun().event(Resolved { summary: None })), Situation::Resolved);
    assert_eq!(end(begun().event(Cancelled { why: text("a test") })), Situation::Cancelled);
    let into = incident(MAIL);
    let merged = begun().event(MergedInto { into: into.clone(), why: None });
    assert_eq!(end(merged), Situation::MergedInto(into));
}

#[test]
fn an_update_recorded_late_does_not_hide_a_newer_one() {
    let history = History::declared("a")
        .at("2023-01-04T19:30Z")
        .event(update(Tier::Engineering, Phase::Monitoring, "newer"))
        .at("2023-01-04T19:00Z")
        .event(update(Tier::Engineering, Phase::Investigating, "older"));
    assert_eq!(line(&history).updates[0].status, Phase::Monitoring);
}

#[test]
fn what_had_not_happened_by_then_is_not_shown() {
    let told_later = History::new()
        .at("2023-01-04T18:05Z")
        .told("2026-11-22T20:00Z")
        .event(Declared { tier: Tier::Internal, ..declared("a") });
    let events = told_later.at("2023-01-04T20:00Z").event(Resolved { summary: None }).events;
    let board = |as_of| fold_as_of::<Board>(&events, &as_of);
    let at = moment("2023-01-04T19:00Z");
    let then = board(AsOf { recorded_by: None, occurred_by: Some(at) });
    assert_eq!(then.list(&ListFilter::default(), at).incidents[0].situation, Situation::Open);
    let known = board(AsOf { recorded_by: Some(at), occurred_by: None });
    assert_eq!(known.list(&ALL, at).incidents, []);
}

/// What the board keeps says what it was at the first and at the last moment; between them only the events do.
#[test]
fn the_board_asks_for_the_events_only_between_the_first_and_the_last() {
    let history = History::declared("a")
        .at("2023-01-04T18:10Z")
        .event(Mitigated { how: None })
        .at("2023-01-04T18:20Z")
        .event(Noted { text: text("nothing that a board shows") });
    let board: Board = fold(&history.events);
    let at = |recorded: &str| {
        let (then, needed) = board.as_of(&AsOf { recorded_by: Some(moment(recorded)), occurred_by: None });
        let revisions = then.list(&ALL, moment(LATER)).incidents.iter().map(|line| line.revision.0).collect();
        (revisions, needed.len())
    };
    assert_eq!(at("2023-01-04T18:04:59Z"), (vec![], 0), "nothing yet");
    for between in ["2023-01-04T18:05:00Z", "2023-01-04T18:10:00Z", "2023-01-04T18:19:59Z"] {
        assert_eq!(at(between).1, 1, "{between}");
    }
    assert_eq!(at("2023-01-04T18:20:00Z"), (vec![3], 0), "as it is now");
    let revision = |recorded: &str| {
        let as_of = AsOf { recorded_by: Some(moment(recorded)), occurred_by: None };
        fold_as_of::<Board>(&history.events, &as_of).list(&ALL, moment(LATER)).incidents[0].revision.0
    };
    let (then, _) = fold::<Board>(&history.events[..1])
        .as_of(&AsOf { recorded_by: Some(moment("2023-01-04T18:05:00Z")), occurred_by: None });
    assert_eq!(then.list(&ALL, moment(LATER)).incidents[0].revision.0, 1, "the first is the last");
    assert_eq!(revision("2023-01-04T18:05:00Z"), 1);
    assert_eq!(revision("2023-01-04T18:19:59Z"), 2);
}

#[test]
fn json_is_flat_and_stable() {
    let history = History::declared("a");
    let now = IncidentNow::of(&history.events, &AsOf::NOW, moment(LATER)).unwrap();
    let json = serde_json::to_value(&now).unwrap();
    assert_eq!(json["incident"], IMPORTS);
    assert_eq!(json["situation"], "open");
    assert_eq!(json["declared"]["occurred"], "2023-01-04T18:05Z");
    assert_eq!(json["declared"]["by"], "Bob Long");
    assert_eq!(json["asked_at"], "2023-01-04T20:45:00Z");
}

#[test]
fn the_board_reads_well() {
    let style = Style { zone: chrono_tz::America::New_York, ..Style::default() };
    let board = fold::<Board>(&record().events).list(&ALL, moment(LATER));
    assert_eq!(
        board.document(&style).text(&style),
        "\
Incidents
═════════

Open
────
Severity  Incident                                      State
sev1      Fire drill (drill)                            investigating
          20230104-fire-drill                           engineering
          nobody holds a role                           declared 2 h 15 min ago
sev3      List import problems                          identified, mitigated
          20230104-list-import-problems                 internal
          incident commander: Nicholas Hoffmann;        declared 2 h 40 min ago
          communications lead: Madeleine Guttuso        internal told 33 min ago
          deploys of all held by Brandon Novick
          run 3 waits for an approval
          run 1 started, not finished
          page 2 not answered
          1 action to ask about
          1 open action, 1 open impact, 1 firing alert

Over
────
Severity  Incident              State
sev3      Mail delays           resolved
          20230103-mail-delays  internal
                                declared 1 d 11 h ago
                                over 2023-01-03 04:30

As of 2023-01-04 15:45; times in America/New_York.
"
    );
}

#[test]
fn an_incident_reads_well() {
    let style = Style { zone: chrono_tz::America::New_York, ..Style::default() };
    let history: Vec<_> =
        record().events.into_iter().filter(|recorded| recorded.incident.as_str() == IMPORTS).collect();
    let now = IncidentNow::of(&history, &AsOf::NOW, moment(LATER)).unwrap();
    assert_eq!(
        now.document(&style).text(&style),
        "\
List import problems
════════════════════
Incident             20230104-list-import-problems
State                identified, mitigated
Severity             sev3
Tier                 internal
Declared             2023-01-04 13:05 by Bob Long (2 h 40 min ago)
Mitigated            2023-01-04 15:40 by Nicholas Hoffmann
Incident commander   Nicholas Hoffmann
Communications lead  Madeleine Guttuso
Present              John Meichle

Where things stand
──────────────────
• A fix is deployed (2023-01-04 15:33 by Nicholas Hoffmann)
• cause: A client was created so often that it used up the UDP connections
• plan: Watch the delayed messages drain

Cause
─────
• The 12:40 deployment created a client for each call (2023-01-04 15:33 by
  Nicholas Hoffmann)

Hypotheses
──────────
• 1  The boxes run out of UDP connections (open)

Impact
──────
• Some list imports and opt-in mails are delayed (impact 1, since 2023-01-04
  13:05)

Told last
─────────
• internal identified: The cause is known, and a fix is being worked on.
  (2023-01-04 15:12 by Madeleine Guttuso, 33 min ago)

Open actions
────────────
• 1  John Meichle: Find out when file descriptors began to run out
  (investigation)
  last: the metrics are being put together
  ask: 1 h 5 min overdue

Runs
────
• `ss --udp --all --processes | sort | uniq --count | sort --numeric-sort`
  run 1, Zac Bentley on import-7; approved by John Meichle
  started, not known to have ended
• `kubectl rollout undo deployment/list-import --namespace production`
  run 2, Morrisa Brenner on import-7
  exit 0 after 42 s
  unapproved emergency: imports stand still
• `systemctl restart importer`
  run 3, Morrisa Brenner on import-7
  waits for an approval

Deploy holds
────────────
• all, held by Brandon Novick: a deployment train was stopped (since 2023-01-04
  13:24)

Alerts firing
─────────────
• EndpointConnectionError in sentry: exceptions multiply (since 2023-01-04
  13:05)

Pages that nobody answered
──────────────────────────
• databases (page 2, 2023-01-04 13:46 by Zac Bentley)

Links
─────
• channel: #20230104_list_import_problems
  <https://chat.example/20230104_list_import_problems>

As of 2023-01-04 15:45; times in America/New_York.
"
    );
}

#[test]
fn an_erased_summary_leaves_a_gap_and_not_the_one_before_it() {
    let summarised = |status: &str| Summarised { status: text(status), cause: None, plan: None };
    let history = History::declared("a").event(summarised("Slow.")).event(summarised("ACME is down."));
    let now = |history: &History| IncidentNow::of(&history.events, &AsOf::NOW, moment(LATER)).unwrap();
    assert_eq!(now(&history).summary.map(|summary| summary.status), Some(text("ACME is down.")));
    let target = history.last();
    let by = "Bob Long".parse().unwrap();
    let erased = history.event(Redacted { target, by, why: text("a customer's name"), remains: None });
    assert_eq!(now(&erased).summary, None);
}

#[test]
fn what_is_left_open_is_told_and_what_is_done_is_not() {
    let begun = History::declared("a").event(ImpactStarted {
        impact: 1,
        text: text("slow"),
        components: Vec::new(),
        who: None,
    });
    let history = begun.event(update(Tier::Engineering, Phase::Investigating, "Looking."));
    let left =
        |history: &History| IncidentNow::of(&history.events, &AsOf::NOW, moment(LATER)).unwrap().left_open();
    let resolved = history.event(Resolved { summary: None });
    assert_eq!(
        left(&resolved),
        ["impact 1 has no end of its own", "the last words on the engineering page say investigating"]
    );
    let done = resolved.event(ImpactEnded { impact: 1, text: None }).event(update(
        Tier::Engineering,
        Phase::Resolved,
        "Over.",
    ));
    assert_eq!(left(&done), Vec::<String>::new());
    let closed = done.event(Closed { summary: None });
    assert_eq!(left(&closed), ["nobody has written anything of the review"]);
    let now = IncidentNow::of(&closed.events, &AsOf::NOW, moment(LATER)).unwrap();
    assert_eq!(now.stands_since("close").as_deref(), Some("closed since 2023-01-04T18:05Z, by Bob Long"));
    assert_eq!(now.stands_since("note"), None);
}
