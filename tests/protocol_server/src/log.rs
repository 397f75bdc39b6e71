//! The log: every record of the cluster in one order, with the index of streams over it.
//!
//! Positions are byte offsets, as the real log's are: they rise with gaps, and no reader may count on their
//! distance. Followers see a prefix of this log, so whatever reads takes the number of records that the asked node
//! has (`seen`).

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::bulk::Run;
use crate::clock::Clock;

/// Where a client's first event stands: a real log begins with the record of its first epoch.
const BEGINNING: u64 = 298;

/// The revision of a tombstone, and the `$tb` of a stream that was deleted softly.
pub(crate) const DELETED: i64 = i64::MAX;

/// Where a record stands in the whole log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// What orders appends.
    pub commit: u64,
    /// What orders the events of one append where all of them share the commit position.
    pub prepare: u64,
}

/// How the events of one append stand to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Positions {
    /// Each event has a position of its own, commit and prepare alike: what servers have written since version 5.
    #[default]
    Own,
    /// The events of one append share the position of a commit record behind them and differ in prepare: what
    /// older servers wrote, and what transactions of the TCP protocol left in logs that are still served.
    SharedCommit,
}

/// An event as it was proposed.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// The writer's id of it, which makes the append idempotent.
    pub id: Uuid,
    /// Its type.
    pub kind: String,
    /// Whether its data calls itself JSON.
    pub json: bool,
    /// The custom metadata.
    pub metadata: Vec<u8>,
    /// The payload.
    pub data: Vec<u8>,
}

impl Proposed {
    /// An event of JSON with a new id.
    pub fn json(kind: &str, data: &str) -> Self {
        let (kind, data) = (kind.to_owned(), data.as_bytes().to_vec());
        Self { id: Uuid::new_v4(), kind, json: true, metadata: Vec::new(), data }
    }

    /// What the server counts towards the largest append: text in the log has two bytes a character.
    pub(crate) fn size_on_disk(&self) -> usize {
        self.data.len() + self.metadata.len() + 2 * self.kind.encode_utf16().count()
    }

    /// The largest that an event may be, if it is larger.
    pub(crate) fn is_larger(&self, largest: Option<usize>) -> Option<usize> {
        largest.filter(|largest| self.size_on_disk() > *largest)
    }
}

/// An event in the log.
#[derive(Debug)]
pub struct Record {
    /// Where it stands.
    pub position: Position,
    /// Its stream.
    pub stream: String,
    /// Its place in its stream, from 0; `i64::MAX` for a tombstone.
    pub revision: i64,
    /// The event itself.
    pub event: Proposed,
    /// When the server took it, in ticks of 100 ns since 1970.
    pub created: u64,
    /// How many events of the same append come after it.
    pub to_come: usize,
    /// From where a reader goes on forwards behind it.
    pub(crate) next: Position,
    /// From where a reader comes upon it backwards.
    pub(crate) behind: Position,
}

/// The records and their index.
#[derive(Debug)]
pub(crate) struct Log {
    records: Vec<Stored>,
    runs: Vec<Run>,
    streams: HashMap<String, Vec<usize>>,
    ids: HashMap<Uuid, (String, i64)>,
    end: u64,
    positions: Positions,
    clock: Clock,
}

/// A record, or the place of one in a run of many that are alike.
#[derive(Debug)]
enum Stored {
    Whole(Arc<Record>),
    InRun { run: u32, at: u32 },
}

/// What a stream's metadata says about which of its events can still be read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kept {
    truncate_before: i64,
    max_count: Option<i64>,
}

