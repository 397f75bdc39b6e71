//! A document as a page.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use scribe_domain::ids::EventId;

use super::told::{Part, parts};
use super::{Block, Document, Span, Tone, clean, exactly, may_link};

/// What a page may do: show itself, and send its forms to where it came from. No scripts, nothing from elsewhere.
pub const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'";

const CSS: &str = include_str!("page.css");

pub(super) fn render(document: &Document, bar: &Markup) -> String {
    let page = Page { told: anchors(document) };
    frame(&document.title, bar, &html! { @for block in &document.blocks { (page.block(block)) } })
}

/// A page of its own: what stands above its title (a bar to move about by, or nothing), and what stands below.
pub fn frame(title: &str, bar: &Markup, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Belt and braces: were a script ever to slip in, it would not run.
                meta http-equiv="Content-Security-Policy" content=(PAGE_POLICY);
                title { (clean(title)) }
                style { (PreEscaped(CSS)) }
            }
            body {
                (bar)
                main {
                    h1 dir="auto" { (clean(title)) }
                    (body)
                }
            }
        }
    }
    .into_string()
}

struct Page {
    /// The events told on this page: only to these can a citation lead.
    told: BTreeSet<EventId>,
}

impl Page {
    fn block(&self, block: &Block) -> Markup {
        match block {
            Block::Heading(level, spans) => match level {
                0..=2 => html! { h2 dir="auto" { (self.spans(spans)) } },
                3 => html! { h3 dir="auto" { (self.spans(spans)) } },
                _ => html! { h4 dir="auto" { (self.spans(spans)) } },
            },
            Block::Paragraph(spans) => html! { p dir="auto" { (self.spans(spans)) } },
            Block::List(items) => html! {
                ul { @for item in items { li dir="auto" { (self.spans(item)) } } }
            },
            Block::Facts(facts) => html! {
                dl { @for (name, value) in facts { dt dir="auto" { (clean(name)) } dd dir="auto" { (self.spans(value)) } } }
            },
            Block::Table { header, rows } => html! {
                div.wide { table {
                    thead { tr { @for name in header { th scope="col" dir="auto" { (clean(name)) } } } }
                    tbody { @for row in rows {
                        tr { @for cell in row { td.short[is_short(cell)] dir="auto" { (self.spans(cell)) } } }
                    } }
                } }
            },
            Block::Quote(spans) => html! { blockquote dir="auto" { (self.spans(spans)) } },
            Block::Told { text, quoted: false } => html! { div.told { (self.parts(&parts(text))) } },
            Block::Told { text, quoted: true } => html! { blockquote.told { (self.parts(&parts(text))) } },
            Block::Code(text) => html! { pre dir="ltr" { code { (exactly(text)) } } },
        }
    }

    /// What somebody wrote; its headings stand below all of the page's.
    fn parts(&self, parts: &[Part]) -> Markup {
        html! { @for part in parts { (self.part(part)) } }
    }

    fn part(&self, part: &Part) -> Markup {
        let cell = |spans: &[Span]| self.spans(spans);
        match part {
            Part::Paragraph(spans) => html! { p dir="auto" { (self.spans(spans)) } },
            Part::Heading(1, spans) => html! { h4 dir="auto" { (self.spans(spans)) } },
            Part::Heading(2, spans) => html! { h5 dir="auto" { (self.spans(spans)) } },
            Part::Heading(_, spans) => html! { h6 dir="auto" { (self.spans(spans)) } },
            Part::Code(text) => html! { pre dir="ltr" { code { (clean(text)) } } },
            Part::List { from: None, items } => html! { ul { @for item in items { (self.item(item)) } } },
            Part::List { from: Some(from), items } => html! {
                ol start=(from) { @for item in items { (self.item(item)) } }
            },
            Part::Quote(parts) => html! { blockquote { (self.parts(parts)) } },
            Part::Table { header, rows } => html! {
                div.wide { table {
                    thead { tr { @for name in header { th scope="col" dir="auto" { (cell(name)) } } } }
                    tbody { @for row in rows { tr { @for value in row { td dir="auto" { (cell(value)) } } } } }
                } }
            },
            Part::Rule => html! { hr; },
        }
    }

    fn item(&self, item: &[Part]) -> Markup {
        match item {
            [Part::Paragraph(spans), rest @ ..] => html! {
                li dir="auto" { (self.spans(spans)) (self.parts(rest)) }
            },
            parts => html! { li dir="auto" { (self.parts(parts)) } },
        }
    }

