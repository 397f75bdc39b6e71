//! What a record's streams in a cluster are called, and what stands in them. In reading order:

/// How streams are called.
pub(super) mod names;
/// An event of an incident as the cluster has it.
pub(super) mod event;
/// What stands beside incidents: signed checkpoints, disputes, fences.
pub(super) mod notices;
