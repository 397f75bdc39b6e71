//! What stands in the record's file. In reading order:

/// One append as its row has it.
pub(super) mod row;
/// What is asked of the database.
pub(super) mod query;
/// Reading past what is not as it was written.
pub(super) mod salvage;
/// The ledger's tree beside the events.
pub(super) mod tree;
/// Deciding on one append inside a transaction.
pub(super) mod append;
