//! What the nodes of a cluster share: the leader's log, how much of it each node has, and who leads.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::Settings;
use crate::clock::Clock;
use crate::decide::{Decision, Expected, decide};
use crate::elect::{GossipEntry, Role};
use crate::faults::Ending;
use crate::log::{Log, Position, Proposed, Record};

/// The state, and the bell that rings when it changes.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    /// What time it is.
    pub(crate) clock: Clock,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) log: Log,
    pub(crate) nodes: Vec<NodeState>,
    pub(crate) leader: Option<usize>,
    /// How many records a majority has: only these are ever shown to a client.
    pub(crate) committed: usize,
    /// What gossip tells while it is stale.
    pub(crate) stale_gossip: Option<Vec<GossipEntry>>,
    /// Counts the leaders; a write that waited through a change of it may be lost.
    pub(crate) term: u64,
    /// Who led until too many had left it, and leads again once they are back.
    pub(crate) resigned: Option<usize>,
    /// A leader that was elected and is not in office yet, and how many records it shows until then.
    pub(crate) not_inaugurated: Option<(usize, usize)>,
    /// Up to which record, and when, what is in the log will be in the index.
    indexing: VecDeque<(usize, Instant)>,
    /// What a test adds to the time that indexing takes.
    pub(crate) slow_index: Duration,
    /// Streams to which nobody may append.
    pub(crate) closed: HashSet<String>,
}

#[derive(Debug)]
pub(crate) struct NodeState {
    pub(crate) id: Uuid,
    pub(crate) port: u16,
    pub(crate) alive: bool,
    /// Whether nobody hears of it any more, though it may live.
    pub(crate) silent: bool,
    /// Whether it had more of the log than a leader that it has not heard of yet.
    pub(crate) must_truncate: bool,
    /// What it was when it was last heard of.
    pub(crate) role: Role,
    /// Counts the starts, so that what an earlier life of the node began is not finished by a later one.
    pub(crate) life: u64,
    /// How many records of the log it has.
    pub(crate) has: usize,
    pub(crate) lag: Lag,
    /// How often a test ended all its subscriptions, and how the last time.
    pub(crate) ended: (u64, Ending),
}

impl NodeState {
    pub(crate) fn new(port: u16) -> Self {
        let (id, lag, ended) = (Uuid::new_v4(), Lag::None, (0, Ending::Ok));
        let (silent, must_truncate, role) = (false, false, Role::Follower);
        Self { id, port, alive: true, silent, must_truncate, role, life: 0, has: 0, lag, ended }
    }

    /// Whether the others hear of it.
    pub(crate) fn is_there(&self) -> bool {
        self.alive && !self.silent
    }
}

/// How a follower gets what the leader wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lag {
    /// At once.
    #[default]
    None,
    /// Some time later.
    By(Duration),
    /// Not until it is told otherwise.
    Held,
}

/// Why a write was not done, or not known to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WriteError {
    NotLeader { host: String, port: u16 },
    NotReady,
    WrongExpectedVersion { current: i64 },
    StreamDeleted,
    Timeout,
}

/// A write that is in the leader's log and waits for a majority.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) revision: i64,
    pub(crate) position: Option<Position>,
    until: usize,
    term: u64,
    indexed: Instant,
    /// Whether it repeats what is not indexed yet: the server then forgets it and answers nothing.
    dropped: bool,
}

/// What a write does to its stream.
pub(crate) enum Change {
    Append(Vec<Proposed>),
    Delete,
    Tombstone,
}

impl Shared {
    pub(crate) fn new(settings: Settings, nodes: Vec<NodeState>) -> Self {
        let clock = Clock::default();
        let log = Log::new(settings.positions, clock.clone());
        let mut state = State {
            log,
            nodes,
            leader: Some(0),
            committed: 0,
            stale_gossip: None,
            term: 1,
            resigned: None,
            not_inaugurated: None,
            indexing: VecDeque::new(),
            slow_index: Duration::ZERO,
            closed: HashSet::new(),
        };
        state.tell_roles();
        Self { settings, clock, state: Mutex::new(state), changes: watch::Sender::new(0) }
    }

