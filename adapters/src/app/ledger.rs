//! Signing as the record grows, and reading it again.

use std::time::Duration;

use scribe_domain::event_store::StoreError;
use scribe_projections::ledger::verdict::Verdict;
use tokio::task::spawn_blocking;

use super::App;
use crate::ledger::{Ledger, LedgerError};
use crate::store::sqlite::verify::{self, Measure};

/// How often a record that grows is signed.
const EVERY: Duration = Duration::from_mins(1);

impl App {
    /// The one who signs for the record.
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// Reads the whole record again. Unless other keys are named, those that sign for it are believed.
    pub async fn verify(&self, mut measure: Measure) -> Result<Verdict, LedgerError> {
        let folder = self.0.folder.clone().ok_or(LedgerError::NoFolder)?;
        if measure.trusted.is_empty() {
            measure.trusted.extend(self.ledger().known_key().await?);
        }
        let verdict = spawn_blocking(move || verify::verify(&folder, &measure)).await;
        Ok(verdict.unwrap_or_else(|stopped| {
            Err(StoreError::Unavailable(format!("the reading stopped: {stopped}")))
        })?)
    }

    /// Signs a checkpoint now and about once a minute while the record grows, until the program stops.
    pub async fn keep_signing(&self) {
        while !self.is_closing() {
            self.sign().await;
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.closed() => {}
            }
        }
    }

    /// Signs a checkpoint if the record has grown. What goes wrong is logged: a record that cannot be signed
    /// must still be kept.
    pub async fn sign(&self) {
        let signed = async {
            if self.store().tree().await?.size > 0 {
                self.ledger().checkpoint(self.store()).await?;
            }
            Ok::<(), LedgerError>(())
        };
        if let Err(error) = signed.await {
            tracing::error!(%error, "the record could not be signed");
        }
    }
}
