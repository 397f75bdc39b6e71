//! The port to wherever events are kept.
//!
//! What every store promises, each a named check in the contract suite (`tests/`):
//!
//! - an append is all or nothing;
//! - a wrong expected revision is a [`Conflict`](crate::event_store::AppendError::Conflict) that tells the actual one and
//!   leaves no trace;
//! - revisions are 1, 2, 3 … within an incident;
//! - `read` gives what `history` gives, in one total order that never changes and that never later
//!   shows an event before one already read;
//! - a repeated command id returns the first receipt and appends nothing, also after a restart and
//!   under concurrency;
//! - the recorded time at which an event counts is the latest reading of a clock up to it that is not known to be wrong,
//!   so recorded times never go back along positions, whoever stamped them and in whichever store they are read;
//! - a clock that lies behind the record's last time by more than clocks differ is kept beside the stamp, and so is
//!   whoever said whose clock was wrong;
//! - following misses nothing and repeats nothing across the seam between catching up and live;
//! - an acknowledged append survives a kill and a power cut;
//! - bytes come back exactly as given;
//! - every event is a leaf of one tree, whose root at any size never changes (see [`Kept`](crate::event_store::Kept));
//! - an erasure takes an event's words for good, and neither its leaf nor any root changes; a store that
//!   cannot do that says so;
//! - unknown kinds and newer versions are kept and shown as such.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::actor::Actor;
use crate::clocks::Ahead;
use crate::event::IncidentEvent;
use crate::fingerprint::Fingerprint;
use crate::identity::Identity;
use crate::ids::{CommandId, EventId, IncidentId, Position, Revision};
use crate::recorded::Recorded;
use crate::text::Label;
use crate::values::Digest;
use crate::when::When;

/// An event on its way into the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Who told it.
    pub actor: Actor,
    /// When it happened in the world.
    pub occurred: When,
    /// When it happened by the clock of whoever told it, where that was put right.
    pub told: Option<When>,
    /// The teller's own key for it.
    pub source: Option<Label>,
    /// How it is known who told it.
    pub origin: Option<Identity>,
    /// What happened.
    pub event: IncidentEvent,
}

/// A request to keep some events of one incident: all of them or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    /// The incident.
    pub incident: IncidentId,
    /// The revision of its last event, as the caller knows it; [`Revision::NEW`] for none.
    pub expected: Revision,
    /// The request; the same again is the same request.
    pub command_id: CommandId,
    /// What was asked, if anything was: kept beside the first event.
    pub request: Option<Fingerprint>,
    /// At least one and at most [`Append::LIMIT`] events.
    pub events: Vec<Draft>,
}

impl Append {
    /// The most events in one append.
    pub const LIMIT: usize = 10_000;
}

/// Proof that a request was taken: what it added, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Receipt {
    /// The incident.
    pub incident: IncidentId,
    /// The incident's revision after the request.
    pub revision: Revision,
    /// The position of the request's last event; a view that has seen it shows the request's effect.
    pub position: Position,
    /// The ids of the events it added, in order; empty when there was nothing to do.
    pub events: Vec<EventId>,
    /// Their places in the whole record.
    pub positions: Vec<Position>,
    /// Their leaves in the ledger: what a later proof must show to be there.
    pub leaves: Vec<Digest>,
}

/// Why an append was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The incident has moved on. Nothing was kept.
    #[error("the incident is at revision {actual}, not at the expected {expected}")]
    Conflict {
        /// What the caller expected.
        expected: Revision,
        /// What it is.
        actual: Revision,
    },
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The store says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Not now: full, busy, or stopped after a failed write. Nothing of the request was acknowledged;
    /// it may safely be sent again with the same command id.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// Not now, and not later either, until somebody changes something: a login, a right, a certificate, an
    /// address. Nothing of the request was done, and sending it again alone will not help.
    #[error("the store cannot be used: {why}")]
    Barred {
        /// What stands in the way.
        why: String,
        /// What to change, and whose it is.
        remedy: String,
    },
    /// This machine's clock and the store's differ by more than is tolerated, so that nobody could tell when something
    /// was recorded. Nothing of the request was done; it may be sent again once the clock is right.
    #[error("a clock is wrong: {why}")]
    ClockWrong {
        /// What each of the two says.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// The store has the append; what is read here does not show it yet. Asking again with the same command id
    /// gets its receipt once it does.
    #[error("the store has it, but it is not shown here yet: {0}")]
    NotShown(String),
    /// What is kept cannot be read as a record: damaged, or written by something else.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The request itself does not fit the store.
    #[error("the store cannot take this: {0}")]
    Unacceptable(String),
    /// An event is erased: nobody reads its words in the record any more. But copies of them are still
    /// to be wiped, and could not be.
    #[error("erased, but the old words may still lie in the record's file: {0}")]
    NotWiped(String),
}

