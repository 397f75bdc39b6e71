//! One incident as one page shows it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scribe_domain::event::words::ComponentStatus;
use scribe_domain::ids::IncidentId;
use scribe_domain::incident::life::Situation;
use scribe_domain::names::Name;
use scribe_domain::values::{ComponentState, Phase, Tier};
use scribe_domain::when::When;

use super::case::{CasePages, Point, StatusPages, Turn};
use super::incident::{PageEnd, PageEnding, PageIncident, PageUpdate};
use super::renames::Renames;
use super::uptime::{Stretch, Until};
use crate::amended::AmendmentKind;

/// How many merges are followed from one incident to the next.
const HOPS: usize = 8;

/// One incident as one page shows it.
pub(super) struct Shown<'a> {
    case: &'a CasePages,
    tier: Tier,
    renames: &'a Renames<'a>,
    /// What this audience was told, the earliest first.
    updates: Vec<(Point, &'a PageUpdate)>,
    /// Since when it stands, or stood, on the page.
    since: When,
    /// When it came on the page and when it went off it.
    presence: Vec<(Point, bool)>,
    /// The ends and new beginnings that this audience hears of.
    turns: Vec<(Point, Turn)>,
    /// Of one that became part of another: how that one ended for this audience, if it has.
    carried_on: Option<PageEnd>,
    /// That other one, as this audience knows it.
    part_of: Option<IncidentId>,
}

impl<'a> Shown<'a> {
    /// The incident on this tier's page; none if it never stood there. The company and the public are told of it by
    /// its first update; the engineers by its declaration.
    pub(super) fn on(
        tier: Tier,
        case: &'a CasePages,
        all: &'a StatusPages,
        renames: &'a Renames<'a>,
    ) -> Option<Self> {
        Self::within(HOPS, tier, case, all, renames)
    }

    fn within(
        hops: usize,
        tier: Tier,
        case: &'a CasePages,
        all: &'a StatusPages,
        renames: &'a Renames<'a>,
    ) -> Option<Self> {
        let told = case.updates.iter().filter(|(audience, ..)| *audience == tier);
        let mut updates: Vec<(Point, &PageUpdate)> =
            told.map(|(_, point, update)| (*point, update)).collect();
        updates.sort_by_key(|(point, _)| point.place);
        let mut presence: Vec<(Point, bool)> = Vec::new();
        for (at, reached) in &case.tiers {
            let here = *reached >= tier;
            if presence.last().map_or(here, |(_, was)| *was != here) {
                presence.push((*at, here));
            }
        }
        let mut since = presence.first()?.0.at;
        if tier > Tier::Engineering {
            since = updates.first()?.1.published;
        }
        let mut turns: Vec<(Point, Turn)> = Vec::new();
        for turn in case.turns.iter().filter(|turn| turn.spoken || tier == Tier::Engineering) {
            // Closing what is resolved already doesn't move its end.
            if turns.last().is_none_or(|(_, last)| *last != turn.turn) {
                turns.push((turn.point, turn.turn));
            }
        }
        let carried_on = match case.life.as_ref().map(|life| &life.situation) {
            Some(Situation::MergedInto(into)) if hops > 0 => all
                .get(into)
                .and_then(|other| Self::within(hops - 1, tier, other, all, renames))
                .and_then(|other| other.end()),
            _ => None,
        };
        let part_of = match case.life.as_ref().map(|life| &life.situation) {
            Some(Situation::MergedInto(into)) => {
                let other = all.get(into).filter(|other| tier < Tier::Public || other.has_told(tier));
                Some(other.map_or_else(|| into.without_words(), |other| other.name_for(tier, into)))
            }
            _ => None,
        };
        Some(Self { case, tier, renames, updates, since, presence, turns, carried_on, part_of })
    }

