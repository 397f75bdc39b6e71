//! Other tools: what they send, and what they are sent.

#![expect(clippy::unwrap_used, reason = "a check that cannot go on says where, by a panic")]

mod deliveries;
mod vendors;
