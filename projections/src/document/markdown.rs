//! A document in `CommonMark` with GitHub's tables.

use super::{Block, Document, Span, Tone, clean, may_link};

pub(super) fn render(document: &Document) -> String {
    let mut parts = vec![format!("# {}", one_line(&[Span::Plain(document.title.clone())]))];
    for block in &document.blocks {
        parts.push(match block {
            Block::Heading(level, spans) => {
                format!("{} {}", "#".repeat(usize::from(*level).clamp(2, 6)), one_line(spans))
            }
            Block::Paragraph(spans) => prose(spans, "", ""),
            Block::List(items) => {
                items.iter().map(|item| prose(item, "- ", "  ")).collect::<Vec<_>>().join("\n")
            }
            Block::Facts(facts) => facts
                .iter()
                .map(|(name, value)| {
                    let mut spans = vec![Span::Strong(format!("{name}:")), Span::Plain(" ".to_owned())];
                    spans.extend(value.iter().cloned());
                    prose(&spans, "- ", "  ")
                })
                .collect::<Vec<_>>()
                .join("\n"),
            Block::Table { header, rows } => table(header, rows),
            Block::Quote(spans) => prose(spans, "> ", "> "),
            Block::Code(text) => fenced(text),
        });
    }
    parts.retain(|part| !part.is_empty());
    let mut page = parts.join("\n\n");
    page.push('\n');
    page
}

/// Lines with hard breaks between them; each begins with its prefix, so that none leaves its block.
fn prose(spans: &[Span], first: &str, rest: &str) -> String {
    let lines: Vec<String> = inline(spans, false).iter().map(|line| guard(line.trim())).collect();
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        let prefix = if number == 0 { first } else { rest };
        out.push_str(if line.is_empty() { prefix.trim_end() } else { prefix });
        out.push_str(line);
        if let Some(next) = lines.get(number + 1) {
            out.push_str(if line.is_empty() || next.is_empty() { "\n" } else { "\\\n" });
        }
    }
    out
}

fn one_line(spans: &[Span]) -> String {
    guard(inline(spans, false).join(" ").trim())
}

fn table(header: &[String], rows: &[Vec<Vec<Span>>]) -> String {
    let cell = |spans: &[Span]| inline(spans, true).join("<br>").trim().to_owned();
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(header.iter().map(|name| cell(&[Span::Plain(name.clone())])).collect()),
        format!("|{}", " --- |".repeat(header.len())),
    ];
    for row in rows {
        let cells = (0..header.len()).map(|i| row.get(i).map(|spans| cell(spans)).unwrap_or_default());
        lines.push(line(cells.collect()));
    }
    lines.join("\n")
}

/// The spans' lines.
fn inline(spans: &[Span], in_table: bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for span in spans {
        let (text, form): (String, fn(&str, bool) -> String) = match span {
            Span::Plain(text) | Span::Dim(text) | Span::Tone(Tone::Good | Tone::Neutral, text) => {
                (clean(text).into_owned(), |text, _| escaped(text))
            }
            Span::Strong(text) | Span::Tone(Tone::Warning | Tone::Bad, text) => {
                (clean(text).into_owned(), |text, _| around("**", text))
            }
            Span::Struck(text) => (clean(text).into_owned(), |text, _| around("~~", text)),
            Span::Code(text) => (clean(text).into_owned(), code),
            Span::Link { text, href } if may_link(href) => {
                push(
                    &mut lines,
                    &format!("[{}](<{}>)", escaped(&clean(text).replace('\n', " ")), target(href)),
                );
                continue;
            }
            Span::Link { .. } => (clean(&super::words(span)).into_owned(), |text, _| escaped(text)),
            Span::Cite(event) => (format!("[{}]", event.short()), |text, _| escaped(text)),
            Span::Anchor(_) => continue,
        };
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                lines.push(String::new());
            }
            push(&mut lines, &form(part, in_table));
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Text that stays text. An underscore within a word means nothing in `CommonMark` and is left readable.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let within_word = before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '_' if within_word => out.push('_'),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '$' | '!' => {
                out.extend(['\\', c]);
            }
            '\t' => out.push(' '),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Emphasis; a mark beside a space would not count as one.
fn around(mark: &str, text: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return text.to_owned();
    }
    let lead = &text[..text.len() - text.trim_start().len()];
    let tail = &text[text.trim_end().len()..];
    format!("{lead}{mark}{}{mark}{tail}", escaped(inner))
}

