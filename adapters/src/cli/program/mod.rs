//! The program by itself.

pub(super) mod demo;
mod log;
pub(super) mod serve;
