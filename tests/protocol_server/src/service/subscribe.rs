//! Subscriptions: a confirmation, what is there already, "caught up", and then what comes.
//!
//! While catching up, pages of at most a window of records are looked through. After a page with which a whole interval
//! has been looked at, a checkpoint tells how far: the last event that was sent, or where that page began if that is
//! further on, which is a position at which no event need stand. Live, a checkpoint comes with every interval-th record,
//! behind that record, which may be in the middle of an append.
//!
//! Since 24.10 one more comes where the subscription turns live; before, what was looked at since the last one counts
//! on. To a live subscription more events may come than its server keeps for it. Then 26.1.0 falls back: it catches up
//! again and tells so a second time. 23.10.8 ends it. The real ones do that if they or their clients are slow, which is
//! hard to foresee; this one does it always.

use super::feed::Feed;
use super::read::{Reader, Stop};
use crate::faults::Fault;
use crate::filter::Filter;
use crate::log::{DELETED, Position};
use crate::proto::event_store::client::streams::read_req::options::all_options::AllOption;
use crate::proto::event_store::client::streams::read_req::options::stream_options::RevisionOption;
use crate::refuse;

pub(crate) async fn to_stream(
    reader: &Reader,
    name: &str,
    from: Option<RevisionOption>,
    fault: Option<Fault>,
) -> Result<(), Stop> {
    let last = {
        let state = reader.node.shared.lock();
        state.log.last_revision(name, state.seen(reader.node.at))
    };
    let reads = !matches!(from, Some(RevisionOption::End(_)));
    let mut feed = Feed::open(reader, None, fault, reads).await?;
    let mut next = match from {
        Some(RevisionOption::Revision(at)) => at.cast_signed().saturating_add(1),
        Some(RevisionOption::End(_)) => last.saturating_add(1),
        Some(RevisionOption::Start(_)) | None => 0,
    };
    if next <= last && last == DELETED {
        return Err(Stop::Refused(refuse::stream_deleted(name)));
    }
    let mut changes = reader.node.shared.changes();
    loop {
        changes.borrow_and_update();
        let lowest = {
            let state = reader.node.shared.lock();
            state.log.lowest(name, state.seen(reader.node.at))
        };
        let lowest = if feed.live { next } else { next.max(lowest) };
        for record in reader.records(name, lowest, i64::MAX - 1) {
            feed.event(&record).await?;
            if record.revision == DELETED {
                return Err(Stop::Refused(refuse::stream_deleted(name)));
            }
            next = record.revision + 1;
        }
        if !feed.live {
            feed.caught_up().await?;
        }
        feed.wait(&mut changes).await?;
    }
}

