//! The messages that a client sends: reads, subscriptions, appends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Status, Streaming};
use uuid::Uuid;

use super::channel::{Plain, all_of, code, error, kind};
use crate::proto::event_store::client as wire;
use crate::proto::event_store::client::streams::append_resp::wrong_expected_version::CurrentRevisionOption;
use crate::proto::event_store::client::streams::read_req::Options;
use crate::proto::event_store::client::streams::read_req::options::filter_options::{
    Expression, Filter, Window,
};
use crate::proto::event_store::client::streams::read_req::options::{
    AllOptions, ControlOption, CountOption, FilterOption, FilterOptions, StreamOption, StreamOptions,
    SubscriptionOptions, UuidOption, all_options::AllOption, stream_options::RevisionOption,
};
use crate::proto::event_store::client::streams::{
    AppendReq, BatchAppendReq, BatchAppendResp, ReadReq, ReadResp, append_req, append_resp, batch_append_req,
    batch_append_resp,
};

/// What is expected of a stream.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    Any,
    NoStream,
    At(u64),
}

/// An event with a size.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) id: Uuid,
    pub(crate) data: Vec<u8>,
}

pub(crate) fn events(count: usize) -> Vec<Event> {
    events_of(count, 2)
}

pub(crate) fn events_of(count: usize, size: usize) -> Vec<Event> {
    (0..count).map(|_| Event { id: Uuid::new_v4(), data: vec![b' '; size] }).collect()
}

fn identifier(stream: &str) -> wire::StreamIdentifier {
    wire::StreamIdentifier { stream_name: stream.as_bytes().to_vec() }
}

fn id(of: Uuid) -> wire::Uuid {
    wire::Uuid { value: Some(wire::uuid::Value::String(of.to_string())) }
}

