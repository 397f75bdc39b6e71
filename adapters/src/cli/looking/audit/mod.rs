//! `scribe audit …`: who ran what, and whether the record is what it was.
//!
//! What a server answers is verified here, in the auditor's own process, wherever that is possible; what was
//! saved is verified without any record.

mod acts;
mod checkpoint;
mod consistency;
mod key;
mod prove;
mod reads;
mod replay;
mod rotate_key;
mod runs;
mod settings;
mod stamp;
mod stamps;
mod verify;

use async_trait::async_trait;
use clap::{Args, Subcommand};

use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use acts::ActsArgs;
use checkpoint::CheckpointArgs;
use consistency::ConsistencyArgs;
use key::KeyArgs;
use prove::ProveArgs;
use reads::ReadsArgs;
use replay::ReplayArgs;
use rotate_key::RotateKeyArgs;
use runs::RunsArgs;
use settings::SettingsArgs;
use stamp::StampArgs;
use verify::VerifyArgs;

/// Who ran what; whether every view follows from the record, and the record is what was signed.
#[derive(Debug, Clone, Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum AuditCommand {
    /// Who proposed, approved and ran what, where, when, with what result
    Runs(Box<RunsArgs>),
    /// Who administered what: tokens given and revoked, settings changed
    Acts(ActsArgs),
    /// Who looked at private incidents, and when
    Reads(ReadsArgs),
    /// The settings by which a server of this record runs, or ran
    Settings(SettingsArgs),
    /// Rebuild every view from the events, and compare it byte for byte with what is served
    Replay(ReplayArgs),
    /// Read the whole record again: hashes, tree, order, revisions, checkpoints; say where it was changed
    Verify(Box<VerifyArgs>),
    /// The record in one signed number: keep it elsewhere, and nobody can rewrite what it covers unseen
    Checkpoint(CheckpointArgs),
    /// Have a time-stamping authority sign the record as it stands (RFC 3161)
    Stamp(StampArgs),
    /// The public key by which checkpoints and proofs are verified
    Key(KeyArgs),
    /// Sign with a new key from here on; the present one signs the change, and is kept
    RotateKey(RotateKeyArgs),
    /// The proof that one event is in the record, as one file
    Prove(ProveArgs),
    /// Whether the record of one checkpoint is that of another, grown
    Consistency(Box<ConsistencyArgs>),
}

#[async_trait(?Send)]
impl Effect for AuditArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let effect: Box<dyn Effect> = match self.command {
            AuditCommand::Runs(args) => args,
            AuditCommand::Acts(args) => Box::new(args),
            AuditCommand::Reads(args) => Box::new(args),
            AuditCommand::Settings(args) => Box::new(args),
            AuditCommand::Replay(args) => Box::new(args),
            AuditCommand::Verify(args) => args,
            AuditCommand::Checkpoint(args) => Box::new(args),
            AuditCommand::Stamp(args) => Box::new(args),
            AuditCommand::Key(args) => Box::new(args),
            AuditCommand::RotateKey(args) => Box::new(args),
            AuditCommand::Prove(args) => Box::new(args),
            AuditCommand::Consistency(args) => args,
        };
        effect.carry_out(session).await
    }
}
