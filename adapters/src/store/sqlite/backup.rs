//! Backups: the record in one file, copied while others append, and put in place only after it was read
//! again and its ledger found to hold.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use scribe_domain::event_store::StoreError;
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::Frontier;

use super::error::{OpenError, Trouble};
use super::file::migrate;
use super::file::names::{FILE_NAME, log_of};
use super::file::open::{self, Found};
use super::file::schema::{self, Access};
use super::tables::query;
use super::tables::tree;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Backup {
    /// How many events.
    pub events: u64,
    /// The root of the ledger's tree over them.
    pub root: Digest,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nothing is overwritten unasked.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The record itself is no place for a copy of it.
    #[error("{} is the record itself", .0.display())]
    Itself(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot use {}: {source}", .path.display())]
    File {
        /// The file or its folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The record, or the backup, cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is nothing to copy yet: the record is elsewhere, and was never seen from here.
    #[error(transparent)]
    Nothing(StoreError),
    /// The copy cannot be made now.
    #[error("the copy cannot be made: {0}")]
    Copy(String),
    /// The copy is not a whole record.
    #[error("{} is damaged: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Copies a folder's record into a file, as it stands at one moment. Others may append meanwhile, in this
/// process or in another.
pub fn backup(dir: &Path, file: &Path, replace: bool) -> Result<Backup, BackupError> {
    if !replace && fs::symlink_metadata(file).is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let claim = open::find_or_found(dir)?;
    if is_in_place_of(file, dir) {
        return Err(BackupError::Itself(file.to_owned()));
    }
    let partial = Partial::beside(file)?;
    let copy = |error: rusqlite::Error| BackupError::Copy(StoreError::from(Trouble::from(error)).to_string());
    let source = schema::connect(&claim.path, Access::Write).map_err(copy)?;
    let target = partial.path.to_str().ok_or_else(|| {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "its name is not UTF-8");
        BackupError::File { path: file.to_owned(), source }
    })?;
    source.execute("VACUUM INTO ?1", [target]).map_err(copy)?;
    let made = verify(&partial.path)?;
    if root_at(&source, made.events).map_err(copy)? != (made.events > 0).then_some(made.root) {
        let why = "it is not what the record holds".to_owned();
        return Err(BackupError::Damaged { path: file.to_owned(), why });
    }
    partial.settle(file, replace)?;
    Ok(made)
}

/// Whether a file begins as a backup does; anything else is taken for an export.
pub fn is_backup(file: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(file).and_then(|file| file.take(16).read_to_end(&mut start));
    read.is_ok() && start == open::MAGIC
}

/// Puts a backup's copy into a folder that has no record.
pub fn restore(dir: &Path, file: &Path) -> Result<Backup, BackupError> {
    let target = dir.join(FILE_NAME);
    if fs::symlink_metadata(&target).is_ok() {
        return Err(BackupError::Exists(target));
    }
    if fs::metadata(log_of(file)).is_ok_and(|log| log.len() > 0) {
        let why = "a log stands beside it: it was copied while somebody wrote to it, or is in use".to_owned();
        return Err(BackupError::Damaged { path: file.to_owned(), why });
    }
    open::make_folder(dir).map_err(|source| BackupError::File { path: dir.to_owned(), source })?;
    let partial = Partial::beside(&target)?;
    partial.fill(file)?;
    let made = partial.upgrade().and_then(|()| verify(&partial.path)).map_err(|error| match error {
        // What is wrong with the copy is wrong with the file.
        BackupError::Damaged { why, .. } => BackupError::Damaged { path: file.to_owned(), why },
        other => other,
    })?;
    partial.settle(&target, false)?;
    Ok(made)
}

/// A file on its way, under a name that nobody looks for. It goes unless it is put in place.
struct Partial {
    path: PathBuf,
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Once in place it is there no more; and what cannot be removed is only in the way.
        let _ = fs::remove_file(&self.path);
    }
}

impl Partial {
    /// In the same folder, so that it can be put in place in one step.
    fn beside(file: &Path) -> Result<Self, BackupError> {
        let name = file.file_name().ok_or_else(|| no_file(file))?;
        for number in 0..1_000 {
            let mut partial = std::ffi::OsString::from(".");
            partial.push(name);
            partial.push(format!(".part-{}-{number}", std::process::id()));
            let path = folder_of(file).join(partial);
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(_) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(BackupError::File { path, source }),
            }
        }
        Err(BackupError::Exists(folder_of(file).join(name)))
    }

    fn fill(&self, from: &Path) -> Result<(), BackupError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| BackupError::File { path, source }
        };
        let mut source = File::open(from).map_err(failed(from))?;
        let mut copy = OpenOptions::new().write(true).open(&self.path).map_err(failed(&self.path))?;
        io::copy(&mut source, &mut copy).map(drop).map_err(failed(&self.path))
    }

    /// Brings an older backup to today's format. One of a newer program, or another's, is told.
    fn upgrade(&self) -> Result<(), BackupError> {
        let mut start = Vec::new();
        File::open(&self.path)
            .and_then(|file| file.take(open::HEADER_LEN as u64).read_to_end(&mut start))
            .map_err(|source| BackupError::File { path: self.path.clone(), source })?;
        match open::judge(&self.path, &start)? {
            Found::Record => Ok(()),
            Found::Nothing | Found::Empty => {
                Err(BackupError::Damaged { path: self.path.clone(), why: "it is empty".to_owned() })
            }
            Found::Older(format) => migrate::to_today(&self.path, format)
                .map_err(|trouble| OpenError::from_trouble(self.path.clone(), trouble).into()),
        }
    }

    /// Gives it its name, once it is on the disk.
    fn settle(self, file: &Path, replace: bool) -> Result<(), BackupError> {
        let failed = |source| BackupError::File { path: file.to_owned(), source };
        File::open(&self.path).and_then(|made| made.sync_all()).map_err(failed)?;
        if replace {
            fs::rename(&self.path, file).map_err(failed)?;
        } else {
            // A link never takes another file's place, even one that has just come.
            fs::hard_link(&self.path, file).map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()),
                _ => failed(source),
            })?;
            fs::remove_file(&self.path).map_err(failed)?;
        }
        File::open(folder_of(file)).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn no_file(file: &Path) -> BackupError {
    let source = io::Error::new(io::ErrorKind::InvalidInput, "it is no file name");
    BackupError::File { path: file.to_owned(), source }
}

