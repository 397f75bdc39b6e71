//! Files of the data folder that are on the disk when it is said so, and nobody else's business.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes a folder for such files, if there is none.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// How such a file is opened to be written; made if there is none.
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

/// Writes such a file, in the place of one of that name; it is on the disk when this returns.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(format!("{name}.new"));
    let mut file = private().truncate(true).open(&beside)?;
    file.write_all(bytes)?;
    put_in_place(&file, &beside, folder, name)
}

/// Puts a file that was written under another name in its place within a folder, and returns when it is on the disk:
/// whoever reads it meets the old one or the new one, and never half of one.
pub fn put_in_place(written: &File, beside: &Path, folder: &Path, name: &str) -> io::Result<()> {
    written.sync_all()?;
    fs::rename(beside, folder.join(name))?;
    File::open(folder)?.sync_all()
}
