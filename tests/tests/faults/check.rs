//! What must be true of a record, whatever happened to it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::{EventStore, Receipt};
use scribe_domain::ids::{CommandId, IncidentId, Position};
use scribe_domain::recorded::Recorded;
use scribe_tests::contract::told::{incident, words};

use super::child::{count, made_of, text};

/// What stands in a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// How many appends.
    pub appends: usize,
    /// How many events.
    pub events: usize,
}

/// Everything that was acknowledged is there; everything that is there is whole, in order and without gaps.
pub async fn check(dir: &Path, kept: &HashMap<CommandId, Receipt>) -> Result<Found, String> {
    let store = SqliteStore::open(dir, scribe::clock::system())
        .map_err(|error| format!("it does not open: {error}"))?;
    let record = store.read(Position::default(), usize::MAX).await.map_err(|error| error.to_string())?;
    in_order(&record)?;
    let mut standing = HashMap::new();
    for append in record.chunk_by(|one, next| one.cause.command_id == next.cause.command_id) {
        whole(append)?;
        let (first, last) = (&append[0], &append[append.len() - 1]);
        if standing.insert(first.cause.command_id, last.position).is_some() {
            return Err(format!("command {} stands twice in the record", first.cause.command_id));
        }
    }
    for (command_id, receipt) in kept {
        if standing.get(command_id) != Some(&receipt.position) {
            return Err(format!("acknowledged and lost: {receipt:?}"));
        }
        let again = store.receipt(*command_id).await.map_err(|error| error.to_string())?;
        if again.as_ref() != Some(receipt) {
            return Err(format!("acknowledged as {receipt:?}, told again as {again:?}"));
        }
    }
    Ok(Found { appends: standing.len(), events: record.len() })
}

/// Positions have no gaps, nor have revisions; recorded times never go back.
fn in_order(record: &[Recorded]) -> Result<(), String> {
    let mut revisions: BTreeMap<IncidentId, u64> = BTreeMap::new();
    for (recorded, place) in record.iter().zip(1..) {
        let revision = revisions.entry(recorded.incident.clone()).or_default();
        *revision += 1;
        if (recorded.position.0, recorded.revision.0) != (place, *revision) {
            return Err(format!("not at position {place}, revision {revision}: {recorded:?}"));
        }
    }
    match record.windows(2).find(|pair| pair[0].recorded_at > pair[1].recorded_at) {
        Some(pair) => Err(format!("recorded times go back at position {}", pair[1].position)),
        None => Ok(()),
    }
}

/// An append holds all that its turn says, and nothing else.
fn whole(append: &[Recorded]) -> Result<(), String> {
    let command_id = append[0].cause.command_id;
    let (task, turn) = made_of(command_id).ok_or_else(|| format!("{command_id} is nobody's"))?;
    if append.len() != count(turn) || append.iter().any(|event| event.incident != incident(task)) {
        return Err(format!("half there: turn {turn} of incident {task} has {} events", append.len()));
    }
    for (recorded, index) in append.iter().zip(1..) {
        if words(recorded) != text(task, turn, index, append.len()) {
            return Err(format!("not what was told: {recorded:?}"));
        }
    }
    Ok(())
}
