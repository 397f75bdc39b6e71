//! The ledger: a Merkle tree over every event of the record, by which anyone can check it.
//!
//! The tree is that of RFC 6962 §2.1 over the record's order: the event at position *n* is leaf *n* − 1. An
//! event's **entry** is what its leaf is the hash of, made from the stored bytes themselves:
//!
//! ```text
//! entry = header length (2 bytes, big-endian) ‖ header ‖ SHA-256(salt ‖ payload)
//! leaf  = SHA-256(0x00 ‖ entry)
//! ```
//!
//! So the tree is the same wherever the record is kept, and a payload can be erased while its leaf, and every
//! proof that was ever given, stand. In reading order:

/// Entries, leaves and nodes.
pub mod hash;
/// The tree's growing edge.
pub mod frontier;
/// The tree cut into tiles.
pub mod tile;
/// Proofs that an entry is in the tree, and that a tree is an older one grown.
pub mod proof;
/// Signed notes, and the keys that sign them.
pub mod note;
/// Several signers' notes of one size.
pub mod notes;
/// Checkpoints: signed statements of the tree's root.
pub mod checkpoint;
/// Who signs a record, and what they stand by.
pub mod signers;
/// The addresses of tiles, and bundles of entries.
pub mod bundle;
/// The proof of one event as a file.
pub mod inclusion;
/// The proof of growth as a file.
pub mod growth;
/// What a reading of the whole record found out.
pub mod verdict;
