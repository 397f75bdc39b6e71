//! What all whole-record views say in the same words.

use chrono::{DateTime, Utc};

use super::attribution::Attribution;
use crate::document::time::{date_time_of, duration, moment};
use crate::document::{Block, Span, Style, Tone, dim, plain};
use crate::sentence::name;

/// Stands where something was that has been redacted.
pub(crate) const REDACTED: &str = "(redacted)";

/// A text, or that it was redacted.
pub(crate) fn or_redacted<T: std::fmt::Display>(text: Option<&T>) -> Span {
    text.map_or_else(|| dim(REDACTED), plain)
}

/// A telling: `2023-01-04 13:05 by Bob Long`.
pub(crate) fn told(told: &Attribution, style: &Style) -> String {
    format!("{} by {}", date_time_of(told.occurred, style), name(&told.by))
}

/// How long ago: `25 min ago`, `in 5 min`, `now`.
pub(crate) fn ago(at: DateTime<Utc>, asked_at: DateTime<Utc>) -> String {
    let age = asked_at - at;
    match age.num_seconds() {
        0 => "now".to_owned(),
        1.. => format!("{} ago", duration(age)),
        _ => format!("in {}", duration(-age)),
    }
}

/// What moment a view shows, and in which zone it tells times.
pub(crate) fn as_of(asked_at: DateTime<Utc>, style: &Style) -> Block {
    Block::Paragraph(vec![dim(format!("As of {}; times in {}.", moment(asked_at, style), style.zone))])
}

/// One thing or several: `1 open action`, `2 open actions`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{s}")
}

/// Numbered things: `run 1`, `runs 1, 2 and 3`.
pub(crate) fn numbers(thing: &str, numbers: &[u32]) -> String {
    let all: Vec<String> = numbers.iter().map(u32::to_string).collect();
    match all.split_last() {
        None => format!("no {thing}s"),
        Some((only, [])) => format!("{thing} {only}"),
        Some((last, before)) => format!("{thing}s {} and {last}", before.join(", ")),
    }
}

/// Spans with a separator between them.
pub(crate) fn join(parts: Vec<Vec<Span>>, separator: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if !spans.is_empty() {
            spans.push(plain(separator));
        }
        spans.extend(part);
    }
    spans
}

/// Somebody should look.
pub(crate) fn warning(text: impl Into<String>) -> Span {
    Span::Tone(Tone::Warning, text.into())
}
