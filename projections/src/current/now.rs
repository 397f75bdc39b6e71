//! One incident now, in full.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use scribe_domain::actor::Person;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::{Position, Revision};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::Recorded;
use scribe_domain::text::{Label, Locator, Text};
use scribe_domain::values::{LinkKind, Phase, Tier, Verdict};
use serde::Serialize;

use super::board::BoardLine;
use super::case::{Alert, Case, OpenGap, OpenImpact, UnansweredPage};
use crate::actions::{Action, FollowUp, Workaround};
use crate::amended::{Entry, entries};
use crate::holds::Hold;
use crate::question::AsOf;
use crate::relations::{KnownRisk, RelationLine, relations, risks};
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::IncidentFold;
use crate::runs::CaseRuns;
use crate::runs::audit::RunView;

/// One incident now: its line on the board, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct IncidentNow {
    /// The moment that ages are counted to.
    pub asked_at: DateTime<Utc>,
    /// Its line on the board.
    #[serde(flatten)]
    pub line: BoardLine,
    /// What was known when it was declared.
    pub declared_summary: Option<Text>,
    /// How it was noticed.
    pub detected_by: Option<Label>,
    /// The latest summary.
    pub summary: Option<SummaryNow>,
    /// Why it happened, as far as is known.
    pub causes: Vec<CauseNow>,
    /// Guesses at the cause.
    pub hypotheses: Vec<HypothesisNow>,
    /// Who has joined and not left.
    pub present: Vec<Person>,
    /// The last update for each audience, in its words.
    pub last_updates: Vec<AudienceUpdate>,
    /// Open actions.
    pub actions: Vec<Action>,
    /// Every run.
    pub runs: Vec<RunView>,
    /// Deploy holds.
    pub deploy_holds: Vec<Hold>,
    /// Impacts that have not ended.
    pub impacts: Vec<OpenImpact>,
    /// Times of which evidence is missing still.
    pub gaps: Vec<OpenGap>,
    /// Workarounds that are not reverted.
    #[serde(rename = "workarounds_to_revert")]
    pub workarounds: Vec<Workaround>,
    /// What it has to do with other incidents.
    pub relations: Vec<RelationLine>,
    /// Risks that were known before.
    pub risks: Vec<KnownRisk>,
    /// Alerts that fire.
    pub alerts: Vec<Alert>,
    /// Pages that nobody answered.
    pub pages: Vec<UnansweredPage>,
    /// What is linked.
    pub links: Vec<LinkNow>,
    /// Open follow-ups.
    pub follow_ups: Vec<FollowUp>,
    /// Who writes the review.
    pub review: Option<ReviewNow>,
    /// Whether anything of the review is written.
    pub is_reviewed: bool,
}

/// The latest summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SummaryNow {
    /// What is going on.
    pub status: Text,
    /// The cause as understood then.
    pub cause: Option<Text>,
    /// What comes next.
    pub plan: Option<Text>,
    /// When, and by whom.
    pub told: Attribution,
}

/// A cause that was named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct CauseNow {
    /// The cause.
    pub text: Text,
    /// When, and by whom.
    pub told: Attribution,
}

/// A guess at the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HypothesisNow {
    /// Its number.
    pub hypothesis: u32,
    /// The guess; absent when that was redacted.
    pub text: Option<Text>,
    /// How it ended, if it has.
    pub verdict: Option<Verdict>,
    /// What showed it.
    pub finding: Option<Text>,
    /// When it was raised, and by whom.
    pub told: Attribution,
}

/// The last thing that an audience was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LastUpdate {
    /// The status it was told under.
    pub status: Phase,
    /// The words; absent when they were redacted.
    pub text: Option<Text>,
    /// When, and by whom.
    pub told: Attribution,
}

/// The last update for an audience, in its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AudienceUpdate {
    /// The audience.
    pub audience: Tier,
    /// What it was told.
    #[serde(flatten)]
    pub update: LastUpdate,
}

/// Something useful elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LinkNow {
    /// What kind of thing.
    pub kind: LinkKind,
    /// Where.
    pub at: Locator,
    /// What it is called.
    pub title: Option<Label>,
    /// When it was linked, and by whom.
    pub told: Attribution,
}

/// Who writes the review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ReviewNow {
    /// Who.
    pub owner: Person,
    /// By when.
    pub due: Option<NaiveDate>,
    /// When that was assigned, and by whom.
    pub told: Attribution,
}

