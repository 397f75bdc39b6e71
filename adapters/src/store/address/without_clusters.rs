//! What stands in the place of a cluster's address in a program without the feature `kurrent`: nothing can be read
//! as one, so there is never one, and whatever would be done with it needs no code.

use std::fmt;
use std::iter::Empty;

use super::{AddressError, Login};

/// The address of a cluster, of which this program has none.
#[derive(Clone, PartialEq, Eq)]
pub enum ClusterAddress {}

impl ClusterAddress {
    /// Refuses every address, and says which program would take it.
    pub fn parse(_: &str, _: &Login) -> Result<Self, AddressError> {
        Err(AddressError::new(
            "this scribe was built without clusters (its feature `kurrent` is off)",
            "build it with the feature, which is on by default: `cargo build --release`; a record in a folder needs \
             no --store",
        ))
    }

    /// What the names of the record's streams begin with.
    pub fn prefix(&self) -> &str {
        match *self {}
    }

    /// The nodes that are named, as HOST:PORT.
    pub fn nodes(&self) -> Empty<String> {
        match *self {}
    }

    /// Whether both mean the same record.
    pub fn is_same_record(&self, _: &Self) -> bool {
        match *self {}
    }
}

impl fmt::Display for ClusterAddress {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_refused_with_what_to_do_about_it() {
        for text in ["esdb://node1:2113?tls=false", "kurrentdb+discover://ada:secret@cluster"] {
            assert!(ClusterAddress::is_meant(text));
            let AddressError { what, hint } = ClusterAddress::parse(text, &Login::default()).unwrap_err();
            assert!(what.contains("`kurrent`") && hint.contains("cargo build"), "{what}; {hint}");
            assert!(!what.contains("secret") && !hint.contains("secret"), "{what}; {hint}");
        }
    }
}
