//! Checking the record.

pub(in crate::cli) mod replay;
pub(in crate::cli) mod verify;
