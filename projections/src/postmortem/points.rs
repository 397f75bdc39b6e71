//! Points in an incident's life, and the metrics between them.
//!
//! Each point is one event, so that each metric can name its two. A milestone that people set wins over what
//! is derived from other events; what was told before a reopening does not end what came after it.

use std::collections::BTreeMap;

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::ids::EventId;
use scribe_domain::milestone::Milestone;
use scribe_domain::names::Name;
use scribe_domain::values::{ChangeKind, ChangeRelation, Role, Tier};
use scribe_domain::when::When;
use serde::Serialize;

use super::lived::Lived;
use super::metrics::{MetricDefinition, MetricDefinitions, PointName, Told};
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
    /// Others that are known, by name: `first_page`, `custom:data_restored`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, Point>")]
    pub others: BTreeMap<PointName, Point>,
}

/// A length of time between two points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Metric {
    /// What it is called.
    pub name: Name,
    /// The names of its two ends.
    pub between: [PointName; 2],
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
    /// The points that an incident's life tells.
    pub(super) fn of(lived: &Lived<'_>) -> Self {
        let mut milestones: BTreeMap<Milestone, Point> = BTreeMap::new();
        let mut first: BTreeMap<PointName, Point> = BTreeMap::new();
        let mut points = Self::default();
        for entry in lived.told() {
            let point = |what: String| Point { at: entry.occurred, what, event: entry.id };
            let mut sooner = |name: PointName, what: String| {
                let known = first.remove(&name);
                first.extend(earliest(known.into_iter().chain([point(what)])).map(|point| (name, point)));
            };
            match entry.event.as_ref() {
                // That these happened, and when, is known even if their words are erased.
                E::Declared(_) => points.declared = points.declared.or(Some(point("declaration".into()))),
                E::Reopened(_) => {
                    milestones
                        .retain(|known, _| !matches!(known, Milestone::Mitigated | Milestone::Resolved));
                }
                E::MilestoneSet(e) => {
                    milestones.insert(e.milestone.clone(), point("milestone".into()));
                }
                E::AlertFired(e) => {
                    let what = if entry.is_redacted() {
                        "alert fired".into()
                    } else {
                        format!("alert {} fired", e.alert)
                    };
                    sooner(Told::FirstAlert.into(), what);
                }
                E::ChangeLinked(e) if (e.relation, e.kind) == (ChangeRelation::Fix, ChangeKind::Deploy) => {
                    points.fix_deployed = Some(point("deployment of a fix".into()));
                }
                E::ImpactStarted(e) => {
                    sooner(Milestone::ImpactStarted.into(), format!("impact {} began", e.impact));
                }
                E::Paged(e) => sooner(Told::FirstPage.into(), format!("page {}", e.page)),
                E::PageAcknowledged(e) => {
                    sooner(Milestone::Acknowledged.into(), format!("page {} answered", e.page));
                }
                E::RoleAssigned(e) if e.role == Role::IncidentCommander => {
                    sooner(Told::CommandTaken.into(), "command taken".into());
                }
                E::RoleHandedOff(e) if e.role == Role::IncidentCommander => {
                    sooner(Told::CommandTaken.into(), "command taken".into());
                }
                E::Upgraded(e) => sooner(Told::Upgraded.into(), format!("tier raised to {}", e.to)),
                E::StatusUpdated(e) => {
                    let what = || format!("update for the {} page", e.audience);
                    sooner(Told::FirstUpdate.into(), what());
                    match e.audience {
                        Tier::Engineering => {}
                        Tier::Internal => sooner(Told::FirstInternalUpdate.into(), what()),
                        Tier::Public => sooner(Told::FirstPublicUpdate.into(), what()),
                    }
                }
                E::CauseNamed(_) => sooner(Told::CauseNamed.into(), "cause named".into()),
                E::ReviewPublished(e) => {
                    sooner(Told::ReviewPublished.into(), format!("review shown ({})", e.audience));
                }
                _ => {}
            }
        }
        let of = |entry: &Entry<'_>, what: String| Point { at: entry.occurred, what, event: entry.id };
        let mitigated = lived.mitigated().map(|entry| match entry.event.as_ref() {
            E::ImpactEnded(e) => of(entry, format!("impact {} ended", e.impact)),
            _ => of(entry, "mitigation".into()),
        });
        let resolved = lived.resolution().map(|entry| match entry.event.as_ref() {
            E::Resolved(_) => of(entry, "resolution".into()),
            _ => of(entry, "closing".into()),
        });
        let closed = lived.ended().filter(|entry| matches!(*entry.event, E::Closed(_)));
        first.extend(closed.map(|entry| (Told::Closed.into(), of(entry, "closing".into()))));

        let mut set = |milestone| milestones.remove(&milestone);
        let mut derived = |milestone: Milestone| first.remove(&milestone.into());
        points.impact_started = set(Milestone::ImpactStarted).or(derived(Milestone::ImpactStarted));
        points.acknowledged = set(Milestone::Acknowledged).or(derived(Milestone::Acknowledged));
        points.repair_started = set(Milestone::RepairStarted);
        points.fix_deployed = set(Milestone::FixDeployed).or(points.fix_deployed);
        points.mitigated = set(Milestone::Mitigated).or(mitigated);
        points.resolved = set(Milestone::Resolved).or(resolved);
        let noticed = [set(Milestone::Detected), first.get(&Told::FirstAlert.into()).cloned()];
        points.detected = earliest(noticed.into_iter().flatten().chain(points.declared.clone()));
        points.others = first;
        points.others.extend(milestones.into_iter().map(|(milestone, point)| (milestone.into(), point)));
        points
    }

    /// The point of this name, if it is known.
    pub fn get(&self, name: &PointName) -> Option<&Point> {
        match name {
            PointName::Told(Told::Declared) => self.declared.as_ref(),
            PointName::Milestone(Milestone::ImpactStarted) => self.impact_started.as_ref(),
            PointName::Milestone(Milestone::Detected) => self.detected.as_ref(),
            PointName::Milestone(Milestone::Acknowledged) => self.acknowledged.as_ref(),
            PointName::Milestone(Milestone::RepairStarted) => self.repair_started.as_ref(),
            PointName::Milestone(Milestone::FixDeployed) => self.fix_deployed.as_ref(),
            PointName::Milestone(Milestone::Mitigated) => self.mitigated.as_ref(),
            PointName::Milestone(Milestone::Resolved) => self.resolved.as_ref(),
            PointName::Milestone(Milestone::Custom(_)) | PointName::Told(_) => self.others.get(name),
        }
    }

    /// Each point with its name, in the order in which a well-behaved incident passes them; of the others those that
    /// people set.
    pub fn named(&self) -> Vec<(String, Option<&Point>)> {
        let known = [
            Milestone::ImpactStarted.into(),
            Milestone::Detected.into(),
            Told::Declared.into(),
            Milestone::Acknowledged.into(),
            Milestone::RepairStarted.into(),
            Milestone::FixDeployed.into(),
            Milestone::Mitigated.into(),
            Milestone::Resolved.into(),
        ];
        let usual = known.map(|name: PointName| (name.spoken(), self.get(&name)));
        let own = self.others.iter().filter(|(name, _)| matches!(name, PointName::Milestone(_)));
        usual.into_iter().chain(own.map(|(name, point)| (name.spoken(), Some(point)))).collect()
    }

    /// These metrics, whether or not the record answers them.
    pub fn metrics(&self, definitions: &MetricDefinitions) -> Vec<Metric> {
        definitions.iter().map(|definition| self.measured(definition)).collect()
    }

    fn measured(&self, definition: &MetricDefinition) -> Metric {
        let [from, to] = definition.between.each_ref().map(|name| self.get(name));
        let length = from.zip(to).and_then(|(from, to)| length(from.at, to.at));
        Metric {
            name: definition.name.clone(),
            between: definition.between.clone(),
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
