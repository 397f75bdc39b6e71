//! Against the definitions of RFC 6962 §2.1, written down as they stand there, and against the vectors of
//! Certificate Transparency's own tests (transparency-dev/merkle, `testonly/`).

use std::cell::RefCell;
use std::collections::HashMap;

use proptest::prelude::*;
use scribe_domain::values::Digest;

use super::*;
use crate::ledger::hash::leaf_of;

/// The definitions over some leaves. Roots are computed once: every pair of three hundred sizes asks for
/// the same ones again and again.
struct Naive {
    leaves: Vec<Digest>,
    known: RefCell<HashMap<Range<usize>, Digest>>,
}

impl Naive {
    fn over(leaves: Vec<Digest>) -> Self {
        Self { leaves, known: RefCell::default() }
    }

    /// The largest power of two that is smaller than the number of leaves, from where they begin.
    fn middle(range: &Range<usize>) -> usize {
        range.start + range.len().next_power_of_two() / 2
    }

    /// MTH of RFC 6962 §2.1.
    fn root(&self, range: Range<usize>) -> Digest {
        if let Some(known) = self.known.borrow().get(&range) {
            return *known;
        }
        let root = match range.len() {
            0 => empty_root(),
            1 => self.leaves[range.start],
            _ => {
                let middle = Self::middle(&range);
                node_hash(&self.root(range.start..middle), &self.root(middle..range.end))
            }
        };
        self.known.borrow_mut().insert(range, root);
        root
    }

    fn head(&self, size: u64) -> TreeHead {
        TreeHead { size, root: self.root(0..usize::try_from(size).unwrap()) }
    }

    /// PATH of RFC 6962 §2.1.1.
    fn path(&self, index: usize, range: Range<usize>) -> Vec<Digest> {
        if range.len() == 1 {
            return Vec::new();
        }
        let middle = Self::middle(&range);
        let (left, right) = (range.start..middle, middle..range.end);
        let (mut path, other) =
            if index < middle { (self.path(index, left), right) } else { (self.path(index, right), left) };
        path.push(self.root(other));
        path
    }

    /// SUBPROOF of RFC 6962 §2.1.2; `old` is where the older tree ends.
    fn subproof(&self, old: usize, range: Range<usize>, whole: bool) -> Vec<Digest> {
        if old == range.end {
            return if whole { Vec::new() } else { vec![self.root(range)] };
        }
        let middle = Self::middle(&range);
        let (left, right) = (range.start..middle, middle..range.end);
        let (mut proof, other) = if old <= middle {
            (self.subproof(old, left, whole), right)
        } else {
            (self.subproof(old, right, false), left)
        };
        proof.push(self.root(other));
        proof
    }
}

fn leaves(count: usize) -> Vec<Digest> {
    (0..count).map(|index| leaf_of(&index.to_be_bytes())).collect()
}

/// The tiles of a tree, by level.
struct Tiles(Vec<Vec<Digest>>);

impl Tiles {
    fn of(leaves: &[Digest]) -> Self {
        let mut levels = vec![leaves.to_vec()];
        while let Some(row) = levels.last().filter(|row| row.len() >= 256) {
            let above = row.chunks_exact(256).filter_map(perfect_root).collect();
            levels.push(above);
        }
        Self(levels)
    }

    fn get(&self, at: TileAt) -> Option<&[Digest]> {
        self.0.get(usize::from(at.level))?.chunks(256).nth(usize::try_from(at.place).ok()?)
    }

    /// What the plan computes, out of no other tiles than those it asked for.
    fn compute(&self, plan: &Plan) -> Vec<Digest> {
        let asked = plan.tiles();
        plan.hashes(|at| self.get(at).filter(|_| asked.contains(&at))).unwrap()
    }
}

fn digest(hex: &str) -> Digest {
    format!("sha256:{hex}").parse().unwrap()
}

