//! Where a node listens.

use std::fmt;

/// Where a node listens.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Its name, or its address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The name that it shares with others, for which its certificate is.
    pub(super) shared_name: Option<String>,
}

impl Node {
    pub(super) fn new(host: &str, port: u16) -> Self {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Self { host: bare.to_owned(), port, shared_name: None }
    }

    /// What its certificate is for.
    pub(super) fn name(&self) -> &str {
        self.shared_name.as_deref().unwrap_or(&self.host)
    }
}

/// The same place, however it is called.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.host.eq_ignore_ascii_case(&other.host) && self.port == other.port
    }
}

impl Eq for Node {}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}
