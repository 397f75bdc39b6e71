//! Load, decide, append, and re-decide on a conflict.

use crate::command::decide;
use crate::command::{Command, Request, Target};
use crate::event::IncidentEvent;
use crate::event_store::{Append, AppendError, Draft, Erasure, EventStore, Receipt, StoreError};
use crate::ids::{EventId, IncidentId, Position, Revision};
use crate::incident::Incident;
use crate::recorded::Recorded;
use crate::refusal::{Reason, Refusal};
use crate::values::Digest;

/// How often a command is decided anew when others append to the same incident at the same time.
pub const ATTEMPTS: u32 = 64;
/// How many incidents may share a day and a title.
pub const NAMESAKES: u32 = 1_000;

/// Why a request had no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// The domain says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The incident is not at the revision that the caller insisted on.
    #[error("the incident is at revision {actual}, not at the expected {expected}")]
    Stale {
        /// What the caller insisted on.
        expected: Revision,
        /// What it is.
        actual: Revision,
    },
    /// Others kept appending to the incident; it is safe to send the request again.
    #[error("others kept appending to this incident: gave up after {attempts} attempts")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries out a request: all of it or nothing.
///
/// A command id seen before gets its first receipt, before anything is decided. A command that is
/// already satisfied adds nothing, and its receipt has no events. With `insist_on`, nothing is
/// re-decided: the incident must be at exactly that revision.
///
/// Between two attempts it is for the caller to `pause`, who is told how many there were: whoever appends from
/// elsewhere at the same moment should not meet this one again at once.
pub async fn execute(
    store: &dyn EventStore,
    request: Request,
    insist_on: Option<Revision>,
    pause: impl AsyncFn(u32),
) -> Result<Receipt, ExecuteError> {
    if let Some(receipt) = store.receipt(request.cause.command_id).await? {
        scrub(store, &request).await?;
        return Ok(receipt);
    }
    match &request.target {
        Target::New { date } => declare(store, &request, *date).await,
        Target::Incident(id) => {
            for attempts in 1..=ATTEMPTS {
                match attempt(store, &request, id, insist_on).await {
                    Err(AttemptError::Conflict { actual }) => {
                        if let Some(expected) = insist_on {
                            return Err(ExecuteError::Stale { expected, actual });
                        }
                        if attempts < ATTEMPTS {
                            pause(attempts).await;
                        }
                    }
                    Err(AttemptError::Final(error)) => return Err(error),
                    Ok(receipt) => return Ok(receipt),
                }
            }
            Err(ExecuteError::Contended { attempts: ATTEMPTS })
        }
    }
}

/// A new incident takes the first free name: the append expects an empty stream, so two that are
/// declared at once can never share one.
async fn declare(
    store: &dyn EventStore,
    request: &Request,
    date: chrono::NaiveDate,
) -> Result<Receipt, ExecuteError> {
    let Command::Declare(declaration) = &request.command else {
        return Err(Refusal::new(
            Reason::UnknownIncident,
            format!("{} needs an incident", request.command.name()),
            "name the incident it is for",
        )
        .into());
    };
    for namesake in 1..=NAMESAKES {
        let id = IncidentId::derive(date, declaration.title.as_str(), namesake);
        match attempt(store, request, &id, Some(Revision::NEW)).await {
            Err(AttemptError::Conflict { .. }) => {}
            Err(AttemptError::Final(error)) => return Err(error),
            Ok(receipt) => return Ok(receipt),
        }
    }
    Err(ExecuteError::Contended { attempts: NAMESAKES })
}

enum AttemptError {
    Conflict { actual: Revision },
    Final(ExecuteError),
}

impl<E: Into<ExecuteError>> From<E> for AttemptError {
    fn from(error: E) -> Self {
        Self::Final(error.into())
    }
}

async fn attempt(
    store: &dyn EventStore,
    request: &Request,
    id: &IncidentId,
    insist_on: Option<Revision>,
) -> Result<Receipt, AttemptError> {
    let history = store.history(id, Revision::NEW).await?;
    let revision = history.last().map_or(Revision::NEW, |last| last.revision);
    let position = history.last().map_or(Position::default(), |last| last.position);
    if insist_on.is_some_and(|expected| expected != revision) {
        return Err(AttemptError::Conflict { actual: revision });
    }
    let incident = Incident::replay(&history);
    let mut events = decide(&incident, id, &request.command, &request.cause)?;
    if events.is_empty() {
        scrub(store, request).await?;
        return Ok(Receipt {
            incident: id.clone(),
            revision,
            position,
            events: Vec::new(),
            positions: Vec::new(),
            leaves: Vec::new(),
        });
    }
    let erasure = erasure(&history, &mut events);
    let cause = &request.cause;
    let draft = |event| Draft {
        actor: cause.actor.clone(),
        occurred: cause.occurred,
        source: cause.source.clone(),
        event,
    };
    let append = Append {
        incident: id.clone(),
        expected: revision,
        command_id: cause.command_id,
        events: events.into_iter().map(draft).collect(),
    };
    let appended = match erasure {
        Some(erasure) => store.erase(append, erasure).await,
        None => store.append(append).await,
    };
    match appended {
        Ok(receipt) => Ok(receipt),
        Err(AppendError::Conflict { actual, .. }) => Err(AttemptError::Conflict { actual }),
        Err(AppendError::Store(error)) => Err(error.into()),
    }
}

/// What is to be erased with these events, if one of them says so. Its digest goes into that event: what
/// remains is a matter of the stored event, of which the situation knows only how it stands corrected.
fn erasure(history: &[Recorded], events: &mut [IncidentEvent]) -> Option<Erasure> {
    let redacted = events.iter_mut().find_map(|event| match event {
        IncidentEvent::Redacted(redacted) => Some(redacted),
        _ => None,
    })?;
    let find = |id: EventId| history.iter().find(|recorded| recorded.event_id() == id);
    let target = find(redacted.target)?;
    let corrects = match &target.event {
        IncidentEvent::Corrected(correction) => find(correction.target).map(|recorded| &recorded.event),
        _ => None,
    };
    let remains = target.event.remains(corrects);
    redacted.remains = Some(Digest::of(remains.get().as_bytes()));
    Some(Erasure { revision: target.revision, remains })
}

/// An erasure that was asked for again may have left something behind the first time: its answer then
/// said so, and asking again must not sound as if all were well.
async fn scrub(store: &dyn EventStore, request: &Request) -> Result<(), StoreError> {
    match request.command {
        Command::Redact(_) => store.scrub().await,
        _ => Ok(()),
    }
}
