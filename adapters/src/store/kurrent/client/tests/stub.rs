//! A server that says what it was told to, in gRPC.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpListener;

use crate::store::kurrent::client::proto::append_parts::{AppendResp, CurrentRevision, PositionOption};
use crate::store::kurrent::client::proto::gossip::member_info::VNodeState;
use crate::store::kurrent::client::proto::gossip::{ClusterInfo, EndPoint, MemberInfo};
use crate::store::kurrent::client::proto::read_parts::{Content, ReadEvent, ReadResp};
use crate::store::kurrent::client::proto::server_features::SupportedMethods;
use crate::store::kurrent::client::proto::streams::append_resp::{self, Success};
use crate::store::kurrent::client::proto::streams::read_resp::read_event::RecordedEvent;
use crate::store::kurrent::client::proto::streams::read_resp::{CaughtUp, SubscriptionConfirmation};
use crate::store::kurrent::client::proto::{StreamIdentifier, Uuid, uuid};

/// What is answered to a call.
pub(super) enum Says {
    /// These messages, and that all is well.
    Messages(Vec<Vec<u8>>),
    /// These messages, and no end.
    AndOn(Vec<Vec<u8>>),
    /// These messages, then a refusal: code, words, trailers.
    Refuses(Vec<Vec<u8>>, u16, &'static str, Vec<(&'static str, String)>),
    /// Nothing.
    Nothing,
}

/// A node that answers each call as it is told to.
pub(super) struct Stub {
    pub(super) at: SocketAddr,
    /// How many calls whoever asked has given up.
    pub(super) given_up: Arc<AtomicUsize>,
    /// How many messages came in appends.
    pub(super) appended: Arc<AtomicUsize>,
    pub(super) connections: Arc<AtomicUsize>,
}

struct Notices(Arc<AtomicUsize>);

impl Drop for Notices {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Stub {
    /// By the last two parts of the call's name, such as `Gossip/Read`.
    pub(super) async fn start(answer: impl Fn(&str) -> Says + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let answer = Arc::new(answer);
        let [given_up, appended, connections] = std::array::from_fn(|_| Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&given_up);
        let (messages, taken) = (Arc::clone(&appended), Arc::clone(&connections));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                taken.fetch_add(1, Ordering::SeqCst);
                let (answer, count, messages) =
                    (Arc::clone(&answer), Arc::clone(&count), Arc::clone(&messages));
                let service = service_fn(move |request: Request<Incoming>| {
                    let name = request.uri().path().rsplit('.').next().unwrap_or_default().to_owned();
                    let (says, count, messages) = (answer(&name), Arc::clone(&count), Arc::clone(&messages));
                    async move {
                        // An append's messages are taken before it is answered.
                        if name == "Streams/Append"
                            && let Ok(body) = request.into_body().collect().await
                        {
                            messages.fetch_add(count_in(&body.to_bytes()), Ordering::SeqCst);
                        }
                        Ok::<_, Infallible>(respond(says, count).await)
                    }
                });
                let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { at, given_up, appended, connections }
    }
}

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>;

async fn respond(says: Says, count: Arc<AtomicUsize>) -> Response<Body> {
    let (messages, ending) = match says {
        Says::Messages(messages) => (messages, Some((0, "", Vec::new()))),
        Says::AndOn(messages) => (messages, None),
        Says::Refuses(messages, code, words, trailers) => (messages, Some((code, words, trailers))),
        Says::Nothing => {
            let _notices = Notices(count);
            return std::future::pending().await;
        }
    };
    let mut frames: Vec<_> = messages
        .into_iter()
        .map(|message| {
            let mut framed = vec![0];
            framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
            framed.extend(message);
            Frame::data(Bytes::from(framed))
        })
        .collect();
    let goes_on = ending.is_none();
    if let Some((code, words, more)) = ending {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", code.to_string().parse().unwrap());
        trailers.insert("grpc-message", words.replace(' ', "%20").parse().unwrap());
        for (name, value) in more {
            trailers.insert(name, value.parse().unwrap());
        }
        frames.push(Frame::trailers(trailers));
    }
    let said = stream::iter(frames.into_iter().map(Ok::<_, Infallible>));
    let body = if goes_on {
        let never = stream::once(async move {
            let _notices = Notices(count);
            std::future::pending().await
        });
        StreamBody::new(futures::StreamExt::chain(said, never)).boxed_unsync()
    } else {
        StreamBody::new(said).boxed_unsync()
    };
    Response::builder().header("content-type", "application/grpc").body(body).unwrap()
}

/// How many messages of gRPC there are.
fn count_in(mut body: &[u8]) -> usize {
    let mut count = 0;
    while let Some((head, rest)) = body.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        body = &rest[length..];
        count += 1;
    }
    count
}

/// An append was taken, and its last event stands there.
pub(super) fn kept(revision: u64, position: u64) -> Says {
    let success = Success {
        current_revision_option: Some(CurrentRevision::CurrentRevision(revision)),
        position_option: Some(PositionOption::Position(append_resp::Position {
            commit_position: position,
            prepare_position: position,
        })),
    };
    Says::Messages(vec![AppendResp { result: Some(append_resp::Result::Success(success)) }.encode_to_vec()])
}

/// Gossip by which this one leads.
pub(super) fn leads(at: SocketAddr) -> Says {
    let member = MemberInfo {
        state: VNodeState::Leader.into(),
        is_alive: true,
        http_end_point: Some(EndPoint { address: at.ip().to_string(), port: at.port().into() }),
        ..MemberInfo::default()
    };
    Says::Messages(vec![ClusterInfo { members: vec![member] }.encode_to_vec()])
}

pub(super) fn nobody_leads() -> Says {
    Says::Messages(vec![ClusterInfo { members: Vec::new() }.encode_to_vec()])
}

pub(super) fn is_version(version: &str) -> Says {
    let told = SupportedMethods { methods: Vec::new(), event_store_server_version: version.to_owned() };
    Says::Messages(vec![told.encode_to_vec()])
}

/// The refusal of a node that does not lead.
pub(super) fn elsewhere(at: SocketAddr) -> Says {
    Says::Refuses(Vec::new(), 5, "Leader info available", redirection(at))
}

pub(super) fn redirection(at: SocketAddr) -> Vec<(&'static str, String)> {
    vec![
        ("exception", "not-leader".to_owned()),
        ("leader-endpoint-host", at.ip().to_string()),
        ("leader-endpoint-port", at.port().to_string()),
    ]
}

fn message(content: Content) -> Vec<u8> {
    ReadResp { content: Some(content) }.encode_to_vec()
}

pub(super) fn confirmation() -> Vec<u8> {
    message(Content::Confirmation(SubscriptionConfirmation { subscription_id: "x".to_owned() }))
}

pub(super) fn caught_up() -> Vec<u8> {
    message(Content::CaughtUp(CaughtUp {}))
}

pub(super) fn event(number: u64) -> Vec<u8> {
    event_of(number, 0)
}

/// An event with so many bytes.
pub(super) fn event_of(number: u64, bytes: usize) -> Vec<u8> {
    let event = RecordedEvent {
        id: Some(Uuid { value: Some(uuid::Value::String(::uuid::Uuid::nil().to_string())) }),
        stream_identifier: Some(StreamIdentifier { stream_name: b"incident-1".to_vec() }),
        stream_revision: number,
        commit_position: number * 10,
        prepare_position: number * 10,
        data: vec![b'x'; bytes],
        ..RecordedEvent::default()
    };
    message(Content::Event(ReadEvent { event: Some(event), ..ReadEvent::default() }))
}
