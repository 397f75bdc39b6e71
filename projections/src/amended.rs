//! An incident's events with corrections, retractions and redactions applied and marked.
//!
//! Every view of one incident is folded over these entries, so that a correction means the same in all
//! of them. Since amendments are events, a question about an earlier moment simply doesn't see them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scribe_domain::actor::Who;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::kind::Retraction;
use scribe_domain::event::people::RoleHolderCorrected;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::incident::corrected;
use scribe_domain::incident::life::{Life, Turn};
use scribe_domain::incident::roles::{Holders, put_right};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::Text;
use scribe_domain::when::When;
use serde::Serialize;
use serde_json::Value;

use crate::question::AsOf;

/// An event as it stands now, and how it came to stand so.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The event as first recorded.
    pub recorded: &'a Recorded,
    /// Its id.
    pub id: EventId,
    /// The event as corrected.
    pub event: Cow<'a, IncidentEvent>,
    /// When it happened, as corrected.
    pub occurred: When,
    /// Which events amended it, in order.
    pub amendments: Vec<Amendment>,
}

/// What was done to an event afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Amendment {
    /// The amending event.
    pub by: EventId,
    /// What it did.
    pub kind: AmendmentKind,
    /// Who did it.
    pub who: Who,
    /// Why.
    pub why: Text,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What a correction replaced.
    #[serde(default, skip_serializing_if = "Was::is_nothing")]
    pub was: Was,
}

/// What stood before a correction.
#[derive(Debug, Clone, PartialEq, Default, Serialize, schemars::JsonSchema)]
pub struct Was {
    /// The time, if that was corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<When>,
    /// The corrected fields as they were; `null` where a field had not been told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
}

impl Was {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What an amendment did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AmendmentKind {
    /// Put something right.
    Corrected,
    /// Took it back.
    Retracted,
    /// Erased its payload.
    Redacted,
}

impl Amendment {
    fn by(recorded: &Recorded, kind: AmendmentKind, why: &Text) -> Self {
        Self {
            by: recorded.event_id(),
            kind,
            who: recorded.cause.actor.responsible(),
            why: why.clone(),
            recorded_at: recorded.recorded_at,
            was: Was::default(),
        }
    }
}

impl<'a> Entry<'a> {
    /// An event as it was told, before anything amended it.
    pub fn told(recorded: &'a Recorded) -> Self {
        Self {
            recorded,
            id: recorded.event_id(),
            event: Cow::Borrowed(&recorded.event),
            occurred: recorded.cause.occurred,
            amendments: Vec::new(),
        }
    }
}

impl Entry<'_> {
    /// Tells it to an incident's life; the turn that it brought, if one. Erased or corrected, it is what it was;
    /// taken back, it is nothing. Whoever folds a life remembers of it what `mark` gives.
    pub fn lived<M: Clone>(&self, life: &mut Option<Life<M>>, mark: impl FnOnce() -> M) -> Option<Turn> {
        if self.is_retracted() {
            return None;
        }
        match (life.as_mut(), &*self.event) {
            (Some(life), event) => life.apply(self.id, event, self.occurred, mark),
            (None, IncidentEvent::Declared(declared)) => {
                *life = Some(Life::declared(declared));
                Some(Turn::Tier(declared.tier))
            }
            (None, _) => None,
        }
    }

    /// Whether it was put right at least once.
    pub fn is_corrected(&self) -> bool {
        self.has(AmendmentKind::Corrected)
    }

    /// Whether it should no longer count. What cannot be taken back counts, whatever somebody's record says.
    pub fn is_retracted(&self) -> bool {
        self.has(AmendmentKind::Retracted)
            && self.event.row().is_none_or(|row| row.retraction == Retraction::Retractable)
    }

    /// Whether it is passed over as if it had never been told. What was erased first leaves its gap also when it is
    /// taken back afterwards: what it replaced must not come to light again.
    pub fn is_passed_over(&self) -> bool {
        self.is_retracted() && !self.is_redacted()
    }

    /// Whether its content must not be shown.
    pub fn is_redacted(&self) -> bool {
        self.has(AmendmentKind::Redacted)
    }

    /// Whether a view may count it: neither retracted nor redacted.
    pub fn counts(&self) -> bool {
        !self.is_retracted() && !self.is_redacted()
    }

