//! What somebody told as Markdown: as they wrote it, but for what would reach beyond it.
//!
//! Only what must be is rewritten: headings sink below those of the page, raw HTML becomes text, pictures and links
//! by reference become plain links, code that does not end is ended. Then it is read again, between two paragraphs;
//! if it does not say the same there, it is told as plain text.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Tag, TagEnd};

use super::{Part, is_table, leads, parser, parts};
use crate::document::literal::{escaped, fenced, prose, target};
use crate::document::{Span, clean};

/// Below the headings of the page.
const LOWER: u8 = 3;

/// A text as Markdown that stays within itself. What a tab does depends on where its line begins, which is elsewhere
/// in a quotation.
pub(in crate::document) fn written(text: &str, quoted: bool) -> String {
    let text = if quoted { clean(text).replace('\t', "    ") } else { clean(text).into_owned() };
    let text = text.trim_end();
    let candidate = rewritten(text);
    let candidate = candidate.trim_end_matches('\n');
    if is_tame(candidate) && says_the_same(text, candidate) {
        return candidate.to_owned();
    }
    prose(&[Span::Plain(text.to_owned())], "", "")
}

fn rewritten(text: &str) -> String {
    let mut edits = edits(text);
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, by) in edits {
        if range.start < done {
            continue;
        }
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(&by);
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// What is to be replaced, by what.
fn edits(text: &str) -> Vec<(Range<usize>, String)> {
    let read = parser(text);
    // Nobody's words define what a link in somebody else's leads to.
    let mut edits: Vec<(Range<usize>, String)> =
        read.reference_definitions().iter().map(|(_, known)| (known.span.clone(), String::new())).collect();
    let (mut depth, mut in_code) = (0_usize, false);
    let mut link: Option<(Range<usize>, String, String)> = None;
    for (event, range) in read.into_offset_iter() {
        let source = text.get(range.clone()).unwrap_or_default();
        match &event {
            Event::Start(Tag::Heading { level, .. }) => {
                lower(source, range.start, *level as u8, &mut edits);
            }
            Event::Start(Tag::HtmlBlock) => {
                let html = source.trim_end();
                let plain = prose(&[Span::Plain(html.to_owned())], "", "");
                edits.push((range.start..range.start + html.len(), plain));
            }
            Event::InlineHtml(html) => edits.push((range, escaped(html))),
            Event::Start(Tag::Table(_)) if !is_table(source) => {
                if let Some(end) = source.find('\n') {
                    edits.push((range.start + end + 1..range.start + end + 1, "\\".to_owned()));
                }
            }
            Event::Start(Tag::CodeBlock(kind)) if depth == 0 => {
                // What is found may begin behind its first line's indentation.
                let begin = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
                let is_indentation = text[begin..range.start].chars().all(char::is_whitespace);
                let range = if is_indentation { begin..range.end } else { range };
                edits.extend(code(text.get(range.clone()).unwrap_or_default(), range, kind));
            }
            Event::Start(Tag::Link { link_type, dest_url, .. }) if link.is_none() => {
                let is_plain = matches!(link_type, LinkType::Inline | LinkType::Autolink | LinkType::Email);
                if !is_plain || !leads(dest_url) {
                    link = Some((range, dest_url.to_string(), String::new()));
                }
            }
            Event::Start(Tag::Image { dest_url, .. }) if link.is_none() => {
                link = Some((range, dest_url.to_string(), String::new()));
            }
            // GitHub takes such a line below any other for a table's.
            Event::Text(words) if link.is_none() && !in_code && is_divider(words) => {
                edits.push((range.start..range.start, "\\".to_owned()));
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some((_, _, said)) = &mut link {
                    said.push_str(words);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, _, said)) = &mut link {
                    said.push(' ');
                }
            }
            Event::End(TagEnd::Link | TagEnd::Image) => match link.take() {
                Some((whole, href, words)) if whole == range => edits.push((whole, plainly(&words, &href))),
                unended => link = unended,
            },
            _ => {}
        }
        match event {
            Event::Start(Tag::List(_) | Tag::BlockQuote(_)) => depth += 1,
            Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_)) => depth = depth.saturating_sub(1),
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            _ => {}
        }
    }
    edits
}

