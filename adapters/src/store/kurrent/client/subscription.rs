//! Following the cluster's log, over a connection of its own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tonic::{Request, Streaming};

use super::asked::Asked;
use super::cluster::Cluster;
use super::connection::Connection;
use super::node::Node;
use super::proto::Empty;
use super::proto::read_parts::{
    AllOption, AllOptions, Content, CountOption, FilterOption, ReadDirection, ReadReq, ReadResp,
    StreamOption, SubscriptionOptions,
};
use super::read::{all_from, filter, is_good, request, version};
use super::trouble::{self, Verdict};
use super::words;
use super::{LogEvent, Place, Signal, Trouble};

/// How many events of others the server looks through before it tells where it is.
const WINDOW: u32 = 500;
/// What a subscription may be ahead of whoever reads it: in signals, and in bytes. A server that waits for its
/// reader holds 32 events for it, and ends it then.
const AHEAD: usize = 16_384;
const AHEAD_BYTES: usize = 64 << 20;
/// Some servers confirm a subscription before they refuse it. What is confirmed counts when anything follows, or
/// when for so long nothing does.
const CONFIRMED: Duration = Duration::from_millis(200);
/// How often a subscription is sent to another node.
const REDIRECTIONS: u32 = 3;
/// How long a node may take to tell its version.
const VERSION: Duration = Duration::from_secs(1);

type Sender = mpsc::Sender<Result<Signal, Trouble>>;
pub(in crate::store::kurrent) type Signals = mpsc::Receiver<Result<Signal, Trouble>>;

/// A subscription that has been asked for.
struct Open {
    connection: Connection,
    answers: Streaming<ReadResp>,
}

