//! One incident as one page shows it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scribe_domain::event::words::ComponentStatus;
use scribe_domain::ids::IncidentId;
use scribe_domain::names::Name;
use scribe_domain::values::{ComponentState, Phase, Tier};
use scribe_domain::when::When;

use super::case::{CasePages, Turn};
use super::incident::{PageEnd, PageEnding, PageIncident, PageUpdate};
use super::renames::Renames;
use super::uptime::Stretch;
use crate::amended::AmendmentKind;

/// One incident as one page shows it.
pub(super) struct Shown<'a> {
    case: &'a CasePages,
    renames: &'a Renames<'a>,
    /// What this audience was told, the earliest first.
    updates: Vec<&'a PageUpdate>,
    /// Since when it stands, or stood, on the page.
    since: When,
    /// When it came on the page and when it went off it.
    presence: Vec<(When, bool)>,
}

impl<'a> Shown<'a> {
    /// The incident on this tier's page; none if it never stood there.
    pub(super) fn on(tier: Tier, case: &'a CasePages, renames: &'a Renames<'a>) -> Option<Self> {
        let mut updates: Vec<&PageUpdate> =
            case.updates.iter().filter(|(audience, _)| *audience == tier).map(|(_, update)| update).collect();
        updates.sort_by_key(|update| update.moment());
        let mut presence: Vec<(When, bool)> = Vec::new();
        for (at, reached) in &case.tiers {
            let here = *reached >= tier;
            if presence.last().map_or(here, |(_, was)| *was != here) {
                presence.push((*at, here));
            }
        }
        let mut since = presence.first()?.0;
        if case.drill && tier > Tier::Engineering {
            // Whoever posted it there chose to tell them.
            let first = updates.first()?;
            since = first.known();
        }
        Some(Self { case, renames, updates, since, presence })
    }

    pub(super) fn view(&self, incident: &IncidentId) -> PageIncident {
        let end = self.end();
        let last = self.standing().last();
        let status = match (&end, last) {
            (Some(_), _) => Phase::Resolved,
            (None, Some(last)) => last.status,
            (None, None) => Phase::Investigating,
        };
        let going_on = self.stretches().into_iter().filter_map(|(component, stretches)| {
            let state = stretches.iter().filter(|it| it.until.is_none()).map(|it| it.state).max()?;
            Some(ComponentStatus { component, state })
        });
        let mut updates: Vec<PageUpdate> = self.updates.iter().map(|update| (*update).clone()).collect();
        updates.reverse();
        PageIncident {
            incident: incident.clone(),
            title: self.case.title.clone(),
            title_edited_at: self.case.title_edited_at,
            drill: self.case.drill,
            since: self.since,
            status,
            end,
            withdrawn: self.presence.last().filter(|(_, here)| !here).map(|(at, _)| *at),
            components: going_on.collect(),
            updates,
        }
    }

    /// How each component that was named fared, when, by what it is called now.
    pub(super) fn stretches(&self) -> BTreeMap<Name, Vec<Stretch>> {
        let mut components: BTreeMap<Name, Vec<Stretch>> = BTreeMap::new();
        let end_all = |components: &mut BTreeMap<Name, Vec<Stretch>>, at: DateTime<Utc>| {
            for stretches in components.values_mut() {
                end_last(stretches, at);
            }
        };
        let (mut here, mut over) = (false, false);
        for (at, change) in self.changes() {
            match change {
                Change::Presence(now) => here = now,
                Change::Turn(turn) => over = matches!(turn, Turn::Ended(_)),
                Change::Update(update) if update.status == Phase::Resolved => {
                    name(&mut components, update);
                    end_all(&mut components, at);
                }
                Change::Update(update) => {
                    name(&mut components, update);
                    if here && !over {
                        for named in &update.components {
                            let stretches = components.entry(named.component.clone()).or_default();
                            end_last(stretches, at);
                            if named.state != ComponentState::Operational {
                                stretches.push(Stretch { state: named.state, from: at, until: None });
                            }
                        }
                    }
                }
            }
            if !here || over {
                end_all(&mut components, at);
            }
        }
        let mut renamed: BTreeMap<Name, Vec<Stretch>> = BTreeMap::new();
        for (component, stretches) in components {
            renamed.entry(self.renames.now(&component)).or_default().extend(stretches);
        }
        renamed
    }

    /// Everything that changes what the page says, by when it did.
    fn changes(&self) -> Vec<(DateTime<Utc>, Change<'a>)> {
        let at = |when: When| when.at().unwrap_or(DateTime::<Utc>::MIN_UTC);
        let case = self.case;
        let mut changes: Vec<(DateTime<Utc>, Change<'a>)> =
            self.presence.iter().map(|(when, here)| (at(*when), Change::Presence(*here))).collect();
        changes.extend(case.turns.iter().map(|(when, turn)| (at(*when), Change::Turn(*turn))));
        // A time told to the minute may lie before the upgrade that made the update possible.
        let first = self.presence.first().map_or(DateTime::<Utc>::MIN_UTC, |(when, _)| at(*when));
        changes.extend(self.standing().map(|update| (update.moment().max(first), Change::Update(update))));
        // Stable: at the same moment it comes on the page before it is told of or over.
        changes.sort_by_key(|(at, _)| *at);
        changes
    }

    /// What still counts of what this audience was told.
    fn standing(&self) -> impl DoubleEndedIterator<Item = &'a PageUpdate> {
        self.updates
            .iter()
            .copied()
            .filter(|update| !update.edits.iter().any(|edit| edit.kind == AmendmentKind::Retracted))
    }

    /// How it ended for this audience: as the record has it, or as it was told, whichever came first.
    fn end(&self) -> Option<PageEnd> {
        let turn = self.case.turns.last();
        let recorded = turn.and_then(|(at, turn)| match turn {
            Turn::Ended(how) => Some(PageEnd { how: *how, at: *at }),
            Turn::Reopened => None,
        });
        let told = self.standing().last().filter(|last| {
            let reopened =
                turn.is_some_and(|(at, turn)| *turn == Turn::Reopened && at.at() >= Some(last.moment()));
            last.status == Phase::Resolved && !reopened
        });
        match (recorded, told) {
            (Some(end), _) if end.how != PageEnding::Resolved => Some(end),
            (Some(end), Some(told)) if end.at.at() < Some(told.moment()) => Some(end),
            (_, Some(told)) => Some(PageEnd { how: PageEnding::Told, at: told.known() }),
            (end, None) => end,
        }
    }
}

/// Something that changes what a page says.
enum Change<'a> {
    /// It came on the page, or went off it.
    Presence(bool),
    /// It was over, or not.
    Turn(Turn),
    /// The audience was told something.
    Update(&'a PageUpdate),
}

/// Even a component that always worked is one that this audience was told of.
fn name(components: &mut BTreeMap<Name, Vec<Stretch>>, update: &PageUpdate) {
    for named in &update.components {
        components.entry(named.component.clone()).or_default();
    }
}

fn end_last(stretches: &mut [Stretch], at: DateTime<Utc>) {
    if let Some(last) = stretches.last_mut().filter(|last| last.until.is_none()) {
        last.until = Some(at);
    }
}
