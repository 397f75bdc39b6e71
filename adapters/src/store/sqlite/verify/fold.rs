//! What must hold from append to append: order, revisions, times, the tree, checkpoints, erasures.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use scribe_domain::event_store::TreeHead;
use scribe_domain::ids::EventId;
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::{Completed, Frontier};
use scribe_projections::ledger::tile;
use scribe_projections::ledger::verdict::{Finding, Flaw};

use super::append::{Erased, Inspection, Redaction, Stamp};
use super::file::unreadable;
use super::roots::{RootHeld, RootOf, RootsHeld, RootsJob};

/// What a checkpoint says.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) head: TreeHead,
    /// Whether it is kept in the record itself; otherwise somebody brought it.
    pub(super) kept: bool,
    /// Whether somebody who is believed signed it.
    pub(super) vouches: bool,
    /// Who signed it, of those that are kept.
    pub(super) by: Option<Box<str>>,
}

impl Claim {
    /// What somebody kept elsewhere, and opened with a key that they believe.
    pub(super) fn brought(head: TreeHead) -> Self {
        Self { head, kept: false, vouches: true, by: None }
    }
}

/// A claim, compared with the tree.
pub(super) struct Compared {
    pub(super) claim: Claim,
    /// Whether it holds; none if the tree never had that size.
    pub(super) held: Option<bool>,
}

/// A stretch of appends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) first: u64,
    pub(super) last: u64,
}

/// What was seen so far.
pub(super) struct Fold {
    pub(super) frontier: Frontier,
    pub(super) findings: Vec<Finding>,
    /// Findings beyond those that are told.
    pub(super) more: u64,
    pub(super) appends: u64,
    pub(super) erased: u64,
    pub(super) bytes: u64,
    /// Where an event is missing or in the wrong place, so that no leaf after it has its index.
    pub(super) lost: Option<u64>,
    revisions: HashMap<i64, u64>,
    /// When what was seen last counts as recorded.
    recorded_at: Option<DateTime<Utc>>,
    next: u64,
    claims: std::iter::Peekable<std::vec::IntoIter<Claim>>,
    pub(super) compared: Vec<Compared>,
    pub(super) nodes: Vec<Completed>,
    /// Nodes that differ from those that are kept: the events below each.
    pub(super) bad_nodes: Vec<(Stretch, String)>,
    unvouched: HashMap<EventId, (u64, i64, Digest)>,
    vouched: HashSet<EventId>,
    /// Where appends begin whose check sum differs.
    pub(super) bad_sums: Vec<u64>,
    /// Appends whose root differs although a later one holds.
    pub(super) bad_roots: Vec<Stretch>,
    /// The first of the appends, up to the end, whose roots differ.
    pub(super) bad_tail: Vec<Stretch>,
    /// The last append whose root holds.
    pub(super) good_until: u64,
}

impl Fold {
    pub(super) fn new(claims: Vec<Claim>, findings: Vec<Finding>) -> Self {
        Self {
            frontier: Frontier::default(),
            findings,
            more: 0,
            appends: 0,
            erased: 0,
            bytes: 0,
            lost: None,
            revisions: HashMap::new(),
            recorded_at: None,
            next: 1,
            claims: claims.into_iter().peekable(),
            compared: Vec::new(),
            nodes: Vec::new(),
            bad_nodes: Vec::new(),
            unvouched: HashMap::new(),
            vouched: HashSet::new(),
            bad_sums: Vec::new(),
            bad_roots: Vec::new(),
            bad_tail: Vec::new(),
            good_until: 0,
        }
    }

    pub(super) fn incidents(&self) -> u64 {
        self.revisions.len() as u64
    }

    fn finding(&mut self, position: u64, kind: Flaw, what: String) {
        // More than are ever told, so that the first ones in order are among them.
        if self.findings.len() < 1_000 {
            self.findings.push(Finding { position: Some(position), kind, what });
        } else {
            self.more += 1;
        }
    }

    /// The reading ended too early.
    pub(super) fn cannot_be_read(&mut self, why: &str) {
        self.lost.get_or_insert(self.next);
        self.findings.push(unreadable(Some(self.next), "what comes from here on", why));
    }

    /// Adds a batch; hands back what is needed to compare its roots.
    pub(super) fn take(&mut self, batch: Vec<Inspection>) -> RootsJob {
        self.compare_claims();
        let edge = self.frontier.clone();
        let mut appends = Vec::with_capacity(batch.len());
        for mut inspection in batch {
            self.order(&inspection);
            if !inspection.sum_holds {
                self.bad_sums.push(inspection.first_position);
            }
            self.appends += 1;
            self.bytes += inspection.bytes;
            for flaw in inspection.flaws.drain(..) {
                self.lost = self.lost.or(flaw.position.filter(|_| inspection.leaves.is_empty()));
                self.finding(flaw.position.unwrap_or_default(), flaw.kind, flaw.what);
            }
            for leaf in &inspection.leaves {
                let nodes = &mut self.nodes;
                self.frontier.push(*leaf, |node| {
                    if node.height.is_multiple_of(tile::HEIGHT) {
                        nodes.push(node);
                    }
                });
                self.compare_claims();
            }
            self.erasures(&inspection);
            let Inspection { first_position, leaves, root, .. } = inspection;
            appends.push(RootOf { first_position, leaves, root });
        }
        RootsJob { edge, appends }
    }

