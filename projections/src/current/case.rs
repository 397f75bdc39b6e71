//! One incident as it stands.

use std::collections::BTreeMap;

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::people::PageTarget;
use scribe_domain::incident::life::{self, Life};
use scribe_domain::incident::roles::Holders;
use scribe_domain::names::Name;
use scribe_domain::text::{Label, Text, Title};
use scribe_domain::values::{Phase, Tier};
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use crate::actions::CaseActions;
use crate::amended::Entry;
use crate::holds::CaseHolds;
use crate::runner::attribution::Attribution;
use crate::runner::per_incident::IncidentFold;
use crate::runs::CaseRuns;
use crate::runs::stages::CaseStages;

/// One incident as it stands, as far as the board shows it: little is left of one that is over.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Case {
    /// How and when it was declared; an incident without this is not shown.
    pub declared: Option<Declaration>,
    /// Where it stands in its life.
    pub life: Option<Life<Attribution>>,
    /// Who holds which role.
    pub roles: Holders,
    /// The last update for each audience.
    pub updates: BTreeMap<Tier, Box<LastStatus>>,
    /// Alerts that fire, by the monitoring's own identity of them.
    #[serde(with = "pairs")]
    pub alerts: BTreeMap<(Label, Label), Box<Alert>>,
    /// When each alert was last said to have stopped: its end may be told before its beginning.
    #[serde(with = "pairs")]
    pub stopped: BTreeMap<(Label, Label), When>,
    /// Impacts that have not ended, by number.
    pub impacts: BTreeMap<u32, Box<OpenImpact>>,
    /// Times of which evidence is missing still, by number.
    pub gaps: BTreeMap<u32, Box<OpenGap>>,
    /// Pages that nobody answered, by number.
    pub pages: BTreeMap<u32, Box<UnansweredPage>>,
    /// How far its runs have come.
    pub runs: CaseStages,
    /// Its open actions and follow-ups.
    pub actions: CaseActions,
    /// Its deploy holds.
    pub holds: CaseHolds,
}

/// How an incident was declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// What it is called; absent when that was redacted.
    pub title: Option<Title>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// When, and by whom.
    pub told: Attribution,
}

/// The status that an audience was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastStatus {
    /// The status.
    pub status: Phase,
    /// When, and by whom.
    pub told: Attribution,
}

/// An alert that fires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Alert {
    /// Which monitoring.
    pub source: Label,
    /// The alert's name.
    pub alert: Label,
    /// What it says.
    pub summary: Option<Text>,
    /// When it fired.
    pub told: Attribution,
}

/// Users are hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OpenImpact {
    /// Its number.
    pub impact: u32,
    /// How; absent when that was redacted.
    pub text: Option<Text>,
    /// What is affected.
    pub components: Vec<Name>,
    /// Who is hit, and how many.
    pub who: Option<Text>,
    /// When it began.
    pub told: Attribution,
}

/// Evidence is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OpenGap {
    /// Its number.
    pub gap: u32,
    /// What is missing; absent when that was redacted.
    pub text: Option<Text>,
    /// Since when, and on whose word.
    pub told: Attribution,
}

/// A page that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UnansweredPage {
    /// Its number.
    pub page: u32,
    /// Who was called.
    pub whom: PageTarget,
    /// What for.
    pub why: Option<Text>,
    /// When.
    pub told: Attribution,
}

impl IncidentFold for Case {
    const NAME: &'static str = "current";
    const VERSION: u32 = 7;

    fn wants(event: &E) -> bool {
        life::concerns(event)
            || Holders::concerns(event)
            || matches!(
                event,
                E::Paged(_)
                    | E::PageAcknowledged(_)
                    | E::StatusUpdated(_)
                    | E::AlertFired(_)
                    | E::AlertResolved(_)
                    | E::ImpactStarted(_)
                    | E::ImpactEnded(_)
                    | E::EvidenceGapStarted(_)
                    | E::EvidenceGapEnded(_)
            )
            || CaseRuns::wants(event)
            || CaseActions::wants(event)
            || CaseHolds::wants(event)
    }

