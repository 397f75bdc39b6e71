//! The proof of one event as one file, which anyone can check without us: C2SP tlog-proof.
//!
//! It carries a signed checkpoint, the event's index and the hashes from its leaf up to the root. The event
//! itself stands in the format's `extra` line, as base64 of a JSON object, so that whoever checks the file also
//! reads what was said. An erased event's file carries its header and the digest of what was erased.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use scribe_domain::event_store::{Body, Kept, Salt};
use scribe_domain::ids::Position;
use scribe_domain::values::Digest;
use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, CheckpointError, root_hash};
use super::hash::{HeaderTooLong, leaf};
use super::note::{VerifierKey, from_base64};
use super::proof::{ProofError, verify_inclusion};

/// The file's first line.
const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// More hashes than the largest tree asks for.
const HASHES: usize = 64;

/// The proof that one event is in the record of which a checkpoint speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionFile {
    /// The event.
    pub event: ProvenEvent,
    /// Its leaf's index, from 0.
    pub index: u64,
    /// From the leaf's sibling to the root's child.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

/// An event in the words of its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum ProvenEvent {
    /// As it was told.
    Told {
        /// The header's JSON, byte for byte.
        header: Box<str>,
        /// The payload's JSON, byte for byte.
        payload: Box<str>,
        /// What was hashed with it.
        #[serde(with = "salt")]
        salt: Salt,
    },
    /// Its words were erased.
    Erased {
        /// The header's JSON, byte for byte.
        header: Box<str>,
        /// The digest of salt and payload.
        erased: Digest,
    },
}

impl ProvenEvent {
    /// What a proof says of a kept event. What remains of an erased one is not part of its leaf, so nothing
    /// here would vouch for it.
    pub fn of(kept: &Kept) -> Self {
        let header = kept.header.clone();
        match &kept.body {
            Body::Told { payload, salt } => Self::Told { header, payload: payload.clone(), salt: *salt },
            Body::Erased { digest, .. } => Self::Erased { header, erased: *digest },
        }
    }

    /// The header's JSON.
    pub fn header(&self) -> &str {
        match self {
            Self::Told { header, .. } | Self::Erased { header, .. } => header,
        }
    }

    /// Its leaf.
    pub fn leaf(&self) -> Result<Digest, HeaderTooLong> {
        match self {
            Self::Told { header, payload, salt } => leaf(header, &salt.digest(payload)),
            Self::Erased { header, erased } => leaf(header, erased),
        }
    }
}