const CT_LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Index, size, proof.
const CT_INCLUSION: [(u64, u64, &[&str]); 4] = [
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

/// Old size, new size, proof.
const CT_CONSISTENCY: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

#[test]
fn certificate_transparencys_own_vectors() {
    let leaves: Vec<Digest> = CT_LEAVES.iter().map(|entry| leaf_of(entry)).collect();
    let tiles = Tiles::of(&leaves);
    let known = |size: u64| TreeHead { size, root: digest(CT_ROOTS[usize::try_from(size).unwrap()]) };
    for size in 0..=8 {
        let computed = tiles.compute(&Plan::root(size)).pop().unwrap_or(empty_root());
        assert_eq!(computed, known(size).root, "size {size}");
    }
    for (index, size, hashes) in CT_INCLUSION {
        let proof = tiles.compute(&Plan::inclusion(index, size).unwrap());
        assert_eq!(proof, hashes.iter().copied().map(digest).collect::<Vec<_>>(), "{index} in {size}");
        let leaf = leaves[usize::try_from(index).unwrap()];
        assert_eq!(verify_inclusion(leaf, index, known(size), &proof), Ok(()));
    }
    for (old, new, hashes) in CT_CONSISTENCY {
        let proof = tiles.compute(&Plan::consistency(old, new).unwrap());
        assert_eq!(proof, hashes.iter().copied().map(digest).collect::<Vec<_>>(), "{old} to {new}");
        assert_eq!(verify_consistency(known(old), known(new), &proof), Ok(()));
    }
}

#[test]
fn every_pair_of_sizes_is_as_the_definition_says_and_verifies() {
    let naive = Naive::over(leaves(300));
    let tiles = Tiles::of(&naive.leaves);
    let computed = |plan: &Plan, pair: u64| {
        let root = |range: &Range<u64>| {
            naive.root(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap())
        };
        let hashes: Vec<Digest> = plan.ranges.iter().map(root).collect();
        // Out of tiles as well, which costs a hundred times as many hashes.
        if pair.is_multiple_of(17) {
            assert_eq!(tiles.compute(plan), hashes);
        }
        hashes
    };
    for new in 0..=300_u64 {
        let (tree, length) = (naive.head(new), usize::try_from(new).unwrap());
        for old in 0..new {
            let place = usize::try_from(old).unwrap();
            let proof = computed(&Plan::consistency(old, new).unwrap(), new * 300 + old);
            if old > 0 {
                assert_eq!(proof, naive.subproof(place, 0..length, true), "{old} to {new}");
            }
            assert_eq!(verify_consistency(naive.head(old), tree, &proof), Ok(()), "{old} to {new}");

            let proof = computed(&Plan::inclusion(old, new).unwrap(), new * 300 + old);
            assert_eq!(proof, naive.path(place, 0..length), "{old} in {new}");
            assert_eq!(verify_inclusion(naive.leaves[place], old, tree, &proof), Ok(()), "{old} in {new}");
        }
        assert_eq!(verify_consistency(tree, tree, &[]), Ok(()));
        assert_eq!(tiles.compute(&Plan::root(new)).pop().unwrap_or(empty_root()), tree.root);
    }
}

#[test]
fn what_cannot_be_proven_has_no_plan_and_what_is_missing_is_told() {
    assert_eq!(Plan::inclusion(3, 3), None);
    assert_eq!(Plan::inclusion(0, 0), None);
    assert_eq!(Plan::consistency(4, 3), None);
    let plan = Plan::inclusion(300, 600).unwrap();
    assert_eq!(plan.hashes(|_| None), Err(ShortTile(TileAt { level: 0, place: 1 })));
    let short = leaves(400);
    let tiles = Tiles::of(&short);
    assert!(plan.hashes(|at| tiles.get(at)).is_err());
}

#[test]
fn the_ends_of_the_numbers_do_not_panic() {
    for size in [1, 2, u64::MAX / 2, u64::MAX / 2 + 1, u64::MAX / 2 + 2, u64::MAX - 1, u64::MAX] {
        for index in [0, 1, size / 2, size - 1] {
            for plan in [Plan::inclusion(index, size), Plan::consistency(index, size), Some(Plan::root(size))]
            {
                let tiles = plan.map(|plan| plan.tiles()).unwrap_or_default();
                assert!(tiles.iter().all(|tile| tile.level < 8), "{tiles:?}");
            }
        }
    }
}

fn flipped(hash: Digest, bit: usize) -> Digest {
    let mut bytes = hash.0;
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Digest(bytes)
}

/// Some proof with one thing wrong about its hashes.
fn distorted(proof: &[Digest], which: usize, bit: usize) -> Vec<Vec<Digest>> {
    let distort = |how: &dyn Fn(&mut Vec<Digest>, usize)| {
        let mut other = proof.to_vec();
        how(&mut other, which % proof.len().max(1));
        other
    };
    let mut all = vec![distort(&|proof, _| proof.push(Digest::of(b"one more")))];
    if !proof.is_empty() {
        all.push(distort(&|proof, which| proof[which] = flipped(proof[which], bit)));
        all.push(distort(&|proof, which| {
            proof.remove(which);
        }));
        all.push(distort(&|proof, which| proof.insert(which, proof[which])));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_changed_bit_of_an_inclusion_proof_goes_unseen(
        size in 1_usize..1_000, place in any::<prop::sample::Index>(), bit in 0_usize..256, which in any::<usize>(),
    ) {
        let naive = Naive::over(leaves(size));
        let place = place.index(size);
        let (leaf, index, tree) = (naive.leaves[place], place as u64, naive.head(size as u64));
        let proof = Tiles::of(&naive.leaves).compute(&Plan::inclusion(index, tree.size).unwrap());
        prop_assert_eq!(verify_inclusion(leaf, index, tree, &proof), Ok(()));

        let other_root = TreeHead { root: flipped(tree.root, bit), ..tree };
        prop_assert!(verify_inclusion(flipped(leaf, bit), index, tree, &proof).is_err());
        prop_assert!(verify_inclusion(leaf, index, other_root, &proof).is_err());
        prop_assert!(verify_inclusion(leaf, index ^ (1 << (bit % 64)), tree, &proof).is_err());
        for other in distorted(&proof, which, bit) {
            prop_assert!(verify_inclusion(leaf, index, tree, &other).is_err());
        }
    }

    #[test]
    fn no_changed_bit_of_a_consistency_proof_goes_unseen(
        new in 2_usize..1_000, old in any::<prop::sample::Index>(), bit in 0_usize..256, which in any::<usize>(),
    ) {
        let naive = Naive::over(leaves(new));
        let (older, newer) = (naive.head(1 + old.index(new - 1) as u64), naive.head(new as u64));
        let proof = Tiles::of(&naive.leaves).compute(&Plan::consistency(older.size, newer.size).unwrap());
        prop_assert_eq!(verify_consistency(older, newer, &proof), Ok(()));

        let changed = |head: TreeHead| TreeHead { root: flipped(head.root, bit), ..head };
        prop_assert!(verify_consistency(changed(older), newer, &proof).is_err());
        prop_assert!(verify_consistency(older, changed(newer), &proof).is_err());
        for other in distorted(&proof, which, bit) {
            prop_assert!(verify_consistency(older, newer, &other).is_err());
        }
    }

    #[test]
    fn nothing_at_all_panics(
        leaf in any::<[u8; 32]>(), index in any::<u64>(), size in any::<u64>(),
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let proof: Vec<Digest> = proof.into_iter().map(Digest).collect();
        let (other, tree) = (TreeHead { size: index, root: Digest(leaf) }, TreeHead { size, root: Digest::of(b"x") });
        prop_assert!(verify_inclusion(Digest(leaf), index, tree, &proof).is_err());
        prop_assert!(verify_consistency(other, tree, &proof).is_err());
    }
}
