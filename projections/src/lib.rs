//! What people look at: pure folds over the record, and their rendering. No IO.
//!
//! Two kinds of view. A view of **one incident** (timeline, postmortem, roles) is folded on demand from
//! that incident's own events. A view of **the whole record** (board, status pages, runs, actions,
//! holds) is a [`runner::Projection`], kept in memory and caught up with the record.
//!
//! In reading order:

/// A question with a moment in it: as of when, by which clock.
pub mod question;
/// What an incident has to do with others, and what was known before it.
pub mod relations;
/// An incident's events with corrections, retractions and redactions applied and marked.
pub mod amended;
/// One human sentence for each kind of event.
pub mod sentence;
/// A rendered view as a small document, and its text, Markdown and HTML.
pub mod document;
/// Folding the whole record: `Projection`, `Tracked`, `catch_up`.
pub mod runner;
/// The board: every incident as it stands now.
pub mod current;
/// What happened, in order of when it happened.
pub mod timeline;
/// What each audience was told: one page per tier.
pub mod status_page;
/// Who held which role, when; gaps and overlaps.
pub mod roles;
/// Who proposed, approved and ran what, where, when, with what result.
pub mod runs;
/// What somebody should ask about, and what was promised for afterwards.
pub mod actions;
/// Who may see and do what, and who administered it.
pub mod access;
/// Where clocks disagree.
pub mod clocks;
/// Who is who: names, accounts and teams at a moment.
pub mod people;
/// Is the hat taken? CI asks before it deploys.
pub mod holds;
/// The postmortem document, in an internal and a public edition.
pub mod postmortem;
/// The tree over every event, by which anyone can check the record.
pub mod ledger;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;