    /// The state. A panic while it was held is the test's own, so its poison is passed over.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Told whenever something changed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn ring(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Puts a write into the leader's log if it may be, as asked of a node.
    pub(crate) fn submit(
        self: &Arc<Self>,
        asked: (usize, u64),
        requires_leader: bool,
        stream: &str,
        expected: Expected,
        change: Change,
    ) -> Result<Submitted, WriteError> {
        let mut state = self.lock();
        state.may_write(asked, requires_leader, &self.settings.host)?;
        let events = if let Change::Append(events) = &change { events.len() } else { 1 };
        let each = self.settings.index_delay_of_event * u32::try_from(events).unwrap_or(u32::MAX);
        let submitted = state.submit(stream, expected, change, self.settings.index_delay + each)?;
        drop(state);
        self.replicate_late();
        self.ring();
        Ok(submitted)
    }

    /// Has the log reach the nodes that get it some time later.
    fn replicate_late(self: &Arc<Self>) {
        let state = self.lock();
        let (len, term) = (state.log.len(), state.term);
        for (at, node) in state.nodes.iter().enumerate() {
            let Lag::By(time) = node.lag else { continue };
            let shared = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(time).await;
                let mut state = shared.lock();
                if state.term == term {
                    state.replicate_to(at, len);
                }
                drop(state);
                shared.ring();
            });
        }
    }

    /// Waits until a majority has a write and it is indexed.
    pub(crate) async fn committed(&self, submitted: &Submitted) -> Result<(), WriteError> {
        if submitted.dropped {
            tokio::time::sleep(self.settings.commit_timeout).await;
            return Err(WriteError::Timeout);
        }
        let mut changes = self.changes();
        let wait = async {
            loop {
                {
                    let state = self.lock();
                    if state.term != submitted.term && state.committed < submitted.until {
                        return Err(WriteError::Timeout);
                    }
                    if state.committed >= submitted.until {
                        break;
                    }
                }
                if changes.changed().await.is_err() {
                    return Err(WriteError::Timeout);
                }
            }
            tokio::time::sleep_until(submitted.indexed).await;
            Ok(())
        };
        tokio::time::timeout(self.settings.commit_timeout, wait).await.unwrap_or(Err(WriteError::Timeout))
    }
}

impl State {
    /// How many records a node shows.
    pub(crate) fn seen(&self, node: usize) -> usize {
        let seen = self.nodes[node].has.min(self.committed);
        match self.not_inaugurated {
            Some((elected, shown)) if elected == node => seen.min(shown),
            _ => seen,
        }
    }

    /// Whether a node may answer what asks for the leader.
    pub(crate) fn may_read(&self, node: usize, requires_leader: bool, host: &str) -> Result<(), WriteError> {
        match self.leader {
            _ if !requires_leader => Ok(()),
            Some(leader) if leader == node => Ok(()),
            Some(leader) => {
                Err(WriteError::NotLeader { host: host.to_owned(), port: self.nodes[leader].port })
            }
            None => Err(WriteError::NotReady),
        }
    }

    /// A follower passes a write on to the leader unless it was told that the leader is required.
    fn may_write(
        &self,
        (node, life): (usize, u64),
        requires_leader: bool,
        host: &str,
    ) -> Result<(), WriteError> {
        if !self.nodes[node].alive || self.nodes[node].life != life {
            return Err(WriteError::NotReady);
        }
        self.may_read(node, requires_leader, host)?;
        if self.leader.is_none() || self.not_inaugurated.is_some() {
            return Err(WriteError::NotReady);
        }
        Ok(())
    }