/// An event as the store keeps it: the very bytes, for export, copying and proofs.
///
/// Its leaf in the ledger is made from them: the hash of the header and of the body's
/// [digest](Body::digest).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its place in the whole record.
    pub position: Position,
    /// Whether it is the first of its append.
    pub starts_append: bool,
    /// The header's JSON, byte for byte.
    pub header: Box<str>,
    /// What it tells, or what an erasure left of it.
    pub body: Body,
}

impl Kept {
    /// The payload's JSON, or what remains of it: what the event is read from.
    pub fn payload(&self) -> &str {
        match &self.body {
            Body::Told { payload, .. } => payload,
            Body::Erased { remains, .. } => remains,
        }
    }
}

/// An event as far as it can still be made out, whether or not what is kept of it is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Salvaged {
    /// As it was written.
    Whole(Kept),
    /// It is not, and what it told is lost.
    Lost(Lost),
}

/// An event that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Its place in the record, by what stands before and behind it.
    pub position: Position,
    /// Its header as it stands there, if it reads and is of the incident that the store has it under. Nothing of it is
    /// to be shown as what was told.
    pub header: Option<Box<str>>,
    /// What is wrong with it.
    pub why: String,
}

/// An event's payload, or what an erasure left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// As it was told.
    Told {
        /// The payload's JSON, byte for byte.
        payload: Box<str>,
        /// What keeps others from guessing a short payload by its digest.
        salt: Salt,
    },
    /// The words are gone.
    Erased {
        /// The digest of the payload as it was told.
        digest: Digest,
        /// The payload with every free text taken out, so that it still reads as the event it was. It is
        /// not part of the leaf: its own digest stands in the `redacted` event.
        remains: Box<str>,
    },
}

impl Body {
    /// The salted digest of the payload, which stays when the payload goes.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Told { payload, salt } => salt.digest(payload),
            Self::Erased { digest, .. } => *digest,
        }
    }
}

/// Random bytes that are hashed with a payload. They go when the payload goes: without them, nobody can
/// find an erased text by trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; Salt::LEN]);

impl Salt {
    /// How many bytes.
    pub const LEN: usize = 16;

    /// The digest of a payload under this salt: SHA-256 of both.
    pub fn digest(&self, payload: &str) -> Digest {
        Digest(Sha256::new().chain_update(self.0).chain_update(payload).finalize().into())
    }
}

/// The whole record in one number: the root of the tree over its first events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// How many events.
    pub size: u64,
    /// The root (RFC 6962 §2.1).
    pub root: Digest,
}

/// A signed statement of the tree's root at some size, as it was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// How many events it covers.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

/// Whose words to take out, and what stays.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// The event's place in the incident of the append that goes with this.
    pub revision: Revision,
    /// The payload without its free texts.
    pub remains: Box<RawValue>,
    /// When copies of the words are wiped.
    pub wiping: Wiping,
}

/// When copies of erased words are wiped: from a log, from free pages, from snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wiping {
    /// With the erasure, before it is acknowledged.
    #[default]
    AtOnce,
    /// Once for several erasures, when whoever asks for them [scrubs](EventStore::scrub) after the last. Until then, and
    /// after a crash until the record is opened again, nobody reads the words in the record, but they lie in its file.
    ByScrub,
}

/// The record is out of reach, and what is read comes from what is at hand of it.
///
/// Unless that [differs](StaleCause::Differs), all of it is the record's, in its order and without a gap; but
/// others may have recorded more since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Since when nobody has been able to tell.
    pub since: DateTime<Utc>,
    /// Why, for whoever runs the program.
    pub why: String,
    /// Whether it will pass by itself.
    pub cause: StaleCause,
}

/// What keeps a record out of reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaleCause {
    /// It does not answer. That passes when it does.
    OutOfReach,
    /// It says no, and will until somebody changes something.
    Barred {
        /// What to change, and whose it is.
        remedy: String,
    },
    /// What is at hand is not what others have signed for: it is read anew, and until then nothing that is
    /// shown can be relied on.
    Differs,
}

impl Stale {
    /// The same as an error, for who cannot go on without the record.
    pub fn into_error(self) -> StoreError {
        let Self { why, cause, .. } = self;
        match cause {
            StaleCause::OutOfReach | StaleCause::Differs => StoreError::Unavailable(why),
            StaleCause::Barred { remedy } => StoreError::Barred { why, remedy },
        }
    }
}

/// Something that does not stop the record, but that whoever runs it should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreWarning {
    /// The incident that it concerns, if it concerns one.
    pub incident: Option<IncidentId>,
    /// What it is, as a sentence.
    pub what: String,
}

/// By what that counts which is read of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Basis {
    /// How often everything was replaced as a whole, because it was not the record.
    pub edition: u64,
    /// How often somebody had said whose clock was wrong: recorded times change with it.
    pub settlements: u64,
}

