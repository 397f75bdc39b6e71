//! A document on a terminal.

use anstyle::Style as Ansi;
use unicode_width::UnicodeWidthStr;

use super::told::{Part, parts};
use super::wrap::{Line, wrap};
use super::{Block, Document, Span, Style, table};

/// Narrower terminals get lines of this width: fewer columns hold no sentence.
const NARROWEST: usize = 24;

pub(super) fn render(document: &Document, style: &Style) -> String {
    let mut page = Page { out: String::new(), width: style.width.max(NARROWEST), colour: style.colour };
    page.heading(&[Span::Strong(document.title.clone())], Some("═"));
    let mut before: Option<&Block> = None;
    for block in &document.blocks {
        // A heading belongs to what follows it, and so does the sentence that introduces a quotation.
        let belongs = match before {
            None => !matches!(block, Block::Heading(..)),
            Some(Block::Heading(..)) => true,
            Some(Block::Paragraph(_)) => matches!(block, Block::Quote(_) | Block::Told { quoted: true, .. }),
            Some(_) => false,
        };
        if !belongs {
            page.out.push('\n');
        }
        page.block(block);
        before = Some(block);
    }
    page.out
}

struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, spans) => self.heading(&strong(spans), (*level <= 2).then_some("─")),
            Block::Paragraph(spans) => self.hanging("", spans),
            Block::List(items) => {
                for item in items {
                    self.hanging("• ", item);
                }
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Table { header, rows } => self.table(header, rows),
            Block::Quote(spans) => {
                for line in wrap(spans, self.width - 2) {
                    let mut quoted = Line::default();
                    quoted.push(Ansi::new().dimmed(), if line.pieces.is_empty() { "│" } else { "│ " });
                    quoted.extend(&line);
                    self.line(&quoted);
                }
            }
            Block::Told { text, quoted: false } => self.lines(&lines(&parts(text), self.width)),
            Block::Told { text, quoted: true } => {
                let lines = lines(&parts(text), self.width - 2);
                self.lines(&under(&lines, "│ ", "│ "));
            }
            Block::Code(text) => {
                for line in super::exactly(text).lines() {
                    let line = line.trim_end();
                    if !line.is_empty() {
                        self.out.push_str("    ");
                        self.out.push_str(line);
                    }
                    self.out.push('\n');
                }
            }
        }
    }

    fn heading(&mut self, spans: &[Span], underline: Option<&str>) {
        let lines = wrap(spans, self.width);
        let width = lines.iter().map(|line| line.width).max().unwrap_or(0);
        self.lines(&lines);
        if let Some(stroke) = underline {
            let mut line = Line::default();
            line.push(Ansi::new().dimmed(), &stroke.repeat(width));
            self.line(&line);
        }
    }

    /// Lines that stand under their first one's text, behind its mark.
    fn hanging(&mut self, mark: &str, spans: &[Span]) {
        for (number, line) in wrap(spans, self.width - mark.width()).iter().enumerate() {
            let mut hung = Line::default();
            if !line.pieces.is_empty() {
                hung.push(
                    Ansi::new(),
                    if number == 0 { mark.to_owned() } else { " ".repeat(mark.width()) }.as_str(),
                );
                hung.extend(line);
            }
            self.line(&hung);
        }
    }

    fn facts(&mut self, facts: &[(String, Vec<Span>)]) {
        let rows: Vec<Vec<Vec<Span>>> =
            facts.iter().map(|(name, value)| vec![vec![Span::Dim(name.clone())], value.clone()]).collect();
        let names = rows.iter().map(|row| super::wrap::extent(&row[0]).0).max().unwrap_or(0);
        let names = names.min(self.width / 3);
        let columns = [(0, names), (1, self.width - names - 2)];
        for row in &rows {
            self.lines(&table::row(row, &columns));
        }
    }

    fn table(&mut self, header: &[String], rows: &[Vec<Vec<Span>>]) {
        let Some(columns) = table::fit(header, rows, self.width) else {
            return self.stack(header, rows);
        };
        if header.iter().any(|name| !name.is_empty()) {
            let names: Vec<Vec<Span>> = header.iter().map(|name| vec![Span::Dim(name.clone())]).collect();
            self.lines(&table::row(&names, &columns));
        }
        for row in rows {
            self.lines(&table::row(row, &columns));
        }
    }

    /// A table too wide for the terminal: each row as facts.
    fn stack(&mut self, header: &[String], rows: &[Vec<Vec<Span>>]) {
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                self.out.push('\n');
            }
            let facts: Vec<(String, Vec<Span>)> = header.iter().cloned().zip(row.iter().cloned()).collect();
            self.facts(&facts);
        }
    }

    fn lines(&mut self, lines: &[Line]) {
        for line in lines {
            self.line(line);
        }
    }

    fn line(&mut self, line: &Line) {
        line.write(self.colour, &mut self.out);
        self.out.push('\n');
    }
}

/// What somebody wrote, as lines.
fn lines(parts: &[Part], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            lines.push(Line::default());
        }
        lines.extend(part_lines(part, width));
    }
    lines
}

