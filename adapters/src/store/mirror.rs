//! The folder in the data folder where a cluster's record is mirrored, and the mark that tells it from a
//! record.
//!
//! A mirror has the form of a record, so that everything that reads records reads it. But who appended to
//! it would fork the record, and who opened the data folder without naming the cluster would found a second
//! one. A file beside it says whose mirror it is, and keeps from both.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address::ClusterAddress;
use super::sqlite::{FILE_NAME, OpenError, make_folder};

/// The mirror's folder in the data folder.
pub const FOLDER: &str = "mirror";
/// What the folder of an edition is called, before its number: the first lies in the mirror's folder itself.
const EDITION: &str = "edition-";
/// The folder of the one that is being filled.
const ANEW: &str = "anew";
/// The mark.
const MARK: &str = "mirror.json";

/// Whose mirror it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// For whoever finds the file.
    about: String,
    /// The nodes, without how to log in there.
    hosts: Vec<String>,
    /// What the names of its streams begin with.
    prefix: String,
}

const ABOUT: &str = "A mirror of a record that is kept in a cluster. Deleting this folder costs only time: it is filled again.";

/// Makes a folder the mirror of a record, or finds that it is. Refused if it holds anything else: a record of
/// its own, or the mirror of another.
pub fn mark(dir: &Path, address: &ClusterAddress) -> Result<(), OpenError> {
    let cannot = |source| OpenError::Folder { path: dir.to_owned(), source };
    let ours = Mark {
        about: ABOUT.to_owned(),
        hosts: address.nodes().collect(),
        prefix: address.prefix().to_owned(),
    };
    match read(dir).map_err(cannot)? {
        Some(mark) if mark == ours => return Ok(()),
        // Nodes come and go; one in common makes it the same cluster.
        Some(mark)
            if mark.prefix == ours.prefix && mark.hosts.iter().any(|host| ours.hosts.contains(host)) => {}
        Some(mark) => return Err(OpenError::OtherMirror { path: dir.to_owned(), of: mark.shown() }),
        None if dir.join(FILE_NAME).exists() => {
            return Err(OpenError::TwoRecords { path: dir.to_owned() });
        }
        None => {}
    }
    make_folder(dir).map_err(cannot)?;
    write(dir, &ours).map_err(cannot)
}

/// Whether a folder is a mirror.
pub fn is_one(dir: &Path) -> bool {
    dir.join(MARK).exists()
}

/// The latest edition of a mirror: how many were set aside before it, and where it lies.
pub fn edition(dir: &Path) -> (u64, PathBuf) {
    let number = |entry: io::Result<fs::DirEntry>| {
        entry.ok()?.file_name().to_str()?.strip_prefix(EDITION)?.parse::<u64>().ok()
    };
    // A folder that cannot be listed has none, as far as anybody can tell; opening it will say why.
    let latest = fs::read_dir(dir).ok().and_then(|entries| entries.filter_map(number).max());
    match latest {
        Some(number) => (number, edition_folder(dir, number)),
        None => (0, dir.to_owned()),
    }
}

/// Where the next edition is filled until it is found to be right.
pub fn anew(dir: &Path) -> PathBuf {
    dir.join(ANEW)
}

/// The edition that was filled is the one with this number from here on, unless another process has put one there;
/// tells the latest.
pub fn accept(dir: &Path, number: u64) -> Result<(u64, PathBuf), OpenError> {
    let folder = edition_folder(dir, number);
    match fs::rename(anew(dir), &folder) {
        Err(_) if folder.exists() => {}
        Err(source) => return Err(OpenError::Folder { path: folder, source }),
        Ok(()) => {}
    }
    Ok(edition(dir))
}

/// Where the edition lies before which so many were set aside.
pub fn edition_folder(dir: &Path, number: u64) -> PathBuf {
    if number == 0 { dir.to_owned() } else { dir.join(format!("{EDITION}{number}")) }
}

