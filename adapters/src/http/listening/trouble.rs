//! Why the server does not run.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::address::ListenAddress;

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached from other machines, and nothing secures what goes there.
    #[error(
        "{0} can be reached from other machines: without TLS scribe listens on loopback only (127.0.0.1 or [::1]), or on \
         a socket file (unix:/PATH)"
    )]
    NotLoopback(SocketAddr),
    /// The server can be reached from other machines, and nobody said under which names.
    #[error("{0} can be reached from other machines, and it is not said under which names it is asked there")]
    NoHosts(ListenAddress),
    /// The server can be reached from other machines, and there is no token by which to tell who asks.
    #[error(
        "it can be reached from other machines, and there is no token yet: whoever reached it could write anything"
    )]
    NoToken,
    /// A certificate without its key, or the other way round.
    #[error("TLS takes a certificate and its key, and {0} is missing")]
    HalfAPair(&'static str),
    /// The files for TLS cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// There is something at the place of the socket file that must stay.
    #[error("cannot listen on unix:{}: {what}", path.display())]
    SocketFile {
        /// The place.
        path: PathBuf,
        /// What is there.
        what: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: ListenAddress,
        /// Why.
        source: std::io::Error,
    },
    /// The socket failed.
    #[error("the socket failed: {0}")]
    Socket(#[from] std::io::Error),
}

/// Why a file for TLS cannot be used, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", file.display())]
pub struct CertificateError {
    /// Which file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
}

impl CertificateError {
    /// What is wrong with a file, and what to do.
    pub(super) fn new(file: &Path, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { file: file.to_owned(), what: what.into(), remedy }
    }
}
