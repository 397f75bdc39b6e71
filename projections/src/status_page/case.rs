//! What one incident put on the pages.
//!
//! Folded in the record's order, which is the authority on what followed what; a time that would go
//! back along it counts as the time before it. A time that nobody knows stays unknown, and counts for nothing.

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::words::{ComponentRenamed, ComponentStatus, PageDescribed, StatusUpdated};
use scribe_domain::ids::IncidentId;
use scribe_domain::incident::life::{self, Life, Situation};
use scribe_domain::incident::roles::{Holders, SPEAKERS};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::text::Title;
use scribe_domain::values::Tier;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use super::incident::{FirstTold, PageEdit, PageEnding, PageSummary, PageUpdate};
use crate::amended::{AmendmentKind, Entry};
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::{IncidentFold, PerIncident};

/// What every incident put on the pages.
pub type StatusPages = PerIncident<CasePages>;

/// What one incident put on the pages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CasePages {
    /// What it was declared as, and for whom.
    pub declared: Option<DeclaredName>,
    /// What each audience was told that it is called, in the record's order.
    pub titles: Vec<(Tier, GivenTitle)>,
    /// What each audience reads of it apart from the updates, in the record's order.
    pub summaries: Vec<(Tier, PageSummary)>,
    /// How components were said to fare apart from the updates, in the record's order.
    pub described: Vec<Described>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Where it stands in its life.
    pub life: Option<Life>,
    /// Who holds which role.
    pub roles: Holders,
    /// Its tiers, from the declaration on.
    pub tiers: Vec<(Point, Tier)>,
    /// When it ended, how, and when it turned out not to be over.
    pub turns: Vec<PageTurn>,
    /// What components were called otherwise on whose page, and when that was recorded.
    #[serde(default)]
    pub renamed: Vec<(DateTime<Utc>, ComponentRenamed)>,
    /// What was told to whom, in the record's order.
    pub updates: Vec<(Tier, Point, PageUpdate)>,
    /// The latest of all these times.
    latest: Option<DateTime<Utc>>,
}

/// What an incident was declared as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeclaredName {
    /// For whom: no other audience reads these words.
    pub tier: Tier,
    /// The title; absent where it was redacted.
    pub title: Option<Title>,
    /// When the title was last put right.
    pub edited_at: Option<DateTime<Utc>>,
}

/// How components were said to fare apart from the updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// To whom.
    pub audience: Tier,
    /// When.
    pub point: Point,
    /// How many updates, to whomever, stand before it in the record.
    pub behind: usize,
    /// The components.
    pub components: Vec<ComponentStatus>,
}

/// What an audience was told that an incident is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenTitle {
    /// The title; absent where it was redacted.
    pub title: Option<Title>,
    /// When it was given, if apart from an update.
    pub edited_at: Option<DateTime<Utc>>,
}

/// When something happened to a page.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// As told.
    pub at: When,
    /// Where it stands among the others: never before what came before it in the record, and never later than it
    /// was told, so that a claimed future cannot outlast what is told next.
    pub place: Option<DateTime<Utc>>,
}

/// An end or a new beginning, and who hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PageTurn {
    /// When.
    pub point: Point,
    /// Which.
    pub turn: Turn,
    /// Whether somebody said so who may speak to the company and the public: only then their pages follow.
    pub spoken: bool,
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
    const VERSION: u32 = 6;

    fn wants(event: &E) -> bool {
        life::concerns(event)
            || Holders::concerns(event)
            || matches!(event, E::StatusUpdated(_) | E::ComponentRenamed(_) | E::PageDescribed(_))
    }

    fn apply(&mut self, entry: &Entry<'_>) {
        let shown = !entry.is_redacted();
        match (&*entry.event, &self.life) {
            (E::StatusUpdated(e), _) => {
                if let Some(title) = e.title.as_ref().filter(|_| !entry.is_passed_over()) {
                    let title = shown.then(|| title.clone());
                    self.titles.push((e.audience, GivenTitle { title, edited_at: None }));
                }
                // What an audience was told stays on its page even when it is taken back, marked as such.
                let point = self.point(entry, None);
                self.updates.push((e.audience, point, update(entry, e)));
            }
            (E::PageDescribed(e), _) if !entry.is_passed_over() => self.describe(entry, e),
            // What is erased renames nothing: its names are gone.
            (E::ComponentRenamed(e), _) if shown => {
                self.renamed.push((entry.recorded.recorded_at, e.clone()));
            }
            (E::Declared(e), None) => {
                self.declared = Some(DeclaredName {
                    tier: e.tier,
                    title: shown.then(|| e.title.clone()),
                    edited_at: title_edited_at(entry, &e.title),
                });
                self.drill = e.drill;
            }
            (event, _) => self.roles.apply(event),
        }
        match entry.lived(&mut self.life, || entry.id) {
            Some(life::Turn::Tier(tier)) => {
                let point = self.point(entry, self.tiers.last().map(|(point, _)| *point));
                self.tiers.push((point, tier));
            }
            Some(life::Turn::Ended) => self.turn(entry, self.ending()),
            Some(life::Turn::Reopened) => self.turn(entry, Turn::Reopened),
            None => {}
        }
    }
}