    fn order(&mut self, inspection: &Inspection) {
        let Inspection { first_position, stream, first_revision, recorded_at, stamp, .. } = *inspection;
        if first_position != self.next {
            let (next, before) = (self.next, first_position.wrapping_sub(1));
            let what = match first_position.checked_sub(next) {
                Some(1) => format!("the event at position {next} is missing"),
                Some(_) => format!("the events at positions {next} to {before} are missing"),
                None => format!("another append says that it begins at position {first_position}"),
            };
            self.lost.get_or_insert(next.min(first_position));
            self.finding(next.min(first_position), Flaw::Order, what);
        }
        self.next = first_position.wrapping_add(inspection.leaves.len() as u64);
        let revision = self.revisions.entry(stream).or_default();
        let (expected, reached) =
            (*revision + 1, first_revision.wrapping_add(inspection.leaves.len() as u64));
        *revision = reached.wrapping_sub(1);
        if first_revision != expected {
            let what =
                format!("its incident should go on with revision {expected}, and this is {first_revision}");
            self.finding(first_position, Flaw::Revision, what);
        }
        let row = DateTime::from_timestamp_micros(recorded_at).unwrap_or_default();
        let counts = stamp.map_or_else(
            || self.recorded_at.map_or(row, |last| last.max(row)),
            |Stamp { stamped, settles }| stamped.counts_at(self.recorded_at, settles),
        );
        self.recorded_at = Some(counts);
        if row != counts {
            let told = |at: DateTime<Utc>| at.to_rfc3339();
            let what = format!(
                "its row and the headers up to it name different times: it counts as recorded at {}, and \
                 the row says {}",
                told(counts),
                told(row)
            );
            self.finding(first_position, Flaw::Time, what);
        }
    }

    fn compare_claims(&mut self) {
        let size = self.frontier.size();
        while let Some(claim) = self.claims.next_if(|claim| claim.head.size <= size) {
            let held =
                self.lost.is_none_or(|lost| lost > size).then(|| claim.head.root == self.frontier.root());
            self.compared.push(Compared { claim, held });
        }
    }

    /// What speaks of more events than there are.
    pub(super) fn compare_rest(&mut self) {
        self.compare_claims();
        self.compared.extend(self.claims.by_ref().map(|claim| Compared { claim, held: None }));
    }

    fn erasures(&mut self, inspection: &Inspection) {
        self.erased += inspection.erased.len() as u64;
        for Erased { position, event, remains } in &inspection.erased {
            self.unvouched.insert(*event, (*position, inspection.stream, *remains));
        }
        for Redaction { position, target, remains } in &inspection.redactions {
            match self.unvouched.get(target) {
                Some((_, stream, known)) if *stream == inspection.stream && known == remains => {
                    self.unvouched.remove(target);
                    self.vouched.insert(*target);
                }
                // The finding is told at the erased event.
                Some(_) => {}
                None if self.vouched.contains(target) => {}
                None => {
                    let what = "it says that an earlier event was erased, whose words are still there".into();
                    self.finding(*position, Flaw::Erasure, what);
                }
            }
        }
    }

    /// Erased events that no redaction speaks of.
    pub(super) fn unvouched(&mut self) {
        for (position, ..) in std::mem::take(&mut self.unvouched).into_values() {
            let what =
                "it is erased, and no later event of its incident vouches for what remains of it".into();
            self.finding(position, Flaw::Erasure, what);
        }
    }

    /// Whether the roots of a batch hold, the batches in order.
    pub(super) fn take_roots(&mut self, RootsHeld(batch): RootsHeld) {
        for RootHeld { first_position: first, last_position: last, held } in batch {
            if held {
                self.good_until = last;
                self.bad_roots.append(&mut self.bad_tail);
            } else if self.bad_tail.len() < 1_000 {
                self.bad_tail.push(Stretch { first, last });
            }
        }
    }

    /// Compares the tree's nodes with those that are kept.
    pub(super) fn compare_nodes(&mut self, connection: &Connection) {
        let mut nodes = std::mem::take(&mut self.nodes);
        nodes.sort_unstable_by_key(|node| (node.height, node.place));
        let mut nodes = nodes.into_iter().peekable();
        let mut bad = Vec::new();
        let mut tell = |height: u8, place: u64, what: &str| {
            let first = place.checked_shl(height.into()).unwrap_or(u64::MAX).saturating_add(1);
            let last = first.saturating_add((1_u64 << height.min(63)) - 1);
            bad.push((Stretch { first, last }, what.to_owned()));
        };
        let read = connection.prepare("SELECT level, place, hash FROM tree ORDER BY level, place").and_then(
            |mut statement| {
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let (level, place): (i64, i64) = (row.get(0)?, row.get(1)?);
                    let height = u8::try_from(level.saturating_mul(tile::HEIGHT.into())).unwrap_or(u8::MAX);
                    let (key, hash) = ((height, place.cast_unsigned()), row.get::<_, Vec<u8>>(2)?);
                    while let Some(node) = nodes.next_if(|node| (node.height, node.place) < key) {
                        tell(node.height, node.place, "is missing");
                    }
                    match nodes.next_if(|node| (node.height, node.place) == key) {
                        Some(node) if node.hash.0[..] == hash => {}
                        Some(_) => tell(key.0, key.1, "is not what they say"),
                        None => tell(key.0, key.1, "is there before they are"),
                    }
                }
                Ok(())
            },
        );
        for node in nodes {
            tell(node.height, node.place, "is missing");
        }
        self.bad_nodes = bad;
        if let Err(error) = read {
            self.bad_nodes.clear();
            self.findings.push(unreadable(None, "the tree's nodes", &error.to_string()));
        }
    }
}
