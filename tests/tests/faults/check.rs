//! What must be true of a record, whatever happened to it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use scribe::store::sqlite::SqliteStore;
use scribe::store::sqlite::verify::{self, Measure};
use scribe_domain::event_store::{EventStore, Receipt, TreeHead};
use scribe_domain::ids::{CommandId, IncidentId, Position};
use scribe_domain::recorded::Recorded;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::frontier::Frontier;
use scribe_projections::ledger::hash::leaf;
use scribe_projections::ledger::note::KeyName;
use scribe_tests::contract::told::{incident, words};

use super::child::{count, made_of, text};

/// What stands in a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// How many appends.
    pub(crate) appends: usize,
    /// How many events.
    pub(crate) events: usize,
}

/// Everything that was acknowledged is there; everything that is there is whole, in order and without gaps.
pub(crate) async fn check(dir: &Path, kept: &HashMap<CommandId, Receipt>) -> Result<Found, String> {
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
    ledger_holds(&store).await?;
    drop(store);
    verify(dir, None)?;
    Ok(Found { appends: standing.len(), events: record.len() })
}

/// What `scribe audit verify` says of the whole record, beside a head that was kept elsewhere.
pub(crate) fn verify(dir: &Path, kept: Option<TreeHead>) -> Result<(), String> {
    let origin = KeyName::new("faults").unwrap();
    let measure = Measure { checkpoint: kept.map(|head| Checkpoint::of(origin, head)), ..Measure::default() };
    let verdict = verify::verify(dir, &measure).map_err(|error| error.to_string())?;
    if verdict.holds { Ok(()) } else { Err(format!("{:?}", verdict.findings)) }
}

/// The tree that the store tells of is that of its events.
async fn ledger_holds(store: &dyn EventStore) -> Result<(), String> {
    let mut frontier = Frontier::default();
    for kept in store.read_kept(Position::default(), usize::MAX).await.map_err(|error| error.to_string())? {
        let leaf = leaf(&kept.header, &kept.body.digest()).map_err(|error| error.to_string())?;
        frontier.push(leaf, |_| {});
    }
    let (told, found) = (store.tree().await.map_err(|error| error.to_string())?, frontier.head());
    if told == found { Ok(()) } else { Err(format!("the ledger says {told:?}, its events say {found:?}")) }
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
