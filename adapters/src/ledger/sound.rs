//! Whether a record is what its signers say: looked at before anything is signed.

use scribe_domain::event_store::{EventStore, KeptCheckpoint, TreeHead};
use scribe_domain::values::Digest;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::note::{Note, VerifierKey};
use scribe_projections::ledger::notes::each;
use scribe_projections::ledger::signers::{Claim, Signers, Standing, telling};

use super::{LedgerError, proofs};

/// The most statements that are taken back at once; the rest follows with the next checkpoint.
const WITHDRAWN: usize = 2_000;

/// The end of a sound record, and what was signed of it.
pub(super) struct Sound {
    pub(super) head: TreeHead,
    /// What is kept for this size already.
    pub(super) here: Vec<Note>,
    /// What this node said and no longer stands by.
    pub(super) withdraw: Vec<TreeHead>,
}

/// The record's end, if the record still is what was signed last: by this node, by whoever signed what is kept
/// last, and by every other node.
///
/// What this node itself said otherwise is to be withdrawn where the store has read the record anew since. In any
/// other case such a record was rewritten.
pub(super) async fn sound(store: &dyn EventStore, own: &VerifierKey) -> Result<Sound, LedgerError> {
    // In this order: what is signed meanwhile speaks of no more events than there are then.
    let kept = store.checkpoints().await?;
    let head = store.tree().await?;
    if proofs::root_at(store, head.size).await? != head.root {
        return Err(LedgerError::Rewritten { size: head.size });
    }
    let mut signers = Signers::trusting([own], Standing::Own);
    signers.take_all(telling(texts(&kept)));
    last_holds(store, head, &kept, &signers).await?;
    let mut is_own_wrong = false;
    let (mine, theirs): (Vec<&Claim>, Vec<&Claim>) =
        signers.latest().partition(|claim| signers.standing(&claim.signer) == Standing::Own);
    for claim in mine {
        if !holds(store, head, claim).await? {
            if !store.disowns(claim.head).await {
                return Err(LedgerError::Rewritten { size: claim.head.size });
            }
            is_own_wrong = true;
        }
    }
    for claim in theirs {
        if !holds(store, head, claim).await? {
            return Err(LedgerError::Differs {
                size: claim.head.size,
                signer: format!("{}+{}", claim.signer.name(), claim.signer.id()),
                theirs: claim.head.root,
                ours: root_at(store, head, claim.head.size).await?,
            });
        }
    }
    let withdraw = if is_own_wrong { wrong(store, head, own, &kept).await? } else { Vec::new() };
    let here = kept.iter().filter(|kept| kept.size == head.size).flat_map(|kept| each(&kept.note));
    Ok(Sound { head, here: here.flatten().collect(), withdraw })
}

/// What is kept last must hold whoever signed it, unless that was taken back: nobody but its signer may be able
/// to make it look as if it were not there.
async fn last_holds(
    store: &dyn EventStore,
    head: TreeHead,
    kept: &[KeptCheckpoint],
    signers: &Signers,
) -> Result<(), LedgerError> {
    let Some(last) = kept.last() else { return Ok(()) };
    let rewritten = || LedgerError::Rewritten { size: last.size };
    for note in each(&last.note) {
        let note = note.map_err(|_| rewritten())?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|_| rewritten())?;
        let signed_by = signers.signed_by(&note, &checkpoint).map_err(|_| rewritten())?;
        if signed_by.iter().any(|key| signers.withdrawn(key, checkpoint.head).is_some()) {
            continue;
        }
        // Of another node, it is told who differs.
        if signed_by.iter().any(|key| signers.standing(key) == Standing::Announced) {
            continue;
        }
        let is_so = checkpoint.head.size == last.size
            && root_at(store, head, last.size).await? == Some(checkpoint.head.root);
        if !is_so && !store.disowns(checkpoint.head).await {
            return Err(rewritten());
        }
    }
    Ok(())
}

/// Everything that this node said and that is not so, the largest size last.
async fn wrong(
    store: &dyn EventStore,
    head: TreeHead,
    own: &VerifierKey,
    kept: &[KeptCheckpoint],
) -> Result<Vec<TreeHead>, LedgerError> {
    let mut signers = Signers::trusting([own], Standing::Own);
    signers.take_all(texts(kept));
    let mut wrong = Vec::new();
    for claim in signers.outstanding().filter(|claim| signers.standing(&claim.signer) == Standing::Own) {
        if wrong.len() < WITHDRAWN && !holds(store, head, claim).await? {
            wrong.push(claim.head);
        }
    }
    Ok(wrong)
}

async fn holds(store: &dyn EventStore, head: TreeHead, claim: &Claim) -> Result<bool, LedgerError> {
    Ok(root_at(store, head, claim.head.size).await? == Some(claim.head.root))
}

/// The root at a size; none beyond the record's end.
async fn root_at(store: &dyn EventStore, head: TreeHead, size: u64) -> Result<Option<Digest>, LedgerError> {
    if size > head.size { Ok(None) } else { proofs::root_at(store, size).await.map(Some) }
}

fn texts(kept: &[KeptCheckpoint]) -> impl Iterator<Item = &str> + Clone {
    kept.iter().map(|kept| kept.note.as_str())
}