    fn submit(
        &mut self,
        stream: &str,
        expected: Expected,
        change: Change,
        delay: Duration,
    ) -> Result<Submitted, WriteError> {
        let ids: Vec<Uuid> = match &change {
            Change::Append(events) => events.iter().map(|event| event.id).collect(),
            Change::Delete | Change::Tombstone => vec![Uuid::new_v4()],
        };
        let soft_deleted = match decide(&self.log, stream, expected, &ids) {
            Decision::Write { soft_deleted } => soft_deleted,
            Decision::Written { last } => return Ok(self.written_before(stream, last)),
            Decision::WrongExpectedVersion { current } => {
                return Err(WriteError::WrongExpectedVersion { current });
            }
            Decision::Deleted => return Err(WriteError::StreamDeleted),
        };
        let current = self.log.last_revision(stream, self.log.len());
        let count = ids.len();
        match change {
            Change::Append(events) if events.is_empty() => self.log.leave_gap(120),
            Change::Append(events) => self.log.write(stream, events),
            Change::Delete => self.truncate_before(stream, crate::log::DELETED),
            Change::Tombstone => self.log.bury(stream),
        }
        let last = self.log.len().checked_sub(1).and_then(|last| self.log.record(last));
        let position = last.map(|record| told(&record));
        let revision = self.log.last_revision(stream, self.log.len());
        if soft_deleted && count > 0 && revision != crate::log::DELETED && revision > current {
            self.truncate_before(stream, current + 1);
        }
        self.replicate();
        let until = self.log.len();
        let indexed = self.index(until, delay);
        Ok(Submitted { revision, position, until, term: self.term, indexed, dropped: false })
    }

    /// Has the log be indexed up to a record in some time, after what came before.
    fn index(&mut self, until: usize, delay: Duration) -> Instant {
        let now = Instant::now();
        while self.indexing.front().is_some_and(|(_, at)| *at <= now) {
            self.indexing.pop_front();
        }
        let before = self.indexing.back().map_or(now, |(_, at)| *at);
        let indexed = before.max(now + delay + self.slow_index);
        self.indexing.push_back((until, indexed));
        indexed
    }

    fn is_indexed(&self, index: usize) -> bool {
        let now = Instant::now();
        self.indexing.iter().find(|(until, _)| *until > index).is_none_or(|(_, at)| *at <= now)
    }

    /// Goes back to an older state on all nodes, with all that followed from what came after.
    pub(crate) fn restore(&mut self, len: usize) {
        let len = len.min(self.log.len());
        self.log.restore(len);
        for node in &mut self.nodes {
            node.has = node.has.min(len);
        }
        self.committed = self.committed.min(len);
        self.indexing.clear();
        self.term += 1;
        self.replicate();
    }

    fn written_before(&self, stream: &str, last: i64) -> Submitted {
        let indices = self.log.of_stream(stream, self.log.len());
        let index = usize::try_from(last).ok().and_then(|last| indices.get(last)).copied();
        let position = index.and_then(|index| self.log.record(index)).map(|record| told(&record));
        let dropped = index.is_some_and(|index| index >= self.committed || !self.is_indexed(index));
        let until = index.map_or(0, |index| index + 1);
        let (term, indexed) = (self.term, Instant::now());
        Submitted { revision: last, position, until, term, indexed, dropped }
    }

    /// Writes a stream's metadata anew with another first revision.
    pub(crate) fn truncate_before(&mut self, stream: &str, revision: i64) {
        let mut metadata = self.log.metadata(stream, self.log.len());
        metadata.insert("$tb".to_owned(), revision.into());
        let data = serde_json::Value::Object(metadata).to_string();
        self.log.write(&format!("$${stream}"), vec![Proposed::json("$metadata", &data)]);
    }

    /// Gives every node that may have it what the leader has, and moves on what is committed.
    pub(crate) fn replicate(&mut self) {
        let len = self.log.len();
        for (at, node) in self.nodes.iter_mut().enumerate() {
            if self.leader == Some(at) || self.leader.is_some() && node.is_there() && node.lag == Lag::None {
                node.has = len;
            }
        }
        self.count_majority();
    }

    /// Gives a node the log up to a length, as its lag has it.
    fn replicate_to(&mut self, at: usize, len: usize) {
        let node = &mut self.nodes[at];
        if node.is_there() && self.leader.is_some() && node.lag != Lag::Held {
            node.has = node.has.max(len.min(self.log.len()));
        }
        self.count_majority();
    }

    fn count_majority(&mut self) {
        let mut have: Vec<usize> = self.nodes.iter().map(|node| node.has).collect();
        have.sort_unstable();
        // Of three nodes the middle one, of one node that one.
        let majority = have[(have.len() - 1) / 2];
        self.committed = self.committed.max(majority);
    }
}

/// The position that a writer is told: that of the last event, but the commit position for both halves.
fn told(record: &Record) -> Position {
    Position { commit: record.position.commit, prepare: record.position.commit }
}
