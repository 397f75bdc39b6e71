//! The forms of an answer.

use axum::http::HeaderValue;

/// A form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Text,
    Markdown,
    Html,
    Csv,
    /// One JSON object a line.
    Lines,
}

impl Format {
    /// Every form.
    pub(crate) const ALL: [Self; 6] =
        [Self::Json, Self::Text, Self::Markdown, Self::Html, Self::Csv, Self::Lines];

    /// The word in `?format=`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Lines => "ndjson",
        }
    }

    /// The media type, without parameters.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Csv => "text/csv",
            Self::Lines => "application/x-ndjson",
        }
    }

    /// The media type as it is sent.
    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::Text => "text/plain; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Lines => "application/x-ndjson",
        })
    }
}

/// The forms that most views come in.
pub(crate) const VIEW: &[Format] = &[Format::Json, Format::Text, Format::Markdown, Format::Html];
/// The forms of a timeline, which is also a table.
pub(crate) const TABLE: &[Format] =
    &[Format::Json, Format::Text, Format::Markdown, Format::Html, Format::Csv];
/// The forms of bare events.
pub(crate) const EVENTS: &[Format] = &[Format::Json, Format::Lines];
