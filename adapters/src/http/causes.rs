//! What failed beneath, as a problem.

use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;

use super::problem::Problem;
use crate::app::gate::rights::GateError;
use crate::app::gate::time_stamps::StampError;
use crate::ledger::LedgerError;
use crate::transfer::TransferError;

impl<E> From<GateError<E>> for Problem
where
    Self: From<E>,
{
    fn from(error: GateError<E>) -> Self {
        match error {
            GateError::NotAllowed(why) => Self::NotAllowed(why),
            GateError::Failed(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        let what = error.to_string();
        match error {
            LedgerError::Store(error) => Self::Store(error),
            LedgerError::NoSuchEvent(_) | LedgerError::TooShort { .. } => Self::NotInRecord { what },
            LedgerError::Rewritten { .. } => {
                tracing::error!("{what}");
                Self::Rewritten { what }
            }
            LedgerError::Differs { .. } => Self::Differs { what },
            LedgerError::Key(_) | LedgerError::NoFolder | LedgerError::ChangedAlready => {
                Self::CannotSign { what }
            }
        }
    }
}

impl From<StampError> for Problem {
    fn from(error: StampError) -> Self {
        match error {
            StampError::NoStamp(why) => Self::NoStamp(why),
            StampError::Ledger(error) => error.into(),
        }
    }
}

impl From<ExecuteError> for Problem {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Refused(refusal) => Self::Refused(refusal),
            ExecuteError::Stale { expected, actual } => Self::Stale { expected, actual },
            ExecuteError::KeyReused { incident } => {
                Self::KeyReused { incident: incident.map(|id| id.to_string()) }
            }
            ExecuteError::Contended { .. } => Self::Contended,
            ExecuteError::Store(error) => Self::Store(error),
        }
    }
}

impl From<TransferError> for Problem {
    fn from(error: TransferError) -> Self {
        let repeat =
            || "put it right and send the whole file again: what was taken over is not added twice".into();
        match error {
            TransferError::Line { line, message } => Self::Line { line, what: message, hint: repeat() },
            TransferError::Refused { first, message, .. } => {
                Self::Line { line: first, what: message, hint: repeat() }
            }
            TransferError::Differs { line, position } => Self::OtherRecord { line, position },
            TransferError::Contended { .. } => Self::Contended,
            TransferError::Store(error) => Self::Store(error),
        }
    }
}
