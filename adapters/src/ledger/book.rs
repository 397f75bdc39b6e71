//! Signing checkpoints, and changing the key.
//!
//! Before anything is signed, the record is held against what was signed last and against its own tree: a
//! record that was rewritten gets no new signature that would make it look right.

use std::path::PathBuf;

use scribe_domain::event_store::{EventStore, KeptCheckpoint, TreeHead};
use scribe_domain::ids::Position;
use scribe_projections::ledger::checkpoint::{Checkpoint, KeyChange, related_keys};
use scribe_projections::ledger::inclusion::{InclusionFile, ProvenEvent};
use scribe_projections::ledger::note::{KeyName, Note, SigningKey, VerifierKey};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::key::{self, KeyFileError};
use super::{LedgerError, proofs};

/// The one who signs for a record.
pub struct Ledger {
    folder: Option<PathBuf>,
    origin: Option<KeyName>,
    /// One signs at a time.
    turn: Mutex<()>,
}

/// The public keys by which a record's checkpoints are verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Keys {
    /// The log's name, which is also the key's.
    pub origin: String,
    /// The key that signs now.
    pub key: String,
    /// Those that signed before it.
    pub earlier: Vec<String>,
}

impl Keys {
    /// All of them, as keys.
    pub fn believed(&self) -> Vec<VerifierKey> {
        let texts = std::iter::once(&self.key).chain(&self.earlier);
        texts.filter_map(|text| text.parse().ok()).collect()
    }
}

/// The end of a sound record, and what was signed last.
struct Sound {
    head: TreeHead,
    last: Option<(Note, Checkpoint)>,
}

impl Ledger {
    /// Signs for the record in a folder, in the name that the settings say.
    pub fn new(folder: Option<PathBuf>, origin: Option<KeyName>) -> Self {
        Self { folder, origin, turn: Mutex::default() }
    }

    /// Makes sure that there is a key, and that it can be used.
    pub async fn prepare(&self) -> Result<(), LedgerError> {
        self.key().await.map(drop)
    }

    /// The signed checkpoint of the record as it stands: the last one if nothing was added since.
    pub async fn checkpoint(&self, store: &dyn EventStore) -> Result<String, LedgerError> {
        let _turn = self.turn.lock().await;
        let key = self.key().await?;
        let Sound { head, last } = sound(store).await?;
        let note = match last {
            Some((mut note, last)) if last.head.size == head.size => {
                if note.verified_by(std::slice::from_ref(key.verifier())).is_ok() {
                    return Ok(note.to_string());
                }
                note.add(&key);
                note
            }
            _ => signed(&Checkpoint::of(key.verifier().name().clone(), head), &[&key])?,
        };
        keep(store, head.size, note).await
    }

    /// A new key in place of the present one: the checkpoint that both signed.
    pub async fn change_key(&self, store: &dyn EventStore) -> Result<String, LedgerError> {
        let _turn = self.turn.lock().await;
        let present = self.key().await?;
        let Sound { head, last } = sound(store).await?;
        let said = last.filter(|(_, last)| last.head.size == head.size);
        if let Some((note, Checkpoint { key_change: Some(change), .. })) = said {
            // One that was cut short after it was recorded is finished; another must wait for an event, since
            // there is one checkpoint for each size.
            let next = self.with_folder(|folder| key::read_next(&folder)).await?;
            if change.from != *present.verifier() || next.is_none_or(|next| *next.verifier() != change.to) {
                return Err(LedgerError::ChangedAlready);
            }
            self.with_folder(move |folder| key::take_over(&folder, &present)).await?;
            return Ok(note.to_string());
        }
        let name = present.verifier().name().clone();
        let next = self.with_folder(move |folder| key::make_next(&folder, &name)).await?;
        let key_change = KeyChange { from: present.verifier().clone(), to: next.verifier().clone() };
        let checkpoint = Checkpoint::of(present.verifier().name().clone(), head);
        let checkpoint = Checkpoint { key_change: Some(key_change), ..checkpoint };
        let note = keep(store, head.size, signed(&checkpoint, &[&present, &next])?).await?;
        self.with_folder(move |folder| key::take_over(&folder, &present)).await?;
        Ok(note)
    }

