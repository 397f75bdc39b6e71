//! Proofs about the tree: that an entry is in it (inclusion), and that a tree is an older one grown
//! (consistency). RFC 6962 §2.1, verified by the algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2.
//!
//! A proof is made in three steps, so that this stays pure: a [`Plan`](crate::ledger::proof::Plan) says which tiles it needs, somebody
//! fetches them, and the plan computes the hashes from them. What makes proofs and what verifies them share
//! no code but the hash of a node: a mistake in the one is found by the other.

use std::collections::BTreeSet;
use std::ops::Range;

use scribe_domain::event_store::TreeHead;
use scribe_domain::values::Digest;

use super::hash::{empty_root, node as node_hash};
use super::tile::{HEIGHT, WIDTH, perfect_root};

/// Which tile: a row of up to 256 hashes at height 8 × `level`, from place 256 × `place` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileAt {
    /// How high above the leaves, in steps of eight.
    pub level: u8,
    /// Its place among the tiles of its level, from 0.
    pub place: u64,
}

/// A tile that holds less than a proof needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tile {}/{} is shorter than the tree's size asks for", .0.level, .0.place)]
pub struct ShortTile(pub TileAt);

/// Which hashes make up a proof: each that of a range of leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    ranges: Vec<Range<u64>>,
}

impl Plan {
    /// The proof that the leaf at `index` is in the tree of `size` leaves, the leaf's sibling first;
    /// none if it isn't.
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        if index >= size {
            return None;
        }
        let mut ranges = Vec::new();
        let mut tree = 0..size;
        while tree.end - tree.start > 1 {
            let middle = tree.start + split(tree.end - tree.start);
            if index < middle {
                ranges.push(middle..tree.end);
                tree.end = middle;
            } else {
                ranges.push(tree.start..middle);
                tree.start = middle;
            }
        }
        ranges.reverse();
        Some(Self { ranges })
    }

    /// The proof that the tree of `new` leaves is the one of `old` leaves, grown; none if it is smaller.
    /// Between equal sizes, and from nothing, there is nothing to prove: the plan is empty.
    pub fn consistency(old: u64, new: u64) -> Option<Self> {
        if old > new {
            return None;
        }
        let mut ranges = Vec::new();
        if old == 0 || old == new {
            return Some(Self { ranges });
        }
        let mut tree = 0..new;
        // Whether the part of the old tree that is looked at is the whole old tree: then its hash is known
        // to whoever verifies, and is left out.
        let mut whole = true;
        while tree.end > old {
            let middle = tree.start + split(tree.end - tree.start);
            if old <= middle {
                ranges.push(middle..tree.end);
                tree.end = middle;
            } else {
                ranges.push(tree.start..middle);
                tree.start = middle;
                whole = false;
            }
        }
        if !whole {
            ranges.push(tree);
        }
        ranges.reverse();
        Some(Self { ranges })
    }

    /// The root of the tree of `size` leaves, as the only hash; for an empty tree there is none.
    pub fn root(size: u64) -> Self {
        Self { ranges: if size == 0 { Vec::new() } else { std::iter::once(0..size).collect() } }
    }

    /// The tiles it needs.
    pub fn tiles(&self) -> BTreeSet<TileAt> {
        self.ranges.iter().flat_map(|range| nodes(range.clone())).map(Node::tile).collect()
    }

    /// The hashes, from the tiles that [`Self::tiles`] names. A tile may have grown since.
    pub fn hashes<'a>(
        &self,
        tile: impl Fn(TileAt) -> Option<&'a [Digest]>,
    ) -> Result<Vec<Digest>, ShortTile> {
        let hash_of = |range: &Range<u64>| {
            let mut hash = None;
            // From the right: the last node hangs deepest.
            for node in nodes(range.clone()).into_iter().rev() {
                let left = node.hash(&tile)?;
                hash = Some(hash.map_or(left, |right| node_hash(&left, &right)));
            }
            Ok(hash)
        };
        self.ranges.iter().filter_map(|range| hash_of(range).transpose()).collect()
    }
}

/// The largest power of two that is smaller than `leaves`, which are at least two.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// A complete subtree: the leaves from `place` × 2^`height` on, 2^`height` of them.
#[derive(Debug, Clone, Copy)]
struct Node {
    height: u32,
    place: u64,
}

