//! Moving records.

pub(super) mod backup;
pub(super) mod copy;
pub(super) mod import;
pub(super) mod views;
