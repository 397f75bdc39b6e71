//! Where clocks disagree in the record, and saying whose was wrong.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use scribe_domain::actor::Actor;
use scribe_domain::clocks::{
    EARLIEST, Positions, Proven, Reading, Stamped, TimeStanding, Timed, Wrong, disputed, times,
};
use scribe_domain::event_store::{Basis, StoreError};
use scribe_domain::execute::{ATTEMPTS, ExecuteError};
use scribe_domain::identity::Identity;
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::system::clocks::{AtIssue, ClockSettled, Settle, Settlements};
use scribe_projections::clocks::{Clocks, settlements};
use scribe_projections::question::AsOf;
use scribe_projections::runner::Projection as _;

use super::App;
use crate::pause::pause;

/// How many events are read at once.
const PAGE: usize = 4_096;

/// Where clocks disagree, and what was said about it.
#[derive(Debug, Clone)]
pub(super) struct Disputes {
    /// The position of the record's last event.
    pub(super) head: Position,
    /// Where times contradict each other.
    pub(super) disputed: Vec<Positions>,
    /// Where times stood still, though nothing contradicts them.
    pub(super) stood: Vec<Positions>,
    /// Every settlement.
    pub(super) settlements: Settlements,
    /// The revision of the stream that they stand in.
    revision: Revision,
}

/// What was found to contradict each other last: by what of the record, and up to which reading.
#[derive(Debug, Default)]
pub(super) struct Contradictions(Mutex<Option<(FoundBy, Vec<Positions>)>>);

/// By what of the record, and up to which reading.
type FoundBy = (Basis, Position);

impl Contradictions {
    fn of(&self, found_by: FoundBy) -> Option<Vec<Positions>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.as_ref().filter(|(by, _)| *by == found_by).map(|(_, found)| found.clone())
    }

    fn keep(&self, found_by: FoundBy, found: &[Positions]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((found_by, found.to_vec()));
    }
}

impl Disputes {
    /// What may be settled.
    fn at_issue(&self) -> Vec<Positions> {
        self.disputed.iter().chain(&self.stood).copied().collect()
    }
}

/// What a settlement makes of the times that it names.
#[derive(Debug, Clone)]
pub(super) struct Settling {
    /// When each of the events that it concerns counts as recorded then.
    pub(super) times: Vec<Timed>,
    /// The record's last right time.
    resumes: DateTime<Utc>,
    /// The revision of the settlements that it was found by.
    revision: Revision,
}

impl App {
    /// What was ever said of wrong clocks.
    async fn told_of_clocks(&self) -> Result<Vec<Recorded>, StoreError> {
        self.store().history(&IncidentId::clocks(), Revision::NEW).await
    }

    /// What of the record contradicts its times as of a moment, and up to where it was read. An event that cannot be read
    /// contradicts nothing, and is told of where it is looked at.
    async fn readings_behind(&self, as_of: &AsOf) -> Result<(Clocks, Position), StoreError> {
        let clocks = self.views().of::<Clocks>().as_far_as_it_goes().await?;
        Ok((clocks.view.as_of(as_of).0, clocks.position))
    }

    /// Where clocks disagree as of a moment, as was known then.
    pub(super) async fn disputes(&self, as_of: &AsOf) -> Result<Vec<Positions>, StoreError> {
        let clocks = self.readings_behind(as_of).await?.0;
        let Some(last) = clocks.behind().last() else { return Ok(Vec::new()) };
        let found_by = (self.store().basis(), last.position);
        let is_now = as_of.recorded_by.is_none();
        if let Some(found) = is_now.then(|| self.0.contradictions.of(found_by)).flatten() {
            return Ok(found);
        }
        let told = self.told_of_clocks().await?;
        let then = settlements(told.iter().take_while(|recorded| as_of.had_recorded(recorded)));
        let reach = settlements(&told).reach();
        let found = self.contradicted(&clocks, &then.wrong(), reach, as_of, None).await?;
        if is_now {
            self.0.contradictions.keep(found_by, &found);
        }
        Ok(found)
    }

