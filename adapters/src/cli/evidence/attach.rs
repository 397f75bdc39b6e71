//! `scribe attach`.

use std::path::PathBuf;

use clap::Args;
use scribe_domain::event::evidence::EvidenceAttached;
use scribe_domain::text::{Label, Locator};
use scribe_domain::values::Digest;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::files::read_file;

/// Attach evidence that is kept elsewhere, by its digest.
#[derive(Debug, Clone, Args)]
pub(super) struct AttachArgs {
    /// What it is
    title: Label,
    /// Where it is kept
    #[arg(long, value_name = "URL")]
    at: Locator,
    /// A local copy, to take the digest of
    #[arg(long, value_name = "PATH", required_unless_present = "digest", conflicts_with = "digest")]
    file: Option<PathBuf>,
    /// Its digest: sha256: and 64 hexadecimal digits
    #[arg(long)]
    digest: Option<Digest>,
    /// Its media type, such as image/png
    #[arg(long, value_name = "TYPE", default_value = "application/octet-stream")]
    media_type: Label,
}

impl IncidentCommand for AttachArgs {
    type Payload = EvidenceAttached;
    fn payload(self, _: &Desk) -> Result<EvidenceAttached, Failure> {
        let digest = match (self.digest, self.file) {
            (Some(digest), _) => digest,
            (None, Some(path)) => Digest::of(&read_file(&path, "the evidence")?),
            (None, None) => {
                return Err(Failure::new(Kind::BadInput, "the digest is missing", "give --file or --digest"));
            }
        };
        Ok(EvidenceAttached { title: self.title, digest, media_type: self.media_type, at: self.at })
    }
}
