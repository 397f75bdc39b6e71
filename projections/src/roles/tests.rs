use std::collections::BTreeMap;

use scribe_domain::event::people::{RoleAssigned, RoleHandedOff, RoleHolderCorrected, RoleLeft};
use scribe_domain::event::record::{Corrected, Redacted};

use super::*;
use crate::document::{Style, View};
use crate::testing::{History, moment, person, text, when};

const IC: Role = Role::IncidentCommander;

fn assigned(to: &str) -> RoleAssigned {
    RoleAssigned { role: IC, to: person(to), why: None }
}
fn handed(from: &str, to: &str, why: &str) -> RoleHandedOff {
    RoleHandedOff { role: IC, from: person(from), to: person(to), why: Some(text(why)) }
}
fn left(who: &str) -> RoleLeft {
    RoleLeft { role: IC, who: person(who), why: None }
}
fn command(history: &[Recorded], as_of: &AsOf) -> RoleLine {
    RoleHistory::of(history, as_of).roles.into_iter().find(|line| line.role == IC).unwrap()
}

#[test]
fn who_held_a_role_stands_when_its_words_are_erased() {
    let history = History::declared("a").event(assigned("Zac Bentley"));
    let target = history.last();
    let by = "Zac Bentley".parse().unwrap();
    let erased = history.event(Redacted { target, by, why: text("a secret"), remains: None });
    assert_eq!(command(&erased.events, &AsOf::NOW).holders, [person("Zac Bentley")]);
}

#[test]
fn three_commanders_in_a_row() {
    let history = History::declared("List import problems")
        .at("2023-01-04T18:46Z")
        .event(assigned("Zac Bentley"))
        .at("2023-01-04T19:19Z")
        .event(handed("Zac Bentley", "Nicholas Hoffmann", "needed for technical work"))
        .at("2023-01-04T19:42Z")
        .event(handed("Nicholas Hoffmann", "Andris Cakuls", "other work"))
        .events;
    let line = command(&history, &AsOf::NOW);
    assert_eq!((line.handoffs, line.gaps.len(), line.overlaps.len()), (2, 0, 0));
    assert_eq!(line.holders, [person("Andris Cakuls")]);

    let style = Style { zone: chrono_tz::America::New_York, ..Style::default() };
    let page = RoleHistory::of(&history, &AsOf::NOW).document(&style).text(&style);
    let ids: Vec<String> = history.iter().map(|e| e.event_id().short()).collect();
    let expected = format!(
        "\
List import problems
════════════════════
20230104-list-import-problems
Roles, times in America/New_York, 2023-01-04 unless dated

Incident commander
──────────────────
Who                From   Until         How
Zac Bentley        13:46  14:19         assigned [{}]
Nicholas Hoffmann  14:19  14:42         handed over from Zac Bentley, as Bob
                                        Long told: needed for technical work
                                        [{}]
Andris Cakuls      14:42  not given up  handed over from Nicholas Hoffmann, as
                                        Bob Long told: other work [{}]

3 tenures, 2 handoffs, no gap.
",
        ids[1], ids[2], ids[3]
    );
    assert_eq!(page, expected);

    let then = AsOf { recorded_by: Some(moment("2023-01-04T19:30Z")), occurred_by: None };
    assert_eq!(command(&history, &then).holders, [person("Nicholas Hoffmann")]);
}

#[test]
fn a_vacant_role_is_a_gap_and_a_correction_can_close_it() {
    let history = History::declared("x")
        .at("2023-01-04T18:00Z")
        .event(assigned("A"))
        .at("2023-01-04T18:30Z")
        .event(left("A"));
    let leaving = history.last();
    let history = history.at("2023-01-04T18:40Z").event(assigned("B"));
    let gap = Gap { from: moment("2023-01-04T18:30Z"), until: Some(moment("2023-01-04T18:40Z")) };
    assert_eq!(command(&history.events, &AsOf::NOW).gaps, [gap]);

    let correct = |occurred: &str| Corrected {
        target: leaving,
        occurred: Some(when(occurred)),
        fields: BTreeMap::new(),
        why: text("clocks"),
    };
    let history = history.event(correct("2023-01-04T18:40Z"));
    assert_eq!(command(&history.events, &AsOf::NOW).gaps, []);
    let history = history.event(correct("2023-01-04T18:45Z"));
    let line = command(&history.events, &AsOf::NOW);
    assert_eq!(line.gaps, []);
    assert_eq!(line.overlaps[0].until, Some(moment("2023-01-04T18:45Z")));
}

#[test]
fn a_role_given_up_and_not_taken_is_vacant_until_the_end() {
    let history = History::declared("x").event(assigned("A")).at("2023-01-04T18:30Z").event(left("A"));
    let gaps = command(&history.events, &AsOf::NOW).gaps;
    assert_eq!(gaps, [Gap { from: moment("2023-01-04T18:30Z"), until: None }]);
    let resolved = scribe_domain::event::life::Resolved { summary: None };
    let history = History::declared("x").event(assigned("A")).event(resolved).at("2023-01-04T18:30Z");
    assert_eq!(command(&history.event(left("A")).events, &AsOf::NOW).gaps, []);
}

#[test]
fn who_is_superseded_no_longer_holds_it() {
    let history =
        History::declared("x").event(assigned("A")).at("2023-01-04T18:30Z").event(assigned("B")).events;
    let line = command(&history, &AsOf::NOW);
    assert_eq!(line.holders, [person("B")]);
    assert_eq!(line.tenures[0].ended.as_ref().unwrap().how, HowEnded::Superseded);
    assert!(line.gaps.is_empty() && line.overlaps.is_empty());
}

#[test]
fn a_wrong_holder_is_put_right_in_what_he_took_and_gave_and_as_it_was_before() {
    let history = History::declared("List import problems")
        .at("2023-01-04T18:46Z")
        .event(assigned("Sam"))
        .at("2023-01-04T19:19Z")
        .event(handed("Sam", "Lee", "shift"))
        .at("2023-01-04T19:42Z")
        .event(handed("Lee", "Sam", "back"));
    let target = history.events[1].event_id();
    let right = RoleHolderCorrected {
        target,
        role: IC,
        from: person("Sam"),
        to: person("Kim"),
        why: text("misheard"),
    };
    let history = history.at("2023-01-04T20:00Z").event(right).events;
    let who = |line: &RoleLine| line.tenures.iter().map(|t| t.who.to_string()).collect::<Vec<_>>();
    let line = command(&history, &AsOf::NOW);
    assert_eq!(
        (who(&line), line.gaps.len()),
        (vec!["Kim".to_owned(), "Lee".to_owned(), "Sam".to_owned()], 0)
    );
    let before = AsOf { recorded_by: Some(moment("2023-01-04T19:59Z")), occurred_by: None };
    assert_eq!(who(&command(&history, &before)), ["Sam", "Lee", "Sam"]);
}
