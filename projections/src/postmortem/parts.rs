//! What the editions are made of: each part is a small fold over the incident's entries.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use scribe_domain::actor::{Person, Who};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::words::ComponentStatus;
use scribe_domain::ids::EventId;
use scribe_domain::incident::hits::Span;
use scribe_domain::names::Name;
use scribe_domain::text::{Label, Text};
use scribe_domain::values::{ChangeRelation, Phase, ReviewSection, Severity, Tier};
use scribe_domain::when::{Precision, When};
use serde::Serialize;

use super::lived::Lived;
use super::points::length;
use crate::amended::{AmendmentKind, Entry};
use crate::runner::attribution::Attribution;
use crate::timeline::EntryStanding;

/// A time in which users were hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ImpactLine {
    /// Its number.
    pub impact: u32,
    /// How they were hit; none where that is erased.
    pub text: Option<Text>,
    /// What was affected.
    pub components: Vec<Name>,
    /// Who was hit.
    pub who: Option<Text>,
    /// When it began.
    pub from: When,
    /// When it ended; none if that is not recorded.
    pub until: Option<When>,
    /// Whether that is when it was mitigated, and no end of its own was told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_mitigation: bool,
    /// How long it lasted, where both times are known; negative where they contradict each other.
    pub seconds: Option<i64>,
    /// Whether either time is only about right.
    pub about: bool,
    /// What showed its end.
    pub ended_by: Option<Text>,
    /// The events that tell its beginning and end.
    pub cites: Vec<EventId>,
}

/// How long users were hit in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Hit {
    /// Seconds, counting none twice.
    pub seconds: i64,
    /// When they were hit first.
    pub from: When,
    /// When they were hit last.
    pub until: When,
}

/// It was over, and then it was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Reopening {
    /// When it was resolved, and on whose word.
    pub over: Attribution,
    /// What showed that it was not over; none where that is erased.
    pub why: Option<Text>,
    /// When that was said, and by whom.
    pub reopened: Attribution,
}

/// A change of tier or severity; the first comes with the declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Step<T> {
    /// From; none at the declaration.
    pub from: Option<T>,
    /// To.
    pub to: T,
    /// Why.
    pub why: Option<Text>,
    /// When, and on whose word.
    pub told: Attribution,
}

/// Something that is recorded as the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct CauseLine {
    /// The cause, or the change that is said to be it; none where that is erased.
    pub text: Option<String>,
    /// Whether this is a change that was linked as the cause, and not the cause in words.
    pub is_change: bool,
    /// When, and on whose word.
    pub told: Attribution,
    /// The event itself and the evidence that it names.
    pub cites: Vec<EventId>,
}

/// What an audience was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Update {
    /// Whom.
    pub audience: Tier,
    /// The status it was told under.
    pub status: Phase,
    /// The exact words as corrected; none where they are erased.
    pub text: Option<Text>,
    /// How each named component fares.
    pub components: Vec<ComponentStatus>,
    /// Whether it stands as it was told.
    pub standing: EntryStanding,
    /// When it was published, and by whom.
    pub told: Attribution,
}

/// One of the review's sections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Answer {
    /// Which.
    pub section: ReviewSection,
    /// The words; none if nobody has written them, or they are erased.
    pub text: Option<Text>,
    /// Whether they are erased.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// Whether the public edition may carry it.
    pub public: bool,
    /// When, and by whom.
    pub told: Option<Attribution>,
    /// The evidence that it names.
    pub cites: Vec<EventId>,
}

/// Something to do after the incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FollowUpLine {
    /// Its number.
    pub follow_up: u32,
    /// What to do; none where that is erased.
    pub text: Option<Text>,
    /// Who.
    pub owner: Option<Label>,
    /// By when.
    pub due: Option<NaiveDate>,
    /// Who promised it.
    pub committed_by: Option<Person>,
    /// When it was agreed, and by whom.
    pub agreed: Attribution,
    /// How it was done; none if it isn't.
    pub done: Option<Done>,
    /// Whole days since it was agreed.
    pub age_days: i64,
    /// Whole days since it should have been done; none if it is done or not due. A date is over when its day
    /// is over in UTC.
    pub overdue_days: Option<i64>,
}

/// How a follow-up was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Done {
    /// What came of it.
    pub outcome: Option<Text>,
    /// When, and on whose word.
    pub told: Attribution,
}

/// A deploy hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HoldLine {
    /// What was held.
    pub scope: Name,
    /// Who held it.
    pub by: Who,
    /// When it was taken.
    pub taken: Attribution,
    /// When it was released; none if that is not recorded.
    pub released: Option<Attribution>,
}

/// Who writes the review, and whom it was shown to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
pub struct ReviewLine {
    /// Who writes it.
    pub owner: Option<Person>,
    /// Whether that is erased.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// By when.
    pub due: Option<NaiveDate>,
    /// When it was shown, and to whom.
    pub published: Vec<(Tier, Attribution)>,
}

