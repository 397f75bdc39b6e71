//! What the house is inspected with. In reading order:

/// What every store promises: one small, named check per promise.
pub mod contract;
