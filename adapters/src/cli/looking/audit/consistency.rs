//! `scribe audit consistency`.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use clap::Args;
use scribe_projections::ledger::checkpoint::{Checkpoint, related_keys};
use scribe_projections::ledger::growth::Growth;
use scribe_projections::ledger::note::VerifierKey;

use crate::cli::common::address::Address;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::files::{read_text, unreadable, write_new};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put_line;

/// Whether the record of one checkpoint is that of another, grown.
#[derive(Debug, Clone, Args)]
pub(super) struct ConsistencyArgs {
    /// The older checkpoint
    old: PathBuf,
    /// The newer checkpoint
    new: PathBuf,
    /// Trust this public key; may be given several times
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<VerifierKey>,
    /// The proof, from this file instead of the record; needs no record
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// Also write the proof to this file
    #[arg(long, value_name = "FILE", conflicts_with = "proof")]
    save: Option<PathBuf>,
}

#[async_trait(?Send)]
impl Effect for ConsistencyArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let is_consistent = match &self.proof {
            // What was saved is checked without any record.
            Some(proof) => consistency_of_files(&self, proof)?,
            None => consistency(session.desk_for_looking()?, &self).await?,
        };
        Ok(if is_consistent { exit::DONE } else { exit::FAILED })
    }
}

/// With the proof that the record gives.
async fn consistency(desk: &Desk, args: &ConsistencyArgs) -> Result<bool, Failure> {
    let (old, new) = checkpoints(args)?;
    let address = Address::of(&["v1", "ledger", "consistency"])
        .with("from", old.head.size.min(new.head.size))
        .with("to", new.head.size);
    let proof = desk.client.get(address.as_str()).await?;
    if let Some(path) = &args.save {
        write_new(path, &proof.body, "the proof")?;
    }
    let proof: Growth = proof.json()?;
    report_growth(&proof, &old, &new)
}

/// With a proof that was saved, and no record.
fn consistency_of_files(args: &ConsistencyArgs, proof: &Path) -> Result<bool, Failure> {
    let (old, new) = checkpoints(args)?;
    let read = serde_json::from_str(&read_text(proof, "the proof")?);
    report_growth(&read.map_err(|error| unreadable(proof, &error))?, &old, &new)
}

fn report_growth(proof: &Growth, old: &Checkpoint, new: &Checkpoint) -> Result<bool, Failure> {
    let (was, is) = (old.head.size, new.head.size);
    match proof.verify(old, new) {
        Ok(()) => put_line(&format!(
            "consistent: the record of {was} events grew to {is}, and nothing before was changed"
        ))?,
        Err(error) => put_line(&format!("NOT CONSISTENT: {error}"))?,
    }
    Ok(proof.verify(old, new).is_ok())
}

fn checkpoints(args: &ConsistencyArgs) -> Result<(Checkpoint, Checkpoint), Failure> {
    let (old, new) =
        (read_text(&args.old, "the older checkpoint")?, read_text(&args.new, "the newer checkpoint")?);
    let keys = related_keys(&args.key, [old.as_str(), new.as_str()]);
    let open =
        |note: &str, path: &Path| Checkpoint::open(note, &keys).map_err(|error| unreadable(path, &error));
    Ok((open(&old, &args.old)?, open(&new, &args.new)?))
}
