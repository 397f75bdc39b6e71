//! What a refusal means, or a connection that breaks.

use std::error::Error as _;

use tonic::{Code, Status};

use super::Trouble;
use super::asked::Asked;
use super::connection::Connection;
use super::dial::{greeting, speaks_tls};
use super::first_bytes::Tongue;
use super::node::Node;
use super::words::{
    WRONG_PORT, append_too_large, broke, chain, event_too_large, message_too_large, no_leader, no_right,
    not_known, not_ready, of_tls, own_certificate, short, speaks_only_tls,
};

/// What a refusal means for whoever asked.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Another node is to be asked.
    Elsewhere(Node),
    /// The connection, or the node, is of no more use.
    Lost(Trouble),
    /// The answer.
    Final(Trouble),
}

/// What a status means.
pub(super) async fn of(status: &Status, connection: &Connection, asked: Asked) -> Verdict {
    let node = &*connection.node;
    if status.source().is_some() {
        return Verdict::Lost(of_transport(status, connection).await);
    }
    let trailer = |name: &str| status.metadata().get(name).and_then(|value| value.to_str().ok());
    let exception = trailer("exception").unwrap_or_default();
    let away = |what: String| Verdict::Lost(Trouble::Away(what));
    match (status.code(), exception) {
        (_, "not-leader") => {
            let host = trailer("leader-endpoint-host").filter(|host| !host.is_empty());
            let port = trailer("leader-endpoint-port").and_then(|port| port.parse().ok());
            match (host, port) {
                (Some(host), Some(port)) => Verdict::Elsewhere(Node::new(host, port)),
                _ => away(no_leader(node)),
            }
        }
        (_, "wrong-expected-version") => {
            let actual = trailer("actual-version").and_then(|version| version.parse::<i64>().ok());
            let length = actual.and_then(|version| u64::try_from(version.saturating_add(1)).ok());
            Verdict::Final(Trouble::Conflict { length })
        }
        (_, "stream-deleted") => Verdict::Final(Trouble::Deleted(short(status.message()))),
        (_, "maximum-append-size-exceeded") => {
            Verdict::Final(append_too_large(trailer("maximum-append-size"), status.message()))
        }
        (_, "maximum-append-event-size-exceeded") => {
            Verdict::Final(event_too_large(trailer("maximum-append-event-size"), status.message()))
        }
        (Code::ResourceExhausted, _) if status.message().contains("message size") => {
            Verdict::Final(message_too_large(None))
        }
        (Code::Unauthenticated, _) => Verdict::Final(not_known(connection)),
        (Code::PermissionDenied, _) => Verdict::Final(no_right(connection, asked)),
        (Code::Unimplemented, _) => Verdict::Final(Trouble::Barred {
            why: format!("what listens at {node} is no EventStoreDB or KurrentDB"),
            remedy: WRONG_PORT.to_owned(),
        }),
        (Code::Unavailable, _) if status.message().contains("Not Ready") => away(not_ready(node)),
        (Code::Unknown, _) if status.message().contains("No leader info") => away(no_leader(node)),
        (Code::Aborted, _) if asked == Asked::Append => away(format!(
            "the cluster did not confirm it in time: the leader {node} misses a majority of its nodes, or is \
             overloaded ({})",
            short(status.message())
        )),
        (code, _) => away(format!("{node} answers {code:?}: {}", short(status.message()))),
    }
}

async fn of_transport(status: &Status, connection: &Connection) -> Trouble {
    let node = &*connection.node;
    let ending = connection.ending().await;
    if let Some(trouble) = of_errors(node, status, ending.as_deref()) {
        return trouble;
    }
    // Who resets a connection may take back what it said before.
    let tongue = match connection.tongue() {
        Tongue::Silence if !connection.secured => greeting(node).await,
        tongue => tongue,
    };
    let barred = |why| Trouble::Barred { why, remedy: WRONG_PORT.to_owned() };
    match tongue {
        Tongue::Http1 => barred(format!("what listens at {node} speaks HTTP/1, and no gRPC")),
        Tongue::Tls => speaks_only_tls(node),
        Tongue::Unknown => barred(format!("what listens at {node} speaks no gRPC")),
        Tongue::Silence if !connection.secured && speaks_tls(node).await => speaks_only_tls(node),
        Tongue::Silence | Tongue::Http2 => broke(node, status),
    }
}

/// What is known by the errors alone.
fn of_errors(node: &Node, status: &Status, ending: Option<&hyper::Error>) -> Option<Trouble> {
    let ending = ending.into_iter().flat_map(|error| chain(error));
    let errors: Vec<_> = chain(status).chain(ending).collect();
    if let Some(error) = errors.iter().find_map(|error| error.downcast_ref::<rustls::Error>()) {
        return Some(of_tls(node, error));
    }
    if errors.iter().any(|error| error.to_string().contains("fatal alert: Certificate")) {
        // What the other side said of ours comes after the connection stood, and as words only.
        return Some(own_certificate(node));
    }
    let timed_out = errors.iter().filter_map(|error| error.downcast_ref()).any(hyper::Error::is_timeout);
    timed_out.then(|| Trouble::Away(format!("{node} does not answer any more")))
}
