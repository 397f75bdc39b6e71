//! `BatchAppend`: many appends over one call, each with a correlation id of the client's.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Status, Streaming};
use uuid::Uuid;

use super::{Answers, Node, uuid_from, uuid_to};
use crate::asked::Asked;
use crate::decide::Expected;
use crate::faults::{Call, Fault, Refusal};
use crate::log::Proposed;
use crate::proto::event_store::client as wire;
use crate::proto::event_store::client::streams::batch_append_req::options::{
    DeadlineOption, ExpectedStreamPosition,
};
use crate::proto::event_store::client::streams::batch_append_req::{Options, ProposedMessage};
use crate::proto::event_store::client::streams::batch_append_resp::{self, Success};
use crate::proto::event_store::client::streams::{BatchAppendReq, BatchAppendResp};
use crate::proto::google::rpc;
use crate::refuse;
use crate::state::{Change, Submitted, WriteError};

/// Where the answers go; an error ends the call.
type Answer = mpsc::UnboundedSender<Result<BatchAppendResp, Status>>;

/// An append whose last message has not come yet.
struct Begun {
    stream: String,
    expected: Expected,
    events: Vec<Proposed>,
    size: usize,
    deadline: tokio::time::Instant,
}

pub(crate) fn batch(
    node: Node,
    asked: Asked,
    requests: Streaming<BatchAppendReq>,
) -> Answers<BatchAppendResp> {
    let (answer, answers) = mpsc::unbounded_channel();
    tokio::spawn(receive(Batch { node, asked, answer }, requests));
    Box::pin(UnboundedReceiverStream::new(answers))
}

/// A call under way.
#[derive(Clone)]
struct Batch {
    node: Node,
    asked: Asked,
    answer: Answer,
}

async fn receive(batch: Batch, mut requests: Streaming<BatchAppendReq>) {
    let _open = batch.node.figures.batch();
    let mut begun = HashMap::new();
    let late = batch.asked.late();
    tokio::pin!(late);
    loop {
        let request = tokio::select! {
            request = requests.message() => request,
            () = batch.answer.closed() => return,
            () = &mut late => Err(crate::asked::late()),
        };
        match request {
            Ok(Some(request)) => take(&batch, request, &mut begun),
            // The real server never ends a call that its client half-closes: it takes its place on the connection until
            // the client cancels it.
            Ok(None) => {
                let _half_closed = batch.node.figures.half_closed();
                tokio::select! {
                    () = batch.answer.closed() => {}
                    () = &mut late => {
                        let _ = batch.answer.send(Err(crate::asked::late()));
                    }
                }
                return;
            }
            Err(status) => {
                let _ = batch.answer.send(Err(refuse::unreadable(status)));
                return;
            }
        }
    }
}

/// Takes one message. Writes enter the log in the order in which they came; their answers come when they come.
fn take(batch: &Batch, request: BatchAppendReq, begun: &mut HashMap<Uuid, Begun>) {
    let settings = &batch.node.shared.settings;
    let identifier = request.options.as_ref().and_then(|options| options.stream_identifier.clone());
    let correlation = request.correlation_id.clone();
    let refuse = |status: rpc::Status, identifier: Option<wire::StreamIdentifier>| {
        let result = Some(batch_append_resp::Result::Error(status));
        let _ = batch.answer.send(Ok(response(correlation.clone(), identifier, result)));
    };
    let Some(id) = uuid_from(request.correlation_id.clone()) else {
        refuse(refuse::batch::bad_request("Value cannot be null. (Parameter 'dto')"), identifier);
        return;
    };
    if let Some(options) = request.options {
        if identifier.is_none() {
            refuse(refuse::batch::bad_request("Required field StreamIdentifier not set."), identifier);
            return;
        }
        let timeout = asked_time(&options).min(settings.write_timeout);
        if timeout.is_zero() {
            refuse(refuse::batch::timeout(), identifier);
            return;
        }
        match begin(options, timeout) {
            Ok(append) => {
                begun.entry(id).or_insert(append);
            }
            Err(message) => {
                refuse(refuse::batch::bad_request(message), identifier);
                return;
            }
        }
    }
    let Some(append) = begun.get_mut(&id) else { return };
    if batch.asked.allowed(&append.stream).is_err() {
        begun.remove(&id);
        refuse(refuse::batch::access_denied(), identifier);
        return;
    }
    let stream = Some(wire::StreamIdentifier { stream_name: append.stream.clone().into_bytes() });
    for message in request.proposed_messages {
        let Some(event) = proposed(message) else {
            let message = "The given key was not present in the dictionary.";
            refuse(refuse::batch::bad_request(message), stream);
            return;
        };
        if let Some(largest) = event.is_larger(settings.largest_event) {
            let status = refuse::batch::event_too_large(&event.id.to_string(), event.size_on_disk(), largest);
            begun.remove(&id);
            refuse(status, stream);
            return;
        }
        append.size += event.size_on_disk();
        append.events.push(event);
    }
    if append.size > settings.largest_append {
        begun.remove(&id);
        refuse(refuse::batch::append_too_large(settings.largest_append), stream);
        return;
    }
    if !request.is_final {
        return;
    }
    let Some(append) = begun.remove(&id) else { return };
    if append.deadline < tokio::time::Instant::now() {
        refuse(refuse::batch::timeout(), stream);
        return;
    }
    let work = Work { batch: batch.clone(), append, correlation: request.correlation_id };
    work.begin();
}

