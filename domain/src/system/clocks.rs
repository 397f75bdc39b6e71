//! Whose clock was wrong, as somebody who may audit the record has said.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::SystemEvent;
use crate::clocks::{Positions, Wrong};
use crate::ids::Position;
use crate::refusal::{Reason, Refusal};
use crate::text::Text;

/// A clock was wrong that stamped these positions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockSettled {
    /// Which positions it stamped.
    pub wrong: Positions,
    /// How that is known.
    pub why: Text,
    /// The record's last right time then: from there on times go on.
    pub resumes: DateTime<Utc>,
    /// The position of an earlier settlement that was mistaken, and counts no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Position>,
}

impl ClockSettled {
    /// Its kind, as stored: a store goes on from its time, and not from what was stamped before it.
    pub const KIND: &'static str = "clock_settled";
}

/// A settlement in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Its position.
    pub position: Position,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// What it says.
    pub settled: ClockSettled,
}

/// Every settlement that there ever was, in the record's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settlements(Vec<Settlement>);

/// What somebody wants to settle.
#[derive(Debug, Clone)]
pub struct Settle {
    /// Which positions were stamped by a wrong clock.
    pub wrong: Positions,
    /// How that is known.
    pub why: Text,
    /// The position of an earlier settlement that was mistaken.
    pub instead_of: Option<Position>,
}

/// What of the record a settlement is decided by.
#[derive(Debug, Clone, Copy)]
pub struct AtIssue<'a> {
    /// The position of its last event.
    pub head: Position,
    /// What is disputed, without the settlement that is taken back.
    pub disputed: &'a [Positions],
}

impl Settlements {
    /// What this event makes of them.
    pub fn follow(&mut self, event: &SystemEvent, position: Position, at: DateTime<Utc>) {
        if let SystemEvent::ClockSettled(settled) = event {
            self.0.push(Settlement { position, at, settled: settled.clone() });
        }
    }

    /// All of them, in the record's order.
    pub fn iter(&self) -> impl Iterator<Item = &Settlement> {
        self.0.iter()
    }

    /// Whether it counts: none that counts was recorded in its place.
    pub fn counts(&self, position: Position) -> bool {
        !self.0.iter().any(|other| other.settled.instead_of == Some(position))
    }

    /// From which position on recorded times may be others than the clocks alone have them, and from where on they are not;
    /// those that count no longer have had their say in what was stamped behind them.
    pub fn reach(&self) -> Option<Positions> {
        let first = self.0.iter().map(|settlement| settlement.settled.wrong.first).min()?;
        let last = self.0.last()?.position;
        Some(Positions { first, last })
    }

    /// Whose clocks were wrong by those that count.
    pub fn wrong(&self) -> Wrong {
        self.wrong_without(None)
    }

    /// The same, without one of them.
    pub fn wrong_without(&self, one: Option<Position>) -> Wrong {
        let mut wrong = Wrong::NONE;
        for Settlement { position, at, settled } in &self.0 {
            if Some(*position) != one && self.counts(*position) && wrong.meets(&settled.wrong).is_none() {
                wrong.add(settled.wrong, *position, *at);
            }
        }
        wrong
    }

    /// Whether that can be settled.
    pub fn may_settle(
        &self,
        wrong: &Positions,
        instead_of: Option<Position>,
        AtIssue { head, disputed }: &AtIssue<'_>,
    ) -> Result<(), Refusal> {
        if wrong.first.0 == 0 || wrong.first > wrong.last {
            return Err(Refusal::new(
                Reason::UnknownPosition,
                format!(
                    "wrong: {wrong} names no positions: they are counted from 1, the first before the last"
                ),
                "say which position, or FIRST..LAST",
            ));
        }
        if wrong.last > *head {
            return Err(Refusal::new(
                Reason::UnknownPosition,
                format!("wrong: there is no position {}: the record ends at {head}", wrong.last),
                "`scribe clock` says what is disputed",
            ));
        }
        if let Some(earlier) = instead_of {
            let is_one = self.0.iter().any(|settlement| settlement.position == earlier);
            if !is_one || !self.counts(earlier) {
                let what = if is_one { "was taken back already" } else { "is no settlement" };
                return Err(Refusal::new(
                    Reason::UnknownPosition,
                    format!("instead_of: position {earlier} {what}"),
                    "`scribe clock` lists the settlements that count",
                ));
            }
        }
        if let Some(known) = self.wrong_without(instead_of).meets(wrong) {
            return Err(Refusal::new(
                Reason::AlreadySettled,
                format!("wrong: {known} is settled already, and {wrong} meets it"),
                "name positions that are not settled, or say that this is instead of the earlier settlement",
            ));
        }
        if disputed.iter().any(|span| span.first <= wrong.first && wrong.last <= span.last) {
            return Ok(());
        }
        let all = match Positions::listed(disputed) {
            none if none.is_empty() => "nothing is".to_owned(),
            spans => format!("that is {spans}"),
        };
        Err(Refusal::new(
            Reason::NotDisputed,
            format!("wrong: not all of {wrong} is disputed: {all}"),
            "`scribe clock` says what is disputed; a time that nothing speaks against stays as it is",
        ))
    }
}
