//! Entries, leaves and nodes (RFC 6962 §2.1).

use scribe_domain::values::Digest;
use sha2::{Digest as _, Sha256};

/// The longest header, in bytes: an entry must fit the two bytes that its length has in an entry bundle
/// (C2SP tlog-tiles).
pub const HEADER_LIMIT: usize = u16::MAX as usize - 2 - 32;

/// A header that fits no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a header of {0} bytes; at most {HEADER_LIMIT} fit")]
pub struct HeaderTooLong(pub usize);

/// What an event's leaf is the hash of: its header, and the salted digest of its payload.
pub fn entry(header: &str, body: &Digest) -> Result<Vec<u8>, HeaderTooLong> {
    let mut entry = Vec::with_capacity(2 + header.len() + body.0.len());
    entry.extend(header_length(header)?);
    entry.extend(header.as_bytes());
    entry.extend(body.0);
    Ok(entry)
}

/// The leaf of an event: the same as [`leaf_of`] its [`entry`].
pub fn leaf(header: &str, body: &Digest) -> Result<Digest, HeaderTooLong> {
    let hash = Sha256::new_with_prefix([0]).chain_update(header_length(header)?);
    Ok(Digest(hash.chain_update(header).chain_update(body.0).finalize().into()))
}

fn header_length(header: &str) -> Result<[u8; 2], HeaderTooLong> {
    match u16::try_from(header.len()) {
        Ok(length) if header.len() <= HEADER_LIMIT => Ok(length.to_be_bytes()),
        _ => Err(HeaderTooLong(header.len())),
    }
}

/// The leaf of any entry.
pub fn leaf_of(entry: &[u8]) -> Digest {
    Digest(Sha256::new_with_prefix([0]).chain_update(entry).finalize().into())
}

/// The node over two others.
pub fn node(left: &Digest, right: &Digest) -> Digest {
    Digest(Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of a tree without leaves.
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_the_hash_of_its_entry() {
        let body = Digest::of(b"salt and payload");
        let made = entry(r#"{"type":"noted"}"#, &body).unwrap();
        assert_eq!(made[..4], [0, 16, b'{', b'"']);
        assert_eq!(made[18..], body.0);
        assert_eq!(leaf_of(&made), leaf(r#"{"type":"noted"}"#, &body).unwrap());
    }

    #[test]
    fn a_header_must_fit_its_length() {
        let body = Digest::of(b"");
        let longest = "x".repeat(HEADER_LIMIT);
        assert_eq!(entry(&longest, &body).unwrap().len(), 65_535);
        assert!(leaf(&longest, &body).is_ok());
        let longer = longest + "x";
        assert_eq!(leaf(&longer, &body), Err(HeaderTooLong(HEADER_LIMIT + 1)));
        assert_eq!(entry(&longer, &body), Err(HeaderTooLong(HEADER_LIMIT + 1)));
    }

    /// RFC 6962 §2.1: the hash of an empty list, and of a leaf and a node that hold nothing of ours
    /// (the first of certificate-transparency's test vectors).
    #[test]
    fn hashes_are_those_of_the_standard() {
        let hex = |digest: Digest| digest.to_string().trim_start_matches("sha256:").to_owned();
        assert_eq!(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(leaf_of(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(
            hex(node(&leaf_of(b""), &leaf_of(&[0]))),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }
}
