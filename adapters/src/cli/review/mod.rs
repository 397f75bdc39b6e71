//! The retrospective.

mod review;

use super::common::subcommand::{Entry, Group};
use review::ReviewCommand;

/// The group in the help.
pub(super) const GROUP: Group =
    Group { heading: "Review", entries: &[Entry::family::<ReviewCommand>("review")] };
