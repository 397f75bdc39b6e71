//! The order in which told events are kept: by when they happened, as far as that was told.
//!
//! Two lines of one minute may stand in a file the wrong way round, and a time told to the minute may be any in it.
//! So what ends something that has not begun yet waits, for as long as its own time allows, and takes its place
//! behind the beginning. What waits in vain keeps its place, and is told as a problem there. And what ends the whole
//! incident comes last of what its own time allows.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use scribe_domain::clocks::TimeStanding;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::incident::history::{Fired, waits};
use scribe_domain::incident::{Incident, evolve};
use scribe_domain::recorded::Recorded;
use scribe_domain::when::{Precision, When};
use scribe_projections::amended::is_amendment;
use uuid::Uuid;

use super::line::ImportLine;

/// The lines in the order in which they are kept; see the module's description of the format.
pub(super) fn in_order<'a>(
    incident: &'a IncidentId,
    history: &[Recorded],
    new: Vec<&'a ImportLine>,
) -> Vec<&'a ImportLine> {
    let mut course = Course::of(incident, history);
    let (told, last) = by_time(new);
    let mut waiting: Vec<(DateTime<Utc>, &ImportLine)> = Vec::new();
    for (time, line) in told {
        while let Some(expired) = waiting.iter().position(|(latest, _)| *latest < time) {
            course.take(waiting.remove(expired).1);
        }
        if course.waits(line) {
            waiting.push((latest(line, time), line));
            continue;
        }
        course.take(line);
        while let Some(ready) = waiting.iter().position(|(_, line)| !course.waits(line)) {
            course.take(waiting.remove(ready).1);
        }
    }
    for (_, line) in waiting {
        course.take(line);
    }
    course.lines.extend(last);
    course.lines
}

/// The declaration, then what happened by its time, what has none behind the line before it; and apart from them
/// what amends other lines.
fn by_time(new: Vec<&ImportLine>) -> (Vec<(DateTime<Utc>, &ImportLine)>, Vec<&ImportLine>) {
    let mut time = DateTime::<Utc>::MIN_UTC;
    let (mut timed, mut last) = (Vec::with_capacity(new.len()), Vec::new());
    for line in new {
        match &line.what.event {
            E::Declared(_) => timed.push((DateTime::<Utc>::MIN_UTC, line)),
            event if is_amendment(event) => last.push(line),
            event => {
                time = line.occurred.at().unwrap_or(time);
                let ends = ends_all(event);
                let until = if ends { line.occurred.until().unwrap_or(time) } else { time };
                timed.push((until, line));
            }
        }
    }
    timed.sort_by_key(|(time, line)| {
        let event = &line.what.event;
        // A run may be told that nobody proposed, so its end waits for nothing.
        let finishes = matches!(event, E::RunFinished(_));
        (!matches!(event, E::Declared(_)), *time, ends_all(event), finishes)
    });
    (timed, last)
}

/// Whether the response is over with it.
fn ends_all(event: &E) -> bool {
    matches!(event, E::Resolved(_) | E::Cancelled(_) | E::MergedInto(_))
}

/// How an incident stood before a moment, by the record and by what is told anew.
pub(super) fn standing_before(
    moment: DateTime<Utc>,
    incident: &IncidentId,
    history: &[Recorded],
    lines: &[ImportLine],
) -> Incident {
    let known = |line: &&ImportLine| {
        history.iter().any(|recorded| recorded.cause.source.as_ref() == Some(&line.source))
    };
    let new = lines.iter().filter(|line| !known(line)).collect();
    let earlier = |occurred: When| occurred.at().is_none_or(|at| at < moment);
    let is_past =
        |recorded: &&Recorded| matches!(recorded.event, E::Declared(_)) || earlier(recorded.cause.occurred);
    let past: Vec<Recorded> = history.iter().filter(is_past).cloned().collect();
    let mut course = Course::of(incident, &past);
    for line in in_order(incident, history, new) {
        if matches!(line.what.event, E::Declared(_)) || earlier(line.occurred) {
            course.take(line);
        }
    }
    course.situation
}

/// The last moment at which it can have happened, by its own word.
fn latest(line: &ImportLine, time: DateTime<Utc>) -> DateTime<Utc> {
    if matches!(line.what.event, E::ImpactEnded(_)) {
        // That it is told to have ended before it began is for the documents to say.
        return DateTime::<Utc>::MAX_UTC;
    }
    let told = line.occurred.until().unwrap_or(time);
    let within = match line.occurred {
        When::At(at, Precision::Second) if at.nanosecond() > 0 => TimeDelta::zero(),
        When::At(_, Precision::Second) => TimeDelta::milliseconds(999),
        When::At(..) | When::Unknown => TimeDelta::seconds(59),
    };
    told.max(time + within)
}

/// An incident's course as far as it is told.
struct Course<'a> {
    incident: &'a IncidentId,
    situation: Incident,
    fired: Fired,
    lines: Vec<&'a ImportLine>,
}

impl<'a> Course<'a> {
    fn of(incident: &'a IncidentId, history: &[Recorded]) -> Self {
        let mut fired = Fired::default();
        for recorded in history {
            fired.follow(&recorded.event);
        }
        Self { incident, situation: Incident::replay(history), fired, lines: Vec::new() }
    }

    fn waits(&self, line: &ImportLine) -> bool {
        let cause = line.cause(CommandId(Uuid::nil()));
        !matches!(line.what.event, E::Declared(_))
            && waits(&self.situation, self.incident, &line.what.event, &cause, &self.fired)
    }

    fn take(&mut self, line: &'a ImportLine) {
        let recorded = Recorded {
            position: Position::default(),
            incident: self.incident.clone(),
            revision: Revision::default(),
            recorded_at: DateTime::<Utc>::MIN_UTC,
            clock: None,
            standing: TimeStanding::default(),
            index: u32::try_from(self.lines.len()).unwrap_or(u32::MAX),
            cause: line.cause(CommandId(Uuid::nil())),
            request: None,
            event: line.what.event.clone(),
        };
        self.fired.follow(&recorded.event);
        self.situation = evolve(std::mem::take(&mut self.situation), &recorded);
        self.lines.push(line);
    }
}
