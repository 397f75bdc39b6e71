//! Refusals in the words of the real server: codes, messages and the metadata by which clients know them.

use prost::Message;
use prost_types::Any;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

use crate::decide::Expected;
use crate::proto::event_store::client as wire;
use crate::proto::google::rpc;
use crate::state::WriteError;

fn with(code: Code, message: impl Into<String>, metadata: &[(&'static str, &str)]) -> Status {
    let mut map = MetadataMap::new();
    for (key, value) in metadata {
        // A stream's name can be any text, a header cannot; the real server fails differently then.
        if let Ok(value) = MetadataValue::try_from(*value) {
            map.insert(*key, value);
        }
    }
    Status::with_metadata(code, message, map)
}

/// The node does not lead; the leader is there.
pub(crate) fn not_leader(host: &str, port: u16) -> Status {
    let metadata = [
        ("exception", "not-leader"),
        ("leader-endpoint-host", host),
        ("leader-endpoint-port", &port.to_string()),
    ];
    with(Code::NotFound, "Leader info available", &metadata)
}

pub(crate) fn access_denied() -> Status {
    with(Code::PermissionDenied, "Access Denied", &[("exception", "access-denied")])
}

pub(crate) fn stream_deleted(stream: &str) -> Status {
    let metadata = [("exception", "stream-deleted"), ("stream-name", stream)];
    with(Code::FailedPrecondition, format!("Event stream '{stream}' is deleted."), &metadata)
}

pub(crate) fn required_metadata(missing: &str) -> Status {
    let metadata = [
        ("exception", "missing-required-metadata-property"),
        ("required-metadata-properties", "type,content-type"),
    ];
    with(Code::InvalidArgument, format!("Required Metadata Property '{missing}' is missing"), &metadata)
}

pub(crate) fn append_too_large(largest: usize) -> Status {
    let metadata =
        [("exception", "maximum-append-size-exceeded"), ("maximum-append-size", &largest.to_string())];
    with(Code::InvalidArgument, format!("Maximum Append Size of {largest} Exceeded."), &metadata)
}

pub(crate) fn event_too_large(id: &str, size: usize, largest: usize) -> Status {
    let metadata = [
        ("exception", "maximum-append-event-size-exceeded"),
        ("maximum-append-event-size", &largest.to_string()),
        ("event-id", id),
        ("proposed-append-event-size", &size.to_string()),
    ];
    let message =
        format!("Event with Id: {id}, Size: {size}, exceeds Maximum Append Event Size of {largest}.");
    with(Code::InvalidArgument, message, &metadata)
}

pub(crate) fn unauthenticated() -> Status {
    Status::unauthenticated("Unauthenticated")
}

pub(crate) fn not_ready() -> Status {
    Status::unavailable("Server Is Not Ready")
}

pub(crate) fn timed_out() -> Status {
    Status::aborted("Operation timed out: Commit phase timeout.")
}

/// A live subscription has not taken what its server keeps for it.
pub(crate) fn too_slow() -> Status {
    let message =
        "Operation timed out: Consumer too slow to handle event while live. Client resubscription required.";
    Status::aborted(message)
}

/// A message that could not be read: one that is too large is told in the words of the real server's library.
pub(crate) fn unreadable(status: Status) -> Status {
    if status.code() == Code::OutOfRange {
        return Status::resource_exhausted("Received message exceeds the maximum configured message size.");
    }
    status
}

/// What the real server answers when a handler threw something that it did not foresee.
pub(crate) fn unforeseen() -> Status {
    Status::unknown("Exception was thrown by handler.")
}

/// A write that failed, as the calls for one write at a time tell it. Append tells a wrong expected version in its
/// answer instead.
pub(crate) fn write(error: &WriteError, operation: &str, stream: &str, expected: Expected) -> Status {
    match error {
        WriteError::NotLeader { host, port } => not_leader(host, *port),
        WriteError::NotReady => not_ready(),
        WriteError::StreamDeleted => stream_deleted(stream),
        WriteError::Timeout => timed_out(),
        WriteError::WrongExpectedVersion { current } => {
            let (expected, current) = (expected.number().to_string(), current.to_string());
            let message = format!(
                "{operation} failed due to WrongExpectedVersion. Stream: {stream}, Expected version: {expected}, \
                 Actual version: {current}"
            );
            let metadata = [
                ("exception", "wrong-expected-version"),
                ("stream-name", stream),
                ("expected-version", &expected),
                ("actual-version", &current),
            ];
            with(Code::FailedPrecondition, message, &metadata)
        }
    }
}

fn packed<M: Message>(code: rpc::Code, message: &str, name: &str, details: &M) -> rpc::Status {
    let type_url = format!("type.googleapis.com/{name}");
    let details = Some(Any { type_url, value: details.encode_to_vec() });
    rpc::Status { code: code.into(), message: message.to_owned(), details }
}

/// The errors of one write in a batch.
pub(crate) mod batch {
    use super::{Expected, packed, rpc, wire};

    pub(crate) fn timeout() -> rpc::Status {
        packed(rpc::Code::DeadlineExceeded, "Timeout", "event_store.client.Timeout", &wire::Timeout {})
    }

    pub(crate) fn access_denied() -> rpc::Status {
        let name = "event_store.client.AccessDenied";
        packed(rpc::Code::PermissionDenied, "AccessDenied", name, &wire::AccessDenied {})
    }

    pub(crate) fn bad_request(message: &str) -> rpc::Status {
        let details = wire::BadRequest { message: message.to_owned() };
        packed(rpc::Code::InvalidArgument, "BadRequest", "event_store.client.BadRequest", &details)
    }

    pub(crate) fn append_too_large(largest: usize) -> rpc::Status {
        let details =
            wire::MaximumAppendSizeExceeded { max_append_size: u32::try_from(largest).unwrap_or(u32::MAX) };
        let name = "event_store.client.MaximumAppendSizeExceeded";
        packed(rpc::Code::InvalidArgument, "MaximumAppendSizeExceeded", name, &details)
    }

    pub(crate) fn event_too_large(id: &str, size: usize, largest: usize) -> rpc::Status {
        let details = wire::MaximumAppendEventSizeExceeded {
            event_id: id.to_owned(),
            proposed_event_size: u32::try_from(size).unwrap_or(u32::MAX),
            max_append_event_size: u32::try_from(largest).unwrap_or(u32::MAX),
        };
        let name = "event_store.client.MaximumAppendEventSizeExceeded";
        packed(rpc::Code::InvalidArgument, "MaximumAppendEventSizeExceeded", name, &details)
    }

    /// The node cannot take writes now; no code is set, so it reads as OK with a message.
    pub(crate) fn not_handled(message: &str) -> rpc::Status {
        packed(rpc::Code::Ok, message, "google.protobuf.Empty", &())
    }

    pub(crate) fn stream_deleted(stream: &str) -> rpc::Status {
        let stream_identifier = Some(wire::StreamIdentifier { stream_name: stream.as_bytes().to_vec() });
        let details = wire::StreamDeleted { stream_identifier };
        packed(rpc::Code::NotFound, "StreamDeleted", "event_store.client.StreamDeleted", &details)
    }

    pub(crate) fn wrong_expected_version(current: i64, expected: Expected) -> rpc::Status {
        use wire::wrong_expected_version::{CurrentStreamRevisionOption, ExpectedStreamPositionOption};
        let current = u64::try_from(current).map_or(
            CurrentStreamRevisionOption::CurrentNoStream(()),
            CurrentStreamRevisionOption::CurrentStreamRevision,
        );
        let expected = match expected {
            Expected::Any => ExpectedStreamPositionOption::ExpectedAny(()),
            Expected::StreamExists => ExpectedStreamPositionOption::ExpectedStreamExists(()),
            Expected::NoStream => ExpectedStreamPositionOption::ExpectedNoStream(()),
            Expected::Revision(at) => {
                ExpectedStreamPositionOption::ExpectedStreamPosition(at.cast_unsigned())
            }
        };
        let details = wire::WrongExpectedVersion {
            current_stream_revision_option: Some(current),
            expected_stream_position_option: Some(expected),
        };
        let name = "event_store.client.WrongExpectedVersion";
        packed(rpc::Code::AlreadyExists, "WrongExpectedVersion", name, &details)
    }
}
