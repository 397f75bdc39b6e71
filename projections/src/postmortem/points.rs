//! Points in an incident's life, and the metrics between them.
//!
//! Each point is one event, so that each metric can name its two. A milestone that people set wins over what
//! is derived from other events; what was told before a reopening does not end what came after it.

use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::EventId;
use scribe_domain::incident::life::Life;
use scribe_domain::values::{ChangeKind, ChangeRelation, Milestone};
use scribe_domain::when::When;
use serde::Serialize;

use crate::amended::Entry;

/// A point in an incident's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Point {
    /// When.
    pub at: When,
    /// What marks it: `alert EndpointConnectionError fired`.
    pub what: String,
    /// The event.
    pub event: EventId,
}

/// The points that are known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
pub struct Points {
    /// Users began to be hit.
    pub impact_started: Option<Point>,
    /// Somebody or something noticed: the earliest of the milestone, the alerts and the declaration.
    pub detected: Option<Point>,
    /// It was declared.
    pub declared: Option<Point>,
    /// A responder took it on.
    pub acknowledged: Option<Point>,
    /// Work on a fix began.
    pub repair_started: Option<Point>,
    /// A fix was in place.
    pub fix_deployed: Option<Point>,
    /// Users were no longer hit.
    pub mitigated: Option<Point>,
    /// It was over.
    pub resolved: Option<Point>,
}

/// A length of time between two points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Metric {
    /// What it measures.
    pub name: &'static str,
    /// Where it begins; none if that is not recorded.
    pub from: Option<Point>,
    /// Where it ends; none if that is not recorded.
    pub to: Option<Point>,
    /// Its length; none unless both times are known, the first before the second.
    pub seconds: Option<i64>,
    /// Whether its end came before its beginning, so that it has no length.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_of_order: bool,
    /// Whether either time is only about right.
    pub about: bool,
}

impl Points {
    /// The points that these entries tell, which are in the record's order.
    pub fn of(entries: &[Entry<'_>]) -> Self {
        use IncidentEvent as E;
        let mut milestones: [Option<Point>; Milestone::ALL.len()] = Default::default();
        let mut points = Self::default();
        let mut alerts: Vec<Point> = Vec::new();
        let mut life: Option<Life<Point>> = None;
        for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
            let point = |what: String| Point { at: entry.occurred, what, event: entry.id };
            let ends = || match entry.event.as_ref() {
                E::ImpactEnded(e) => point(format!("impact {} ended", e.impact)),
                _ => point("mitigation".into()),
            };
            entry.lived(&mut life, ends);
            match entry.event.as_ref() {
                // That these happened, and when, is known even if their words are erased.
                E::Declared(_) => points.declared = points.declared.or(Some(point("declaration".into()))),
                E::Resolved(_) => points.resolved = Some(point("resolution".into())),
                E::Reopened(_) => {
                    points.resolved = None;
                    for milestone in [Milestone::Mitigated, Milestone::Resolved] {
                        milestones[milestone as usize] = None;
                    }
                }
                E::MilestoneSet(e) => milestones[e.milestone as usize] = Some(point("milestone".into())),
                E::AlertFired(_) if entry.is_redacted() => alerts.push(point("alert fired".into())),
                E::AlertFired(e) => alerts.push(point(format!("alert {} fired", e.alert))),
                E::ChangeLinked(e) if (e.relation, e.kind) == (ChangeRelation::Fix, ChangeKind::Deploy) => {
                    points.fix_deployed = Some(point("deployment of a fix".into()));
                }
                E::ImpactStarted(e) => {
                    let began = point(format!("impact {} began", e.impact));
                    points.impact_started = earliest(points.impact_started.take().into_iter().chain([began]));
                }
                E::PageAcknowledged(e) => {
                    let answered = point(format!("page {} answered", e.page));
                    points.acknowledged = earliest(points.acknowledged.take().into_iter().chain([answered]));
                }
                _ => {}
            }
        }
        points.mitigated = life.and_then(|life| life.mitigated().cloned());
        let mut set = |milestone: Milestone| milestones[milestone as usize].take();
        points.impact_started = set(Milestone::ImpactStarted).or(points.impact_started);
        points.acknowledged = set(Milestone::Acknowledged).or(points.acknowledged);
        points.repair_started = set(Milestone::RepairStarted);
        points.fix_deployed = set(Milestone::FixDeployed).or(points.fix_deployed);
        points.mitigated = set(Milestone::Mitigated).or(points.mitigated);
        points.resolved = set(Milestone::Resolved).or(points.resolved);
        points.detected =
            earliest(set(Milestone::Detected).into_iter().chain(alerts).chain(points.declared.clone()));
        points
    }

    /// Each point with its name, in the order in which a well-behaved incident passes them.
    pub fn named(&self) -> [(&'static str, Option<&Point>); 8] {
        [
            ("impact started", self.impact_started.as_ref()),
            ("detected", self.detected.as_ref()),
            ("declared", self.declared.as_ref()),
            ("acknowledged", self.acknowledged.as_ref()),
            ("repair started", self.repair_started.as_ref()),
            ("fix deployed", self.fix_deployed.as_ref()),
            ("mitigated", self.mitigated.as_ref()),
            ("resolved", self.resolved.as_ref()),
        ]
    }

    /// The metrics that can be asked of any incident, whether or not the record answers them.
    pub fn metrics(&self) -> Vec<Metric> {
        let [began, detected, declared, repair] =
            [&self.impact_started, &self.detected, &self.declared, &self.repair_started].map(Option::as_ref);
        let [acknowledged, mitigated, resolved] =
            [&self.acknowledged, &self.mitigated, &self.resolved].map(Option::as_ref);
        vec![
            Metric::between("impact start to detection", began, detected),
            Metric::between("impact start to mitigation", began, mitigated),
            Metric::between("impact start to resolution", began, resolved),
            Metric::between("detection to declaration", detected, declared),
            Metric::between("detection to repair start", detected, repair),
            Metric::between("detection to mitigation", detected, mitigated),
            Metric::between("detection to resolution", detected, resolved),
            Metric::between("declaration to acknowledgement", declared, acknowledged),
            Metric::between("declaration to mitigation", declared, mitigated),
            Metric::between("declaration to resolution", declared, resolved),
        ]
    }
}

impl Metric {
    fn between(name: &'static str, from: Option<&Point>, to: Option<&Point>) -> Self {
        let length = from.zip(to).and_then(|(from, to)| length(from.at, to.at));
        Self {
            name,
            from: from.cloned(),
            to: to.cloned(),
            seconds: length.map(|(seconds, _)| seconds).filter(|seconds| *seconds >= 0),
            out_of_order: length.is_some_and(|(seconds, _)| seconds < 0),
            about: length.is_some_and(|(_, about)| about),
        }
    }
}

/// How many seconds lie between two times, and whether that is only about right.
pub(super) fn length(from: When, to: When) -> Option<(i64, bool)> {
    let seconds = (to.at()? - from.at()?).num_seconds();
    let about = |when: When| !when.is_exact();
    Some((seconds, about(from) || about(to)))
}

/// The earliest whose time is known, or else the first.
fn earliest(points: impl Iterator<Item = Point>) -> Option<Point> {
    points.min_by_key(|point| (point.at.at().is_none(), point.at.at()))
}