/// A code span, fenced by one backtick more than any run within. In a table a pipe would end the cell even
/// there, and a reader that is not quite `CommonMark` might see a tag: such code is written in HTML.
fn code(text: &str, in_table: bool) -> String {
    if text.trim().is_empty() {
        return text.to_owned();
    }
    if text.contains('<') || (in_table && text.contains('|')) {
        return format!("<code>{}</code>", escaped(text).replace("\\|", "&#124;"));
    }
    let fence = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn fenced(text: &str) -> String {
    let text = clean(text);
    if text.contains('<') {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        return format!("<pre><code>{}</code></pre>", text.trim_end_matches('\n'));
    }
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// An address that cannot leave its angle brackets.
fn target(href: &str) -> String {
    let mut out = String::with_capacity(href.len());
    for c in clean(href).chars() {
        match c {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '|' => out.push_str("%7C"),
            '`' => out.push_str("%60"),
            '&' => out.push_str("&amp;"),
            c if c.is_whitespace() => out.push_str("%20"),
            c => out.push(c),
        }
    }
    out
}

/// What would make a list, a rule or a heading at a line's beginning is escaped there.
fn guard(line: &str) -> String {
    if line.starts_with(['-', '+', '=']) {
        return format!("\\{line}");
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => format!("{}\\{}", &line[..digits], &line[digits..]),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{code as code_span, plain};

    fn paragraph(text: &str) -> String {
        prose(&[plain(text)], "", "")
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(paragraph("# no heading"), "\\# no heading");
        assert_eq!(paragraph("a | b"), "a \\| b");
        assert_eq!(paragraph("<script>&amp;"), "&lt;script&gt;&amp;amp;");
        assert_eq!(paragraph("[x](javascript:y)"), "\\[x\\](javascript:y)");
        assert_eq!(paragraph("1. one\n- two\n===\n    code"), "1\\. one\\\n\\- two\\\n\\===\\\ncode");
        assert_eq!(paragraph("20230104_list_import and _this_"), "20230104_list_import and \\_this\\_");
    }

    #[test]
    fn what_begins_like_a_list_or_a_rule_begins_none() {
        assert_eq!(paragraph("+ one"), "\\+ one");
        assert_eq!(paragraph("---"), "\\---");
        assert_eq!(paragraph("2) two"), "2\\) two");
        assert_eq!(paragraph("10. ten"), "10\\. ten");
        assert_eq!(paragraph(".5 and )5 begin nothing"), ".5 and )5 begin nothing");
        assert_eq!(paragraph("42"), "42");
        assert_eq!(paragraph("a - b"), "a - b");
        assert_eq!(one_line(&[plain("- in a heading")]), "\\- in a heading");
        assert_eq!(prose(&[plain("- in a list")], "- ", "  "), "- \\- in a list");
    }

    #[test]
    fn code_keeps_its_backticks_and_pipes() {
        assert_eq!(code("a `b` c", false), "``a `b` c``");
        assert_eq!(code("`b`", false), "`` `b` ``");
        assert_eq!(code("a | b", true), "<code>a &#124; b</code>");
        assert_eq!(prose(&[code_span("one\n\ntwo")], "> ", "> "), "> `one`\n>\n> `two`");
    }

    #[test]
    fn a_link_leads_only_where_links_may() {
        let link =
            |href: &str| inline(&[Span::Link { text: "a]b".into(), href: href.into() }], false).join("");
        assert_eq!(link("https://x/(a) b>"), "[a\\]b](<https://x/(a)%20b%3E>)");
        assert_eq!(link("javascript:x"), "a\\]b &lt;javascript:x&gt;");
    }
}
