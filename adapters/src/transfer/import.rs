//! Adding told events to the record.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::life::Related;
use scribe_domain::event_store::{Append, AppendError, EventStore, StoreError};
use scribe_domain::execute::ATTEMPTS;
use scribe_domain::ids::{IncidentId, Revision};
use scribe_domain::incident::{Incident, may_go_on_in};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Relation;

use super::line::{ImportLine, lines, read};
use super::order::standing_before;
use super::plan::plan;
use super::report::{ImportReport, ImportedIncident, LineProblem, TransferError};
use crate::pause::pause;

/// What is said of a contradiction where not every line reads: the missing one may be what it lacks.
const FURTHER: &str = " (as far as the lines that can be read tell)";

/// The lines of one incident.
#[derive(Default)]
struct Lines {
    told: Vec<ImportLine>,
    unreadable: usize,
    /// Whether it is said to go on where nothing is.
    astray: bool,
}

/// Adds told events to the record: each incident of the file as one append, or not at all.
///
/// With `dry_run` nothing is recorded, and the report says what would be. `now` bounds what may be told
/// to have occurred. What lines have to do with each other is looked at once all of an incident's read.
pub async fn import(
    store: &dyn EventStore,
    body: &str,
    dry_run: bool,
    now: DateTime<Utc>,
) -> Result<ImportReport, TransferError> {
    let mut incidents: BTreeMap<IncidentId, Lines> = BTreeMap::new();
    let mut problems: Vec<LineProblem> = Vec::new();
    for (line, text) in lines(body) {
        match read(line, text, now) {
            Ok(told) => incidents.entry(told.incident.clone()).or_default().told.push(told),
            Err(wrong) => {
                if let Some(incident) = wrong.first().and_then(|problem| problem.incident.clone()) {
                    incidents.entry(incident).or_default().unreadable += 1;
                }
                problems.extend(wrong);
            }
        }
    }
    problems.extend(astray(store, &mut incidents).await?);
    // A line of which not even the incident reads could belong to any.
    let whole = problems.iter().all(|problem| problem.incident.is_some());
    let mut report = ImportReport { incidents: Vec::with_capacity(incidents.len()), problems, dry_run };
    for (incident, lines) in incidents {
        // What contradicts is told in the same look as what does not read, as far as the rest tells.
        let only_look = dry_run || !whole || lines.unreadable > 0 || lines.astray;
        let tally = match import_incident(store, &incident, &lines.told, only_look, now).await? {
            Ok(tally) => Some(tally),
            Err(mut wrong) => {
                if lines.unreadable > 0 {
                    for problem in &mut wrong {
                        problem.message.push_str(FURTHER);
                    }
                }
                report.problems.extend(wrong);
                None
            }
        };
        let tally = tally.filter(|_| lines.unreadable == 0 && !lines.astray);
        let tally = tally.filter(|_| whole);
        report.incidents.push(ImportedIncident {
            incident,
            lines: lines.told.len() + lines.unreadable,
            added: tally.map_or(0, |tally| tally.added),
            already_known: tally.map_or(0, |tally| tally.already_known),
            refused: tally.is_none(),
        });
    }
    report.problems.sort();
    Ok(report)
}