    fn has(&self, kind: AmendmentKind) -> bool {
        self.amendments.iter().any(|amendment| amendment.kind == kind)
    }
}

/// One incident's entries in the record's order, as of some moment. `history` is in the record's order.
pub fn entries<'a>(history: &'a [Recorded], as_of: &AsOf) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::with_capacity(history.len());
    let mut places: BTreeMap<EventId, usize> = BTreeMap::new();
    for recorded in history.iter().take_while(|recorded| as_of.had_recorded(recorded)) {
        let told = Entry::told(recorded);
        let id = told.id;
        if let Some((target, kind, why)) = amends(&recorded.event)
            && let Some(entry) = places.get(&target).and_then(|place| entries.get_mut(*place))
        {
            let was = match &recorded.event {
                IncidentEvent::Corrected(correction) => correct(entry, correction),
                _ => Was::default(),
            };
            entry.amendments.push(Amendment { was, ..Amendment::by(recorded, kind, why) });
        }
        if let IncidentEvent::RoleHolderCorrected(right) = &recorded.event {
            correct_holder(&mut entries, right, recorded);
        }
        places.insert(id, entries.len());
        entries.push(told);
    }
    for entry in entries.iter_mut().filter(|entry| entry.is_redacted()) {
        // What a correction replaced is content too.
        entry.amendments.iter_mut().for_each(|amendment| amendment.was.fields.clear());
    }
    entries.retain(|entry| as_of.had_occurred(entry.occurred, entry.recorded));
    entries
}

