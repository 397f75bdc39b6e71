//! Where a server listens: an address, or a socket file.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// An address and a port; port 0 is any free one.
    Tcp(SocketAddr),
    /// A socket file, by its whole path.
    Unix(PathBuf),
}

impl ListenAddress {
    /// Whether other machines can reach it.
    pub(super) fn is_beyond_loopback(&self) -> bool {
        match self {
            Self::Tcp(address) => !address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => false,
        }
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            if !path.is_absolute() {
                return Err("a socket file is told by its whole path: unix:/run/scribe.sock".into());
            }
            return Ok(Self::Unix(path));
        }
        text.parse().map(Self::Tcp).map_err(|error| {
            format!("{error}: write ADDRESS:PORT, such as 127.0.0.1:7474, or unix:/PATH for a socket file")
        })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
