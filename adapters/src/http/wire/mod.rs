//! What goes over the wire: bodies, commands with their envelope, events as lines. In reading order:

/// Reading a request's body.
pub(super) mod body;
/// A field of a body: JSON's or a form's.
mod field;
/// JSON in which no name stands twice.
pub(super) mod json;
/// Forms, as pages send them.
pub(super) mod form;
/// A command with its envelope, as a body says it.
pub(super) mod submission;
/// What a command answers.
pub(super) mod outcome;
/// The clock of whoever sends a command.
pub mod sender_clock;
/// An event as a line.
pub(super) mod line;
