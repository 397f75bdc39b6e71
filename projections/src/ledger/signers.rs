//! Who signs a record, and what they stand by.
//!
//! Several nodes may serve one record, each with a key of its own. A checkpoint announces the key that signs it;
//! the announcement proves itself, since that very key signed it. That tells signers apart and nothing else:
//! whether one is to be believed is for whoever asks, who names keys or asks the node itself.
//!
//! A signer that finds out that it was wrong takes back what it said; it does not stand by that any more, and
//! nobody need compare it.

/// What must be read of all that was kept.
mod telling;

use scribe_domain::event_store::TreeHead;
use scribe_domain::values::Digest;
use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, KeyChange};
use super::note::{Note, NoteError, VerifierKey};
use super::notes::each;

pub use telling::telling;

/// How a signer is known, the least first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody named it, and it did not announce itself.
    Unknown,
    /// It announced itself in the record.
    Announced,
    /// It is the key of the node that was asked, or one that the node had before.
    Own,
    /// Whoever asks named it, or one that it took over from or that took over from it.
    Named,
}

/// What a signer says of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Size and root.
    pub head: TreeHead,
    /// The key that signed it.
    pub signer: VerifierKey,
}

/// A statement that its signer took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The key that signed the withdrawal.
    pub signer: VerifierKey,
    /// What was said.
    pub head: TreeHead,
    /// The size of the checkpoint that takes it back.
    pub at: u64,
}

/// The signers of a record, learned from its checkpoints in the order in which those stand in its log.
///
/// Statements of a signer count from its announcement on, or from the beginning if its key was
/// [trusted](Self::trust) before. Once a statement was compared and agreed, [`settle`](Self::settle) forgets
/// the signer's smaller ones, which it covers; so what is kept stays small.
#[derive(Debug, Clone, Default)]
pub struct Signers(Vec<Signer>);

#[derive(Debug, Clone)]
struct Signer {
    /// Those that took over from each other; any of them speaks for the others.
    keys: Vec<VerifierKey>,
    standing: Standing,
    claims: Vec<Claim>,
    withdrawn: Vec<Withdrawal>,
}

/// A statement that differs from the record at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How many events it is about.
    pub size: u64,
    /// Who signed it.
    pub signer: VerifierKey,
    /// The root that was signed.
    pub theirs: Digest,
    /// The root of the record at hand; none if that has fewer events.
    pub ours: Option<Digest>,
    /// The largest smaller size of which a signed statement agrees: the first event that differs comes after.
    pub agreed_up_to: u64,
}

impl Signers {
    /// Knows this key beforehand.
    pub fn trust(&mut self, key: &VerifierKey, standing: Standing) {
        match self.place(key) {
            Some(place) => self.0[place].standing = self.0[place].standing.max(standing),
            None => self.0.push(Signer {
                keys: vec![key.clone()],
                standing,
                claims: Vec::new(),
                withdrawn: Vec::new(),
            }),
        }
    }

