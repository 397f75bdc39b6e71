//! What whoever runs the server asks.

/// Whether it lives, and whether it is ready.
mod health;
/// What it counts.
mod metrics;
/// What its API is.
mod description;

use super::operation::Operation;

/// Every such operation.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = Vec::from(health::operations());
    all.extend([metrics::operation(), description::operation()]);
    all
}
