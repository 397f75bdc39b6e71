//! The internal edition: everything.

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::evidence::ChangeLinked;
use scribe_domain::ids::IncidentId;
use scribe_domain::incident::life;
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::Recorded;
use scribe_domain::text::{Label, Text};
use scribe_domain::values::{ChangeRelation, Phase, Severity, Tier};
use serde::Serialize;

use super::links::{LinkLine, links};
use super::lived::Lived;
use super::metrics::MetricDefinitions;
use super::open_ends::{GapLine, WorkaroundLine, gaps, workarounds};
use super::participants::{Participant, participants};
use super::parts::{
    Answer, CauseLine, FollowUpLine, Hit, HoldLine, ImpactLine, Reopening, ReviewLine, Step, Update, answers,
    causes, follow_ups, hit, holds, impacts, reopenings, review, severities, tiers, updates,
};
use super::points::{Metric, Points};
use super::statement::Statement;
use crate::amended::{Entry, Name, entries, in_order_of_occurrence};
use crate::question::AsOf;
use crate::relations::{KnownRisk, RelationLine, relations, risks};
use crate::roles::{RoleHistory, RoleLine};
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::IncidentFold;
use crate::runs::CaseRuns;
use crate::runs::audit::RunView;
use crate::timeline::{Filter, Timeline, TimelineEntry};

/// A postmortem for the company.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct InternalEdition {
    /// What the incident is called.
    #[serde(flatten)]
    pub name: Name,
    /// The moment asked about, if it was not now.
    #[serde(default, skip_serializing_if = "AsOf::is_now")]
    pub as_of: AsOf,
    /// The moment that ages are counted to.
    pub asked_at: DateTime<Utc>,
    /// How it stands.
    pub situation: Situation,
    /// What was first said of it.
    pub summary: Option<Text>,
    /// How it was noticed, in the words of whoever declared it.
    pub detected_by: Option<Label>,
    /// What happened, as somebody wrote it, and then the six retrospective questions.
    pub review: Vec<Answer>,
    /// Who writes the review, and whom it was shown to.
    pub review_state: ReviewLine,
    /// What happened, composed from the record.
    pub composed: Vec<Statement>,
    /// The zone of the times in these sentences.
    pub composed_zone: &'static str,
    /// When users were hit.
    pub impacts: Vec<ImpactLine>,
    /// How long they were hit in all, if every beginning and end is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit: Option<Hit>,
    /// Each time that it was over and then was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reopenings: Vec<Reopening>,
    /// What is recorded as the cause.
    pub causes: Vec<CauseLine>,
    /// The points that are known.
    pub points: Points,
    /// The metrics between them.
    pub metrics: Vec<Metric>,
    /// Whom it concerned.
    pub tiers: Vec<Step<Tier>>,
    /// How bad it was.
    pub severities: Vec<Step<Severity>>,
    /// Who held which role.
    pub roles: Vec<RoleLine>,
    /// Who joined.
    pub participants: Vec<Participant>,
    /// When deploys were held.
    pub holds: Vec<HoldLine>,
    /// What was told to whom.
    pub told: Vec<Update>,
    /// Who proposed, approved and ran what.
    pub runs: Vec<RunView>,
    /// What was promised for afterwards.
    pub follow_ups: Vec<FollowUpLine>,
    /// What helped for a while, and was not to stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workarounds: Vec<WorkaroundLine>,
    /// Times of which evidence is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<GapLine>,
    /// Risks that were known before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<KnownRisk>,
    /// What it has to do with other incidents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<RelationLine>,
    /// Where there is more.
    pub links: Vec<LinkLine>,
    /// Every event.
    pub timeline: Vec<TimelineEntry>,
    /// Changes made to end it.
    #[serde(skip)]
    pub(super) fixes: Vec<(ChangeLinked, Attribution)>,
}

/// How an incident stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Situation {
    /// Where the response stands.
    pub phase: Phase,
    /// How it ended, if it did.
    pub outcome: Outcome,
    /// Since when users are no longer hit, if they aren't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigated: Option<Attribution>,
    /// When it last turned out that it was not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Attribution>,
}

