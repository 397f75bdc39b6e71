//! Where to go on: the log must still hold what the mirror ends with.
//!
//! This is looked up before each subscription and not only at a start, since a cluster can be emptied, or restored
//! to an older state, under a running server. What is not found once may be a node that has not caught up: only a
//! second look, later, at an established leader says that it is another record.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scribe_domain::event_store::{EventStore as _, Kept, StoreError};
use scribe_domain::ids::{EventId, IncidentId, Position};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::store::codec::{self, Decoder};
use crate::store::kurrent::client::{Leader, LogEvent, Trouble};
use crate::store::kurrent::format::event::Form;
use crate::store::kurrent::format::notices::{CheckpointData, StreamMetadata, taken_out};
use crate::store::kurrent::intake::{Anchor, Halt, unwritable};
use crate::store::kurrent::mirror::Edition;
use crate::store::kurrent::shared::Shared;

/// The anchor's file, beside the mirror's.
const FILE: &str = "anchor.json";
/// How many events are read at once to find one.
const PAGE: usize = 64;
/// When the stream of the mirror's last event is gone, another incident's event will do: of how many of the
/// mirror's last events.
const LAST: u64 = 2_000;
/// At most so many incidents are asked for.
const INCIDENTS: usize = 16;
/// How long after the first look a second may say that it is another record. A leader that was cut off from the
/// others knows it after some four seconds.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// The anchor as the next process finds it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptAnchor {
    /// Up to where the mirror had everything when this was written; one that has less cannot use it.
    pub(super) position: u64,
    pub(super) anchor: Anchor,
    /// By how many events streams are longer than their incidents.
    pub(super) passed_over: BTreeMap<IncidentId, u64>,
    /// What was taken out of the cluster, as far as that is known.
    pub(super) cut: BTreeMap<IncidentId, String>,
}

impl KeptAnchor {
    /// What an earlier process left; nothing if it does not read, since it only spares time.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }

    /// Leaves it for the next process. That it cannot be written costs time, and nothing else.
    pub(super) fn write(&self, folder: &Path) {
        let aside: PathBuf = folder.join(format!("{FILE}.{}", std::process::id()));
        let written = serde_json::to_vec(self).map_err(std::io::Error::from);
        let written = written.and_then(|json| fs::write(&aside, json));
        if let Err(error) = written.and_then(|()| fs::rename(&aside, folder.join(FILE))) {
            tracing::debug!(%error, "the place in the cluster's log is not kept");
        }
    }
}

/// What was seen when the mirror's end was not found.
#[derive(Default)]
pub(super) struct Doubt(Option<(Instant, Leader)>);

impl Doubt {
    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Where the cluster has what the mirror ends with.
    ///
    /// An anchor is known together with the position up to which the mirror had everything then. What the mirror
    /// has beyond it must be there as well: a cluster may have been put back to a state in between.
    pub(super) async fn resume(
        &mut self,
        shared: &Shared,
        edition: &Edition,
        known: Option<(Anchor, Position)>,
    ) -> Result<Option<Anchor>, Halt> {
        let head = edition.store.head().await.map_err(|error| unwritable(&error))?;
        let mut there = None;
        if let Some((anchor, position)) = known
            && is_there(shared, &anchor).await?
        {
            if position == head {
                self.0 = None;
                return Ok(Some(anchor));
            }
            there = Some(anchor);
        }
        let Some(last) = edition.store.last().await.map_err(|error| unwritable(&error))? else {
            self.0 = None;
            return Ok(None);
        };
        if let Some(anchor) = find(shared, edition, &last).await? {
            self.0 = None;
            return Ok(Some(there.unwrap_or(anchor)));
        }
        let leader = shared.commands.leader().await?;
        if !leader.established {
            return Err(Trouble::Away("the cluster is about to choose another leader".to_owned()).into());
        }
        let first = self.0.get_or_insert_with(|| (Instant::now(), leader.clone()));
        if first.1 != leader {
            // Another election: what counts is a leader that stays.
            *first = (Instant::now(), leader);
        }
        if first.0.elapsed() < LOOK_AGAIN {
            let why = "the cluster does not show what this folder's mirror ends with; it is looked at again";
            return Err(Trouble::Away(why.to_owned()).into());
        }
        Err(other_record(last.position).into())
    }
}