impl Log {
    pub(crate) fn new(positions: Positions, clock: Clock) -> Self {
        let (streams, ids) = (HashMap::new(), HashMap::new());
        Self { records: Vec::new(), runs: Vec::new(), streams, ids, end: BEGINNING, positions, clock }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn record(&self, index: usize) -> Option<Arc<Record>> {
        Some(match self.records.get(index)? {
            Stored::Whole(record) => Arc::clone(record),
            Stored::InRun { run, at } => Arc::new(self.run(*run).record(*at)),
        })
    }

    fn run(&self, run: u32) -> &Run {
        &self.runs[run as usize]
    }

    fn position(&self, stored: &Stored) -> Position {
        match stored {
            Stored::Whole(record) => record.position,
            Stored::InRun { run, at } => self.run(*run).position(*at),
        }
    }

    fn next(&self, stored: &Stored) -> Position {
        match stored {
            Stored::Whole(record) => record.next,
            Stored::InRun { run, at } => self.run(*run).next(*at),
        }
    }

    fn behind(&self, stored: &Stored) -> Position {
        match stored {
            Stored::Whole(record) => record.behind,
            Stored::InRun { run, at } => self.run(*run).behind(*at),
        }
    }

    fn revision(&self, index: usize) -> i64 {
        match &self.records[index] {
            Stored::Whole(record) => record.revision,
            Stored::InRun { run, at } => self.run(*run).revision + i64::from(*at),
        }
    }

    /// The index of the first record at or behind a position.
    pub(crate) fn at(&self, position: Position) -> usize {
        self.records.partition_point(|record| self.position(record) < position)
    }

    /// The index behind the last record that is read backwards from a position. Such positions stand behind records:
    /// that of an event leaves out the event, and where events share a commit, all of its append.
    pub(crate) fn before(&self, position: Position) -> usize {
        self.records.partition_point(|record| self.behind(record) <= position)
    }

    /// Whether a record begins or ends at an offset, or the log has not come so far.
    pub(crate) fn is_boundary(&self, commit: u64) -> bool {
        let at = self.at(Position { commit, prepare: 0 });
        let begins = self.records.get(at).is_none_or(|record| self.position(record).commit == commit);
        let ended =
            |before: usize| self.records.get(before).is_some_and(|record| self.next(record).commit == commit);
        commit == 0 || begins || at.checked_sub(1).is_some_and(ended)
    }

    /// The revision of a stream's last event: -1 if there is none, `DELETED` behind a tombstone.
    pub(crate) fn last_revision(&self, stream: &str, seen: usize) -> i64 {
        self.of_stream(stream, seen).last().map_or(-1, |index| self.revision(*index))
    }

    /// The indices of a stream's events.
    pub(crate) fn of_stream(&self, stream: &str, seen: usize) -> &[usize] {
        let all = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        &all[..all.partition_point(|index| *index < seen)]
    }

    /// Which stream and revision an event id was last written as, as far as the writer remembers.
    pub(crate) fn remembered(&self, id: Uuid) -> Option<(&str, i64)> {
        self.ids.get(&id).map(|(stream, revision)| (stream.as_str(), *revision))
    }

    /// Forgets the ids, as a restarted writer does of all but the latest.
    pub(crate) fn forget_ids(&mut self) {
        self.ids.clear();
    }

    pub(crate) fn is_soft_deleted(&self, stream: &str, seen: usize) -> bool {
        self.kept(stream, seen).truncate_before == DELETED
    }

    /// The lowest revision of a stream that can be read.
    pub(crate) fn lowest(&self, stream: &str, seen: usize) -> i64 {
        let kept = self.kept(stream, seen);
        let last = self.last_revision(stream, seen);
        let by_count = kept.max_count.map_or(0, |count| last.saturating_sub(count).saturating_add(1));
        kept.truncate_before.max(by_count).max(0)
    }

    /// The latest metadata of a stream.
    pub(crate) fn metadata(&self, stream: &str, seen: usize) -> serde_json::Map<String, serde_json::Value> {
        let last = self.of_stream(&format!("$${stream}"), seen).last();
        last.and_then(|index| self.record(*index))
            .and_then(|record| serde_json::from_slice(&record.event.data).ok())
            .unwrap_or_default()
    }

    fn kept(&self, stream: &str, seen: usize) -> Kept {
        if stream.starts_with("$$") {
            // Of a stream's metadata only the latest is kept.
            return Kept { truncate_before: 0, max_count: Some(1) };
        }
        let metadata = self.metadata(stream, seen);
        let number = |key: &str| metadata.get(key).and_then(serde_json::Value::as_i64);
        Kept { truncate_before: number("$tb").unwrap_or(0), max_count: number("$maxCount") }
    }

    /// Writes the events of one append. Nothing is checked here.
    pub(crate) fn write(&mut self, stream: &str, events: Vec<Proposed>) {
        let first = self.last_revision(stream, self.len()) + 1;
        let revisions = first..;
        self.put(stream, events.into_iter().zip(revisions).collect());
    }

    /// Writes the end of a stream, behind which nothing can be appended.
    pub(crate) fn bury(&mut self, stream: &str) {
        let tombstone = Proposed { data: Vec::new(), ..Proposed::json("$streamDeleted", "") };
        self.put(stream, vec![(tombstone, DELETED)]);
    }

    /// Lets room in the log for a record that no client sees.
    pub(crate) fn leave_gap(&mut self, bytes: u64) {
        self.end += bytes;
    }

    /// Writes very many appends of one event each, which take next to no memory. Their ids are not remembered.
    pub(crate) fn write_run(&mut self, stream: &str, event: Proposed, count: u32) {
        let size = size_in_log(stream, &event);
        let revision = self.last_revision(stream, self.len()) + 1;
        let run = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
        let (stream_name, created) = (stream.to_owned(), self.clock.ticks());
        self.runs.push(Run { stream: stream_name, event, revision, start: self.end, size, created });
        self.end += u64::from(count) * size;
        let first = self.records.len();
        self.records.extend((0..count).map(|at| Stored::InRun { run, at }));
        self.streams.entry(stream.to_owned()).or_default().extend(first..self.records.len());
    }

    /// Takes everything back from an index on: writes that no majority had. Their offsets are not given again, which
    /// no client could tell from what a real log does.
    pub(crate) fn truncate(&mut self, len: usize) {
        if len >= self.records.len() {
            return;
        }
        for lost in self.records.drain(len..) {
            if let Stored::Whole(lost) = lost
                && self.ids.get(&lost.event.id).is_some_and(|known| known.1 == lost.revision)
            {
                self.ids.remove(&lost.event.id);
            }
        }
        self.streams.retain(|_, indices| {
            indices.truncate(indices.partition_point(|index| *index < len));
            !indices.is_empty()
        });
    }

    /// Goes back to an older state, as from a copy of it: what comes next stands where something else stood.
    pub(crate) fn restore(&mut self, len: usize) {
        let end = self.records.get(len).map(|first| match first {
            // Where a commit is shared, the first of its append begins before it.
            Stored::Whole(record) => record.position.prepare,
            Stored::InRun { run, at } => self.run(*run).begins(*at),
        });
        self.end = if len == 0 { BEGINNING } else { end.unwrap_or(self.end) };
        self.truncate(len);
    }

    fn put(&mut self, stream: &str, events: Vec<(Proposed, i64)>) {
        let count = events.len();
        let mut starts = Vec::with_capacity(count);
        for (event, _) in &events {
            starts.push(self.end);
            self.end += size_in_log(stream, event);
        }
        let commit = self.end;
        let ends: Vec<u64> = starts.iter().skip(1).copied().chain([commit]).collect();
        if self.positions == Positions::SharedCommit {
            self.end += 61;
        }
        let created = self.clock.ticks();
        for (at, ((event, revision), start)) in events.into_iter().zip(starts).enumerate() {
            let shared = self.positions == Positions::SharedCommit;
            let place = |commit, prepare| Position { commit, prepare };
            let position = place(if shared { commit } else { start }, start);
            let next = if shared { place(commit, ends[at]) } else { place(ends[at], 0) };
            let behind = place(if shared { self.end } else { ends[at] }, ends[at]);
            self.ids.insert(event.id, (stream.to_owned(), revision));
            self.streams.entry(stream.to_owned()).or_default().push(self.records.len());
            let stream = stream.to_owned();
            let to_come = count - at - 1;
            let record = Record { position, stream, revision, event, created, to_come, next, behind };
            self.records.push(Stored::Whole(Arc::new(record)));
        }
    }
}

/// A record's frame, ids, numbers and flags, beside the texts.
fn size_in_log(stream: &str, event: &Proposed) -> u64 {
    101 + (stream.len() + event.kind.len() + event.data.len() + event.metadata.len()) as u64
}
