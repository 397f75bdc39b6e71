//! What is read of a cluster.

use std::time::Duration;

use tonic::{Request, Status};
use uuid::Uuid;

use super::asked::Asked;
use super::cluster::Cluster;
use super::connection::Connection;
use super::proto::read_parts::{
    AllOption, AllOptions, Content, ControlOption, CountOption, Expression, Filter, FilterOption,
    FilterOptions, Options, ReadDirection, ReadEvent, ReadReq, RevisionOption, StreamOption, StreamOptions,
    UuidContent, UuidOption, Window,
};
use super::proto::{self, Empty, StreamIdentifier, read_parts};
use super::words;
use super::{LogEvent, Place, Trouble};

/// How many events the server looks through at once for one that passes.
const LOOKS_THROUGH: u32 = 10_000;
/// The only version that is refused.
const BAD_VERSION: &str = "25.0.0";

impl Cluster {
    /// At most `limit` events of a stream from a number on; `None` if there is no such stream.
    pub(in crate::store::kurrent) async fn read(
        &self,
        stream: String,
        from: u64,
        limit: usize,
    ) -> Result<Option<Vec<LogEvent>>, Trouble> {
        let from = RevisionOption::Revision(from);
        let request = of_stream(&stream, from, ReadDirection::Forwards, limit as u64);
        self.gather(request, Asked::Stream, self.patience).await
    }

    /// The last event of a stream; `None` if there is no such stream.
    pub(in crate::store::kurrent) async fn last_of_stream(
        &self,
        stream: String,
    ) -> Result<Option<LogEvent>, Trouble> {
        let request = of_stream(&stream, RevisionOption::End(Empty {}), ReadDirection::Backwards, 1);
        let read = self.gather(request, Asked::Stream, self.patience).await?;
        Ok(read.and_then(|mut events| events.pop()))
    }

    /// At most `limit` events of the whole log before a place, the last first.
    pub(in crate::store::kurrent) async fn before(
        &self,
        place: Option<Place>,
        limit: usize,
    ) -> Result<Vec<LogEvent>, Trouble> {
        let request = backwards(place, limit as u64, FilterOption::NoFilter(Empty {}));
        Ok(self.gather(request, Asked::Log, self.patience).await?.unwrap_or_default())
    }

    /// The last event of the log in a stream whose name begins with one of these.
    pub(in crate::store::kurrent) async fn last_of(
        &self,
        prefixes: impl Into<Vec<String>>,
        within: Duration,
    ) -> Result<Option<LogEvent>, Trouble> {
        let request = backwards(None, 1, FilterOption::Filter(filter(prefixes.into(), LOOKS_THROUGH)));
        let read = self.gather(request, Asked::Log, within).await?;
        Ok(read.and_then(|mut events| events.pop()))
    }

    /// The server's version, if it tells one that is to be used.
    pub(in crate::store::kurrent) async fn version(&self) -> Result<Option<String>, Trouble> {
        let asked = self.ask(self.patience, Asked::Cluster, |connection| async move {
            let version = version(&connection).await?;
            Ok(is_good(version, &connection))
        });
        asked.await?
    }

    async fn gather(
        &self,
        request: ReadReq,
        asked: Asked,
        within: Duration,
    ) -> Result<Option<Vec<LogEvent>>, Trouble> {
        self.ask(within, asked, |connection| {
            let mut request = Request::new(request.clone());
            // So that the server stops, too.
            request.set_timeout(within);
            async move {
                let mut answers = connection.streams().read(request).await?.into_inner();
                let mut events = Vec::new();
                while let Some(answer) = answers.message().await? {
                    match answer.content {
                        Some(Content::Event(event)) => events.extend(LogEvent::of(event)?),
                        Some(Content::StreamNotFound(_)) => return Ok(None),
                        _ => {}
                    }
                }
                Ok(Some(events))
            }
        })
        .await
    }
}

/// The version that a node tells.
pub(super) async fn version(connection: &Connection) -> Result<Option<String>, Status> {
    let told = connection.features().get_supported_methods(Request::new(Empty {})).await?.into_inner();
    Ok(Some(told.event_store_server_version).filter(|version| !version.is_empty()))
}

