//! What was told while the server was out of reach, kept until it can be sent.
//!
//! A folder a server, a file a request, each on the disk before anybody is told that it is kept. A request carries the
//! moment at which it was typed, and its idempotency key: both clocks stay true, and however often it is sent it is
//! recorded once. What the server refuses stays with its reason, and holds up nothing else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::home;
use super::message::Message;
use crate::durable;

/// What waits for one server.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
    server: String,
}

/// A request that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// Where it is to go.
    pub server: String,
    /// When it was typed, by this machine's clock.
    pub typed: DateTime<Utc>,
    /// The request.
    pub message: Message,
    /// Why the server would not have it, if it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Its file.
    #[serde(skip)]
    file: String,
}

impl Outbox {
    /// What waits for the server at this address; none where this program has no home.
    pub fn of(server: &str) -> Option<Self> {
        let digest = Sha256::digest(server.trim_end_matches('/'));
        let name = HEXLOWER.encode(&digest[..12]);
        Some(Self { folder: folder()?.join(name), server: server.to_owned() })
    }

    /// Every server for which something waits.
    pub fn all() -> Vec<Self> {
        let entries = folder().and_then(|folder| fs::read_dir(folder).ok());
        let mut all: Vec<Self> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let folder = entry.ok()?.path();
                let first = read_all(&folder).ok()?.into_iter().next()?;
                Some(Self { folder, server: first.server })
            })
            .collect();
        all.sort_by(|a, b| a.server.cmp(&b.server));
        all
    }

    /// The server's address.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// What waits, in the order in which it was typed.
    pub fn waiting(&self) -> io::Result<Vec<Waiting>> {
        read_all(&self.folder)
    }

    /// Whether something waits that is still to be sent.
    pub fn holds_up(&self) -> bool {
        self.waiting().is_ok_and(|waiting| waiting.iter().any(|one| one.refused.is_none()))
    }

    /// Keeps a request; it is on the disk when this returns. How many wait now.
    pub fn keep(&self, message: Message, typed: DateTime<Utc>) -> io::Result<usize> {
        // Such ids are in the order of time, also within one millisecond of one process.
        let file = format!("{}.json", Uuid::now_v7());
        let waiting = Waiting { server: self.server.clone(), typed, message, refused: None, file };
        self.write(&waiting)?;
        Ok(self.waiting()?.len())
    }

    /// Notes why the server would not have it.
    pub fn refused(&self, waiting: &Waiting, why: &str) -> io::Result<()> {
        self.write(&Waiting { refused: Some(why.to_owned()), ..waiting.clone() })
    }

    /// Lets go of it. Another process may have been quicker.
    pub fn done(&self, waiting: &Waiting) -> io::Result<()> {
        match fs::remove_file(self.folder.join(&waiting.file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn write(&self, waiting: &Waiting) -> io::Result<()> {
        durable::folder(&self.folder)?;
        durable::write(&self.folder, &waiting.file, &serde_json::to_vec_pretty(waiting)?)?;
        // The folder itself may be new.
        fs::File::open(self.folder.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}

fn folder() -> Option<PathBuf> {
    Some(home::state_folder()?.join("outbox"))
}

fn read_all(folder: &Path) -> io::Result<Vec<Waiting>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut waiting = Vec::new();
    for entry in entries {
        let file = entry?.file_name().to_string_lossy().into_owned();
        if Path::new(&file).extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let bytes = match fs::read(folder.join(&file)) {
            // Another process has just sent it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            bytes => bytes?,
        };
        let read: Waiting = serde_json::from_slice(&bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{file}: {error}")))?;
        waiting.push(Waiting { file, ..read });
    }
    waiting.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(waiting)
}
