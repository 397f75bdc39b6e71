//! When an event counts as recorded where clocks disagree.
//!
//! A store stamps what it takes with the time of its machine. Times never go back along positions, so a machine whose
//! clock lies behind the record's last time stamps with that, and keeps beside it what its clock said: one of the two is
//! wrong, and the record alone does not say which. From the event whose time is contradicted to the one that contradicts
//! it, times are [disputed](crate::clocks::TimeStanding::Disputed). Whoever may audit [settles](crate::system::clocks::ClockSettled) that:
//! they say whose clock was wrong. What was stamped by it then counts with what the others prove of it.

/// How far one clock is ahead of another.
mod ahead;
/// Which times contradict each other, and what is proven of those that were wrong.
mod times;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::Position;
use crate::when::{Precision, When};

pub use ahead::Ahead;
pub use times::{Reading, Timed, Wrong, disputed, times};

/// How far the clocks of machines may differ if nobody says otherwise.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(2);

/// Before this moment (2020, in UTC) nobody recorded anything: a clock that stands there is wrong, whatever others say.
pub const EARLIEST: DateTime<Utc> = match DateTime::from_timestamp(1_577_836_800, 0) {
    Some(at) => at,
    None => DateTime::<Utc>::MIN_UTC,
};

/// How far the moment at which an event counts as recorded can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TimeStanding {
    /// Nothing in the record speaks against it.
    #[default]
    Undisputed,
    /// Another clock speaks against it, and nobody has said yet which one was wrong.
    Disputed,
    /// Its clock was wrong: it counts as recorded at the last moment that is possible.
    Settled(Box<Proven>),
}

impl TimeStanding {
    /// What is proven, where its clock was wrong.
    pub fn proven(&self) -> Option<&Proven> {
        match self {
            Self::Settled(proven) => Some(proven),
            Self::Undisputed | Self::Disputed => None,
        }
    }
}

/// What the record proves of a time that was stamped by a wrong clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Proven {
    /// Not before this moment: the last right time ahead of it. Nothing where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Not after this one: the first right time behind it.
    pub not_after: DateTime<Utc>,
    /// What its clock said.
    pub clock: DateTime<Utc>,
    /// When it happened by that same clock, as told; nothing where another clock said when it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<When>,
    /// The position of the event that says so.
    pub settled_by: Position,
    /// When that was recorded.
    pub settled_at: DateTime<Utc>,
}

impl Proven {
    /// Within what is proven: when something happened that was told to happen as it was told.
    pub(crate) fn when(&self) -> When {
        match self.not_before.filter(|from| *from < self.not_after) {
            Some(from) => When::At(from, Precision::Span(self.not_after)),
            None => When::At(self.not_after, Precision::About),
        }
    }
}

/// Some positions of the record, one after the other.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    /// The first.
    pub first: Position,
    /// The last.
    pub last: Position,
}

impl Positions {
    /// Whether this position is one of them.
    pub fn hold(&self, position: Position) -> bool {
        (self.first..=self.last).contains(&position)
    }

    /// One more position behind others, in as few spans as hold just these.
    pub fn extend(spans: &mut Vec<Self>, position: Position) {
        match spans.last_mut().filter(|span| span.last.0 + 1 >= position.0) {
            Some(span) => span.last = span.last.max(position),
            None => spans.push(Self { first: position, last: position }),
        }
    }

    /// All of these, as they are written: `7, 9..11`.
    pub fn listed(spans: &[Self]) -> String {
        spans.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Whether some position is one of both.
    pub fn meet(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Why a text names no positions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no positions: write one, such as 7, or the first and the last, such as 7..9")]
pub struct BadPositions(String);

/// `7`, or `7..9`.
impl FromStr for Positions {
    type Err = BadPositions;

    fn from_str(text: &str) -> Result<Self, BadPositions> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let position = |text: &str| text.trim().parse().map(Position).ok().filter(|position| position.0 > 0);
        match (position(first), position(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err(BadPositions(text.chars().take(80).collect())),
        }
    }
}

/// `7`, or `7..9`.
impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return self.first.fmt(f);
        }
        write!(f, "{}..{}", self.first, self.last)
    }
}

/// What a store writes into an append's headers of the time, and what the record's last time is then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamped {
    /// When it is recorded.
    pub recorded_at: DateTime<Utc>,
    /// What the clock said, where that lies further behind than clocks differ.
    pub clock: Option<DateTime<Utc>>,
}

impl Stamped {
    /// What is taken now, in a record whose last time is this.
    pub fn now(now: DateTime<Utc>, last: Option<DateTime<Utc>>, tolerance: TimeDelta) -> Self {
        match last {
            Some(last) if now < last => {
                Self { recorded_at: last, clock: (last - now > tolerance).then_some(now) }
            }
            _ => Self { recorded_at: now, clock: None },
        }
    }

    /// When it counts as recorded behind a record whose last time is this, and so the record's last time then: the
    /// latest reading of a clock. A settlement says by its own time what the last time is.
    pub fn counts_at(&self, last: Option<DateTime<Utc>>, settles: bool) -> DateTime<Utc> {
        let reading = self.clock.unwrap_or(self.recorded_at);
        match last {
            _ if settles => self.recorded_at,
            Some(last) => reading.max(last),
            None => reading,
        }
    }
}

#[cfg(test)]
mod tests;
