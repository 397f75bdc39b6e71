//! A plain client: what it sends is what a test says, what it gets is told as the recordings tell it.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};

use crate::proto::event_store::client::Empty;
use crate::proto::event_store::client::gossip::gossip_client::GossipClient;
use crate::proto::event_store::client::gossip::member_info::VNodeState;
use crate::proto::event_store::client::streams::ReadResp;
use crate::proto::event_store::client::streams::read_resp::Content;
use crate::proto::event_store::client::streams::streams_client::StreamsClient;

/// A connection, and what is said with each call over it.
#[derive(Clone)]
pub(crate) struct Plain {
    channel: Channel,
    pub(crate) leader: bool,
    pub(crate) login: Option<String>,
}

impl Plain {
    pub(crate) async fn to(port: u16) -> Self {
        let address = format!("http://127.0.0.1:{port}");
        Self::over(Channel::from_shared(address).unwrap().connect().await.unwrap())
    }

    pub(crate) fn over(channel: Channel) -> Self {
        Self { channel, leader: false, login: None }
    }

    /// The same with the demand that the node leads.
    pub(crate) fn of_leader(&self) -> Self {
        Self { leader: true, ..self.clone() }
    }

    pub(crate) fn streams(&self) -> StreamsClient<Channel> {
        StreamsClient::new(self.channel.clone())
    }

    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if self.leader {
            request.metadata_mut().insert("requires-leader", "true".parse().unwrap());
        }
        if let Some(login) = &self.login {
            let value = format!("Basic {}", BASE64.encode(login.as_bytes()));
            request.metadata_mut().insert("authorization", value.parse().unwrap());
        }
        request
    }

    /// Who is in the cluster, and the port of the leader.
    pub(crate) async fn gossip(&self) -> (Value, Option<u32>) {
        let answer = GossipClient::new(self.channel.clone()).read(Empty {}).await.unwrap().into_inner();
        let (mut told, mut leader) = (Vec::new(), None);
        for member in answer.members {
            let port = member.http_end_point.as_ref().unwrap().port;
            let state = format!("{:?}", VNodeState::try_from(member.state).unwrap());
            if state == "Leader" {
                leader = Some(port);
            }
            let mut member_told = json!({ "port": port, "state": state });
            // The client that recorded them leaves out what is not set.
            if member.is_alive {
                member_told["alive"] = json!(true);
            }
            told.push(member_told);
        }
        (json!(told), leader)
    }
}

/// A refusal as the recordings have it.
pub(crate) fn error(status: &Status) -> Value {
    let mut trailers = Map::new();
    for key in status.metadata().keys() {
        if let tonic::metadata::KeyRef::Ascii(key) = key
            && let Some(value) = status.metadata().get(key)
        {
            trailers.insert(key.to_string(), json!(value.to_str().unwrap()));
        }
    }
    json!({ "code": code(status.code()), "details": status.message(), "trailers": trailers })
}

pub(crate) fn code(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::Unavailable => "UNAVAILABLE",
        Code::Unauthenticated => "UNAUTHENTICATED",
        other => panic!("nobody recorded {other:?}"),
    }
}

/// What the client says of a call that it ends itself.
pub(crate) fn cancelled() -> Value {
    json!({ "code": "CANCELLED", "details": "Cancelled on client", "trailers": {} })
}

/// The kind of an answer to a read.
pub(crate) fn kind(answer: &ReadResp) -> &'static str {
    match answer.content.as_ref().unwrap() {
        Content::Event(_) => "event",
        Content::Confirmation(_) => "confirmation",
        Content::Checkpoint(_) => "checkpoint",
        Content::StreamNotFound(_) => "stream_not_found",
        Content::FirstStreamPosition(_) => "first_stream_position",
        Content::LastStreamPosition(_) => "last_stream_position",
        Content::LastAllStreamPosition(_) => "last_all_stream_position",
        Content::CaughtUp(_) => "caught_up",
        Content::FellBehind(_) => "fell_behind",
    }
}

/// Everything that a call tells until it ends.
pub(crate) async fn all_of(answers: Result<Streaming<ReadResp>, Status>) -> (Vec<ReadResp>, Option<Status>) {
    let mut got = Vec::new();
    let mut answers = match answers {
        Ok(answers) => answers,
        Err(status) => return (got, Some(status)),
    };
    loop {
        match answers.message().await {
            Ok(Some(answer)) => got.push(answer),
            Ok(None) => return (got, None),
            Err(status) => return (got, Some(status)),
        }
    }
}
