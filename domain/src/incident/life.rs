//! An incident's life: the one fold of it. Decisions, the board, the pages, the roles, the alerts and the
//! postmortem all take it from here, so that none of them can think an incident over that another holds for open.
//!
//! It takes any history without complaint, also an imported one in no lifecycle order, and follows the record's
//! order, whatever the occurred times say. Two rules are worth knowing:
//!
//! - What is part of another incident goes on there, whatever else is told of it here. Only reopening leads out.
//! - A mitigation is ended by reopening or by a new impact, and undone by taking it back; [`hits`](crate::incident::hits) says how.

use super::hits::Hits;
use crate::event::IncidentEvent as E;
use crate::event::life::Declared;
use crate::ids::{EventId, IncidentId};
use crate::values::{Phase, Severity, Tier};
use crate::when::When;

/// Whether an incident goes on.
#[derive(
    Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// Being worked on.
    #[default]
    Open,
    /// Over; its review may be under way.
    Resolved,
    /// Over and reviewed.
    Closed,
    /// Declared in error.
    Cancelled,
    /// Part of another.
    MergedInto(IncidentId),
}

impl Situation {
    /// Whether it is being worked on.
    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }

    /// The situation after one more event, for whoever needs to know nothing else of a life.
    pub fn follow(&mut self, event: &E) {
        match step(event) {
            Some(Step::Ends(end)) => {
                if let Some(next) = self.ended(end) {
                    *self = next;
                }
            }
            Some(Step::Reopens) => *self = Self::Open,
            _ => {}
        }
    }

    /// After an end, or another one; none if it stays as it is.
    fn ended(&self, end: Self) -> Option<Self> {
        (!matches!(self, Self::MergedInto(_))).then_some(end)
    }
}

/// Where a declared incident stands in its life. `M` is what whoever folds it remembers of the events that
/// brought it there: their ids, unless it says otherwise.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Life<M = EventId> {
    /// Whom it concerns.
    pub tier: Tier,
    /// How bad it is.
    pub severity: Severity,
    /// Where the response stands.
    pub phase: Phase,
    /// Whether it goes on.
    pub situation: Situation,
    /// Of a situation other than open: the event that brought it about.
    pub ended: Option<M>,
    /// The event since which it is over: the first of those, if it was resolved and then closed.
    pub over_since: Option<M>,
    /// Impacts, and the mitigations since it was last reopened.
    pub hits: Hits<M>,
}

/// What an event changed in whom an incident concerns, or in whether it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It concerns others now.
    Tier(Tier),
    /// It came to an end, or to another one.
    Ended,
    /// It was not over.
    Reopened,
}

/// What an event does to an incident's life; everything else here goes by it.
enum Step {
    Begins,
    Tier(Tier),
    Severity(Severity),
    Phase(Phase),
    Hits,
    Ends(Situation),
    Reopens,
}

fn step(event: &E) -> Option<Step> {
    Some(match event {
        E::Declared(_) => Step::Begins,
        E::Upgraded(e) => Step::Tier(e.to),
        E::Downgraded(e) => Step::Tier(e.to),
        E::SeverityChanged(e) => Step::Severity(e.to),
        E::PhaseChanged(e) => Step::Phase(e.to),
        event if Hits::<()>::concerns(event) => Step::Hits,
        E::Resolved(_) => Step::Ends(Situation::Resolved),
        E::Closed(_) => Step::Ends(Situation::Closed),
        E::Cancelled(_) => Step::Ends(Situation::Cancelled),
        E::MergedInto(e) => Step::Ends(Situation::MergedInto(e.into.clone())),
        E::Reopened(_) => Step::Reopens,
        _ => return None,
    })
}

/// Whether an event can change anything in an incident's life.
pub fn concerns(event: &E) -> bool {
    step(event).is_some()
}

/// Whether an event ends its incident or takes an end back: all that [`Situation::follow`] looks at.
pub fn is_turn(event: &E) -> bool {
    matches!(step(event), Some(Step::Ends(_) | Step::Reopens))
}

impl<M: Clone> Life<M> {
    /// It begins.
    pub fn declared(declared: &Declared) -> Self {
        Self {
            tier: declared.tier,
            severity: declared.severity,
            phase: Phase::Investigating,
            situation: Situation::Open,
            ended: None,
            over_since: None,
            hits: Hits::default(),
        }
    }

    /// One more event, and the turn that it brought, if one. What was taken back before is not to be told here;
    /// what is taken back afterwards is told to [`Self::retract`].
    pub fn apply(&mut self, id: EventId, event: &E, at: When, mark: impl FnOnce() -> M) -> Option<Turn> {
        match step(event)? {
            Step::Tier(tier) => {
                self.tier = tier;
                return Some(Turn::Tier(tier));
            }
            Step::Severity(severity) => self.severity = severity,
            Step::Phase(phase) => self.phase = phase,
            Step::Hits => self.hits.apply(id, event, at, mark),
            Step::Ends(situation) => {
                if situation == Situation::Resolved {
                    self.phase = Phase::Resolved;
                }
                return self.ends(situation, mark);
            }
            Step::Reopens => {
                self.phase = Phase::Investigating;
                self.situation = Situation::Open;
                (self.ended, self.over_since) = (None, None);
                self.hits.reopen();
                return Some(Turn::Reopened);
            }
            // It has begun already.
            Step::Begins => {}
        }
        None
    }

    fn ends(&mut self, situation: Situation, mark: impl FnOnce() -> M) -> Option<Turn> {
        self.situation = self.situation.ended(situation)?;
        let mark = mark();
        self.over_since.get_or_insert_with(|| mark.clone());
        self.ended = Some(mark);
        Some(Turn::Ended)
    }

    /// An event was taken back.
    pub fn retract(&mut self, target: EventId) {
        self.hits.retract(target);
    }

    /// Since when users are no longer hit, if they aren't.
    pub fn mitigated(&self) -> Option<&M> {
        self.hits.mitigated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_worked_on_is_open() {
        let into: IncidentId = "20230104-all-imports".parse().unwrap();
        assert!(Situation::Open.is_open());
        for over in
            [Situation::Resolved, Situation::Closed, Situation::Cancelled, Situation::MergedInto(into)]
        {
            assert!(!over.is_open(), "{over:?}");
        }
    }
}
