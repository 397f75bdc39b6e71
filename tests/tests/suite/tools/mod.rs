//! Other tools: what they send, and what they are sent; and the work that a server does by itself.

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

mod deliveries;
mod tasks;
mod vendors;
