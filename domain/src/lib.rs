//! What an incident is: values, events, commands and the decisions between them.
//!
//! Pure on purpose: no IO, no clock, no randomness, no async runtime. Facts that a decision needs
//! (the time, who is on call) are looked up by the caller and stand in the command.
//!
//! In reading order:

/// The small vocabulary: tiers, severities, phases, roles, digests.
pub mod values;
/// When two names are one, of people, programs and things; and what nobody sees.
pub mod alike;
/// Validated text: titles, paragraphs, names, shell lines. What is in one of these is printable.
pub mod text;
/// Names of things: components, what a hold covers, programs.
pub mod names;
/// Identifiers and places: incidents, events, commands, positions, revisions.
pub mod ids;
/// Where a clock stands: zones, offsets, and the abbreviations that people write.
pub mod zones;
/// When something happened in the world, as told and with the precision it was told.
pub mod when;
/// Times as people say them, at some moment.
pub mod spoken;
/// Points in an incident's life that people set.
pub mod milestone;
/// What it takes to be allowed something.
pub mod scope;
/// Who did it, through what, on whose behalf.
pub mod actor;
/// By what another service knows somebody.
pub mod account;
/// Which names are one person's.
pub mod namesakes;
/// How it is known who speaks.
pub mod identity;
/// What is decided about the program itself: tokens, settings, the directory of people.
pub mod system;
/// When an event counts as recorded where clocks disagree.
pub mod clocks;
/// Who may see and do what, as the record says.
pub mod access;
/// What happened: the v1 catalogue. Every event is a storage format.
pub mod event;
/// An event with its envelope, as the store keeps it.
pub mod recorded;
/// Where somebody is named in an event, and what of that an erasure takes away.
pub mod mentions;
/// What may be asked of scribe.
pub mod command;
/// What a request asked, in sixteen bytes.
pub mod fingerprint;
/// What to do instead of something that was refused, as data.
pub mod remedy;
/// The domain says no: a stable reason code, a sentence and a remedy.
pub mod refusal;
/// An incident's situation, and the two pure functions over it: `decide` and `evolve`.
pub mod incident;
/// The port to wherever events are kept, and what a store promises.
pub mod event_store;
/// Load, decide, append, and re-decide on a conflict.
pub mod execute;
/// Events, commands, histories and whole records to test with, for every crate.
#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[cfg(test)]
mod laws;
