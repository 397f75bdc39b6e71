//! Text as `CommonMark` in which it stays text: nothing that somebody wrote becomes a heading, a list, a link or HTML.

use super::{Span, Tone, clean, exactly, may_link};

/// Lines with hard breaks between them; each begins with its prefix, so that none leaves its block.
pub(super) fn prose(spans: &[Span], first: &str, rest: &str) -> String {
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

pub(super) fn one_line(spans: &[Span]) -> String {
    guard(inline(spans, false).join(" ").trim())
}

/// The spans' lines.
pub(super) fn inline(spans: &[Span], in_table: bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for span in spans {
        let (text, form): (String, fn(&str, bool) -> String) = match span {
            Span::Plain(text) | Span::Dim(text) | Span::Tone(Tone::Good | Tone::Neutral, text) => {
                (clean(text).into_owned(), |text, _| escaped(text))
            }
            Span::Strong(text) | Span::Tone(Tone::Warning | Tone::Bad, text) => {
                (clean(text).into_owned(), |text, _| around("**", text))
            }
            Span::Emphatic(text) => (clean(text).into_owned(), |text, _| around("*", text)),
            Span::Struck(text) => (clean(text).into_owned(), |text, _| around("~~", text)),
            Span::Code(text) => (exactly(text).into_owned(), code),
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
            // A line's indentation would go, unless it cannot be told from words.
            let words = if index > 0 { part.trim_start_matches(' ') } else { part };
            if !words.is_empty() {
                push(&mut lines, &"&nbsp;".repeat(part.len() - words.len()));
            }
            push(&mut lines, &form(words, in_table));
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
pub(super) fn escaped(text: &str) -> String {
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

pub(super) fn fenced(text: &str) -> String {
    let text = exactly(text);
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
pub(super) fn target(href: &str) -> String {
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
    // A line of `:-` would make a table of the one above it.
    if line.starts_with(['-', '+', '=', ':']) {
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
        assert_eq!(
            paragraph("1. one\n- two\n===\n    code"),
            "1\\. one\\\n\\- two\\\n\\===\\\n&nbsp;&nbsp;&nbsp;&nbsp;code"
        );
        assert_eq!(paragraph("20230104_list_import and _this_"), "20230104_list_import and \\_this\\_");
    }

    #[test]
    fn what_begins_like_a_list_or_a_rule_begins_none() {
        assert_eq!(paragraph("+ one"), "\\+ one");
        assert_eq!(paragraph("---"), "\\---");
        assert_eq!(paragraph("2) two"), "2\\) two");
        assert_eq!(paragraph("10. ten"), "10\\. ten");
        assert_eq!(paragraph(".5 and )5 begin nothing"), ".5 and )5 begin nothing");
        assert_eq!(paragraph("a word\n:-"), "a word\\\n\\:-");
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
