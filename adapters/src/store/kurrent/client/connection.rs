//! One connection, over which calls are made.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::Shared;
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use hyper::http::Uri;
use hyper::{Request, Response};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tonic::body::BoxBody;
use tower::Service;

use super::first_bytes::{FirstBytes, Tongue};
use super::node::Node;
use super::proto::gossip::gossip_client::GossipClient;
use super::proto::server_features::server_features_client::ServerFeaturesClient;
use super::proto::streams::streams_client::StreamsClient;
use super::times::Times;

/// An event has at most 16 MiB; nothing else that a server sends comes near it.
const LARGEST_ANSWER: usize = 32 << 20;
/// Calls are told of the end of their connection just before the connection knows why.
const ABOUT_TO: Duration = Duration::from_millis(50);
const AGENT: &str = concat!("scribe/", env!("CARGO_PKG_VERSION"));

/// What is said with every call.
pub(super) struct Manners {
    /// Who logs in.
    pub(super) authorization: Option<HeaderValue>,
    /// What the server's operators see of this side.
    pub(super) name: Option<HeaderValue>,
    /// What is seen of the leader's clock.
    pub(super) times: Arc<Times>,
}

/// A connection to a node. It ends when nobody holds it any more and its calls have ended.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) node: Arc<Node>,
    /// Whether it is secured.
    pub(super) secured: bool,
    sender: SendRequest<BoxBody>,
    first: Arc<FirstBytes>,
    ended: Shared<Ended>,
    manners: Arc<Manners>,
}

type Ended = Pin<Box<dyn Future<Output = Option<Arc<hyper::Error>>> + Send>>;

impl Connection {
    pub(super) fn new(
        node: Node,
        secured: bool,
        sender: SendRequest<BoxBody>,
        first: Arc<FirstBytes>,
        ended: oneshot::Receiver<Option<hyper::Error>>,
        manners: Arc<Manners>,
    ) -> Self {
        let ended: Ended = Box::pin(async move { ended.await.ok().flatten().map(Arc::new) });
        Self { node: Arc::new(node), secured, sender, first, ended: ended.shared(), manners }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.first, &other.first)
    }

    /// Whether it is known to have ended.
    pub(super) fn has_ended(&self) -> bool {
        self.sender.is_closed()
    }

    /// Why it has ended, if it has, or is just about to.
    pub(super) async fn ending(&self) -> Option<Arc<hyper::Error>> {
        timeout(ABOUT_TO, self.ended.clone()).await.ok().flatten()
    }

    /// What the other side began with.
    pub(super) fn tongue(&self) -> Tongue {
        self.first.tongue()
    }

    /// Whether this side says who it is.
    pub(super) fn has_login(&self) -> bool {
        self.manners.authorization.is_some()
    }

    pub(super) fn streams(&self) -> StreamsClient<Self> {
        StreamsClient::with_origin(self.clone(), self.origin()).max_decoding_message_size(LARGEST_ANSWER)
    }

    pub(super) fn gossip(&self) -> GossipClient<Self> {
        GossipClient::with_origin(self.clone(), self.origin())
    }

    pub(super) fn features(&self) -> ServerFeaturesClient<Self> {
        ServerFeaturesClient::with_origin(self.clone(), self.origin())
    }

    fn origin(&self) -> Uri {
        let scheme = if self.secured { "https" } else { "http" };
        // A name that is no part of an address was not connected to.
        Uri::try_from(format!("{scheme}://{}", self.node)).unwrap_or_default()
    }
}

impl Service<Request<BoxBody>> for Connection {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.sender.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<BoxBody>) -> Self::Future {
        let of_streams = request.uri().path().starts_with("/event_store.client.streams.");
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if let Some(login) = &self.manners.authorization {
            headers.insert(AUTHORIZATION, login.clone());
        }
        if let Some(name) = &self.manners.name {
            headers.insert("connection-name", name.clone());
        }
        if of_streams {
            headers.insert("requires-leader", HeaderValue::from_static("true"));
        }
        let answer = self.sender.send_request(request);
        if !of_streams {
            return Box::pin(answer);
        }
        let (times, asked) = (Arc::clone(&self.manners.times), self.manners.times.now());
        Box::pin(async move {
            let answer = answer.await?;
            // Who refuses need not be the leader.
            if !answer.headers().contains_key("grpc-status") {
                times.answered(asked, answer.headers());
            }
            Ok(answer)
        })
    }
}
