//! Laws: whatever is asked or recorded, in whatever order, these hold of the domain.
//!
//! What holds of the views stands in `projections/src/laws`, what holds of whole stores in
//! `tests/tests/suite/laws`. A law of one private module stands beside that module.

/// Folding histories, and deciding what may follow them.
mod deciding;
/// Times, texts, ids and names.
mod values;
/// The directory of people.
mod people;
/// What remains of an erased event.
mod erasing;
