//! What the program does by itself, without being a client.

mod completions;
pub(super) mod demo;
mod help;
mod log;
mod man;
mod outbox;
mod serve;

use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "The program",
    entries: &[
        Entry::family::<outbox::OutboxCommand>("outbox"),
        Entry::new::<serve::ServeArgs>("serve"),
        Entry::new::<demo::DemoArgs>("demo"),
        Entry::new::<completions::CompletionsArgs>("completions"),
        Entry::new::<man::ManArgs>("man"),
        Entry::new::<help::HelpArgs>("help"),
    ],
};