/// Refuses a folder that is a mirror, or that holds one and no record.
pub fn refuse(dir: &Path) -> Result<(), OpenError> {
    let holds_no_record = !dir.join(FILE_NAME).exists();
    let places = [Some(dir.to_owned()), holds_no_record.then(|| dir.join(FOLDER))];
    for path in places.into_iter().flatten() {
        let mark = read(&path).map_err(|source| OpenError::Folder { path: path.clone(), source })?;
        if let Some(mark) = mark {
            return Err(OpenError::OnlyAMirror { path, of: mark.shown() });
        }
    }
    Ok(())
}

/// Where a data folder has its mirror. Refused if it has a record of its own.
pub fn folder_in(data: &Path) -> Result<PathBuf, OpenError> {
    if data.join(FILE_NAME).exists() {
        return Err(OpenError::TwoRecords { path: data.to_owned() });
    }
    Ok(data.join(FOLDER))
}

impl Mark {
    fn shown(&self) -> String {
        let Self { hosts, prefix, .. } = self;
        let prefix = if prefix.is_empty() { String::new() } else { format!("?prefix={prefix}") };
        format!("esdb://{}{prefix}", hosts.join(","))
    }
}

fn read(dir: &Path) -> io::Result<Option<Mark>> {
    match fs::read(dir.join(MARK)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Under another name first: another process may be reading it.
fn write(dir: &Path, mark: &Mark) -> io::Result<()> {
    let aside = dir.join(format!("{MARK}.{}", std::process::id()));
    fs::write(&aside, serde_json::to_vec_pretty(mark)?)?;
    fs::rename(&aside, dir.join(MARK))
}

#[cfg(test)]
#[cfg(feature = "kurrent")]
mod tests {
    use super::*;
    use crate::clock;
    use crate::store::sqlite::SqliteStore;

    fn address(text: &str) -> ClusterAddress {
        text.parse().unwrap()
    }

    #[test]
    fn a_mirror_is_of_one_record_only() {
        let data = tempfile::tempdir().unwrap();
        let dir = folder_in(data.path()).unwrap();
        let marked = |text: &str| mark(&dir, &address(text));
        marked("esdb://ada:secret@a:1,b?tls=false").unwrap();
        marked("esdb://a:1,b?tls=false").unwrap();
        let other = marked("esdb://a:1,b?tls=false&prefix=x").unwrap_err().to_string();
        assert!(other.contains("esdb://a:1,b:2113") && !other.contains("secret"), "{other}");
        assert!(matches!(marked("esdb://a:2?tls=false"), Err(OpenError::OtherMirror { .. })));
        // A node after the other, every one can be replaced.
        marked("esdb://b,c?tls=false").unwrap();
        marked("esdb://c?tls=false").unwrap();
        assert!(matches!(marked("esdb://a:1,b?tls=false"), Err(OpenError::OtherMirror { .. })));
    }

    #[test]
    fn a_mirror_is_no_record_and_a_record_is_no_mirror() {
        let data = tempfile::tempdir().unwrap();
        let dir = folder_in(data.path()).unwrap();
        let cluster = address("esdb://a?tls=false");
        refuse(data.path()).unwrap();
        refuse(&dir).unwrap();
        assert!(!is_one(&dir));
        mark(&dir, &cluster).unwrap();
        assert!(is_one(&dir));
        for place in [data.path(), &dir] {
            assert!(matches!(refuse(place), Err(OpenError::OnlyAMirror { .. })));
        }

        let data = tempfile::tempdir().unwrap();
        drop(SqliteStore::open(data.path(), clock::system()).unwrap());
        assert!(matches!(folder_in(data.path()), Err(OpenError::TwoRecords { .. })));
        assert!(matches!(mark(data.path(), &cluster), Err(OpenError::TwoRecords { .. })));
        refuse(data.path()).unwrap();
    }
}