pub(crate) async fn to_all(
    reader: &Reader,
    from: Option<AllOption>,
    filter: Option<Filter>,
    fault: Option<Fault>,
) -> Result<(), Stop> {
    // What comes after this is what the live subscription of the real server hears of.
    let (confirmed, last) = {
        let state = reader.node.shared.lock();
        let confirmed = state.seen(reader.node.at);
        let last = confirmed.checked_sub(1).and_then(|last| state.log.record(last));
        (confirmed, last.map(|record| record.position.commit))
    };
    let last = last.map(|commit| Position { commit, prepare: commit });
    let filtered = filter.is_some();
    let reads = !matches!(from, Some(AllOption::End(_)));
    let mut feed = Feed::open(reader, filter, fault, reads).await?;
    feed.done = match from {
        Some(AllOption::Position(at)) => {
            Some(Position { commit: at.commit_position, prepare: at.prepare_position })
        }
        Some(AllOption::End(_)) => last,
        Some(AllOption::Start(_)) | None => None,
    };
    feed.at = confirmed;
    if feed.done < last {
        if let Some(position) = feed.done {
            reader.known(position, filtered)?;
        }
        feed.catch_up().await?;
    }
    loop {
        feed.caught_up().await?;
        feed.live().await?;
        feed.catch_up().await?;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_stream::StreamExt;
    use tonic::Request;

    use super::super::Node;
    use super::super::read::read;
    use crate::asked::Asked;
    use crate::log::Proposed;
    use crate::proto::event_store::client::Empty;
    use crate::proto::event_store::client::streams::ReadReq;
    use crate::proto::event_store::client::streams::read_req::Options;
    use crate::proto::event_store::client::streams::read_req::options::all_options::AllOption;
    use crate::proto::event_store::client::streams::read_req::options::filter_options::{
        Expression, Filter, Window,
    };
    use crate::proto::event_store::client::streams::read_req::options::{
        AllOptions, CountOption, FilterOption, FilterOptions, StreamOption, SubscriptionOptions, UuidOption,
    };
    use crate::proto::event_store::client::streams::read_resp::Content;
    use crate::state::{NodeState, Shared};

    fn node() -> Node {
        let settings = crate::Settings::like(crate::Like::Kurrent26);
        let shared = Arc::new(Shared::new(settings, vec![NodeState::new(0)]));
        Node { shared, figures: Arc::default(), plan: Arc::default(), at: 0, life: 0 }
    }

    fn subscription(prefix: &str, window: u32, multiplier: u32) -> ReadReq {
        let expression = Expression { regex: String::new(), prefix: vec![prefix.to_owned()] };
        let filter = FilterOptions {
            filter: Some(Filter::StreamIdentifier(expression)),
            window: Some(Window::Max(window)),
            checkpoint_interval_multiplier: multiplier,
        };
        let all = AllOptions { all_option: Some(AllOption::Start(Empty {})) };
        let options = Options {
            stream_option: Some(StreamOption::All(all)),
            count_option: Some(CountOption::Subscription(SubscriptionOptions {})),
            filter_option: Some(FilterOption::Filter(filter)),
            uuid_option: Some(UuidOption { content: None }),
            ..Options::default()
        };
        ReadReq { options: Some(options) }
    }

    async fn checkpoints(node: &Node, request: ReadReq) -> Vec<u64> {
        let mut request_of = Request::new(());
        request_of.extensions_mut().insert(crate::listen::Caller::Administrator);
        let asked = Asked::of(&request_of);
        let mut answers = read(node, asked, request).await.expect("a subscription is taken");
        let mut told = Vec::new();
        while let Some(answer) = answers.next().await {
            match answer.expect("nothing refuses it").content {
                Some(Content::Checkpoint(at)) => told.push(at.commit_position),
                Some(Content::CaughtUp(_)) => break,
                _ => {}
            }
        }
        told
    }

    /// Writes one event each, and tells where they begin.
    fn fill(node: &Node, count: usize) -> Vec<u64> {
        let mut state = node.shared.lock();
        for _ in 0..count {
            state.log.write("other", vec![Proposed::json("noted", "{}")]);
        }
        state.replicate();
        (0..count).filter_map(|at| state.log.record(at)).map(|record| record.position.commit).collect()
    }

    /// Without an event that passes, a checkpoint is where the page began with which the interval was full.
    #[tokio::test]
    async fn the_interval_is_the_window_times_the_multiplier() {
        let node = node();
        let begins = fill(&node, 13);
        let told = checkpoints(&node, subscription("nothing", 2, 3)).await;
        assert_eq!(told, [begins[4], begins[10], begins[12]]);
        assert_eq!(checkpoints(&node, subscription("nothing", 5, 1)).await, [0, begins[5], begins[10]]);
    }

    /// A page also ends with the 32nd event that passes; what it looked at beyond the interval counts for the next.
    #[tokio::test]
    async fn what_is_beyond_the_interval_counts_for_the_next() {
        let node = node();
        let begins = fill(&node, 130);
        let told = checkpoints(&node, subscription("other", 48, 1)).await;
        assert_eq!(told, [begins[63], begins[95], begins[129]]);
    }
}