    /// The public keys.
    pub async fn keys(&self, store: &dyn EventStore) -> Result<Keys, LedgerError> {
        let now = self.key().await?.verifier().clone();
        let kept = store.checkpoints().await?;
        let related = related_keys(std::slice::from_ref(&now), kept.iter().map(|kept| kept.note.as_str()));
        Ok(Keys {
            origin: now.name().to_string(),
            key: now.to_string(),
            earlier: related.iter().filter(|key| **key != now).map(ToString::to_string).collect(),
        })
    }

    /// These keys, and those that took over from them or from which they took over, by what is kept.
    pub async fn related(
        &self,
        store: &dyn EventStore,
        keys: &[VerifierKey],
    ) -> Result<Vec<VerifierKey>, LedgerError> {
        let kept = store.checkpoints().await?;
        Ok(related_keys(keys, kept.iter().map(|kept| kept.note.as_str())))
    }

    /// The public key, if there is one already.
    pub async fn known_key(&self) -> Result<Option<VerifierKey>, LedgerError> {
        let origin = self.origin.clone();
        let key = self.with_folder(move |folder| key::read(&folder, origin.as_ref())).await?;
        Ok(key.map(|key| key.verifier().clone()))
    }

    /// The proof of one event, against the record as it stands.
    pub async fn prove(
        &self,
        store: &dyn EventStore,
        position: Position,
    ) -> Result<InclusionFile, LedgerError> {
        let checkpoint = self.checkpoint(store).await?;
        let (_, Checkpoint { head, .. }) = read(&checkpoint, 0)?;
        let (kept, hashes) = proofs::inclusion(store, position, head.size).await?;
        let index = position.0.saturating_sub(1);
        Ok(InclusionFile { event: ProvenEvent::of(&kept), index, hashes, checkpoint })
    }

    async fn key(&self) -> Result<SigningKey, LedgerError> {
        // Read anew each time: another process may have changed it.
        let origin = self.origin.clone();
        self.with_folder(move |folder| key::read_or_make(&folder, origin.as_ref())).await
    }

    async fn with_folder<T: Send + 'static>(
        &self,
        work: impl FnOnce(PathBuf) -> Result<T, KeyFileError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let folder = self.folder.clone().ok_or(LedgerError::NoFolder)?;
        let path = folder.clone();
        let done = spawn_blocking(move || work(folder)).await;
        Ok(done.unwrap_or_else(|error| Err(KeyFileError::Io { path, source: error.into() }))?)
    }
}

/// The record's end, if the record still is what was signed last.
async fn sound(store: &dyn EventStore) -> Result<Sound, LedgerError> {
    let head = store.tree().await?;
    if proofs::root_at(store, head.size).await? != head.root {
        return Err(LedgerError::Rewritten { size: head.size });
    }
    let Some(kept) = store.checkpoints().await?.pop() else { return Ok(Sound { head, last: None }) };
    let rewritten = LedgerError::Rewritten { size: kept.size };
    // Somebody may have appended and signed since the end was looked up.
    if kept.size > store.tree().await?.size {
        return Err(rewritten);
    }
    let (note, last) = read(&kept.note, kept.size)?;
    if last.head.size != kept.size || proofs::root_at(store, kept.size).await? != last.head.root {
        return Err(rewritten);
    }
    let head = if kept.size > head.size { last.head } else { head };
    Ok(Sound { head, last: Some((note, last)) })
}

fn read(note: &str, size: u64) -> Result<(Note, Checkpoint), LedgerError> {
    let read = Note::parse(note).ok().and_then(|note| {
        let checkpoint = Checkpoint::parse(note.text()).ok()?;
        Some((note, checkpoint))
    });
    read.ok_or(LedgerError::Rewritten { size })
}

fn signed(checkpoint: &Checkpoint, keys: &[&SigningKey]) -> Result<Note, LedgerError> {
    // A checkpoint's text is always a note's.
    checkpoint.sign(keys.iter().copied()).map_err(|_| LedgerError::Rewritten { size: checkpoint.head.size })
}

async fn keep(store: &dyn EventStore, size: u64, note: Note) -> Result<String, LedgerError> {
    let note = note.to_string();
    store.keep_checkpoint(KeptCheckpoint { size, note: note.clone() }).await?;
    Ok(note)
}
