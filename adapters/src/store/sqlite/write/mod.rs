//! Whoever writes into the record's file. In reading order:

/// Taking an event's words out of the record and out of the file.
pub(super) mod erase;
/// The one thread that appends, and its queue.
pub(super) mod writer;
/// Adopting, through a connection that stays open.
pub(super) mod adopter;
