//! What each audience was told: one page per tier.

/// What the pages fold.
pub mod case;
/// A page.
pub mod page;

pub use page::{DAYS, StatusPage, StatusPages};
