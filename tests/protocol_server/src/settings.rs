//! How a cluster is set up.

use std::time::Duration;

use crate::like::Like;
use crate::log::Positions;

/// How a cluster behaves in ways that differ between versions and installations of the real server.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches, each of which means something by itself")]
pub struct Settings {
    /// Which server it is like, in everything that has no setting of its own.
    pub like: Like,
    /// The version that the nodes tell.
    pub version: String,
    /// The host that the nodes tell of each other and listen on.
    pub host: String,
    /// The port of the first node; 0 is any. The others get any.
    pub port: u16,
    /// How positions are given to the events of one append.
    pub positions: Positions,
    /// Whether subscriptions tell that they have caught up, as servers do since 23.10.
    pub caught_up: bool,
    /// Whether the batch append is offered, as it is since 21.10.
    pub batch_append: bool,
    /// The largest append in bytes.
    pub largest_append: usize,
    /// The largest event in bytes, where events have a limit of their own, as they do since 25.1.
    pub largest_event: Option<usize>,
    /// The longest that a batched append may wait for its last message.
    pub write_timeout: Duration,
    /// The longest that a write may wait for a majority, and a repeat for what it repeats.
    pub commit_timeout: Duration,
    /// After how long a leader whom too many have left knows it.
    pub resignation: Duration,
    /// How long a node that had more of the log than its new leader is away, to come back without it.
    pub truncation: Duration,
    /// How long any append takes to be indexed. Until then it is not acknowledged, and a repeat of it is dropped.
    pub index_delay: Duration,
    /// How much longer each of its events makes that.
    pub index_delay_of_event: Duration,
    /// Whether answers say when they were given.
    pub dates: bool,
    /// Whether connections are encrypted, with a certificate of an authority that is made for the cluster.
    pub tls: bool,
    /// Whether that certificate has expired.
    pub expired: bool,
    /// The administrator; anyone reads and writes anything if nobody is named.
    pub login: Option<Login>,
    /// Who else may read and write streams, but not the server's own, nor `$all`.
    pub users: Vec<Login>,
}

/// A user and the password.
#[derive(Clone)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Settings {
    /// What a server of a version does unless it is told otherwise.
    pub fn like(like: Like) -> Self {
        Self {
            like,
            version: like.version().to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 0,
            positions: Positions::Own,
            caught_up: true,
            batch_append: true,
            largest_append: like.largest_append(),
            largest_event: like.largest_event(),
            write_timeout: Duration::from_secs(2),
            // Both servers are set to 2 s and look at it now and then.
            commit_timeout: Duration::from_millis(2_550),
            resignation: Duration::from_millis(3_700),
            truncation: Duration::from_millis(300),
            index_delay: Duration::from_millis(1),
            index_delay_of_event: Duration::from_micros(20),
            dates: true,
            tls: false,
            expired: false,
            login: None,
            users: Vec::new(),
        }
    }
}

impl Default for Settings {
    /// Like the server that the environment chooses.
    fn default() -> Self {
        Self::like(Like::chosen())
    }
}
