//! What the checks of this house share.

/// Anything that anybody might ask or tell, for laws that must hold whatever comes.
pub mod arbitrary;
