//! Which incident was used last, for each folder that somebody works in and each record.
//!
//! It is a convenience: what cannot be read or written is as if nothing were remembered.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use scribe_domain::ids::IncidentId;
use sha2::{Digest as _, Sha256};

use super::home;
use crate::durable;

/// What is remembered for this folder and this record.
#[derive(Debug, Clone)]
pub struct Memory {
    file: PathBuf,
}

impl Memory {
    /// What is remembered here about the record that goes by this name.
    pub fn of(record: &str) -> Option<Self> {
        let here = std::env::current_dir().ok()?;
        let folder = home::state_folder()?.join("last");
        let digest = Sha256::new()
            .chain_update(record)
            .chain_update("\0")
            .chain_update(here.as_os_str().as_encoded_bytes());
        let name = HEXLOWER.encode(&digest.finalize()[..12]);
        Some(Self { file: folder.join(name) })
    }

    /// The incident used last.
    pub fn last(&self) -> Option<IncidentId> {
        fs::read_to_string(&self.file).ok()?.trim().parse().ok()
    }

    /// This one is used now.
    pub fn used(&self, incident: &IncidentId) {
        if self.last().as_ref() != Some(incident) {
            // Nobody needs to know: the next `@` asks.
            let _ = self.write(incident);
        }
    }

    fn write(&self, incident: &IncidentId) -> std::io::Result<()> {
        durable::folder(self.file.parent().unwrap_or(Path::new(".")))?;
        let beside = self.file.with_extension(std::process::id().to_string());
        durable::private().truncate(true).open(&beside)?.write_all(incident.as_str().as_bytes())?;
        fs::rename(&beside, &self.file)
    }
}
