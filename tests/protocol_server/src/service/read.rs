//! `Read`: a stream or `$all`, forwards or backwards, a number of events or for ever.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{Answers, Node, stream_name, subscribe, uuid_to};
use crate::asked::Asked;
use crate::decide::Expected;
use crate::faults::{Call, Ending, Fault};
use crate::filter::{Filter, PAGE};
use crate::log::{DELETED, Position, Record};
use crate::proto::event_store::client::StreamIdentifier;
use crate::proto::event_store::client::streams::read_req::options::all_options::AllOption;
use crate::proto::event_store::client::streams::read_req::options::stream_options::RevisionOption;
use crate::proto::event_store::client::streams::read_req::options::{
    CountOption, FilterOption, ReadDirection, StreamOption, StreamOptions, uuid_option,
};
use crate::proto::event_store::client::streams::read_resp::{self, Content};
use crate::proto::event_store::client::streams::{ReadReq, ReadResp};
use crate::refuse;

/// The whole log, as rights to it are named.
const ALL: &str = "$all";

/// Where a call's answers go.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) node: Node,
    pub(crate) asked: Asked,
    /// Whether ids are told as text.
    text_ids: bool,
    /// Whether the client knows of stream positions in the answer.
    positions: bool,
    answers: mpsc::Sender<Result<ReadResp, Status>>,
}

/// Why a reader stops: its client is gone, it is refused, or a fault ends it.
pub(crate) enum Stop {
    Gone,
    Refused(Status),
    Ended(Ending),
}

pub(crate) async fn read(node: &Node, asked: Asked, request: ReadReq) -> Result<Answers<ReadResp>, Status> {
    let subscribes = request
        .options
        .as_ref()
        .is_some_and(|options| matches!(options.count_option, Some(CountOption::Subscription(_))));
    let fault = asked.meet(node, if subscribes { Call::Subscribe } else { Call::Read }).await?;
    let options = request.options.ok_or_else(refuse::unforeseen)?;
    let Some(ids) = options.uuid_option else {
        return Err(Status::invalid_argument("'uuidOption' is a required argument of type UUIDOption"));
    };
    let text_ids = matches!(ids.content, Some(uuid_option::Content::String(_)));
    let positions = options.control_option.is_some_and(|control| control.compatibility >= 1);
    let forwards = options.read_direction == i32::from(ReadDirection::Forwards);
    let filter = match options.filter_option {
        Some(FilterOption::Filter(filter)) => Some(Filter::new(filter)?),
        Some(FilterOption::NoFilter(_)) | None => None,
    };
    let (answers, stream) = mpsc::channel(64);
    let reader = Reader { node: node.clone(), asked, text_ids, positions, answers };
    let work = match (options.stream_option, options.count_option) {
        (Some(StreamOption::Stream(of)), Some(CountOption::Count(count))) if filter.is_none() => {
            let (name, from) = start_of(of)?;
            reader.asked.allowed(&name)?;
            Work::Stream { name, from, forwards, count }
        }
        (Some(StreamOption::All(of)), Some(CountOption::Count(count))) => {
            reader.asked.allowed(ALL)?;
            Work::All { from: of.all_option, forwards, count, filter }
        }
        (Some(StreamOption::Stream(of)), Some(CountOption::Subscription(_)))
            if forwards && filter.is_none() =>
        {
            let (name, from) = start_of(of)?;
            reader.asked.allowed(&name)?;
            Work::SubscribeStream { name, from }
        }
        (Some(StreamOption::All(of)), Some(CountOption::Subscription(_))) if forwards => {
            reader.asked.allowed(ALL)?;
            Work::SubscribeAll { from: of.all_option, filter }
        }
        _ => return Err(Status::invalid_argument("The combination of options is invalid.")),
    };
    tokio::spawn(run(reader, work, fault));
    Ok(Box::pin(ReceiverStream::new(stream)))
}

enum Work {
    Stream { name: String, from: Option<RevisionOption>, forwards: bool, count: u64 },
    All { from: Option<AllOption>, forwards: bool, count: u64, filter: Option<Filter> },
    SubscribeStream { name: String, from: Option<RevisionOption> },
    SubscribeAll { from: Option<AllOption>, filter: Option<Filter> },
}

fn start_of(options: StreamOptions) -> Result<(String, Option<RevisionOption>), Status> {
    Ok((stream_name(options.stream_identifier)?, options.revision_option))
}

