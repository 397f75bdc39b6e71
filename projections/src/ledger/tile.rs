//! The tree cut into tiles of 256 hashes (C2SP tlog-tiles), by which it is stored and served.
//!
//! A tile of level *l* holds nodes of height 8 × *l*: of level 0 the leaves, of level 1 the roots of 256
//! leaves each, and so on. Nodes in between are computed from a tile's hashes.

use scribe_domain::values::Digest;

use super::hash::node;

/// How many hashes a whole tile has.
pub const WIDTH: u64 = 256;
/// How much higher the nodes of one level are than those of the level below.
pub const HEIGHT: u8 = 8;
/// The highest level that a record can reach: eight times eight bits count more events than positions do.
pub const TOP: u8 = 7;

/// How many nodes a tree of this size has on a level, whole ones only.
pub fn nodes(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0)
}

/// How many hashes the tile has in a tree of this size: 256 for a whole tile, 0 beyond the edge.
pub fn width(size: u64, level: u8, place: u64) -> u64 {
    match place.checked_mul(WIDTH) {
        Some(first) => nodes(size, level).saturating_sub(first).min(WIDTH),
        None => 0,
    }
}

/// The root over a power of two of neighbouring nodes; `None` over any other number of them.
pub fn perfect_root(hashes: &[Digest]) -> Option<Digest> {
    match hashes {
        [one] => Some(*one),
        _ if hashes.len().is_power_of_two() => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            Some(node(&perfect_root(left)?, &perfect_root(right)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_as_wide_as_the_tree_reaches() {
        assert_eq!((width(0, 0, 0), width(1, 0, 0), width(256, 0, 0), width(257, 0, 0)), (0, 1, 256, 256));
        assert_eq!((width(257, 0, 1), width(257, 1, 0), width(257, 0, 2)), (1, 1, 0));
        assert_eq!((width(70_000, 1, 0), width(70_000, 1, 1), width(70_000, 2, 0)), (256, 17, 1));
        assert_eq!(
            (width(u64::MAX, TOP, 0), width(u64::MAX, TOP + 1, 0), width(9, 0, u64::MAX)),
            (255, 0, 0)
        );
    }

    #[test]
    fn only_a_power_of_two_has_a_perfect_root() {
        let leaves: Vec<Digest> = (0..4_u8).map(|n| Digest::of(&[n])).collect();
        let [a, b, c, d] = leaves[..] else { unreachable!() };
        assert_eq!(perfect_root(&leaves), Some(node(&node(&a, &b), &node(&c, &d))));
        assert_eq!(perfect_root(&leaves[..1]), Some(a));
        assert_eq!(perfect_root(&leaves[..3]), None);
        assert_eq!(perfect_root(&[]), None);
    }
}
