//! What is asked of a node.

/// What was asked, as far as rights differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To append to a stream.
    Append,
    /// To read a stream.
    Stream,
    /// To read or to follow the whole log.
    Log,
    /// Who is in the cluster, or what it is.
    Cluster,
}