/// Every impact, by when it began. One that has no end of its own ended when users were no longer hit. What is erased
/// of them was so all the same; only its words are gone.
pub(super) fn impacts(lived: &Lived<'_>) -> Vec<ImpactLine> {
    let mut impacts: BTreeMap<u32, ImpactLine> = BTreeMap::new();
    for entry in lived.told() {
        let shown = !entry.is_redacted();
        match entry.event.as_ref() {
            E::ImpactStarted(e) => {
                let began = ImpactLine {
                    impact: e.impact,
                    text: shown.then(|| e.text.clone()),
                    components: if shown { e.components.clone() } else { Vec::new() },
                    who: e.who.clone().filter(|_| shown),
                    from: entry.occurred,
                    until: None,
                    by_mitigation: false,
                    seconds: None,
                    about: false,
                    ended_by: None,
                    cites: vec![entry.id],
                };
                impacts.entry(e.impact).or_insert(began);
            }
            E::ImpactEnded(e) => {
                if let Some(line) = impacts.get_mut(&e.impact) {
                    line.until = Some(entry.occurred);
                    line.ended_by = e.text.clone().filter(|_| shown);
                    line.cites.push(entry.id);
                }
            }
            _ => {}
        }
    }
    let spans: BTreeMap<u32, Span> = lived.life.iter().flat_map(|life| life.hits.spans()).collect();
    for line in impacts.values_mut() {
        if line.until.is_none() {
            line.until = spans.get(&line.impact).and_then(|(_, until)| *until);
            line.by_mitigation = line.until.is_some();
        }
        let length = line.until.and_then(|until| length(line.from, until));
        line.seconds = length.map(|(seconds, _)| seconds);
        line.about = length.is_some_and(|(_, about)| about);
    }
    let mut impacts: Vec<ImpactLine> = impacts.into_values().collect();
    impacts.sort_by_key(|line| line.from.at());
    impacts
}

/// How long users were hit in all, and from when to when, each as precisely as it was told.
pub(super) fn hit(lived: &Lived<'_>, impacts: &[ImpactLine]) -> Option<Hit> {
    let (seconds, window) = lived.life.as_ref()?.hits.total()?;
    let times = || impacts.iter().flat_map(|impact| [Some(impact.from), impact.until]).flatten();
    let told = |at: DateTime<Utc>| match times().find(|when| when.at() == Some(at)) {
        Some(when) => when,
        // Seconds that nobody told are not shown.
        None if at.timestamp() % 60 == 0 => When::At(at, Precision::Minute),
        None => When::second(at),
    };
    let [from, until] = window.map(told);
    Some(Hit { seconds, from, until })
}

