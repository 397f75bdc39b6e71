//! Finding the leader: every address is asked side by side, and the first that tells of a live leader wins.

use std::sync::PoisonError;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tonic::{Code, Request};

use super::asked::Asked;
use super::cluster::{Cluster, Failure};
use super::connection::Connection;
use super::dial::{CONNECT, resolve};
use super::node::Node;
use super::proto::Empty;
use super::proto::gossip::MemberInfo;
use super::proto::gossip::member_info::VNodeState;
use super::trouble::{self, Verdict};
use super::words;
use super::{Leader, Trouble};

/// How long after the node that answered last the others are asked.
const HEAD_START: Duration = Duration::from_millis(30);
/// How long one of several nodes may take to tell of the cluster.
const ONE_OF_SEVERAL: Duration = Duration::from_secs(1);

/// What came of asking one node.
enum Step {
    /// It told who is in the cluster.
    Members(Connection, Vec<MemberInfo>),
    /// It is the one to be asked.
    Reached(Connection),
    Failed(Trouble),
    /// It was told to lead, and no connection to it came about.
    Unreached(Trouble),
}

impl Cluster {
    /// A connection to the leader: the one at hand, or a new one.
    pub(super) async fn connection(&self, until: Instant) -> Result<Connection, Trouble> {
        if let Some(connection) = self.kept() {
            return Ok(connection);
        }
        let asked = Instant::now();
        let Ok(_turn) = timeout_at(until, self.turn.lock()).await else {
            return Err(Trouble::Away("no node of the cluster was found in time".to_owned()));
        };
        // Somebody else has looked meanwhile: what they found is true for everybody.
        if let Some(connection) = self.kept() {
            return Ok(connection);
        }
        {
            let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Failure { begun, trouble }) = &*failure
                && *begun >= asked
            {
                return Err(trouble.clone());
            }
        }
        let begun = Instant::now();
        let found = self.look(until).await;
        match &found {
            Ok(connection) => self.keep(connection),
            Err(trouble) => {
                let failure = Failure { begun, trouble: trouble.clone() };
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
            }
        }
        found
    }

    async fn look(&self, until: Instant) -> Result<Connection, Trouble> {
        let (mut attempts, mut before) = (0, None);
        loop {
            let mut why = None;
            let round = timeout_at(until, self.round(&mut why)).await;
            let trouble = match round {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(trouble)) => trouble,
                Err(_) => {
                    let late = || Trouble::Away("no node of the cluster answers in time".to_owned());
                    return Err(why.map(|(_, trouble)| trouble).or(before).unwrap_or_else(late));
                }
            };
            attempts += 1;
            // What does not pass by itself is not asked again.
            let again = matches!(trouble, Trouble::Away(_)) && attempts < self.attempts;
            if !again || Instant::now() + self.interval >= until {
                return Err(trouble);
            }
            before = Some(trouble);
            sleep(self.interval).await;
        }
    }

    /// Asks every node once.
    async fn round(&self, why: &mut Option<(u8, Trouble)>) -> Result<Connection, Trouble> {
        let nodes = self.nodes().await?;
        if let ([node], false) = (&*nodes, self.discover) {
            // It was named, so it is asked; where it does not lead, it tells who does.
            return self.way.dial(node).await;
        }
        let patience =
            if nodes.len() > 1 { self.gossip_timeout.min(ONE_OF_SEVERAL) } else { self.gossip_timeout };
        let mut steps: FuturesUnordered<BoxFuture<'_, Step>> = FuturesUnordered::new();
        for (place, node) in nodes.iter().enumerate() {
            let head_start = if place == 0 { Duration::ZERO } else { HEAD_START };
            steps.push(Box::pin(async move {
                sleep(head_start).await;
                let told = timeout(patience, self.ask_who_is_there(node)).await;
                told.unwrap_or_else(|_| Step::Failed(words::silent(node, patience)))
            }));
        }
        let mut tried = Vec::new();
        while let Some(step) = steps.next().await {
            match step {
                Step::Reached(connection) => return Ok(connection),
                Step::Failed(trouble) => prefer(why, trouble, false),
                Step::Unreached(trouble) => prefer(why, trouble, true),
                Step::Members(connection, members) => match established(&members) {
                    Some(leader) if leader == *connection.node => return Ok(connection),
                    Some(leader) if !tried.contains(&leader) => {
                        tried.push(leader.clone());
                        steps.push(Box::pin(async move {
                            self.way.dial(&leader).await.map_or_else(Step::Unreached, Step::Reached)
                        }));
                    }
                    Some(_) => {}
                    None => prefer(why, Trouble::Away(words::no_leader(&connection.node)), true),
                },
            }
        }
        let none = || Trouble::Away("the cluster has no nodes".to_owned());
        Err(why.take().map_or_else(none, |(_, trouble)| trouble))
    }

    async fn ask_who_is_there(&self, node: &Node) -> Step {
        let connection = match self.way.dial(node).await {
            Ok(connection) => connection,
            Err(trouble) => return Step::Failed(trouble),
        };
        match connection.gossip().read(Request::new(Empty {})).await {
            Ok(told) => {
                let members = told.into_inner().members;
                self.hear(&members);
                Step::Members(connection, members)
            }
            // It keeps to itself.
            Err(status) if status.code() == Code::Unimplemented && status.source_is_none() => {
                Step::Reached(connection)
            }
            Err(status) => match trouble::of(&status, &connection, Asked::Cluster).await {
                Verdict::Elsewhere(_) => Step::Reached(connection),
                Verdict::Lost(trouble) | Verdict::Final(trouble) => Step::Failed(trouble),
            },
        }
    }

    /// What is said of the leader was so at some moment, by its own clock.
    fn hear(&self, members: &[MemberInfo]) {
        let leads = |member: &&MemberInfo| member.is_alive && member.state() == VNodeState::Leader;
        if let Some(leader) = members.iter().find(leads) {
            self.times.said_before(leader.time_stamp);
        }
    }

    /// Every node that is known by name, who was of use last first.
    async fn nodes(&self) -> Result<Vec<Node>, Trouble> {
        let (mut nodes, mut unknown) = (Vec::new(), None);
        for node in &self.named {
            if !self.discover {
                nodes.push(node.clone());
                continue;
            }
            let resolved = timeout(CONNECT, resolve(node)).await;
            let silent = || Err(words::unknown_host(node, "nobody answers whom to ask for names"));
            match resolved.unwrap_or_else(|_| silent()) {
                Ok(addresses) => nodes.extend(addresses.iter().map(|address| Node {
                    shared_name: Some(node.host.clone()),
                    ..Node::new(&address.ip().to_string(), address.port())
                })),
                Err(trouble) => unknown = Some(trouble),
            }
        }
        if let Some(last) = self.last() {
            nodes.retain(|node| *node != last);
            nodes.insert(0, last);
        }
        if let (true, Some(trouble)) = (nodes.is_empty(), unknown) {
            return Err(trouble);
        }
        Ok(nodes)
    }

    /// What the cluster says of its leader now.
    pub(in crate::store::kurrent) async fn tell_leader(&self) -> Result<Leader, Trouble> {
        self.ask(self.patience, Asked::Cluster, |connection| async move {
            let node = Node::clone(&connection.node);
            let told = match connection.gossip().read(Request::new(Empty {})).await {
                Ok(told) => told.into_inner().members,
                Err(status) if status.code() == Code::Unimplemented && status.source_is_none() => {
                    return Ok(Ok(Leader { host: node.host, port: node.port, established: true }));
                }
                Err(status) => return Err(status),
            };
            self.hear(&told);
            if let Some(Node { host, port, .. }) = established(&told) {
                return Ok(Ok(Leader { host, port, established: true }));
            }
            // One that is becoming the leader, or is about to cease.
            let mut almost = told.iter().filter(|member| {
                matches!(
                    member.state(),
                    VNodeState::PreLeader | VNodeState::Leader | VNodeState::ResigningLeader
                )
            });
            let leader = almost.find_map(end_point);
            Ok(leader.map_or_else(
                || Err(Trouble::Away(words::no_leader(&node))),
                |Node { host, port, .. }| Ok(Leader { host, port, established: false }),
            ))
        })
        .await?
    }
}

/// The leader, if there is one that lives.
fn established(members: &[MemberInfo]) -> Option<Node> {
    members
        .iter()
        .filter(|member| member.is_alive && member.state() == VNodeState::Leader)
        .find_map(end_point)
}

fn end_point(member: &MemberInfo) -> Option<Node> {
    let end_point = member.http_end_point.as_ref()?;
    Some(Node::new(&end_point.address, u16::try_from(end_point.port).ok()?))
}

/// Of several troubles, that of the leader is told, or that there is none; else what will not pass by itself; else the
/// first.
fn prefer(why: &mut Option<(u8, Trouble)>, trouble: Trouble, of_leader: bool) {
    let weight = match trouble {
        _ if of_leader => 2,
        Trouble::Away(_) => 0,
        _ => 1,
    };
    if why.as_ref().is_none_or(|(known, _)| *known < weight) {
        *why = Some((weight, trouble));
    }
}

/// Whether a status came from the other side.
trait Source {
    fn source_is_none(&self) -> bool;
}

impl Source for tonic::Status {
    fn source_is_none(&self) -> bool {
        std::error::Error::source(self).is_none()
    }
}
