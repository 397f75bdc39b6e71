//! Holding what others have signed against the mirror.
//!
//! All nodes derive the same record from the log, so a root that somebody signed and that is not this node's shows
//! that one of them does not have what the log has. The mirror is a cache: it is set aside and read anew. Whoever
//! signed the other root is told by a dispute in the log, and does the same; a node that finds that it was wrong
//! withdraws what it signed.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scribe_domain::event_store::{EventStore, KeptCheckpoint, StoreError, TreeHead};
use scribe_domain::ids::{IncidentId, Position};
use scribe_projections::ledger::signers::{Difference, Signers, telling};

use crate::clock::Clock;
use crate::store::codec::{self, Decoder};
use crate::store::kurrent::client::Place;
use crate::store::kurrent::format::notices::Dispute;
use crate::store::kurrent::intake::{Halt, unwritable};
use crate::store::kurrent::mirror::Edition;
use crate::store::mirror;
use crate::store::root::root_at;
use crate::store::sqlite::{FILE_NAME, SqliteStore};

/// How many events of two editions are compared at once.
const PAGE: usize = 1_000;
/// What remained so after reading anew, beside the editions.
const CONFIRMED: &str = "read-anew.json";
/// How much of that is remembered.
const MOST_CONFIRMED: usize = 1_000;

/// What others have signed, as far as the log has been read.
pub(in crate::store::kurrent) struct Agreement {
    signers: Signers,
    /// The log has been read from its beginning up to here, in one go.
    read_until: Option<Place>,
    /// Whether that is under way because of a difference.
    is_reading: bool,
    /// What remained so after the log was read anew: reading it once more would not help.
    confirmed: Vec<Dispute>,
    clock: Clock,
    /// Where the editions lie.
    folder: PathBuf,
}

impl Agreement {
    pub(in crate::store::kurrent) fn new(folder: &Path, clock: Clock) -> Self {
        let confirmed = fs::read(folder.join(CONFIRMED)).ok();
        let confirmed = confirmed.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        let (signers, folder) = (Signers::default(), folder.to_owned());
        Self { signers, read_until: None, is_reading: false, confirmed, clock, folder }
    }

    /// The log is read from its beginning, and has so much of this record as of now.
    pub(in crate::store::kurrent) fn begin_anew(&mut self, end: Option<Place>, is_reading: bool) {
        self.signers = Signers::default();
        self.read_until = end;
        self.is_reading = is_reading;
    }

    /// Whether the log is being read from its beginning because of a difference.
    pub(in crate::store::kurrent) fn is_reading_anew(&self) -> bool {
        self.is_reading
    }

    /// Whether it has been read as far as it went when that began.
    pub(in crate::store::kurrent) fn is_read(&self, seen: Option<Place>) -> bool {
        self.is_reading && seen >= self.read_until
    }

    /// What was to be found out is known.
    pub(in crate::store::kurrent) fn end_reading(&mut self) {
        self.is_reading = false;
    }

    /// This remained so after the log was read anew.
    pub(in crate::store::kurrent) fn confirm(&mut self, dispute: Dispute) {
        if self.is_confirmed(&dispute) {
            return;
        }
        self.confirmed.push(dispute);
        let first = self.confirmed.len().saturating_sub(MOST_CONFIRMED);
        self.confirmed.drain(..first);
        let written = serde_json::to_vec(&self.confirmed).map_err(io::Error::from);
        if let Err(error) = written.and_then(|json| fs::write(self.folder.join(CONFIRMED), json)) {
            tracing::warn!(%error, "what was confirmed by reading anew is not kept");
        }
    }

    pub(in crate::store::kurrent) fn is_confirmed(&self, dispute: &Dispute) -> bool {
        self.confirmed.contains(dispute)
    }