/// The entries in the order in which they happened; at the same time, in the record's. What nobody knows the
/// time of stands right after what was recorded before it.
pub fn in_order_of_occurrence(entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let mut keyed: Vec<(Option<DateTime<Utc>>, usize, Entry<'_>)> = Vec::with_capacity(entries.len());
    let mut before = (None, 0);
    for (place, entry) in entries.into_iter().enumerate() {
        // An entry without a time shares the key of the last one that has one, and so stays behind it.
        if let Some(at) = entry.occurred.at() {
            before = (Some(at), place);
        }
        keyed.push((before.0, before.1, entry));
    }
    keyed.sort_by_key(|(at, place, _)| (*at, *place));
    keyed.into_iter().map(|(.., entry)| entry).collect()
}

/// What an incident is called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
pub struct Name {
    /// Its id; none only in an empty history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// Its title as corrected; its id where the title is erased or not told yet.
    pub title: String,
    /// Whether it is an exercise.
    pub drill: bool,
    /// When it was declared, if that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<When>,
}

impl Name {
    /// What the incident with these entries is called.
    pub fn of(history: &[Recorded], entries: &[Entry<'_>]) -> Self {
        let incident = history.first().map(|recorded| recorded.incident.clone());
        // That it was declared, when, and whether as an exercise, is known even if its words are erased.
        let declared = entries.iter().find_map(|entry| match entry.event.as_ref() {
            IncidentEvent::Declared(declared) if !entry.is_retracted() => Some((declared, entry)),
            _ => None,
        });
        let title = match (declared, &incident) {
            (Some((declared, entry)), _) if !entry.is_redacted() => declared.title.to_string(),
            (_, Some(incident)) => incident.to_string(),
            (_, None) => "nothing recorded".to_owned(),
        };
        Self {
            incident,
            title,
            drill: declared.is_some_and(|(declared, _)| declared.drill),
            declared: declared.map(|(_, entry)| entry.occurred),
        }
    }
}

fn correct(entry: &mut Entry<'_>, correction: &scribe_domain::event::record::Corrected) -> Was {
    let mut was = Was::default();
    if let Some(right) = correction.occurred {
        was.occurred = Some(std::mem::replace(&mut entry.occurred, right));
    }
    // `decide` let in only corrections that fit; an imported one that doesn't is still marked, and
    // leaves the event as it was.
    if !correction.fields.is_empty()
        && let Ok(right) = corrected(&entry.event, &correction.fields)
    {
        let before: Value = serde_json::from_str(entry.event.payload().get()).unwrap_or_default();
        let field = |name: &String| before.get(name).cloned().unwrap_or_default();
        was.fields = correction.fields.keys().map(|name| (name.clone(), field(name))).collect();
        entry.event = Cow::Owned(right);
    }
    was
}

/// Puts the right name in the event that gave the role, and in the one that took it from that holder again.
fn correct_holder(entries: &mut [Entry<'_>], right: &RoleHolderCorrected, recorded: &Recorded) {
    let turns = entries.iter_mut().filter(|entry| Holders::concerns(&entry.event));
    let changed = put_right(right, turns.map(|entry| (entry.id, entry.event.to_mut())));
    for entry in entries.iter_mut().filter(|entry| changed.contains(&entry.id)) {
        let field = match &*entry.event {
            _ if entry.id == right.target => "to",
            IncidentEvent::RoleLeft(_) => "who",
            _ => "from",
        };
        let was = Was {
            occurred: None,
            fields: BTreeMap::from([(field.to_owned(), Value::from(right.from.as_str()))]),
        };
        entry
            .amendments
            .push(Amendment { was, ..Amendment::by(recorded, AmendmentKind::Corrected, &right.why) });
    }
}

/// Whether it changes what was told before.
pub fn is_amendment(event: &IncidentEvent) -> bool {
    amends(event).is_some() || matches!(event, IncidentEvent::RoleHolderCorrected(_))
}

fn amends(event: &IncidentEvent) -> Option<(EventId, AmendmentKind, &Text)> {
    match event {
        IncidentEvent::Corrected(e) => Some((e.target, AmendmentKind::Corrected, &e.why)),
        IncidentEvent::Retracted(e) => Some((e.target, AmendmentKind::Retracted, &e.why)),
        IncidentEvent::Redacted(e) => Some((e.target, AmendmentKind::Redacted, &e.why)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use scribe_domain::event::record::{Corrected, Retracted};
    use scribe_domain::event::words::Noted;

    use super::*;
    use crate::testing::{History, moment, text, when};

    fn noted(words: &str) -> Noted {
        Noted { text: text(words) }
    }

    #[test]
    fn a_correction_applies_and_tells_what_stood_before() {
        let history = History::declared("Imports fail").at("2023-01-04T18:24Z").event(noted("DNS"));
        let target = history.last();
        let history = history
            .at("2023-01-04T18:40Z")
            .event(Corrected {
                target,
                occurred: Some(when("2023-01-04T18:22Z")),
                fields: BTreeMap::from([("text".to_owned(), Value::from("UDP"))]),
                why: text("read the graph again"),
            })
            .events;
        let now = entries(&history, &AsOf::NOW);
        assert_eq!(now[1].event, Cow::<IncidentEvent>::Owned(noted("UDP").into()));
        assert_eq!(now[1].occurred, when("2023-01-04T18:22Z"));
        assert_eq!(now[1].amendments[0].was.occurred, Some(when("2023-01-04T18:24Z")));
        assert_eq!(now[1].amendments[0].was.fields["text"], "DNS");

        let before = AsOf { recorded_by: Some(moment("2023-01-04T18:39Z")), occurred_by: None };
        let before = entries(&history, &before);
        assert_eq!(before.len(), 2);
        assert!(!before[1].is_corrected() && before[1].occurred == when("2023-01-04T18:24Z"));
    }

    #[test]
    fn an_event_without_a_time_stands_after_the_one_recorded_before_it() {
        let history = History::declared("Imports fail")
            .at("unknown")
            .event(noted("first"))
            .event(noted("second"))
            .at("2023-01-04T17:40Z")
            .event(noted("earlier"))
            .events;
        let ordered = in_order_of_occurrence(entries(&history, &AsOf::NOW));
        let order: Vec<u64> = ordered.iter().map(|entry| entry.recorded.revision.0).collect();
        assert_eq!(order, [4, 1, 2, 3]);
    }

    #[test]
    fn retracting_marks_and_what_is_unknown_is_no_target() {
        let history = History::declared("Imports fail").event(noted("wrong"));
        let target = history.last();
        let history = history.event(Retracted { target, why: text("another system") });
        let stranger = EventId(uuid::Uuid::nil());
        let history = history.event(Retracted { target: stranger, why: text("typo") }).events;
        let now = entries(&history, &AsOf::NOW);
        assert!(now[1].is_retracted() && !now[1].counts());
        assert_eq!(now.iter().filter(|entry| !entry.counts()).count(), 1);
    }
}
