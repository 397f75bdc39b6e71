//! What a subscription is told: events and checkpoints, catching up and live.

use prost::Message;
use tokio::sync::watch;
use uuid::Uuid;

use super::read::{Reader, Stop};
use crate::faults::{Ending, Fault, Seam};
use crate::figures::Open;
use crate::filter::{Filter, PAGE};
use crate::log::{Position, Record};
use crate::proto::event_store::client::streams::read_resp::{
    CaughtUp, Checkpoint, Content, SubscriptionConfirmation,
};
use crate::refuse;

/// How many live events the real server keeps for a subscription.
const KEPT: usize = 32;

/// How many records it hears of at a time. No append has as many.
const HEARD: usize = 20_000;

/// How many bytes of answers fit into what lies between it and its client. With the recordings' small events that comes
/// to 426 and 429 of them.
const ON_THE_WAY: usize = 64 * 1024;

/// A subscription under way.
pub(crate) struct Feed<'a> {
    reader: &'a Reader,
    filter: Option<Filter>,
    /// The latest checkpoint that was sent: the same one is not sent twice.
    checkpoint: Option<Position>,
    /// The latest event or checkpoint that was sent: nothing up to it is sent again.
    pub(crate) done: Option<Position>,
    /// The index of the next record that it hears of live, and how many it heard of since a checkpoint.
    pub(crate) at: usize,
    counted: usize,
    pub(crate) live: bool,
    events: u64,
    live_events: u64,
    cut: Option<(Seam, Ending)>,
    twice: bool,
    /// How often a test had ended this node's subscriptions when this one began.
    ended: u64,
    _open: Open,
}

impl<'a> Feed<'a> {
    /// Confirms it. Whoever reads what is there must be at the right node for it, which is found out before that or
    /// behind it.
    pub(crate) async fn open(
        reader: &'a Reader,
        filter: Option<Filter>,
        fault: Option<Fault>,
        reads: bool,
    ) -> Result<Self, Stop> {
        let confirms_first = reader.node.shared.settings.like.confirms_first();
        if reads && !confirms_first {
            reader.allowed()?;
        }
        let ended = reader.node.shared.lock().nodes[reader.node.at].ended.0;
        let feed = Self {
            reader,
            filter,
            checkpoint: None,
            done: None,
            at: 0,
            counted: 0,
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
        if reads && confirms_first {
            reader.allowed()?;
        }
        Ok(feed)
    }

    /// Ends here if a fault says so.
    fn pass(&self, seam: Seam) -> Result<(), Stop> {
        match &self.cut {
            Some((at, ending)) if *at == seam => Err(Stop::Ended(ending.clone())),
            _ => Ok(()),
        }
    }

    pub(crate) async fn event(&mut self, record: &Record) -> Result<(), Stop> {
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

    /// Turns live.
    pub(crate) async fn caught_up(&mut self) -> Result<(), Stop> {
        self.live = true;
        self.pass(Seam::BeforeCaughtUp)?;
        if self.reader.node.shared.settings.caught_up {
            self.reader.send(Content::CaughtUp(CaughtUp {})).await?;
        }
        self.pass(Seam::AfterCaughtUp)
    }

    fn passes(&self, record: &Record) -> bool {
        self.reader.passes(self.filter.as_ref(), record)
    }

    /// Sends what is there.
    pub(crate) async fn catch_up(&mut self) -> Result<(), Stop> {
        let window = self.filter.as_ref().map_or(usize::MAX, |filter| filter.window);
        let interval = self.filter.as_ref().map(|filter| filter.interval);
        let beginning = Position { commit: 0, prepare: 0 };
        let like = self.reader.node.shared.settings.like;
        let (mut page, mut looked_at) = (self.done.unwrap_or(beginning), 0);
        loop {
            let (mut in_page, mut found, mut end) = (0, 0, false);
            let mut at = self.reader.node.shared.lock().log.at(page);
            let mut next = page;
            while in_page < window && found < PAGE {
                self.reader.rest(at).await?;
                let Some(record) = self.reader.seen(at) else {
                    end = true;
                    break;
                };
                at += 1;
                in_page += 1;
                next = record.next;
                if self.passes(&record) {
                    found += 1;
                    if self.done < Some(record.position) {
                        self.event(&record).await?;
                        self.done = Some(record.position);
                    }
                }
            }
            if page < next {
                self.done = self.done.max(Some(page));
            }
            looked_at += in_page;
            if end && !like.checkpoint_on_turning_live() {
                // The last page is not told, full interval or not; live, it counts on.
                self.counted = looked_at;
                return Ok(());
            }
            if let Some(interval) = interval
                && (end || looked_at >= interval)
            {
                looked_at %= interval;
                self.checkpoint_done().await?;
            }
            if end {
                return Ok(());
            }
            page = next;
        }
    }

    async fn checkpoint_done(&mut self) -> Result<(), Stop> {
        match self.done {
            Some(position) => self.checkpoint(position).await,
            None => Ok(()),
        }
    }

    /// Sends what comes, until more has come than is kept.
    pub(crate) async fn live(&mut self) -> Result<(), Stop> {
        let falls_back = self.reader.node.shared.settings.like.falls_back();
        let mut changes = self.reader.node.shared.changes();
        loop {
            changes.borrow_and_update();
            let heard: Vec<_> = (self.at..).map_while(|at| self.reader.seen(at)).take(HEARD).collect();
            let more = heard.len() == HEARD;
            let is_new: Vec<bool> =
                heard.iter().map(|record| self.done < Some(record.position) && self.passes(record)).collect();
            let new: Vec<&Record> =
                heard.iter().zip(&is_new).filter(|(_, new)| **new).map(|(record, _)| &**record).collect();
            let too_many = new.len() > KEPT;
            // What is still told of too many: all of it is looked at again, or the last of it is never told.
            let last_told = match (too_many, falls_back) {
                (false, _) => None,
                (true, true) => Some(0),
                (true, false) => Some(self.fit(&new)),
            };
            let mut told = 0;
            for (record, is_new) in heard.iter().zip(is_new) {
                self.at += 1;
                self.counted += 1;
                let counted = self.filter.as_ref().is_some_and(|filter| self.counted >= filter.interval);
                if counted {
                    self.counted = 0;
                }
                if too_many && falls_back {
                    continue;
                }
                if is_new {
                    if last_told == Some(told) {
                        return Err(Stop::Refused(refuse::too_slow()));
                    }
                    told += 1;
                    self.event(record).await?;
                    self.done = Some(record.position);
                }
                if counted && self.done <= Some(record.position) {
                    self.checkpoint(record.position).await?;
                    self.done = Some(record.position);
                }
            }
            if too_many {
                if self.filter.is_some() {
                    self.checkpoint_done().await?;
                }
                return Ok(());
            }
            if more {
                changes.mark_changed();
            }
            self.wait(&mut changes).await?;
        }
    }

    /// How many of too many events fit into what is kept for a subscription and what is on its way. Where all would, a
    /// busy server would end it all the same, so this one does after what it keeps.
    fn fit(&self, events: &[&Record]) -> usize {
        let mut room = ON_THE_WAY;
        let on_the_way = events.iter().take_while(|record| {
            let size = 8 + self.reader.told(record).encoded_len();
            room = room.saturating_sub(size);
            room > 0
        });
        let fit = on_the_way.count() + KEPT;
        if fit < events.len() { fit } else { KEPT }
    }

    /// Waits for something to change, and ends if that was the end of all subscriptions.
    pub(crate) async fn wait(&self, changes: &mut watch::Receiver<u64>) -> Result<(), Stop> {
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