/// Lines about other incidents that stand neither in the file nor in the record, merges into what could not go on by
/// then, and relations of which the other side would not be told. What begins at the same moment as a merge counts for
/// later, and so a circle is looked for by itself.
async fn astray(
    store: &dyn EventStore,
    incidents: &mut BTreeMap<IncidentId, Lines>,
) -> Result<Vec<LineProblem>, TransferError> {
    let related: BTreeSet<(IncidentId, &'static str, IncidentId)> = incidents
        .iter()
        .flat_map(|(incident, lines)| lines.told.iter().map(move |line| (incident, line)))
        .filter_map(|(incident, line)| match &line.what.event {
            E::Related(e) => Some((incident.clone(), e.how.as_str(), e.to.clone())),
            _ => None,
        })
        .collect();
    let mut merges: BTreeMap<IncidentId, IncidentId> = BTreeMap::new();
    let mut problems = Vec::new();
    for (incident, lines) in &*incidents {
        for line in &lines.told {
            let (field, message) = match &line.what.event {
                E::MergedInto(merge) => {
                    merges.insert(incident.clone(), merge.into.clone());
                    ("into", merge_astray(store, incidents, (incident, line), &merge.into, &merges).await?)
                }
                E::Related(e) => {
                    let told =
                        related.contains(&(e.to.clone(), e.how.other_side().as_str(), incident.clone()));
                    ("to", relation_astray(store, incidents, incident, e, told).await?)
                }
                _ => continue,
            };
            let Some(message) = message else { continue };
            let message = format!("fields.{field}: {message}");
            problems.push(LineProblem { line: line.line, incident: Some(incident.clone()), message });
        }
    }
    for problem in &problems {
        if let Some(lines) = problem.incident.as_ref().and_then(|incident| incidents.get_mut(incident)) {
            lines.astray = true;
        }
    }
    Ok(problems)
}

fn nowhere(incident: &IncidentId) -> String {
    format!("there is no incident {incident}, neither here nor in the record")
}

/// Why what this line tells to have been merged could not be.
async fn merge_astray(
    store: &dyn EventStore,
    incidents: &BTreeMap<IncidentId, Lines>,
    (incident, line): (&IncidentId, &ImportLine),
    into: &IncidentId,
    merges: &BTreeMap<IncidentId, IncidentId>,
) -> Result<Option<String>, TransferError> {
    let moment = line.occurred.at().unwrap_or(DateTime::<Utc>::MAX_UTC);
    let this = standing(store, incidents, incident, moment).await?;
    let other = standing(store, incidents, into, moment).await?;
    let unread = incidents.get(into).is_some_and(|lines| lines.unreadable > 0);
    Ok(match (&other, may_go_on_in((&this, incident), (&other, into))) {
        (Incident::Undeclared, _) => (!unread).then(|| nowhere(into)),
        (_, Err(refusal)) => Some(refusal.to_string()),
        _ if leads_back(merges, incident) => {
            Some(format!("{incident} and {into} would each be a part of the other"))
        }
        _ => None,
    })
}

/// Why the other side of a relation would not hold; `told` says whether the file tells it too.
async fn relation_astray(
    store: &dyn EventStore,
    incidents: &BTreeMap<IncidentId, Lines>,
    incident: &IncidentId,
    related: &Related,
    told: bool,
) -> Result<Option<String>, TransferError> {
    let (other, back) = (&related.to, related.how.other_side());
    if !incidents.contains_key(other) && store.revision(other).await? == Revision::NEW {
        return Ok(Some(nowhere(other)));
    }
    if told || tells(store, other, incident, back).await? {
        return Ok(None);
    }
    Ok(Some(format!(
        "{other} must tell it too: add a line of kind related to it, with how {:?} and to {:?}",
        back.as_str(),
        incident.as_str()
    )))
}

/// Whether an incident in the record tells that it is so related to another.
async fn tells(
    store: &dyn EventStore,
    incident: &IncidentId,
    to: &IncidentId,
    how: Relation,
) -> Result<bool, TransferError> {
    let history = store.history(incident, Revision::NEW).await?;
    let told = |recorded: &Recorded| matches!(&recorded.event, E::Related(e) if e.how == how && e.to == *to);
    Ok(history.iter().any(told))
}

/// How an incident stood by then, by the record and the file.
async fn standing(
    store: &dyn EventStore,
    incidents: &BTreeMap<IncidentId, Lines>,
    incident: &IncidentId,
    moment: DateTime<Utc>,
) -> Result<Incident, TransferError> {
    let history = store.history(incident, Revision::NEW).await?;
    let told = incidents.get(incident).map_or(&[][..], |lines| &lines.told);
    Ok(standing_before(moment, incident, &history, told))
}

/// Whether whoever goes on where each is merged comes back.
fn leads_back(merges: &BTreeMap<IncidentId, IncidentId>, start: &IncidentId) -> bool {
    let mut at = start;
    for _ in 0..merges.len() {
        match merges.get(at) {
            Some(into) if into == start => return true,
            Some(into) => at = into,
            None => return false,
        }
    }
    false
}

#[derive(Clone, Copy)]
struct Tally {
    added: usize,
    already_known: usize,
}

/// Imports one incident, or only looks whether it could be.
async fn import_incident(
    store: &dyn EventStore,
    incident: &IncidentId,
    told: &[ImportLine],
    only_look: bool,
    now: DateTime<Utc>,
) -> Result<Result<Tally, Vec<LineProblem>>, TransferError> {
    for attempt in 1..=ATTEMPTS {
        let history = store.history(incident, Revision::NEW).await?;
        let plan = match plan(incident, &history, told, now) {
            Ok(plan) => plan,
            Err(problems) => return Ok(Err(problems)),
        };
        let tally = Tally { added: plan.drafts.len(), already_known: plan.already_known };
        if only_look || plan.drafts.is_empty() {
            return Ok(Ok(tally));
        }
        let append = Append {
            incident: incident.clone(),
            expected: plan.expected,
            command_id: plan.command_id,
            request: None,
            events: plan.drafts,
        };
        match store.append(append).await {
            Ok(_) => return Ok(Ok(tally)),
            Err(AppendError::Conflict { .. }) => pause(attempt).await,
            Err(AppendError::Store(StoreError::Unacceptable(message))) => {
                let line = told.first().map_or(0, |told| told.line);
                return Ok(Err(vec![LineProblem { line, incident: Some(incident.clone()), message }]));
            }
            Err(AppendError::Store(error)) => return Err(error.into()),
        }
    }
    Err(TransferError::Contended { incident: incident.clone() })
}