fn part_lines(part: &Part, width: usize) -> Vec<Line> {
    let within = |mark: &str| width.saturating_sub(mark.width()).max(2);
    match part {
        Part::Paragraph(spans) => wrap(spans, width),
        Part::Heading(_, spans) => wrap(&strong(spans), width),
        Part::Code(text) => {
            let text = Span::Plain(text.trim_end_matches('\n').to_owned());
            under(&wrap(&[text], within("    ")), "    ", "    ")
        }
        Part::List { from, items } => {
            let items = items.iter().enumerate().flat_map(|(number, item)| {
                let mark = match from {
                    Some(from) => format!("{}. ", from.saturating_add(number as u64)),
                    None => "• ".to_owned(),
                };
                let tight: Vec<Line> = item.iter().flat_map(|part| part_lines(part, within(&mark))).collect();
                under(&tight, &mark, &" ".repeat(mark.width()))
            });
            items.collect()
        }
        Part::Quote(parts) => under(&lines(parts, within("│ ")), "│ ", "│ "),
        Part::Table { header, rows } => {
            let header: Vec<String> = header.iter().map(|cell| super::unformed(cell)).collect();
            let names: Vec<Vec<Span>> = header.iter().map(|name| vec![Span::Dim(name.clone())]).collect();
            match table::fit(&header, rows, width) {
                Some(columns) => {
                    let rows = std::iter::once(&names).chain(rows);
                    rows.flat_map(|row| table::row(row, &columns)).collect()
                }
                None => rows.iter().flatten().flat_map(|cell| wrap(cell, width)).collect(),
            }
        }
        Part::Rule => {
            let mut line = Line::default();
            line.push(Ansi::new().dimmed(), &"─".repeat(width.min(20)));
            vec![line]
        }
    }
}

/// Lines behind a mark, the first behind its own.
fn under(lines: &[Line], first: &str, rest: &str) -> Vec<Line> {
    let mark = |(number, line): (usize, &Line)| {
        let mut marked = Line::default();
        let mark = if number == 0 { first } else { rest };
        let mark = if line.pieces.is_empty() { mark.trim_end() } else { mark };
        let look = if mark.starts_with('│') { Ansi::new().dimmed() } else { Ansi::new() };
        marked.push(look, mark);
        marked.extend(line);
        marked
    };
    lines.iter().enumerate().map(mark).collect()
}

/// A heading is strong throughout, whatever its spans feel.
fn strong(spans: &[Span]) -> Vec<Span> {
    spans
        .iter()
        .map(|span| match span {
            Span::Plain(text) => Span::Strong(text.clone()),
            other => other.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Tone, code, dim, plain};

    fn sample() -> Document {
        let row = |time: &str, who: &str, what: Vec<Span>| vec![vec![plain(time)], vec![plain(who)], what];
        Document {
            title: "List import problems".into(),
            blocks: vec![
                Block::Facts(vec![
                    ("Severity".into(), vec![Span::Tone(Tone::Warning, "sev3".into())]),
                    ("Told by".into(), vec![plain("Bob Long")]),
                ]),
                Block::Heading(2, vec![plain("What happened")]),
                Block::Table {
                    header: vec!["Time".into(), String::new(), "What".into()],
                    rows: vec![
                        row("about 12:40", "Zac Bentley", vec![plain("some imports and mails were late")]),
                        row("13:05", "Bob Long", vec![dim("ran "), code("kubectl  get pods")]),
                    ],
                },
                Block::List(vec![vec![plain("one two three four five six seven eight nine ten")]]),
                Block::Quote(vec![plain("first\n\nsecond")]),
                Block::Code("a\n\n  b  ".into()),
            ],
        }
    }

    #[test]
    fn it_wraps_by_display_width_and_keeps_its_columns() {
        let style = Style { width: 40, ..Style::default() };
        let expected = "\
List import problems
════════════════════
Severity  sev3
Told by   Bob Long

What happened
─────────────
Time                      What
about 12:40  Zac Bentley  some imports
                          and mails were
                          late
13:05        Bob Long     ran `kubectl
                          get pods`

• one two three four five six seven
  eight nine ten

│ first
│
│ second

    a

      b
";
        assert_eq!(sample().text(&style), expected);
    }

    #[test]
    fn a_table_too_wide_for_the_terminal_becomes_facts() {
        let header: Vec<String> = ["one", "two", "three", "four"].map(String::from).to_vec();
        let rows = vec![header.iter().map(|name| vec![plain(name.repeat(9))]).collect()];
        let document = Document { title: "t".into(), blocks: vec![Block::Table { header, rows }] };
        let text = document.text(&Style { width: 24, ..Style::default() });
        assert!(text.contains("one    oneoneone"), "{text}");
    }

    #[test]
    fn wide_characters_count_twice() {
        let document = Document {
            title: "t".into(),
            blocks: vec![Block::Paragraph(vec![plain("日本語".repeat(10))])],
        };
        let text = document.text(&Style { width: 30, ..Style::default() });
        assert!(text.lines().all(|line| line.width() <= 30), "{text}");
    }

    #[test]
    fn colours_only_where_asked_for() {
        assert!(!sample().text(&Style::default()).contains('\u{1b}'));
        let coloured = sample().text(&Style { colour: true, ..Style::default() });
        assert!(coloured.contains("\u{1b}[33msev3\u{1b}[0m"), "{coloured:?}");
    }
}
