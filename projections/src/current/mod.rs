//! The board: every incident as it stands now.

/// The list of incidents.
pub mod board;
/// What the board folds.
pub mod case;
/// Both as people read them.
mod document;
/// What is left open when it ends.
mod left;
/// One incident now, in full.
pub mod now;

pub use board::{Board, BoardLine, BoardView, ListFilter, ListState};
pub use now::IncidentNow;

#[cfg(test)]
mod tests;
