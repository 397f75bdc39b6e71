//! When users were hit, and since when they no longer are: the one account of it, from impacts and mitigations.
//!
//! Other than the rest of a life, this goes by when things happened, and not by when they were told: impacts are
//! often told afterwards. Of what has no known time, the order of telling decides.
//!
//! - An impact that began after a mitigation shows that it did not hold: users were hit again.
//! - The end of the last impact is when users were no longer hit. An impact without an end goes on until the last
//!   mitigation at or after its beginning.
//! - Where nobody told of an impact, the last mitigation says it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::IncidentEvent as E;
use crate::ids::EventId;
use crate::when::When;

/// Impacts and mitigations. `M` is what whoever folds it remembers of the events that end a time in which users
/// were hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hits<M> {
    impacts: BTreeMap<u32, Impact<M>>,
    mitigations: Vec<Told<M>>,
    /// How many were told so far.
    told: u32,
    /// How many had been told when it turned out last that it was not over.
    reopened: u32,
}

/// A time in which users were hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Impact<M> {
    began: Told<()>,
    ended: Option<Told<M>>,
}

/// Something that was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Told<M> {
    id: EventId,
    at: When,
    /// Its place among what was told.
    place: u32,
    mark: M,
}

/// A time in which users were hit, from one moment to another; without an end it goes on.
pub type Span = (When, Option<When>);

impl<M> Default for Hits<M> {
    fn default() -> Self {
        Self { impacts: BTreeMap::new(), mitigations: Vec::new(), told: 0, reopened: 0 }
    }
}

impl<M> Told<M> {
    /// Which came first: by when they happened, or else by when they were told.
    fn order<N>(&self, other: &Told<N>) -> Ordering {
        match (self.at.at(), other.at.at()) {
            (Some(one), Some(two)) => one.cmp(&two).then(self.place.cmp(&other.place)),
            _ => self.place.cmp(&other.place),
        }
    }

    /// Whether it is not known to have happened before another.
    fn is_not_before<N>(&self, other: &Told<N>) -> bool {
        match (self.at.at(), other.at.at()) {
            (Some(one), Some(two)) => one >= two,
            _ => self.place >= other.place,
        }
    }
}

impl<M> Hits<M> {
    /// Whether an event tells of users being hit, or no longer.
    pub fn concerns(event: &E) -> bool {
        matches!(event, E::ImpactStarted(_) | E::ImpactEnded(_) | E::Mitigated(_))
    }

    /// One more event.
    pub fn apply(&mut self, id: EventId, event: &E, at: When, mark: impl FnOnce() -> M) {
        let place = self.told;
        match event {
            E::ImpactStarted(e) => {
                let began = Told { id, at, place, mark: () };
                self.impacts.entry(e.impact).or_insert(Impact { began, ended: None });
            }
            E::ImpactEnded(e) => {
                if let Some(impact) = self.impacts.get_mut(&e.impact) {
                    impact.ended = Some(Told { id, at, place, mark: mark() });
                }
            }
            E::Mitigated(_) => self.mitigations.push(Told { id, at, place, mark: mark() }),
            _ => return,
        }
        self.told += 1;
    }

    /// It was not over: that users were no longer hit has to be told anew.
    pub fn reopen(&mut self) {
        self.reopened = self.told;
    }

    /// An event was taken back.
    pub fn retract(&mut self, target: EventId) {
        self.mitigations.retain(|told| told.id != target);
        self.impacts.retain(|_, impact| impact.began.id != target);
        for impact in self.impacts.values_mut() {
            impact.ended.take_if(|told| told.id == target);
        }
    }

    /// An event happened at another time than was told.
    pub fn put_right(&mut self, target: EventId, at: When) {
        let ends = self.impacts.values_mut().filter_map(|impact| impact.ended.as_mut());
        for told in self.mitigations.iter_mut().chain(ends).filter(|told| told.id == target) {
            told.at = at;
        }
        for impact in self.impacts.values_mut().filter(|impact| impact.began.id == target) {
            impact.began.at = at;
        }
    }

    /// Whether somebody said that users are no longer hit, and no impact began since.
    pub fn mitigation_holds(&self) -> bool {
        let last = self.mitigations.iter().max_by(|one, two| one.order(two));
        last.filter(|last| last.place >= self.reopened)
            .is_some_and(|last| self.impacts.values().all(|impact| last.is_not_before(&impact.began)))
    }

    /// Since when users are no longer hit, if they aren't.
    pub fn mitigated(&self) -> Option<&M> {
        let last = self.mitigations.iter().max_by(|one, two| one.order(two));
        let mut ends = Vec::new();
        for impact in self.impacts.values() {
            let holds = |told: &&Told<M>| told.is_not_before(&impact.began);
            match &impact.ended {
                Some(ended) => ends.push(ended),
                None => ends.push(last.filter(holds)?),
            }
        }
        let ended = ends.into_iter().max_by(|one, two| one.order(two));
        ended.or(last).filter(|told| told.place >= self.reopened).map(|told| &told.mark)
    }

