//! What a run found, as people read it.

/// Medians and ratios.
mod figures;
/// The tables.
mod markdown;
/// Drawing.
mod svg;
/// The plots.
mod plots;

use crate::results::Results;

/// Every file of the report: its name and its text.
pub fn all(results: &Results) -> [(&'static str, String); 3] {
    [
        ("append.svg", plots::appends(results)),
        ("growth.svg", plots::growth(results)),
        ("results.md", markdown::tables(results)),
    ]
}
