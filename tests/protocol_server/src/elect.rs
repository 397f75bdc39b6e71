//! Who leads, and what the nodes say about it.

use uuid::Uuid;

use crate::state::{NodeState, State};

/// What gossip tells of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) id: Uuid,
    pub(crate) port: u16,
    pub(crate) alive: bool,
    pub(crate) role: Role,
}

/// What a node is in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Leader,
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
        if !self.nodes[candidate].alive {
            return Err(NotElectable::Dead);
        }
        let majority = self.nodes.len() / 2 + 1;
        if self.nodes.iter().filter(|node| node.alive).count() < majority {
            return Err(NotElectable::NoMajority);
        }
        let has = self.nodes[candidate].has;
        // Nobody votes for one that has less than it has itself.
        if self.nodes.iter().filter(|node| node.alive && node.has <= has).count() < majority {
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
        self.replicate();
        Ok(())
    }

    /// Who is in the cluster, as a node tells it.
    pub(crate) fn gossip(&self) -> Vec<Told> {
        if let Some(stale) = &self.stale_gossip {
            return stale.clone();
        }
        let told = |(at, node): (usize, &NodeState)| {
            let role = match self.leader {
                Some(leader) if leader == at => Role::Leader,
                Some(_) => Role::Follower,
                None => Role::Unknown,
            };
            Told { id: node.id, port: node.port, alive: node.alive, role }
        };
        self.nodes.iter().enumerate().map(told).collect()
    }
}
