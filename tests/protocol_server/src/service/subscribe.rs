//! Subscriptions: a confirmation, what is there already, "caught up", and then what comes.
//!
//! Checkpoints come as from the real server of version 24 on. While catching up, pages of at most a window of records
//! are looked through, and after a page with which a whole interval has been looked at, a checkpoint tells how far;
//! one more comes where the subscription turns live. Live, a checkpoint comes with every interval-th record since the
//! subscription was confirmed, behind that record.

use tokio::sync::watch;
use uuid::Uuid;

use super::read::{Reader, Stop};
use crate::faults::{Ending, Fault, Seam};
use crate::figures::Open;
use crate::filter::{Filter, PAGE};
use crate::log::{DELETED, Position, Record};
use crate::proto::event_store::client::streams::read_req::options::all_options::AllOption;
use crate::proto::event_store::client::streams::read_req::options::stream_options::RevisionOption;
use crate::proto::event_store::client::streams::read_resp::{
    CaughtUp, Checkpoint, Content, SubscriptionConfirmation,
};
use crate::refuse;

pub(crate) async fn to_stream(
    reader: &Reader,
    name: &str,
    from: Option<RevisionOption>,
    fault: Option<Fault>,
) -> Result<(), Stop> {
    let last = {
        let state = reader.node.shared.lock();
        state.log.last_revision(name, state.seen(reader.node.at))
    };
    let mut feed = Feed::open(reader, None, fault).await?;
    let mut next = match from {
        Some(RevisionOption::Revision(at)) => at.cast_signed().saturating_add(1),
        Some(RevisionOption::End(_)) => last.saturating_add(1),
        Some(RevisionOption::Start(_)) | None => 0,
    };
    if next <= last {
        reader.allowed()?;
        if last == DELETED {
            return Err(Stop::Refused(refuse::stream_deleted(name)));
        }
    }
    let mut changes = reader.node.shared.changes();
    loop {
        changes.borrow_and_update();
        let lowest = {
            let state = reader.node.shared.lock();
            state.log.lowest(name, state.seen(reader.node.at))
        };
        let lowest = if feed.live { next } else { next.max(lowest) };
        for record in reader.records(name, lowest, i64::MAX - 1) {
            feed.event(&record).await?;
            if record.revision == DELETED {
                return Err(Stop::Refused(refuse::stream_deleted(name)));
            }
            next = record.revision + 1;
        }
        feed.caught_up().await?;
        feed.wait(&mut changes).await?;
    }
}

pub(crate) async fn to_all(
    reader: &Reader,
    from: Option<AllOption>,
    filter: Option<Filter>,
    fault: Option<Fault>,
) -> Result<(), Stop> {
    // What comes after this is what the live subscription of the real server hears of.
    let confirmed = {
        let state = reader.node.shared.lock();
        state.seen(reader.node.at)
    };
    let filtered = filter.is_some();
    let mut feed = Feed::open(reader, filter, fault).await?;
    let start = match from {
        Some(AllOption::Position(position)) => {
            let position = Position { commit: position.commit_position, prepare: position.prepare_position };
            reader.known(position, filtered)?;
            reader.node.shared.lock().log.after(position)
        }
        Some(AllOption::End(_)) => confirmed,
        Some(AllOption::Start(_)) | None => 0,
    };
    let next = if start < confirmed || confirmed == 0 {
        reader.allowed()?;
        feed.catch_up(start).await?
    } else {
        start
    };
    feed.caught_up().await?;
    feed.live(confirmed, next).await
}

/// A subscription under way.
struct Feed<'a> {
    reader: &'a Reader,
    filter: Option<Filter>,
    /// The latest checkpoint that was sent: the same one is not sent twice.
    checkpoint: Option<Position>,
    live: bool,
    events: u64,
    live_events: u64,
    cut: Option<(Seam, Ending)>,
    twice: bool,
    /// How often a test had ended this node's subscriptions when this one began.
    ended: u64,
    _open: Open,
}

impl<'a> Feed<'a> {
    async fn open(reader: &'a Reader, filter: Option<Filter>, fault: Option<Fault>) -> Result<Self, Stop> {
        let ended = reader.node.shared.lock().nodes[reader.node.at].ended.0;
        let feed = Self {
            reader,
            filter,
            checkpoint: None,
            live: false,
            events: 0,
            live_events: 0,
            twice: fault == Some(Fault::Duplicate),
            cut: if let Some(Fault::Cut(seam, ending)) = fault { Some((seam, ending)) } else { None },
            ended,
            _open: reader.node.figures.subscription(),
        };
        let subscription_id = Uuid::new_v4().to_string();
        reader.send(Content::Confirmation(SubscriptionConfirmation { subscription_id })).await?;
        feed.pass(Seam::Confirmed)?;
        Ok(feed)
    }

