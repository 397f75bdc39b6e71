//! tephra in this process: its own group-committing coordinator, reads on the asker's thread.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::Utc;
use scribe_domain::event_store::Append;
use scribe_domain::ids::IncidentId;
use tephra::{
    AppendCondition, Event, EventType, Position, Query, QueryItem, SegmentConfig, SegmentSet, Tag, Tags,
    WriteCoordinator, WriteHandle, WriterConfig,
};

use crate::peer::{Each, Peer, Said, Acknowledgement};
use crate::told;

/// The size that its documentation begins with.
const SEGMENT: usize = 256 << 20;

pub(super) fn open(dir: &Path) -> Said<Arc<dyn Peer>> {
    let set = SegmentSet::open(dir, SegmentConfig::new(SEGMENT)).map_err(words)?;
    let (coordinator, handle) = WriteCoordinator::start(set, WriterConfig::default()).map_err(words)?;
    Ok(Arc::new(Tephra { handle, coordinator: Some(coordinator) }))
}

struct Tephra {
    handle: WriteHandle,
    coordinator: Option<WriteCoordinator>,
}

impl Tephra {
    fn query(&self, query: &Query, after: u64, limit: Option<u64>, each: Each<'_>) -> Said<()> {
        let mut reads = self.handle.read(query, Position::new(after), limit);
        while let Some(found) = reads.next() {
            let found = found.map_err(words)?;
            each(found.position.get(), found.event.data());
        }
        Ok(())
    }
}

impl Drop for Tephra {
    fn drop(&mut self) {
        if let Some(coordinator) = self.coordinator.take() {
            drop(coordinator.shutdown());
        }
    }
}

#[async_trait]
impl Peer for Tephra {
    async fn append(&self, append: Append, seen: u64) -> Said<Acknowledgement> {
        let incident = tag("incident", append.incident.as_str())?;
        let request = tag("request", &append.command_id.0.simple().to_string())?;
        let tags = Tags::new([incident.clone(), request.clone()]).map_err(words)?;
        let lines = told::lines(&append, Utc::now());
        let events = lines
            .iter()
            .map(|line| {
                let kind = EventType::new(line.kind.as_str()).map_err(words)?;
                Event::new(&kind, &tags, &line.bytes).map_err(words)
            })
            .collect::<Said<Vec<_>>>()?;
        let condition = AppendCondition::new(with_tag(incident)?)
            .after(Position::new(seen))
            .fail_if_exists(with_tag(request)?);
        let range = self.handle.append_async(events, Some(condition)).await.map_err(words)?;
        Ok(Acknowledgement { revision: append.expected.0 + lines.len() as u64, position: range.last.get() })
    }

    async fn head(&self) -> Said<u64> {
        Ok(self.handle.head().get())
    }

    async fn read(&self, after: u64, upto: u64, each: Each<'_>) -> Said<()> {
        self.query(&Query::all(), after, Some(upto.saturating_sub(after)), each)
    }

    async fn stream(&self, incident: &IncidentId, each: Each<'_>) -> Said<()> {
        self.query(&with_tag(tag("incident", incident.as_str())?)?, 0, None, each)
    }

    async fn of_kind(&self, kind: &str, each: Each<'_>) -> Said<()> {
        let kind = EventType::new(kind).map_err(words)?;
        self.query(&Query::item(QueryItem::of_types(vec![kind])), 0, None, each)
    }
}

fn tag(what: &str, value: &str) -> Said<Tag> {
    Tag::new(format!("{what}:{value}")).map_err(words)
}

fn with_tag(tag: Tag) -> Said<Query> {
    Ok(Query::item(QueryItem::with_tags(Tags::new([tag]).map_err(words)?)))
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
