//! Whose clock was wrong.

use chrono::{DateTime, Utc};
use scribe_domain::clocks::Positions;
use scribe_domain::ids::Position;
use scribe_domain::refusal::Reason;
use scribe_domain::system::clocks::{AtIssue, ClockSettled, Settlements};
use scribe_domain::text::Text;

use crate::harness::{SHOWN, scenarios};

fn span(first: u64, last: u64) -> Positions {
    Positions { first: Position(first), last: Position(last) }
}

fn at() -> DateTime<Utc> {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// Settlements of these positions, each at the position beside it, and in whose place it stands.
fn settled(all: &[(Positions, u64, Option<u64>)]) -> Settlements {
    let mut settlements = Settlements::default();
    for (wrong, position, instead_of) in all {
        let instead_of = instead_of.map(Position);
        let settled =
            ClockSettled { wrong: *wrong, why: Text::new("so").unwrap(), resumes: at(), instead_of };
        settlements.follow(&settled.into(), Position(*position), at());
    }
    settlements
}

/// In a record of twelve events, of which these are disputed.
fn refused(
    settlements: &Settlements,
    wrong: Positions,
    instead_of: Option<u64>,
    reason: Reason,
    words: &str,
) {
    let at_issue = AtIssue { head: Position(12), disputed: &[span(3, 7), span(9, 9)] };
    let refusal = settlements.may_settle(&wrong, instead_of.map(Position), &at_issue).unwrap_err();
    assert_eq!(refusal.reason, reason, "{refusal}");
    assert!(refusal.message.contains(words), "{refusal}");
    SHOWN.with_borrow_mut(|shown| shown.refused.insert(reason.code()));
}

scenarios! {
    fn what_is_disputed_may_be_settled_and_nothing_else() {
        let none = Settlements::default();
        let at_issue = AtIssue { head: Position(12), disputed: &[span(3, 7), span(9, 9)] };
        for wrong in [span(3, 3), span(4, 7), span(3, 7), span(9, 9)] {
            assert_eq!(none.may_settle(&wrong, None, &at_issue), Ok(()), "{wrong}");
        }
        for wrong in [span(2, 3), span(7, 8), span(8, 8), span(7, 9), span(1, 12)] {
            refused(&none, wrong, None, Reason::NotDisputed, "that is 3..7, 9");
        }
        let nothing = AtIssue { head: Position(12), disputed: &[] };
        let refusal = none.may_settle(&span(3, 3), None, &nothing).unwrap_err();
        assert!(refusal.message.contains("nothing is"), "{refusal}");
    }

    fn positions_that_are_not_there_are_refused() {
        let none = Settlements::default();
        for wrong in [span(0, 3), span(5, 4)] {
            refused(&none, wrong, None, Reason::UnknownPosition, "names no positions");
        }
        refused(&none, span(9, 13), None, Reason::UnknownPosition, "the record ends at 12");
        refused(&none, span(3, 3), Some(4), Reason::UnknownPosition, "is no settlement");
    }

    fn what_is_settled_is_not_settled_again_but_in_its_place() {
        let one = settled(&[(span(4, 5), 10, None)]);
        refused(&one, span(5, 6), None, Reason::AlreadySettled, "4..5 is settled already");
        let at_issue = AtIssue { head: Position(12), disputed: &[span(3, 7)] };
        assert_eq!(one.may_settle(&span(5, 6), Some(Position(10)), &at_issue), Ok(()));
        let other = settled(&[(span(4, 5), 10, None), (span(5, 6), 11, Some(10))]);
        assert!(!other.counts(Position(10)) && other.counts(Position(11)));
        assert_eq!(other.wrong().by(Position(4)), None, "it counts no longer");
        assert_eq!(other.wrong().by(Position(6)), Some((Position(11), at())));
        assert_eq!(other.wrong_without(Some(Position(11))).by(Position(6)), None);
        refused(&other, span(4, 4), Some(10), Reason::UnknownPosition, "was taken back already");
    }
}