    /// The same now, held against this machine's clock too, with what may be settled besides. `without` is a settlement
    /// that is to count no longer.
    pub(super) async fn disputes_now(&self, without: Option<Position>) -> Result<Disputes, StoreError> {
        let (clocks, head) = self.readings_behind(&AsOf::NOW).await?;
        let told = self.told_of_clocks().await?;
        let settlements = settlements(&told);
        let revision = told.last().map_or(Revision::NEW, |last| last.revision);
        let wrong = settlements.wrong_without(without);
        let last = self.recorded_at(head).await?;
        let now = Stamped::now(self.now(), last, self.config().clock.tolerance);
        let next = Position(head.0 + 1);
        let reading = Reading { position: next, recorded_at: now.recorded_at, clock: now.clock };
        let reach = settlements.reach();
        let mut disputed = self.contradicted(&clocks, &wrong, reach, &AsOf::NOW, Some(reading)).await?;
        for span in &mut disputed {
            span.last = span.last.min(head);
        }
        disputed.retain(|span| span.first <= span.last);
        let stood = clocks.stood().filter(|stood| wrong.meets(stood).is_none()).collect();
        Ok(Disputes { head, disputed, stood, settlements, revision })
    }

    /// What readings contradict that lie behind the record's last time, and one more. `reach` is that of all settlements.
    async fn contradicted(
        &self,
        clocks: &Clocks,
        wrong: &Wrong,
        reach: Option<Positions>,
        as_of: &AsOf,
        more: Option<Reading>,
    ) -> Result<Vec<Positions>, StoreError> {
        let more = more.filter(|reading| reading.clock.is_some());
        let behind: Vec<Reading> =
            clocks.behind().filter(|reading| wrong.by(reading.position).is_none()).chain(more).collect();
        let earliest = behind.iter().map(Reading::at).filter(|at| *at >= EARLIEST).min();
        let Some(last) = behind.last().map(|reading| reading.position) else { return Ok(Vec::new()) };
        let first = match earliest {
            Some(earliest) => self.first_after(earliest, last).await?,
            None => last,
        };
        // What counts otherwise by now may have stood there then.
        let first = reach.map_or(first, |reach| reach.first.min(first));
        let first = behind.first().map_or(first, |reading| reading.position.min(first));
        let mut readings = self.readings(first, last, as_of).await?;
        readings.extend(more);
        Ok(disputed(&readings, wrong))
    }

