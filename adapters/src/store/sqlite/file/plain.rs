//! Whether the record's files are plain files, and whether they may be written to.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, access};

use super::names::{INDEX, LOG, beside};
use crate::store::sqlite::error::OpenError;

/// Refuses what goes by the name of one of the record's files and is another: the database engine follows a symbolic
/// link and keeps the log beside what it leads to, two names of one file have two logs, and a pipe is waited for.
pub(super) fn must_be_plain(path: &Path) -> Result<(), OpenError> {
    for name in ["", LOG, INDEX, "-journal"].map(|suffix| beside(path, suffix)) {
        let file = match fs::symlink_metadata(&name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(OpenError::NotWritable { path: name, why: error.to_string() }),
        };
        let what = if file.is_symlink() {
            "is a symbolic link, and a record must be the file itself"
        } else if !file.is_file() {
            "is not a file, and a record must be one"
        } else if file.nlink() > 1 && !is_being_founded(path, &file) {
            "has another name elsewhere (a hard link), and a record must have one only"
        } else {
            continue;
        };
        return Err(OpenError::NotPlain { path: name, what });
    }
    Ok(())
}

/// A record has two names for a moment while it is founded.
fn is_being_founded(path: &Path, file: &fs::Metadata) -> bool {
    let aside = fs::symlink_metadata(beside(path, ".new"));
    file.nlink() == 2 && aside.is_ok_and(|aside| (aside.dev(), aside.ino()) == (file.dev(), file.ino()))
}

/// Whether there is a record that this process may read and not write to: its log could not be kept either where
/// the folder is closed.
pub(super) fn may_only_look(path: &Path) -> bool {
    let is_closed = |path: &Path| access(path, Access::WRITE_OK).is_err();
    let folder = path.parent().unwrap_or(Path::new("."));
    path.exists() && access(path, Access::READ_OK).is_ok() && (is_closed(path) || is_closed(folder))
}