/// Each time that it was over and then was not.
pub(super) fn reopenings(entries: &[Entry<'_>]) -> Vec<Reopening> {
    let mut over: Option<Attribution> = None;
    let mut reopenings = Vec::new();
    for entry in entries {
        let told = Attribution::of(entry);
        match entry.event.as_ref() {
            E::Resolved(_) => over = over.or(Some(told)),
            E::Reopened(e) => {
                if let Some(over) = over.take() {
                    let why = Some(e.why.clone()).filter(|_| !entry.is_redacted());
                    reopenings.push(Reopening { over, why, reopened: told });
                }
            }
            _ => {}
        }
    }
    reopenings
}

pub(super) fn tiers(entries: &[Entry<'_>]) -> Vec<Step<Tier>> {
    steps(entries, |event| match event {
        E::Declared(e) => Some((None, e.tier, None)),
        E::Upgraded(e) => Some((Some(e.from), e.to, e.why.clone())),
        E::Downgraded(e) => Some((Some(e.from), e.to, e.why.clone())),
        _ => None,
    })
}

pub(super) fn severities(entries: &[Entry<'_>]) -> Vec<Step<Severity>> {
    steps(entries, |event| match event {
        E::Declared(e) => Some((None, e.severity, None)),
        E::SeverityChanged(e) => Some((Some(e.from), e.to, e.why.clone())),
        _ => None,
    })
}

fn steps<T>(
    entries: &[Entry<'_>],
    read: impl Fn(&E) -> Option<(Option<T>, T, Option<Text>)>,
) -> Vec<Step<T>> {
    let step = |entry: &Entry<'_>| {
        // An erased event still raised the tier; only why is gone.
        let (from, to, why) = read(&entry.event)?;
        Some(Step { from, to, why: why.filter(|_| !entry.is_redacted()), told: Attribution::of(entry) })
    };
    entries.iter().filter(|entry| !entry.is_retracted()).filter_map(step).collect()
}

pub(super) fn causes(entries: &[Entry<'_>]) -> Vec<CauseLine> {
    let cause = |entry: &Entry<'_>| {
        let shown = !entry.is_redacted();
        match entry.event.as_ref() {
            E::CauseNamed(e) => Some(CauseLine {
                text: shown.then(|| e.text.to_string()),
                is_change: false,
                told: Attribution::of(entry),
                cites: std::iter::once(entry.id).chain(e.cites.iter().copied().filter(|_| shown)).collect(),
            }),
            E::ChangeLinked(e) if e.relation == ChangeRelation::Cause => Some(CauseLine {
                text: shown.then(|| e.title.to_string()),
                is_change: true,
                told: Attribution::of(entry),
                cites: vec![entry.id],
            }),
            _ => None,
        }
    };
    entries.iter().filter(|entry| !entry.is_retracted()).filter_map(cause).collect()
}

/// What was told, in order of when it was published.
pub(super) fn updates(ordered: &[Entry<'_>]) -> Vec<Update> {
    let update = |entry: &Entry<'_>| match entry.event.as_ref() {
        E::StatusUpdated(e) => Some(Update {
            audience: e.audience,
            status: e.status,
            text: Some(e.text.clone()).filter(|_| !entry.is_redacted()),
            components: if entry.is_redacted() { Vec::new() } else { e.components.clone() },
            standing: standing(entry),
            told: Attribution::of(entry),
        }),
        _ => None,
    };
    ordered.iter().filter_map(update).collect()
}

fn standing(entry: &Entry<'_>) -> EntryStanding {
    let has = |kind| entry.amendments.iter().any(|amendment| amendment.kind == kind);
    match () {
        () if has(AmendmentKind::Redacted) => EntryStanding::Erased,
        () if has(AmendmentKind::Retracted) => EntryStanding::Retracted,
        () if has(AmendmentKind::Corrected) => EntryStanding::Corrected,
        () => EntryStanding::Told,
    }
}

/// Every section, written or not, in order; a later one replaces an earlier one.
pub(super) fn answers(entries: &[Entry<'_>]) -> Vec<Answer> {
    // Where the latest is erased there is a gap: an older one was replaced for some reason.
    let latest = |section: ReviewSection| {
        let mut told = entries.iter().rev().filter(|entry| !entry.is_passed_over());
        told.find_map(|entry| match entry.event.as_ref() {
            E::ReviewSectionWritten(e) if e.section == section => Some(Answer {
                section,
                text: Some(e.text.clone()).filter(|_| !entry.is_redacted()),
                erased: entry.is_redacted(),
                public: e.public,
                told: Some(Attribution::of(entry)),
                cites: e.cites.clone(),
            }),
            _ => None,
        })
    };
    let unwritten =
        |section| Answer { section, text: None, erased: false, public: false, told: None, cites: Vec::new() };
    ReviewSection::ALL.iter().map(|section| latest(*section).unwrap_or_else(|| unwritten(*section))).collect()
}

pub(super) fn follow_ups(entries: &[Entry<'_>], asked_at: DateTime<Utc>) -> Vec<FollowUpLine> {
    let mut lines: BTreeMap<u32, FollowUpLine> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
        let told = Attribution::of(entry);
        match entry.event.as_ref() {
            E::FollowUpAgreed(e) => {
                let line = FollowUpLine {
                    follow_up: e.follow_up,
                    text: Some(e.text.clone()).filter(|_| !entry.is_redacted()),
                    owner: e.owner.clone(),
                    due: e.due,
                    committed_by: e.committed_by.clone(),
                    age_days: (asked_at - told.moment()).num_days(),
                    overdue_days: e
                        .due
                        .map(|due| (asked_at.date_naive() - due).num_days())
                        .filter(|d| *d > 0),
                    agreed: told,
                    done: None,
                };
                lines.insert(e.follow_up, line);
            }
            E::FollowUpFinished(e) => {
                if let Some(line) = lines.get_mut(&e.follow_up) {
                    let outcome = e.outcome.clone().filter(|_| !entry.is_redacted());
                    line.done = Some(Done { outcome, told });
                    line.overdue_days = None;
                }
            }
            _ => {}
        }
    }
    lines.into_values().collect()
}

pub(super) fn holds(entries: &[Entry<'_>]) -> Vec<HoldLine> {
    let mut holds: Vec<HoldLine> = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
        match entry.event.as_ref() {
            E::DeployHoldTaken(e) => {
                let is_held = |hold: &&HoldLine| hold.released.is_none() && hold.scope == e.scope;
                // Whoever has it cannot take it once more.
                if !holds.iter().filter(is_held).any(|hold| hold.by == e.by) {
                    holds.push(HoldLine {
                        scope: e.scope.clone(),
                        by: e.by.clone(),
                        taken: Attribution::of(entry),
                        released: None,
                    });
                }
            }
            E::DeployHoldReleased(e) => {
                let held = holds.iter_mut().filter(|hold| hold.scope == e.scope);
                for hold in held.filter(|hold| hold.released.is_none()) {
                    hold.released = Some(Attribution::of(entry));
                }
            }
            _ => {}
        }
    }
    holds
}

pub(super) fn review(entries: &[Entry<'_>]) -> ReviewLine {
    let mut review = ReviewLine::default();
    for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
        let shown = !entry.is_redacted();
        match entry.event.as_ref() {
            E::ReviewAssigned(e) => {
                review.owner = Some(e.owner.clone()).filter(|_| shown);
                review.due = e.due.filter(|_| shown);
                review.erased = !shown;
            }
            E::ReviewPublished(e) => review.published.push((e.audience, Attribution::of(entry))),
            _ => {}
        }
    }
    review
}
