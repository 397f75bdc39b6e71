//! A page.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use scribe_domain::names::Name;
use scribe_domain::values::{ComponentState, Tier};
use serde::Serialize;

use super::case::StatusPages;
use super::incident::PageIncident;
use super::renames::Renames;
use super::shown::Shown;
use super::uptime::{self, PageComponent, Stretch};

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
    /// How uptime is computed.
    pub uptime_rule: &'static str,
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
        let (mut open, mut past) = (Vec::new(), Vec::new());
        let mut components: BTreeMap<Name, Vec<Stretch>> = BTreeMap::new();
        let renames = Renames::on(tier, self.iter().map(|(_, case)| case));
        for (incident, case) in self.iter() {
            let Some(shown) = Shown::on(tier, case, self, &renames) else {
                continue;
            };
            if !case.drill {
                for (component, stretches) in shown.stretches() {
                    components.entry(component).or_default().extend(stretches);
                }
            }
            let view = shown.view(incident);
            if shown.is_withdrawn() {
                // No audience sees what was taken from it, in no form; the page as it stood then still shows it.
                continue;
            }
            // Of one that ended nobody knows when, it is known when it was last told of.
            match &view.end {
                None => open.push(view),
                Some(end) if end.at.at().or(shown.latest()).is_some_and(|at| at >= from) => past.push(view),
                Some(_) => {}
            }
        }
        for list in [&mut open, &mut past] {
            list.sort_by_key(|view| Reverse(view.since.at()));
        }
        let components: Vec<PageComponent> = components
            .into_iter()
            .map(|(component, stretches)| uptime::component(component, &stretches, from, asked_at))
            .collect();
        let overall = components.iter().map(|c| c.state).max().unwrap_or(ComponentState::Operational);
        let uptime_rule = uptime::RULE;
        StatusPage { tier, asked_at, days, overall, components, open, past, uptime_rule }
    }
}
