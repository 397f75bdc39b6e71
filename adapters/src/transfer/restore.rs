//! Taking an export over.

use scribe_domain::event_store::{EventStore, Kept, StoreError};
use scribe_domain::ids::Position;

use super::export::read_line;
use super::report::{RestoreReport, TransferError};

/// Events taken over at once, give or take an append.
const BATCH: usize = 5_000;

/// Takes an export over, byte for byte, into an empty record or one that it continues.
///
/// What the record holds already must be the same; then only the rest is added, so a restore that was
/// cut short is simply started again, and a repeat adds nothing.
pub async fn restore(store: &dyn EventStore, body: &str) -> Result<RestoreReport, TransferError> {
    let lines = read(body)?;
    let head = store.head().await?;
    if let Some((line, first)) = lines.first().filter(|(_, first)| first.position.0 > head.0 + 1) {
        let message =
            format!("position {} does not continue this record, which ends at {head}", first.position);
        return Err(TransferError::Line { line: *line, message });
    }
    let known = lines.partition_point(|(_, kept)| kept.position <= head);
    let (known, new) = lines.split_at(known);
    compare(store, known).await?;
    for batch in whole_appends(new) {
        adopt(store, batch).await?;
    }
    Ok(RestoreReport {
        events: lines.len(),
        added: new.len(),
        already_kept: known.len(),
        position: store.head().await?,
    })
}

/// A line's number and its event.
type Line = (usize, Kept);

fn read(body: &str) -> Result<Vec<Line>, TransferError> {
    let mut lines: Vec<Line> = Vec::new();
    for (line, text) in super::told::lines(body) {
        let kept = read_line(text).map_err(|message| TransferError::Line { line, message })?;
        let wrong = match lines.last() {
            None if kept.position == Position(0) => Some("positions count from 1".to_owned()),
            Some((_, before)) if kept.position.0 != before.position.0 + 1 => {
                Some(format!("position {} follows position {}", kept.position, before.position))
            }
            _ => None,
        };
        if let Some(message) = wrong {
            return Err(TransferError::Line { line, message });
        }
        lines.push((line, kept));
    }
    Ok(lines)
}

/// Refuses lines that are not what the record holds at their positions.
async fn compare(store: &dyn EventStore, lines: &[Line]) -> Result<(), TransferError> {
    for batch in lines.chunks(BATCH) {
        let Some((_, first)) = batch.first() else { continue };
        let held = store.read_kept(Position(first.position.0.saturating_sub(1)), batch.len()).await?;
        for (place, (line, kept)) in batch.iter().enumerate() {
            if held.get(place) != Some(kept) {
                return Err(TransferError::Differs { line: *line, position: kept.position });
            }
        }
    }
    Ok(())
}

/// The lines in batches that split no append.
fn whole_appends(mut lines: &[Line]) -> Vec<&[Line]> {
    let mut batches = Vec::new();
    while lines.len() > BATCH {
        let rest = lines.iter().skip(BATCH).position(|(_, kept)| kept.starts_append);
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

async fn adopt(store: &dyn EventStore, batch: &[Line]) -> Result<(), TransferError> {
    let events = batch.iter().map(|(_, kept)| kept.clone()).collect();
    store.adopt(events).await.map_err(|error| match (error, batch) {
        (StoreError::Unacceptable(message), [(first, _), .., (last, _)]) => {
            TransferError::Refused { first: *first, last: *last, message }
        }
        (StoreError::Unacceptable(message), [(line, _)]) => TransferError::Line { line: *line, message },
        (error, _) => TransferError::Store(error),
    })
}
