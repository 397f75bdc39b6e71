//! The record's word, signed: keys, checkpoints and proofs. What they are is decided in
//! [`scribe_projections::ledger`]; here are the key's file, and who asks the store for what. In reading
//! order:

/// The key's file.
pub mod key;
/// Proofs and tiles, out of a store.
pub mod proofs;
/// Whether a record is what its signers say.
pub mod sound;
/// Signing checkpoints, and changing the key.
pub mod book;

use scribe_domain::event_store::StoreError;
use scribe_domain::values::Digest;

pub use book::{Keys, Ledger};
pub use key::KeyFileError;

/// Why the ledger has no answer.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The record lies in no folder.
    #[error("this record lies in no folder: there is no file to read again and no place for a key")]
    NoFolder,
    /// The record is not the one that was signed before, so it is not signed again.
    #[error("the record does not hold what was signed for its first {size} events, so nothing is signed")]
    Rewritten {
        /// The size of the checkpoint that does not hold.
        size: u64,
    },
    /// Another node has signed another record, and stands by it.
    #[error(
        "the root of the first {size} events is {} here, but {signer} signed {theirs}, so nothing is signed",
        .ours.map_or_else(|| "not known".to_owned(), |ours| ours.to_string())
    )]
    Differs {
        /// How many events both are about.
        size: u64,
        /// Who signed it.
        signer: String,
        /// The root that was signed.
        theirs: Digest,
        /// The root here; none if there are fewer events.
        ours: Option<Digest>,
    },
    /// What is asked about is not in the record.
    #[error("there is no event {0} in this record")]
    NoSuchEvent(String),
    /// The record is not as long as that.
    #[error("the record has {size} events, not {asked}")]
    TooShort {
        /// How many were asked about.
        asked: u64,
        /// How many there are.
        size: u64,
    },
    /// The key was changed a moment ago.
    #[error("the key was changed at this size of the record already")]
    ChangedAlready,
}