async fn is_there(shared: &Shared, anchor: &Anchor) -> Result<bool, Trouble> {
    match shared.commands.read(anchor.stream.clone(), anchor.number, 1).await {
        Ok(page) => Ok(page.unwrap_or_default().first().is_some_and(|seen| anchor.is(seen))),
        Err(Trouble::Deleted(_)) => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

/// The mirror's last event in the cluster; or of those before it the last whose stream is there.
async fn find(shared: &Shared, edition: &Edition, last: &Kept) -> Result<Option<Anchor>, Halt> {
    let mut asked = HashSet::new();
    let after = Position(last.position.0.saturating_sub(LAST));
    // The common case needs no more than the last one.
    let mut events = vec![last.clone()];
    loop {
        for kept in events.iter().rev() {
            let Ok(recorded) = codec::read(&mut Decoder::default(), kept) else { continue };
            shared.arrivals.stamped(codec::stamped(&recorded), false);
            if asked.len() < INCIDENTS && asked.insert(recorded.incident.clone()) {
                let id = EventId::derive(recorded.cause.command_id, recorded.index);
                let from = recorded.revision.0.saturating_sub(1);
                match find_in(shared, &recorded.incident, from, id, kept).await? {
                    Found::Anchor(anchor) => return Ok(Some(anchor)),
                    Found::Another => return Ok(None),
                    Found::Nothing => {}
                }
            }
        }
        if events.len() > 1 || last.position == Position(1) {
            break;
        }
        let limit = usize::try_from(LAST).unwrap_or(usize::MAX);
        let page = edition.store.read_kept(after, limit).await;
        events = page.map_err(|error| unwritable(&error))?;
    }
    let anchor = find_checkpoint(shared, edition).await?;
    if anchor.is_some() || asked.len() > 1 {
        tracing::debug!(?anchor, "the stream of the mirror's last event is gone");
    }
    Ok(anchor)
}

enum Found {
    Anchor(Anchor),
    /// Its stream does not hold it, or is not there.
    Nothing,
    /// Another event has its id.
    Another,
}

async fn find_in(
    shared: &Shared,
    incident: &IncidentId,
    from: u64,
    id: EventId,
    kept: &Kept,
) -> Result<Found, Trouble> {
    let stream = shared.names.incident(incident);
    let sought = from;
    let (mut from, mut is_whole) = (from, false);
    loop {
        let page = match shared.commands.read(stream.clone(), from, PAGE).await {
            Ok(page) => page.unwrap_or_default(),
            Err(Trouble::Deleted(_)) => Vec::new(),
            Err(trouble) => return Err(trouble),
        };
        if let Some(found) = page.iter().find(|seen| seen.id == id.0) {
            return Ok(if is_same(found, kept) { Found::Anchor(Anchor::of(found)) } else { Found::Another });
        }
        if page.first().is_some_and(|first| first.number <= sought) {
            // Nothing was cut off before it, and another stands in its place unless it comes later.
            is_whole = true;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => from = last.number + 1,
            _ if is_whole => return Ok(Found::Another),
            _ => return gone(shared, incident, &stream, sought).await,
        }
    }
}

/// Whether somebody took the event out, or it never was in this cluster: a stream that ends before it, or of which
/// nothing is known, is an older copy's.
async fn gone(shared: &Shared, incident: &IncidentId, stream: &str, from: u64) -> Result<Found, Trouble> {
    let what = match shared.commands.last(stream.to_owned()).await {
        Ok(Some(last)) if last.number < from => return Ok(Found::Another),
        Ok(Some(_)) => "truncate",
        Err(Trouble::Deleted(_)) => "delete for good",
        Err(trouble) => return Err(trouble),
        Ok(None) => match shared.commands.last(shared.names.metadata(incident)).await {
            Ok(metadata) => match metadata.and_then(|seen| StreamMetadata::read(&seen).cut()) {
                Some(how) => how,
                None => return Ok(Found::Another),
            },
            // Who may not look at a stream's settings cannot tell.
            Err(Trouble::Barred { .. } | Trouble::Deleted(_)) => "delete",
            Err(trouble) => return Err(trouble),
        },
    };
    shared.arrivals.note_cut(incident, taken_out(what, incident));
    Ok(Found::Nothing)
}

/// The last signed checkpoint in the cluster, if the mirror has it: it stands behind all that it was signed for.
async fn find_checkpoint(shared: &Shared, edition: &Edition) -> Result<Option<Anchor>, Halt> {
    let last = match shared.commands.last(shared.names.checkpoints().to_owned()).await {
        Ok(Some(last)) => last,
        Ok(None) | Err(Trouble::Deleted(_)) => return Ok(None),
        Err(trouble) => return Err(trouble.into()),
    };
    let Some(CheckpointData { note, .. }) = CheckpointData::read(&last) else { return Ok(None) };
    let kept = edition.store.checkpoints().await.map_err(|error: StoreError| unwritable(&error))?;
    Ok(kept.iter().any(|kept| kept.note == note).then(|| Anchor::of(&last)))
}

fn is_same(seen: &LogEvent, kept: &Kept) -> bool {
    Form::read(&seen.metadata, &seen.data)
        .is_some_and(|form| form.header == kept.header && form.body.digest() == kept.body.digest())
}

fn other_record(Position(position): Position) -> Trouble {
    Trouble::Barred {
        why: format!(
            "the cluster does not hold event {position}, with which this folder's mirror ends: it is another \
             record, or an older copy of this one"
        ),
        remedy: "if it is the right cluster, keep a copy of the folder mirror/ and remove it; what the cluster has \
                 is then read anew"
            .to_owned(),
    }
}
