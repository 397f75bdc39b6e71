//! Breaking spans into lines by display width.

use anstyle::{AnsiColor, Effects, Style as Ansi};
use unicode_width::UnicodeWidthStr;

use super::{Span, Tone, clean, exactly, words};

/// A stretch of one line in one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) look: Ansi,
    pub(super) text: String,
}

/// One line, its pieces in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) pieces: Vec<Piece>,
    pub(super) width: usize,
}

impl Line {
    /// Adds text, joining it to the last piece where the look is the same.
    pub(super) fn push(&mut self, look: Ansi, text: &str) {
        if text.is_empty() {
            return;
        }
        self.width += text.width();
        match self.pieces.last_mut() {
            Some(last) if last.look == look => last.text.push_str(text),
            _ => self.pieces.push(Piece { look, text: text.to_owned() }),
        }
    }

    /// Ends every isolate in the line where it begins, or what stands beside it would be turned around too.
    fn isolated(mut self) -> Self {
        let is_isolate = |c: char| matches!(c, '\u{2066}'..='\u{2069}');
        if !self.pieces.iter().any(|piece| piece.text.contains(is_isolate)) {
            return self;
        }
        let mut open = 0_usize;
        for piece in &mut self.pieces {
            piece.text.retain(|c| match c {
                '\u{2069}' if open == 0 => false,
                '\u{2069}' => {
                    open -= 1;
                    true
                }
                '\u{2066}'..='\u{2068}' => {
                    open += 1;
                    true
                }
                _ => true,
            });
        }
        if let Some(last) = self.pieces.last_mut() {
            last.text.extend(std::iter::repeat_n('\u{2069}', open));
        }
        self
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for piece in &other.pieces {
            self.push(piece.look, &piece.text);
        }
    }

    /// Writes the line, without colours unless they are wanted.
    pub(super) fn write(&self, colour: bool, out: &mut String) {
        for piece in &self.pieces {
            if colour {
                out.push_str(&piece.look.render().to_string());
                out.push_str(&piece.text);
                out.push_str(&piece.look.render_reset().to_string());
            } else {
                out.push_str(&piece.text);
            }
        }
    }
}

/// The spans as lines of at most `width` columns. Line breaks in the text are kept, and so is the space
/// within a line; where a line is broken, the space there goes.
pub(super) fn wrap(spans: &[Span], width: usize) -> Vec<Line> {
    let width = width.max(2);
    let mut lines = Vec::new();
    for hard_line in hard_lines(spans) {
        let mut line = Line::default();
        let mut space = Line::default();
        for token in tokens(&hard_line) {
            if token.is_space {
                space = token.line;
                continue;
            }
            let indents = line.pieces.is_empty() && space.width > width / 2;
            if line.width + space.width + token.line.width <= width && !indents {
                line.extend(&space);
                line.extend(&token.line);
            } else {
                if !line.pieces.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                break_word(&token.line, width, &mut line, &mut lines);
            }
            space = Line::default();
        }
        lines.push(line);
    }
    lines.into_iter().map(Line::isolated).collect()
}

/// The width that the spans would take with no breaks but their own, and their longest word's.
pub(super) fn extent(spans: &[Span]) -> (usize, usize) {
    let mut extent = (0, 0);
    for hard_line in hard_lines(spans) {
        let tokens = tokens(&hard_line);
        extent.0 = extent.0.max(tokens.iter().map(|token| token.line.width).sum());
        extent.1 =
            extent.1.max(tokens.iter().map(|t| if t.is_space { 0 } else { t.line.width }).max().unwrap_or(0));
    }
    extent
}

