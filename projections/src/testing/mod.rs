//! Histories that the views' tests look at. What they are written with is the domain's
//! (`scribe_domain::testing`).

/// An afternoon of some forty events, of every group.
pub(crate) mod afternoon;
/// A record of several incidents.
pub(crate) mod sample;

pub(crate) use scribe_domain::testing::writing::{
    History, declared, incident, label, line, locator, moment, person, text, title, when,
};