fn begin(options: Options, timeout: Duration) -> Result<Begun, &'static str> {
    let expected = match options.expected_stream_position {
        Some(ExpectedStreamPosition::StreamPosition(at)) => Expected::Revision(at.cast_signed()),
        Some(ExpectedStreamPosition::NoStream(())) => Expected::NoStream,
        Some(ExpectedStreamPosition::Any(())) => Expected::Any,
        Some(ExpectedStreamPosition::StreamExists(())) => Expected::StreamExists,
        None => return Err("'None' is not a valid ExpectedStreamPositionOneofCase"),
    };
    let stream = options.stream_identifier.map(|identifier| identifier.stream_name).unwrap_or_default();
    let stream = String::from_utf8_lossy(&stream).into_owned();
    let deadline = tokio::time::Instant::now() + timeout;
    Ok(Begun { stream, expected, events: Vec::new(), size: 0, deadline })
}

/// How long the client will wait: as a span, or as a moment in the form of 21.10.
fn asked_time(options: &Options) -> Duration {
    let span = |seconds: i64, nanos: i32| {
        let nanos = Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).saturating_add(nanos)
    };
    match options.deadline_option {
        None => Duration::MAX,
        Some(DeadlineOption::Deadline(deadline)) => span(deadline.seconds, deadline.nanos),
        Some(DeadlineOption::Deadline21100(moment)) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            span(moment.seconds, moment.nanos).saturating_sub(now)
        }
    }
}

fn proposed(message: ProposedMessage) -> Option<Proposed> {
    let kind = message.metadata.get("type")?.clone();
    let json = message.metadata.get("content-type")? == "application/json";
    let id = uuid_from(message.id)?;
    Some(Proposed { id, kind, json, metadata: message.custom_metadata, data: message.data })
}

/// An append whose messages have all come.
struct Work {
    batch: Batch,
    append: Begun,
    correlation: Option<wire::Uuid>,
}

impl Work {
    /// Writes at once, in the order of the requests, unless a fault comes before; the answer comes when it comes.
    fn begin(self) {
        let node = &self.batch.node;
        node.figures.count(Call::BatchAppend);
        match node.plan.take(Call::BatchAppend) {
            Some(Fault::EndBatch(refusal)) => {
                let _ = self.batch.answer.send(Err(refusal.status()));
            }
            Some(Fault::Refuse(refusal)) => {
                let identifier =
                    Some(wire::StreamIdentifier { stream_name: self.append.stream.into_bytes() });
                let _ = self.batch.answer.send(refused(&refusal, self.correlation, identifier));
            }
            fault @ Some(Fault::Delay(_) | Fault::Hang | Fault::Reset) => {
                tokio::spawn(async move {
                    match self.batch.asked.meet_fault(fault).await {
                        Ok(_) => self.submit().answer(None).await,
                        Err(status) => {
                            let _ = self.batch.answer.send(Err(status));
                        }
                    }
                });
            }
            fault => {
                let written = self.submit();
                tokio::spawn(written.answer(fault));
            }
        }
    }

    fn submit(self) -> Written {
        let Begun { stream, expected, events, .. } = self.append;
        let Batch { node, asked, .. } = &self.batch;
        let change = Change::Append(events);
        let submitted = node.shared.submit((node.at, node.life), asked.leader, &stream, expected, change);
        Written { batch: self.batch, stream, expected, correlation: self.correlation, submitted }
    }
}

