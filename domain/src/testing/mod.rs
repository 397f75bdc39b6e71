//! Events, commands, histories and whole records to test with: the one place where they are made up.
//!
//! Every crate of the house takes them from here (feature `testing`, which no program is built with), so
//! that a new kind of event needs one new line, in [`event`], and reaches every law. Two ways to a history:
//! written by hand, one event after another (`writing`), or generated (`generated`).
//!
//! In reading order:

#![expect(
    clippy::missing_panics_doc,
    reason = "a made-up thing that cannot be made is a fault of this folder"
)]

/// Histories written by hand, and short ways to the values they are made of.
pub mod writing;
/// What people might write: prose, names, shell lines, times; hostile ones too.
pub mod words;
/// A handful of small numbers out of which anything is made.
pub mod seed;
/// The event that a seed makes: every kind of the catalogue.
pub mod event;
/// The command that a seed makes: every one that there is.
pub mod command;
/// Any history and any record, as `proptest` strategies.
pub mod generated;
/// A plausible record of any size, always the same, for measurements.
pub mod plausible;

#[cfg(test)]
mod tests;