    fn spans(&self, spans: &[Span]) -> Markup {
        html! { @for span in spans {
            @if turns(span) { bdi { (self.span(span)) } } @else { (self.span(span)) }
        } }
    }

    fn span(&self, span: &Span) -> Markup {
        match span {
            Span::Plain(text) | Span::Tone(Tone::Neutral, text) => html! { (clean(text)) },
            Span::Strong(text) => html! { strong { (clean(text)) } },
            Span::Emphatic(text) => html! { em { (clean(text)) } },
            Span::Dim(text) => html! { span.dim { (clean(text)) } },
            // Each of its lines stands by itself: one that is wrapped must not look like two, nor two like one.
            Span::Code(text) => html! {
                @for (number, line) in exactly(text).split('\n').enumerate() {
                    @if number > 0 { br; }
                    code dir="ltr" { (line) }
                }
            },
            Span::Tone(Tone::Good, text) => html! { span.good { (clean(text)) } },
            Span::Tone(Tone::Warning, text) => html! { span.warning { (clean(text)) } },
            Span::Tone(Tone::Bad, text) => html! { span.bad { (clean(text)) } },
            Span::Struck(text) => html! { s { (clean(text)) } },
            Span::Link { text, href } if may_link(href) => html! {
                a href=(clean(href)) rel="noopener noreferrer" { (clean(text)) }
            },
            Span::Link { .. } => html! { (clean(&super::words(span))) },
            Span::Cite(event) if self.told.contains(event) => html! {
                a.cite href={ "#e-" (event) } { "[" (event.short()) "]" }
            },
            Span::Cite(event) => html! { span.cite title=(event) { "[" (event.short()) "]" } },
            Span::Anchor(event) => html! { span id={ "e-" (event) } {} },
        }
    }
}

/// Whether letters in it could turn around what stands beside it: any beyond the scripts that are written from
/// left to right in most records.
fn turns(span: &Span) -> bool {
    let turns = |c: char| !matches!(c, '\0'..='\u{58f}' | '\u{1e00}'..='\u{1fff}' | '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{25ff}');
    !matches!(span, Span::Code(_)) && super::words(span).contains(turns)
}

/// A time, a name, a length: not to be broken where there is room.
fn is_short(cell: &[Span]) -> bool {
    cell.iter().map(|span| super::words(span).chars().count()).sum::<usize>() <= 20
}

fn anchors(document: &Document) -> BTreeSet<EventId> {
    fn of(spans: &[Span]) -> impl Iterator<Item = EventId> {
        spans.iter().filter_map(|span| if let Span::Anchor(event) = span { Some(*event) } else { None })
    }
    let mut told = BTreeSet::new();
    for block in &document.blocks {
        match block {
            Block::Heading(_, spans) | Block::Paragraph(spans) | Block::Quote(spans) => {
                told.extend(of(spans));
            }
            Block::List(items) => told.extend(items.iter().flat_map(|item| of(item))),
            Block::Facts(facts) => told.extend(facts.iter().flat_map(|(_, value)| of(value))),
            Block::Table { rows, .. } => told.extend(rows.iter().flatten().flat_map(|cell| of(cell))),
            Block::Code(_) | Block::Told { .. } => {}
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use crate::document::{Block, Document, code, plain};

    fn shown(block: Block) -> String {
        let page = Document { title: "t".into(), blocks: vec![block] }.html();
        page.rsplit_once("</h1>").unwrap().1.trim_end_matches("</main></body></html>").to_owned()
    }

    #[test]
    fn each_line_of_a_shell_line_stands_by_itself() {
        let page = shown(Block::Paragraph(vec![code("# looks\nrm -r /srv")]));
        let line = |line: &str| format!("<code dir=\"ltr\">{line}</code>");
        assert_eq!(page, format!("<p dir=\"auto\">{}<br>{}</p>", line("# looks"), line("rm -r /srv")));
    }

    #[test]
    fn what_runs_the_other_way_turns_nothing_around() {
        let page = shown(Block::Paragraph(vec![plain("שלום"), plain(" (said Mira)")]));
        assert_eq!(page, "<p dir=\"auto\"><bdi>שלום</bdi> (said Mira)</p>");
    }
}
