//! The retrospective.

mod review;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group =
    Group { heading: "Review", entries: &[Entry::family::<review::ReviewCommand>("review")] };
