//! Lines in production.

pub(super) mod approve;
pub(super) mod run;