/// How an incident ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Outcome {
    /// No end is recorded.
    #[default]
    Open,
    /// It is over.
    Resolved {
        /// How it ended.
        summary: Option<Text>,
        /// When, and on whose word.
        told: Attribution,
        /// When its review was done, if it is.
        closed: Option<Attribution>,
    },
    /// It was declared in error.
    Cancelled {
        /// How that was found out; none where that is erased.
        why: Option<Text>,
        /// When, and on whose word.
        told: Attribution,
    },
    /// It is part of another.
    Merged {
        /// That one.
        into: IncidentId,
        /// When, and on whose word.
        told: Attribution,
    },
}

impl InternalEdition {
    pub(super) fn of(
        history: &[Recorded],
        as_of: &AsOf,
        metrics: &MetricDefinitions,
        asked_at: DateTime<Utc>,
    ) -> Self {
        let entries = entries(history, as_of);
        let lived = Lived::of(&entries);
        let name = Name::of(history, &entries);
        let declared = entries.iter().filter(|entry| entry.counts()).find_map(|entry| match &*entry.event {
            E::Declared(e) => Some(e.clone()),
            _ => None,
        });
        let runs = CaseRuns::of(&entries);
        let runs = name.incident.iter().flat_map(|incident| {
            runs.runs
                .iter()
                .map(move |(number, run)| RunView::of(incident, *number, run, &Namesakes::default()))
        });
        let points = Points::of(&lived);
        let timeline = Timeline::of(history, as_of, &Filter::default());
        let impacts = impacts(&lived);
        let ordered = in_order_of_occurrence(entries.clone());
        Self {
            as_of: *as_of,
            asked_at,
            situation: Situation::of(&lived),
            summary: declared.as_ref().and_then(|e| e.summary.clone()),
            detected_by: declared.and_then(|e| e.detected_by),
            review: answers(&entries),
            review_state: review(&entries),
            composed: Vec::new(),
            composed_zone: "UTC",
            hit: hit(&lived, &impacts),
            impacts,
            reopenings: reopenings(&entries),
            causes: causes(&entries),
            metrics: points.metrics(metrics),
            points,
            tiers: tiers(&entries),
            severities: severities(&entries),
            roles: RoleHistory::of(history, as_of).roles,
            holds: holds(&entries),
            runs: runs.collect(),
            follow_ups: follow_ups(&entries, asked_at),
            workarounds: workarounds(&entries),
            gaps: gaps(&entries),
            risks: risks(&entries),
            relations: relations(&entries),
            timeline: timeline.entries,
            fixes: fixes(&entries),
            participants: participants(&ordered),
            links: links(&ordered),
            told: updates(&ordered),
            name,
        }
    }
}

impl Situation {
    fn of(lived: &Lived<'_>) -> Self {
        Self {
            phase: lived.life.as_ref().map_or(Phase::Investigating, |life| life.phase),
            outcome: Outcome::of(lived),
            mitigated: lived.mitigated().map(Attribution::of),
            reopened: lived.reopened().map(Attribution::of),
        }
    }
}

impl Outcome {
    fn of(lived: &Lived<'_>) -> Self {
        let (Some(life), Some(last)) = (&lived.life, lived.ended()) else { return Self::Open };
        let told = Attribution::of(last);
        // The end of what is closed is that of its resolution, if there was one.
        let end = lived.resolution().unwrap_or(last);
        match &life.situation {
            life::Situation::Open => Self::Open,
            life::Situation::Resolved => Self::Resolved { summary: said(end), told, closed: None },
            life::Situation::Closed => {
                Self::Resolved { summary: said(end), told: Attribution::of(end), closed: Some(told) }
            }
            life::Situation::Cancelled => Self::Cancelled { why: said(last), told },
            life::Situation::MergedInto(into) => Self::Merged { into: into.clone(), told },
        }
    }
}

/// What was said of an incident when it ended; nothing where that is erased.
fn said(end: &Entry<'_>) -> Option<Text> {
    let text = match end.event.as_ref() {
        E::Resolved(e) => e.summary.clone(),
        E::Closed(e) => e.summary.clone(),
        E::Cancelled(e) => Some(e.why.clone()),
        _ => None,
    };
    text.filter(|_| !end.is_redacted())
}

fn fixes(entries: &[Entry<'_>]) -> Vec<(ChangeLinked, Attribution)> {
    let fix = |entry: &Entry<'_>| match entry.event.as_ref() {
        E::ChangeLinked(e) if e.relation == ChangeRelation::Fix => Some((e.clone(), Attribution::of(entry))),
        _ => None,
    };
    entries.iter().filter(|entry| entry.counts()).filter_map(fix).collect()
}
