//! Adding told events to the record.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event_store::{Append, AppendError, EventStore, StoreError};
use scribe_domain::execute::ATTEMPTS;
use scribe_domain::ids::{IncidentId, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Relation;

use super::line::{ImportLine, lines, read};
use super::plan::plan;
use super::report::{ImportReport, ImportedIncident, LineProblem, TransferError};
use crate::pause::pause;

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
        let tally = if lines.unreadable > 0 || lines.astray {
            None
        } else {
            match import_incident(store, &incident, &lines.told, dry_run || !whole, now).await? {
                Ok(tally) => Some(tally),
                Err(wrong) => {
                    report.problems.extend(wrong);
                    None
                }
            }
        };
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

/// Lines about other incidents that stand neither in the file nor in the record, and relations of which the other side
/// would not be told.
async fn astray(
    store: &dyn EventStore,
    incidents: &mut BTreeMap<IncidentId, Lines>,
) -> Result<Vec<LineProblem>, TransferError> {
    let in_file: BTreeSet<IncidentId> = incidents.keys().cloned().collect();
    let related: BTreeSet<(IncidentId, &'static str, IncidentId)> = incidents
        .iter()
        .flat_map(|(incident, lines)| lines.told.iter().map(move |line| (incident, line)))
        .filter_map(|(incident, line)| match &line.what.event {
            E::Related(e) => Some((incident.clone(), e.how.as_str(), e.to.clone())),
            _ => None,
        })
        .collect();
    let mut problems = Vec::new();
    for (incident, lines) in incidents {
        for line in &lines.told {
            let (field, other) = match &line.what.event {
                E::MergedInto(e) => ("into", &e.into),
                E::Related(e) => ("to", &e.to),
                _ => continue,
            };
            let message = if !in_file.contains(other) && store.revision(other).await? == Revision::NEW {
                format!("fields.{field}: there is no incident {other}, neither here nor in the record")
            } else if let E::Related(e) = &line.what.event
                && !related.contains(&(other.clone(), e.how.other_side().as_str(), incident.clone()))
                && !tells(store, other, incident, e.how.other_side()).await?
            {
                format!(
                    "fields.to: {other} must tell it too: add a line of kind related to it, with how {:?} and to {:?}",
                    e.how.other_side().as_str(),
                    incident.as_str()
                )
            } else {
                continue;
            };
            problems.push(LineProblem { line: line.line, incident: Some(incident.clone()), message });
            lines.astray = true;
        }
    }
    Ok(problems)
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