impl CasePages {
    /// What an audience calls it, if it was given a name for it.
    pub fn title(&self, tier: Tier) -> Option<GivenTitle> {
        let given = self.titles.iter().rev().find(|(audience, _)| *audience == tier);
        given.map(|(_, given)| given.clone()).or_else(|| {
            let declared = self.declared.as_ref().filter(|declared| declared.tier >= tier)?;
            Some(GivenTitle { title: declared.title.clone(), edited_at: declared.edited_at })
        })
    }

    /// What an audience reads of it apart from the updates.
    pub fn summary(&self, tier: Tier) -> Option<&PageSummary> {
        self.summaries.iter().rev().find(|(audience, _)| *audience == tier).map(|(_, summary)| summary)
    }

    fn describe(&mut self, entry: &Entry<'_>, e: &PageDescribed) {
        let shown = !entry.is_redacted();
        let recorded_at = entry.recorded.recorded_at;
        if let Some(title) = &e.title {
            let title = shown.then(|| title.clone());
            self.titles.push((e.audience, GivenTitle { title, edited_at: Some(recorded_at) }));
        }
        if let Some(summary) = &e.summary {
            let text = shown.then(|| summary.clone());
            let summary = PageSummary { text, told: entry.occurred, recorded_at, event: entry.id };
            self.summaries.push((e.audience, summary));
        }
        // What is erased names no component any more; how they fared by it is not known.
        if shown && !e.components.is_empty() {
            let point = self.point(entry, None);
            self.described.push(Described {
                audience: e.audience,
                point,
                behind: self.updates.len(),
                components: e.components.clone(),
            });
        }
    }

    /// What an audience knows it by. An id is made of the title; the public reads none that was not written for it.
    pub fn name_for(&self, tier: Tier, incident: &IncidentId) -> IncidentId {
        let for_public = self.declared.as_ref().is_some_and(|declared| declared.tier == Tier::Public);
        if tier == Tier::Public && !for_public { incident.without_words() } else { incident.clone() }
    }

    /// Whether an audience was told anything of it.
    pub(super) fn has_told(&self, tier: Tier) -> bool {
        self.updates.iter().any(|(audience, ..)| *audience == tier)
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

    fn turn(&mut self, entry: &Entry<'_>, turn: Turn) {
        let actor = &entry.recorded.cause.actor;
        // A history that is told as a whole was lived by others, elsewhere.
        let spoken = actor.is_import() || self.roles.acts_as(actor, &SPEAKERS, &Namesakes::default());
        let point = self.point(entry, self.turns.last().map(|last| last.point));
        self.turns.push(PageTurn { point, turn, spoken });
    }

    /// When it happened, but not before what came before it.
    fn point(&mut self, entry: &Entry<'_>, before: Option<Point>) -> Point {
        let told = entry.occurred.at().map(|at| at.min(entry.recorded.recorded_at));
        let place = told.or(self.latest);
        self.latest = self.latest.max(place);
        match before {
            Some(before) if told.is_some() && before.place > place => before,
            Some(before) => Point { at: entry.occurred, place: place.max(before.place) },
            None => Point { at: entry.occurred, place },
        }
    }
}

fn update(entry: &Entry<'_>, e: &StatusUpdated) -> PageUpdate {
    let told = Attribution::of(entry);
    let shown = !entry.is_redacted();
    let first_published = entry.recorded.cause.occurred;
    let late = first_published.at().is_some_and(|at| told.recorded_at - at > LATE);
    PageUpdate {
        event: told.event,
        published: told.occurred,
        recorded_at: told.recorded_at,
        recorded_late: late,
        status: e.status,
        title: e.title.clone().filter(|_| shown),
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
