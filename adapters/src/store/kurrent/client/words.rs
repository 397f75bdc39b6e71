//! What is said of each trouble, and what to do about it. Names of nodes are told, never a login.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use super::Trouble;
use super::asked::Asked;
use super::connection::Connection;
use super::node::Node;

/// A node that has nothing to say within so much time.
pub(super) fn silent(node: &Node, within: Duration) -> Trouble {
    Trouble::Away(format!("{node} gives no answer within {} ms", within.as_millis()))
}

/// A name that has no address.
pub(super) fn unknown_host(node: &Node, said: &str) -> Trouble {
    Trouble::Away(format!("the host {} is not known ({said}): is its name written right?", node.host))
}

/// No connection came about.
pub(super) fn unreachable(node: &Node, error: &io::Error) -> Trouble {
    Trouble::Away(match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("nothing listens at {node} (connection refused)"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            format!("there is no way to {node} ({error})")
        }
        _ => format!("no connection to {node} comes about ({error})"),
    })
}

/// A connection that was there is no more.
pub(super) fn broke(node: &Node, error: &(dyn Error + 'static)) -> Trouble {
    let root = chain(error).last().map(ToString::to_string).unwrap_or_default();
    Trouble::Away(format!("the connection to {node} broke ({})", short(&root)))
}

pub(super) fn no_leader(node: &Node) -> String {
    format!(
        "the cluster has no leader, says {node}: a majority of its nodes is missing, or they are choosing"
    )
}

pub(super) fn not_ready(node: &Node) -> String {
    format!(
        "{node} is not ready: a majority of the cluster's nodes is missing, or they are choosing a leader"
    )
}

/// What to do where something else listens.
pub(super) const WRONG_PORT: &str =
    "name the port at which the nodes take gRPC and HTTP: 2113 unless they were set up otherwise";

pub(super) fn speaks_no_tls(node: &Node) -> Trouble {
    Trouble::Barred {
        why: format!("{node} speaks without TLS, and this side with it"),
        remedy: "write tls=false if the cluster is meant to be open".to_owned(),
    }
}

pub(super) fn speaks_only_tls(node: &Node) -> Trouble {
    Trouble::Barred {
        why: format!("{node} speaks TLS, and this side without it"),
        remedy: "leave out tls=false, and name who signed its certificate with tlsCaFile=FILE".to_owned(),
    }
}

pub(super) fn no_tls_name(node: &Node) -> Trouble {
    Trouble::Barred {
        why: format!("{} is no name that a certificate could be for", node.host),
        remedy: "name the nodes as their certificates do".to_owned(),
    }
}

/// Why no secured connection came about.
pub(super) fn of_tls(node: &Node, error: &rustls::Error) -> Trouble {
    use rustls::Error as Tls;
    let barred = |why: String, remedy: &str| Trouble::Barred { why, remedy: remedy.to_owned() };
    let names = "name the nodes as their certificates do, or have certificates made for these names";
    match error {
        Tls::InvalidCertificate(error) => match error {
            // By somebody of the same name, with another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => barred(
                format!("the certificate of {node} was signed by nobody who is trusted here"),
                "name the certificates of whoever signed it with tlsCaFile=FILE",
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => barred(
                format!("the certificate of {node} has expired"),
                "its operator must renew it; or this machine's clock is wrong",
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => barred(
                format!("the certificate of {node} is not valid yet"),
                "this machine's clock is wrong, or that of whoever made the certificate",
            ),
            CertificateError::NotValidForName => {
                barred(format!("the certificate of {node} is for another name"), names)
            }
            CertificateError::NotValidForNameContext { presented, .. } => {
                let mut told: Vec<_> = presented.iter().map(|name| short(bare(name))).collect();
                told.dedup();
                told.truncate(3);
                barred(format!("the certificate of {node} is for another name: {}", told.join(", ")), names)
            }
            error => barred(
                format!("the certificate of {node} cannot be trusted ({error})"),
                "its operator must replace it",
            ),
        },
        Tls::InvalidMessage(_) => speaks_no_tls(node),
        Tls::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => own_certificate(node),
        Tls::AlertReceived(AlertDescription::NoApplicationProtocol) | Tls::NoApplicationProtocol => {
            barred(format!("what listens at {node} speaks no HTTP/2"), WRONG_PORT)
        }
        Tls::PeerIncompatible(_)
        | Tls::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            barred(
                format!("{node} speaks no version of TLS that this side speaks ({error})"),
                "it must take TLS 1.2 or 1.3",
            )
        }
        error => Trouble::Away(format!("no secured connection to {node} comes about ({error})")),
    }
}

/// A name out of a certificate, without the kind of name that rustls tells with it: `DnsName("node1.example")`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')'));
    inner.map_or(name, |inner| inner.trim_matches('"'))
}

