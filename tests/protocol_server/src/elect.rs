//! Who leads, and what the nodes say about it.

use uuid::Uuid;

use crate::state::{NodeState, State};

/// What gossip tells of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GossipEntry {
    pub(crate) id: Uuid,
    pub(crate) port: u16,
    pub(crate) alive: bool,
    pub(crate) role: Role,
}

/// What a node is in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Leader,
    /// It was elected and is not in office yet.
    PreLeader,
    Follower,
    Unknown,
}

/// Why a node cannot lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotElectable {
    /// It is dead.
    Dead,
    /// Fewer nodes than a majority are alive.
    NoMajority,
    /// No majority would vote for it: too many have more of the log.
    Behind,
}

impl State {
    /// Makes a node the leader if a majority of the living would vote for it, and drops what only others had.
    pub(crate) fn elect(&mut self, candidate: usize) -> Result<(), NotElectable> {
        if !self.nodes[candidate].is_there() {
            return Err(NotElectable::Dead);
        }
        if !self.has_majority() {
            return Err(NotElectable::NoMajority);
        }
        let majority = self.nodes.len() / 2 + 1;
        let has = self.nodes[candidate].has;
        // Nobody votes for one that has less than it has itself.
        if self.nodes.iter().filter(|node| node.is_there() && node.has <= has).count() < majority {
            return Err(NotElectable::Behind);
        }
        self.log.truncate(has);
        for node in &mut self.nodes {
            node.has = node.has.min(has);
        }
        // A leader begins with a record of its epoch.
        self.log.leave_gap(137);
        self.leader = Some(candidate);
        self.term += 1;
        (self.resigned, self.not_inaugurated) = (None, None);
        self.committed = self.committed.min(has);
        self.replicate();
        self.tell_roles();
        Ok(())
    }

    /// Whether as many nodes as it takes hear of each other.
    pub(crate) fn has_majority(&self) -> bool {
        self.nodes.iter().filter(|node| node.is_there()).count() > self.nodes.len() / 2
    }

    /// Takes its office from a leader whom too many have left.
    pub(crate) fn resign(&mut self) {
        self.resigned = self.leader.take();
        self.tell_roles();
    }

    /// Gives a node that is back what it lacks; with it a leader that had too few may lead again.
    pub(crate) fn come_back(&mut self) {
        if self.leader.is_none()
            && self.has_majority()
            && let Some(resigned) = self.resigned
        {
            // Whoever has more is asked by the test.
            let _ = self.elect(resigned);
        }
        self.replicate();
        self.tell_roles();
    }

    /// Takes note of what each node is, unless it is not heard of: then it stays what it was, but for a leader that
    /// another has followed.
    pub(crate) fn tell_roles(&mut self) {
        let (leader, coming) = (self.leader, self.not_inaugurated);
        for (at, node) in self.nodes.iter_mut().enumerate() {
            node.role = match leader {
                Some(_) if !node.is_there() && node.role == Role::Leader => Role::Unknown,
                _ if !node.is_there() => continue,
                Some(leader) if leader == at && coming.is_some() => Role::PreLeader,
                Some(leader) if leader == at => Role::Leader,
                Some(_) => Role::Follower,
                None => Role::Unknown,
            };
        }
    }

    /// Who is in the cluster, as a node tells it.
    pub(crate) fn gossip(&self) -> Vec<GossipEntry> {
        if let Some(stale) = &self.stale_gossip {
            return stale.clone();
        }
        let told = |node: &NodeState| {
            let (id, port, alive, role) = (node.id, node.port, node.is_there(), node.role);
            GossipEntry { id, port, alive, role }
        };
        self.nodes.iter().map(told).collect()
    }
}