    fn apply(&mut self, entry: &Entry<'_>) {
        if entry.is_retracted() {
            return;
        }
        self.runs.apply(entry);
        self.actions.apply(entry);
        self.holds.apply(entry);
        self.apply_life(entry);
        self.apply_people(entry);
        self.apply_signals(entry);
    }
}

impl Case {
    fn apply_life(&mut self, entry: &Entry<'_>) {
        if let (None, E::Declared(e)) = (&self.life, &*entry.event) {
            let shown = !entry.is_redacted();
            let title = shown.then(|| e.title.clone());
            self.declared = Some(Declaration { title, drill: e.drill, told: Attribution::of(entry) });
        }
        entry.lived(&mut self.life, || Attribution::of(entry));
    }

    fn apply_people(&mut self, entry: &Entry<'_>) {
        match &*entry.event {
            event if Holders::concerns(event) => self.roles.apply(event),
            E::Paged(e) => {
                let why = e.why.clone().filter(|_| !entry.is_redacted());
                let page =
                    UnansweredPage { page: e.page, whom: e.whom.clone(), why, told: Attribution::of(entry) };
                self.pages.insert(e.page, Box::new(page));
            }
            E::PageAcknowledged(e) => {
                self.pages.remove(&e.page);
            }
            _ => {}
        }
    }

    fn apply_signals(&mut self, entry: &Entry<'_>) {
        let shown = !entry.is_redacted();
        match &*entry.event {
            E::StatusUpdated(e) => {
                let update = LastStatus { status: e.status, told: Attribution::of(entry) };
                if update.told.follows(self.updates.get(&e.audience).map(|last| &last.told)) {
                    self.updates.insert(e.audience, Box::new(update));
                }
            }
            E::AlertFired(e) => {
                let key = (e.source.clone(), e.fingerprint.clone().unwrap_or_else(|| e.alert.clone()));
                // Its end may have been told before.
                let fired = entry.occurred.at();
                if self.stopped.get(&key).is_some_and(|stopped| fired.is_some() && stopped.at() >= fired) {
                    return;
                }
                let summary = e.summary.clone().filter(|_| shown);
                let alert = Alert {
                    source: e.source.clone(),
                    alert: e.alert.clone(),
                    summary,
                    told: Attribution::of(entry),
                };
                self.alerts.insert(key, Box::new(alert));
            }
            E::AlertResolved(e) => {
                let key = (e.source.clone(), e.fingerprint.clone().unwrap_or_else(|| e.alert.clone()));
                let stopped = entry.occurred;
                // What fired again since fires on.
                let ends = |alert: &Alert| {
                    alert.told.occurred.at().zip(stopped.at()).is_none_or(|(fired, stopped)| fired <= stopped)
                };
                if self.alerts.get(&key).is_some_and(|alert| ends(alert)) {
                    self.alerts.remove(&key);
                }
                let last = self.stopped.entry(key).or_insert(stopped);
                if last.at() < stopped.at() {
                    *last = stopped;
                }
            }
            E::ImpactStarted(e) => {
                let impact = OpenImpact {
                    impact: e.impact,
                    text: shown.then(|| e.text.clone()),
                    components: e.components.clone(),
                    who: e.who.clone().filter(|_| shown),
                    told: Attribution::of(entry),
                };
                self.impacts.insert(e.impact, Box::new(impact));
            }
            E::ImpactEnded(e) => {
                self.impacts.remove(&e.impact);
            }
            E::EvidenceGapStarted(e) => {
                let text = shown.then(|| e.text.clone());
                let gap = OpenGap { gap: e.gap, text, told: Attribution::of(entry) };
                self.gaps.insert(e.gap, Box::new(gap));
            }
            E::EvidenceGapEnded(e) => {
                self.gaps.remove(&e.gap);
            }
            _ => {}
        }
    }
}

/// A map as a list of pairs, since JSON's keys are texts.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Vec::<(K, V)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}