pub(super) fn own_certificate(node: &Node) -> Trouble {
    Trouble::Barred {
        why: format!("{node} does not take the certificate by which this side shows who it is, or wants one"),
        remedy: "name one that it takes with userCertFile=FILE and userKeyFile=FILE".to_owned(),
    }
}

pub(super) fn not_known(connection: &Connection) -> Trouble {
    let node = &connection.node;
    if !connection.has_login() {
        return no_login(node);
    }
    Trouble::Barred {
        why: format!("{node} does not take this user and password"),
        remedy: "look at SCRIBE_STORE_USER and SCRIBE_STORE_PASSWORD, or the address".to_owned(),
    }
}

fn no_login(node: &Node) -> Trouble {
    Trouble::Barred {
        why: format!("{node} wants to know who asks, and no login is told"),
        remedy: "set SCRIBE_STORE_USER, and SCRIBE_STORE_PASSWORD or SCRIBE_STORE_PASSWORD_FILE".to_owned(),
    }
}

pub(super) fn no_right(connection: &Connection, asked: Asked) -> Trouble {
    let node = &connection.node;
    if !connection.has_login() {
        return no_login(node);
    }
    let (right, remedy) = match asked {
        Asked::Log => (
            "read $all",
            "the cluster's operator must put the user into a group that may, in the $acl of $all's metadata; by \
             default only $admins may",
        ),
        Asked::Append => (
            "append to the record's streams",
            "the cluster's operator must let the user write PREFIXincident-* and PREFIXscribe-*",
        ),
        Asked::Stream => (
            "read the record's streams",
            "the cluster's operator must let the user read PREFIXincident-* and PREFIXscribe-*",
        ),
        Asked::Cluster => ("ask who is in the cluster", "the cluster's operator must let the user"),
    };
    Trouble::Barred {
        why: format!("the user has no right to {right}, says {node}"),
        remedy: remedy.to_owned(),
    }
}

/// A version of the server that loses events.
pub(super) fn bad_version(node: &Node, version: &str) -> Trouble {
    Trouble::Barred {
        why: format!("{node} is KurrentDB {version}, which can swallow the first event after going live"),
        remedy: "its operator must go over to 25.0.1 or later, where that was mended".to_owned(),
    }
}

pub(super) fn append_too_large(limit: Option<&str>, said: &str) -> Trouble {
    let limit = limit.and_then(|limit| limit.parse::<u64>().ok()).or_else(|| number_in(said));
    let of = limit.map(|limit| format!(" of {limit} bytes")).unwrap_or_default();
    Trouble::TooLarge(format!(
        "the append exceeds the cluster's MaxAppendSize{of}: its operator can raise it (--max-append-size), which \
         before 25.1 is 1 MiB unless it was set"
    ))
}

pub(super) fn event_too_large(limit: Option<&str>, said: &str) -> Trouble {
    let limit = limit.and_then(|limit| limit.parse::<u64>().ok()).or_else(|| {
        let of = said.rsplit_once("Size of ").map_or("", |(_, after)| after);
        number_in(of)
    });
    let of = limit.map(|limit| format!(" of {limit} bytes")).unwrap_or_default();
    Trouble::TooLarge(format!(
        "an event exceeds the cluster's MaxAppendEventSize{of}: its operator can raise it \
         (--max-append-event-size, from 25.1 on)"
    ))
}

/// The largest message that a server takes, which holds one event here.
pub(super) const LARGEST_MESSAGE: usize = 16 * 1024 * 1024 - 10_000;

pub(super) fn message_too_large(size: Option<usize>) -> Trouble {
    let size = size.map(|size| format!(" with its {size} bytes")).unwrap_or_default();
    Trouble::TooLarge(format!(
        "an event{size} exceeds the largest message that the cluster's servers take, {LARGEST_MESSAGE} bytes \
         (16 MiB less 10,000): no setting raises that"
    ))
}

fn number_in(said: &str) -> Option<u64> {
    said.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

/// What a server says, cut off where it goes on and on.
pub(super) fn short(said: &str) -> String {
    let said = said.trim();
    if said.is_empty() { "it does not say why".to_owned() } else { said.chars().take(300).collect() }
}

/// An error and what is behind it.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        // What an input error holds is hidden behind it.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