/// Why a proof file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    /// It does not read.
    #[error("is not a proof of an event: {0}")]
    Malformed(&'static str),
    /// Its checkpoint.
    #[error("the checkpoint in it {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Its hashes.
    #[error("{0}: this event is not in the record that the checkpoint speaks of")]
    Proof(#[from] ProofError),
    /// Its header.
    #[error(transparent)]
    Header(#[from] HeaderTooLong),
}

impl InclusionFile {
    /// Reads a file. There is one way to write each proof; another is refused.
    pub fn parse(text: &str) -> Result<Self, BadProof> {
        use BadProof::Malformed;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(Malformed("no blank line stands before a checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(Malformed("its first line is not c2sp.org/tlog-proof@v1"));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let extra = extra.ok_or(Malformed("it does not carry the event"))?;
        let event = event(extra).ok_or(Malformed("the event that it carries does not read"))?;
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.ok_or(Malformed("it has no index"))?;
        let bad_index = Malformed("its index is not a number");
        let index = index.parse().ok().filter(|read: &u64| read.to_string() == index).ok_or(bad_index)?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == HASHES {
                return Err(Malformed("it has too many hashes"));
            }
            hashes.push(root_hash(line).ok_or(Malformed("a hash of it does not read"))?);
        }
        Ok(Self { event, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Where in the record the event stands, if the proof holds.
    pub fn position(&self) -> Position {
        Position(self.index.saturating_add(1))
    }

    /// Makes sure that the event is in the tree of the checkpoint, and that a trusted key signed that.
    pub fn verify(&self, trusted: &[VerifierKey]) -> Result<Checkpoint, BadProof> {
        let checkpoint = Checkpoint::open(&self.checkpoint, trusted)?;
        verify_inclusion(self.event.leaf()?, self.index, checkpoint.head, &self.hashes)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for InclusionFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = serde_json::to_vec(&self.event).map_err(|_| fmt::Error)?;
        writeln!(f, "{FIRST_LINE}\nextra {}\nindex {}", BASE64.encode(&event), self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", BASE64.encode(&hash.0)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

fn event(extra: &str) -> Option<ProvenEvent> {
    let bytes = from_base64(extra)?;
    let event: ProvenEvent = serde_json::from_slice(&bytes).ok()?;
    // So that no two files prove the same, of which one was tampered with where nobody looks.
    (serde_json::to_vec(&event).ok()? == bytes).then_some(event)
}

/// Sixteen bytes as hexadecimal digits.
mod salt {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::{HEXLOWER, Salt};

    pub(super) fn serialize<S: Serializer>(salt: &Salt, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&salt.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Salt, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        bytes.try_into().map(Salt).map_err(|_| D::Error::custom("a salt has 16 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scribe_domain::event_store::TreeHead;

    use super::super::frontier::Frontier;
    use super::super::note::{KeyName, SigningKey};
    use super::*;

    fn key() -> SigningKey {
        SigningKey::new(KeyName::new("example.com/log").unwrap(), &[5; 32])
    }

    fn told() -> Kept {
        Kept {
            position: Position(2),
            starts_append: true,
            header: r#"{"type":"noted","incident":"20230104-a"}"#.into(),
            body: Body::Told { payload: "{\"text\":\"Rolled back\u{1f}.\"}".into(), salt: Salt([0xab; 16]) },
        }
    }

    /// The second of three.
    fn file(kept: &Kept) -> InclusionFile {
        let event = ProvenEvent::of(kept);
        let (before, after) = (Digest::of(b"before"), Digest::of(b"after"));
        let mut tree = Frontier::default();
        for leaf in [before, event.leaf().unwrap(), after] {
            tree.push(leaf, |_| {});
        }
        let checkpoint = Checkpoint::of(KeyName::new("example.com/log").unwrap(), tree.head());
        let checkpoint = checkpoint.sign([&key()]).unwrap().to_string();
        InclusionFile { event, index: 1, hashes: vec![before, after], checkpoint }
    }

    fn verify(text: &str) -> Result<TreeHead, BadProof> {
        let trusted = [key().verifier().clone()];
        InclusionFile::parse(text)?.verify(&trusted).map(|checkpoint| checkpoint.head)
    }

    #[test]
    fn a_file_proves_its_event_and_reads_back() {
        let file = file(&told());
        let text = file.to_string();
        assert_eq!(InclusionFile::parse(&text).unwrap(), file);
        assert_eq!(verify(&text).unwrap().size, 3);
        assert_eq!(file.position(), Position(2));
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra eyJ"), "{text}");
    }

    #[test]
    fn an_erased_event_is_proven_by_what_is_left_of_it() {
        let whole = told();
        let body = Body::Erased { digest: whole.body.digest(), remains: r#"{"text":"[erased]"}"#.into() };
        let erased = file(&Kept { body, ..whole.clone() });
        assert!(verify(&erased.to_string()).is_ok());
        assert_eq!(erased.event.leaf(), file(&whole).event.leaf());
        // The proof that was made before still holds.
        let before = InclusionFile { checkpoint: erased.checkpoint.clone(), ..file(&whole) };
        assert!(verify(&before.to_string()).is_ok());
    }

    #[test]
    fn what_is_not_exactly_a_proof_is_refused() {
        let text = file(&told()).to_string();
        let extra = text.lines().nth(1).unwrap();
        let spaced = r#"{"header":"{}", "payload":"{}","salt":"abababababababababababababababab"}"#;
        let spaced = format!("extra {}", BASE64.encode(spaced.as_bytes()));
        let both =
            r#"{"header":"{}","payload":"{}","salt":"abababababababababababababababab","erased":"sha256:x"}"#;
        for changed in [
            text.replace("@v1", "@v2"),
            text.replace("index 1", "index 01"),
            text.replace("index 1", "index +1"),
            text.replace(&format!("{extra}\n"), ""),
            text.replace(extra, &spaced),
            text.replace(extra, &format!("extra {}", BASE64.encode(both.as_bytes()))),
            text.replace("\n\n", "\n"),
            text.replace(
                "index 1\n",
                &format!("index 1\n{}", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".repeat(70)),
            ),
            String::new(),
        ] {
            assert!(matches!(InclusionFile::parse(&changed), Err(BadProof::Malformed(_))), "{changed}");
        }
        let elsewhere = text.replace("index 1", "index 0");
        assert_eq!(verify(&elsewhere), Err(BadProof::Proof(ProofError::Root)));
        let stranger = [SigningKey::new(KeyName::new("x").unwrap(), &[6; 32]).verifier().clone()];
        assert!(InclusionFile::parse(&text).unwrap().verify(&stranger).is_err());
    }

    #[test]
    fn no_changed_bit_of_a_file_goes_unseen() {
        let erased = Body::Erased { digest: told().body.digest(), remains: "{}".into() };
        for kept in [told(), Kept { body: erased, ..told() }] {
            let text = file(&kept).to_string();
            for place in 0..text.len() * 8 {
                let mut bytes = text.clone().into_bytes();
                bytes[place / 8] ^= 1 << (place % 8);
                let passes = String::from_utf8(bytes).is_ok_and(|text| verify(&text).is_ok());
                assert!(!passes, "bit {} of byte {}: {text}", place % 8, place / 8);
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "c2sp.org/tlog-proof@v1\nextra [A-Za-z0-9+/=]{0,40}\nindex [0-9]{1,25}\n([A-Za-z0-9+/]{43}=\n){0,3}\n\\PC{0,40}") {
            prop_assert!(verify(&text).is_err());
        }
    }
}
