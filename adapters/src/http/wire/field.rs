//! A field of a body, whether of JSON or of a form, and what is said of one that is wrong.

use scribe_domain::command::Command;
use serde::de::DeserializeOwned;

use crate::http::problem::Problem;

/// The envelope's fields: who says it, when it happened, and the sender's own key for it.
pub(crate) const ENVELOPE: [&str; 3] = ["actor", "occurred", "source"];

/// A field's value: one of JSON's, or one of a form's.
pub(super) trait Field: Sized {
    /// Reads it; problems name `path` and what lies below it.
    fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem>;

    /// Whether it has fields of its own.
    fn has_fields(&self) -> bool;

    /// Reads a command's own fields; `None` if there is no such command.
    fn command(name: &str, fields: Vec<(String, Self)>) -> Option<Result<Command, Problem>>;
}

/// The path of what lies below a field.
pub(super) fn below(path: &str, within: &str) -> String {
    if within == "." { path.to_owned() } else { format!("{path}.{within}") }
}

/// The problem of a field: `path` is as far as the reader came, `what` its own words.
pub(super) fn wrong(path: &str, what: String) -> Problem {
    let parent = if path == "." { "" } else { path };
    let named = |after: &str| {
        let name = what.strip_prefix(after)?.split('`').next()?;
        // An unknown field's own name ends the path already; a missing one's cannot.
        if after.starts_with("unknown") && parent.rsplit('.').next() == Some(name) {
            return Some(parent.to_owned());
        }
        Some(if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") })
    };
    if let Some(path) = named("missing field `") {
        return Problem::field(path, "is missing");
    }
    if let Some(path) = named("unknown field `") {
        let expected = what.split_once(", ").map_or("there are none", |(_, expected)| expected);
        return Problem::Field {
            path,
            what: "unknown field".into(),
            hint: format!("{expected}; besides these, a command takes {}", ENVELOPE.join(", ")),
        };
    }
    if let Some(path) = named("duplicate field `") {
        return Problem::field(path, "stands there twice");
    }
    Problem::field(parent, what)
}
