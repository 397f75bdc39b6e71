//! What strangers may send, held to laws. In reading order:

/// A record in memory with tokens of each sort, behind the whole API.
pub mod world;
/// A request, as a seed writes it.
pub mod request;
/// What every answer must be.
pub mod laws;
