//! What was told wrongly.

pub(super) mod redact;
