//! What befalls a cluster while it runs: silence, a slow index, a leader who is not in office yet, an older state, and
//! operators who remove things.

use std::sync::Arc;
use std::time::Duration;

use crate::cluster::Cluster;
use crate::elect::NotElectable;
use crate::log::{DELETED, Proposed};

impl Cluster {
    /// Has nobody hear of a node any more, as if all its packets were dropped: open connections stay open and new ones
    /// are taken by the system, but nothing is ever answered. To the others it is as good as dead: if it led, nobody
    /// leads until somebody is elected.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn silence(&self, node: usize) {
        let mut state = self.nodes.shared.lock();
        state.nodes[node].silent = true;
        if state.leader == Some(node) {
            state.leader = None;
        }
        state.tell_roles();
        drop(state);
        self.nodes.members[node].listening().cuts.send_modify(|cut| cut.silent = true);
        self.nodes.shared.ring();
        self.nodes.resign_later();
    }

    /// Has a silent node be heard again, with all that its connections had to say. Alone it leads at once; if another
    /// was elected who had less of the log, it goes away and comes back without the rest.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn unsilence(&self, node: usize) {
        let mut state = self.nodes.shared.lock();
        state.nodes[node].silent = false;
        if state.nodes.len() == 1 && state.nodes[node].alive {
            state.leader = Some(node);
        }
        state.come_back();
        drop(state);
        self.nodes.members[node].listening().cuts.send_modify(|cut| cut.silent = false);
        self.nodes.shared.ring();
        self.nodes.exit_to_truncate();
    }

    /// Sets the clock of all nodes so many seconds ahead of this machine's; back where that is negative.
    pub fn set_clock(&self, ahead: i64) {
        self.nodes.shared.clock.set(ahead);
    }

    /// Has every append be indexed this much later. It is not acknowledged before, and a repeat of it is not answered.
    pub fn slow_index(&self, by: Duration) {
        self.nodes.shared.lock().slow_index = by;
    }

    /// Makes a node the leader that is not in office for a time: it answers what asks for the leader, without the last
    /// of the records that a majority has, and takes no writes.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn elect_slowly(&self, node: usize, withheld: usize, time: Duration) -> Result<(), NotElectable> {
        self.nodes.elect(node, Some(withheld))?;
        let shared = Arc::clone(&self.nodes.shared);
        let term = shared.lock().term;
        self.nodes.runtime.spawn(async move {
            tokio::time::sleep(time).await;
            let mut state = shared.lock();
            if state.term == term {
                state.not_inaugurated = None;
                state.tell_roles();
            }
            drop(state);
            shared.ring();
        });
        Ok(())
    }

    /// Empties the cluster under its clients: the same addresses, nothing in it. Every connection is cut.
    pub fn empty(&self) {
        self.restore_to(0);
    }

    /// Goes back to the state with this many records, as from a backup: the same addresses, and what comes next stands
    /// where something else stood. Every connection is cut.
    pub fn restore_to(&self, len: usize) {
        self.nodes.shared.lock().restore(len);
        for at in 0..self.nodes() {
            self.reset_connections(at);
        }
        self.nodes.shared.ring();
    }

    /// Deletes a stream softly, as an operator does: its events are gone for readers of it, and it goes on behind them.
    pub fn soft_delete(&self, stream: &str) {
        self.truncate_before(stream, DELETED.cast_unsigned());
    }

    /// Ends a stream for good: it cannot be read nor appended to any more.
    pub fn tombstone(&self, stream: &str) {
        let mut state = self.nodes.shared.lock();
        state.log.bury(stream);
        state.replicate();
        drop(state);
        self.nodes.shared.ring();
    }

    /// Hides the events of a stream before a revision from its readers. Readers of everything still get them.
    pub fn truncate_before(&self, stream: &str, revision: u64) {
        let mut state = self.nodes.shared.lock();
        state.truncate_before(stream, revision.cast_signed());
        state.replicate();
        drop(state);
        self.nodes.shared.ring();
    }

    /// Writes very many appends of one event each past the protocol, alike but for their places. They take next to no
    /// memory, at least until `records` tells them all.
    pub fn write_run(&self, stream: &str, event: Proposed, count: u32) {
        let mut state = self.nodes.shared.lock();
        state.log.write_run(stream, event, count);
        state.replicate();
        drop(state);
        self.nodes.shared.ring();
    }

    /// Takes from everybody the right to append to a stream.
    pub fn refuse_appends_to(&self, stream: &str) {
        self.nodes.shared.lock().closed.insert(stream.to_owned());
    }

    /// How many events were ever appended to a stream that is not buried.
    pub fn stream_length(&self, stream: &str) -> u64 {
        let state = self.nodes.shared.lock();
        u64::try_from(state.log.last_revision(stream, state.committed) + 1).unwrap_or_default()
    }

    /// How many records a majority has.
    pub fn recorded(&self) -> usize {
        self.nodes.shared.lock().committed
    }
}
