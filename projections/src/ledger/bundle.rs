//! The addresses of tiles, and bundles of entries (C2SP tlog-tiles): the layout in which existing tools read
//! a transparency log.

use std::fmt;
use std::str::FromStr;

use super::tile::{TOP, WIDTH};

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Hashes of this level.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// A tile's address below `tile/`: `0/x001/x234/067`, or `entries/000.p/17` for one that is not full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePath {
    /// What it holds.
    pub row: Row,
    /// Its place in the row, from 0.
    pub place: u64,
    /// How much of it there is: 1 to 256.
    pub width: u64,
}

impl TilePath {
    /// Whether it shows what was hashed, and not only hashes.
    pub fn shows_headers(&self) -> bool {
        self.row == Row::Entries
    }
}

/// A text that is no tile's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a tile: write LEVEL/NNN, LEVEL/xNNN/NNN or entries/NNN, and .p/W behind it if it is not full"
)]
pub struct BadTilePath;

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Row::Hashes(level) => write!(f, "{level}/")?,
            Row::Entries => f.write_str("entries/")?,
        }
        let mut groups = Vec::new();
        let mut rest = self.place;
        while rest >= 1000 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        if !groups.is_empty() {
            write!(f, "x{rest:03}/")?;
            for group in groups.drain(1..).rev() {
                write!(f, "x{group:03}/")?;
            }
            rest = groups.pop().unwrap_or(0);
        }
        write!(f, "{rest:03}")?;
        if self.width < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for TilePath {
    type Err = BadTilePath;

    fn from_str(text: &str) -> Result<Self, BadTilePath> {
        let (row, rest) = text.split_once('/').ok_or(BadTilePath)?;
        let row = match row {
            "entries" => Row::Entries,
            level => Row::Hashes(plain(level).filter(|level| *level <= TOP).ok_or(BadTilePath)?),
        };
        let (place, width) = match rest.split_once(".p/") {
            Some((place, width)) => {
                (place, plain(width).filter(|width| (1..WIDTH).contains(width)).ok_or(BadTilePath)?)
            }
            None => (rest, WIDTH),
        };
        let path = Self { row, place: numbered(place).ok_or(BadTilePath)?, width };
        // One address a tile: what reads in some other way, such as with groups too many, is none.
        if path.to_string() == text { Ok(path) } else { Err(BadTilePath) }
    }
}

fn plain<T: FromStr>(digits: &str) -> Option<T> {
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

fn numbered(groups: &str) -> Option<u64> {
    let mut number = 0_u64;
    for group in groups.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        number = number.checked_mul(1000)?.checked_add(plain(digits).filter(|group| *group < 1000)?)?;
    }
    Some(number)
}

/// Entries behind each other, each with its length before it (2 bytes, big-endian). None if one is longer
/// than 65,535 bytes, which no [entry](super::hash::entry) is.
pub fn pack<E: AsRef<[u8]>>(entries: impl IntoIterator<Item = E>) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        bundle.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend(entry);
    }
    Some(bundle)
}

/// The entries of a bundle; none if it ends in the middle of one.
pub fn unpack(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bundle = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_those_of_the_specification() {
        let path = |row, place, width| TilePath { row, place, width };
        for (text, path) in [
            ("0/x001/x234/067", path(Row::Hashes(0), 1_234_067, 256)),
            ("1/000", path(Row::Hashes(1), 0, 256)),
            ("0/273.p/112", path(Row::Hashes(0), 273, 112)),
            ("entries/x001/000.p/1", path(Row::Entries, 1000, 1)),
            ("entries/x012/x345/x678/900", path(Row::Entries, 12_345_678_900, 256)),
        ] {
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse(), Ok(path));
        }
    }

    #[test]
    fn a_tile_has_one_address() {
        for text in [
            "",
            "0",
            "0/",
            "/000",
            "0/1",
            "0/0001",
            "0/x000/001",
            "0/001/002",
            "0/x001",
            "0/x01/002",
            "00/000",
            "+1/000",
            "8/000",
            "64/000",
            "data/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "0/000.p",
            "0/000/",
            "0/-01",
            "0/x001/x234/067.p/1.p/2",
            "0/x018/x446/x744/x073/x709/x551/616",
        ] {
            assert_eq!(text.parse::<TilePath>(), Err(BadTilePath), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_address_reads_back(level in 0_u8..=TOP, place in any::<u64>(), shift in 0_u32..64, width in 1..=WIDTH) {
            for row in [Row::Hashes(level), Row::Entries] {
                let path = TilePath { row, place: place >> shift, width };
                prop_assert_eq!(path.to_string().parse(), Ok(path));
            }
        }

        #[test]
        fn what_is_packed_unpacks(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let bundle = pack(&entries).unwrap();
            prop_assert_eq!(unpack(&bundle).unwrap(), entries);
            for cut in 0..bundle.len() {
                // What still reads has lost whole entries, and says so by their number.
                prop_assert!(unpack(&bundle[..cut]).is_none_or(|read| read.len() < entries_of(&bundle)));
            }
        }
    }

    fn entries_of(bundle: &[u8]) -> usize {
        unpack(bundle).unwrap().len()
    }

    #[test]
    fn an_entry_that_is_too_long_is_not_cut() {
        assert_eq!(pack([vec![0; 65_536]]), None);
        assert_eq!(pack([vec![0; 65_535]]).unwrap().len(), 65_537);
    }
}