/// The largest complete subtrees that make up a range, from left to right. The range is one that a proof
/// asks for, so it begins at a multiple of a power of two that is not smaller than it is long.
fn nodes(range: Range<u64>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let height = (range.end - start).ilog2();
        nodes.push(Node { height, place: start >> height });
        start += 1 << height;
    }
    nodes
}

impl Node {
    fn tile(self) -> TileAt {
        // At most 64 / 8.
        let level = u8::try_from(self.height / u32::from(HEIGHT)).unwrap_or(u8::MAX);
        TileAt { level, place: (self.place << (self.height % u32::from(HEIGHT))) / WIDTH }
    }

    fn hash<'a>(self, tile: &impl Fn(TileAt) -> Option<&'a [Digest]>) -> Result<Digest, ShortTile> {
        let at = self.tile();
        let first =
            usize::try_from((self.place << (self.height % u32::from(HEIGHT))) % WIDTH).unwrap_or(usize::MAX);
        let count = 1_usize << (self.height % u32::from(HEIGHT));
        let row = tile(at).and_then(|row| row.get(first..first.checked_add(count)?));
        row.and_then(perfect_root).ok_or(ShortTile(at))
    }
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry stands beyond the tree's end.
    #[error("entry {index} is not in a tree of {size}")]
    Beyond {
        /// The entry's index, from 0.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// A tree that became smaller.
    #[error("a tree of {old} cannot have grown into one of {new}")]
    Shrunk {
        /// The older size.
        old: u64,
        /// The newer size.
        new: u64,
    },
    /// It has more or fewer hashes than the sizes ask for.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// It leads to another root.
    #[error("the proof leads to another root")]
    Root,
    /// It leads to another root of the older tree.
    #[error("the proof leads to another root of the older tree")]
    OldRoot,
}

/// Whether the proof shows that `leaf` stands at `index` in this tree (RFC 9162 §2.1.3.2).
///
/// The size itself is not proven by this: it is the checkpoint's signature that ties it to the root.
pub fn verify_inclusion(
    leaf: Digest,
    index: u64,
    tree: TreeHead,
    proof: &[Digest],
) -> Result<(), ProofError> {
    let TreeHead { size, root } = tree;
    if index >= size {
        return Err(ProofError::Beyond { index, size });
    }
    let (mut place, mut last) = (index, size - 1);
    let mut hash = leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    match (last == 0, hash == root) {
        (false, _) => Err(ProofError::Length),
        (true, false) => Err(ProofError::Root),
        (true, true) => Ok(()),
    }
}

/// Whether the proof shows that the newer tree is the older one, grown (RFC 9162 §2.1.4.2).
///
/// From an empty tree everything may grow; its root must be the empty tree's.
pub fn verify_consistency(older: TreeHead, newer: TreeHead, proof: &[Digest]) -> Result<(), ProofError> {
    let (TreeHead { size: old, root: old_root }, TreeHead { size: new, root: new_root }) = (older, newer);
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        let expected = if old == 0 { empty_root() } else { new_root };
        return match (proof.is_empty(), old_root == expected) {
            (false, _) => Err(ProofError::Length),
            (true, false) => Err(ProofError::OldRoot),
            (true, true) if new == 0 && new_root != expected => Err(ProofError::Root),
            (true, true) => Ok(()),
        };
    }
    // The old tree itself is a complete subtree of the new one: it begins its own proof.
    let mut hashes = old.is_power_of_two().then_some(old_root).into_iter().chain(proof.iter().copied());
    let (mut place, mut last) = (old - 1, new - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let first = hashes.next().ok_or(ProofError::Length)?;
    let (mut old_hash, mut new_hash) = (first, first);
    for hash in hashes {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(&hash, &old_hash);
            new_hash = node_hash(&hash, &new_hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, &hash);
        }
        place >>= 1;
        last >>= 1;
    }
    match (last == 0, old_hash == old_root, new_hash == new_root) {
        (false, _, _) => Err(ProofError::Length),
        (true, false, _) => Err(ProofError::OldRoot),
        (true, true, false) => Err(ProofError::Root),
        (true, true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