/// Where events are kept.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// One incident's events after a revision, in order; empty when there are none.
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError>;

    /// An incident's revision; [`Revision::NEW`] if it has no events.
    async fn revision(&self, incident: &IncidentId) -> Result<Revision, StoreError> {
        let history = self.history(incident, Revision::NEW).await?;
        Ok(history.last().map_or(Revision::NEW, |last| last.revision))
    }

    /// Keeps some events. A command id seen before returns its first receipt, whatever else the
    /// request says.
    async fn append(&self, append: Append) -> Result<Receipt, AppendError>;

    /// Whether it takes appends, as far as it knows without trying; else why not, until it is opened again.
    async fn takes_appends(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether what is read may lack what others have recorded since; `None` as long as the record itself is in
    /// reach. Tells at once what is known, without trying. Only a store whose record lies elsewhere is ever
    /// stale; while it is, it reads from its own copy and takes no appends.
    async fn stale(&self) -> Option<Stale> {
        None
    }

    /// How far this machine's clock is ahead of the store's own, as far as was seen lately. A store without a clock of
    /// its own says nothing.
    async fn ahead(&self) -> Option<Ahead> {
        None
    }

    /// What whoever runs the program should know although the record goes on.
    async fn warnings(&self) -> Vec<StoreWarning> {
        Vec::new()
    }

    /// How often everything that is read here was replaced as a whole, because it was not the record.
    fn edition(&self) -> u64 {
        0
    }

    /// By what everything that is read here counts: whoever keeps something that was made from it begins anew when this
    /// changes.
    fn basis(&self) -> Basis {
        Basis { edition: self.edition(), settlements: 0 }
    }

    /// Whether a root that was signed here was found not to be the record's, by reading the record anew. Whoever
    /// signed it may take it back.
    async fn disowns(&self, _: TreeHead) -> bool {
        false
    }

    /// The receipt of an earlier request, if there was one.
    async fn receipt(&self, command_id: CommandId) -> Result<Option<Receipt>, StoreError>;

    /// At most `limit` events after a position, in the record's order.
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The position of the last event; 0 for an empty record.
    async fn head(&self) -> Result<Position, StoreError>;

    /// Returns once there is an event after `after`, also one that another process appended.
    async fn wait_past(&self, after: Position) -> Result<(), StoreError>;

    /// At most `limit` events after a position, as they are kept.
    async fn read_kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError>;

    /// The same, and of events that are not as they were written what can still be made out.
    async fn salvage(&self, after: Position, limit: usize) -> Result<Vec<Salvaged>, StoreError> {
        Ok(self.read_kept(after, limit).await?.into_iter().map(Salvaged::Whole).collect())
    }

    /// Takes over events from another store's [`read_kept`](Self::read_kept), byte for byte. They must
    /// continue this record without a gap, and hold whole appends only. One that was stamped earlier than
    /// the event before it keeps its stamp in its header, and counts as recorded when that one does.
    async fn adopt(&self, events: Vec<Kept>) -> Result<(), StoreError>;

    /// The tree over the whole record.
    async fn tree(&self) -> Result<TreeHead, StoreError>;

    /// One tile of the tree (C2SP tlog-tiles): at most 256 hashes, of the nodes at height 8 × `level` from
    /// number 256 × `place` on. Fewer at the growing edge, none beyond it.
    async fn tile(&self, level: u8, place: u64) -> Result<Vec<Digest>, StoreError>;

    /// Keeps a checkpoint beside the record. One of the same size is replaced.
    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError>;

    /// Every checkpoint that was kept, the smallest first.
    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError>;

    /// Keeps an append and, with it, takes the words of an earlier event of the same incident out of the
    /// record for good: payload and salt go, their digest and `remains` stay. Both or neither. An event
    /// that was erased before stays as it is.
    ///
    /// A store that cannot take bytes away answers [`StoreError::Unacceptable`] and keeps nothing.
    ///
    /// Where the event is erased but copies of its words could not be wiped (from a log, from free pages),
    /// it answers [`StoreError::NotWiped`]; [`scrub`](Self::scrub) goes on from there. Nothing is wiped where whoever asks
    /// [does so](Wiping::ByScrub) after several.
    async fn erase(&self, append: Append, erasure: Erasure) -> Result<Receipt, AppendError>;

    /// Wipes what earlier erasures have left behind. Does nothing where nothing is left, and says why if
    /// it cannot be done.
    async fn scrub(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Reads the record to its end and then as it grows, in batches at the reader's own pace.
pub struct Follow<'a> {
    store: &'a dyn EventStore,
    after: Position,
    edition: u64,
}

impl<'a> Follow<'a> {
    /// Follows the record from just after a position.
    pub fn new(store: &'a dyn EventStore, after: Position) -> Self {
        Self { store, after, edition: store.edition() }
    }

    /// The next events, at least one and at most `limit`; waits for them if need be. Fails for good when what is
    /// read was replaced as a whole: a position then means something else.
    pub async fn next(&mut self, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        loop {
            let batch = self.store.read(self.after, limit).await?;
            if self.store.edition() != self.edition {
                let why = "the record was read anew meanwhile: follow it again from its beginning";
                return Err(StoreError::Unavailable(why.to_owned()));
            }
            if let Some(last) = batch.last() {
                self.after = last.position;
                return Ok(batch);
            }
            self.store.wait_past(self.after).await?;
        }
    }
}
