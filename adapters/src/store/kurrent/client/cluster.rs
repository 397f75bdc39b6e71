//! What is known of a cluster, and how it is asked: of its leader, within a time, following to where it is.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::header::HeaderValue;
use tokio::time::{Instant, timeout_at};
use tonic::Status;

use super::Trouble;
use super::asked::Asked;
use super::connection::{Connection, Manners};
use super::dial::Way;
use super::node::Node;
use super::times::Times;
use super::trouble::{self, Verdict};
use super::words;
use crate::store::address::ClusterAddress;

/// How often whoever asks is sent to another node.
const REDIRECTIONS: u32 = 3;

/// A cluster.
pub(in crate::store::kurrent) struct Cluster {
    pub(super) way: Way,
    /// What is seen of the leader's clock.
    pub(super) times: Arc<Times>,
    pub(super) named: Vec<Node>,
    /// Whether the one name stands for all nodes.
    pub(super) discover: bool,
    /// How often the leader is looked for, and how long in between.
    pub(super) attempts: usize,
    pub(super) interval: Duration,
    pub(super) gossip_timeout: Duration,
    /// How long an answer may take.
    pub(super) patience: Duration,
    /// The connection at hand.
    kept: Mutex<Option<Connection>>,
    /// Who was of use last.
    last: Mutex<Option<Node>>,
    /// One at a time looks for the leader.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) failure: Mutex<Option<Failure>>,
}

/// What came of looking for the leader the last time that it was not found.
pub(super) struct Failure {
    pub(super) begun: Instant,
    pub(super) trouble: Trouble,
}

impl Cluster {
    /// Nothing is connected yet; the certificates are read.
    pub(in crate::store::kurrent) fn new(
        address: &ClusterAddress,
        times: Arc<Times>,
    ) -> Result<Self, Trouble> {
        let settings = address.settings();
        let tls = address.tls().map_err(|error| Trouble::Barred { why: error.what, remedy: error.hint })?;
        let mut authorization =
            address.authorization().and_then(|login| HeaderValue::try_from(login.into_bytes()).ok());
        if let Some(login) = &mut authorization {
            login.set_sensitive(true);
        }
        let name = HeaderValue::from_str(address.connection_name()).ok();
        let manners = Arc::new(Manners { authorization, name, times: Arc::clone(&times) });
        let named = settings.hosts().iter();
        let named = named.filter_map(|host| Some(Node::new(&host.host, u16::try_from(host.port).ok()?)));
        Ok(Self {
            times,
            way: Way { tls, manners, keep_alive: address.keep_alive() },
            named: named.collect(),
            discover: settings.is_dns_discovery_enabled(),
            attempts: settings.max_discover_attempts(),
            interval: settings.discovery_interval(),
            gossip_timeout: settings.gossip_timeout(),
            patience: address.deadline(),
            kept: Mutex::default(),
            last: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            failure: Mutex::default(),
        })
    }

    /// Asks the leader, and follows when it is elsewhere. What was asked of a connection that had ended unnoticed
    /// is asked once more, unless it is an append: it may have been done.
    pub(super) async fn ask<T, F>(
        &self,
        within: Duration,
        asked: Asked,
        question: impl Fn(Connection) -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let until = Instant::now() + within;
        let mut redirections = 0;
        let mut again = asked != Asked::Append;
        loop {
            let was_at_hand = self.kept().is_some();
            let connection = self.connection(until).await?;
            let Ok(answer) = timeout_at(until, question(connection.clone())).await else {
                self.forget(&connection);
                return Err(words::silent(&connection.node, within));
            };
            let status = match answer {
                Ok(answer) => return Ok(answer),
                Err(status) => status,
            };
            match trouble::of(&status, &connection, asked).await {
                Verdict::Elsewhere(node) => {
                    self.forget(&connection);
                    if redirections == REDIRECTIONS {
                        return Err(Trouble::Away(words::no_leader(&connection.node)));
                    }
                    redirections += 1;
                    self.go(&node, until).await?;
                }
                Verdict::Lost(trouble) => {
                    self.forget(&connection);
                    let broke = std::error::Error::source(&status).is_some();
                    if !(again && was_at_hand && broke) {
                        return Err(trouble);
                    }
                    again = false;
                }
                Verdict::Final(trouble) => return Err(trouble),
            }
        }
    }

    /// Goes over to the node that is told to lead.
    async fn go(&self, node: &Node, until: Instant) -> Result<(), Trouble> {
        let connection = self.to(node, until).await?;
        self.keep(&connection);
        Ok(())
    }

    /// A connection of its own to a node.
    pub(super) async fn to(&self, node: &Node, until: Instant) -> Result<Connection, Trouble> {
        let late = |_| Err(Trouble::Away(format!("{node} takes no connection in time")));
        timeout_at(until, self.way.dial(node)).await.unwrap_or_else(late)
    }

    /// The connection at hand, if it has not ended.
    pub(super) fn kept(&self) -> Option<Connection> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(Connection::has_ended) {
            *kept = None;
        }
        kept.clone()
    }

    pub(super) fn keep(&self, connection: &Connection) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Node::clone(&connection.node));
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
    }

    /// The next who asks looks anew.
    pub(super) fn forget(&self, used: &Connection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| kept.is_same(used)) {
            *kept = None;
        }
    }

    /// The same, of whatever connection to that node.
    pub(super) fn forget_node(&self, node: &Node) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| *kept.node == *node) {
            *kept = None;
        }
    }

    pub(super) fn last(&self) -> Option<Node> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