    /// The same, for a beginning.
    pub fn trusting<'a>(keys: impl IntoIterator<Item = &'a VerifierKey>, standing: Standing) -> Self {
        let mut signers = Self::default();
        keys.into_iter().for_each(|key| signers.trust(key, standing));
        signers
    }

    /// How a key is known.
    pub fn standing(&self, key: &VerifierKey) -> Standing {
        self.place(key).map_or(Standing::Unknown, |place| self.0[place].standing)
    }

    /// Every key that is known in this way.
    pub fn keys(&self, standing: Standing) -> impl Iterator<Item = &VerifierKey> {
        self.0.iter().filter(move |signer| signer.standing == standing).flat_map(|signer| &signer.keys)
    }

    /// Takes what was kept for one size, or what a log tells: one note or several. The new statements in it, by
    /// signers that are known by now; what does not read or is not properly signed is nobody's.
    pub fn take(&mut self, text: &str) -> Vec<Claim> {
        let mut new = Vec::new();
        for note in each(text).flatten() {
            let Ok(checkpoint) = Checkpoint::parse(note.text()) else { continue };
            self.learn(&note, &checkpoint);
            let Ok(signed_by) = self.signed_by(&note, &checkpoint) else { continue };
            for key in signed_by {
                let Some(place) = self.place(&key) else { continue };
                new.extend(self.0[place].take(&checkpoint, key));
            }
        }
        new
    }

    /// Takes what a whole record has kept: the keys first, so that it does not matter where they are announced.
    pub fn take_all<'a>(&mut self, texts: impl IntoIterator<Item = &'a str> + Clone) {
        for note in texts.clone().into_iter().flat_map(each).flatten() {
            if let Ok(checkpoint) = Checkpoint::parse(note.text()) {
                self.learn(&note, &checkpoint);
            }
        }
        texts.into_iter().for_each(|text| drop(self.take(text)));
    }

    /// Learns of the keys that a note announces or changes, where the keys themselves signed that.
    pub fn learn(&mut self, note: &Note, checkpoint: &Checkpoint) {
        let proves = |key: &VerifierKey| *key.name() == checkpoint.origin && note.is_by(key) == Some(true);
        for key in &checkpoint.signers {
            if self.standing(key) < Standing::Announced && proves(key) {
                self.trust(key, Standing::Announced);
            }
        }
        if let Some(KeyChange { from, to }) = &checkpoint.key_change
            && self.place(from).is_none_or(|place| self.place(to) != Some(place))
            && proves(from)
            && proves(to)
        {
            self.join(from, to);
        }
    }

    /// The known keys that signed a note for its own log. Whatever stands there in the name of one must be right.
    pub fn signed_by(&self, note: &Note, checkpoint: &Checkpoint) -> Result<Vec<VerifierKey>, NoteError> {
        let mut signed_by = Vec::new();
        for key in
            self.0.iter().flat_map(|signer| &signer.keys).filter(|key| *key.name() == checkpoint.origin)
        {
            match note.is_by(key) {
                None => {}
                Some(true) => signed_by.push(key.clone()),
                Some(false) => return Err(NoteError::Wrong { name: key.name().clone(), id: key.id() }),
            }
        }
        Ok(signed_by)
    }

    /// Where this key's signer took such a statement back: the size of the checkpoint that says so.
    pub fn withdrawn(&self, key: &VerifierKey, head: TreeHead) -> Option<u64> {
        let withdrawn = &self.0[self.place(key)?].withdrawn;
        withdrawn.iter().find(|withdrawn| withdrawn.head == head).map(|withdrawn| withdrawn.at)
    }

    /// Everything that was taken back.
    pub fn withdrawals(&self) -> impl Iterator<Item = &Withdrawal> {
        self.0.iter().flat_map(|signer| &signer.withdrawn)
    }

    /// What the signers stand by and what was not [settled](Self::settle) yet, signer by signer.
    pub fn outstanding(&self) -> impl Iterator<Item = &Claim> {
        self.0.iter().flat_map(|signer| &signer.claims)
    }

    /// What each signer said last and stands by. It covers all that the signer said before.
    pub fn latest(&self) -> impl Iterator<Item = &Claim> {
        self.0.iter().filter_map(|signer| signer.claims.iter().max_by_key(|claim| claim.head.size))
    }

    /// This statement agrees with the record: so do the smaller ones of its signer, and they are forgotten.
    pub fn settle(&mut self, Claim { head, signer }: &Claim) {
        if let Some(place) = self.place(signer) {
            self.0[place].claims.retain(|claim| claim.head.size >= head.size);
        }
    }

    /// The first statement of another node, by size, that differs from the record at hand. `root_of` tells the
    /// record's root at a statement's size; none if it has fewer events.
    pub fn difference(&self, mut root_of: impl FnMut(&Claim) -> Option<Digest>) -> Option<Difference> {
        let mut claims: Vec<&Claim> = self.outstanding().collect();
        claims.sort_by_key(|claim| claim.head.size);
        let mut agreed_up_to = 0;
        for claim in claims.into_iter().filter(|claim| self.standing(&claim.signer) != Standing::Own) {
            let Claim { head: TreeHead { size, root }, signer } = claim;
            let ours = root_of(claim);
            if ours == Some(*root) {
                agreed_up_to = *size;
                continue;
            }
            let signer = signer.clone();
            return Some(Difference { size: *size, signer, theirs: *root, ours, agreed_up_to });
        }
        None
    }

    fn place(&self, key: &VerifierKey) -> Option<usize> {
        self.0.iter().position(|signer| signer.keys.contains(key))
    }

    /// One of the two took over from the other: they are one signer's. Both signed that, so both are announced.
    fn join(&mut self, from: &VerifierKey, to: &VerifierKey) {
        self.trust(from, Standing::Announced);
        self.trust(to, Standing::Announced);
        let (Some(one), Some(other)) = (self.place(from), self.place(to)) else { return };
        if one == other {
            return;
        }
        let mut moved = self.0.remove(one.max(other));
        let stays = &mut self.0[one.min(other)];
        stays.keys.append(&mut moved.keys);
        stays.standing = stays.standing.max(moved.standing);
        stays.withdrawn.append(&mut moved.withdrawn);
        stays.claims.append(&mut moved.claims);
        let Signer { claims, withdrawn, .. } = stays;
        claims.retain(|claim| withdrawn.iter().all(|withdrawn| withdrawn.head != claim.head));
    }
}

impl Signer {
    fn take(&mut self, checkpoint: &Checkpoint, signer: VerifierKey) -> Option<Claim> {
        let head = checkpoint.head;
        // Nobody takes back what the same checkpoint says.
        for said in checkpoint.withdrawn.iter().filter(|said| **said != head) {
            if self.withdrawn.iter().all(|withdrawn| withdrawn.head != *said) {
                self.withdrawn.push(Withdrawal { signer: signer.clone(), head: *said, at: head.size });
            }
            self.claims.retain(|claim| claim.head != *said);
        }
        let is_news = self.claims.iter().all(|claim| claim.head != head)
            && self.withdrawn.iter().all(|withdrawn| withdrawn.head != head);
        let claim = Claim { head, signer };
        is_news.then(|| self.claims.push(claim.clone())).map(|()| claim)
    }
}

#[cfg(test)]
mod tests;
