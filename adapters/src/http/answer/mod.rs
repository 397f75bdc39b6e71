//! In which form an answer is given, as of when, and what is said if it may be behind.

/// Words in a header.
pub mod display;
/// What is told while the store is out of reach.
mod behind;
/// What is told where clocks disagree.
mod disputes;
/// Which of the forms that are offered the caller wants.
mod negotiation;
/// Answers and what their headers tell.
mod response;
/// How a view is wanted, and as of when.
mod look;
/// A problem as a page.
mod trouble;

pub use behind::STALE;
pub(crate) use behind::{Behind, mark};
pub(crate) use look::{Look, ZONE, form_params, look_params};
pub(crate) use negotiation::negotiate;
pub(crate) use response::{etag, page, positioned, tagged, validated};
pub(crate) use trouble::{as_a_page, is_a_browser};