    /// The first position up to another one that counts as recorded after a moment; that other one if none does.
    async fn first_after(&self, moment: DateTime<Utc>, last: Position) -> Result<Position, StoreError> {
        let (mut low, mut high) = (1, last.0.max(1));
        while low < high {
            let middle = low + (high - low) / 2;
            match self.recorded_at(Position(middle)).await? {
                Some(at) if at <= moment => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(Position(low))
    }

    /// When an event counts as recorded; nothing where there is none.
    pub(super) async fn recorded_at(&self, position: Position) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some(before) = position.0.checked_sub(1) else { return Ok(None) };
        let page = self.store().read(Position(before), 1).await?;
        Ok(page.first().filter(|found| found.position == position).map(|found| found.recorded_at))
    }

    /// What the clocks said, from one position to another, of what was recorded by a moment.
    async fn readings(
        &self,
        first: Position,
        last: Position,
        as_of: &AsOf,
    ) -> Result<Vec<Reading>, StoreError> {
        let (mut readings, mut after) = (Vec::new(), Position(first.0.saturating_sub(1)));
        while after < last {
            let limit = usize::try_from(last.0 - after.0).map_or(PAGE, |rest| rest.min(PAGE));
            let page = self.store().read(after, limit).await?;
            let Some(end) = page.last() else { break };
            after = end.position;
            readings.extend(page.iter().take_while(|recorded| as_of.had_recorded(recorded)).map(reading));
            if !as_of.had_recorded(end) {
                break;
            }
        }
        Ok(readings)
    }

    /// What whoever checks the record should know of its times.
    pub(super) async fn time_remarks(&self) -> Result<Vec<String>, StoreError> {
        let Disputes { disputed, stood, settlements, .. } = self.disputes_now(None).await?;
        let mut remarks = Vec::new();
        if !disputed.is_empty() {
            let spans = Positions::listed(&disputed);
            remarks.push(format!(
                "recorded times are disputed at position {spans}: clocks contradict each other (`scribe clock`)"
            ));
        }
        if !stood.is_empty() {
            let spans = Positions::listed(&stood);
            remarks.push(format!(
                "recorded times stand still at position {spans}, as they do behind a stamp from the future \
                 (`scribe clock`)"
            ));
        }
        for settlement in settlements.iter().filter(|settlement| settlements.counts(settlement.position)) {
            remarks.push(format!(
                "the clock was wrong that stamped position {}, says position {}: what is proven of those times is shown",
                settlement.settled.wrong, settlement.position
            ));
        }
        Ok(remarks)
    }

    /// What would come of a settlement; refused if it cannot be made.
    pub(super) async fn settling(&self, asked: &Settle) -> Result<Settling, ExecuteError> {
        let disputes = self.disputes_now(asked.instead_of).await?;
        let (settlements, at_issue) = (&disputes.settlements, disputes.at_issue());
        settlements.may_settle(
            &asked.wrong,
            asked.instead_of,
            &AtIssue { head: disputes.head, disputed: &at_issue },
        )?;
        let now = self.now();
        let next = Position(disputes.head.0 + 1);
        let mut wrong = settlements.wrong_without(asked.instead_of);
        wrong.add(asked.wrong, next, now);
        let first = settlements.reach().map_or(asked.wrong.first, |reach| reach.first.min(asked.wrong.first));
        let before = self.recorded_at(Position(first.0.saturating_sub(1))).await?;
        let mut readings = self.readings(first, disputes.head, &AsOf::NOW).await?;
        let is_right = |timed: &&Timed| timed.standing == TimeStanding::Undisputed;
        let right = times(before, &readings, &wrong);
        let resumes = right.iter().rev().find(is_right).map(|timed| timed.recorded_at).or(before);
        let resumes = resumes.unwrap_or(now);
        readings.push(Reading { position: next, recorded_at: now.max(resumes), clock: None });
        let concerned = |timed: &Timed| {
            timed.standing.proven().is_some_and(|proven| proven.settled_by == next)
                && timed.position <= disputes.head
        };
        let times = times(before, &readings, &wrong).into_iter().filter(concerned).collect();
        Ok(Settling { times, resumes, revision: disputes.revision })
    }

    /// Says whose clock was wrong.
    pub(super) async fn settle(
        &self,
        actor: &Actor,
        origin: Option<&Identity>,
        asked: &Settle,
    ) -> Result<Settling, ExecuteError> {
        for attempt in 1..=ATTEMPTS {
            let settling = self.settling(asked).await?;
            let Settle { wrong, why, instead_of } = asked.clone();
            let settled = ClockSettled { wrong, why, resumes: settling.resumes, instead_of };
            let (stream, events) = (IncidentId::clocks(), vec![settled.into()]);
            if self.append_own(&stream, settling.revision, actor, origin, events).await? {
                return Ok(settling);
            }
            pause(attempt).await;
        }
        Err(ExecuteError::Contended { attempts: ATTEMPTS })
    }

    /// Events, with what was disputed of their times at a moment marked.
    pub(super) async fn marked(
        &self,
        mut events: Vec<Recorded>,
        as_of: &AsOf,
    ) -> Result<Vec<Recorded>, StoreError> {
        let disputed = self.disputes(as_of).await?;
        let was_settled = |by: &Proven| as_of.recorded_by.is_none_or(|then| by.settled_at <= then);
        for recorded in &mut events {
            let is_disputed = disputed.iter().any(|span| span.hold(recorded.position));
            if is_disputed && !recorded.standing.proven().is_some_and(was_settled) {
                recorded.standing = TimeStanding::Disputed;
            }
        }
        Ok(events)
    }
}

/// What its clock said, whatever has been settled since.
fn reading(recorded: &Recorded) -> Reading {
    let stamp = recorded.standing.proven().filter(|_| recorded.clock.is_none());
    let stamp = stamp.map_or(recorded.recorded_at, |Proven { clock, .. }| *clock);
    Reading { position: recorded.position, recorded_at: stamp, clock: recorded.clock }
}
