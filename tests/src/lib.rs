//! What the house is inspected with. In reading order:

#![expect(clippy::missing_panics_doc, reason = "what a check cannot go on with, it says where it stands")]

/// What every store promises: one small, named check per promise.
pub mod contract;
/// The API, called in-process.
pub mod api;
/// A store whose record can be put out of reach and back.
pub mod switched;
/// How much of a fault, by which seed.
pub mod budget;
/// The real program: built once, run on a folder of its own.
pub mod program;
/// A record beneath the program that keeps it.
pub mod beneath;
/// Changing a record behind its program's back.
pub mod tamper;
/// A made-up record of any size, for measurements.
pub mod made_up;
/// A time-stamping authority that others wrote.
pub mod authority;
/// Which file of a crate mentions which, and where that goes round in a circle.
pub mod modules;
