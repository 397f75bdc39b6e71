//! What is sent out. In reading order:
//!
//! An outlet is one file here and one line in [`OUTLETS`](crate::outbound::OUTLETS): it says by a pure function what it wants sent of an
//! event, and how that is sent. What all outlets share is done by [`Deliveries`](crate::outbound::deliveries::Deliveries), a
//! [task](crate::tasks) each: at least once, in the record's order, and never anything that was recorded before
//! the outlet was set up.

/// What an outlet is.
pub mod outlet;
/// How far an outlet's deliveries have come, on the disk.
pub mod progress;
/// Sending what an outlet wants, at least once.
pub mod deliveries;

use std::sync::Arc;

use crate::config::Config;
use outlet::Outlet;

/// Makes an outlet from the settings, if they ask for it.
pub type FromSettings = fn(&Config) -> Option<Arc<dyn Outlet>>;

/// The outlets that can be asked for. There is none yet.
pub const OUTLETS: &[FromSettings] = &[];
