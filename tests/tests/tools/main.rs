//! Other tools: what they send, and what they are sent; and the work that a server does by itself.

#![expect(clippy::unwrap_used, reason = "a check that cannot go on says where, by a panic")]

mod deliveries;
mod tasks;
mod vendors;
