//! What each audience was told: one page per tier.
//!
//! - An incident stands on a tier's page from the moment it reaches that tier, also before anything was
//!   posted: then the page says so. A lower tier takes it off again.
//! - Only what was posted to that very audience is shown as its updates, word for word. What was put
//!   right, taken back or erased since is marked, with the time; the first wording stays beside it.
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

pub use page::{DAYS, StatusPage, StatusPages};

#[cfg(test)]
mod tests;
