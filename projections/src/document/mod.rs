//! A rendered view as a small document, and its text, Markdown and HTML.
//!
//! Views say *what* stands where; how it looks on a terminal, in Markdown or on a page is decided here,
//! once. Rendering is a pure function of the document and the style: same record, same bytes.

mod html;
mod literal;
mod markdown;
mod table;
mod text;
mod told;
/// Times and durations as people read them.
pub mod time;
mod wrap;

use std::borrow::Cow;

use chrono_tz::Tz;
use scribe_domain::alike::is_unseen;
use scribe_domain::ids::EventId;

pub use html::{PAGE_POLICY, frame};

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

impl Document {
    /// For a terminal: wrapped at the style's width, without trailing spaces, in colour only if asked for.
    pub fn text(&self, style: &Style) -> String {
        text::render(self, style)
    }

    /// `CommonMark` with GitHub's tables. Text is escaped, so that nothing somebody wrote becomes a heading,
    /// a link or HTML.
    pub fn markdown(&self) -> String {
        markdown::render(self)
    }

    /// A full page that needs nothing else: no scripts, nothing fetched, light and dark, fit to print.
    pub fn html(&self) -> String {
        html::render(self, &maud::html! {})
    }

    /// The same, under a bar to move about by.
    pub fn html_under(&self, bar: &maud::Markup) -> String {
        html::render(self, bar)
    }
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
    /// What somebody wrote where people write Markdown.
    Told {
        /// As it was written.
        text: String,
        /// Whether it is shown as a quotation.
        quoted: bool,
    },
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
    /// Said with stress.
    Emphatic(String),
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
    /// Said once, and taken back since.
    Struck(String),
    /// The evidence: an event of the record. On a page it leads to where that event is told.
    Cite(EventId),
    /// Here this event is told: nothing to see, but on a page citations of it lead here.
    Anchor(EventId),
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

/// What somebody wrote where people write Markdown.
#[expect(clippy::needless_pass_by_value, reason = "callers pass what they have, owned or not")]
pub fn told(text: impl ToString) -> Block {
    Block::Told { text: text.to_string(), quoted: false }
}

/// The same as a quotation.
#[expect(clippy::needless_pass_by_value, reason = "callers pass what they have, owned or not")]
pub fn quoted(text: impl ToString) -> Block {
    Block::Told { text: text.to_string(), quoted: true }
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

/// A link, where the address is one; see [`Span::Link`].
pub fn link(text: impl Into<String>, href: impl Into<String>) -> Span {
    Span::Link { text: text.into(), href: href.into() }
}

/// What the spans say, without any form; citations as `[1a2b3c4d]`.
pub fn unformed(spans: &[Span]) -> String {
    spans.iter().map(words).collect()
}

/// What a span says.
fn words(span: &Span) -> Cow<'_, str> {
    match span {
        Span::Plain(text)
        | Span::Strong(text)
        | Span::Dim(text)
        | Span::Emphatic(text)
        | Span::Code(text)
        | Span::Tone(_, text)
        | Span::Struck(text) => Cow::Borrowed(text),
        Span::Link { text, href } if text == href => Cow::Borrowed(text),
        Span::Link { text, href } => Cow::Owned(format!("{text} <{href}>")),
        Span::Cite(event) => Cow::Owned(format!("[{}]", event.short())),
        Span::Anchor(_) => Cow::Borrowed(""),
    }
}

/// Whether an address may become a link. Anything else (`javascript:` …) stays text, and so does `//host`,
/// which looks like a path and leads elsewhere.
fn may_link(href: &str) -> bool {
    let starts = |scheme: &str| href.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    ["http://", "https://", "mailto:", "#"].iter().any(|scheme| starts(scheme))
        || (href.starts_with('/') && !href[1..].starts_with(['/', '\\']))
}

/// Text that cannot forge output. What people tell is checked at the door; the kinds and fields of events
/// from the future are not, and are shown nonetheless. Isolates stay: each form sees to it that they end.
fn clean(text: &str) -> Cow<'_, str> {
    let forges = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}')
    };
    if text.contains(forges) { Cow::Owned(text.replace(forges, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// A shell line or output as it is: with the numbers of characters that nobody sees, or that look like a space and are
/// none. Two lines that read alike must not do different things.
pub fn exactly(text: &str) -> Cow<'_, str> {
    let unseen =
        |c: char| !matches!(c, ' ' | '\n' | '\t') && (is_unseen(c) || matches!(c, '\u{202a}'..='\u{202e}'));
    if !text.contains(unseen) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if unseen(c) { format!("<U+{:04X}>", u32::from(c)) } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_become_links() {
        for good in ["http://a", "HTTPS://a", "mailto:a@b", "#e-1", "/v1", "/"] {
            assert!(may_link(good), "{good}");
        }
        for bad in
            ["javascript:alert(1)", "//evil", "/\\evil", "data:text/html,x", "vbscript:x", "", "httpx://"]
        {
            assert!(!may_link(bad), "{bad}");
        }
    }

    #[test]
    fn what_nobody_sees_in_a_shell_line_is_shown() {
        assert_eq!(exactly("rm \u{200b}-r\u{a0}x\r\n\ty"), "rm <U+200B>-r<U+00A0>x<U+000D>\n\ty");
        assert_eq!(exactly("echo ü 🚒"), "echo ü 🚒");
        let line = Document { title: "t".into(), blocks: vec![Block::Paragraph(vec![code("a\u{3164}=1")])] };
        assert!(line.text(&Style::default()).contains("a<U+3164>=1"));
        assert!(line.markdown().contains("<code>a&lt;U+3164&gt;=1</code>"));
        assert!(line.html().contains("a&lt;U+3164&gt;=1"));
    }

    #[test]
    fn what_could_forge_output_is_replaced() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\nd"), "a\u{fffd}[31mb\u{fffd}c\nd");
    }
}
