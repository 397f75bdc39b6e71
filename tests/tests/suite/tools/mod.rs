//! Other tools: what they send, and what they are sent; and the work that a server does by itself.

mod deliveries;
mod tasks;
mod vendors;
