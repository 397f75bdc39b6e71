//! Taking an export over.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use scribe_domain::event_store::{EventStore, Kept, StoreError, TreeHead};
use scribe_domain::ids::Position;
use scribe_domain::spoken::TOLERANCE;
use scribe_domain::system::ClockSettled;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::frontier::Frontier;
use scribe_projections::ledger::hash;
use scribe_projections::ledger::note::VerifierKey;
use serde::Deserialize;

use super::export::{End, ExportLine, read_end, read_line};
use super::report::{RestoreReport, TransferError};

/// Events taken over at once, give or take an append.
const BATCH: usize = 5_000;

/// What is taken over.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What time it is: nothing was recorded later than that.
    pub now: DateTime<Utc>,
    /// Whose signature says that an export is this record, grown.
    pub known: Vec<VerifierKey>,
    /// Whether this very export, with these last events and root, was begun here before and cut short.
    pub begun: Option<TreeHead>,
}

/// Takes an export over, byte for byte, into an empty record or one that it continues.
///
/// What the record holds already must be the same; then only the rest is added, so a restore that was
/// cut short is simply started again, and a repeat adds nothing. Events are added to a record that has some only if
/// its own signer, or another that it knows, has signed for all of them.
pub async fn restore(
    store: &dyn EventStore,
    body: &str,
    terms: &Terms,
) -> Result<RestoreReport, TransferError> {
    let Read { lines, end } = read(body, terms.now)?;
    let head = store.head().await?;
    if let Some((line, first)) = lines.first().filter(|(_, first)| first.kept.position.0 > head.0 + 1) {
        let position = first.kept.position;
        let message = format!("position {position} does not continue this record, which ends at {head}");
        return Err(TransferError::Line { line: *line, message });
    }
    let known = lines.partition_point(|(_, told)| told.kept.position <= head);
    let (known, new) = lines.split_at(known);
    compare(store, known).await?;
    if head > Position(0)
        && let Some((line, _)) = new.first()
    {
        must_be_signed(*line, end.as_ref(), terms)?;
    }
    for batch in whole_appends(new) {
        adopt(store, batch).await?;
    }
    if let Some((line, end)) = end {
        let tree = store.tree().await?;
        if tree.size == end.events && tree.root != end.root {
            return Err(does_not_add_up(line));
        }
    }
    Ok(RestoreReport {
        events: lines.len(),
        added: new.len(),
        already_kept: known.len(),
        position: store.head().await?,
    })
}

/// A line's number and what it tells.
type NumberedLine = (usize, ExportLine);

/// An export, read.
struct Read {
    lines: Vec<NumberedLine>,
    /// What the last line says of them, and its number.
    end: Option<(usize, End)>,
}

/// What an export says of itself in its last line; none if it has no such line.
pub fn told_head(body: &str) -> Option<TreeHead> {
    let (_, last) = super::line::lines(body).last()?;
    read_end(last).map(|end| TreeHead { size: end.events, root: end.root })
}

/// Whoever can write a file could put events into a record that goes on, in anybody's name.
fn must_be_signed(line: usize, end: Option<&(usize, End)>, terms: &Terms) -> Result<(), TransferError> {
    let refused = |why: &str| {
        let message = format!(
            "this record has events already, and {why}: restore into an empty folder, or take an export of the \
             record that was signed for (`scribe export --signed`)"
        );
        Err(TransferError::Line { line, message })
    };
    let Some((_, end)) = end else { return refused("the export does not say where it ends") };
    let told = TreeHead { size: end.events, root: end.root };
    if terms.begun == Some(told) {
        return Ok(());
    }
    let Some(note) = &end.checkpoint else { return refused("nobody has signed for what this export adds") };
    match Checkpoint::open(note, &terms.known) {
        Ok(checkpoint) if checkpoint.head == told => Ok(()),
        Ok(_) => refused("the export's checkpoint is of other events"),
        Err(error) => refused(&format!("the export's checkpoint is by nobody whom it knows ({error})")),
    }
}

fn read(body: &str, now: DateTime<Utc>) -> Result<Read, TransferError> {
    let mut lines: Vec<NumberedLine> = Vec::new();
    let mut end = None;
    for (line, text) in super::line::lines(body) {
        if let Some((end_line, _)) = end {
            let message = format!("the export has ended at line {end_line}");
            return Err(TransferError::Line { line, message });
        }
        end = read_end(text).map(|end| (line, end));
        if end.is_some() {
            continue;
        }
        let told = read_line(text).map_err(|message| TransferError::Line { line, message })?;
        let position = told.kept.position;
        let wrong = match lines.last() {
            None if position == Position(0) => Some("positions count from 1".to_owned()),
            Some((_, ExportLine { kept: before, .. })) if position.0 != before.position.0 + 1 => {
                Some(format!("position {position} follows position {}", before.position))
            }
            _ => None,
        };
        if let Some(message) = wrong {
            return Err(TransferError::Line { line, message });
        }
        lines.push((line, told));
    }
    must_have_been(&lines, now)?;
    check_end(&lines, end.as_ref())?;
    Ok(Read { lines, end })
}

