//! A page.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use scribe_domain::event::words::ComponentStatus;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::text::{Label, Text, Title};
use scribe_domain::values::{ComponentState, Phase, Tier};
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use super::case::CasePages;
use super::shown::Shown;
use super::uptime::{self, Stretch};
use crate::amended::AmendmentKind;
use crate::runner::per_incident::PerIncident;

/// What every incident put on the pages.
pub type StatusPages = PerIncident<CasePages>;

/// How many days back a page looks, unless told.
pub const DAYS: u32 = 90;

/// What one audience sees.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct StatusPage {
    /// Whose page it is.
    pub tier: Tier,
    /// The moment that it shows, and that ages are counted to.
    pub asked_at: DateTime<Utc>,
    /// How many days back it looks.
    pub days: u32,
    /// The worst state of any component.
    pub overall: ComponentState,
    /// Every component that this audience was ever told of.
    pub components: Vec<PageComponent>,
    /// What is going on, the newest first.
    pub open: Vec<PageIncident>,
    /// What is over, the newest first.
    pub past: Vec<PageIncident>,
    /// What stood here until its tier was lowered. Not shown to readers of the page, but kept.
    pub withdrawn: Vec<PageIncident>,
    /// How uptime is computed.
    pub uptime_rule: &'static str,
}

/// How a component fares.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct PageComponent {
    /// Its name.
    pub component: Label,
    /// The worst that an open incident's last word on it says.
    pub state: ComponentState,
    /// Per cent of the days looked back on, to four decimals.
    pub uptime_percent: f64,
    /// Seconds of major outage.
    pub major_outage_seconds: i64,
    /// Seconds of partial outage, where nothing worse was told.
    pub partial_outage_seconds: i64,
    /// Seconds of degraded performance, where nothing worse was told.
    pub degraded_seconds: i64,
}

/// An incident as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PageIncident {
    /// The incident.
    pub incident: IncidentId,
    /// What it is called; absent when that was redacted.
    pub title: Option<Title>,
    /// When its title was last put right, if it was.
    pub title_edited_at: Option<DateTime<Utc>>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Since when it stands on this page.
    pub since: When,
    /// The status last told, or `investigating` where nothing was; `resolved` once it is over.
    pub status: Phase,
    /// How it ended, if it is over.
    pub end: Option<PageEnd>,
    /// When it was taken off this page, if it was.
    pub withdrawn: Option<When>,
    /// The components it named, as last told.
    pub components: Vec<ComponentStatus>,
    /// What this audience was told, the newest first.
    pub updates: Vec<PageUpdate>,
}

/// How an incident ended on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PageEnd {
    /// How.
    pub how: PageEnding,
    /// When.
    pub at: When,
}

/// How an incident ended on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageEnding {
    /// The audience was told that it is resolved.
    Told,
    /// It was resolved or closed, whether or not this audience was told.
    Resolved,
    /// It was declared in error.
    Cancelled,
    /// It goes on as part of another.
    Merged,
}

/// What an audience was told, word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PageUpdate {
    /// Which event says so.
    pub event: EventId,
    /// When it was published.
    pub published: When,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether it was recorded so long after it was published that nobody could have read it here then.
    pub recorded_late: bool,
    /// The status it was told under.
    pub status: Phase,
    /// The words; absent when they were redacted.
    pub text: Option<Text>,
    /// The components it named.
    pub components: Vec<ComponentStatus>,
    /// What was done to it afterwards, and when.
    pub edits: Vec<PageEdit>,
    /// What it said first, if it has been put right since.
    pub first: Option<FirstTold>,
}

/// What an update said before it was put right: the first telling is never lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FirstTold {
    /// When it was said to have been published.
    pub published: When,
    /// The status it was told under.
    pub status: Phase,
    /// The words.
    pub text: Text,
    /// The components it named.
    pub components: Vec<ComponentStatus>,
}

/// What was done to an update after it was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PageEdit {
    /// What.
    #[schemars(with = "String")]
    pub kind: AmendmentKind,
    /// When.
    pub at: DateTime<Utc>,
}

impl StatusPages {
    /// What one audience sees, looking back [`DAYS`] days.
    pub fn page(&self, tier: Tier, asked_at: DateTime<Utc>) -> StatusPage {
        self.page_within(tier, asked_at, DAYS)
    }

    /// What one audience sees, looking back as many days as told.
    pub fn page_within(&self, tier: Tier, asked_at: DateTime<Utc>, days: u32) -> StatusPage {
        let from =
            asked_at.checked_sub_signed(TimeDelta::days(i64::from(days))).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let (mut open, mut past, mut withdrawn) = (Vec::new(), Vec::new(), Vec::new());
        let mut components: BTreeMap<Label, Vec<Stretch>> = BTreeMap::new();
        for (incident, case) in self.iter() {
            let Some(shown) = Shown::on(tier, case) else {
                continue;
            };
            if !case.drill {
                for (component, stretches) in shown.stretches() {
                    components.entry(component).or_default().extend(stretches);
                }
            }
            let view = shown.view(incident);
            let recent = |when: Option<When>| when.and_then(|when| when.at()).is_some_and(|at| at >= from);
            match (&view.withdrawn, &view.end) {
                (Some(at), _) if recent(Some(*at)) => withdrawn.push(view),
                (None, Some(end)) if recent(Some(end.at)) => past.push(view),
                (None, None) => open.push(view),
                _ => {}
            }
        }
        for list in [&mut open, &mut past, &mut withdrawn] {
            list.sort_by_key(|view| Reverse(view.since.at()));
        }
        let components: Vec<PageComponent> = components
            .into_iter()
            .map(|(component, stretches)| uptime::component(component, &stretches, from, asked_at))
            .collect();
        let overall = components.iter().map(|c| c.state).max().unwrap_or(ComponentState::Operational);
        let uptime_rule = uptime::RULE;
        StatusPage { tier, asked_at, days, overall, components, open, past, withdrawn, uptime_rule }
    }
}

impl PageUpdate {
    /// When it was published or, where nobody knows, when that was recorded.
    pub(super) fn moment(&self) -> DateTime<Utc> {
        self.published.at().unwrap_or(self.recorded_at)
    }

    /// The same, with its precision.
    pub(super) fn known(&self) -> When {
        match self.published {
            When::Unknown => When::second(self.recorded_at),
            known @ When::At(..) => known,
        }
    }
}
