//! What somebody told, where people write Markdown: reviews, updates, summaries. It is read as `CommonMark` with
//! GitHub's tables, and takes the same form as everything else here, so that no markup of theirs reaches a page.
//!
//! It is read as people mean it: line breaks and indentation stay, raw HTML is text, a picture is a link to it, and a
//! link leads only where links may ([`leads`]).

mod inline;
mod written;

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::Span;

pub(super) use written::written;

/// A part of what was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Prose; line breaks within are kept.
    Paragraph(Vec<Span>),
    /// A heading, 1 the highest.
    Heading(u8, Vec<Span>),
    /// Program text or output, exactly.
    Code(String),
    /// Items, numbered from some number or not.
    List {
        /// The first item's number.
        from: Option<u64>,
        /// The items.
        items: Vec<Vec<Part>>,
    },
    /// Words of somebody else.
    Quote(Vec<Part>),
    /// A table.
    Table {
        /// The header.
        header: Vec<Vec<Span>>,
        /// The rows.
        rows: Vec<Vec<Vec<Span>>>,
    },
    /// A line across.
    Rule,
}

/// Nested deeper, nobody can follow, and the program's own stack has an end.
const DEEPEST: usize = 12;

/// The parts of a text.
pub(super) fn parts(text: &str) -> Vec<Part> {
    Reader::new(text).parts(0)
}

/// Whether an address of somebody's text may become a link: to other places only.
fn leads(href: &str) -> bool {
    super::may_link(href) && !href.starts_with(['/', '#'])
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// Whether what reads as a table is meant as one. A word above `:-` is not.
fn is_table(source: &str) -> bool {
    source.lines().take(2).all(|line| line.contains('|'))
}

struct Reader<'a> {
    source: &'a str,
    events: std::iter::Peekable<pulldown_cmark::OffsetIter<'a>>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        Self { source, events: parser(source).into_offset_iter().peekable() }
    }

    /// The parts up to the end of what contains them.
    fn parts(&mut self, depth: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        // Containers that lie too deep are opened and closed without a word.
        let mut passed_over = 0_usize;
        while let Some((event, range)) = self.events.peek().cloned() {
            match event {
                Event::End(_) => {
                    self.events.next();
                    if passed_over == 0 {
                        break;
                    }
                    passed_over -= 1;
                }
                Event::Rule => {
                    self.events.next();
                    parts.push(Part::Rule);
                }
                Event::Start(tag) if !inline::is_inline(&tag) => {
                    self.events.next();
                    match self.block(&tag, &range, depth) {
                        Some(part) => parts.push(part),
                        None => passed_over += 1,
                    }
                }
                // An item of a tight list has its words without a paragraph.
                _ => match self.words(depth == 0) {
                    spans if spans.is_empty() => {
                        self.events.next();
                    }
                    spans => parts.push(Part::Paragraph(spans)),
                },
            }
        }
        parts
    }

    /// What a tag begins, to its end; `None` where its parts are told as those of what contains it.
    fn block(&mut self, tag: &Tag<'_>, range: &Range<usize>, depth: usize) -> Option<Part> {
        Some(match tag {
            Tag::Paragraph => Part::Paragraph(self.line(depth == 0)),
            Tag::Heading { level, .. } => Part::Heading(*level as u8, self.line(false)),
            Tag::CodeBlock(_) => Part::Code(self.raw().trim_end_matches('\n').to_owned()),
            Tag::HtmlBlock => Part::Paragraph(vec![Span::Plain(self.raw().trim_end().to_owned())]),
            Tag::Table(_) if !is_table(self.source.get(range.clone()).unwrap_or_default()) => {
                self.skip();
                let text = self.source.get(range.clone()).unwrap_or_default().trim_end();
                Part::Paragraph(vec![Span::Plain(text.to_owned())])
            }
            Tag::Table(_) => self.table(),
            _ if depth >= DEEPEST => return None,
            Tag::BlockQuote(_) => Part::Quote(self.parts(depth + 1)),
            Tag::List(from) => Part::List { from: *from, items: self.items(depth + 1) },
            _ => return None,
        })
    }

    fn items(&mut self, depth: usize) -> Vec<Vec<Part>> {
        let mut items = Vec::new();
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => items.push(self.parts(depth)),
                Event::End(TagEnd::List(_)) => break,
                _ => {}
            }
        }
        items
    }

    /// The words of a block that holds nothing else, and its end.
    fn line(&mut self, indents: bool) -> Vec<Span> {
        let spans = self.words(indents);
        self.skip();
        spans
    }

    fn table(&mut self) -> Part {
        let (mut header, mut rows) = (Vec::new(), Vec::<Vec<Vec<Span>>>::new());
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::TableRow) => rows.push(Vec::new()),
                Event::Start(Tag::TableCell) => {
                    let cell = self.line(false);
                    // The header comes before all rows, and is none.
                    rows.last_mut().unwrap_or(&mut header).push(cell);
                }
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        Part::Table { header, rows }
    }

    /// The text of what holds nothing but text, and its end.
    fn raw(&mut self) -> String {
        let mut text = String::new();
        for (event, _) in self.events.by_ref() {
            match event {
                Event::Text(part) | Event::Html(part) | Event::InlineHtml(part) => text.push_str(&part),
                Event::End(_) => break,
                _ => {}
            }
        }
        text
    }

    /// What comes before the end of what was begun, and that end.
    fn skip(&mut self) {
        let mut open = 1_usize;
        for (event, _) in self.events.by_ref() {
            match event {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests;