    /// Ends here if a fault says so.
    fn pass(&self, seam: Seam) -> Result<(), Stop> {
        match &self.cut {
            Some((at, ending)) if *at == seam => Err(Stop::Ended(ending.clone())),
            _ => Ok(()),
        }
    }

    async fn event(&mut self, record: &Record) -> Result<(), Stop> {
        self.reader.send_event(record).await?;
        if self.twice {
            self.reader.send_event(record).await?;
        }
        self.events += 1;
        self.live_events += u64::from(self.live);
        self.pass(Seam::Event(self.events))?;
        if self.live {
            self.pass(Seam::LiveEvent(self.live_events))?;
        }
        match &self.cut {
            Some((Seam::InsideAppend(from), ending)) if self.events >= *from && record.to_come > 0 => {
                Err(Stop::Ended(ending.clone()))
            }
            _ => Ok(()),
        }
    }

    async fn checkpoint(&mut self, at: Position) -> Result<(), Stop> {
        if self.checkpoint.is_some_and(|told| at <= told) {
            return Ok(());
        }
        self.checkpoint = Some(at);
        self.pass(Seam::BeforeCheckpoint)?;
        let (commit_position, prepare_position) = (at.commit, at.prepare);
        self.reader.send(Content::Checkpoint(Checkpoint { commit_position, prepare_position })).await?;
        self.pass(Seam::AfterCheckpoint)
    }

    /// Turns live, once.
    async fn caught_up(&mut self) -> Result<(), Stop> {
        if self.live {
            return Ok(());
        }
        self.live = true;
        self.pass(Seam::BeforeCaughtUp)?;
        if self.reader.node.shared.settings.caught_up {
            self.reader.send(Content::CaughtUp(CaughtUp {})).await?;
        }
        self.pass(Seam::AfterCaughtUp)
    }

    fn passes(&self, record: &Record) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.passes(record))
    }

    /// Sends what is there, and tells the index behind the last record that was looked at.
    async fn catch_up(&mut self, start: usize) -> Result<usize, Stop> {
        let (mut at, mut looked_at) = (start, 0);
        let window = self.filter.as_ref().map_or(PAGE, |filter| filter.window);
        let interval = self.filter.as_ref().map(|filter| filter.interval);
        let before = at.checked_sub(1).and_then(|before| self.reader.seen(before));
        // Before the first record there is still the beginning of the log.
        let mut last = before.map_or(Position { commit: 0, prepare: 0 }, |record| record.position);
        loop {
            let (mut in_page, mut sent, mut end) = (0, 0, false);
            while in_page < window && sent < PAGE {
                let Some(record) = self.reader.seen(at) else {
                    end = true;
                    break;
                };
                at += 1;
                in_page += 1;
                if self.passes(&record) {
                    self.event(&record).await?;
                    sent += 1;
                }
                last = record.position;
            }
            looked_at += in_page;
            if let Some(interval) = interval
                && (end || looked_at >= interval)
            {
                looked_at %= interval;
                self.checkpoint(last).await?;
            }
            if end {
                return Ok(at);
            }
        }
    }

    async fn live(&mut self, confirmed: usize, next: usize) -> Result<(), Stop> {
        let mut changes = self.reader.node.shared.changes();
        let (mut at, mut counted) = (confirmed, 0);
        loop {
            changes.borrow_and_update();
            while let Some(record) = self.reader.seen(at) {
                let new = at >= next;
                at += 1;
                if new && self.passes(&record) {
                    self.event(&record).await?;
                }
                counted += 1;
                if self.filter.as_ref().is_some_and(|filter| counted >= filter.interval) {
                    counted = 0;
                    if at >= next {
                        self.checkpoint(record.position).await?;
                    }
                }
            }
            self.wait(&mut changes).await?;
        }
    }

    /// Waits for something to change, and ends if that was the end of all subscriptions.
    async fn wait(&self, changes: &mut watch::Receiver<u64>) -> Result<(), Stop> {
        let ended = self.reader.node.shared.lock().nodes[self.reader.node.at].ended.clone();
        if ended.0 != self.ended {
            return Err(Stop::Ended(ended.1));
        }
        tokio::select! {
            rung = changes.changed() => rung.map_err(|_| Stop::Gone),
            () = self.reader.gone() => Err(Stop::Gone),
        }
    }
}
