//! The tables.

use std::fmt::Write as _;

use super::figures::{self, OfAppends, Spread};
use crate::drive::Look;
use crate::results::{Entry, Grown, Results};
use crate::stage::SHAPES;

/// results.md.
pub(super) fn tables(results: &Results) -> String {
    let mut text = String::new();
    head(&mut text, results);
    appends(&mut text, results);
    reading(&mut text, results);
    growth(&mut text, results);
    who(&mut text, results);
    text
}

fn head(text: &mut String, results: &Results) {
    let about = &results.about;
    line(text, "# scribe and its peers\n");
    line(
        text,
        &format!(
            "{}, at {}, {}. {}; {}.",
            about.date, about.commit, about.rustc, about.machine, about.system
        ),
    );
    line(
        text,
        &format!(
            "Pace `{}`: {} rounds, {} ms a cell of appends; events of {:.0} bytes. Contenders took turns, and \
             between any two cells the bare machine was asked. A figure is the median of the rounds, in \
             brackets the smallest and the largest; a ratio is worked out within a round first.\n",
            about.pace,
            about.rounds,
            about.cell * 1e3,
            about.event_bytes
        ),
    );
    if about.pace == "quick" {
        line(text, "**A quick run shows that everything works. Its figures mean little.**\n");
    }
    if about.load > 1.0 {
        let load = about.load;
        line(
            text,
            &format!("**The machine was busy with other things (load {load:.1}) when the run began.**\n"),
        );
    }
}

fn appends(text: &mut String, results: &Results) {
    let ratio = |what| {
        move |entry: &Entry, shape| figures::appends(results, &entry.key, shape, what).map(|s| told(s, ratio))
    };
    line(text, "## Durable appends\n");
    line(
        text,
        "Writers × events an append. Appends a second, each acknowledged when it is on the disk, as a \
         multiple of a bare loop that writes the same bytes to a growing file and calls `fdatasync`.\n",
    );
    by_shape(text, results, true, ratio(OfAppends::ToGrowing));
    line(text, "\nThe same against a bare loop that writes into a file which has its length already:\n");
    by_shape(text, results, true, ratio(OfAppends::ToInPlace));
    line(text, "\nHow many times as fast scribe was, in the same rounds:\n");
    by_shape(text, results, false, |entry, shape| {
        figures::lead_in_appends(results, &entry.key, shape).map(|spread| told(spread, self::ratio))
    });
    line(text, "\nEvents a second:\n");
    by_shape(text, results, true, |entry, shape| {
        figures::appends(results, &entry.key, shape, OfAppends::Events).map(|spread| told(spread, count))
    });
    line(text, "\nMilliseconds until an append is acknowledged, half of them and 99 of 100:\n");
    by_shape(text, results, true, |entry, shape| {
        let half = figures::appends(results, &entry.key, shape, OfAppends::Half)?;
        let most = figures::appends(results, &entry.key, shape, OfAppends::Most)?;
        Some(format!("{} / {}", small(half.median), small(most.median)))
    });
}

fn by_shape(
    text: &mut String,
    results: &Results,
    with_scribe: bool,
    cell: impl Fn(&Entry, crate::drive::Shape) -> Option<String>,
) {
    let who: Vec<&Entry> = results.present().filter(|entry| with_scribe || entry.key != "scribe").collect();
    titles(text, "", &who);
    for shape in SHAPES {
        row(text, &shape.to_string(), who.iter().map(|entry| cell(entry, shape)));
    }
}

const LOOKS: [(Look, &str); 5] = [
    (Look::Raw, "all, as bytes"),
    (Look::Typed, "all, typed"),
    (Look::Halves, "all, typed, two readers"),
    (Look::Board, "all, folded into the board"),
    (Look::Kind, "one kind (one event in 22), typed"),
];

fn reading(text: &mut String, results: &Results) {
    let Some(record) = results.looks.first().map(|cell| cell.record) else { return };
    let who: Vec<&Entry> = results.present().collect();
    line(text, &format!("\n## Reading a record of {}\n", count(record as f64)));
    line(
        text,
        "Events a second, as a part of a bare loop on one core: for bytes, reading a flat file of the same \
         lines; else `serde_json` over the same texts in memory, headers borrowed and payloads typed, \
         nothing validated. One kind: events given, while a store without an index reads all of them.\n",
    );
    titles(text, "", &who);
    for (look, name) in LOOKS {
        let cells = who.iter().map(|entry| figures::looks(results, &entry.key, look).map(|s| told(s, ratio)));
        row(text, name, cells);
    }
    line(text, "\nHow many times as fast scribe was, in the same rounds:\n");
    let others: Vec<&Entry> = who.iter().copied().filter(|entry| entry.key != "scribe").collect();
    titles(text, "", &others);
    for (look, name) in LOOKS.into_iter().chain([(Look::Incident, "one incident of 200 events")]) {
        let lead = |entry: &&Entry| figures::lead_in_looks(results, &entry.key, look).map(|s| told(s, ratio));
        row(text, name, others.iter().map(lead));
    }
    line(
        text,
        "\nEvents a second, and milliseconds for one incident of 200 events (half of them / the slowest of 100):\n",
    );
    titles(text, "", &who);
    for (look, name) in LOOKS {
        let cells = who.iter().map(|entry| {
            figures::looks_a_second(results, &entry.key, look).map(|spread| told(spread, count))
        });
        row(text, name, cells);
    }
    row(
        text,
        "one incident, ms",
        who.iter().map(|entry| {
            let (half, slowest) = figures::incident(results, &entry.key)?;
            Some(format!("{} / {}", small(half.median), small(slowest.median)))
        }),
    );
}

