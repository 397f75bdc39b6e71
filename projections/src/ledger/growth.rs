//! A consistency proof as a file: that a record is an older one, grown.

use scribe_domain::values::Digest;
use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::proof::{ProofError, verify_consistency};

/// The proof between two sizes of one record. It says nothing by itself: the roots stand in two checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// The older size.
    pub old_size: u64,
    /// The newer size.
    pub new_size: u64,
    /// The hashes, as RFC 6962 §2.1.2 orders them.
    pub hashes: Vec<Digest>,
}

/// Why a proof does not lead from one checkpoint to another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoGrowth {
    /// It is about other sizes.
    #[error("the proof leads from {} to {} events, the checkpoints from {old} to {new}", .proof.0, .proof.1)]
    OtherSizes {
        /// The proof's sizes.
        proof: (u64, u64),
        /// The older checkpoint's size.
        old: u64,
        /// The newer checkpoint's size.
        new: u64,
    },
    /// They speak of different records.
    #[error("the checkpoints are of two logs")]
    OtherOrigin,
    /// It does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl Growth {
    /// Whether it shows that the newer checkpoint's record is the older one's, grown.
    pub fn verify(&self, old: &Checkpoint, new: &Checkpoint) -> Result<(), NoGrowth> {
        if old.origin != new.origin {
            return Err(NoGrowth::OtherOrigin);
        }
        if (self.old_size, self.new_size) != (old.head.size, new.head.size) {
            let proof = (self.old_size, self.new_size);
            return Err(NoGrowth::OtherSizes { proof, old: old.head.size, new: new.head.size });
        }
        Ok(verify_consistency(old.head, new.head, &self.hashes)?)
    }
}

#[cfg(test)]
mod tests {
    use scribe_domain::event_store::TreeHead;

    use super::super::note::KeyName;
    use super::*;

    #[test]
    fn a_record_grows_from_one_checkpoint_of_its_log_to_another() {
        let said = |log: &str, size: u64| {
            Checkpoint::of(KeyName::new(log).unwrap(), TreeHead { size, root: Digest::of(b"one tree") })
        };
        let same = Growth { old_size: 3, new_size: 3, hashes: Vec::new() };
        let (old, other) = (said("scribe", 3), said("another", 3));
        assert_eq!(same.verify(&old, &old), Ok(()));
        assert_eq!(same.verify(&old, &other), Err(NoGrowth::OtherOrigin));
        for (from, to) in [(2, 3), (3, 4)] {
            let sizes = NoGrowth::OtherSizes { proof: (3, 3), old: from, new: to };
            assert_eq!(same.verify(&said("scribe", from), &said("scribe", to)), Err(sizes));
        }
    }
}
