//! `Append`: one append, its events told one message each.

use tonic::{Status, Streaming};

use super::{Node, stream_name, uuid_from};
use crate::asked::Asked;
use crate::decide::Expected;
use crate::faults::Fault;
use crate::log::Proposed;
use crate::proto::event_store::client::streams::append_req::options::ExpectedStreamRevision;
use crate::proto::event_store::client::streams::append_req::{Content, ProposedMessage};
use crate::proto::event_store::client::streams::append_resp::{self, Success, WrongExpectedVersion};
use crate::proto::event_store::client::streams::{AppendReq, AppendResp};
use crate::refuse;
use crate::state::{Change, Submitted, WriteError};

pub(crate) async fn append(
    node: &Node,
    asked: &Asked,
    mut requests: Streaming<AppendReq>,
) -> Result<AppendResp, Status> {
    let first = requests.message().await.map_err(refuse::unreadable)?.and_then(|request| request.content);
    let Some(Content::Options(options)) = first else { return Err(refuse::unforeseen()) };
    let stream = stream_name(options.stream_identifier)?;
    let expected = match options.expected_stream_revision {
        Some(ExpectedStreamRevision::Revision(at)) => Expected::Revision(at.cast_signed()),
        Some(ExpectedStreamRevision::NoStream(_)) => Expected::NoStream,
        Some(ExpectedStreamRevision::Any(_)) => Expected::Any,
        Some(ExpectedStreamRevision::StreamExists(_)) => Expected::StreamExists,
        None => {
            return Err(Status::invalid_argument("'None' is not a valid ExpectedStreamRevisionOneofCase"));
        }
    };
    asked.allowed(&stream)?;
    if node.shared.lock().closed.contains(&stream) {
        return Err(refuse::access_denied());
    }
    let settings = &node.shared.settings;
    let (mut events, mut size) = (Vec::new(), 0);
    while let Some(request) = requests.message().await.map_err(refuse::unreadable)? {
        let Some(Content::ProposedMessage(message)) = request.content else {
            return Err(refuse::unforeseen());
        };
        let event = proposed(message)?;
        if let Some(largest) = event.is_larger(settings.largest_event) {
            return Err(refuse::event_too_large(&event.id.to_string(), event.size_on_disk(), largest));
        }
        size += event.size_on_disk();
        if size > settings.largest_append {
            return Err(refuse::append_too_large(settings.largest_append));
        }
        events.push(event);
    }
    let written = write(node, asked.leader, &stream, expected, events).await;
    let result = match written {
        Ok(submitted) => append_resp::Result::Success(success(&submitted)),
        Err(WriteError::WrongExpectedVersion { current }) => {
            append_resp::Result::WrongExpectedVersion(wrong_expected_version(current, expected))
        }
        Err(error) => return Err(refuse::write(&error, "Append", &stream, expected)),
    };
    Ok(AppendResp { result: Some(result) })
}

/// The answer as a fault wants it.
pub(crate) fn misshaped(answer: AppendResp, fault: Option<&Fault>) -> AppendResp {
    let empty = Success { current_revision_option: None, position_option: None };
    match fault {
        Some(Fault::EmptySuccess) => AppendResp { result: Some(append_resp::Result::Success(empty)) },
        Some(Fault::NoResult) => AppendResp { result: None },
        _ => answer,
    }
}

async fn write(
    node: &Node,
    leader: bool,
    stream: &str,
    expected: Expected,
    events: Vec<Proposed>,
) -> Result<Submitted, WriteError> {
    let asked = (node.at, node.life);
    let submitted = node.shared.submit(asked, leader, stream, expected, Change::Append(events))?;
    node.shared.committed(&submitted).await?;
    Ok(submitted)
}

fn proposed(message: ProposedMessage) -> Result<Proposed, Status> {
    let property = |key: &str| message.metadata.get(key).cloned();
    let kind = property("type").ok_or_else(|| refuse::required_metadata("type"))?;
    let content = property("content-type").ok_or_else(|| refuse::required_metadata("content-type"))?;
    let id = uuid_from(message.id).ok_or_else(refuse::unforeseen)?;
    let json = content == "application/json";
    Ok(Proposed { id, kind, json, metadata: message.custom_metadata, data: message.data })
}

fn success(submitted: &Submitted) -> Success {
    use append_resp::success::{CurrentRevisionOption, PositionOption};
    let revision = u64::try_from(submitted.revision)
        .map_or(CurrentRevisionOption::NoStream(wire_empty()), CurrentRevisionOption::CurrentRevision);
    let position = submitted.position.map_or(PositionOption::NoPosition(wire_empty()), |position| {
        PositionOption::Position(append_resp::Position {
            commit_position: position.commit,
            prepare_position: position.prepare,
        })
    });
    Success { current_revision_option: Some(revision), position_option: Some(position) }
}

