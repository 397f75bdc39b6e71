//! Tables on a terminal: columns fitted into the width.

use super::Span;
use super::wrap::{Line, extent, wrap};

const GAP: usize = 2;
/// Below this, a column of words is no longer read but deciphered.
const NARROWEST: usize = 7;

/// The columns to show and their widths, or `None` if they cannot stand side by side.
///
/// A column in which no row says anything is left out. The widest columns give way first, and no word is broken
/// as long as that can be avoided.
pub(super) fn fit(header: &[String], rows: &[Vec<Vec<Span>>], width: usize) -> Option<Vec<(usize, usize)>> {
    let mut columns = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let cells = rows.iter().filter_map(|row| row.get(index));
        let (natural, word) =
            cells.map(|cell| extent(cell)).fold((0, 0), |a, b| (a.0.max(b.0), a.1.max(b.1)));
        if natural > 0 {
            let (name, name_word) = extent(&[Span::Plain(name.clone())]);
            columns.push((index, natural.max(name), word.max(name_word)));
        }
    }
    let available = width.checked_sub(GAP * columns.len().saturating_sub(1))?;
    let mut widths: Vec<usize> = columns.iter().map(|(_, natural, _)| (*natural).min(available)).collect();
    // First no word is broken (an id has at most 40 characters), then none of ordinary length, then any.
    for unbroken in [40, 28, 16, NARROWEST] {
        while widths.iter().sum::<usize>() > available {
            let floor = |i: usize| columns[i].2.clamp(NARROWEST, unbroken).min(columns[i].1);
            let widest = (0..widths.len()).filter(|i| widths[*i] > floor(*i)).max_by_key(|i| widths[*i]);
            let Some(widest) = widest else { break };
            widths[widest] -= 1;
        }
    }
    (widths.iter().sum::<usize>() <= available)
        .then(|| columns.iter().zip(widths).map(|((index, ..), width)| (*index, width)).collect())
}

/// One row's lines: cells side by side, each wrapped in its column.
pub(super) fn row(cells: &[Vec<Span>], columns: &[(usize, usize)]) -> Vec<Line> {
    let wrapped: Vec<(Vec<Line>, usize)> = columns
        .iter()
        .map(|(index, width)| (cells.get(*index).map(|cell| wrap(cell, *width)).unwrap_or_default(), *width))
        .collect();
    let height = wrapped.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0);
    (0..height)
        .map(|number| {
            let mut line = Line::default();
            let mut place = 0;
            for (lines, width) in &wrapped {
                if let Some(cell) = lines.get(number).filter(|cell| !cell.pieces.is_empty()) {
                    let space = place - line.width.min(place);
                    line.push(anstyle::Style::new(), &" ".repeat(space));
                    line.extend(cell);
                }
                place += width + GAP;
            }
            line
        })
        .collect()
}
