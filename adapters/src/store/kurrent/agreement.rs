//! Holding what others have signed against the mirror.
//!
//! All nodes derive the same record from the log, so a root that somebody signed and that is not this node's shows
//! that one of them does not have what the log has. The mirror is a cache: it is set aside and read anew. Whoever
//! signed the other root is told by a dispute in the log, and does the same; a node that finds that it was wrong
//! withdraws what it signed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scribe_domain::event_store::{EventStore, KeptCheckpoint, StoreError, TreeHead};
use scribe_domain::values::Digest;
use scribe_projections::ledger::signers::{Difference, Signers, telling};

use super::client::{Place, Trouble};
use super::intake::unwritable;
use super::mirror::Edition;
use super::notices::Dispute;
use crate::clock::Clock;
use crate::store::mirror;
use crate::store::root::root_at;
use crate::store::sqlite::SqliteStore;

/// How many events of two editions are compared at once.
const PAGE: usize = 1_000;

/// What others have signed, as far as the log has been read.
pub(super) struct Agreement {
    signers: Signers,
    /// The log has been read from its beginning up to here, in one go.
    read_until: Option<Place>,
    /// An edition that was set aside, until the one after it has come as far as the log had.
    aside: Option<Arc<Edition>>,
    clock: Clock,
    /// Where the editions lie.
    folder: PathBuf,
}

impl Agreement {
    pub(super) fn new(folder: &Path, clock: Clock) -> Self {
        Self { signers: Signers::default(), read_until: None, aside: None, clock, folder: folder.to_owned() }
    }

    /// The log is read from its beginning, and ends here as of now.
    pub(super) fn begin_anew(&mut self, end: Option<Place>, aside: Option<Arc<Edition>>) {
        self.signers = Signers::default();
        self.read_until = end;
        self.aside = aside.or(self.aside.take());
    }

    /// A mirror is gone on with that holds these checkpoints.
    pub(super) fn go_on(&mut self, kept: &[KeptCheckpoint]) {
        self.signers = Signers::default();
        for note in telling(kept.iter().map(|kept| kept.note.as_str())) {
            self.take(note);
        }
    }

    /// Somebody signed.
    pub(super) fn take(&mut self, note: &str) {
        self.signers.take(note);
    }

    /// The edition that was set aside, once the one after it has come as far as the log had.
    pub(super) fn caught_up(&mut self, seen: Option<Place>) -> Option<Arc<Edition>> {
        if seen >= self.read_until { self.aside.take() } else { None }
    }

    /// Whether the log is being read from its beginning because of a difference.
    pub(super) fn is_reading_anew(&self) -> bool {
        self.aside.is_some()
    }

    /// The first signed root that is not the mirror's. What was signed for an edition that was set aside is known
    /// to be wrong.
    pub(super) async fn difference(&mut self, edition: &Edition) -> Result<Option<Difference>, Trouble> {
        let mut roots = HashMap::new();
        for claim in self.signers.outstanding().cloned().collect::<Vec<_>>() {
            let TreeHead { size, root } = claim.head;
            let ours = root_at(&edition.store, size).await.map_err(|error| unwritable(&error))?;
            if ours == Some(root) {
                self.signers.settle(&claim);
            }
            let was_ours = ours != Some(root) && self.was_ours(edition, size, root).await;
            roots.insert((size, root.0), if was_ours { Some(root) } else { ours });
        }
        Ok(self
            .signers
            .difference(|claim| roots.get(&(claim.head.size, claim.head.root.0)).copied().flatten()))
    }

    /// Whether a dispute is about what the mirror holds, and the log has not been read anew since.
    pub(super) async fn is_disputed(
        &self,
        edition: &Edition,
        dispute: &Dispute,
        at: Option<Place>,
    ) -> Result<bool, Trouble> {
        if at <= self.read_until {
            return Ok(false);
        }
        let ours = root_at(&edition.store, dispute.size).await.map_err(|error| unwritable(&error))?;
        Ok(ours == Some(dispute.root))
    }

    async fn was_ours(&self, edition: &Edition, size: u64, root: Digest) -> bool {
        for number in 0..edition.number {
            let folder = mirror::edition_folder(&self.folder, number);
            // One that does not open tells nothing.
            let Ok(store) = SqliteStore::open_mirror(&folder, Arc::clone(&self.clock)) else { continue };
            if root_at(&store, size).await.is_ok_and(|theirs| theirs == Some(root)) {
                return true;
            }
        }
        false
    }
}

/// The first position at which two editions differ; `None` if one is the beginning of the other.
pub(super) async fn first_difference(
    one: &dyn EventStore,
    other: &dyn EventStore,
) -> Result<Option<u64>, StoreError> {
    let mut after = scribe_domain::ids::Position::default();
    loop {
        let (ours, theirs) = (one.read_kept(after, PAGE).await?, other.read_kept(after, PAGE).await?);
        let differing = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
        if let Some((ours, _)) = differing {
            return Ok(Some(ours.position.0));
        }
        match ours.last() {
            Some(last) if ours.len() == theirs.len() => after = last.position,
            _ => return Ok(None),
        }
    }
}

/// A difference in words.
pub(super) fn told(difference: &Difference) -> String {
    let Difference { size, signer, theirs, ours, .. } = difference;
    let ours = ours.map_or("fewer events".to_owned(), |ours| ours.to_string());
    format!(
        "{} signed the root {theirs} for the first {size} events, and this node has {ours}",
        signer.name()
    )
}