pub(super) fn look(span: &Span) -> Ansi {
    let fg = |colour: AnsiColor| Ansi::new().fg_color(Some(colour.into()));
    match span {
        Span::Plain(_) | Span::Link { .. } | Span::Anchor(_) | Span::Tone(Tone::Neutral, _) => Ansi::new(),
        Span::Strong(_) => Ansi::new().bold(),
        Span::Emphatic(_) => Ansi::new().italic(),
        Span::Dim(_) | Span::Cite(_) => Ansi::new().dimmed(),
        Span::Code(_) => fg(AnsiColor::Cyan),
        Span::Tone(Tone::Good, _) => fg(AnsiColor::Green),
        Span::Tone(Tone::Warning, _) => fg(AnsiColor::Yellow),
        Span::Tone(Tone::Bad, _) => fg(AnsiColor::Red).bold(),
        Span::Struck(_) => Ansi::new().effects(Effects::STRIKETHROUGH | Effects::DIMMED),
    }
}

struct Token {
    is_space: bool,
    line: Line,
}

fn hard_lines(spans: &[Span]) -> Vec<Vec<Piece>> {
    let mut lines = vec![Vec::new()];
    for span in spans {
        let look = look(span);
        let said = words(span);
        // A shell line needs its ends marked; a single word is told apart by its look.
        let said = match span {
            // And each of its lines: one that is wrapped must not look like two, nor two like one.
            Span::Code(text) if text.contains('\n') => marked_lines(&exactly(text)),
            Span::Code(text) if text.contains(char::is_whitespace) => format!("`{}`", exactly(text)),
            Span::Code(text) => exactly(text).into_owned(),
            _ => said.into_owned(),
        };
        let said = clean(&said).replace('\t', "    ");
        for (index, part) in said.split('\n').enumerate() {
            if index > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(Piece { look, text: part.to_owned() });
            }
        }
    }
    lines
}

/// Each line of a shell line in marks of its own; one without anything in it has none.
fn marked_lines(line: &str) -> String {
    let mark = |line: &str| if line.trim().is_empty() { String::new() } else { format!("`{line}`") };
    line.split('\n').map(mark).collect::<Vec<_>>().join("\n")
}

/// Words and the spaces between them; a word may run over several pieces.
fn tokens(pieces: &[Piece]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for piece in pieces {
        let mut rest = piece.text.as_str();
        while let Some(first) = rest.chars().next() {
            let is_space = first.is_whitespace();
            let end = rest.find(|c: char| c.is_whitespace() != is_space).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            match tokens.last_mut() {
                Some(last) if last.is_space == is_space => last.line.push(piece.look, part),
                _ => {
                    let mut line = Line::default();
                    line.push(piece.look, part);
                    tokens.push(Token { is_space, line });
                }
            }
            rest = after;
        }
    }
    tokens
}

/// A word on lines of its own, broken anywhere if it must be; its end stays in `line`.
fn break_word(word: &Line, width: usize, line: &mut Line, lines: &mut Vec<Line>) {
    for piece in &word.pieces {
        let mut chunk = String::new();
        for c in piece.text.chars() {
            chunk.push(c);
            if line.width + chunk.width() > width {
                chunk.pop();
                line.push(piece.look, &chunk);
                if !line.pieces.is_empty() {
                    lines.push(std::mem::take(line));
                }
                chunk.clear();
                chunk.push(c);
            }
        }
        line.push(piece.look, &chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_a_shell_line_is_marked() {
        let spans = [Span::Code("# only looks\n\nrm -r /srv".to_owned())];
        let told = |line: &Line| line.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
        let lines: Vec<String> = wrap(&spans, 40).iter().map(told).collect();
        assert_eq!(lines, ["`# only looks`", "", "`rm -r /srv`"]);
    }

    #[test]
    fn an_isolate_ends_in_its_line() {
        let spans = [Span::Plain("\u{2067}one two\u{2069} \u{2069}three".to_owned())];
        let told = |line: &Line| line.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
        let lines: Vec<String> = wrap(&spans, 5).iter().map(told).collect();
        assert_eq!(lines, ["\u{2067}one\u{2069}", "two", "three"]);
        assert_eq!(wrap(&spans, 5)[0].width, 3);
    }
}
