//! Where events are kept: implementations of [`scribe_domain::event_store::EventStore`].
//!
//! Every store keeps an event as the same two JSON texts, so a record can be carried from one to another
//! byte for byte, and a proof over those bytes holds wherever they are. In reading order:

/// An event's two JSON texts: header and payload.
pub mod codec;
/// Where a record is kept, as an operator writes it.
pub mod address;
/// Whole appends out of another store's kept events.
mod adoption;
/// When events count as recorded, where clocks were wrong.
mod reckoning;
/// The ledger's root at a size.
pub mod root;
/// The model: obviously right, and gone with the process.
pub mod memory;
/// Telling a cluster's mirror from a record.
pub mod mirror;
/// The default: one SQLite file in the data folder.
pub mod sqlite;
/// A record in a cluster, with a mirror in the data folder.
#[cfg(feature = "kurrent")]
pub mod kurrent;