impl Cluster {
    /// Follows the log from just after a place, as far as its streams begin with one of these. Ends with the first
    /// trouble, or when the receiver is dropped.
    pub(in crate::store::kurrent) async fn subscribe(
        self: Arc<Self>,
        prefixes: impl Into<Vec<String>>,
        after: Option<Place>,
    ) -> Result<Signals, Trouble> {
        let from = after.map_or(AllOption::Start(Empty {}), all_from);
        let request = request(
            StreamOption::All(AllOptions { all_option: Some(from) }),
            ReadDirection::Forwards,
            CountOption::Subscription(SubscriptionOptions {}),
            FilterOption::Filter(filter(prefixes.into(), WINDOW)),
        );
        let mut redirections = 0;
        let open = self.open(&request, None, &mut redirections).await?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            tokio::select! {
                trouble = self.pump(request, open, redirections, Ahead::new(sender.clone())) => {
                    let _ = sender.send(Err(trouble)).await;
                }
                () = sender.closed() => {}
            }
        });
        Ok(receiver)
    }

    /// Asks that node, or else the leader, for the subscription.
    async fn open(
        &self,
        request: &ReadReq,
        mut node: Option<Node>,
        redirections: &mut u32,
    ) -> Result<Open, Trouble> {
        let until = Instant::now() + self.patience;
        loop {
            let connection = if let Some(node) = node.take() {
                self.to(&node, until).await?
            } else {
                let leader = self.connection(until).await?.node;
                let opened = self.to(&leader, until).await;
                opened.inspect_err(|_| self.forget_node(&leader))?
            };
            // Who does not tell it may be followed all the same.
            if let Ok(Ok(version)) = timeout(VERSION, version(&connection)).await {
                is_good(version, &connection)?;
            }
            let asked = timeout_at(until, connection.streams().read(Request::new(request.clone()))).await;
            let Ok(asked) = asked else {
                self.forget_node(&connection.node);
                return Err(words::silent(&connection.node, self.patience));
            };
            match asked {
                Ok(answers) => return Ok(Open { connection, answers: answers.into_inner() }),
                Err(status) => node = Some(self.elsewhere(&status, &connection, redirections).await?),
            }
        }
    }

    /// Where to go after a refusal; what it means if nowhere.
    async fn elsewhere(
        &self,
        status: &tonic::Status,
        connection: &Connection,
        redirections: &mut u32,
    ) -> Result<Node, Trouble> {
        match trouble::of(status, connection, Asked::Log).await {
            Verdict::Elsewhere(node) => {
                self.forget_node(&connection.node);
                *redirections += 1;
                if *redirections > REDIRECTIONS {
                    return Err(Trouble::Away(words::no_leader(&connection.node)));
                }
                Ok(node)
            }
            Verdict::Lost(trouble) => {
                self.forget_node(&connection.node);
                Err(trouble)
            }
            Verdict::Final(trouble) => Err(trouble),
        }
    }

    async fn pump(
        &self,
        request: ReadReq,
        mut open: Open,
        mut redirections: u32,
        mut ahead: Ahead,
    ) -> Trouble {
        let mut begun = false;
        let mut confirmed: Option<Instant> = None;
        loop {
            let settled = async {
                match confirmed {
                    Some(at) if !begun => sleep_until(at + CONFIRMED).await,
                    _ => std::future::pending().await,
                }
            };
            let answer = tokio::select! {
                answer = open.answers.message() => answer,
                () = settled => {
                    begun = true;
                    ahead.tell(Signal::Begun, 0).await;
                    continue;
                }
            };
            let content = match answer {
                Ok(Some(answer)) => answer.content,
                Ok(None) => return Trouble::Away("the server ended the subscription".to_owned()),
                Err(status) => {
                    let node = match self.elsewhere(&status, &open.connection, &mut redirections).await {
                        // Only one that has told nothing yet can begin anew elsewhere.
                        Ok(_) if begun => {
                            return Trouble::Away(format!("{} leads no more", open.connection.node));
                        }
                        Ok(node) => node,
                        Err(trouble) => return trouble,
                    };
                    match self.open(&request, Some(node), &mut redirections).await {
                        Ok(opened) => open = opened,
                        Err(trouble) => return trouble,
                    }
                    confirmed = None;
                    continue;
                }
            };
            let (signal, size) = match content {
                Some(Content::Confirmation(_)) => {
                    confirmed = Some(Instant::now());
                    continue;
                }
                Some(Content::Event(event)) => match LogEvent::of(event) {
                    Ok(Some(seen)) => {
                        let size = seen.data.len() + seen.metadata.len();
                        (Signal::Event(seen), size)
                    }
                    Ok(None) => continue,
                    Err(status) => return Trouble::Away(status.message().to_owned()),
                },
                Some(Content::Checkpoint(at)) => {
                    let place = Place { commit: at.commit_position, prepare: at.prepare_position };
                    (Signal::Reached(place), 0)
                }
                Some(Content::CaughtUp(_)) => (Signal::Live, 0),
                _ => continue,
            };
            if !begun {
                begun = true;
                ahead.tell(Signal::Begun, 0).await;
            }
            ahead.tell(signal, size).await;
        }
    }
}

/// What has been told and was not taken yet.
struct Ahead {
    sender: Sender,
    /// The sizes of what was told last.
    sizes: VecDeque<usize>,
    bytes: usize,
}

impl Ahead {
    fn new(sender: Sender) -> Self {
        Self { sender, sizes: VecDeque::new(), bytes: 0 }
    }

    /// Tells it, as soon as there is room. That nobody listens any more is noticed elsewhere.
    async fn tell(&mut self, signal: Signal, size: usize) {
        loop {
            let free = self.sender.capacity();
            let waiting = self.sender.max_capacity() - free;
            while self.sizes.len() > waiting {
                self.bytes -= self.sizes.pop_front().unwrap_or_default();
            }
            if self.bytes <= AHEAD_BYTES || waiting == 0 {
                break;
            }
            if self.sender.reserve_many(free + 1).await.is_err() {
                return;
            }
        }
        self.sizes.push_back(size);
        self.bytes += size;
        let _ = self.sender.send(Ok(signal)).await;
    }
}
