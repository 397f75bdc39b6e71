//! Whoever reads the record's file while it is written. In reading order:

/// A few connections for looking.
pub(super) mod reader;
/// Waiting for the record to grow.
pub(super) mod live;
