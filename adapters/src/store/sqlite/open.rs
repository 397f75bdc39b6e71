//! Finding or founding the record in a folder, without touching a file that is somebody else's.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::error::OpenError;
use super::migrate;
use super::schema::{self, APPLICATION_ID, FORMAT};

/// The record's file in its folder.
pub const FILE_NAME: &str = "scribe.sqlite";

/// A record that this process has open. Whoever has a connection to it holds the claim for longer.
///
/// Locks on a file belong to the process: when it closes *any* handle to the file, all of them are gone,
/// the database engine's too, and another process may take the log away from under it
/// (<https://www.sqlite.org/howtocorrupt.html>, 2.2). So only a file that is not open here is looked at.
pub(super) struct Claim {
    /// The record's file.
    pub(super) path: PathBuf,
    file: Identity,
}

/// Device and inode.
type Identity = (u64, u64);

/// How often each file is claimed.
static CLAIMED: Mutex<BTreeMap<Identity, usize>> = Mutex::new(BTreeMap::new());

impl Drop for Claim {
    fn drop(&mut self) {
        let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut claims) = claimed.entry(self.file) {
            *claims.get_mut() -= 1;
            if *claims.get() == 0 {
                claims.remove();
            }
        }
    }
}

/// Makes sure that the folder has a record which this program can read and write.
///
/// A file is looked at byte by byte before the database engine may open it: the engine would finish a
/// foreign database's interrupted write, or fold in its log.
pub(super) fn find_or_found(dir: &Path) -> Result<Claim, OpenError> {
    make_folder(dir).map_err(|source| OpenError::Folder { path: dir.to_owned(), source })?;
    let path = dir.join(FILE_NAME);
    let database = |error: rusqlite::Error| OpenError::from_database(path.clone(), &error);
    let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);

    let open_here = identity(&path).is_ok_and(|file| claimed.contains_key(&file));
    let found = if open_here { Found::Record } else { look(&path)? };
    if found == Found::Empty {
        schema::lay_out(&path).map_err(database)?;
    }
    let mode = schema::turn_on_log(&path).map_err(database)?;
    if mode != "wal" {
        let why = format!("its file system cannot share memory between processes (journal mode {mode})");
        return Err(OpenError::NotWritable { path, why });
    }
    if let Found::Older(format) = found {
        migrate::to_today(&path, format).map_err(|trouble| OpenError::from_trouble(path.clone(), trouble))?;
    }
    let file = identity(&path).map_err(|error| not_writable(&path, &error))?;
    *claimed.entry(file).or_default() += 1;
    Ok(Claim { path, file })
}

fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

fn not_writable(path: &Path, error: &io::Error) -> OpenError {
    OpenError::NotWritable { path: path.to_owned(), why: error.to_string() }
}

/// Incidents are nobody else's business: the folder is its owner's, and the file too.
pub(super) fn make_folder(dir: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|folder| !folder.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // An acknowledged append must not vanish with the name of its folder in a power cut.
    for parent in missing.into_iter().filter_map(Path::parent) {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing in it yet.
    Empty,
    /// Ours, in today's format.
    Record,
    /// Ours, as an older program wrote it.
    Older(u32),
}

fn look(path: &Path) -> Result<Found, OpenError> {
    let not_writable = |error| not_writable(path, &error);
    // Asked for before the file itself: a record never shrinks to nothing, so a log beside an empty
    // file cannot be one that another process is just founding.
    let has_log = fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0);
    // For writing too: the database engine would quietly make do with reading.
    let mut writable = OpenOptions::new();
    writable.read(true).write(true);
    let file = match writable.clone().create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => writable.open(path),
        created => created,
    };
    let mut start = Vec::with_capacity(HEADER_LEN);
    file.map_err(not_writable)?.take(HEADER_LEN as u64).read_to_end(&mut start).map_err(not_writable)?;

    if start.is_empty() && has_log {
        let why = "the file is empty, but the log beside it is not".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), why });
    }
    judge(path, &start)
}

/// The database header's length, and where in it the two marks stand
/// (<https://www.sqlite.org/fileformat2.html#the_database_header>).
pub(super) const HEADER_LEN: usize = 100;
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// What a file is, by how it begins.
pub(super) fn judge(path: &Path, start: &[u8]) -> Result<Found, OpenError> {
    let foreign = |what| Err(OpenError::Foreign { path: path.to_owned(), what });
    if start.is_empty() {
        return Ok(Found::Empty);
    }
    if start.len() < HEADER_LEN || !start.starts_with(MAGIC) {
        return foreign("it does not begin as one does");
    }
    if number_at(start, APPLICATION_ID_AT) != APPLICATION_ID {
        return foreign("it is another program's database");
    }
    match number_at(start, USER_VERSION_AT) {
        FORMAT => Ok(Found::Record),
        older @ 1..FORMAT => Ok(Found::Older(older)),
        found if found > FORMAT => Err(OpenError::Newer { path: path.to_owned(), found, known: FORMAT }),
        found => {
            Err(OpenError::Damaged { path: path.to_owned(), why: format!("there is no format {found}") })
        }
    }
}

fn number_at(bytes: &[u8], place: usize) -> u32 {
    bytes[place..place + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The log beside a database.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
