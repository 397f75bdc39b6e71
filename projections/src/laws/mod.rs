//! Laws: whatever is recorded, in whatever order, these hold of what people look at.
//!
//! What holds of decisions stands in `domain/src/laws`. A law of one private module (the ledger's proofs)
//! stands beside that module.

/// Views of one incident: how they render, what hostile words do to them.
mod one_incident;
/// Views of the whole record: snapshots, batches, and what views say of the same thing.
mod record;
/// Whether an incident goes on, and how it is judged: every view says the same.
mod life;
/// Every view at every moment, by either clock.
mod moments;
/// Nobody sees more of what is erased than that it is.
mod erasing;
/// No sentence contradicts another: what documents say in data,
mod documents;
/// and what they say in sentences.
mod sentences;
