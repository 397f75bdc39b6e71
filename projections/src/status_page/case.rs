//! What one incident put on the pages.
//!
//! Folded in the record's order, which is the authority on what followed what; a time that would go
//! back along it counts as the time before it.

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::words::{ComponentRenamed, StatusUpdated};
use scribe_domain::incident::life::{self, Life, Situation};
use scribe_domain::text::Title;
use scribe_domain::values::Tier;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use super::incident::{FirstTold, PageEdit, PageEnding, PageUpdate};
use crate::amended::{AmendmentKind, Entry};
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::IncidentFold;

/// What one incident put on the pages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CasePages {
    /// What it is called, if it was declared and that wasn't redacted.
    pub title: Option<Title>,
    /// When its title was last put right.
    pub title_edited_at: Option<DateTime<Utc>>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Where it stands in its life.
    pub life: Option<Life>,
    /// Its tiers, from the declaration on.
    pub tiers: Vec<(When, Tier)>,
    /// When it ended, how, and when it turned out not to be over.
    pub turns: Vec<(When, Turn)>,
    /// What components were called otherwise on whose page, and when that was recorded.
    #[serde(default)]
    pub renamed: Vec<(DateTime<Utc>, ComponentRenamed)>,
    /// What was told to whom, in the record's order.
    pub updates: Vec<(Tier, PageUpdate)>,
}

/// An end or a new beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// It was over.
    Ended(PageEnding),
    /// It was not over.
    Reopened,
}

/// How long after its publication an update may be recorded without being marked as late. Longer than
/// telling takes by hand; shorter than anybody waits for news.
const LATE: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

impl IncidentFold for CasePages {
    const NAME: &'static str = "status_page";
    const VERSION: u32 = 3;

    fn wants(event: &E) -> bool {
        life::concerns(event) || matches!(event, E::StatusUpdated(_) | E::ComponentRenamed(_))
    }

    fn apply(&mut self, entry: &Entry<'_>) {
        let told = Attribution::of(entry);
        match (&*entry.event, &self.life) {
            // What an audience was told stays on its page even when it is taken back, marked as such.
            (E::StatusUpdated(e), _) => self.updates.push((e.audience, update(entry, e, &told))),
            // What is erased renames nothing: its names are gone.
            (E::ComponentRenamed(e), _) if !entry.is_redacted() => {
                self.renamed.push((told.recorded_at, e.clone()));
            }
            (E::Declared(e), None) => {
                self.title = (!entry.is_redacted()).then(|| e.title.clone());
                self.title_edited_at = title_edited_at(entry, &e.title);
                self.drill = e.drill;
            }
            _ => {}
        }
        match entry.lived(&mut self.life, || entry.id) {
            Some(life::Turn::Tier(tier)) => self.tier(&told, tier),
            Some(life::Turn::Ended) => self.turn(&told, self.ending()),
            Some(life::Turn::Reopened) => self.turn(&told, Turn::Reopened),
            None => {}
        }
    }
}

impl CasePages {
    fn tier(&mut self, told: &Attribution, tier: Tier) {
        let at = after(self.tiers.last().map(|(at, _)| *at), told);
        self.tiers.push((at, tier));
    }

    /// How it ended, as an audience sees it.
    fn ending(&self) -> Turn {
        match self.life.as_ref().map(|life| &life.situation) {
            Some(Situation::Cancelled) => Turn::Ended(PageEnding::Cancelled),
            Some(Situation::MergedInto(_)) => Turn::Ended(PageEnding::Merged),
            Some(Situation::Resolved | Situation::Closed) => Turn::Ended(PageEnding::Resolved),
            Some(Situation::Open) | None => Turn::Reopened,
        }
    }

    fn turn(&mut self, told: &Attribution, turn: Turn) {
        // Closing what is resolved already doesn't move its end.
        let same = matches!(self.turns.last(), Some((_, last)) if *last == turn);
        if !same {
            let at = after(self.turns.last().map(|(at, _)| *at), told);
            self.turns.push((at, turn));
        }
    }
}

/// When it was told to have happened, but not before what came before it in the record.
fn after(before: Option<When>, told: &Attribution) -> When {
    let at = told.known();
    match before {
        Some(before) if before.at() > at.at() => before,
        _ => at,
    }
}

fn update(entry: &Entry<'_>, e: &StatusUpdated, told: &Attribution) -> PageUpdate {
    let shown = !entry.is_redacted();
    let first_published = entry.recorded.cause.occurred;
    let late = first_published.at().is_some_and(|at| told.recorded_at - at > LATE);
    PageUpdate {
        event: told.event,
        published: told.occurred,
        recorded_at: told.recorded_at,
        recorded_late: late,
        status: e.status,
        text: shown.then(|| e.text.clone()),
        components: if shown { e.components.clone() } else { Vec::new() },
        edits: entry
            .amendments
            .iter()
            .map(|amendment| PageEdit { kind: amendment.kind, at: amendment.recorded_at })
            .collect(),
        first: first(entry, first_published, e).filter(|_| shown),
    }
}

/// What an update said at first, where that differs from what it says now.
fn first(entry: &Entry<'_>, published: When, now: &StatusUpdated) -> Option<FirstTold> {
    let E::StatusUpdated(then) = &entry.recorded.event else {
        return None;
    };
    let differs = then != now || published != entry.occurred;
    differs.then(|| FirstTold {
        published,
        status: then.status,
        text: then.text.clone(),
        components: then.components.clone(),
    })
}

fn title_edited_at(entry: &Entry<'_>, now: &Title) -> Option<DateTime<Utc>> {
    let same = matches!(&entry.recorded.event, E::Declared(first) if first.title == *now);
    let mut corrections = entry.amendments.iter().filter(|by| by.kind == AmendmentKind::Corrected);
    corrections.next_back().map(|by| by.recorded_at).filter(|_| !same)
}
