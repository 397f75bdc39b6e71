//! A rendered view as a small document, and its text, Markdown and HTML.
//!
//! Views say *what* stands where; how it looks on a terminal, in Markdown or on a page is decided here,
//! once. Rendering is a pure function of the document and the style: same record, same bytes.

/// Times and durations as people read them.
pub mod time;

use chrono_tz::Tz;
use scribe_domain::ids::EventId;

/// How a reader wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The zone that times are shown in.
    pub zone: Tz,
    /// Columns of the terminal, for text.
    pub width: usize,
    /// Whether text may carry ANSI colours.
    pub colour: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { zone: Tz::UTC, width: 80, colour: false }
    }
}

/// A view that people read.
pub trait View: serde::Serialize {
    /// What stands where.
    fn document(&self, style: &Style) -> Document;
}

/// A rendered view, before it takes a form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// What stands below it.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading; 2 is the highest below the title.
    Heading(u8, Vec<Span>),
    /// Prose; line breaks within are kept.
    Paragraph(Vec<Span>),
    /// Items.
    List(Vec<Vec<Span>>),
    /// Names and values.
    Facts(Vec<(String, Vec<Span>)>),
    /// Columns under a header; cells may be long.
    Table {
        /// The header.
        header: Vec<String>,
        /// The rows, each as long as the header.
        rows: Vec<Vec<Vec<Span>>>,
    },
    /// Somebody's words, exactly.
    Quote(Vec<Span>),
    /// Program text or output, exactly.
    Code(String),
}

/// A stretch of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// As it is.
    Plain(String),
    /// Important.
    Strong(String),
    /// Less important.
    Dim(String),
    /// A shell line, an id.
    Code(String),
    /// Said with a feeling: a state, a severity, a flag.
    Tone(Tone, String),
    /// A link.
    Link {
        /// What it says.
        text: String,
        /// Where it leads; only `http:`, `https:`, `mailto:`, `#…` and `/…` become links, others stay text.
        href: String,
    },
    /// The evidence: an event of the record.
    Cite(EventId),
}

/// How a state feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Somebody should look.
    Warning,
    /// It is bad.
    Bad,
    /// Neither.
    Neutral,
}

/// As it is.
#[expect(clippy::needless_pass_by_value, reason = "callers pass what they have, owned or not")]
pub fn plain(text: impl ToString) -> Span {
    Span::Plain(text.to_string())
}

/// Important.
#[expect(clippy::needless_pass_by_value, reason = "callers pass what they have, owned or not")]
pub fn strong(text: impl ToString) -> Span {
    Span::Strong(text.to_string())
}

/// Less important.
#[expect(clippy::needless_pass_by_value, reason = "callers pass what they have, owned or not")]
pub fn dim(text: impl ToString) -> Span {
    Span::Dim(text.to_string())
}

/// A shell line, an id.
#[expect(clippy::needless_pass_by_value, reason = "callers pass what they have, owned or not")]
pub fn code(text: impl ToString) -> Span {
    Span::Code(text.to_string())
}
