use chrono::NaiveDate;
use scribe_domain::event::life::Resolved;
use scribe_domain::event::record::Corrected;
use scribe_domain::event::work::{ActionAssigned, ActionFinished, FollowUpAgreed};
use scribe_domain::values::ActionKind;

use super::{ActionFilter, ActionList, Actions};
use crate::document::{Style, View};
use crate::runner::fold;
use crate::testing::sample::{IMPORTS, MAIL, record};
use crate::testing::{History, incident, label, moment, text, when};

fn assigned(action: u32, check_back: Option<&str>) -> ActionAssigned {
    ActionAssigned {
        action,
        kind: ActionKind::Mitigation,
        text: text("Drain the queue"),
        to: label("Import team"),
        check_back: check_back.map(when),
    }
}

fn due(history: &History, filter: &ActionFilter) -> ActionList {
    fold::<Actions>(&history.events).due(filter, moment("2023-01-04T20:00Z"))
}

fn order(list: &ActionList) -> Vec<u32> {
    list.actions.iter().map(|due| due.action.action).collect()
}

#[test]
fn what_is_due_first_comes_first_and_what_has_no_time_last() {
    let history = History::declared("a")
        .event(assigned(1, None))
        .event(assigned(2, Some("2023-01-04T20:30Z")))
        .event(assigned(3, Some("2023-01-04T19:48Z")));
    let all = due(&history, &ActionFilter::default());
    assert_eq!(order(&all), [3, 2, 1]);
    assert_eq!(all.actions[0].overdue_seconds, Some(12 * 60));
    assert_eq!(all.actions[1].overdue_seconds, None);

    let by_now = ActionFilter { due_by: Some(moment("2023-01-04T20:00Z")), incident: None };
    assert_eq!(order(&due(&history, &by_now)), [3]);
    let other = ActionFilter { due_by: None, incident: Some(incident(MAIL)) };
    assert_eq!(order(&due(&history, &other)), [0; 0]);
}

#[test]
fn a_finished_action_is_gone_and_a_left_over_one_is_marked() {
    let history = History::declared("a").event(assigned(1, None)).event(assigned(2, None));
    let history = history
        .event(ActionFinished { action: 1, outcome: text("drained") })
        .event(Resolved { summary: None });
    let left = due(&history, &ActionFilter::default());
    assert_eq!(order(&left), [2]);
    assert!(left.actions[0].incident_over);
}

#[test]
fn a_correction_of_the_time_to_ask_counts() {
    let history = History::declared("a").event(assigned(1, Some("2023-01-04T19:48Z")));
    let target = history.last();
    let fields = [("check_back".to_owned(), serde_json::json!("2023-01-04T20:15Z"))].into();
    let history = history.event(Corrected { target, occurred: None, fields, why: text("a slip") });
    let list = due(&history, &ActionFilter::default());
    assert_eq!(list.actions[0].overdue_seconds, None);
    assert_eq!(list.actions[0].action.check_back, Some(when("2023-01-04T20:15Z")));
}

#[test]
fn an_action_is_overdue_only_after_the_moment_that_was_set() {
    let history = History::declared("a").event(assigned(1, Some("2023-01-04T20:00Z")));
    let overdue = |asked_at: &str| {
        fold::<Actions>(&history.events).due(&ActionFilter::default(), moment(asked_at)).actions[0]
            .overdue_seconds
    };
    assert_eq!(overdue("2023-01-04T19:59:59Z"), None);
    assert_eq!(overdue("2023-01-04T20:00:00Z"), None);
    assert_eq!(overdue("2023-01-04T20:00:01Z"), Some(1));
}

#[test]
fn a_follow_up_is_overdue_only_when_its_day_is_over() {
    let history = History::declared("a").event(FollowUpAgreed {
        follow_up: 1,
        text: text("Alert on the queue's age"),
        owner: None,
        due: NaiveDate::from_ymd_opt(2023, 1, 6),
        committed_by: None,
    });
    let at = |asked_at: &str| {
        let list = fold::<Actions>(&history.events).due(&ActionFilter::default(), moment(asked_at));
        let read = list.document(&Style::default()).text(&Style::default());
        (list.follow_ups[0].overdue_days, read.contains("overdue"))
    };
    assert_eq!(at("2023-01-05T12:00Z"), (None, false));
    assert_eq!(at("2023-01-06T00:00Z"), (None, false), "today");
    assert_eq!(at("2023-01-06T23:59Z"), (None, false), "today");
    assert_eq!(at("2023-01-07T00:00Z"), (Some(1), true));
    assert_eq!(at("2023-01-08T23:59Z"), (Some(2), true));
    let promised = |by: &str| {
        let filter = ActionFilter { due_by: Some(moment(by)), incident: None };
        due(&history, &filter).follow_ups.len()
    };
    assert_eq!((promised("2023-01-05T23:59Z"), promised("2023-01-06T00:00Z")), (0, 1));
}

#[test]
fn it_reads_well() {
    let list = fold::<Actions>(&record().events).due(&ActionFilter::default(), moment("2023-01-06T09:00Z"));
    assert_eq!(list.actions[0].incident, incident(IMPORTS));
    assert_eq!(
        list.document(&Style::default()).text(&Style::default()),
        "\
Actions and follow-ups
══════════════════════
As of 2023-01-06 09:00; times in UTC.

Open actions
────────────
Due               Action
1 d 13 h overdue  John Meichle: Find out when file descriptors began to run out
                  (investigation)
                  last: the metrics are being put together
                  20230104-list-import-problems action 1, assigned 2023-01-04
                  18:46 by Zac Bentley

Open follow-ups
───────────────
Due          Follow-up
2 d overdue  Mail team: Alert on the age of the oldest mail (promised by Ada
             King)
             20230103-mail-delays follow-up 1, 2 d old
"
    );
}
