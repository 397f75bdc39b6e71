//! The record as its feed tells it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::recorded::Recorded;

use crate::cli::common::address::Address;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::feed::{Line, Lines};
use crate::cli::common::progress::Progress;

/// Every event, in the record's order and by incident or stream of the program's own.
#[derive(Debug, Default)]
pub(super) struct Record {
    events: Vec<Recorded>,
    by_stream: BTreeMap<IncidentId, Vec<Recorded>>,
}

impl Record {
    /// Reads what has been recorded since.
    pub(super) async fn read_on(&mut self, desk: &Desk, progress: &Progress) -> Result<(), Failure> {
        let address = Address::of(&["v1", "events"]).with("after", self.head());
        let mut lines = Lines::open(desk, &address).await?;
        while let Some(line) = lines.next().await? {
            self.add(Line::read(&line)?.recorded()?)?;
            if self.events.len().is_multiple_of(1_000) {
                progress.at("events read", self.events.len());
            }
        }
        Ok(())
    }

    /// What the feed itself promises is checked on the way.
    fn add(&mut self, recorded: Recorded) -> Result<(), Failure> {
        let history = self.by_stream.entry(recorded.incident.clone()).or_default();
        let expected = history.last().map_or(1, |last| last.revision.0 + 1);
        if recorded.revision.0 != expected
            || recorded.position <= self.events.last().map_or(Position(0), |e| e.position)
        {
            return Err(Failure::new(
                Kind::Other,
                format!(
                    "the feed is out of order: position {} of {} has revision {}, and {expected} was expected",
                    recorded.position, recorded.incident, recorded.revision
                ),
                "the record may be damaged: compare it with a backup",
            ));
        }
        history.push(recorded.clone());
        self.events.push(recorded);
        Ok(())
    }

    /// The position of the last event.
    pub(super) fn head(&self) -> Position {
        self.events.last().map_or(Position(0), |last| last.position)
    }

    /// When the last event was recorded.
    pub(super) fn last_recorded_at(&self) -> Option<DateTime<Utc>> {
        self.events.last().map(|last| last.recorded_at)
    }

    /// How many events there are.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Every event, in the record's order.
    pub(super) fn events(&self) -> &[Recorded] {
        &self.events
    }

    /// Every incident's events.
    pub(super) fn incidents(&self) -> impl Iterator<Item = (&IncidentId, &Vec<Recorded>)> {
        self.by_stream.iter().filter(|(stream, _)| stream.is_incident())
    }
}