impl IncidentNow {
    /// One incident as of some moment, from its history; none if it was not declared by then.
    pub fn of(history: &[Recorded], as_of: &AsOf, asked_at: DateTime<Utc>) -> Option<Self> {
        let entries = entries(history, as_of);
        let case = Case::of(&entries);
        let more = More::of(&entries);
        let head = history.iter().take_while(|recorded| as_of.had_recorded(recorded)).last()?;
        let line = BoardLine::of(&head.incident, &case, head.revision, head.position, asked_at)?;
        Some(Self {
            asked_at,
            declared_summary: more.declared_summary,
            detected_by: more.detected_by,
            summary: more.summary,
            causes: more.causes,
            hypotheses: more.hypotheses.into_values().collect(),
            present: more.present.into_iter().collect(),
            last_updates: more
                .updates
                .into_iter()
                .map(|(audience, update)| AudienceUpdate { audience, update })
                .collect(),
            actions: case.actions.open.into_values().map(|action| *action).collect(),
            runs: CaseRuns::of(&entries)
                .runs
                .iter()
                .map(|(number, run)| RunView::of(&head.incident, *number, run, &Namesakes::default()))
                .collect(),
            deploy_holds: case.holds.taken.into_values().map(|hold| *hold).collect(),
            impacts: case.impacts.into_values().map(|impact| *impact).collect(),
            gaps: case.gaps.into_values().map(|gap| *gap).collect(),
            workarounds: case.actions.workarounds.into_values().map(|workaround| *workaround).collect(),
            relations: relations(&entries),
            risks: risks(&entries),
            alerts: case.alerts.into_values().map(|alert| *alert).collect(),
            pages: case.pages.into_values().map(|page| *page).collect(),
            links: more.links,
            follow_ups: case.actions.follow_ups.into_values().map(|promised| *promised).collect(),
            review: more.review,
            is_reviewed: more.is_reviewed,
            line,
        })
    }

    /// Its revision as of that moment, by the recorded clock.
    pub fn revision(&self) -> Revision {
        self.line.revision
    }

    /// The position of its last event as of that moment.
    pub fn position(&self) -> Position {
        self.line.position
    }
}

/// What one incident's page shows beyond the board; not kept for every incident of the record.
#[derive(Debug, Clone, Default)]
struct More {
    declared_summary: Option<Text>,
    detected_by: Option<Label>,
    updates: BTreeMap<Tier, LastUpdate>,
    summary: Option<SummaryNow>,
    causes: Vec<CauseNow>,
    hypotheses: BTreeMap<u32, HypothesisNow>,
    present: BTreeSet<Person>,
    links: Vec<LinkNow>,
    review: Option<ReviewNow>,
    is_reviewed: bool,
}

impl More {
    fn of(entries: &[Entry<'_>]) -> Self {
        let mut more = Self::default();
        for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
            more.apply_told(entry);
            if entry.counts() {
                more.apply(entry);
            }
        }
        more
    }

    /// What shows that it was told, also where its words are erased.
    fn apply_told(&mut self, entry: &Entry<'_>) {
        let shown = !entry.is_redacted();
        match &*entry.event {
            E::Declared(e) => {
                self.declared_summary = e.summary.clone().filter(|_| shown);
                self.detected_by = e.detected_by.clone().filter(|_| shown);
            }
            E::StatusUpdated(e) => {
                let told = Attribution::of(entry);
                if told.follows(self.updates.get(&e.audience).map(|last| &last.told)) {
                    let text = shown.then(|| e.text.clone());
                    self.updates.insert(e.audience, LastUpdate { status: e.status, text, told });
                }
            }
            E::ReviewSectionWritten(_) => self.is_reviewed = true,
            // An erased summary leaves a gap, and not the one that it replaced.
            E::Summarised(_)
                if !shown
                    && self
                        .summary
                        .as_ref()
                        .is_none_or(|last| last.told.moment() <= Attribution::of(entry).moment()) =>
            {
                self.summary = None;
            }
            // What an erased event did stands.
            E::HypothesisRaised(e) => {
                let hypothesis = HypothesisNow {
                    hypothesis: e.hypothesis,
                    text: shown.then(|| e.text.clone()),
                    verdict: None,
                    finding: None,
                    told: Attribution::of(entry),
                };
                self.hypotheses.insert(e.hypothesis, hypothesis);
            }
            E::HypothesisSettled(e) => {
                if let Some(hypothesis) = self.hypotheses.get_mut(&e.hypothesis) {
                    hypothesis.verdict = Some(e.verdict);
                    hypothesis.finding = e.finding.clone().filter(|_| shown);
                }
            }
            E::Joined(e) => {
                self.present.insert(e.who.clone());
            }
            E::Left(e) => {
                self.present.remove(&e.who);
            }
            _ => {}
        }
    }

    fn apply(&mut self, entry: &Entry<'_>) {
        let told = Attribution::of(entry);
        match &*entry.event {
            E::Summarised(e)
                // A summary recorded late must not hide a newer one.
                if self.summary.as_ref().is_none_or(|last| last.told.moment() <= told.moment()) =>
            {
                self.summary = Some(SummaryNow {
                    status: e.status.clone(),
                    cause: e.cause.clone(),
                    plan: e.plan.clone(),
                    told,
                });
            }
            E::CauseNamed(e) => self.causes.push(CauseNow { text: e.text.clone(), told }),
            E::Linked(e) => self.links.push(LinkNow {
                kind: e.kind,
                at: e.at.clone(),
                title: e.title.clone(),
                told,
            }),
            E::ReviewAssigned(e) => {
                self.review = Some(ReviewNow { owner: e.owner.clone(), due: e.due, told });
            }
            _ => {}
        }
    }
}