async fn run(reader: Reader, work: Work, fault: Option<Fault>) {
    let done = async {
        match work {
            Work::Stream { name, from, forwards: true, count } => {
                reader.stream_forwards(&name, from, count).await
            }
            Work::Stream { name, from, forwards: false, count } => {
                reader.stream_backwards(&name, from, count).await
            }
            Work::All { from, forwards: true, count, filter } => {
                reader.all_forwards(from, count, filter).await
            }
            Work::All { from, forwards: false, count, filter } => {
                reader.all_backwards(from, count, filter).await
            }
            Work::SubscribeStream { name, from } => subscribe::to_stream(&reader, &name, from, fault).await,
            Work::SubscribeAll { from, filter } => subscribe::to_all(&reader, from, filter, fault).await,
        }
    };
    let ended = tokio::select! {
        ended = done => ended,
        () = reader.asked.late() => Err(Stop::Refused(crate::asked::late())),
    };
    match ended {
        Ok(()) | Err(Stop::Gone | Stop::Ended(Ending::Ok)) => {}
        Err(Stop::Refused(status)) => {
            let _ = reader.answers.send(Err(status)).await;
        }
        Err(Stop::Ended(Ending::Refused(refusal))) => {
            let _ = reader.answers.send(Err(refusal.status())).await;
        }
        Err(Stop::Ended(Ending::Reset)) => {
            reader.asked.connection.cut();
            // To let go of the answers now would end them in good order.
            reader.gone().await;
        }
    }
}

impl Reader {
    pub(crate) async fn send(&self, content: Content) -> Result<(), Stop> {
        self.answers.send(Ok(ReadResp { content: Some(content) })).await.map_err(|_| Stop::Gone)
    }

    pub(crate) async fn send_event(&self, record: &Record) -> Result<(), Stop> {
        self.node.figures.count_told();
        self.send(Content::Event(self.told(record))).await
    }

    /// Whether a filter lets a record pass.
    pub(crate) fn passes(&self, filter: Option<&Filter>, record: &Record) -> bool {
        filter.is_none_or(|filter| {
            self.node.figures.count_looked_at();
            filter.passes(record)
        })
    }

    /// Waits until the client has gone.
    pub(crate) async fn gone(&self) {
        self.answers.closed().await;
    }

    /// Whether this node may answer at all.
    pub(crate) fn allowed(&self) -> Result<(), Stop> {
        let state = self.node.shared.lock();
        state
            .may_read(self.node.at, self.asked.leader, &self.node.shared.settings.host)
            .map_err(|error| Stop::Refused(refuse::write(&error, "Read", "", Expected::Any)))
    }

    /// An event as it is told.
    pub(crate) fn told(&self, record: &Record) -> read_resp::ReadEvent {
        let content_type = if record.event.json { "application/json" } else { "application/octet-stream" };
        let metadata = [
            ("type".to_owned(), record.event.kind.clone()),
            ("created".to_owned(), record.created.to_string()),
            ("content-type".to_owned(), content_type.to_owned()),
        ];
        let event = read_resp::read_event::RecordedEvent {
            id: Some(uuid_to(record.event.id, self.text_ids)),
            stream_identifier: Some(StreamIdentifier { stream_name: record.stream.clone().into_bytes() }),
            stream_revision: record.revision.cast_unsigned(),
            prepare_position: record.position.prepare,
            commit_position: record.position.commit,
            metadata: metadata.into(),
            custom_metadata: record.event.metadata.clone(),
            data: record.event.data.clone(),
        };
        let position = Some(read_resp::read_event::Position::CommitPosition(record.position.commit));
        read_resp::ReadEvent { event: Some(event), link: None, position }
    }

    async fn stream_forwards(
        &self,
        name: &str,
        from: Option<RevisionOption>,
        count: u64,
    ) -> Result<(), Stop> {
        self.allowed()?;
        let mut next = match from {
            Some(RevisionOption::Revision(at)) => at.cast_signed(),
            Some(RevisionOption::End(_)) => return Err(Stop::Refused(refuse::unforeseen())),
            Some(RevisionOption::Start(_)) | None => 0,
        };
        let (mut left, mut first) = (count, true);
        loop {
            let Some(page) = self.page(name)? else { return self.not_found(name).await };
            let size = i64::try_from(left.min(PAGE as u64)).unwrap_or(i64::MAX);
            let upto = next.saturating_add(size - 1).min(page.last);
            let begin = next.max(page.lowest);
            if first && begin > upto {
                let found = if upto < page.lowest { page.lowest } else { page.last + 1 };
                if self.positions && found != next {
                    self.send(Content::FirstStreamPosition(found.cast_unsigned())).await?;
                }
            }
            first = false;
            for record in self.records(name, begin, upto) {
                self.send_event(&record).await?;
                left -= 1;
            }
            next = if upto < page.lowest { page.lowest } else { upto + 1 };
            if next > page.last || left == 0 {
                return self.last_position(page.last).await;
            }
        }
    }

    async fn stream_backwards(
        &self,
        name: &str,
        from: Option<RevisionOption>,
        count: u64,
    ) -> Result<(), Stop> {
        self.allowed()?;
        let Some(page) = self.page(name)? else { return self.not_found(name).await };
        let from = match from {
            Some(RevisionOption::Revision(at)) => at.cast_signed(),
            Some(RevisionOption::Start(_)) => 0,
            Some(RevisionOption::End(_)) | None => page.last,
        };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let lowest = page.lowest.max(from.saturating_sub(count).saturating_add(1));
        let mut records = self.records(name, lowest, from.min(page.last));
        records.reverse();
        for record in records {
            self.send_event(&record).await?;
        }
        self.last_position(page.last).await
    }

