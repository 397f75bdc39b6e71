//! What the checks of this house share.

/// The API, called in-process.
pub mod api;
/// Anything that anybody might ask or tell, for laws that must hold whatever comes.
pub mod arbitrary;
