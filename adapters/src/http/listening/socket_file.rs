//! A socket file: for its owner alone, put in its place at once, and taken away at the end.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as Caller;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::address::ListenAddress;
use super::trouble::ServeError;

/// Who may connect: its owner.
const MODE: u32 = 0o600;

/// A socket file that this process has made; goes when this does.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Which one it is: another server may have put its own there since.
    identity: (u64, u64),
}

/// Listens on a socket file. One of a server that is no more is replaced.
pub(super) fn listen(path: &Path) -> Result<(UnixListener, SocketFile), ServeError> {
    let taken = |what: &str| ServeError::SocketFile { path: path.to_owned(), what: what.to_owned() };
    match fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            return Err(taken("there is something else, and it is not replaced"));
        }
        Ok(_) if Caller::connect(path).is_ok() => return Err(taken("another server listens there")),
        _ => {}
    }
    let failed = |source| ServeError::Bind { address: ListenAddress::Unix(path.to_owned()), source };
    let (listener, identity) = put(path).map_err(failed)?;
    Ok((listener, SocketFile { path: path.to_owned(), identity }))
}

/// Made in a folder that nobody else may enter, and moved to its place when its mode is right.
fn put(path: &Path) -> io::Result<(UnixListener, (u64, u64))> {
    let folder = path.parent().ok_or_else(|| io::Error::other("it is no place for a file"))?;
    let hidden = tempfile::Builder::new().prefix(".s").rand_bytes(4).tempdir_in(folder)?;
    let made = hidden.path().join("s");
    let listener = UnixListener::bind(&made)?;
    fs::set_permissions(&made, Permissions::from_mode(MODE))?;
    let identity = identity(&made)?;
    fs::rename(&made, path)?;
    Ok((listener, identity))
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|there| (there.dev(), there.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|there| there == self.identity)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "the socket file could not be taken away");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_for_its_owner_alone_and_goes_with_its_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scribe.sock");
        let (listener, file) = listen(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over of its making");
        let error = listen(&path).unwrap_err().to_string();
        assert!(error.contains("another server listens there"), "{error}");
        drop((listener, file));
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn that_of_a_dead_server_is_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scribe.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let (_listener, file) = listen(&path).unwrap();
        assert!(Caller::connect(&path).is_ok());
        // Another has put its own there: it is not taken away.
        fs::remove_file(&path).unwrap();
        let other = std::os::unix::net::UnixListener::bind(&path).unwrap();
        drop(file);
        assert!(path.exists());
        drop(other);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "notes").unwrap();
        let error = listen(&path).unwrap_err().to_string();
        assert!(error.contains("there is something else"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
        let nowhere = listen(&folder.path().join("no/scribe.sock")).unwrap_err().to_string();
        assert!(nowhere.contains("cannot listen on unix:"), "{nowhere}");
    }
}
