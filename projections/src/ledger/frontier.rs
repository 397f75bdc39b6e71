//! The tree's growing edge: all that is needed to add leaves and to tell the root.

use scribe_domain::event_store::TreeHead;
use scribe_domain::values::Digest;

use super::hash::{empty_root, node};

/// The roots of the perfect trees that a tree is made of, the largest first: one for each bit of its size.
/// At most 64 hashes, however long the record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    perfect: Vec<Digest>,
}

/// A node over a whole number of leaves, complete for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    /// How many times two leaves are below it, as a power: 0 for a leaf.
    pub height: u8,
    /// Its number among the nodes of its height, from 0.
    pub place: u64,
    /// Its hash.
    pub hash: Digest,
}

impl Frontier {
    /// The edge of a tree of this size, from the roots of its perfect trees, the largest first; `None` if
    /// they are not as many as such a tree has.
    pub fn resume(size: u64, perfect: Vec<Digest>) -> Option<Self> {
        (perfect.len() as u64 == u64::from(size.count_ones())).then_some(Self { size, perfect })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, and tells of every node above it that is now complete, the lowest first.
    pub fn push(&mut self, leaf: Digest, mut completed: impl FnMut(Completed)) {
        let mut hash = leaf;
        for height in 0..u8::try_from(self.size.trailing_ones()).unwrap_or(u8::MAX) {
            // A set bit of the size is a perfect tree on the stack.
            let Some(left) = self.perfect.pop() else { break };
            hash = node(&left, &hash);
            completed(Completed { height: height + 1, place: self.size >> (height + 1), hash });
        }
        self.perfect.push(hash);
        self.size += 1;
    }

    /// The root (RFC 6962 §2.1).
    pub fn root(&self) -> Digest {
        let from_the_smallest = self.perfect.iter().rev().copied();
        from_the_smallest.reduce(|right, left| node(&left, &right)).unwrap_or_else(empty_root)
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tile::perfect_root;
    use super::*;

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|number| Digest::of(&number.to_be_bytes())).collect()
    }

    /// As the standard words it: split at the largest power of two below the size.
    fn naive_root(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node(&naive_root(left), &naive_root(right))
            }
        }
    }

    #[test]
    fn its_root_is_the_standards_at_every_size() {
        let leaves = leaves(600);
        let mut frontier = Frontier::default();
        for (size, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.root(), naive_root(&leaves[..size]), "{size}");
            frontier.push(*leaf, |_| {});
            assert_eq!(frontier.size(), size as u64 + 1);
        }
    }

    proptest! {
        #[test]
        fn it_tells_of_every_complete_node_once(size in 0_u64..700) {
            let leaves = leaves(size);
            let mut told = Vec::new();
            let mut frontier = Frontier::default();
            for leaf in &leaves {
                frontier.push(*leaf, |node| told.push(node));
            }
            for node in &told {
                let first = usize::try_from(node.place << node.height).unwrap();
                let below = &leaves[first..first + (1 << node.height)];
                prop_assert_eq!(Some(node.hash), perfect_root(below));
            }
            let complete: u64 = (1..10).map(|height| size >> height).sum();
            prop_assert_eq!(told.len() as u64, complete);
        }

        #[test]
        fn it_goes_on_from_anywhere(size in 0_u64..700, cut in 0_u64..700) {
            let leaves = leaves(size);
            let cut = cut.min(size);
            let mut whole = Frontier::default();
            let mut resumed = Frontier::default();
            for (place, leaf) in (0..).zip(&leaves) {
                if place == cut {
                    let mut first = 0;
                    let perfect = (0..64).rev().filter(|bit| cut >> bit & 1 == 1).map(|bit| {
                        let below = &leaves[first..first + (1 << bit)];
                        first += 1 << bit;
                        perfect_root(below).unwrap()
                    });
                    resumed = Frontier::resume(cut, perfect.collect()).unwrap();
                    prop_assert_eq!(&resumed, &whole);
                }
                whole.push(*leaf, |_| {});
                resumed.push(*leaf, |_| {});
            }
            prop_assert_eq!(whole.head(), resumed.head());
            prop_assert_eq!(Frontier::resume(size, vec![empty_root(); 65]), None);
        }
    }
}