fn metadata() -> std::collections::HashMap<String, String> {
    let pairs = [("type", "noted"), ("content-type", "application/octet-stream")];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn options() -> Options {
    Options {
        uuid_option: Some(UuidOption { content: None }),
        control_option: Some(ControlOption { compatibility: 1 }),
        ..Options::default()
    }
}

pub(crate) fn all_backwards(count: u64) -> Options {
    Options {
        stream_option: Some(StreamOption::All(AllOptions {
            all_option: Some(AllOption::End(wire::Empty {})),
        })),
        read_direction: 1,
        count_option: Some(CountOption::Count(count)),
        filter_option: Some(FilterOption::NoFilter(wire::Empty {})),
        ..options()
    }
}

pub(crate) fn stream(name: &str, backwards: bool, count: u64) -> Options {
    let from =
        if backwards { RevisionOption::End(wire::Empty {}) } else { RevisionOption::Start(wire::Empty {}) };
    let of = StreamOptions { stream_identifier: Some(identifier(name)), revision_option: Some(from) };
    Options {
        stream_option: Some(StreamOption::Stream(of)),
        read_direction: i32::from(backwards),
        count_option: Some(CountOption::Count(count)),
        filter_option: Some(FilterOption::NoFilter(wire::Empty {})),
        ..options()
    }
}

/// The last events of streams whose names begin so.
pub(crate) fn last_of(prefixes: &[&str], count: u64) -> Options {
    Options { filter_option: Some(filter(prefixes)), ..all_backwards(count) }
}

/// By stream prefix, at most 500 records between checkpoints.
fn filter(prefixes: &[&str]) -> FilterOption {
    FilterOption::Filter(FilterOptions {
        filter: Some(Filter::StreamIdentifier(Expression {
            regex: String::new(),
            prefix: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        })),
        window: Some(Window::Max(500)),
        checkpoint_interval_multiplier: 1,
    })
}

pub(crate) fn subscription(prefix: &str) -> Options {
    Options {
        stream_option: Some(StreamOption::All(AllOptions {
            all_option: Some(AllOption::Start(wire::Empty {})),
        })),
        count_option: Some(CountOption::Subscription(SubscriptionOptions {})),
        filter_option: Some(filter(&[prefix])),
        ..options()
    }
}

impl Plain {
    pub(crate) async fn begin_read(&self, options: Options) -> Result<Streaming<ReadResp>, Status> {
        let request = self.request(ReadReq { options: Some(options) });
        Ok(self.streams().read(request).await?.into_inner())
    }

    /// A read to its end: the kinds of what it told, and how it was refused.
    pub(crate) async fn read(&self, options: Options) -> Value {
        let (got, refusal) = all_of(self.begin_read(options).await).await;
        let mut told = json!({ "got": got.iter().map(kind).collect::<Vec<_>>() });
        if let Some(refusal) = refusal {
            told["error"] = error(&refusal);
        }
        told
    }

    /// A subscription until it is refused or has nothing more to tell.
    pub(crate) async fn subscribe(&self, prefix: &str) -> Value {
        let mut answers = match self.begin_read(subscription(prefix)).await {
            Ok(answers) => answers,
            Err(status) => return json!({ "got": [], "error": error(&status) }),
        };
        let mut got = Vec::new();
        loop {
            match tokio::time::timeout(Duration::from_millis(400), answers.message()).await {
                Err(_) => return json!({ "got": got, "still_open": true }),
                Ok(Ok(Some(answer))) => got.push(kind(&answer)),
                Ok(Ok(None)) => return json!({ "got": got, "end": true }),
                Ok(Err(status)) => return json!({ "got": got, "error": error(&status) }),
            }
        }
    }

    pub(crate) async fn append(
        &self,
        stream: &str,
        expected: Expected,
        events: &[Event],
    ) -> Result<append_resp::Result, Status> {
        use append_req::options::ExpectedStreamRevision as Wire;
        let expected = match expected {
            Expected::Any => Wire::Any(wire::Empty {}),
            Expected::NoStream => Wire::NoStream(wire::Empty {}),
            Expected::At(at) => Wire::Revision(at),
        };
        let options = append_req::Options {
            stream_identifier: Some(identifier(stream)),
            expected_stream_revision: Some(expected),
        };
        let proposed = |event: &Event| append_req::ProposedMessage {
            id: Some(id(event.id)),
            metadata: metadata(),
            custom_metadata: Vec::new(),
            data: event.data.clone(),
        };
        let messages: Vec<_> = std::iter::once(append_req::Content::Options(options))
            .chain(events.iter().map(|event| append_req::Content::ProposedMessage(proposed(event))))
            .map(|content| AppendReq { content: Some(content) })
            .collect();
        let answer = self.streams().append(self.request(tokio_stream::iter(messages))).await?;
        Ok(answer.into_inner().result.unwrap())
    }

    /// An append, told by whether it was taken.
    pub(crate) async fn try_append(&self, stream: &str) -> Value {
        match self.append(stream, Expected::Any, &events(1)).await {
            Ok(append_resp::Result::Success(_)) => json!({ "append": "success" }),
            Ok(append_resp::Result::WrongExpectedVersion(_)) => json!({ "append": "wrong_expected_version" }),
            Err(status) => json!({ "error": error(&status) }),
        }
    }

    /// The same in a batch call of its own.
    pub(crate) async fn try_batch(&self, stream: &str) -> Value {
        let told = async {
            let mut batch = self.batch();
            batch.send(stream, Expected::Any, &events(1));
            batch.next().await
        };
        match told.await {
            Ok(mut answer) => {
                // Where it stands is told by those recordings that are about it.
                let fields = answer.as_object_mut().unwrap();
                fields.remove("current");
                fields.remove("position");
                json!({ "answer": answer })
            }
            Err(status) => json!({ "error": error(&status) }),
        }
    }

    /// Opens a batch call. Servers answer nothing, not even a refusal, before they are asked for something.
    pub(crate) fn batch(&self) -> Batch {
        let (requests, receiver) = mpsc::unbounded_channel();
        let (plain, (answers, answered)) = (self.clone(), mpsc::unbounded_channel());
        let reading = tokio::spawn(async move {
            let request = plain.request(UnboundedReceiverStream::new(receiver));
            let mut stream = match plain.streams().batch_append(request).await {
                Ok(answer) => answer.into_inner(),
                Err(status) => {
                    let _ = answers.send(Err(status));
                    return;
                }
            };
            loop {
                match stream.message().await {
                    Ok(Some(answer)) => {
                        let _ = answers.send(Ok(answer));
                    }
                    Ok(None) => return,
                    Err(status) => {
                        let _ = answers.send(Err(status));
                        return;
                    }
                }
            }
        });
        Batch { requests: Some(requests), answered, reading }
    }
}

/// A batch call. Dropping it cancels it.
pub(crate) struct Batch {
    requests: Option<mpsc::UnboundedSender<BatchAppendReq>>,
    answered: mpsc::UnboundedReceiver<Result<BatchAppendResp, Status>>,
    reading: tokio::task::JoinHandle<()>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Batch {
    pub(crate) fn send(&self, stream: &str, expected: Expected, events: &[Event]) {
        use batch_append_req::options::ExpectedStreamPosition as Wire;
        let expected = match expected {
            Expected::Any => Wire::Any(()),
            Expected::NoStream => Wire::NoStream(()),
            Expected::At(at) => Wire::StreamPosition(at),
        };
        let options = batch_append_req::Options {
            stream_identifier: Some(identifier(stream)),
            expected_stream_position: Some(expected),
            deadline_option: None,
        };
        let proposed = |event: &Event| batch_append_req::ProposedMessage {
            id: Some(id(event.id)),
            metadata: metadata(),
            custom_metadata: Vec::new(),
            data: event.data.clone(),
        };
        let request = BatchAppendReq {
            correlation_id: Some(id(Uuid::new_v4())),
            options: Some(options),
            proposed_messages: events.iter().map(proposed).collect(),
            is_final: true,
        };
        self.requests.as_ref().unwrap().send(request).unwrap();
    }

    /// Says that no more will come, and leaves the call open.
    pub(crate) fn half_close(&mut self) {
        self.requests = None;
    }

    /// The next answer, as the recordings tell it.
    pub(crate) async fn next(&mut self) -> Result<Value, Status> {
        let answer = self.answered.recv().await.expect("the server ended the call")?;
        Ok(match answer.result.unwrap() {
            batch_append_resp::Result::Error(error) => {
                let mut told = json!({ "message": error.message, "detail": error.details.unwrap().type_url });
                // A code that is not set is left out.
                if error.code != 0 {
                    told["code"] = json!(code(error.code.into()));
                }
                json!({ "result": "error", "error": told })
            }
            batch_append_resp::Result::Success(success) => {
                use batch_append_resp::success::{CurrentRevisionOption, PositionOption};
                let Some(CurrentRevisionOption::CurrentRevision(at)) = success.current_revision_option else {
                    panic!("{success:?}");
                };
                let Some(PositionOption::Position(place)) = success.position_option else {
                    panic!("{success:?}");
                };
                json!({
                    "result": "success",
                    "current": format!("current_revision:{at}"),
                    "position": [place.commit_position, place.prepare_position],
                })
            }
        })
    }

    /// Whether the server has ended the call within a time in which it had nothing to answer.
    pub(crate) async fn ends_within(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.answered.recv()).await.is_ok()
    }
}

/// An append's answer with the revision in it, as one recording tells it.
pub(crate) fn told(result: &append_resp::Result) -> Value {
    let (word, at) = match result {
        append_resp::Result::Success(success) => match success.current_revision_option {
            Some(append_resp::success::CurrentRevisionOption::CurrentRevision(at)) => ("success", at),
            ref other => panic!("{other:?}"),
        },
        append_resp::Result::WrongExpectedVersion(wrong) => match wrong.current_revision_option {
            Some(CurrentRevisionOption::CurrentRevision(at)) => ("wrong_expected_version", at),
            ref other => panic!("{other:?}"),
        },
    };
    json!(format!("{word} {{\"cur\":\"{at}\",\"opt\":\"current_revision\"}}"))
}
