//! Load, decide, append, and re-decide on a conflict.

use crate::command::{Command, Request, Target};
use crate::event_store::{Append, AppendError, Draft, EventStore, Receipt, StoreError};
use crate::ids::{IncidentId, Position, Revision};
use crate::incident::{Incident, decide};
use crate::refusal::{Reason, Refusal};

/// How often a command is decided anew when others append to the same incident at the same time.
pub const ATTEMPTS: u32 = 16;
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
pub async fn execute(
    store: &dyn EventStore,
    request: Request,
    insist_on: Option<Revision>,
) -> Result<Receipt, ExecuteError> {
    if let Some(receipt) = store.receipt(request.cause.command_id).await? {
        return Ok(receipt);
    }
    match &request.target {
        Target::New { date } => declare(store, &request, *date).await,
        Target::Incident(id) => {
            for _ in 0..ATTEMPTS {
                match attempt(store, &request, id, insist_on).await {
                    Err(AttemptError::Conflict { actual }) => {
                        if let Some(expected) = insist_on {
                            return Err(ExecuteError::Stale { expected, actual });
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
    let events = decide(&incident, id, &request.command, &request.cause)?;
    if events.is_empty() {
        return Ok(Receipt {
            incident: id.clone(),
            revision,
            position,
            events: Vec::new(),
            positions: Vec::new(),
            leaves: Vec::new(),
        });
    }
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
    match store.append(append).await {
        Ok(receipt) => Ok(receipt),
        Err(AppendError::Conflict { actual, .. }) => Err(AttemptError::Conflict { actual }),
        Err(AppendError::Store(error)) => Err(error.into()),
    }
}