    /// Every time in which users were hit, by the impact's number: from its beginning to its own end, or else to the
    /// first mitigation at or after it.
    pub fn spans(&self) -> impl Iterator<Item = (u32, Span)> {
        self.impacts.iter().map(|(number, impact)| {
            let later = self.mitigations.iter().filter(|told| told.is_not_before(&impact.began));
            let mitigated = || later.min_by(|one, two| one.order(two)).map(|told| told.at);
            (*number, (impact.began.at, impact.ended.as_ref().map(|told| told.at).or_else(mitigated)))
        })
    }

    /// How many seconds users were hit in all, counting none twice, and the window from the first moment to the
    /// last; none unless every beginning and end is known, and none of them contradict each other.
    pub fn total(&self) -> Option<(i64, [DateTime<Utc>; 2])> {
        let mut spans = Vec::new();
        for (_, (from, until)) in self.spans() {
            let (from, until) = (from.at()?, until?.at()?);
            if until < from {
                return None;
            }
            spans.push((from, until));
        }
        spans.sort_unstable();
        let (first, mut covered) = (spans.first()?.0, spans.first()?.0);
        let mut seconds = 0;
        for (from, until) in spans {
            seconds += (until - from.max(covered)).num_seconds().max(0);
            covered = covered.max(until);
        }
        Some((seconds, [first, covered]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::impact::{ImpactEnded, ImpactStarted};
    use crate::event::life::Mitigated;
    use crate::text::Text;
    use uuid::Uuid;

    fn hits(told: &[(&str, &str)]) -> Hits<String> {
        let mut hits = Hits::default();
        for (number, (what, at)) in (0_u128..).zip(told) {
            let (what, impact) = what.split_at(1);
            let impact = impact.parse().unwrap_or(0);
            let event: E = match what {
                "+" => ImpactStarted { impact, text: Text::new("x").unwrap(), components: vec![], who: None }
                    .into(),
                "-" => ImpactEnded { impact, text: None }.into(),
                _ => Mitigated { how: None }.into(),
            };
            let at: When = format!("2023-01-04T{at}Z").parse().unwrap_or(When::Unknown);
            hits.apply(EventId(Uuid::from_u128(number)), &event, at, || at.to_string());
        }
        hits
    }

    fn since(told: &[(&str, &str)]) -> Option<String> {
        hits(told).mitigated().map(|at| at.get(11..16).unwrap_or("?").to_owned())
    }

    #[test]
    fn one_account_of_when_users_were_no_longer_hit() {
        assert_eq!(since(&[("m", "15:44")]).as_deref(), Some("15:44"));
        // The end of the last impact says it, whether or not anybody said "mitigated".
        assert_eq!(since(&[("+1", "10:10"), ("-1", "10:40")]).as_deref(), Some("10:40"));
        assert_eq!(since(&[("+1", "10:10"), ("m", "10:30"), ("-1", "10:40")]).as_deref(), Some("10:40"));
        // It did not hold, and the second one counts.
        let again = [("+1", "15:00"), ("m", "15:44"), ("+2", "15:47")];
        assert_eq!(since(&again), None);
        assert_eq!(since(&[&again[..], &[("m", "16:12")]].concat()).as_deref(), Some("16:12"));
        assert_eq!(since(&[&again[..], &[("-2", "16:20")]].concat()).as_deref(), Some("16:20"));
        // Told afterwards, an impact that began before the mitigation is ended by it.
        assert_eq!(since(&[("m", "15:44"), ("+1", "15:00")]).as_deref(), Some("15:44"));
        assert_eq!(since(&[("m", "15:44"), ("+1", "nobody knows")]), None);
    }

    #[test]
    fn what_is_taken_back_or_put_right_no_longer_counts_as_it_was() {
        let mut hits = hits(&[("+1", "15:00"), ("m", "15:44"), ("+2", "15:47")]);
        hits.put_right(EventId(Uuid::from_u128(2)), "2023-01-04T15:30Z".parse().unwrap());
        assert!(hits.mitigated().is_some());
        hits.retract(EventId(Uuid::from_u128(1)));
        assert!(hits.mitigated().is_none());
    }

    #[test]
    fn overlapping_times_count_once() {
        let hits = hits(&[
            ("+1", "10:00"),
            ("+2", "10:30"),
            ("-1", "11:00"),
            ("-2", "12:00"),
            ("+3", "13:00"),
            ("m", "13:30"),
        ]);
        let (seconds, [from, to]) = hits.total().unwrap();
        assert_eq!((seconds, (to - from).num_seconds()), (9_000, 12_600));
        assert_eq!(super::tests::hits(&[("+1", "10:00")]).total(), None);
        let contradictory = [("+1", "10:00"), ("-1", "09:00"), ("+2", "11:00"), ("-2", "11:30")];
        assert_eq!(super::tests::hits(&contradictory).total(), None);
    }
}
