//! What the kept checkpoints say, and who says so.

use std::collections::BTreeMap;

use scribe_domain::event_store::KeptCheckpoint;
use scribe_projections::ledger::checkpoint::{Checkpoint, CheckpointError};
use scribe_projections::ledger::note::{Note, NoteError, VerifierKey};
use scribe_projections::ledger::notes::each;
use scribe_projections::ledger::signers::{Signers, Standing, Withdrawal};
use scribe_projections::ledger::verdict::{Finding, Flaw, SignedBy, Verdict};

use super::Measure;
use super::fold::Claim;

/// Signers that are told one by one.
const SIGNERS: usize = 100;

/// Everything that was signed.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    /// The smallest size first.
    pub(super) claims: Vec<Claim>,
    pub(super) signers: Vec<SignedBy>,
    pub(super) remarks: Vec<String>,
}

/// Reads what is kept and what was brought.
pub(super) fn claims(kept: &[KeptCheckpoint], measure: &Measure, findings: &mut Vec<Finding>) -> Signatures {
    let mut signers = Signers::trusting(&measure.named, Standing::Named);
    measure.own.iter().for_each(|key| signers.trust(key, Standing::Own));
    signers.take_all(kept.iter().map(|kept| kept.note.as_str()));
    let mut reading =
        Reading { measure, signers: &signers, tally: BTreeMap::new(), claims: Vec::new(), findings };
    for kept in kept {
        reading.size(kept);
    }
    let Reading { tally, mut claims, .. } = reading;
    let brought = measure.checkpoint.iter();
    claims.extend(brought.map(|checkpoint| Claim::brought(checkpoint.head)));
    claims.sort_by_key(|claim| claim.head.size);
    let mut told: Vec<SignedBy> = tally.into_values().collect();
    told.sort_by_key(|signer| std::cmp::Reverse((signer.standing, signer.up_to)));
    told.truncate(SIGNERS);
    Signatures { claims, signers: told, remarks: remarks(&signers) }
}

fn remarks(signers: &Signers) -> Vec<String> {
    let mut withdrawn: Vec<&Withdrawal> = signers.withdrawals().collect();
    withdrawn.sort_by_key(|withdrawn| (withdrawn.head.size, withdrawn.at));
    let more = withdrawn.len().saturating_sub(Verdict::FINDINGS);
    let tell = |Withdrawal { signer, head, at }: &Withdrawal| {
        format!(
            "the checkpoint of {} events by {} was withdrawn by its signer in the checkpoint of {at} events",
            head.size,
            named(signer)
        )
    };
    let mut remarks: Vec<String> = withdrawn.into_iter().take(Verdict::FINDINGS).map(tell).collect();
    if more > 0 {
        remarks.push(format!("{more} more were withdrawn by their signers"));
    }
    remarks
}

fn named(key: &VerifierKey) -> String {
    format!("{}+{}", key.name(), key.id())
}

struct Reading<'a> {
    measure: &'a Measure,
    signers: &'a Signers,
    /// By name and id.
    tally: BTreeMap<(String, String), SignedBy>,
    claims: Vec<Claim>,
    findings: &'a mut Vec<Finding>,
}