    /// The bounds of what can be read of a stream; nothing if there is no such stream.
    fn page(&self, name: &str) -> Result<Option<Page>, Stop> {
        let state = self.node.shared.lock();
        let seen = state.seen(self.node.at);
        let last = state.log.last_revision(name, seen);
        if last == DELETED {
            return Err(Stop::Refused(refuse::stream_deleted(name)));
        }
        if last < 0 || state.log.is_soft_deleted(name, seen) {
            return Ok(None);
        }
        Ok(Some(Page { lowest: state.log.lowest(name, seen), last }))
    }

    pub(crate) fn records(&self, name: &str, lowest: i64, highest: i64) -> Vec<Arc<Record>> {
        let state = self.node.shared.lock();
        let indices = state.log.of_stream(name, state.seen(self.node.at));
        let lowest = usize::try_from(lowest).unwrap_or(0).min(indices.len());
        let highest = usize::try_from(highest.saturating_add(1)).unwrap_or(0).clamp(lowest, indices.len());
        indices[lowest..highest].iter().filter_map(|index| state.log.record(*index)).collect()
    }

    async fn last_position(&self, last: i64) -> Result<(), Stop> {
        if self.positions {
            self.send(Content::LastStreamPosition(last.cast_unsigned())).await
        } else {
            Ok(())
        }
    }

    async fn not_found(&self, name: &str) -> Result<(), Stop> {
        let stream_identifier = Some(StreamIdentifier { stream_name: name.as_bytes().to_vec() });
        self.send(Content::StreamNotFound(read_resp::StreamNotFound { stream_identifier })).await
    }

    async fn all_forwards(
        &self,
        from: Option<AllOption>,
        count: u64,
        filter: Option<Filter>,
    ) -> Result<(), Stop> {
        self.allowed()?;
        let mut at = match from {
            Some(AllOption::Position(position)) => {
                let position =
                    Position { commit: position.commit_position, prepare: position.prepare_position };
                self.known(position, filter.is_some())?;
                self.node.shared.lock().log.at(position)
            }
            Some(AllOption::End(_)) => return Ok(()),
            Some(AllOption::Start(_)) | None => 0,
        };
        let mut left = count;
        while left > 0 {
            self.rest(at).await?;
            let Some(record) = self.seen(at) else { return Ok(()) };
            at += 1;
            if self.passes(filter.as_ref(), &record) {
                self.send_event(&record).await?;
                left -= 1;
            }
        }
        Ok(())
    }

    /// The real server reads at a position as if a record began there, and finds out if none does.
    pub(crate) fn known(&self, position: Position, filtered: bool) -> Result<(), Stop> {
        if self.node.shared.lock().log.is_boundary(position.commit) {
            return Ok(());
        }
        let result = if filtered { "FilteredReadAllResult" } else { "ReadAllResult" };
        Err(Stop::Refused(Status::unknown(format!("Unexpected {result}: InvalidPosition"))))
    }

    /// Backwards a position stands between two events: the one that it names is not among those before it.
    async fn all_backwards(
        &self,
        from: Option<AllOption>,
        count: u64,
        filter: Option<Filter>,
    ) -> Result<(), Stop> {
        self.allowed()?;
        let mut at = {
            let state = self.node.shared.lock();
            let seen = state.seen(self.node.at);
            match from {
                Some(AllOption::Position(position)) => {
                    let position =
                        Position { commit: position.commit_position, prepare: position.prepare_position };
                    state.log.before(position).min(seen)
                }
                Some(AllOption::Start(_)) => 0,
                Some(AllOption::End(_)) | None => seen,
            }
        };
        let mut left = count;
        while left > 0 && at > 0 {
            self.rest(at).await?;
            at -= 1;
            let Some(record) = self.seen(at) else { return Ok(()) };
            if self.passes(filter.as_ref(), &record) {
                self.send_event(&record).await?;
                left -= 1;
            }
        }
        Ok(())
    }

    /// Lets others go on now and then while very much is looked through, and stops if nobody waits for it any more.
    pub(crate) async fn rest(&self, at: usize) -> Result<(), Stop> {
        if at.is_multiple_of(1024) {
            tokio::task::yield_now().await;
            if self.answers.is_closed() {
                return Err(Stop::Gone);
            }
        }
        Ok(())
    }

    /// The record at an index, if this node shows it.
    pub(crate) fn seen(&self, at: usize) -> Option<Arc<Record>> {
        let state = self.node.shared.lock();
        if at < state.seen(self.node.at) { state.log.record(at) } else { None }
    }
}

struct Page {
    lowest: i64,
    last: i64,
}
