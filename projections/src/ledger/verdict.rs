//! What somebody who read the whole record again found out about it.

use scribe_domain::values::Digest;
use serde::{Deserialize, Serialize};

use super::signers::Standing;

/// Whether the record is what it says it is, and if not, where it stops being so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Verdict {
    /// Whether nothing is wrong. Who signed may all the same not be proven: see [`Verdict::unproven`].
    pub holds: bool,
    /// How many checkpoints are signed only by keys that are not known here: no damage, and no proof either.
    #[serde(default)]
    pub unproven: u64,
    /// How many events were read.
    pub events: u64,
    /// In how many appends.
    pub appends: u64,
    /// Of how many incidents.
    pub incidents: u64,
    /// How many of the events are erased.
    pub erased: u64,
    /// How many signed checkpoints were compared.
    pub checkpoints: u64,
    /// The tree's root over all events, computed anew.
    pub root: Digest,
    /// How many bytes were hashed.
    pub bytes: u64,
    /// What is wrong: the first position first, and what has no position last. At most
    /// [`Verdict::FINDINGS`]; what follows from something that was found already is not told again.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
    /// Who signed the checkpoints, and how they are known.
    #[serde(default)]
    pub signers: Vec<SignedBy>,
    /// What is not wrong, but should be known: checkpoints that their signers took back. At most
    /// [`Verdict::FINDINGS`].
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// One key that signed checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SignedBy {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// The key, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How it is known.
    pub standing: Standing,
    /// How many checkpoints it signed, those that were withdrawn left out.
    pub checkpoints: u64,
    /// The size of the largest of them.
    pub up_to: u64,
    /// How many it withdrew.
    pub withdrawn: u64,
}

impl Verdict {
    /// The most findings that are told one by one.
    pub const FINDINGS: usize = 20;
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// The position where it is, or where it begins; none for what lies in no particular place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// What kind of thing it is.
    pub kind: Flaw,
    /// What is wrong, for a person.
    pub what: String,
}

/// The kinds of things that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Positions are missing, doubled or in disorder.
    Order,
    /// An incident's revisions are not 1, 2, 3 …
    Revision,
    /// A recorded time is not the latest stamp of all events up to there.
    Time,
    /// A row does not read, or says something else than the events in it.
    Row,
    /// The tree's root after an append is not the one that was kept with it: the append, or something in it,
    /// was changed.
    Root,
    /// A node of the tree is not what the events say.
    Tree,
    /// A checkpoint speaks of other events.
    Checkpoint,
    /// A checkpoint's signature is wrong.
    Signature,
    /// A checkpoint is signed by nobody who was named, or, where nobody was, by nobody who announced itself.
    UnknownSigner,
    /// The record ends before a checkpoint does.
    Truncated,
    /// Nothing vouches for what remains of an erased event.
    Erasure,
    /// The file itself is damaged.
    File,
}
