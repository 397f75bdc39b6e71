//! Finding or founding the record in a folder, without touching a file that is somebody else's.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::migrate;
use super::names::{FILE_NAME, INDEX, LOG, beside};
use super::plain;
use super::schema::{self, APPLICATION_ID, FORMAT};
use super::wal;
use crate::store::sqlite::error::OpenError;

/// A record that this process has open. Whoever has a connection to it holds the claim for longer.
///
/// Locks on a file belong to the process: when it closes *any* handle to the file, all of them are gone,
/// the database engine's too, and another process may take the log away from under it
/// (<https://www.sqlite.org/howtocorrupt.html>, 2.2). So only a file that is not open here is looked at.
pub(in crate::store::sqlite) struct Claim {
    /// The record's file.
    pub(in crate::store::sqlite) path: PathBuf,
    /// Whether this process may only read it.
    pub(in crate::store::sqlite) only_to_look: bool,
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
pub(in crate::store::sqlite) fn find_or_found(dir: &Path) -> Result<Claim, OpenError> {
    make_folder(dir).map_err(|source| OpenError::Folder { path: dir.to_owned(), source })?;
    let path = dir.join(FILE_NAME);
    let database = |error: rusqlite::Error| OpenError::from_database(path.clone(), &error);
    let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
    plain::must_be_plain(&path)?;
    if plain::may_only_look(&path) {
        return claim_to_look(path, &mut claimed);
    }

    let open_here = identity(&path).is_ok_and(|file| claimed.contains_key(&file));
    let mut found = if open_here { Found::Record } else { look(&path)? };
    if found == Found::Nothing {
        found_aside(&path)?;
        found = look(&path)?;
    }
    if found == Found::Empty {
        schema::lay_out(&path).map_err(database)?;
    }
    if !open_here && wal::was_left_behind(&path) {
        wal::renew(&path).map_err(|trouble| OpenError::from_trouble(path.clone(), trouble))?;
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
    Ok(Claim { path, only_to_look: false, file })
}

/// A record that belongs to somebody else, who lets it be read.
fn claim_to_look(path: PathBuf, claimed: &mut BTreeMap<Identity, usize>) -> Result<Claim, OpenError> {
    let file = identity(&path).map_err(|error| not_writable(&path, &error))?;
    if !claimed.contains_key(&file) {
        let mut start = Vec::with_capacity(HEADER_LEN);
        let read = File::open(&path).and_then(|file| file.take(HEADER_LEN as u64).read_to_end(&mut start));
        read.map_err(|error| not_writable(&path, &error))?;
        match judge(&path, &start)? {
            Found::Record => {}
            Found::Nothing | Found::Empty | Found::Older(_) => {
                let why = "it must be written to before it can be read, and may only be read here".to_owned();
                return Err(OpenError::NotWritable { path, why });
            }
        }
    }
    *claimed.entry(file).or_default() += 1;
    Ok(Claim { path, only_to_look: true, file })
}

/// Lays a record out under another name and gives it its own when it is whole and on the disk: a power cut
/// leaves all of it or nothing. Laid out in its place, it could be left as a file that begins like a
/// record and has no tables, or like no record at all, and would be refused for ever.
fn found_aside(path: &Path) -> Result<(), OpenError> {
    let not_writable = |error| not_writable(path, &error);
    let folder = File::open(folder_of(path)).map_err(not_writable)?;
    // One process at a time. Where there are no such locks, at least none takes another's place.
    let _ = folder.lock();
    if path.exists() {
        return Ok(());
    }
    let aside = beside(path, ".new");
    // What a process that ended in the middle of it left.
    for suffix in ["", "-journal", LOG, INDEX] {
        let _ = fs::remove_file(beside(&aside, suffix));
    }
    create(&aside).map_err(not_writable)?;
    let database = |error: rusqlite::Error| OpenError::from_database(path.to_owned(), &error);
    schema::lay_out(&aside).map_err(database)?;
    schema::turn_on_log(&aside).map_err(database)?;
    // Not renamed: that would take another's place.
    let placed = fs::hard_link(&aside, path);
    fs::remove_file(&aside).map_err(not_writable)?;
    if placed.is_err() && !path.exists() {
        // A file system without links: it is laid out in its place, then.
        create(path).map_err(not_writable)?;
    }
    folder.sync_all().map_err(not_writable)
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

fn not_writable(path: &Path, error: &io::Error) -> OpenError {
    OpenError::NotWritable { path: path.to_owned(), why: error.to_string() }
}

/// Incidents are nobody else's business: the folder is its owner's, and the file too.
pub(in crate::store) fn make_folder(dir: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|folder| !folder.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // An acknowledged append must not vanish with the name of its folder in a power cut.
    for folder in missing {
        File::open(folder_of(folder))?.sync_all()?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
pub(in crate::store::sqlite) enum Found {
    /// There is no file.
    Nothing,
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
    let has_log = fs::metadata(beside(path, LOG)).is_ok_and(|log| log.len() > 0);
    // For writing too: the database engine would quietly make do with reading.
    let mut start = Vec::with_capacity(HEADER_LEN);
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file.take(HEADER_LEN as u64).read_to_end(&mut start).map_err(not_writable)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !has_log => return Ok(Found::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(not_writable(error)),
    };
    if start.is_empty() && has_log {
        let why = "the file is empty or gone, but the log beside it is not".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), why });
    }
    judge(path, &start)
}

/// The database header's length, and where in it the two marks stand
/// (<https://www.sqlite.org/fileformat2.html#the_database_header>).
pub(in crate::store::sqlite) const HEADER_LEN: usize = 100;
pub(in crate::store::sqlite) const MAGIC: &[u8] = b"SQLite format 3\0";
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// What a file is, by how it begins.
pub(in crate::store::sqlite) fn judge(path: &Path, start: &[u8]) -> Result<Found, OpenError> {
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

/// The files that a connection writes to.
///
/// A file that was moved, deleted or replaced can still be written to by whoever has it open, and what is
/// written there is lost with the last of them. So it is asked for each commit whether the files in the
/// folder are still those: two looks at the folder, against a flush of the disk.
pub(in crate::store::sqlite) struct Files {
    known: [(Option<Identity>, PathBuf); 2],
}

impl Files {
    /// The record's file and its log, as they are now, or else as they are found first.
    pub(in crate::store::sqlite) fn of(path: &Path) -> Self {
        let known = |path: PathBuf| (identity(&path).ok(), path);
        Self { known: [known(path.to_owned()), known(beside(path, LOG))] }
    }

    /// The path of a file that is not the one that it was.
    pub(in crate::store::sqlite) fn missing(&mut self) -> Option<&Path> {
        self.known.iter_mut().find_map(|(known, path)| match identity(path) {
            Ok(found) if *known.get_or_insert(found) == found => None,
            _ => Some(&**path),
        })
    }
}