    pub(super) fn view(&self, incident: &IncidentId) -> PageIncident {
        let end = self.end();
        let last = self.standing().last();
        let status = match (&end, last) {
            (Some(_), _) => Phase::Resolved,
            // It was reopened since: that it is over is no longer so.
            (None, Some((_, last))) if last.status == Phase::Resolved => Phase::Investigating,
            (None, Some((_, last))) => last.status,
            (None, None) => Phase::Investigating,
        };
        let going_on = self.stretches().into_iter().filter_map(|(component, stretches)| {
            let state = stretches.iter().filter(|it| it.until == Until::GoesOn).map(|it| it.state).max()?;
            Some(ComponentStatus { component, state })
        });
        let mut updates: Vec<PageUpdate> = self.updates.iter().map(|(_, update)| (*update).clone()).collect();
        updates.reverse();
        let given = self.case.title(self.tier);
        PageIncident {
            incident: self.case.name_for(self.tier, incident),
            title_redacted: given.as_ref().is_some_and(|given| given.title.is_none()),
            title_edited_at: given.as_ref().and_then(|given| given.edited_at),
            title: given.and_then(|given| given.title),
            summary: self.case.summary(self.tier).cloned(),
            drill: self.case.drill,
            since: self.since,
            status,
            part_of: self.part_of.clone().filter(|_| end.is_none()),
            end,
            components: going_on.collect(),
            updates,
        }
    }

