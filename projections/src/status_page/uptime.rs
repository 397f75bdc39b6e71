//! How long components were down.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scribe_domain::names::Name;
use scribe_domain::values::ComponentState;
use serde::Serialize;

/// How uptime is computed, for readers.
pub(super) const RULE: &str = "From what this audience was told: 100 % less the time of major outage and \
    0.3 times that of partial outage. A component fares as the last update that named it said, until its \
    incident is over or off this page; of several incidents the worst counts. Time of which nothing was told \
    counts as operational, and so does a time whose beginning or end nobody knows.";

/// How a component fares.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct PageComponent {
    /// Its name.
    pub component: Name,
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

/// A stretch of time in which one incident had a component in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) state: ComponentState,
    /// None if nobody knows.
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) until: Until,
}

/// Until when something was so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// It is so still.
    GoesOn,
    /// Until then.
    At(DateTime<Utc>),
    /// It is over, and nobody knows since when.
    Unknown,
}

/// How a component fares and fared from `from` until `asked_at`, given every incident's stretches.
pub(super) fn component(
    component: Name,
    stretches: &[Stretch],
    from: DateTime<Utc>,
    asked_at: DateTime<Utc>,
) -> PageComponent {
    let state =
        stretches.iter().filter(|stretch| stretch.until == Until::GoesOn).map(|stretch| stretch.state).max();
    let seconds = seconds(stretches, from, asked_at);
    let of = |state| seconds.get(&state).copied().unwrap_or(0);
    let (major, partial) = (of(ComponentState::MajorOutage), of(ComponentState::PartialOutage));
    PageComponent {
        component,
        state: state.unwrap_or(ComponentState::Operational),
        uptime_percent: percent(major, partial, (asked_at - from).num_seconds()),
        major_outage_seconds: major,
        partial_outage_seconds: partial,
        degraded_seconds: of(ComponentState::Degraded),
    }
}

/// Seconds in each state, the worst of the stretches that overlap.
fn seconds(
    stretches: &[Stretch],
    from: DateTime<Utc>,
    asked_at: DateTime<Utc>,
) -> BTreeMap<ComponentState, i64> {
    // Where some stretch begins or ends, the number of stretches in its state changes.
    let mut edges: BTreeMap<DateTime<Utc>, Vec<(ComponentState, bool)>> = BTreeMap::new();
    for stretch in stretches {
        let Some(begin) = stretch.from.map(|begin| begin.max(from)) else { continue };
        let end = match stretch.until {
            Until::GoesOn => asked_at,
            Until::At(at) => at.min(asked_at),
            Until::Unknown => continue,
        };
        if begin < end {
            edges.entry(begin).or_default().push((stretch.state, true));
            edges.entry(end).or_default().push((stretch.state, false));
        }
    }
    let mut running: BTreeMap<ComponentState, usize> = BTreeMap::new();
    let mut seconds = BTreeMap::new();
    let mut since = from;
    for (at, changes) in edges {
        if let Some((worst, _)) = running.last_key_value() {
            *seconds.entry(*worst).or_default() += (at - since).num_seconds();
        }
        since = at;
        for (state, begins) in changes {
            let count = running.entry(state).or_default();
            *count = if begins { *count + 1 } else { count.saturating_sub(1) };
            if *count == 0 {
                running.remove(&state);
            }
        }
    }
    seconds
}

/// Per cent to four decimals, cut rather than rounded: what was ever down never shows as 100.
fn percent(major: i64, partial: i64, window: i64) -> f64 {
    let window = i128::from(window.max(1)) * 10;
    let down = i128::from(major) * 10 + i128::from(partial) * 3;
    let up = ((window - down).max(0) * 1_000_000) / window;
    // At most a million, which an f64 holds exactly.
    f64::from(u32::try_from(up).unwrap_or(1_000_000)) / 10_000.0
}