impl Reading<'_> {
    /// What is kept for one size. It needs one signer who is believed; others may have signed beside it.
    fn size(&mut self, kept: &KeptCheckpoint) {
        let (mut is_believed, mut strangers) = (false, Vec::new());
        for note in each(&kept.note) {
            match self.note(kept.size, note) {
                Ok(None) => is_believed = true,
                Ok(Some(stranger)) => strangers.push(stranger),
                Err((kind, what)) => {
                    is_believed = true;
                    self.wrong(kept.size, kind, &what);
                }
            }
        }
        if !is_believed && let Some(first) = strangers.first() {
            let whose = if self.measure.named.is_empty() {
                "who is not known here and did not announce itself"
            } else if self.tally.get(first).is_some_and(|signer| signer.standing == Standing::Announced) {
                "who announced itself in the record, but is none of those that were named"
            } else {
                "who is none of those that were named"
            };
            let what = format!("is signed by {}+{} only, {whose}", first.0, first.1);
            self.wrong(kept.size, Flaw::UnknownSigner, &what);
        }
    }

    /// One note. `None` if somebody who is believed signed it, or else who did.
    fn note(
        &mut self,
        size: u64,
        note: Result<Note, NoteError>,
    ) -> Result<Option<(String, String)>, (Flaw, String)> {
        let unsigned = |error: &dyn std::error::Error| (Flaw::Signature, error.to_string());
        let note = note.map_err(|error| unsigned(&error))?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|error| unsigned(&error))?;
        if checkpoint.head.size != size {
            return Err((Flaw::Checkpoint, format!("speaks of {} events", checkpoint.head.size)));
        }
        let mut keys = self.signers.signed_by(&note, &checkpoint).map_err(|error| unsigned(&error))?;
        keys.sort_by_key(|key| std::cmp::Reverse(self.signers.standing(key)));
        let Some(best) = keys.first().map(|key| self.signers.standing(key)) else {
            return self.stranger(&note, &checkpoint).map(Some);
        };
        let believed = if self.measure.named.is_empty() { Standing::Announced } else { Standing::Named };
        let is_withdrawn = keys.iter().any(|key| self.signers.withdrawn(key, checkpoint.head).is_some());
        for key in &keys {
            let standing = self.signers.standing(key);
            let id = (key.name().to_string(), key.id().to_string());
            let signer = self.tally.entry(id).or_insert_with_key(|(name, id)| SignedBy {
                name: name.clone(),
                id: id.clone(),
                key: Some(key.to_string()),
                standing,
                checkpoints: 0,
                up_to: 0,
                withdrawn: 0,
            });
            if is_withdrawn {
                signer.withdrawn += 1;
            } else {
                signer.checkpoints += 1;
                signer.up_to = signer.up_to.max(size);
            }
        }
        if !is_withdrawn {
            let by = keys.first().map(named).map(Into::into);
            self.claims.push(Claim { head: checkpoint.head, kept: true, vouches: best >= believed, by });
            if best < believed {
                return Ok(keys.first().map(|key| (key.name().to_string(), key.id().to_string())));
            }
        }
        Ok(None)
    }

    /// Nobody who is known signed it. What it says is compared all the same.
    fn stranger(&mut self, note: &Note, checkpoint: &Checkpoint) -> Result<(String, String), (Flaw, String)> {
        // A key stands in it, and did not sign it as it reads now.
        if let Some(key) = checkpoint.signers.iter().find(|key| note.is_by(key) == Some(false)) {
            let (name, id) = (key.name().clone(), key.id());
            return Err((Flaw::Signature, NoteError::Wrong { name, id }.to_string()));
        }
        // A key that is known signs for its own log only.
        let known = [Standing::Named, Standing::Own, Standing::Announced];
        let mut known = known.into_iter().flat_map(|standing| self.signers.keys(standing));
        if known.any(|key| note.is_by(key).is_some()) {
            let other = CheckpointError::OtherOrigin(checkpoint.origin.clone());
            return Err((Flaw::Signature, other.to_string()));
        }
        let Some(signature) = note.signatures().first() else {
            return Err((Flaw::Signature, NoteError::Unsigned.to_string()));
        };
        let id = (signature.name.to_string(), signature.id.to_string());
        let signer = self.tally.entry(id.clone()).or_insert_with_key(|(name, id)| SignedBy {
            name: name.clone(),
            id: id.clone(),
            key: None,
            standing: Standing::Unknown,
            checkpoints: 0,
            up_to: 0,
            withdrawn: 0,
        });
        signer.checkpoints += 1;
        signer.up_to = signer.up_to.max(checkpoint.head.size);
        let by = Some(format!("{}+{}", id.0, id.1).into());
        self.claims.push(Claim { head: checkpoint.head, kept: true, vouches: false, by });
        Ok(id)
    }

    fn wrong(&mut self, size: u64, kind: Flaw, what: &str) {
        let what = format!("the checkpoint kept for {size} events {what}");
        self.findings.push(Finding { position: Some(size).filter(|size| *size > 0), kind, what });
    }
}