    /// Whether it was taken off this page.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.presence.last().is_some_and(|(_, here)| !here)
    }

    /// The last moment of which this page knows anything.
    pub(super) fn latest(&self) -> Option<DateTime<Utc>> {
        let turn = self.turns.last().and_then(|(point, _)| point.place);
        turn.max(self.updates.last().and_then(|(point, _)| point.place))
    }

    /// How each component that was named fared, when, by what it is called now.
    pub(super) fn stretches(&self) -> BTreeMap<Name, Vec<Stretch>> {
        let mut components: BTreeMap<Name, Vec<Stretch>> = BTreeMap::new();
        let end_all = |components: &mut BTreeMap<Name, Vec<Stretch>>, at: When| {
            for stretches in components.values_mut() {
                end_last(stretches, at);
            }
        };
        let (mut here, mut over) = (false, false);
        for (at, change) in self.changes() {
            match change {
                Change::Presence(now) => here = now,
                Change::Turn(turn) => over = matches!(turn, Turn::Ended(_)),
                Change::Resolved(named) => {
                    name(&mut components, named);
                    end_all(&mut components, at);
                }
                Change::Components(named) => {
                    name(&mut components, named);
                    if here && !over {
                        fare(&mut components, named, at);
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
    fn changes(&self) -> Vec<(When, Change<'a>)> {
        let mut changes: Vec<(Option<DateTime<Utc>>, When, Change<'a>)> = Vec::new();
        // A time told to the minute may lie before the upgrade that made the update possible.
        let first = self.presence.first().and_then(|(point, _)| point.place);
        changes
            .extend(self.presence.iter().map(|(at, here)| (at.place, at.known(), Change::Presence(*here))));
        changes.extend(self.ends().map(|(at, turn)| (at.place, at.known(), Change::Turn(turn))));
        if let Some(end) = &self.carried_on {
            let turn = Change::Turn(Turn::Ended(PageEnding::Merged));
            changes.push((end.at.at().or(self.latest()), end.at, turn));
        }
        let mut told = self.told();
        // At the same moment, in the record's order.
        told.sort_by_key(|(behind, ..)| *behind);
        changes.extend(told.into_iter().map(|(_, at, change)| {
            let at = at.at_the_earliest(first);
            (at.place, at.known(), change)
        }));
        // Stable: at the same moment it comes on the page before it is told of or over.
        changes.sort_by_key(|(place, ..)| *place);
        changes.into_iter().map(|(_, at, change)| (at, change)).collect()
    }

    /// How components were said to fare here, by an update or apart from them, with how many updates stand before each
    /// in the record.
    fn told(&self) -> Vec<(usize, Point, Change<'a>)> {
        let updates = self.case.updates.iter().enumerate();
        let updates = updates.filter(|(_, (audience, _, update))| *audience == self.tier && counts(update));
        let updates = updates.map(|(place, (_, point, update))| match update.status {
            Phase::Resolved => (place + 1, *point, Change::Resolved(&update.components)),
            _ => (place + 1, *point, Change::Components(&update.components)),
        });
        let described = self.case.described.iter().filter(|described| described.audience == self.tier);
        let described = described.map(|told| (told.behind, told.point, Change::Components(&told.components)));
        updates.chain(described).collect()
    }

    /// The turns that end something here. What became part of another stays until this audience is told an end, of
    /// it or of that other one; unless it was told nothing.
    fn ends(&self) -> impl Iterator<Item = (Point, Turn)> {
        let stays = !self.updates.is_empty();
        self.turns.iter().copied().filter(move |(_, turn)| !stays || *turn != Turn::Ended(PageEnding::Merged))
    }

    /// What still counts of what this audience was told.
    fn standing(&self) -> impl DoubleEndedIterator<Item = (Point, &'a PageUpdate)> {
        self.updates.iter().copied().filter(move |(_, update)| counts(update))
    }

    /// How it ended for this audience: as the record has it, or as it was told, whichever came first.
    fn end(&self) -> Option<PageEnd> {
        let turn = self.ends().last();
        let recorded = turn.and_then(|(point, turn)| match turn {
            Turn::Ended(how) => Some((point.place, PageEnd { how, at: point.at })),
            Turn::Reopened => None,
        });
        let recorded = recorded.or_else(|| {
            let end = self.carried_on.clone()?;
            Some((end.at.at(), PageEnd { how: PageEnding::Merged, at: end.at }))
        });
        let told = self.standing().last().filter(|(point, last)| {
            let reopened =
                turn.is_some_and(|(reopened, turn)| turn == Turn::Reopened && reopened.place >= point.place);
            last.status == Phase::Resolved && !reopened
        });
        match (recorded, told) {
            (Some((_, end)), _) if end.how == PageEnding::Cancelled => Some(end),
            (Some((place, end)), Some((point, _))) if place < point.place => Some(end),
            (_, Some((point, _))) => Some(PageEnd { how: PageEnding::Told, at: point.at }),
            (end, None) => end.map(|(_, end)| end),
        }
    }
}

impl Point {
    /// When it counts as: as told, unless that goes back along the record.
    fn known(&self) -> When {
        match (self.at.at(), self.place) {
            (Some(at), Some(place)) if at != place => When::second(place),
            _ => self.at,
        }
    }

    fn at_the_earliest(self, first: Option<DateTime<Utc>>) -> Self {
        Self { place: self.place.max(first), ..self }
    }
}

/// Whether an update was not taken back.
fn counts(update: &PageUpdate) -> bool {
    !update.edits.iter().any(|edit| edit.kind == AmendmentKind::Retracted)
}

/// Something that changes what a page says.
enum Change<'a> {
    /// It came on the page, or went off it.
    Presence(bool),
    /// It was over, or not.
    Turn(Turn),
    /// The audience was told how components fare.
    Components(&'a [ComponentStatus]),
    /// The audience was told that it is over, naming these components.
    Resolved(&'a [ComponentStatus]),
}

/// Even a component that always worked is one that this audience was told of.
fn name(components: &mut BTreeMap<Name, Vec<Stretch>>, told: &[ComponentStatus]) {
    for named in told {
        components.entry(named.component.clone()).or_default();
    }
}

/// From here on these components fare so.
fn fare(components: &mut BTreeMap<Name, Vec<Stretch>>, told: &[ComponentStatus], at: When) {
    for named in told {
        let stretches = components.entry(named.component.clone()).or_default();
        end_last(stretches, at);
        if named.state != ComponentState::Operational {
            stretches.push(Stretch { state: named.state, from: at.at(), until: Until::GoesOn });
        }
    }
}

fn end_last(stretches: &mut [Stretch], at: When) {
    if let Some(last) = stretches.last_mut().filter(|last| last.until == Until::GoesOn) {
        last.until = at.at().map_or(Until::Unknown, Until::At);
    }
}
