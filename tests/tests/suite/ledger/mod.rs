//! The ledger from outside: a record that is tampered with is found out, proofs hold without the record, and
//! programs that others wrote read what ours writes.

#![expect(clippy::unwrap_used, reason = "a check that cannot go on says where, by a panic")]

/// The file under a tamperer's hands.
mod file;
/// What a tamperer does, and where it is told.
mod tampering;
/// Checkpoints and proofs, kept and checked without the record; keys.
mod keeping;
/// Several nodes that sign one record, each with a key of its own.
mod nodes;
/// What a node said and takes back.
mod withdrawing;
/// Implementations that nobody here wrote.
mod foreign;
/// Somebody else's clock: tokens that two programs judge alike, and a record that is stamped.
mod stamps;
