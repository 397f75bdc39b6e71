//! Signing the record, and reading it again.

use std::path::PathBuf;
use std::time::Duration;

use scribe_domain::event_store::{StaleCause, StoreError};
use scribe_projections::ledger::verdict::Verdict;
use tokio::task::spawn_blocking;

use super::{App, Options, Whereabouts, place};
use crate::ledger::{Ledger, LedgerError};
use crate::store::sqlite::verify::{self, Measure};
use crate::tasks::Failure;

impl App {
    /// Makes sure that there is a key to sign with, and that it may be used.
    pub async fn prepare_signing(&self) -> Result<(), LedgerError> {
        self.ledger().prepare().await
    }

    /// The one who signs for the record.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// Reads the whole record again. Unless keys are named, those that sign for it are believed.
    pub(super) async fn verify(&self, measure: Measure) -> Result<Verdict, LedgerError> {
        let Whereabouts { store, data } = self.0.whereabouts.clone().ok_or(LedgerError::NoFolder)?;
        // A mirror shall have what the cluster has; if that is out of reach, what there is will have to do. But of
        // nothing it is not said that it holds.
        if let Err(error) = self.store().head().await
            && self.store().stale().await.is_some()
        {
            return Err(error.into());
        }
        // Looked up now: a mirror may have been read anew since the record was opened.
        read_again(place::folder(&store, &data), self.ledger(), measure).await
    }

    /// The same of a record that is too damaged to be opened.
    pub async fn verify_unopened(options: &Options, measure: Measure) -> Result<Verdict, LedgerError> {
        let folder = place::folder(&options.store, &options.data);
        let ledger = Ledger::new(Some(options.data.clone()), options.config.ledger.origin.clone());
        read_again(folder, &ledger, measure).await
    }

    /// Signs a checkpoint if the record has grown. A record that cannot be signed must still be kept. One that is
    /// out of reach is signed when it is back, without a word each time.
    pub(super) async fn sign_if_grown(&self, again: Duration) -> Result<(), Failure> {
        // One that differs from other nodes may have to take back what it signed; what it may sign the ledger and
        // the store know.
        let stale = self.store().stale().await;
        if stale.as_ref().is_some_and(|stale| stale.cause != StaleCause::Differs) {
            tracing::debug!("nothing is signed while the store is out of reach");
            return Ok(());
        }
        let signed = async {
            if self.store().tree().await?.size > 0 {
                self.ledger().checkpoint(self.store()).await?;
            }
            Ok::<(), LedgerError>(())
        };
        signed.await.map_err(|error| {
            let failure = Failure::again(format!("the record could not be signed: {error}"), again);
            // That it differs has been said.
            if stale.is_some() { failure.known() } else { failure }
        })
    }
}

async fn read_again(folder: PathBuf, ledger: &Ledger, mut measure: Measure) -> Result<Verdict, LedgerError> {
    measure.own = ledger.known_key().await?;
    let verdict = spawn_blocking(move || verify::verify(&folder, &measure)).await;
    let stopped = |error| Err(StoreError::Unavailable(format!("the reading stopped: {error}")));
    Ok(verdict.unwrap_or_else(stopped)?)
}
