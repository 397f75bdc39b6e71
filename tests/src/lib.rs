//! What the checks of this house share.

/// The API, called in-process.
pub mod api;
