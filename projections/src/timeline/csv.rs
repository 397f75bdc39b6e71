//! A timeline for spreadsheets.

use chrono::{DateTime, SecondsFormat, Utc};

use super::TimelineEntry;
use super::render::was;
use crate::sentence::name;

const HEADER: [&str; 12] = [
    "occurred",
    "recorded_at",
    "kind",
    "group",
    "who",
    "told_by",
    "via",
    "text",
    "standing",
    "amendments",
    "id",
    "revision",
];

pub(super) fn render(entries: &[TimelineEntry]) -> String {
    let mut out = String::new();
    line(&HEADER.map(String::from), &mut out);
    for entry in entries {
        let amendments: Vec<String> = entry
            .amendments
            .iter()
            .map(|amendment| {
                let mut parts = vec![format!(
                    "{} by {}: {}",
                    utc(amendment.recorded_at),
                    name(&amendment.who),
                    amendment.why
                )];
                parts.extend(was(&amendment.was, |when| when.to_string()));
                parts.join("; ")
            })
            .collect();
        let cells = [
            entry.occurred.to_string(),
            utc(entry.recorded_at),
            entry.kind.clone(),
            entry.group.to_owned(),
            name(&entry.who),
            entry.told_by.as_ref().map(name).unwrap_or_default(),
            entry.via.to_string(),
            entry.text.clone(),
            entry.standing.as_str().to_owned(),
            amendments.join("\n"),
            entry.id.to_string(),
            entry.revision.to_string(),
        ];
        line(&cells, &mut out);
    }
    out
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn line(cells: &[String], out: &mut String) {
    for (number, cell) in cells.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        out.push_str(&quoted(cell));
    }
    out.push_str("\r\n");
}

fn quoted(cell: &str) -> String {
    // Spreadsheets run what begins like this, and some skip white space before it.
    let runs = cell.trim_start().starts_with(['=', '+', '-', '@']) || cell.starts_with(['\t', '\r']);
    let cell = if runs { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\n', '\r']) || cell.trim().len() != cell.len() {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_ends_another() {
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("  @sum(a)"), "'  @sum(a)");
        assert_eq!(quoted("say \"a, b\""), "\"say \"\"a, b\"\"\"");
        assert_eq!(quoted("plain"), "plain");
    }
}
