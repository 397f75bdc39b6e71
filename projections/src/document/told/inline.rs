//! Words within a block of what somebody told.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::{Reader, leads};
use crate::document::{Span, unformed};

/// Whether a tag is one of those that stand among words.
pub(super) fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

/// How words are meant.
#[derive(Default)]
struct Mood {
    strong: usize,
    emphatic: usize,
    struck: usize,
}

impl Mood {
    fn change(&mut self, tag: TagEnd, by: isize) {
        let count = match tag {
            TagEnd::Strong => &mut self.strong,
            TagEnd::Emphasis => &mut self.emphatic,
            TagEnd::Strikethrough => &mut self.struck,
            _ => return,
        };
        *count = count.saturating_add_signed(by);
    }

    fn span(&self, text: String) -> Span {
        match self {
            Self { struck: 1.., .. } => Span::Struck(text),
            Self { strong: 1.., .. } => Span::Strong(text),
            Self { emphatic: 1.., .. } => Span::Emphatic(text),
            _ => Span::Plain(text),
        }
    }
}

impl Reader<'_> {
    /// Words up to where something else begins or ends. Where they stand in nothing else, the lines keep their
    /// indentation.
    pub(super) fn words(&mut self, indents: bool) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut mood = Mood::default();
        // Links that are open: where they lead, and the first span of their words.
        let mut links: Vec<(String, usize)> = Vec::new();
        let mut is_new_line = false;
        while let Some((event, range)) = self.events.peek().cloned() {
            if std::mem::take(&mut is_new_line) && indents {
                add(&mut spans, mood.span(self.indentation(range.start)));
            }
            match event {
                Event::Text(text) | Event::InlineHtml(text) | Event::Html(text) => {
                    add(&mut spans, mood.span(text.into_string()));
                }
                Event::Code(text) => spans.push(Span::Code(text.into_string())),
                Event::SoftBreak | Event::HardBreak => {
                    add(&mut spans, mood.span("\n".to_owned()));
                    is_new_line = true;
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    links.push((dest_url.into_string(), spans.len()));
                    // What comes before a link is no part of its words.
                    spans.push(Span::Plain(String::new()));
                }
                Event::End(TagEnd::Link | TagEnd::Image) => {
                    if let Some((href, first)) = links.pop() {
                        let text = unformed(&spans.split_off(first));
                        // A picture that is a link: the outer one leads on.
                        add(&mut spans, if links.is_empty() { link(text, href) } else { Span::Plain(text) });
                    }
                }
                Event::Start(tag) if is_inline(&tag) => mood.change(tag.to_end(), 1),
                Event::End(tag @ (TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough)) => {
                    mood.change(tag, -1);
                }
                _ => break,
            }
            self.events.next();
        }
        spans.retain(|span| !matches!(span, Span::Plain(text) if text.is_empty()));
        spans
    }

    /// The white space between the beginning of a line and what stands there.
    fn indentation(&self, at: usize) -> String {
        let before = self.source.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        if line.chars().all(char::is_whitespace) { line.to_owned() } else { String::new() }
    }
}

/// A link where it may lead, or else its words with its address.
fn link(text: String, href: String) -> Span {
    let text = if text.trim().is_empty() { href.clone() } else { text };
    match (leads(&href), text == href) {
        (true, _) => Span::Link { text, href },
        (false, true) => Span::Plain(text),
        (false, false) => Span::Plain(format!("{text} <{href}>")),
    }
}

/// Adds words, to the last ones where they are meant the same.
fn add(spans: &mut Vec<Span>, span: Span) {
    match (spans.last_mut(), span) {
        (Some(Span::Plain(last)), Span::Plain(more))
        | (Some(Span::Strong(last)), Span::Strong(more))
        | (Some(Span::Emphatic(last)), Span::Emphatic(more))
        | (Some(Span::Struck(last)), Span::Struck(more)) => last.push_str(&more),
        (_, span) => spans.push(span),
    }
}
