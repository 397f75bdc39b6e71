//! A document in `CommonMark` with GitHub's tables.

use super::literal::{fenced, inline, one_line, prose};
use super::told::written;
use super::{Block, Document, Span};

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
            Block::Told { text, quoted: false } => written(text, false),
            Block::Told { text, quoted: true } => quoted(&written(text, true)),
            Block::Code(text) => fenced(text),
        });
    }
    parts.retain(|part| !part.is_empty());
    let mut page = parts.join("\n\n");
    page.push('\n');
    page
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

fn quoted(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { ">".to_owned() } else { format!("> {line}") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
