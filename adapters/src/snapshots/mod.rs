//! Views on disk, so that a start folds the end of the record and not all of it.
//!
//! A snapshot is a cache: deleting it changes nothing but time. It lies at `DIR/snapshots/NAME-vVERSION.json`
//! and has three parts, each ended by a line break: a header in JSON, the view in JSON, and the SHA-256 of
//! both in hexadecimal. It is written beside its place, flushed, and moved there. One that is damaged, or
//! that does not belong to the record beside it, is not used; whoever reads it says why in the log.
//!
//! Snapshots hold words of the record, so an erasure deletes all of them ([`forget`](crate::snapshots::Snapshots::forget)). Whoever
//! writes them takes a turn *before* bringing the views up, and whoever deletes them takes one *after* the
//! erasure stands in the record: so none that knows the erased words is left over, also with several
//! processes at work.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use scribe_domain::ids::Position;
use scribe_domain::values::Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::durable;

/// The folder below the data folder.
const FOLDER: &str = "snapshots";
/// Held by whoever writes or deletes.
const TURN: &str = ".turn";
/// The form of the file that this program writes, and the only one that it reads.
const FORM: u32 = 1;
/// A digest in hexadecimal and a line break.
const FOOTER: usize = 65;
/// How long to wait for somebody else's turn to end.
const PATIENCE: Duration = Duration::from_secs(30);
const ASK_AGAIN: Duration = Duration::from_millis(10);

/// The snapshots in a data folder.
#[derive(Debug, Clone)]
pub struct Snapshots {
    folder: PathBuf,
}

/// What a snapshot is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The view's name.
    pub view: String,
    /// The version of its fold.
    pub version: u32,
    /// The position of the last event that it has seen.
    pub position: Position,
    /// The ledger's root over the events up to there: a snapshot of another record has another one.
    pub root: Digest,
}

/// Why a snapshot is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Its bytes are not those that were written.
    #[error("its digest does not fit it")]
    Damaged,
    /// It is whole, and not what its name says.
    #[error("it is not a snapshot of this view: {0}")]
    Foreign(String),
}

/// The right to write or delete, for as long as this lives.
#[derive(Debug)]
pub struct Turn {
    folder: PathBuf,
    // The lock goes with the file.
    _lock: File,
}

impl Snapshots {
    /// Those of the record in this folder. Nothing is touched yet.
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join(FOLDER) }
    }

    /// Reads a view; `None` if there is no snapshot of this version.
    pub fn read<V: DeserializeOwned>(
        &self,
        view: &str,
        version: u32,
    ) -> Result<Option<(Header, V)>, Unusable> {
        let mut bytes = Vec::new();
        match File::open(self.folder.join(file_name(view, version))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?.read_to_end(&mut bytes)?,
        };
        let (told, footer) = bytes.split_at(bytes.len().saturating_sub(FOOTER));
        if footer != footer_of(sha2::Sha256::digest(told).into()) {
            return Err(Unusable::Damaged);
        }
        let foreign = |error: serde_json::Error| Unusable::Foreign(error.to_string());
        let end = told.iter().position(|byte| *byte == b'\n').ok_or(Unusable::Damaged)?;
        let (header, body) = told.split_at(end);
        let Formed { form, header } = serde_json::from_slice(header).map_err(foreign)?;
        if (form, header.view.as_str(), header.version) != (FORM, view, version) {
            return Err(Unusable::Foreign(format!("form {form}, {} v{}", header.view, header.version)));
        }
        let body = serde_json::from_slice(body).map_err(foreign)?;
        Ok(Some((header, body)))
    }

    /// Waits for a turn. The folder is made if there is none.
    pub fn turn(&self) -> io::Result<Turn> {
        durable::folder(&self.folder)?;
        let lock = durable::private().truncate(false).open(self.folder.join(TURN))?;
        let since = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Turn { folder: self.folder.clone(), _lock: lock }),
                Err(TryLockError::WouldBlock) if since.elapsed() < PATIENCE => thread::sleep(ASK_AGAIN),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Deletes every snapshot, and returns when that is on the disk. To be called once an erasure stands
    /// in the record, and before it is acknowledged.
    pub fn forget(&self) -> io::Result<()> {
        if !self.folder.try_exists()? {
            return Ok(());
        }
        self.turn()?.delete(|_| true)
    }
}

impl Turn {
    /// Writes a view, in place of every other snapshot of it; tells how many bytes it takes.
    pub fn write<V: Serialize>(&self, header: &Header, view: &V) -> io::Result<u64> {
        let name = file_name(&header.view, header.version);
        let beside = self.folder.join(format!("{name}.new"));
        let mut file = Digesting {
            file: BufWriter::with_capacity(1 << 18, durable::private().truncate(true).open(&beside)?),
            digest: sha2::Sha256::new(),
            length: 0,
        };
        serde_json::to_writer(&mut file, &FormedRef { form: FORM, header })?;
        file.write_all(b"\n")?;
        serde_json::to_writer(&mut file, view)?;
        file.write_all(b"\n")?;
        let footer = footer_of(file.digest.clone().finalize().into());
        file.write_all(&footer)?;
        let length = file.length;
        let written = file.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        durable::put_in_place(&written, &beside, &self.folder, &name)?;
        let of_this_view = format!("{}-v", header.view);
        self.delete(|other| other != name && other.starts_with(&of_this_view))?;
        Ok(length)
    }

    fn delete(&self, which: impl Fn(&str) -> bool) -> io::Result<()> {
        let mut deleted = false;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if name != TURN && which(&name.to_string_lossy()) {
                fs::remove_file(entry.path())?;
                deleted = true;
            }
        }
        if deleted { File::open(&self.folder)?.sync_all() } else { Ok(()) }
    }
}

fn file_name(view: &str, version: u32) -> String {
    format!("{view}-v{version}.json")
}

fn footer_of(digest: [u8; 32]) -> Vec<u8> {
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.map(|digit| char::from_digit(digit.into(), 16).map_or(b'?', |digit| digit as u8));
    digits.chain([b'\n']).collect()
}

#[derive(Deserialize)]
struct Formed {
    form: u32,
    #[serde(flatten)]
    header: Header,
}

#[derive(Serialize)]
struct FormedRef<'a> {
    form: u32,
    #[serde(flatten)]
    header: &'a Header,
}

/// Hashes and counts what it writes.
struct Digesting<W: Write> {
    file: W,
    digest: sha2::Sha256,
    length: u64,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests;
