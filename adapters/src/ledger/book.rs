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
use scribe_projections::ledger::notes::{each, joined};
use scribe_projections::ledger::signers::{Signers, Standing};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::key::{self, KeyFileError};
use super::sound::{Sound, sound};
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
    /// Those of other nodes that serve the same record: each announced itself there.
    #[serde(default)]
    pub others: Vec<String>,
}

impl Keys {
    /// All of them, as keys.
    pub fn believed(&self) -> Vec<VerifierKey> {
        let texts = std::iter::once(&self.key).chain(&self.earlier).chain(&self.others);
        texts.filter_map(|text| text.parse().ok()).collect()
    }
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

    /// The checkpoint of the record as it stands, signed here: the last one if nothing was added since. Once what
    /// is read was read anew, it takes back what this node said before that is not so.
    pub async fn checkpoint(&self, store: &dyn EventStore) -> Result<String, LedgerError> {
        let _turn = self.turn.lock().await;
        let key = self.key().await?;
        let Sound { head, here, withdraw } = sound(store, key.verifier()).await?;
        let said = here.iter().find(|note| announces(note, head, key.verifier()));
        if let Some(note) = said.filter(|_| withdraw.is_empty()) {
            return Ok(note.to_string());
        }
        let checkpoint = Checkpoint {
            signers: vec![key.verifier().clone()],
            withdrawn: withdraw,
            ..Checkpoint::of(key.verifier().name().clone(), head)
        };
        let note = signed(&checkpoint, &[&key])?;
        keep(store, head.size, here, note, &[key.verifier()]).await
    }

    /// A new key in place of the present one: the checkpoint that both signed.
    pub async fn change_key(&self, store: &dyn EventStore) -> Result<String, LedgerError> {
        let _turn = self.turn.lock().await;
        let present = self.key().await?;
        let Sound { head, here, withdraw } = sound(store, present.verifier()).await?;
        let changed = here.iter().find_map(|note| {
            let change = Checkpoint::parse(note.text()).ok()?.key_change?;
            (note.is_by(present.verifier()) == Some(true)).then_some((note, change))
        });
        if let Some((note, change)) = changed {
            // One that was cut short after it was recorded is finished; another must wait for an event, so that
            // it is seen which of two changes came first.
            let next = self.with_folder(|folder| key::read_next(&folder)).await?;
            if change.from != *present.verifier() || next.is_none_or(|next| *next.verifier() != change.to) {
                return Err(LedgerError::ChangedAlready);
            }
            self.with_folder(move |folder| key::take_over(&folder, &present)).await?;
            return Ok(note.to_string());
        }
        let name = present.verifier().name().clone();
        let next = self.with_folder(move |folder| key::make_next(&folder, &name)).await?;
        let checkpoint = Checkpoint {
            key_change: Some(KeyChange { from: present.verifier().clone(), to: next.verifier().clone() }),
            signers: vec![next.verifier().clone()],
            withdrawn: withdraw,
            ..Checkpoint::of(present.verifier().name().clone(), head)
        };
        let note = signed(&checkpoint, &[&present, &next])?;
        let note = keep(store, head.size, here, note, &[present.verifier(), next.verifier()]).await?;
        self.with_folder(move |folder| key::take_over(&folder, &present)).await?;
        Ok(note)
    }

    /// The public keys.
    pub async fn keys(&self, store: &dyn EventStore) -> Result<Keys, LedgerError> {
        let now = self.key().await?.verifier().clone();
        let kept = store.checkpoints().await?;
        let mut signers = Signers::trusting([&now], Standing::Own);
        for note in kept.iter().flat_map(|kept| each(&kept.note)).flatten() {
            if let Ok(checkpoint) = Checkpoint::parse(note.text()) {
                signers.learn(&note, &checkpoint);
            }
        }
        let known = |standing| {
            let keys = signers.keys(standing).filter(|key| **key != now);
            keys.map(ToString::to_string).collect()
        };
        Ok(Keys {
            origin: now.name().to_string(),
            key: now.to_string(),
            earlier: known(Standing::Own),
            others: known(Standing::Announced),
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
        let note = Note::parse(&checkpoint).map_err(|_| LedgerError::Rewritten { size: 0 })?;
        let read = Checkpoint::parse(note.text()).map_err(|_| LedgerError::Rewritten { size: 0 })?;
        let head = read.head;
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

/// Whether this note is what this key says of a record, and announces it.
fn announces(note: &Note, head: TreeHead, key: &VerifierKey) -> bool {
    let is_said = |checkpoint: Checkpoint| {
        let is_changed = checkpoint.key_change.is_some_and(|change| change.to == *key);
        checkpoint.head == head
            && checkpoint.origin == *key.name()
            && (is_changed || checkpoint.signers.contains(key))
    };
    note.is_by(key) == Some(true) && Checkpoint::parse(note.text()).is_ok_and(is_said)
}

fn signed(checkpoint: &Checkpoint, keys: &[&SigningKey]) -> Result<Note, LedgerError> {
    // A checkpoint's text is always a note's.
    checkpoint.sign(keys.iter().copied()).map_err(|_| LedgerError::Rewritten { size: checkpoint.head.size })
}

/// Keeps a note beside those of other nodes for the same size. It takes the place of what its own keys signed,
/// unless that takes something back or changes keys: such a note says what no other says.
async fn keep(
    store: &dyn EventStore,
    size: u64,
    here: Vec<Note>,
    note: Note,
    keys: &[&VerifierKey],
) -> Result<String, LedgerError> {
    let stays = |kept: &Note| {
        let says_more = Checkpoint::parse(kept.text())
            .is_ok_and(|said| said.key_change.is_some() || !said.withdrawn.is_empty());
        says_more || keys.iter().all(|key| kept.is_by(key).is_none())
    };
    let mut notes: Vec<Note> = here.into_iter().filter(stays).collect();
    let signed = note.to_string();
    notes.push(note);
    store.keep_checkpoint(KeptCheckpoint { size, note: joined(&notes) }).await?;
    Ok(signed)
}
