//! Load, decide, append, and re-decide on a conflict.

use crate::command::decide;
use crate::command::{Command, Request, Target};
use crate::event::IncidentEvent;
use crate::event_store::{Append, AppendError, Draft, Erasure, EventStore, Receipt, StoreError, Wiping};
use crate::ids::{EventId, IncidentId, Position, Revision};
use crate::incident::{Incident, evolve};
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
    /// The request's key was used before, for something else. Nothing was done.
    #[error("this key was used before, for another request{}", about(.incident.as_ref()))]
    KeyReused {
        /// The incident that the first request was about; none where that is not the caller's to know.
        incident: Option<IncidentId>,
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

fn about(incident: Option<&IncidentId>) -> String {
    incident.map_or_else(String::new, |incident| format!(" about {incident}"))
}

/// Carries out a request: all of it or nothing.
///
/// A command id seen before gets its first receipt, before anything is decided; unless it stood for another
/// request, by the fingerprint that is kept with it. A command that is already satisfied adds nothing, and its
/// receipt has no events. With `insist_on`, nothing is re-decided: the incident must be at exactly that revision.
///
/// Between two attempts it is for the caller to `pause`, who is told how many there were: whoever appends from
/// elsewhere at the same moment should not meet this one again at once.
pub async fn execute(
    store: &dyn EventStore,
    request: Request,
    insist_on: Option<Revision>,
    known: &mut Known,
    pause: impl AsyncFn(u32),
) -> Result<Receipt, ExecuteError> {
    if let Some(receipt) = store.receipt(request.cause.command_id).await? {
        must_be_the_same(store, &request, &receipt).await?;
        scrub(store, &request).await?;
        return Ok(receipt);
    }
    match &request.target {
        Target::New { date } => declare(store, &request, *date).await,
        Target::Incident(id) => {
            for attempts in 1..=ATTEMPTS {
                match attempt(store, &request, id, insist_on, known).await {
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

/// An incident's situation as it was when a request was last decided, so that the next one reads only what came
/// after it: what a request costs does not grow with its incident.
#[derive(Debug, Default)]
pub struct Known {
    incident: Option<IncidentId>,
    edition: u64,
    revision: Revision,
    position: Position,
    situation: Incident,
}

impl Known {
    /// Reads what came since.
    async fn catch_up(&mut self, store: &dyn EventStore, id: &IncidentId) -> Result<(), StoreError> {
        if self.incident.as_ref() != Some(id) || self.edition != store.edition() {
            *self = Self { incident: Some(id.clone()), edition: store.edition(), ..Self::default() };
        }
        let news = store.history(id, self.revision).await?;
        let erases = |recorded: &Recorded| matches!(recorded.event, IncidentEvent::Redacted(_));
        if self.revision > Revision::NEW && news.iter().any(erases) {
            // The words are gone from the record, and go from here.
            self.forget();
            let history = store.history(id, Revision::NEW).await?;
            self.follow(&history);
        } else {
            self.follow(&news);
        }
        Ok(())
    }

    fn follow(&mut self, news: &[Recorded]) {
        let situation = std::mem::take(&mut self.situation);
        self.situation = news.iter().fold(situation, evolve);
        if let Some(last) = news.last() {
            (self.revision, self.position) = (last.revision, last.position);
        }
    }

    fn forget(&mut self) {
        (self.revision, self.position) = (Revision::NEW, Position::default());
        self.situation = Incident::default();
    }
}

/// A key stands for one request. An older program kept no fingerprint; of its requests nothing is known.
async fn must_be_the_same(
    store: &dyn EventStore,
    request: &Request,
    receipt: &Receipt,
) -> Result<(), ExecuteError> {
    let reused = || ExecuteError::KeyReused { incident: Some(receipt.incident.clone()) };
    if matches!(&request.target, Target::Incident(incident) if *incident != receipt.incident) {
        return Err(reused());
    }
    let (Some(asked), Some(first)) = (request.fingerprint, receipt.positions.first()) else { return Ok(()) };
    let first = store.read(Position(first.0.saturating_sub(1)), 1).await?;
    match first.first().and_then(|recorded| recorded.request) {
        Some(kept) if kept != asked => Err(reused()),
        _ => Ok(()),
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
        match attempt(store, request, &id, Some(Revision::NEW), &mut Known::default()).await {
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
    known: &mut Known,
) -> Result<Receipt, AttemptError> {
    known.catch_up(store, id).await?;
    let (revision, position) = (known.revision, known.position);
    if insist_on.is_some_and(|expected| expected != revision) {
        return Err(AttemptError::Conflict { actual: revision });
    }
    let mut events = decide(&known.situation, id, &request.command, &request.cause)?;
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
    let erasure = erasure(store, id, &mut events, request.wiping).await?;
    let cause = &request.cause;
    let draft = |event| Draft {
        actor: cause.actor.clone(),
        occurred: cause.occurred,
        told: cause.told,
        source: cause.source.clone(),
        origin: cause.origin.clone(),
        event,
    };
    let append = Append {
        incident: id.clone(),
        expected: revision,
        command_id: cause.command_id,
        request: request.fingerprint,
        events: events.into_iter().map(draft).collect(),
    };
    let appended = match erasure {
        Some(erasure) => store.erase(append, erasure).await,
        None => store.append(append).await,
    };
    match appended {
        Ok(receipt) => {
            // Somebody may have used the key for another request a moment ago.
            must_be_the_same(store, request, &receipt).await?;
            Ok(receipt)
        }
        Err(AppendError::Conflict { actual, .. }) => {
            if actual < revision {
                known.forget();
            }
            Err(AttemptError::Conflict { actual })
        }
        Err(AppendError::Store(error)) => Err(error.into()),
    }
}

/// What is to be erased with these events, if one of them says so. Its digest goes into that event: what
/// remains is a matter of the stored event, of which the situation knows only how it stands corrected.
async fn erasure(
    store: &dyn EventStore,
    id: &IncidentId,
    events: &mut [IncidentEvent],
    wiping: Wiping,
) -> Result<Option<Erasure>, StoreError> {
    let redacted = events.iter_mut().find_map(|event| match event {
        IncidentEvent::Redacted(redacted) => Some(redacted),
        _ => None,
    });
    let Some(redacted) = redacted else { return Ok(None) };
    let history = store.history(id, Revision::NEW).await?;
    let find = |id: EventId| history.iter().find(|recorded| recorded.event_id() == id);
    let Some(target) = find(redacted.target) else { return Ok(None) };
    let corrects = match &target.event {
        IncidentEvent::Corrected(correction) => find(correction.target).map(|recorded| &recorded.event),
        _ => None,
    };
    let remains = target.event.remains(corrects);
    redacted.remains = Some(Digest::of(remains.get().as_bytes()));
    Ok(Some(Erasure { revision: target.revision, remains, wiping }))
}

/// An erasure that was asked for again may have left something behind the first time: its answer then
/// said so, and asking again must not sound as if all were well.
async fn scrub(store: &dyn EventStore, request: &Request) -> Result<(), StoreError> {
    match (&request.command, request.wiping) {
        (Command::Redact(_), Wiping::AtOnce) => store.scrub().await,
        _ => Ok(()),
    }
}
