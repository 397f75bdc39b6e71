//! What one incident's lines amount to, on top of what the record knows of it.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use chrono::{DateTime, Utc};
use scribe_domain::actor::Who;
use scribe_domain::clocks::TimeStanding;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::kind::Numbering;
use scribe_domain::event_store::{Append, Draft};
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::incident::{Incident, evolve, history};
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::text::Label;
use scribe_domain::values::Digest;
use uuid::Uuid;

use super::line::{ImportLine, name_of, reference};
use super::order::in_order;
use super::report::LineProblem;

/// Namespace for the requests that imports are (version 5 UUIDs, RFC 9562 §5.5).
const IMPORTS: Uuid = Uuid::from_u128(0x2b90_6e1d_77f4_4a08_9c52_e86b_1f3d_a075);

/// What an import adds to one incident.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    /// The request: the same new lines are the same request.
    pub(super) command_id: CommandId,
    /// The incident's revision that this continues.
    pub(super) expected: Revision,
    /// The events, in order.
    pub(super) drafts: Vec<Draft>,
    /// Lines that add nothing, because what they tell is known.
    pub(super) already_known: usize,
}

/// Plans one incident's import, or tells everything that is in its way. `lines` is in the file's order.
pub(super) fn plan(
    incident: &IncidentId,
    history: &[Recorded],
    lines: &[ImportLine],
    now: DateTime<Utc>,
) -> Result<Plan, Vec<LineProblem>> {
    let mut problems = Vec::new();
    let mut refuse = |told: &ImportLine, message: String| {
        problems.push(LineProblem { line: told.line, incident: Some(incident.clone()), message });
    };
    let known: HashMap<&Label, &Recorded> =
        history.iter().filter_map(|recorded| Some((recorded.cause.source.as_ref()?, recorded))).collect();
    let (new, repeats): (Vec<&ImportLine>, Vec<&ImportLine>) =
        lines.iter().partition(|told| !known.contains_key(&told.source));
    let (new, twice) = apart(new);
    declared_once(incident, history, &new, lines, &mut refuse);
    numbered_once(history, &new, &mut refuse);
    if let Some(told) = new.get(Append::LIMIT) {
        refuse(
            told,
            format!("more than {} new lines of one incident do not fit in one import", Append::LIMIT),
        );
    }
    let new = in_order(incident, history, new);
    let command_id = request(incident, &new);
    let names = Names::of(history, &known, &new, command_id, lines);

    for (told, first) in &twice {
        if told.id.is_some()
            && (told.occurred, &told.actor, &told.what) != (first.occurred, &first.actor, &first.what)
        {
            refuse(told, format!("id: line {} has the same, and tells something else", first.line));
        }
    }
    for told in &repeats {
        let recorded = &known[&told.source];
        let same = names.event(told).is_ok_and(|event| event == recorded.event)
            && told.occurred == recorded.cause.occurred
            && told.actor == recorded.cause.actor;
        if told.id.is_some() && !same {
            let event = recorded.event_id();
            refuse(
                told,
                format!("id: was imported before and told something else; correct event {event} instead"),
            );
        }
    }

    let lives_here = history::lives_here(history);
    let mut situation = Incident::replay(history);
    let mut drafts = Vec::with_capacity(new.len());
    for (index, told) in (0..).zip(&new) {
        if told.actor.who == Who::Scribe {
            refuse(told, "actor: nobody else tells things in scribe's name".to_owned());
        }
        let cause = told.cause(command_id);
        let event = names.event(told).and_then(|event| {
            allowed(&situation, incident, &event, &cause, lives_here)?;
            Ok(event)
        });
        let event = match event {
            Ok(event) => event,
            Err(message) => {
                refuse(told, message);
                continue;
            }
        };
        drafts.push(Draft {
            actor: cause.actor.clone(),
            occurred: cause.occurred,
            told: None,
            source: cause.source.clone(),
            origin: None,
            event: event.clone(),
        });
        let recorded = Recorded {
            position: Position::default(),
            incident: incident.clone(),
            revision: Revision::default(),
            recorded_at: now,
            clock: None,
            standing: TimeStanding::default(),
            index,
            cause,
            request: None,
            event,
        };
        situation = evolve(situation, &recorded);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let expected = history.last().map_or(Revision::NEW, |last| last.revision);
    Ok(Plan { command_id, expected, drafts, already_known: repeats.len() + twice.len() })
}

/// The first line of each source, and what the file says again, with the first of it.
fn apart(lines: Vec<&ImportLine>) -> (Vec<&ImportLine>, Vec<(&ImportLine, &ImportLine)>) {
    let mut first: HashMap<&Label, &ImportLine> = HashMap::new();
    let mut once = Vec::new();
    let mut again = Vec::new();
    for told in lines {
        match first.entry(&told.source) {
            Entry::Vacant(place) => {
                place.insert(told);
                once.push(told);
            }
            Entry::Occupied(place) => again.push((told, *place.get())),
        }
    }
    (once, again)
}

fn declared_once(
    incident: &IncidentId,
    history: &[Recorded],
    new: &[&ImportLine],
    lines: &[ImportLine],
    refuse: &mut impl FnMut(&ImportLine, String),
) {
    let mut declarations = new.iter().filter(|told| matches!(told.what.event, E::Declared(_)));
    if history.is_empty() {
        match (declarations.next(), lines.first()) {
            (Some(first), _) => declarations.for_each(|told| {
                refuse(told, format!("line {} declares {incident} already", first.line));
            }),
            (None, Some(told)) => {
                refuse(told, format!("no line declares {incident}, and the record does not know it"));
            }
            (None, None) => {}
        }
    } else {
        declarations.for_each(|told| refuse(told, format!("{incident} is declared already")));
    }
}

/// A second thing under the same number would take the place of the first, its approvals with it.
fn numbered_once(history: &[Recorded], new: &[&ImportLine], refuse: &mut impl FnMut(&ImportLine, String)) {
    let mut begun: HashSet<(&str, u32)> =
        history.iter().filter_map(|recorded| begins(&recorded.event)).collect();
    for told in new {
        if let Some((what, number)) = begins(&told.what.event)
            && !begun.insert((what, number))
        {
            refuse(told, format!("fields.{what}: {number} is taken; number this one differently"));
        }
    }
}

/// The number that an event gives out.
fn begins(event: &E) -> Option<(&'static str, u32)> {
    match event.number() {
        Some(Numbering::Begins(what, number)) => Some((what.field(), number)),
        Some(Numbering::Continues(..) | Numbering::Ends(..)) | None => None,
    }
}

/// The same new lines are the same request, so an import that was cut short can be sent again.
fn request(incident: &IncidentId, new: &[&ImportLine]) -> CommandId {
    let sources = new.iter().map(|told| told.source.as_str());
    let name: Vec<&str> = std::iter::once(incident.as_str()).chain(sources).collect();
    CommandId(Uuid::new_v5(&IMPORTS, name.join("\n").as_bytes()))
}

/// Whether it can be told of this incident, after what was told before.
fn allowed(
    situation: &Incident,
    incident: &IncidentId,
    event: &E,
    cause: &Cause,
    lives_here: bool,
) -> Result<(), String> {
    if lives_here && history::gives_or_speaks(event) {
        return Err(format!(
            "kind: {:?} gives a right or speaks to an audience, and people work on {incident} here: say it by a \
             command, or tell it as a note",
            event.kind()
        ));
    }
    history::may_have_happened(situation, incident, event, cause)
        .map_err(|refusal| format!("fields: {refusal}"))
}

/// What lines may refer to: events of the record and of the file.
struct Names {
    events: HashMap<EventId, EventId>,
    proposals: HashMap<u32, Digest>,
}

impl Names {
    fn of(
        history: &[Recorded],
        known: &HashMap<&Label, &Recorded>,
        new: &[&ImportLine],
        command_id: CommandId,
        lines: &[ImportLine],
    ) -> Self {
        let mut events: HashMap<EventId, EventId> =
            history.iter().map(Recorded::event_id).map(|id| (id, id)).collect();
        for (source, recorded) in known {
            if let Some(name) = name_of(source) {
                events.insert(reference(name), recorded.event_id());
            }
        }
        for (index, told) in (0..).zip(new) {
            let event = EventId::derive(command_id, index);
            events.insert(event, event);
            events.extend(told.id.as_ref().map(|id| (reference(id.as_str()), event)));
        }
        let told = lines.iter().map(|told| &told.what.event);
        let proposal = |event: &E| match event {
            E::RunProposed(proposed) => Some((proposed.run, proposed.digest)),
            _ => None,
        };
        let proposals =
            history.iter().map(|recorded| &recorded.event).chain(told).filter_map(proposal).collect();
        Self { events, proposals }
    }

    /// What the line tells, with the ids of the events that it refers to.
    fn event(&self, told: &ImportLine) -> Result<E, String> {
        let unnamed = |name: &&String| !self.events.contains_key(&reference(name));
        if let Some(name) = told.what.refers_to.iter().find(unnamed) {
            return Err(format!("fields: no line or event of this incident is named {name:?}"));
        }
        let resolve = |id: &mut EventId| match self.events.get(id) {
            Some(event) => {
                *id = *event;
                Ok(())
            }
            None => Err(format!("fields: this incident has no event {id}")),
        };
        let mut event = told.what.event.clone();
        match &mut event {
            E::Corrected(e) => resolve(&mut e.target)?,
            E::Retracted(e) => resolve(&mut e.target)?,
            E::RoleHolderCorrected(e) => resolve(&mut e.target)?,
            E::RiskNamed(e) => e.cites.iter_mut().try_for_each(resolve)?,
            E::CauseNamed(e) => e.cites.iter_mut().try_for_each(resolve)?,
            E::ReviewSectionWritten(e) => e.cites.iter_mut().try_for_each(resolve)?,
            E::RunApproved(e) if told.what.approves_unnamed => {
                e.digest = *self.proposals.get(&e.run).ok_or_else(|| {
                    format!(
                        "fields.digest: is missing, and run {} is proposed neither here nor in the record",
                        e.run
                    )
                })?;
            }
            _ => {}
        }
        Ok(event)
    }
}
