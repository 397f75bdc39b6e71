//! Where clocks disagree: what the record itself shows of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use scribe_domain::clocks::{Positions, Reading, TOLERANCE, TimeStanding};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::recorded::Recorded;
use scribe_domain::system::clocks::Settlements;
use scribe_domain::when::{Precision, When};
use serde::{Deserialize, Serialize};

use crate::amended::Entry;
use crate::question::AsOf;
use crate::runner::{Projection, Unread};

/// What of a record contradicts its times.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Clocks {
    /// Every event whose clock lay behind the record's last time, in order.
    behind: Vec<Behind>,
    /// Where times stood still: an incident got one append after the other, all at the very same moment, of what had
    /// happened long before it.
    stood: Vec<Stood>,
    run: Run,
}

/// A clock that lay behind the record's last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Behind {
    position: Position,
    recorded_at: DateTime<Utc>,
    clock: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stood {
    positions: Positions,
    at: DateTime<Utc>,
}

/// Events that count as recorded at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Run {
    at: Option<DateTime<Utc>>,
    first: Position,
    incidents: BTreeSet<IncidentId>,
    /// Whether whatever was told after the first had happened before that moment, by whoever told it live.
    is_behind: bool,
}

impl Projection for Clocks {
    const NAME: &'static str = "clocks";
    const VERSION: u32 = 1;

    fn apply(&mut self, told: &Entry<'_>) {
        let Recorded { position, recorded_at, clock, .. } = *told.recorded;
        if let Some(clock) = clock {
            self.behind.push(Behind { position, recorded_at, clock });
        }
        // What is settled is known to stand still.
        if clock.is_some() || told.recorded.standing != TimeStanding::Undisputed {
            self.run = Run::default();
            return;
        }
        if self.run.at == Some(recorded_at) {
            self.run.is_behind &= is_live(told.occurred, recorded_at);
        } else {
            self.run =
                Run { at: Some(recorded_at), first: position, incidents: BTreeSet::new(), is_behind: true };
        }
        let is_new = told.recorded.index > 0 || self.run.incidents.insert(told.recorded.incident.clone());
        if is_new || !self.run.is_behind {
            return;
        }
        let first = self.run.first;
        match self.stood.last_mut().filter(|stood| stood.positions.first == first) {
            Some(stood) => stood.positions.last = position,
            None => {
                self.stood.push(Stood { positions: Positions { first, last: position }, at: recorded_at });
            }
        }
    }

    /// What cannot be read contradicts nothing.
    fn goes_on_without(&mut self, _: &Unread<'_>) -> bool {
        true
    }

    fn outdated(&self) -> Vec<IncidentId> {
        Vec::new()
    }

    fn refold(&mut self, _: &IncidentId, _: &[Recorded], _: &AsOf) {}

    fn as_of(&self, as_of: &AsOf) -> (Self, Vec<IncidentId>) {
        let had = |at: DateTime<Utc>| as_of.recorded_by.is_none_or(|by| at <= by);
        let then = Self {
            behind: self.behind.iter().filter(|behind| had(behind.recorded_at)).copied().collect(),
            stood: self.stood.iter().filter(|stood| had(stood.at)).copied().collect(),
            run: Run::default(),
        };
        (then, Vec::new())
    }

    /// Positions and times name no incident.
    fn of_those(&self, _: &dyn Fn(&IncidentId) -> bool) -> Self {
        self.clone()
    }
}

/// What was said of wrong clocks, in these events of the stream of those who say so.
pub fn settlements<'a>(told: impl IntoIterator<Item = &'a Recorded>) -> Settlements {
    let mut settlements = Settlements::default();
    for recorded in told {
        if let IncidentEvent::System(event) = &recorded.event {
            settlements.follow(event, recorded.position, recorded.recorded_at);
        }
    }
    settlements
}

/// Whether it was told to the second, as what is told live is, and long before the moment at which it counts as
/// recorded. Many events may well be recorded at one moment; but not of people who tell of now, and mean long ago.
fn is_live(occurred: When, recorded_at: DateTime<Utc>) -> bool {
    matches!(occurred, When::At(at, Precision::Second) if recorded_at - at > TOLERANCE)
}

impl Clocks {
    /// The readings that contradict what stands before them, in order.
    pub fn behind(&self) -> impl Iterator<Item = Reading> {
        self.behind.iter().map(|behind| Reading {
            position: behind.position,
            recorded_at: behind.recorded_at,
            clock: Some(behind.clock),
        })
    }

    /// Where times stood still, which they do where a stamp lay ahead of every clock after it and nothing was kept of
    /// what those said.
    pub fn stood(&self) -> impl Iterator<Item = Positions> {
        self.stood.iter().map(|stood| stood.positions)
    }
}

#[cfg(test)]
mod tests;
