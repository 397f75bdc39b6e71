//! Whether the roots kept with the appends are those of the tree: ten times as many hashes as the leaves
//! need, so the workers do it, each from the tree's edge at the beginning of its batch.

use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::Frontier;

/// A batch: the edge before it, and each append's place, leaves and root.
pub(super) struct RootsJob {
    pub(super) edge: Frontier,
    pub(super) appends: Vec<RootOf>,
}

/// An append and the root that is kept with it.
pub(super) struct RootOf {
    pub(super) first_position: u64,
    pub(super) leaves: Vec<Digest>,
    pub(super) root: Option<Digest>,
}

/// What became of a batch, in order: whether each append's root is the tree's.
pub(super) struct RootsHeld(pub(super) Vec<RootHeld>);

/// One append's.
pub(super) struct RootHeld {
    pub(super) first_position: u64,
    pub(super) last_position: u64,
    pub(super) held: bool,
}

impl RootsJob {
    pub(super) fn held(mut self) -> RootsHeld {
        let mut held = Vec::with_capacity(self.appends.len());
        for RootOf { first_position, leaves, root } in &self.appends {
            for leaf in leaves {
                self.edge.push(*leaf, |_| {});
            }
            held.push(RootHeld {
                first_position: *first_position,
                last_position: first_position.saturating_add(leaves.len() as u64).saturating_sub(1),
                held: *root == Some(self.edge.root()),
            });
        }
        RootsHeld(held)
    }
}
