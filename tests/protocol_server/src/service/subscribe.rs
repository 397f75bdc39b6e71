//! Subscriptions: a confirmation, what is there already, "caught up", and then what comes.
//!
//! Checkpoints come as from the real server of version 24 on. While catching up, pages of at most a window of records
//! are looked through, and after a page with which a whole interval has been looked at, a checkpoint tells how far;
//! one more comes where the subscription turns live. Live, a checkpoint comes with every interval-th record since the
//! subscription was confirmed, behind that record.

use uuid::Uuid;

use super::read::{Reader, Stop};
use crate::filter::{Filter, PAGE};
use crate::log::{DELETED, Position, Record};
use crate::proto::event_store::client::streams::read_req::options::all_options::AllOption;
use crate::proto::event_store::client::streams::read_req::options::stream_options::RevisionOption;
use crate::proto::event_store::client::streams::read_resp::{
    CaughtUp, Checkpoint, Content, SubscriptionConfirmation,
};
use crate::refuse;

pub(crate) async fn to_stream(reader: &Reader, name: &str, from: Option<RevisionOption>) -> Result<(), Stop> {
    let last = {
        let state = reader.node.shared.lock();
        state.log.last_revision(name, state.seen(reader.node.at))
    };
    confirm(reader).await?;
    let mut next = match from {
        Some(RevisionOption::Revision(at)) => at.cast_signed().saturating_add(1),
        Some(RevisionOption::End(_)) => last.saturating_add(1),
        Some(RevisionOption::Start(_)) | None => 0,
    };
    if next <= last {
        reader.allowed()?;
    }
    if last == DELETED && next <= last {
        return Err(Stop::Refused(refuse::stream_deleted(name)));
    }
    let mut changes = reader.node.shared.changes();
    let mut live = false;
    loop {
        changes.borrow_and_update();
        let lowest = {
            let state = reader.node.shared.lock();
            state.log.lowest(name, state.seen(reader.node.at))
        };
        let lowest = if live { next } else { next.max(lowest) };
        for record in reader.records(name, lowest, i64::MAX - 1) {
            reader.send_event(&record).await?;
            if record.revision == DELETED {
                return Err(Stop::Refused(refuse::stream_deleted(name)));
            }
            next = record.revision + 1;
        }
        if !live {
            live = true;
            caught_up(reader).await?;
        }
        wait(reader, &mut changes).await?;
    }
}

pub(crate) async fn to_all(
    reader: &Reader,
    from: Option<AllOption>,
    filter: Option<Filter>,
) -> Result<(), Stop> {
    // What comes after this is what the live subscription of the real server hears of.
    let confirmed = {
        let state = reader.node.shared.lock();
        state.seen(reader.node.at)
    };
    confirm(reader).await?;
    let start = match from {
        Some(AllOption::Position(position)) => {
            let position = Position { commit: position.commit_position, prepare: position.prepare_position };
            reader.node.shared.lock().log.after(position)
        }
        Some(AllOption::End(_)) => confirmed,
        Some(AllOption::Start(_)) | None => 0,
    };
    let mut told = Told { checkpoint: None };
    let next = if start < confirmed || confirmed == 0 {
        reader.allowed()?;
        catch_up(reader, start, filter.as_ref(), &mut told).await?
    } else {
        start
    };
    caught_up(reader).await?;
    live(reader, confirmed, next, filter.as_ref(), &mut told).await
}

/// The latest checkpoint that was sent: the same one is not sent twice.
struct Told {
    checkpoint: Option<Position>,
}

impl Told {
    async fn checkpoint(&mut self, reader: &Reader, at: Position) -> Result<(), Stop> {
        if self.checkpoint.is_some_and(|told| at <= told) {
            return Ok(());
        }
        self.checkpoint = Some(at);
        let (commit_position, prepare_position) = (at.commit, at.prepare);
        reader.send(Content::Checkpoint(Checkpoint { commit_position, prepare_position })).await
    }
}

/// Sends what is there, and tells the index behind the last record that was looked at.
async fn catch_up(
    reader: &Reader,
    start: usize,
    filter: Option<&Filter>,
    told: &mut Told,
) -> Result<usize, Stop> {
    let (mut at, mut looked_at) = (start, 0);
    let mut last = at.checked_sub(1).and_then(|before| reader.seen(before)).map(|record| record.position);
    loop {
        let (mut in_page, mut sent) = (0, 0);
        let mut end = false;
        while in_page < filter.map_or(PAGE, |filter| filter.window) && sent < PAGE {
            let Some(record) = reader.seen(at) else {
                end = true;
                break;
            };
            at += 1;
            in_page += 1;
            if passes(filter, &record) {
                reader.send_event(&record).await?;
                sent += 1;
            }
            last = Some(record.position);
        }
        let Some(filter) = filter else {
            if end {
                return Ok(at);
            }
            continue;
        };
        looked_at += in_page;
        if end || looked_at >= filter.interval {
            looked_at %= filter.interval;
            // Before the first record there is still the beginning of the log.
            told.checkpoint(reader, last.unwrap_or(Position { commit: 0, prepare: 0 })).await?;
        }
        if end {
            return Ok(at);
        }
    }
}

async fn live(
    reader: &Reader,
    confirmed: usize,
    next: usize,
    filter: Option<&Filter>,
    told: &mut Told,
) -> Result<(), Stop> {
    let mut changes = reader.node.shared.changes();
    let (mut at, mut counted) = (confirmed, 0);
    loop {
        changes.borrow_and_update();
        while let Some(record) = reader.seen(at) {
            let new = at >= next;
            at += 1;
            if new && passes(filter, &record) {
                reader.send_event(&record).await?;
            }
            counted += 1;
            if filter.is_some_and(|filter| counted >= filter.interval) {
                counted = 0;
                if at >= next {
                    told.checkpoint(reader, record.position).await?;
                }
            }
        }
        wait(reader, &mut changes).await?;
    }
}

fn passes(filter: Option<&Filter>, record: &Record) -> bool {
    filter.is_none_or(|filter| filter.passes(record))
}

async fn confirm(reader: &Reader) -> Result<(), Stop> {
    let subscription_id = Uuid::new_v4().to_string();
    reader.send(Content::Confirmation(SubscriptionConfirmation { subscription_id })).await
}

async fn caught_up(reader: &Reader) -> Result<(), Stop> {
    if reader.node.shared.settings.caught_up {
        reader.send(Content::CaughtUp(CaughtUp {})).await
    } else {
        Ok(())
    }
}

async fn wait(reader: &Reader, changes: &mut tokio::sync::watch::Receiver<u64>) -> Result<(), Stop> {
    tokio::select! {
        changed = changes.changed() => changed.map_err(|_| Stop::Gone),
        () = reader.gone() => Err(Stop::Gone),
    }
}
