//! A timeline for spreadsheets.

use chrono::{DateTime, SecondsFormat, Utc};

use scribe_domain::alike::is_unseen;

use super::TimelineEntry;
use super::render::was;
use crate::sentence::name;

const HEADER: [&str; 13] = [
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
    "recorded_time",
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
            recorded_time(entry),
        ];
        line(&cells, &mut out);
    }
    out
}

/// What is to be said of the recorded time; nothing where no clock speaks against it.
fn recorded_time(entry: &TimelineEntry) -> String {
    let after = |from| format!("not before {}", utc(from));
    match &entry.proven {
        _ if entry.disputed => "disputed".to_owned(),
        Some(proven) => proven.not_before.map_or_else(|| "not after".to_owned(), after),
        None => String::new(),
    }
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
    let cell = guarded(cell);
    if cell.contains(['"', '\'', ',', ';', '\t', '\n', '\r']) || cell.trim().len() != cell.len() {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

/// A cell in which no spreadsheet finds a formula. Where commas are decimal points it splits at semicolons, within
/// quotes too, so every part is guarded by an apostrophe. A part that could pass for a guarded one gets one more:
/// whoever takes one away has the text again.
fn guarded(cell: &str) -> String {
    // Some spreadsheets drop blanks at the beginning, and read on.
    let blank = if begins_blank(cell) { "'" } else { "" };
    let parts = cell.split_inclusive([',', ';', '\t', '\n', '\r']);
    let parts = parts.flat_map(|part| [if runs(part) { "'" } else { "" }, part]);
    std::iter::once(blank).chain(parts).collect()
}

fn begins_blank(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['\t', '\n', '\r'])
}

/// Whether a spreadsheet could run this, or it begins like what it was guarded from.
fn runs(part: &str) -> bool {
    let before = |c: char| matches!(c, '\'' | '"') || is_unseen(c);
    part.trim_start_matches(before).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_ends_another() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("  @sum(a)"), "\"'  @sum(a)\"");
        assert_eq!(quoted("a;=1+1\tb, \u{200b}-2"), "\"a;'=1+1\tb,' \u{200b}-2\"");
        assert_eq!(quoted("a = b; c - d"), "\"a = b; c - d\"");
        assert_eq!(quoted("say \"a, b\""), "\"say \"\"a, b\"\"\"");
        assert_eq!(quoted("\tplain"), "\"'\tplain\"");
        assert_eq!(quoted("\n=1"), "\"'\n'=1\"");
        assert_eq!(quoted("plain"), "plain");
    }

    #[test]
    fn two_texts_are_never_one_cell() {
        let unguarded = |cell: &str| -> String {
            let cell = if begins_blank(cell) { &cell[1..] } else { cell };
            let parts = cell.split_inclusive([',', ';', '\t', '\n', '\r']);
            parts.map(|part| part.strip_prefix('\'').filter(|rest| runs(rest)).unwrap_or(part)).collect()
        };
        for text in [
            "=1",
            "'=1",
            "''=1",
            "a;=1",
            "a;'=1",
            "' =1",
            "it's; 'so'",
            ";;=",
            "'",
            "'a",
            "\"=1\"",
            "\ta",
            "'\ta",
            "\t=1",
            "'\n'=1",
        ] {
            assert_eq!(unguarded(&guarded(text)), text);
        }
    }
}