/// What the growth table tells, and how its figures are written.
const GROWN: [(Grown, &str, fn(f64) -> String); 15] = [
    (Grown::OpenWarm, "start to head, ms", millis),
    (Grown::OpenCold, "the same, nothing cached, ms", millis),
    (Grown::BoardWarm, "start to a folded board, ms", millis),
    (Grown::ViewsFirst, "first start of all to all views, ms", millis),
    (Grown::ViewsWarm, "start to all views, ms", millis),
    (Grown::ViewsCold, "the same, nothing cached, ms", millis),
    (Grown::OpenMemory, "memory after the start, MiB", mebi),
    (Grown::BoardMemory, "memory with the board, MiB", mebi),
    (Grown::ViewsMemory, "memory with all views, MiB", mebi),
    (Grown::Replay, "typed replay, µs an event", small),
    (Grown::DiskAnEvent, "bytes on the disk an event", count),
    (Grown::Snapshots, "snapshots, MiB", mebi),
    (Grown::Verify, "whole record verified, ms", millis),
    (Grown::AppendAlone, "appends a second, 1×1", count),
    (Grown::AppendTogether, "appends a second, 64×1", count),
];

/// Those of them that are told as a part of a bare loop, too.
const TO_BARE: [(Grown, &str); 4] = [
    (Grown::AppendAlone, "appends 1×1 ÷ bare appends"),
    (Grown::AppendTogether, "appends 64×1 ÷ bare appends"),
    (Grown::Replay, "typed replay, time ÷ bare `serde_json`"),
    (Grown::Verify, "verified, time ÷ bare SHA-256"),
];

fn growth(text: &mut String, results: &Results) {
    let who: Vec<&Entry> = results.present().collect();
    let sizes = figures::sizes(results);
    if sizes.is_empty() {
        return;
    }
    line(text, "\n## Growth\n");
    line(
        text,
        "Starts are measured in a process of their own; memory is the process's own, without the pages of \
         files that the system lends it and takes back. Bytes on the disk are those of pages that hold \
         something. A board is folded from nothing; scribe's views, of which it has six, from their \
         snapshots and the last tenth of the record, at most 25 000 events.\n",
    );
    titles(text, "events", &who);
    for (what, name, write) in GROWN {
        for size in &sizes {
            let cell =
                |entry: &&Entry| figures::grown(results, &entry.key, *size, what).map(|s| told(s, write));
            some_row(text, &format!("{name}: {}", count(*size as f64)), who.iter().map(cell));
        }
    }
    for (what, name) in TO_BARE {
        for size in &sizes {
            let cell = |entry: &&Entry| {
                figures::grown_to_bare(results, &entry.key, *size, what).map(|s| told(s, ratio))
            };
            some_row(text, &format!("{name}: {}", count(*size as f64)), who.iter().map(cell));
        }
    }
}

fn who(text: &mut String, results: &Results) {
    line(text, "\n## Who took part\n");
    line(text, "| | version | flushes an append, lone writer | how |");
    line(text, "|---|---|---|---|");
    for entry in &results.contenders {
        let flushes = match (&entry.missing, entry.flushes) {
            (Some(why), _) => format!("— ({})", why.lines().next().unwrap_or_default()),
            (None, None) => "not counted".to_owned(),
            (None, Some(flushes)) if flushes.others < 0.005 => {
                format!("{:.2} `fdatasync`", flushes.fdatasync)
            }
            (None, Some(flushes)) => {
                format!("{:.2} `fdatasync`, {:.2} others", flushes.fdatasync, flushes.others)
            }
        };
        line(text, &format!("| {} | {} | {flushes} | {} |", entry.name, entry.version, entry.note));
    }
    for note in &results.notes {
        line(text, &format!("\nLeft out: {note}."));
    }
}

fn titles(text: &mut String, first: &str, who: &[&Entry]) {
    let names: Vec<&str> = who.iter().map(|entry| entry.name.as_str()).collect();
    line(text, &format!("| {first} | {} |", names.join(" | ")));
    line(text, &format!("|---|{}", "---|".repeat(who.len())));
}

fn row(text: &mut String, name: &str, cells: impl Iterator<Item = Option<String>>) {
    let cells: Vec<String> = cells.map(|cell| cell.unwrap_or_else(|| "—".to_owned())).collect();
    line(text, &format!("| {name} | {} |", cells.join(" | ")));
}

/// A row, unless nobody has anything in it.
fn some_row(text: &mut String, name: &str, cells: impl Iterator<Item = Option<String>>) {
    let cells: Vec<_> = cells.collect();
    if cells.iter().any(Option::is_some) {
        row(text, name, cells.into_iter());
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes everything");
}

fn told(spread: Spread, write: impl Fn(f64) -> String) -> String {
    let (median, least, most) = (write(spread.median), write(spread.least), write(spread.most));
    if least == most { median } else { format!("**{median}** ({least}–{most})") }
}

fn ratio(figure: f64) -> String {
    match figure {
        figure if figure >= 100.0 => format!("{figure:.0}"),
        figure if figure >= 10.0 => format!("{figure:.1}"),
        figure => format!("{figure:.2}"),
    }
}

fn small(figure: f64) -> String {
    match figure {
        figure if figure >= 100.0 => format!("{figure:.0}"),
        figure if figure >= 1.0 => format!("{figure:.1}"),
        figure => format!("{figure:.2}"),
    }
}

fn millis(seconds: f64) -> String {
    small(seconds * 1e3)
}

fn mebi(bytes: f64) -> String {
    small(bytes / f64::from(1 << 20))
}

/// A whole number, a space between thousands.
pub(super) fn count(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