/// Whether a file would stand among the record's own.
fn is_in_place_of(file: &Path, dir: &Path) -> bool {
    let own = file.file_name().is_some_and(|name| name.as_bytes().starts_with(FILE_NAME.as_bytes()));
    let same_folder = fs::canonicalize(folder_of(file)).ok() == fs::canonicalize(dir).ok();
    let same_file = fs::canonicalize(file)
        .is_ok_and(|file| fs::canonicalize(dir.join(FILE_NAME)).is_ok_and(|record| record == file));
    (own && same_folder) || same_file
}

/// Reads a file that nobody writes to, from its first event to its last, and computes its ledger anew.
fn verify(path: &Path) -> Result<Backup, BackupError> {
    let damaged = |why: String| BackupError::Damaged { path: path.to_owned(), why };
    let look = || -> Result<Backup, Trouble> {
        let connection = open_unchanging(path)?;
        let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(StoreError::Damaged(sound).into());
        }
        let tip = query::tip(&connection)?;
        // Once by the nodes that are kept, and once by the events themselves.
        let kept = tree::catch_up(&connection, &Frontier::default(), &tip)?;
        let mut frontier = Frontier::default();
        while frontier.size() < tip.position {
            let leaves = query::leaves(&connection, frontier.size(), BATCH)?;
            if leaves.is_empty() {
                let why = format!("events after position {} are missing", frontier.size());
                return Err(StoreError::Damaged(why).into());
            }
            for leaf in leaves {
                frontier.push(leaf, |_| {});
            }
        }
        if frontier.size() != tip.position || frontier.root() != kept.root() {
            return Err(StoreError::Damaged("its events are not those of its ledger".to_owned()).into());
        }
        Ok(Backup { events: tip.position, root: kept.root() })
    };
    look().map_err(|trouble| damaged(StoreError::from(trouble).to_string()))
}

/// Leaves read at once.
const BATCH: usize = 4_096;

/// The root that the record had at some size, if an append ended there.
fn root_at(connection: &Connection, size: u64) -> Result<Option<Digest>, rusqlite::Error> {
    connection
        .query_row(
            "SELECT root FROM (SELECT root, first_position + count - 1 AS last FROM appends
                               WHERE first_position <= ?1 ORDER BY first_position DESC LIMIT 1)
             WHERE last = ?1",
            [size],
            |row| row.get(0).map(Digest),
        )
        .optional()
}

/// Opens a file without making a log or anything else beside it.
fn open_unchanging(path: &Path) -> Result<Connection, rusqlite::Error> {
    let mut address = String::from("file:");
    for byte in fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                address.push(char::from(*byte));
            }
            other => {
                // Writing to a string cannot fail.
                let _ = write!(address, "%{other:02X}");
            }
        }
    }
    address.push_str("?immutable=1");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(address, flags)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}
