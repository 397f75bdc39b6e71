//! Files that a command line names.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::failure::{Failure, Kind};

/// The bytes of a file; `what` says what was looked for in it.
pub fn read_file(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        Failure::new(
            Kind::BadInput,
            format!("cannot read {what} {}: {error}", path.display()),
            "check the path and its permissions",
        )
    })
}

/// The text of a file.
pub fn read_text(path: &Path, what: &str) -> Result<String, Failure> {
    String::from_utf8(read_file(path, what)?).map_err(|error| unreadable(path, &error))
}

/// A file that holds something other than it should.
pub fn unreadable(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::plain(Kind::BadInput, format!("{}: {error}", path.display()))
}

/// Writes a file that must not exist yet: nobody should lose an older one by saving a newer one.
pub fn write_new(path: &Path, data: &[u8], what: &str) -> Result<(), Failure> {
    let written = OpenOptions::new().write(true).create_new(true).open(path);
    written.and_then(|mut file| file.write_all(data)).map_err(|error| {
        let message = format!("cannot write {what} to {}: {error}", path.display());
        Failure::new(Kind::BadInput, message, "name a file that does not exist yet")
    })
}
