//! Who held which role, when; gaps and overlaps.

mod render;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Person, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::EventId;
use scribe_domain::incident::roles::Holders;
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Text;
use scribe_domain::values::Role;
use scribe_domain::when::When;
use serde::Serialize;

use crate::amended::{Entry, Name, entries};
use crate::question::AsOf;

pub(crate) use render::blocks;

/// Who held which role in an incident.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct RoleHistory {
    /// What the incident is called.
    #[serde(flatten)]
    pub name: Name,
    /// The moment asked about, if it was not now.
    #[serde(default, skip_serializing_if = "AsOf::is_now")]
    pub as_of: AsOf,
    /// The roles that anybody held, the commander's first.
    pub roles: Vec<RoleLine>,
}

/// One role's holders.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct RoleLine {
    /// The role.
    pub role: Role,
    /// Whether several people may hold it at once; then gaps and overlaps mean nothing.
    pub shared: bool,
    /// Who held it, in the order in which they took it.
    pub tenures: Vec<Tenure>,
    /// How often it was handed from one person to the next.
    pub handoffs: usize,
    /// When nobody held it, between its first holder and the incident's end.
    pub gaps: Vec<Gap>,
    /// When two people held it.
    pub overlaps: Vec<Overlap>,
    /// Who holds it at the moment asked about.
    pub holders: Vec<Person>,
}

/// One person's time in a role.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Tenure {
    /// Who.
    pub who: Person,
    /// Since when.
    pub from: When,
    /// The person who handed it over; none if it was assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_over_by: Option<Person>,
    /// Why they took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// Who told of it.
    pub told_by: Who,
    /// The event by which they took it.
    pub event: EventId,
    /// How it ended; none if that is not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<TenureEnd>,
}

/// How a tenure ended.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct TenureEnd {
    /// When.
    pub at: When,
    /// How.
    pub how: HowEnded,
    /// Who told of it.
    pub told_by: Who,
    /// The event by which it ended.
    pub event: EventId,
}

/// How a tenure ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HowEnded {
    /// They handed it over.
    HandedOff,
    /// They gave it up.
    Left,
    /// Nobody said that they gave it up, but somebody else was given it.
    Superseded,
}

/// A time when nobody held a role.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Gap {
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; none if nobody has taken it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// A time when two people held a role.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Overlap {
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; none if both hold it still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Who held it first, and who took it besides.
    pub who: [Person; 2],
}

impl RoleHistory {
    /// One incident's role history. `history` is in the record's order.
    ///
    /// Who takes over from whom follows the record's order; gaps and overlaps follow the occurred times as
    /// corrected.
    pub fn of(history: &[Recorded], as_of: &AsOf) -> Self {
        let entries = entries(history, as_of);
        let end = end_of_incident(&entries);
        let mut roles: BTreeMap<Role, RoleLine> = BTreeMap::new();
        let mut holders = Holders::default();
        // What an erased event did stands; only its words are gone.
        for entry in entries.iter().filter(|entry| !entry.is_retracted()) {
            let held = |role: &Role, who: &Person| holders.of(role).is_some_and(|held| held.contains(who));
            match entry.event.as_ref() {
                // Whoever has it cannot take it once more.
                IncidentEvent::RoleAssigned(e) if held(&e.role, &e.to) => {}
                IncidentEvent::RoleAssigned(e) => {
                    line(&mut roles, &e.role).take(&e.to, entry, None, e.why.as_ref());
                }
                IncidentEvent::RoleHandedOff(e) => {
                    let line = line(&mut roles, &e.role);
                    line.release(&e.from, entry, HowEnded::HandedOff);
                    if e.from == e.to || !held(&e.role, &e.to) {
                        line.take(&e.to, entry, Some(&e.from), e.why.as_ref());
                    }
                    line.handoffs += 1;
                }
                IncidentEvent::RoleLeft(e) => {
                    line(&mut roles, &e.role).release(&e.who, entry, HowEnded::Left);
                }
                _ => {}
            }
            holders.apply(&entry.event);
        }
        let mut roles: Vec<RoleLine> = roles.into_values().collect();
        for line in &mut roles {
            line.settle(end);
        }
        roles.retain(|line| !line.tenures.is_empty());
        Self { name: Name::of(history, &entries), as_of: *as_of, roles }
    }
}

