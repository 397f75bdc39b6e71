//! What each audience was told: one page per tier.
//!
//! - An incident stands on the engineering page from its declaration, and on another from the first update to that
//!   audience, once it has reached that tier. A lower tier takes it off again, and no form of the page shows it then.
//! - An audience sees only words that were written for it: updates to that very audience, word for word, and the
//!   title that came with them (or with the declaration, where that was for this audience). What was put right, taken
//!   back or erased since is marked, with the time; the first wording stays beside it.
//! - The company's and the public's page follow an end, or that it was none, if it was told by somebody who may speak
//!   to them. What became part of another incident stays until this audience is told an end of either.
//! - A component fares as the last update that named it said, until the incident is over; the worst of
//!   all open incidents counts.
//! - A drill stands on the engineering page, marked. On the other pages it stands only once somebody has
//!   posted it there, also marked. It never changes how a component fares.

/// What the pages fold.
pub mod case;
/// A page as people read it.
mod document;
/// An incident as a page shows it.
pub mod incident;
/// A page.
pub mod page;
/// One incident as one page shows it.
mod renames;
mod shown;
/// How long components were down.
pub mod uptime;

pub use case::StatusPages;
pub use page::{DAYS, StatusPage};

#[cfg(test)]
mod tests;
