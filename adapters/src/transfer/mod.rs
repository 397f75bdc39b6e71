//! Histories and whole records on their way in and out, as text of one JSON object a line.
//!
//! An **export** is the record itself, byte for byte, and ends with the root of its ledger; it is *restored*
//! into an empty record, which is then the same record. **Told events** are a history that somebody put together from what people
//! remember; they are *imported* beside what the record holds already.
//!
//! # Told events, line by line
//!
//! ```json
//! {"incident":"20230104-list-import-problems","occurred":"2023-01-04 13:05 America/New_York","actor":"Bob Long","kind":"noted","fields":{"text":"The queue is full."},"id":"doc-17"}
//! ```
//!
//! | key | |
//! |---|---|
//! | `incident` | its id: a date and words. Lines of one incident need not stand together |
//! | `occurred` | when it happened, in any form that a time can be told in; `unknown` will do |
//! | `actor` | who did or said it: `Bob Long`, `integration:alertmanager`, or `{"who": …, "on_behalf_of": …}` |
//! | `kind` | the kind of event: `declared`, `noted`, `status_updated` … |
//! | `fields` | what that kind of event tells; may be left out where nothing must be told |
//! | `id` | the line's own name, if it has one, for other lines to refer to |
//!
//! - `fields` are checked as strictly as commands are; a key that is not known is refused.
//! - Numbers (`run`, `action`, `page` …) are told as the event has them, from 1; each is given out once.
//! - The `digest` of a run's line may be left out: it is computed from the line, and that of an approval
//!   from the proposal.
//! - A `target` or one of `cites` may be an event's id in the record or the `id` of another line, of this
//!   file or of one imported before.
//! - The declaration may stand anywhere; it is kept first. The others are kept by the time they occurred,
//!   those of one time in the file's order, but what ends something behind its beginning; a line of an unknown
//!   time stays behind the line before it. Corrections and retractions come last, and obey the rules that
//!   anybody's do.
//! - What contradicts the lines before it is refused: an end of what never began, an upgrade that lowers, a merge
//!   into nothing. Whether the incident was open then, and who was allowed what, is not asked.
//! - An import tells history; it gives nobody a right. An approval that it tells lets nothing run. Into an incident
//!   that people work on here, nothing is taken that would give a right or that an audience reads.
//! - A line is known by its `id`, or else by its content. What the record knows already adds nothing, so a
//!   file may be imported again, also once it has grown. A line that was changed under the same `id` is
//!   refused: what is recorded stays, and is put right by a correction.
//! - An incident with a bad line is not imported at all; the others are. A line of which not even the
//!   incident can be read could belong to any, so with one of those nothing is imported.

/// Carrying a record from one store to another.
pub mod copy;
/// The record as text, an event a line.
mod export;
/// Adding told events to the record.
mod import;
/// Reading a line of told events.
mod line;
/// In which order they are kept.
mod order;
/// What one incident's lines amount to.
mod plan;
/// What came of it.
mod report;
/// Taking an export over.
mod restore;

pub use export::Export;
pub use import::import;
pub use report::{ImportReport, ImportedIncident, LineProblem, RestoreReport, TransferError};
pub use restore::{Terms, restore, told_head};
