//! Where a record is kept, as an operator writes it: in the data folder, or in a cluster at an address like
//! `esdb://scribe@node1:2113,node2:2113?tlsCaFile=/etc/ca.pem&prefix=ops-`.
//!
//! Nothing here shows who logs in, or with what: not `Debug`, not `Display`, no error. An error does not even
//! quote the part of the address that it is about, where a password with a forgotten `%2F` may have ended up.

/// The address of a cluster.
#[cfg(feature = "kurrent")]
mod cluster;
/// What stands in its place in a program without clusters.
#[cfg(not(feature = "kurrent"))]
#[path = "without_clusters.rs"]
mod cluster;

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "kurrent")]
pub use self::cluster::AddressOption;
pub use self::cluster::ClusterAddress;
#[cfg(feature = "kurrent")]
pub(crate) use self::cluster::unchecked;

/// Where a record is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StoreAddress {
    /// In the data folder.
    #[default]
    Folder,
    /// In a cluster.
    Cluster(ClusterAddress),
}

/// Who logs in, as told elsewhere than in the address.
#[derive(Clone, Default)]
pub struct Login {
    /// The user's name.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
}

/// Why an address cannot be used. Neither text holds anything of a login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct AddressError {
    /// Which part of it, and what is wrong there.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

impl AddressError {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

impl ClusterAddress {
    /// Whether a text is meant as an address, and not as the path of a folder.
    pub fn is_meant(text: &str) -> bool {
        text.contains("://")
    }
}

impl FromStr for ClusterAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text, &Login::default())
    }
}

impl fmt::Debug for ClusterAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClusterAddress({self})")
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}
