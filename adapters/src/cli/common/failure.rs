//! What went wrong, in a form that a person can act on.

use std::fmt;
use std::io;

use scribe_domain::text::TextError;

use super::exit;
use crate::app::OpenError;

/// Why a command line had no effect, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure it is; decides the exit code.
    pub kind: Kind,
    /// What is wrong, as the end of a line that begins with `error:`.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The kinds of failure that a script may want to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// scribe understood and said no; nothing was recorded.
    Refused,
    /// What was given cannot be read; nothing was recorded.
    BadInput,
    /// The store or the server cannot be reached or cannot write; sending it again is safe.
    Unavailable,
    /// The server cannot be reached, or does not answer: nobody knows whether it has heard.
    OutOfReach,
    /// Somebody must change something first: a login, a right, a certificate, an address.
    Barred,
    /// A clock is wrong; nothing was recorded, and sending it again once it is right is safe.
    ClockWrong,
    /// Whoever read the output has gone away. Not worth a word.
    BrokenPipe,
    /// Anything else.
    Other,
}

impl Kind {
    /// Whether it may pass by itself, so that the same may be tried again.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unavailable | Self::OutOfReach | Self::ClockWrong)
    }

    /// The exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::BrokenPipe => exit::DONE,
            Self::Other => exit::FAILED,
            Self::Refused => exit::REFUSED,
            Self::BadInput => exit::BAD_INPUT,
            Self::Unavailable | Self::OutOfReach => exit::UNAVAILABLE,
            Self::Barred => exit::BARRED,
            Self::ClockWrong => exit::CLOCK,
        }
    }
}

impl Failure {
    /// A failure with a hint.
    pub fn new(kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: Some(hint.into()) }
    }

    /// A failure of which there is no more to say.
    pub fn plain(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// A record that cannot be opened.
    pub fn unopened(error: &OpenError) -> Self {
        Self::new(Kind::Unavailable, error.to_string(), error.hint())
    }

    /// A field that cannot be read.
    pub fn bad(field: &str, error: impl fmt::Display) -> Self {
        Self::plain(Kind::BadInput, format!("{field}: {error}"))
    }

    /// A text that may not enter the record.
    pub fn bad_text(field: &str, error: &TextError) -> Self {
        let hint = match error {
            TextError::Empty => "write something, or leave it out",
            TextError::TooLong { .. } => "shorten it, or keep it elsewhere and `scribe attach` it",
            TextError::Forbidden { .. } => {
                "remove it: such characters can make a text look different from what it is"
            }
        };
        Self::new(Kind::BadInput, format!("{field} {error}"), hint)
    }
}

/// Output that could not be written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { Kind::BrokenPipe } else { Kind::Other };
        Self::plain(kind, format!("cannot write the output: {error}"))
    }
}