/// Refuses the version that loses events.
pub(super) fn is_good(version: Option<String>, connection: &Connection) -> Result<Option<String>, Trouble> {
    let bare = version.as_deref().map(|version| version.split(['-', '+', ' ']).next().unwrap_or(version));
    // Builds may have a number of their own behind it.
    let is_bad = |bare: &str| {
        bare.strip_prefix(BAD_VERSION).is_some_and(|more| more.is_empty() || more.starts_with('.'))
    };
    match bare {
        Some(bad) if is_bad(bad) => Err(words::bad_version(&connection.node, bad)),
        _ => Ok(version),
    }
}

/// What passes: streams whose names begin with one of these.
pub(super) fn filter(prefixes: Vec<String>, window: u32) -> FilterOptions {
    let expression = Expression { regex: String::new(), prefix: prefixes };
    FilterOptions {
        checkpoint_interval_multiplier: 1,
        filter: Some(Filter::StreamIdentifier(expression)),
        window: Some(Window::Max(window)),
    }
}

/// A request, as far as all of them are alike.
pub(super) fn request(
    of: StreamOption,
    to: ReadDirection,
    count: CountOption,
    filter: FilterOption,
) -> ReadReq {
    let uuids = UuidOption { content: Some(UuidContent::Structured(Empty {})) };
    ReadReq {
        options: Some(Options {
            read_direction: to.into(),
            resolve_links: false,
            uuid_option: Some(uuids),
            control_option: Some(ControlOption { compatibility: 1 }),
            stream_option: Some(of),
            count_option: Some(count),
            filter_option: Some(filter),
        }),
    }
}

pub(super) fn all_from(place: Place) -> AllOption {
    AllOption::Position(read_parts::Position {
        commit_position: place.commit,
        prepare_position: place.prepare,
    })
}

fn backwards(before: Option<Place>, limit: u64, filter: FilterOption) -> ReadReq {
    let from = before.map_or(AllOption::End(Empty {}), all_from);
    let all = StreamOption::All(AllOptions { all_option: Some(from) });
    request(all, ReadDirection::Backwards, CountOption::Count(limit), filter)
}

fn of_stream(stream: &str, from: RevisionOption, to: ReadDirection, limit: u64) -> ReadReq {
    let stream_identifier = Some(StreamIdentifier { stream_name: stream.as_bytes().to_vec() });
    let of = StreamOption::Stream(StreamOptions { stream_identifier, revision_option: Some(from) });
    request(of, to, CountOption::Count(limit), FilterOption::NoFilter(Empty {}))
}

impl LogEvent {
    /// The event that a server tells; `None` if it tells of one that is no more.
    #[allow(clippy::result_large_err, reason = "the status of a call is tonic's own type")]
    pub(super) fn of(told: ReadEvent) -> Result<Option<Self>, Status> {
        let Some(mut event) = told.event else { return Ok(None) };
        let unreadable = || Status::internal("an event that cannot be read");
        let stream = event.stream_identifier.ok_or_else(unreadable)?.stream_name;
        Ok(Some(Self {
            stream: String::from_utf8(stream).map_err(|_| unreadable())?,
            number: event.stream_revision,
            place: Place { commit: event.commit_position, prepare: event.prepare_position },
            id: id(event.id).ok_or_else(unreadable)?,
            kind: event.metadata.remove("type").unwrap_or_default(),
            data: event.data,
            metadata: event.custom_metadata,
            created: event.metadata.get("created").and_then(|ticks| ticks.parse().ok()),
        }))
    }
}

/// An id in either of its two forms on the wire.
fn id(told: Option<proto::Uuid>) -> Option<Uuid> {
    match told?.value? {
        proto::uuid::Value::String(text) => text.parse().ok(),
        proto::uuid::Value::Structured(halves) => {
            let (high, low) = (halves.most_significant_bits, halves.least_significant_bits);
            Some(Uuid::from_u64_pair(high.cast_unsigned(), low.cast_unsigned()))
        }
    }
}