/// Nothing was recorded later than now. A stamp from the future is taken over only with what shows it to be wrong: a
/// clock behind it that contradicts it, or somebody's word that it was.
fn must_have_been(lines: &[NumberedLine], now: DateTime<Utc>) -> Result<(), TransferError> {
    let latest = now + TOLERANCE;
    let is_ahead = |line: &NumberedLine| Stamp::of(line).is_some_and(|stamp| stamp.recorded_at > latest);
    let Some(last) = lines.iter().rposition(is_ahead) else { return Ok(()) };
    let shows_it = |line: &NumberedLine| {
        Stamp::of(line).and_then(|stamp| stamp.contradicts()).is_some_and(|at| at <= latest)
    };
    if lines[last..].iter().any(shows_it) {
        return Ok(());
    }
    let Some(first) = lines.iter().find(|line| is_ahead(line)) else { return Ok(()) };
    let recorded_at = Stamp::of(first).map(|stamp| stamp.recorded_at).unwrap_or_default();
    let message = format!(
        "recorded_at: {recorded_at} is later than now, {now}, and nothing behind it says that its clock was wrong"
    );
    Err(TransferError::Line { line: first.0, message })
}

/// What a header says of the time. One that does not read is refused when it is taken over.
#[derive(Deserialize)]
struct Stamp<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    recorded_at: DateTime<Utc>,
    #[serde(default)]
    clock: Option<DateTime<Utc>>,
}

impl<'a> Stamp<'a> {
    fn of((_, told): &'a NumberedLine) -> Option<Self> {
        serde_json::from_str(&told.kept.header).ok()
    }

    /// A time that contradicts what was stamped before it, or settles that it was wrong.
    fn contradicts(&self) -> Option<DateTime<Utc>> {
        self.clock.or((self.kind == ClockSettled::KIND).then_some(self.recorded_at))
    }
}

/// Whether the export is whole, and what it was. One that was written before there was a ledger had no end.
fn check_end(lines: &[NumberedLine], end: Option<&(usize, End)>) -> Result<(), TransferError> {
    let Some((last_line, last)) = lines.last() else { return Ok(()) };
    let Some((line, end)) = end else {
        let message =
            "the export was cut off: its last line, with `events` and `root`, is missing".to_owned();
        return if last.salted_now { Ok(()) } else { Err(TransferError::Line { line: *last_line, message }) };
    };
    if end.events != last.kept.position.0 {
        let message =
            format!("the record had {} events, but the line before is the last of them", end.events);
        return Err(TransferError::Line { line: *line, message });
    }
    if lines.first().is_some_and(|(_, first)| first.kept.position != Position(1)) {
        // The part before it is checked by the record that it continues.
        return Ok(());
    }
    let mut tree = Frontier::default();
    for (line, told) in lines {
        let leaf = hash::leaf(&told.kept.header, &told.kept.body.digest())
            .map_err(|error| TransferError::Line { line: *line, message: error.to_string() })?;
        tree.push(leaf, |_| {});
    }
    if tree.root() == end.root { Ok(()) } else { Err(does_not_add_up(*line)) }
}

fn does_not_add_up(line: usize) -> TransferError {
    let message =
        "the events do not add up to this root: some were changed since they were exported".to_owned();
    TransferError::Line { line, message }
}

/// Refuses lines that are not what the record holds at their positions.
async fn compare(store: &dyn EventStore, lines: &[NumberedLine]) -> Result<(), TransferError> {
    for batch in lines.chunks(BATCH) {
        let Some((_, first)) = batch.first() else { continue };
        let after = Position(first.kept.position.0.saturating_sub(1));
        let held = store.read_kept(after, batch.len()).await?;
        for (place, (line, told)) in batch.iter().enumerate() {
            if !held.get(place).is_some_and(|held| is_same(held, told)) {
                return Err(TransferError::Differs { line: *line, position: told.kept.position });
            }
        }
    }
    Ok(())
}

/// A line without a salt of its own got another one when it was taken over.
fn is_same(held: &Kept, told: &ExportLine) -> bool {
    let without_salts = (held.position, held.starts_append, &held.header, held.payload())
        == (told.kept.position, told.kept.starts_append, &told.kept.header, told.kept.payload());
    *held == told.kept || (told.salted_now && without_salts)
}

/// The lines in batches that split no append.
fn whole_appends(mut lines: &[NumberedLine]) -> Vec<&[NumberedLine]> {
    let mut batches = Vec::new();
    while lines.len() > BATCH {
        let rest = lines.iter().skip(BATCH).position(|(_, told)| told.kept.starts_append);
        let Some(rest) = rest else { break };
        let (batch, after) = lines.split_at(BATCH + rest);
        batches.push(batch);
        lines = after;
    }
    if !lines.is_empty() {
        batches.push(lines);
    }
    batches
}

async fn adopt(store: &dyn EventStore, batch: &[NumberedLine]) -> Result<(), TransferError> {
    let events = batch.iter().map(|(_, told)| told.kept.clone()).collect();
    store.adopt(events).await.map_err(|error| match (error, batch) {
        (StoreError::Unacceptable(message), [(first, _), .., (last, _)]) => {
            TransferError::Refused { first: *first, last: *last, message }
        }
        (StoreError::Unacceptable(message), [(line, _)]) => TransferError::Line { line: *line, message },
        (error, _) => TransferError::Store(error),
    })
}
