//! Checking the record without believing whoever keeps it.

use std::path::PathBuf;

use clap::Args;
use scribe_projections::ledger::note::VerifierKey;

/// Where to put a checkpoint.
#[derive(Debug, Clone, Args)]
pub struct CheckpointArgs {
    /// Write it to this file, to be kept elsewhere, instead of stdout
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
}

/// Which keys.
#[derive(Debug, Clone, Args)]
pub struct KeyArgs {
    /// With those that signed before, and those of other nodes
    #[arg(long)]
    pub all: bool,
}

/// Which event to prove.
#[derive(Debug, Clone, Args)]
pub struct ProveArgs {
    /// The event's id, or its position in the record
    pub event: String,
    /// Write the proof to this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What to verify.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// One event's proof, instead of the whole record; needs no record
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "checkpoint")]
    pub proof: Option<PathBuf>,
    /// Also against this checkpoint, which you kept
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Believe this public key; may be told several times [default: those that sign for the record]
    #[arg(long, value_name = "KEY")]
    pub key: Vec<VerifierKey>,
}

/// Which checkpoints to compare.
#[derive(Debug, Clone, Args)]
pub struct ConsistencyArgs {
    /// The older checkpoint
    pub old: PathBuf,
    /// The newer checkpoint
    pub new: PathBuf,
    /// Believe this public key; may be told several times
    #[arg(long, value_name = "KEY", required = true)]
    pub key: Vec<VerifierKey>,
    /// The proof, from this file instead of the record; needs no record
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
    /// Also write the proof to this file
    #[arg(long, value_name = "FILE", conflicts_with = "proof")]
    pub save: Option<PathBuf>,
}
