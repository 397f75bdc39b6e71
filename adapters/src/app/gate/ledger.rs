//! Everything that reads the ledger.

use scribe_domain::ids::{EventId, Position};
use scribe_projections::ledger::bundle::TilePath;
use scribe_projections::ledger::growth::Growth;
use scribe_projections::ledger::inclusion::InclusionFile;
use scribe_projections::ledger::note::VerifierKey;
use scribe_projections::ledger::verdict::Verdict;

use super::rights::{GateError, Sight};
use super::{App, Question, Scope, Shows};
use crate::app::Measure;
use crate::ledger::{Keys, LedgerError, proofs};

/// The record in one signed number; made if the record has grown.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoint;

impl Question for Checkpoint {
    type Answer<'a> = String;
    type Error = LedgerError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<String, GateError<LedgerError>> {
        Ok(app.ledger().checkpoint(app.store()).await?)
    }
}

/// The public keys by which checkpoints are verified.
#[derive(Debug, Clone, Copy)]
pub struct PublicKeys;

impl Question for PublicKeys {
    type Answer<'a> = Keys;
    type Error = LedgerError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<Keys, GateError<LedgerError>> {
        Ok(app.ledger().keys(app.store()).await?)
    }
}

/// These keys, and those that took over from them or from which they took over.
#[derive(Debug, Clone, Copy)]
pub struct RelatedKeys<'k>(pub &'k [VerifierKey]);

impl Question for RelatedKeys<'_> {
    type Answer<'a> = Vec<VerifierKey>;
    type Error = LedgerError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<Vec<VerifierKey>, GateError<LedgerError>> {
        Ok(app.ledger().related(app.store(), self.0).await?)
    }
}

/// A tile of the tree; `None` if the tree has not grown that far.
#[derive(Debug, Clone, Copy)]
pub struct Tile(pub TilePath);

impl Question for Tile {
    type Answer<'a> = Option<Vec<u8>>;
    type Error = LedgerError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        if self.0.shows_headers() { Shows::All } else { Shows::Nothing }
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<Option<Vec<u8>>, GateError<LedgerError>> {
        if self.0.shows_headers() {
            // Of hashes nobody can tell what was hashed: each entry has a salt. Headers name incidents and people.
            sight.must_be_whole().map_err(GateError::NotAllowed)?;
        }
        Ok(proofs::tile(app.store(), self.0).await?)
    }
}

/// The proof that an event is in the record, with the event.
#[derive(Debug, Clone, Copy)]
pub enum Proof {
    /// Of the event at this position, which is found at once.
    At(Position),
    /// Of the event with this id, for which the record is looked through.
    Of(EventId),
}

impl Proof {
    /// What is asked about, as it is said of one that is not there.
    fn told(self) -> String {
        match self {
            Self::At(position) => format!("at position {position}"),
            Self::Of(event) => event.to_string(),
        }
    }
}

impl Question for Proof {
    type Answer<'a> = InclusionFile;
    type Error = LedgerError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::All
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<InclusionFile, GateError<LedgerError>> {
        let position = match self {
            Self::At(position) => position,
            Self::Of(event) => proofs::find(app.store(), event).await?,
        };
        if *sight != Sight::All {
            let before = Position(position.0.saturating_sub(1));
            let asked = app.store().read(before, 1).await.map_err(LedgerError::from)?;
            let is_there = !asked.is_empty();
            if is_there && app.those_shown(asked, sight).await.map_err(LedgerError::from)?.is_empty() {
                return Err(LedgerError::NoSuchEvent(self.told()).into());
            }
        }
        Ok(app.ledger().prove(app.store(), position).await?)
    }
}

/// The proof that the record of one size is that of another, grown.
#[derive(Debug, Clone, Copy)]
pub struct Consistency {
    /// The size of the older tree.
    pub from: u64,
    /// The size of the newer tree.
    pub to: u64,
}

impl Question for Consistency {
    type Answer<'a> = Growth;
    type Error = LedgerError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<Growth, GateError<LedgerError>> {
        let Self { from, to } = self;
        let hashes = proofs::consistency(app.store(), from, to).await?;
        Ok(Growth { old_size: from, new_size: to, hashes })
    }
}

/// Whether the whole record holds, by reading it again.
#[derive(Debug)]
pub struct Verify(pub Measure);

impl Question for Verify {
    type Answer<'a> = Verdict;
    type Error = LedgerError;
    const SCOPE: Scope = Scope::Audit;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<Verdict, GateError<LedgerError>> {
        let mut verdict = app.verify(self.0).await?;
        // A record that cannot be read so far has worse said of it.
        verdict.remarks.extend(app.time_remarks().await.unwrap_or_default());
        Ok(verdict)
    }
}