impl RoleLine {
    fn take(&mut self, who: &Person, entry: &Entry<'_>, from: Option<&Person>, why: Option<&Text>) {
        self.tenures.push(Tenure {
            who: who.clone(),
            from: entry.occurred,
            handed_over_by: from.cloned(),
            why: why.filter(|_| !entry.is_redacted()).cloned(),
            told_by: entry.recorded.cause.actor.responsible(),
            event: entry.id,
            ended: None,
        });
    }

    fn release(&mut self, who: &Person, entry: &Entry<'_>, how: HowEnded) {
        let open = self.tenures.iter_mut().rfind(|tenure| tenure.ended.is_none() && tenure.who == *who);
        if let Some(tenure) = open {
            let told_by = entry.recorded.cause.actor.responsible();
            tenure.ended = Some(TenureEnd { at: entry.occurred, how, told_by, event: entry.id });
        }
    }

    fn settle(&mut self, end: Option<DateTime<Utc>>) {
        if !self.shared {
            for index in 1..self.tenures.len() {
                let next = TenureEnd {
                    at: self.tenures[index].from,
                    how: HowEnded::Superseded,
                    told_by: self.tenures[index].told_by.clone(),
                    event: self.tenures[index].event,
                };
                self.tenures[index - 1].ended.get_or_insert(next);
            }
            self.sweep(end);
        }
        let open = self.tenures.iter().filter(|tenure| tenure.ended.is_none());
        self.holders = open.map(|tenure| tenure.who.clone()).collect();
    }

    /// Finds gaps and overlaps by sweeping over the tenures whose times are known; of the others, nobody
    /// can say.
    fn sweep(&mut self, end: Option<DateTime<Utc>>) {
        let mut spans: Vec<Stretch<'_>> = Vec::new();
        let mut is_all_known = true;
        for tenure in &self.tenures {
            match (tenure.from.at(), tenure.ended.as_ref().map(|ended| ended.at.at())) {
                (Some(from), None) => spans.push((from, None, &tenure.who)),
                (Some(from), Some(Some(until))) => spans.push((from, Some(until.max(from)), &tenure.who)),
                _ => is_all_known = false,
            }
        }
        if !is_all_known {
            return;
        }
        spans.sort_by_key(|(from, ..)| *from);
        let mut spans = spans.into_iter();
        let Some((_, mut covered, mut holder)) = spans.next() else { return };
        for (from, until, who) in spans {
            match covered {
                Some(covered) if from > covered => {
                    self.gaps.push(Gap { from: covered, until: Some(from) });
                }
                Some(covered) if from == covered => {}
                _ if who == holder => {}
                _ => {
                    let both = [covered, until].into_iter().flatten().min();
                    if both != Some(from) {
                        self.overlaps.push(Overlap { from, until: both, who: [holder.clone(), who.clone()] });
                    }
                }
            }
            // What ends never outlasts what has no end.
            if covered.is_some_and(|covered| until.is_none_or(|until| until >= covered)) {
                (covered, holder) = (until, who);
            }
        }
        if let Some(covered) = covered.filter(|covered| end.is_none_or(|end| end > *covered)) {
            self.gaps.push(Gap { from: covered, until: end });
        }
    }
}

/// Since when, until when, who.
type Stretch<'a> = (DateTime<Utc>, Option<DateTime<Utc>>, &'a Person);

fn line<'a>(roles: &'a mut BTreeMap<Role, RoleLine>, role: &Role) -> &'a mut RoleLine {
    roles.entry(role.clone()).or_insert_with(|| RoleLine {
        role: role.clone(),
        shared: role.is_shared(),
        tenures: Vec::new(),
        handoffs: 0,
        gaps: Vec::new(),
        overlaps: Vec::new(),
        holders: Vec::new(),
    })
}

/// When the incident ended, if it did: a role given up after that leaves no gap.
pub(crate) fn end_of_incident(entries: &[Entry<'_>]) -> Option<DateTime<Utc>> {
    let mut life = None;
    for entry in entries {
        entry.lived(&mut life, || entry.occurred.at().unwrap_or(entry.recorded.recorded_at));
    }
    life.and_then(|life| life.over_since)
}

#[cfg(test)]
mod tests;
