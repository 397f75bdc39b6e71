//! That the checker finds what is wrong: a sound history, broken in one way after another.

use super::checker::check;
use super::history::{Acknowledgement, Answer, Asked, Call, History, ReadEvent};

fn call(began: u64, ended: u64, asked: Asked, answer: Answer) -> Call {
    Call { began, ended, asked, answer }
}

fn append(began: u64, ended: u64, expected: u64, command: u64, position: u64) -> Call {
    let taken = Acknowledgement { of: 0, revision: position, position, count: 1 };
    call(began, ended, Asked::Append { of: 0, expected, command, count: 1 }, Answer::Acknowledged(taken))
}

fn event(position: u64, command: u64) -> ReadEvent {
    ReadEvent { position, of: 0, revision: position, command }
}

/// Two appends, the second while others look.
fn sound() -> History {
    History {
        calls: vec![append(0, 10, 0, 1, 1), append(20, 30, 1, 2, 2)],
        record: vec![event(1, 1), event(2, 2)],
    }
}

fn with(more: Call) -> Result<(), String> {
    let mut history = sound();
    history.calls.push(more);
    check(&history)
}

/// An answer that may come while the second append is under way, and not wholly before or after it.
fn only_between(asked: Asked, early: &Answer, late: &Answer) {
    assert_eq!(with(call(11, 19, asked, early.clone())), Ok(()));
    assert_eq!(with(call(21, 29, asked, early.clone())), Ok(()));
    assert_eq!(with(call(21, 29, asked, late.clone())), Ok(()));
    assert_eq!(with(call(31, 39, asked, late.clone())), Ok(()));
    with(call(31, 39, asked, early.clone())).unwrap_err();
    with(call(11, 19, asked, late.clone())).unwrap_err();
}

#[test]
fn a_sound_history_is_sound() {
    assert_eq!(check(&sound()), Ok(()));
    assert_eq!(check(&History::default()), Ok(()));
}

#[test]
fn a_look_shows_all_that_was_answered_before_and_nothing_from_later() {
    only_between(Asked::Head, &Answer::Head(1), &Answer::Head(2));
    let (one, two) = (Answer::Events(vec![event(1, 1)]), Answer::Events(vec![event(1, 1), event(2, 2)]));
    only_between(Asked::History { of: 0, after: 0 }, &one, &two);
    only_between(Asked::Read { after: 0, limit: 9 }, &one, &two);
    only_between(
        Asked::Read { after: 1, limit: 9 },
        &Answer::Events(vec![]),
        &Answer::Events(vec![event(2, 2)]),
    );
    let taken = Answer::Acknowledged(Acknowledgement { of: 0, revision: 2, position: 2, count: 1 });
    only_between(Asked::Receipt { command: 2 }, &Answer::NoReceipt, &taken);
}

#[test]
fn a_look_has_no_gaps() {
    with(call(31, 39, Asked::Read { after: 0, limit: 9 }, Answer::Events(vec![event(2, 2)]))).unwrap_err();
    with(call(31, 39, Asked::History { of: 0, after: 0 }, Answer::Events(vec![event(2, 2)]))).unwrap_err();
    with(call(31, 39, Asked::Head, Answer::Head(3))).unwrap_err();
}

#[test]
fn looks_do_not_go_back() {
    let mut history = sound();
    history.calls.push(call(21, 23, Asked::Head, Answer::Head(2)));
    assert_eq!(check(&history), Ok(()));
    history.calls.push(call(24, 26, Asked::Head, Answer::Head(1)));
    check(&history).unwrap_err();
}

#[test]
fn a_conflict_tells_what_was_so_at_that_moment() {
    let asked = Asked::Append { of: 0, expected: 7, command: 3, count: 1 };
    only_between(asked, &Answer::Conflict { actual: 1 }, &Answer::Conflict { actual: 2 });
    with(call(0, 40, asked, Answer::Conflict { actual: 3 })).unwrap_err();
    with(call(0, 40, asked, Answer::Conflict { actual: 7 })).unwrap_err();
}

#[test]
fn a_command_that_was_taken_has_no_conflict_afterwards() {
    let asked = Asked::Append { of: 0, expected: 7, command: 1, count: 1 };
    with(call(11, 19, asked, Answer::Conflict { actual: 1 })).unwrap_err();
    assert_eq!(with(call(0, 5, asked, Answer::Conflict { actual: 0 })), Ok(()));
}

#[test]
fn what_was_acknowledged_is_in_the_record_as_it_was_told() {
    let mut history = sound();
    history.record.pop();
    check(&history).unwrap_err();
    let mut history = sound();
    history.calls[1].answer =
        Answer::Acknowledged(Acknowledgement { of: 0, revision: 1, position: 1, count: 1 });
    check(&history).unwrap_err();
}

#[test]
fn an_expected_revision_has_one_successor() {
    // Both expected revision 0, and both were taken.
    let mut history = sound();
    let Asked::Append { expected, .. } = &mut history.calls[1].asked else { unreachable!("it is one") };
    *expected = 0;
    check(&history).unwrap_err();
}

#[test]
fn nothing_stands_in_the_record_that_nobody_asked_for_or_twice() {
    let mut history = sound();
    history.record.push(event(3, 9));
    check(&history).unwrap_err();
    let mut history = sound();
    history.record.push(ReadEvent { of: 1, revision: 1, ..event(3, 1) });
    check(&history).unwrap_err();
    let mut history = sound();
    history.record[1].position = 3;
    check(&history).unwrap_err();
}

#[test]
fn positions_follow_real_time() {
    // Of different incidents: answered before the other was called, and placed behind it.
    let of_another = |began, ended, of, command, position| {
        let taken = Acknowledgement { of, revision: 1, position, count: 1 };
        call(began, ended, Asked::Append { of, expected: 0, command, count: 1 }, Answer::Acknowledged(taken))
    };
    let record =
        vec![ReadEvent { of: 1, ..event(1, 2) }, ReadEvent { of: 0, position: 2, revision: 1, command: 1 }];
    let overlapping = vec![of_another(0, 30, 0, 1, 2), of_another(20, 40, 1, 2, 1)];
    assert_eq!(check(&History { calls: overlapping, record: record.clone() }), Ok(()));
    let one_after_the_other = vec![of_another(0, 10, 0, 1, 2), of_another(20, 40, 1, 2, 1)];
    check(&History { calls: one_after_the_other, record }).unwrap_err();
}