/// An append that is in the log or refused.
struct Written {
    batch: Batch,
    stream: String,
    expected: Expected,
    correlation: Option<wire::Uuid>,
    submitted: Result<Submitted, WriteError>,
}

impl Written {
    async fn answer(self, fault: Option<Fault>) {
        let Batch { node, asked, answer } = self.batch;
        let written = match self.submitted {
            Ok(submitted) => node.shared.committed(&submitted).await.map(|()| submitted),
            Err(error) => Err(error),
        };
        if let Some(Fault::RefuseAfterWrite(refusal)) = &fault {
            let identifier = Some(wire::StreamIdentifier { stream_name: self.stream.into_bytes() });
            let _ = answer.send(refused(refusal, self.correlation, identifier));
            return;
        }
        // What is left either cuts the connection or waits for ever.
        if asked.meet_after(fault.as_ref()).await.is_err() {
            return;
        }
        let told = told(written, self.stream, self.expected, self.correlation);
        let told = told.map(|told| misshaped(told, fault.as_ref()));
        if fault == Some(Fault::Duplicate) {
            let _ = answer.send(told.clone());
        }
        let _ = answer.send(told);
    }
}

/// A refusal inside the batch if it has a form there, else the end of the call.
fn refused(
    refusal: &Refusal,
    correlation: Option<wire::Uuid>,
    identifier: Option<wire::StreamIdentifier>,
) -> Result<BatchAppendResp, Status> {
    let status = refusal.in_batch().ok_or_else(|| refusal.status())?;
    Ok(response(correlation, identifier, Some(batch_append_resp::Result::Error(status))))
}

/// The answer as a fault wants it.
fn misshaped(mut answer: BatchAppendResp, fault: Option<&Fault>) -> BatchAppendResp {
    match fault {
        Some(Fault::EmptySuccess) => {
            let empty = Success { current_revision_option: None, position_option: None };
            answer.result = Some(batch_append_resp::Result::Success(empty));
        }
        Some(Fault::NoResult) => answer.result = None,
        Some(Fault::NoStreamIdentifier) => answer.stream_identifier = None,
        Some(Fault::ForeignCorrelation) => answer.correlation_id = Some(uuid_to(Uuid::new_v4(), false)),
        _ => {}
    }
    answer
}

fn told(
    written: Result<Submitted, WriteError>,
    stream: String,
    expected: Expected,
    correlation: Option<wire::Uuid>,
) -> Result<BatchAppendResp, Status> {
    let error = match written {
        Ok(submitted) => {
            let result = Some(batch_append_resp::Result::Success(success(&submitted)));
            let identifier = Some(wire::StreamIdentifier { stream_name: stream.into_bytes() });
            return Ok(response(correlation, identifier, result));
        }
        // A wrong node ends the whole call, whatever else is under way in it.
        Err(WriteError::NotLeader { host, port }) => return Err(refuse::not_leader(&host, port)),
        Err(WriteError::NotReady) => refuse::batch::not_handled("Server Is Not Ready"),
        Err(WriteError::WrongExpectedVersion { current }) => {
            refuse::batch::wrong_expected_version(current, expected)
        }
        Err(WriteError::StreamDeleted) => refuse::batch::stream_deleted(&stream),
        Err(WriteError::Timeout) => refuse::batch::timeout(),
    };
    let identifier = Some(wire::StreamIdentifier { stream_name: stream.into_bytes() });
    Ok(response(correlation, identifier, Some(batch_append_resp::Result::Error(error))))
}

fn success(submitted: &Submitted) -> Success {
    use batch_append_resp::success::{CurrentRevisionOption, PositionOption};
    let revision = u64::try_from(submitted.revision)
        .map_or(CurrentRevisionOption::NoStream(()), CurrentRevisionOption::CurrentRevision);
    let position = submitted.position.map_or(PositionOption::NoPosition(()), |position| {
        PositionOption::Position(wire::AllStreamPosition {
            commit_position: position.commit,
            prepare_position: position.prepare,
        })
    });
    Success { current_revision_option: Some(revision), position_option: Some(position) }
}

/// The real server leaves the expected position of its answers unset.
fn response(
    correlation_id: Option<wire::Uuid>,
    stream_identifier: Option<wire::StreamIdentifier>,
    result: Option<batch_append_resp::Result>,
) -> BatchAppendResp {
    BatchAppendResp { correlation_id, stream_identifier, result, expected_stream_position: None }
}
