//! Which times contradict each other, and what is proven of those that were wrong.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{EARLIEST, Positions, Proven, TOLERANCE, TimeStanding};
use crate::ids::Position;

/// What an event's header says of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The event's place in the record.
    pub position: Position,
    /// When it was stamped to be recorded.
    pub recorded_at: DateTime<Utc>,
    /// What the clock said, where that lies further behind than clocks differ.
    pub clock: Option<DateTime<Utc>>,
}

impl Reading {
    /// What the clock of the machine said, as far as is known.
    pub fn at(&self) -> DateTime<Utc> {
        self.clock.unwrap_or(self.recorded_at)
    }
}

/// Positions whose clocks were wrong, by the settlements that count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wrong(Vec<(Positions, Position, DateTime<Utc>)>);

/// The position of a settlement, and when it was recorded.
type SettledBy = (Position, DateTime<Utc>);

impl Wrong {
    /// Nobody's.
    pub const NONE: Self = Self(Vec::new());

    /// One more settlement: which positions it names, its own position, and when it was recorded. None of them is
    /// named by an earlier one.
    pub fn add(&mut self, positions: Positions, by: Position, at: DateTime<Utc>) {
        let place = self.0.partition_point(|(known, ..)| *known < positions);
        self.0.insert(place, (positions, by, at));
    }

    /// The settlement that names a position, and when it was recorded.
    pub fn by(&self, position: Position) -> Option<SettledBy> {
        let after = self.0.partition_point(|(known, ..)| known.first <= position);
        let (known, by, at) = self.0.get(after.checked_sub(1)?)?;
        known.hold(position).then_some((*by, *at))
    }

    /// Whether some of these positions are named.
    pub fn meets(&self, positions: &Positions) -> Option<Positions> {
        self.0.iter().map(|(known, ..)| *known).find(|known| known.meet(positions))
    }
}

/// When an event counts as recorded, and how far that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed {
    /// Its place in the record.
    pub position: Position,
    /// When it counts as recorded.
    pub recorded_at: DateTime<Utc>,
    /// How far that can be relied on. Disputes are told apart from this, by [`disputed`].
    pub standing: TimeStanding,
}

/// Walks along positions, and tells whose stamps were wrong: those that are named, and those that a named one was
/// handed on to (a machine that stamped with the record's last time, and kept nothing of what its own clock said).
struct Walk<'a> {
    wrong: &'a Wrong,
    /// Every wrong stamp, and by which settlement that is known.
    handed_on: BTreeMap<DateTime<Utc>, SettledBy>,
}

impl<'a> Walk<'a> {
    fn along(wrong: &'a Wrong) -> Self {
        Self { wrong, handed_on: BTreeMap::new() }
    }

    /// By which settlement it is known that this one's time is wrong; nothing if it is right as far as is known.
    fn wrong(&mut self, reading: &Reading) -> Option<SettledBy> {
        // One that was itself stamped with the record's last time has no time of its own to hand on.
        let stamp = reading.clock.is_none().then_some(reading.recorded_at);
        let by = self.wrong.by(reading.position).or_else(|| self.handed_on.get(&stamp?).copied())?;
        if let Some(stamp) = stamp {
            self.handed_on.entry(stamp).or_insert(by);
        }
        Some(by)
    }
}

/// When each of some events counts as recorded: those of one stretch of the record, in order, which begins not behind
/// the first position that is wrong. `before` is the record's last time ahead of them.
///
/// What is right counts at the latest right reading up to it. What is wrong counts at the first right one behind it: by
/// then it was recorded. Where there is none it counts as it was stamped, and is disputed still.
pub fn times(before: Option<DateTime<Utc>>, readings: &[Reading], wrong: &Wrong) -> Vec<Timed> {
    let mut walk = Walk::along(wrong);
    let (mut last, mut waiting) = (before, Vec::new());
    let mut timed: Vec<Timed> = Vec::with_capacity(readings.len());
    for reading in readings {
        let position = reading.position;
        let Some(by) = walk.wrong(reading) else {
            let now = last.map_or(reading.at(), |last| last.max(reading.at()));
            for (index, not_before, clock, (settled_by, settled_at)) in waiting.drain(..) {
                let told: &mut Timed = &mut timed[index];
                told.recorded_at = now;
                let proven = Proven { not_before, not_after: now, clock, told: None, settled_by, settled_at };
                told.standing = TimeStanding::Settled(Box::new(proven));
            }
            last = Some(now);
            timed.push(Timed { position, recorded_at: now, standing: TimeStanding::Undisputed });
            continue;
        };
        waiting.push((timed.len(), last, reading.at(), by));
        let recorded_at = last.map_or(reading.recorded_at, |last| last.max(reading.recorded_at));
        timed.push(Timed { position, recorded_at, standing: TimeStanding::Disputed });
    }
    timed
}

/// Which positions are disputed: from each right time to the last reading that contradicts it. The readings are those of
/// one stretch of the record, in order, which begins not behind the first of them. Only a reading that is kept beside a
/// stamp contradicts others, and only by more than two minutes: smaller differences are how clocks differ.
///
/// A reading from before there was anything to record with would contradict all of it, and says no more than that its own
/// clock was wrong: it disputes its own position alone.
pub fn disputed(readings: &[Reading], wrong: &Wrong) -> Vec<Positions> {
    let mut walk = Walk::along(wrong);
    let mut right: Vec<(Position, DateTime<Utc>)> = Vec::new();
    let mut spans: Vec<Positions> = Vec::new();
    for reading in readings {
        if walk.wrong(reading).is_some() {
            continue;
        }
        let (position, at) = (reading.position, reading.at());
        let contradicts = reading.clock.is_some();
        if contradicts && at < EARLIEST {
            spans.push(Positions { first: position, last: position });
            continue;
        }
        let latest = right.last().map_or(at, |(_, latest)| *latest);
        if contradicts && latest - at > TOLERANCE {
            let contradicted = right.get(right.partition_point(|(_, time)| *time <= at));
            spans.extend(contradicted.map(|(first, _)| Positions { first: *first, last: position }));
        }
        if right.last().is_none_or(|(_, last)| *last < at) {
            right.push((position, at));
        }
    }
    spans.sort_unstable();
    let mut apart: Vec<Positions> = Vec::with_capacity(spans.len());
    for span in spans {
        match apart.last_mut().filter(|before| span.first.0 <= before.last.0 + 1) {
            Some(before) => before.last = before.last.max(span.last),
            None => apart.push(span),
        }
    }
    apart
}