fn is_divider(words: &str) -> bool {
    let words = words.trim();
    words.contains(':') && words.contains('-') && words.chars().all(|c| matches!(c, ':' | '-'))
}

/// A heading some steps lower; one that is underlined gets marks before it.
fn lower(source: &str, at: usize, level: u8, edits: &mut Vec<(Range<usize>, String)>) {
    let marks = "#".repeat(usize::from(lowered(level)));
    let own = source.bytes().take_while(|byte| *byte == b'#').count();
    if own > 0 && own <= 6 && source[own..].starts_with([' ', '\t', '\n']) || source.len() == own {
        edits.push((at..at + own, marks));
        return;
    }
    let trimmed = source.trim_end();
    let line = trimmed.trim_end_matches(['=', '-']);
    edits.push((at..at, format!("{marks} ")));
    edits.push((at + line.len()..at + trimmed.len(), String::new()));
}

fn lowered(level: u8) -> u8 {
    (level + LOWER).min(6)
}

/// Code that would go on after the text, or be taken for part of what comes before it.
fn code(source: &str, range: Range<usize>, kind: &CodeBlockKind<'_>) -> Option<(Range<usize>, String)> {
    let fence = |line: &str| {
        let line = line.trim();
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        Some((mark, line.chars().take_while(|c| *c == mark).count()))
    };
    match kind {
        CodeBlockKind::Indented => {
            let lines: Vec<&str> =
                source.lines().map(|line| line.strip_prefix("    ").unwrap_or(line.trim_start())).collect();
            Some((range, fenced_plainly(&lines.join("\n"))))
        }
        CodeBlockKind::Fenced(_) => {
            let (first, last) = (source.lines().next()?, source.trim_end().lines().last()?);
            let (mark, length) = fence(first)?;
            let ends = source.trim_end().lines().count() > 1
                && fence(last).is_some_and(|(other, long)| {
                    other == mark && long >= length && last.trim().chars().all(|c| c == mark)
                });
            let end = format!("\n{}", mark.to_string().repeat(length));
            let at = range.start + source.trim_end().len();
            (!ends).then_some((at..at, end))
        }
    }
}

fn fenced_plainly(text: &str) -> String {
    if text.contains('<') { format!("```\n{}\n```", text.trim_end_matches('\n')) } else { fenced(text) }
}

/// A link in its plainest form, where it may lead.
fn plainly(words: &str, href: &str) -> String {
    let words = if words.trim().is_empty() { href } else { words };
    match (leads(href), words == href) {
        (true, _) => format!("[{}](<{}>)", escaped(words), target(href)),
        (false, true) => escaped(words),
        (false, false) => escaped(&format!("{words} <{href}>")),
    }
}

/// Whether nothing in it reaches beyond it, or shows what others have.
fn is_tame(text: &str) -> bool {
    let parser = parser(text);
    parser.reference_definitions().iter().next().is_none()
        && !parser.into_iter().any(|event| {
            matches!(event, Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::Image { .. }))
        })
}

/// Whether it says what was told, also between other paragraphs.
fn says_the_same(told: &str, candidate: &str) -> bool {
    let between = parts(&format!("before\n\n{candidate}\n\nafter"));
    let word = |word: &str| Part::Paragraph(vec![Span::Plain(word.to_owned())]);
    match between.as_slice() {
        [first, inner @ .., last] => {
            let meant: Vec<Part> = parts(told).into_iter().map(sunk).collect();
            *first == word("before") && *last == word("after") && inner == meant
        }
        _ => false,
    }
}

fn sunk(part: Part) -> Part {
    let all = |parts: Vec<Part>| parts.into_iter().map(sunk).collect();
    match part {
        Part::Heading(level, spans) => Part::Heading(lowered(level), spans),
        Part::List { from, items } => Part::List { from, items: items.into_iter().map(all).collect() },
        Part::Quote(parts) => Part::Quote(all(parts)),
        other => other,
    }
}
