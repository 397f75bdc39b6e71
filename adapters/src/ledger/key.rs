//! The key's file, `ledger.key` in the data folder: one line, as Go's note package writes a signing key.
//!
//! It is made complete under another name and then linked to its own, which fails if somebody was faster:
//! two programs that start at once have one key, and nobody reads half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use scribe_projections::ledger::note::{KeyError, KeyName, SigningKey};

use crate::chance;

/// The file's name in the data folder.
pub const FILE: &str = "ledger.key";
/// More than a key's line ever has.
const LIMIT: u64 = 4_096;

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("cannot use the key {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others could have read it, so a signature proves nothing.
    #[error("others may read the key {}: its mode is {mode:o}, and should be 600", .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds something else.
    #[error("{} {source}", .path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: KeyError,
    },
    /// It signs in another name than the settings say.
    #[error("{} signs as {has}, but the settings say origin = \"{wanted}\"", .path.display())]
    OtherOrigin {
        /// The file.
        path: PathBuf,
        /// The key's name.
        has: KeyName,
        /// The name in the settings.
        wanted: KeyName,
    },
}

/// The folder's key; none if it has none yet.
pub(super) fn read(folder: &Path, origin: Option<&KeyName>) -> Result<Option<SigningKey>, KeyFileError> {
    let path = folder.join(FILE);
    let Some(key) = read_file(&path)? else { return Ok(None) };
    match (key.verifier().name(), origin) {
        (has, Some(wanted)) if has != wanted => {
            Err(KeyFileError::OtherOrigin { path, has: has.clone(), wanted: wanted.clone() })
        }
        _ => Ok(Some(key)),
    }
}

/// The folder's key, made if it has none yet; an origin that nobody chose is drawn by lot.
pub(super) fn read_or_make(folder: &Path, origin: Option<&KeyName>) -> Result<SigningKey, KeyFileError> {
    if let Some(key) = read(folder, origin)? {
        return Ok(key);
    }
    let path = folder.join(FILE);
    let broken = |source| KeyFileError::Io { path: path.clone(), source };
    let name = if let Some(origin) = origin {
        origin.clone()
    } else {
        let lot = chance::bytes::<4>().map_err(broken)?;
        let name = KeyName::new(&format!("scribe/{}", HEXLOWER.encode(&lot)));
        name.map_err(|source| KeyFileError::NoKey { path: path.clone(), source })?
    };
    // Another process, or another thread of this one, may be making one just now.
    let lot = chance::bytes::<8>().map_err(broken)?;
    let scrap = folder.join(format!("{FILE}.{}", HEXLOWER.encode(&lot)));
    write_new(&scrap, &name)?;
    let linked = fs::hard_link(&scrap, &path);
    // Its content lies under the key's own name now, or somebody else's key does.
    let _ = fs::remove_file(&scrap);
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(broken(error)),
        _ => sync(folder)?,
    }
    read(folder, origin)?.ok_or_else(|| broken(io::ErrorKind::NotFound.into()))
}

/// Makes the key that is to follow; one that was made and never used is replaced.
pub(super) fn make_next(folder: &Path, name: &KeyName) -> Result<SigningKey, KeyFileError> {
    let path = next_path(folder);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(KeyFileError::Io { path, source });
        }
        _ => {}
    }
    let key = write_new(&path, name)?;
    sync(folder)?;
    Ok(key)
}

/// The key that was to follow, if a change of keys was cut short.
pub(super) fn read_next(folder: &Path) -> Result<Option<SigningKey>, KeyFileError> {
    read_file(&next_path(folder))
}

/// Puts the following key in place of the present one, which stays under a name of its own.
pub(super) fn take_over(folder: &Path, present: &SigningKey) -> Result<(), KeyFileError> {
    let (path, next) = (folder.join(FILE), next_path(folder));
    let aside = folder.join(format!("{FILE}.{}", present.verifier().id()));
    let broken = |source| KeyFileError::Io { path: path.clone(), source };
    match fs::hard_link(&path, &aside) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(broken(error)),
        _ => {}
    }
    fs::rename(&next, &path).map_err(broken)?;
    sync(folder)
}

fn next_path(folder: &Path) -> PathBuf {
    folder.join(format!("{FILE}.next"))
}

fn read_file(path: &Path) -> Result<Option<SigningKey>, KeyFileError> {
    let broken = |source| KeyFileError::Io { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(broken(error)),
    };
    // Of the file that is open, not of whatever has its name a moment later.
    let mode = file.metadata().map_err(broken)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.take(LIMIT).read_to_string(&mut text).map_err(broken)?;
    let key = SigningKey::parse(text.trim_end_matches('\n'));
    key.map(Some).map_err(|source| KeyFileError::NoKey { path: path.to_owned(), source })
}

fn write_new(path: &Path, name: &KeyName) -> Result<SigningKey, KeyFileError> {
    let write = || {
        let key = SigningKey::new(name.clone(), &chance::bytes()?);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(format!("{}\n", key.secret_text()).as_bytes())?;
        file.sync_all()?;
        Ok(key)
    };
    write().map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
}

fn sync(folder: &Path) -> Result<(), KeyFileError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| KeyFileError::Io { path: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::thread;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path(), None).unwrap().is_none());
        let keys: Vec<String> = thread::scope(|scope| {
            let make = || read_or_make(folder.path(), None).unwrap().secret_text();
            let threads: Vec<_> = (0..2).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(keys[0], keys[1]);
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [FILE]);
        let name = read(folder.path(), None).unwrap().unwrap().verifier().name().to_string();
        assert!(name.starts_with("scribe/") && name.len() == 15, "{name}");
    }

    #[test]
    fn a_key_that_proves_nothing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let origin = KeyName::new("example.com/log").unwrap();
        read_or_make(folder.path(), Some(&origin)).unwrap();
        let other = KeyName::new("example.com/other").unwrap();
        assert!(matches!(read(folder.path(), Some(&other)), Err(KeyFileError::OtherOrigin { .. })));
        let path = folder.path().join(FILE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = read_or_make(folder.path(), None).unwrap_err();
        assert!(matches!(refused, KeyFileError::Exposed { mode: 0o640, .. }), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "PRIVATE+KEY+x\n").unwrap();
        assert!(matches!(read_or_make(folder.path(), None), Err(KeyFileError::NoKey { .. })));
    }

    #[test]
    fn a_key_that_takes_over_leaves_the_other_aside() {
        let folder = tempfile::tempdir().unwrap();
        let first = read_or_make(folder.path(), None).unwrap();
        assert!(read_next(folder.path()).unwrap().is_none());
        make_next(folder.path(), first.verifier().name()).unwrap();
        // As after a change that was cut short: the unused key is replaced.
        let second = make_next(folder.path(), first.verifier().name()).unwrap();
        take_over(folder.path(), &first).unwrap();
        let now = read(folder.path(), None).unwrap().unwrap();
        assert_eq!(now.verifier(), second.verifier());
        assert_ne!(first.verifier(), second.verifier());
        let aside = folder.path().join(format!("{FILE}.{}", first.verifier().id()));
        assert_eq!(read_file(&aside).unwrap().unwrap().verifier(), first.verifier());
        assert!(read_next(folder.path()).unwrap().is_none());
    }
}