    /// A mirror is gone on with that holds these checkpoints.
    pub(in crate::store::kurrent) fn go_on(&mut self, kept: &[KeptCheckpoint]) {
        self.signers = Signers::default();
        // A key may have been announced after what it signed first.
        self.signers.take_all(telling(kept.iter().map(|kept| kept.note.as_str())));
    }

    /// Somebody signed.
    pub(in crate::store::kurrent) fn take(&mut self, note: &str) {
        self.signers.take(note);
    }

    /// The first signed root that is not the mirror's. What was signed for an edition that was set aside is known
    /// to be wrong.
    pub(in crate::store::kurrent) async fn difference(
        &mut self,
        edition: &Edition,
    ) -> Result<Option<Difference>, Halt> {
        let mut roots = HashMap::new();
        for claim in self.signers.outstanding().cloned().collect::<Vec<_>>() {
            let TreeHead { size, root } = claim.head;
            let ours = root_at(&edition.store, size).await.map_err(|error| unwritable(&error))?;
            if ours == Some(root) {
                self.signers.settle(&claim);
            }
            let was_ours =
                ours != Some(root) && was_ours(&self.folder, &self.clock, edition.number, claim.head).await;
            roots.insert((size, root.0), if was_ours { Some(root) } else { ours });
        }
        Ok(self
            .signers
            .difference(|claim| roots.get(&(claim.head.size, claim.head.root.0)).copied().flatten()))
    }

    /// Whether a dispute is about what the mirror holds, and the log has not been read anew since.
    pub(in crate::store::kurrent) async fn is_disputed(
        &self,
        edition: &Edition,
        dispute: &Dispute,
        at: Option<Place>,
    ) -> Result<bool, Halt> {
        if at <= self.read_until || self.is_confirmed(dispute) {
            return Ok(false);
        }
        let ours = root_at(&edition.store, dispute.size).await.map_err(|error| unwritable(&error))?;
        Ok(ours == Some(dispute.root))
    }
}

/// Whether an edition that was set aside had this root.
pub(in crate::store::kurrent) async fn was_ours(
    folder: &Path,
    clock: &Clock,
    editions: u64,
    head: TreeHead,
) -> bool {
    for number in 0..editions {
        let folder = mirror::edition_folder(folder, number);
        // One that is not there any more, or does not open, tells nothing.
        if !folder.join(FILE_NAME).exists() {
            continue;
        }
        let Ok(store) = SqliteStore::open_mirror(&folder, Arc::clone(clock)) else { continue };
        if root_at(&store, head.size).await.is_ok_and(|theirs| theirs == Some(head.root)) {
            return true;
        }
    }
    false
}

/// An incident of which one edition has more than the other.
pub(in crate::store::kurrent) async fn lacks(
    whole: &dyn EventStore,
    other: &dyn EventStore,
) -> Result<Option<IncidentId>, StoreError> {
    let mut revisions = HashMap::new();
    let (mut after, mut decoder) = (Position::default(), Decoder::default());
    loop {
        let page = whole.read_kept(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for kept in &page {
            let recorded = codec::read(&mut decoder, kept)
                .map_err(|error| StoreError::Damaged(format!("position {}: {error}", kept.position)))?;
            revisions.insert(recorded.incident, recorded.revision);
        }
    }
    for (incident, revision) in revisions {
        if other.revision(&incident).await? < revision {
            return Ok(Some(incident));
        }
    }
    Ok(None)
}

/// The first position at which two editions differ; `None` if one is the beginning of the other.
pub(in crate::store::kurrent) async fn first_difference(
    one: &dyn EventStore,
    other: &dyn EventStore,
) -> Result<Option<u64>, StoreError> {
    let mut after = Position::default();
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
pub(in crate::store::kurrent) fn told(difference: &Difference) -> String {
    let Difference { size, signer, theirs, ours, .. } = difference;
    let ours = ours.map_or("fewer events".to_owned(), |ours| ours.to_string());
    format!(
        "{} signed the root {theirs} for the first {size} events, and this node has {ours}",
        signer.name()
    )
}
