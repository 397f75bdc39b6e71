//! What is to be seen.

pub(super) mod audit;
pub(super) mod watch;