/// Every field twice: clients before 20.6.1 read the first half.
fn wrong_expected_version(current: i64, expected: Expected) -> WrongExpectedVersion {
    use append_resp::wrong_expected_version as wire;
    let (current_option, current_2060) = match u64::try_from(current) {
        Ok(at) => (
            wire::CurrentRevisionOption::CurrentRevision(at),
            wire::CurrentRevisionOption2060::CurrentRevision2060(at),
        ),
        Err(_) => (
            wire::CurrentRevisionOption::CurrentNoStream(wire_empty()),
            wire::CurrentRevisionOption2060::NoStream2060(wire_empty()),
        ),
    };
    let (expected_option, expected_2060) = match expected {
        Expected::Any => (
            wire::ExpectedRevisionOption::ExpectedAny(wire_empty()),
            wire::ExpectedRevisionOption2060::Any2060(wire_empty()),
        ),
        Expected::StreamExists => (
            wire::ExpectedRevisionOption::ExpectedStreamExists(wire_empty()),
            wire::ExpectedRevisionOption2060::StreamExists2060(wire_empty()),
        ),
        Expected::NoStream => (
            wire::ExpectedRevisionOption::ExpectedNoStream(wire_empty()),
            wire::ExpectedRevisionOption2060::ExpectedRevision2060(u64::MAX),
        ),
        Expected::Revision(at) => (
            wire::ExpectedRevisionOption::ExpectedRevision(at.cast_unsigned()),
            wire::ExpectedRevisionOption2060::ExpectedRevision2060(at.cast_unsigned()),
        ),
    };
    WrongExpectedVersion {
        current_revision_option_20_6_0: Some(current_2060),
        expected_revision_option_20_6_0: Some(expected_2060),
        current_revision_option: Some(current_option),
        expected_revision_option: Some(expected_option),
    }
}

fn wire_empty() -> crate::proto::event_store::client::Empty {
    crate::proto::event_store::client::Empty {}
}

#[cfg(test)]
mod tests {
    use super::append_resp::wrong_expected_version::{
        CurrentRevisionOption, CurrentRevisionOption2060, ExpectedRevisionOption, ExpectedRevisionOption2060,
    };
    use super::{Expected, wire_empty, wrong_expected_version};

    #[test]
    fn a_wrong_expected_version_fills_every_field() {
        let none = wrong_expected_version(-1, Expected::Revision(7));
        assert_eq!(none.current_revision_option, Some(CurrentRevisionOption::CurrentNoStream(wire_empty())));
        assert_eq!(
            none.current_revision_option_20_6_0,
            Some(CurrentRevisionOption2060::NoStream2060(wire_empty()))
        );
        assert_eq!(none.expected_revision_option, Some(ExpectedRevisionOption::ExpectedRevision(7)));
        assert_eq!(
            none.expected_revision_option_20_6_0,
            Some(ExpectedRevisionOption2060::ExpectedRevision2060(7))
        );
        let some = wrong_expected_version(4, Expected::NoStream);
        assert_eq!(some.current_revision_option, Some(CurrentRevisionOption::CurrentRevision(4)));
        assert_eq!(
            some.current_revision_option_20_6_0,
            Some(CurrentRevisionOption2060::CurrentRevision2060(4))
        );
        assert_eq!(
            some.expected_revision_option,
            Some(ExpectedRevisionOption::ExpectedNoStream(wire_empty()))
        );
        // The clients of 20.6.0 had no word for "no stream".
        assert_eq!(
            some.expected_revision_option_20_6_0,
            Some(ExpectedRevisionOption2060::ExpectedRevision2060(u64::MAX))
        );
        let any = wrong_expected_version(4, Expected::Any);
        assert_eq!(any.expected_revision_option, Some(ExpectedRevisionOption::ExpectedAny(wire_empty())));
        assert_eq!(
            any.expected_revision_option_20_6_0,
            Some(ExpectedRevisionOption2060::Any2060(wire_empty()))
        );
        let exists = wrong_expected_version(-1, Expected::StreamExists);
        assert_eq!(
            exists.expected_revision_option,
            Some(ExpectedRevisionOption::ExpectedStreamExists(wire_empty()))
        );
        assert_eq!(
            exists.expected_revision_option_20_6_0,
            Some(ExpectedRevisionOption2060::StreamExists2060(wire_empty()))
        );
    }
}
