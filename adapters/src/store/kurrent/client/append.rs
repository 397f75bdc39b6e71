//! Appending, one call each: no two appends have a fate in common, and only single events are limited by what a
//! message may have.

use std::sync::Arc;
use std::time::Duration;

use futures::stream;
use prost::Message as _;
use tonic::{Request, Status};

use super::asked::Asked;
use super::cluster::Cluster;
use super::proto::append_parts::{
    AppendReq, AppendResp, Content, CurrentRevision, ExpectedRevision, Options, PositionOption,
    ProposedMessage, Result as Answer, WrongRevision,
};
use super::proto::{self, Empty, StreamIdentifier};
use super::words::{LARGEST_MESSAGE, message_too_large};
use super::{Expected, Place, Proposed, Trouble};

/// What a message has beside an event's data and metadata, at most.
const AROUND: usize = 4_096;

/// What was answered, as far as it can be read.
enum Outcome {
    Kept { place: Option<Place>, last: Option<u64> },
    Conflict { length: Option<u64> },
}

impl Cluster {
    /// Appends events to a stream, all of them or none; tells the place of the last.
    pub(in crate::store::kurrent) async fn append(
        &self,
        stream: String,
        expected: Expected,
        events: Arc<[Proposed]>,
        within: Duration,
    ) -> Result<Place, Trouble> {
        for event in &*events {
            if event.data.get().len() + event.metadata.len() + AROUND > LARGEST_MESSAGE {
                let size = message(event).encoded_len();
                if size > LARGEST_MESSAGE {
                    return Err(message_too_large(Some(size)));
                }
            }
        }
        let options = options(&stream, expected);
        let told = self.ask(within, Asked::Append, |connection| {
            let (options, events) = (options.clone(), Arc::clone(&events));
            async move {
                let proposed = (0..events.len()).map(move |place| message(&events[place]));
                let mut request = Request::new(stream::iter(std::iter::once(options).chain(proposed)));
                // So that the server gives up, too.
                request.set_timeout(within);
                read(&connection.streams().append(request).await?.into_inner())
            }
        });
        match told.await? {
            Outcome::Kept { place: Some(place), .. } => Ok(place),
            Outcome::Kept { place: None, last } => self.place_of(stream, last, &events).await,
            Outcome::Conflict { length } => Err(Trouble::Conflict { length }),
        }
    }

    /// Where the last event of an append stands, when its answer does not say so.
    async fn place_of(
        &self,
        stream: String,
        number: Option<u64>,
        events: &[Proposed],
    ) -> Result<Place, Trouble> {
        let seen = match number {
            Some(number) => self.read(stream, number, 1).await?.and_then(|mut events| events.pop()),
            None => self.last_of_stream(stream).await?,
        };
        let unsaid =
            || Trouble::Away("the cluster's answer does not say where it keeps the append".to_owned());
        match (seen, events.last()) {
            (Some(seen), Some(last)) if seen.id == last.id => Ok(seen.place),
            _ => Err(unsaid()),
        }
    }
}

#[allow(clippy::result_large_err, reason = "the status of a call is tonic's own type")]
fn read(answer: &AppendResp) -> Result<Outcome, Status> {
    match &answer.result {
        Some(Answer::Success(success)) => {
            let place = match &success.position_option {
                Some(PositionOption::Position(at)) => {
                    Some(Place { commit: at.commit_position, prepare: at.prepare_position })
                }
                _ => None,
            };
            let last = match success.current_revision_option {
                Some(CurrentRevision::CurrentRevision(at)) => Some(at),
                _ => None,
            };
            Ok(Outcome::Kept { place, last })
        }
        Some(Answer::WrongExpectedVersion(wrong)) => {
            let length = match wrong.current_revision_option {
                Some(WrongRevision::CurrentRevision(at)) => at.checked_add(1),
                Some(WrongRevision::CurrentNoStream(_)) => Some(0),
                None => None,
            };
            Ok(Outcome::Conflict { length })
        }
        None => Err(Status::internal("an answer that says neither success nor failure")),
    }
}

fn options(stream: &str, expected: Expected) -> AppendReq {
    let expected = match expected {
        Expected::AnyLength => ExpectedRevision::Any(Empty {}),
        Expected::Length(length) => match length.checked_sub(1) {
            Some(last) => ExpectedRevision::Revision(last),
            None => ExpectedRevision::NoStream(Empty {}),
        },
    };
    let stream_identifier = Some(StreamIdentifier { stream_name: stream.as_bytes().to_vec() });
    let options = Options { stream_identifier, expected_stream_revision: Some(expected) };
    AppendReq { content: Some(Content::Options(options)) }
}

fn message(event: &Proposed) -> AppendReq {
    let (high, low) = event.id.as_u64_pair();
    let halves = proto::uuid::Structured {
        most_significant_bits: high.cast_signed(),
        least_significant_bits: low.cast_signed(),
    };
    let metadata = [("type", event.kind.as_str()), ("content-type", "application/json")];
    let proposed = ProposedMessage {
        id: Some(proto::Uuid { value: Some(proto::uuid::Value::Structured(halves)) }),
        metadata: metadata.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        custom_metadata: event.metadata.as_bytes().to_vec(),
        data: event.data.get().as_bytes().to_vec(),
    };
    AppendReq { content: Some(Content::ProposedMessage(proposed)) }
}
