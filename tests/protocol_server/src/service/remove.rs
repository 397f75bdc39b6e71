//! `Delete`, which hides a stream's events, and `Tombstone`, which ends it for good.

use tonic::Status;

use super::{Node, stream_name};
use crate::asked::Asked;
use crate::decide::Expected;
use crate::log::Position;
use crate::proto::event_store::client::Empty;
use crate::proto::event_store::client::streams::{
    DeleteReq, DeleteResp, TombstoneReq, TombstoneResp, delete_req, delete_resp, tombstone_req,
    tombstone_resp,
};
use crate::refuse;
use crate::state::{Change, WriteError};

pub(crate) async fn delete(node: &Node, asked: &Asked, request: DeleteReq) -> Result<DeleteResp, Status> {
    use delete_req::options::ExpectedStreamRevision as Wire;
    let options = request.options.ok_or_else(refuse::unforeseen)?;
    let stream = stream_name(options.stream_identifier)?;
    let expected = match options.expected_stream_revision {
        Some(Wire::Revision(at)) => Expected::Revision(at.cast_signed()),
        Some(Wire::NoStream(_)) => Expected::NoStream,
        Some(Wire::Any(_)) => Expected::Any,
        Some(Wire::StreamExists(_)) => Expected::StreamExists,
        None => return Err(no_expectation()),
    };
    let position = write(node, asked, &stream, expected, Change::Delete).await?;
    let option = position.map_or(delete_resp::PositionOption::NoPosition(Empty {}), |at| {
        let position = delete_resp::Position { commit_position: at.commit, prepare_position: at.prepare };
        delete_resp::PositionOption::Position(position)
    });
    Ok(DeleteResp { position_option: Some(option) })
}

pub(crate) async fn tombstone(
    node: &Node,
    asked: &Asked,
    request: TombstoneReq,
) -> Result<TombstoneResp, Status> {
    use tombstone_req::options::ExpectedStreamRevision as Wire;
    let options = request.options.ok_or_else(refuse::unforeseen)?;
    let stream = stream_name(options.stream_identifier)?;
    let expected = match options.expected_stream_revision {
        Some(Wire::Revision(at)) => Expected::Revision(at.cast_signed()),
        Some(Wire::NoStream(_)) => Expected::NoStream,
        Some(Wire::Any(_)) => Expected::Any,
        Some(Wire::StreamExists(_)) => Expected::StreamExists,
        None => return Err(no_expectation()),
    };
    let position = write(node, asked, &stream, expected, Change::Tombstone).await?;
    let option = position.map_or(tombstone_resp::PositionOption::NoPosition(Empty {}), |at| {
        let position = tombstone_resp::Position { commit_position: at.commit, prepare_position: at.prepare };
        tombstone_resp::PositionOption::Position(position)
    });
    Ok(TombstoneResp { position_option: Some(option) })
}

async fn write(
    node: &Node,
    asked: &Asked,
    stream: &str,
    expected: Expected,
    change: Change,
) -> Result<Option<Position>, Status> {
    asked.allowed(stream)?;
    let told = |error: WriteError| refuse::write(&error, "Delete", stream, expected);
    let submitted =
        node.shared.submit((node.at, node.life), asked.leader, stream, expected, change).map_err(told)?;
    node.shared.committed(&submitted).await.map_err(told)?;
    Ok(submitted.position)
}

fn no_expectation() -> Status {
    Status::invalid_argument("'None' is not a valid ExpectedStreamRevisionOneofCase")
}
