//! An event store on redb: events by position, streams by incident and revision, requests by id.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::Utc;
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};
use scribe_domain::event_store::Append;
use scribe_domain::ids::IncidentId;

use crate::grouped::{Committer, Grouped, Staged, stream_key, stream_prefix};
use crate::peer::{Each, Peer, Said, Acknowledgement};
use crate::told;

const EVENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("events");
const STREAMS: TableDefinition<'_, &[u8], u64> = TableDefinition::new("streams");
const REQUESTS: TableDefinition<'_, u128, u64> = TableDefinition::new("requests");

pub(super) fn open(dir: &Path) -> Said<Arc<dyn Peer>> {
    let database = Arc::new(Database::create(dir.join("events.redb")).map_err(words)?);
    let founding = database.begin_write().map_err(words)?;
    founding.open_table(EVENTS).map_err(words)?;
    founding.open_table(STREAMS).map_err(words)?;
    founding.open_table(REQUESTS).map_err(words)?;
    founding.commit().map_err(words)?;
    Ok(Arc::new(Redb { writer: Grouped::start(Writing(Arc::clone(&database))), database }))
}

struct Writing(Arc<Database>);

impl Committer for Writing {
    fn commit(&mut self, group: &[Append]) -> Said<Vec<Said<Acknowledgement>>> {
        let mut transaction = self.0.begin_write().map_err(words)?;
        transaction.set_durability(Durability::Immediate).map_err(words)?;
        let mut answers = Vec::with_capacity(group.len());
        {
            let mut events = transaction.open_table(EVENTS).map_err(words)?;
            let mut streams = transaction.open_table(STREAMS).map_err(words)?;
            let mut requests = transaction.open_table(REQUESTS).map_err(words)?;
            let mut position = events.last().map_err(words)?.map_or(0, |(position, _)| position.value());
            let (mut staged, now) = (Staged::default(), Utc::now());
            for append in group {
                let known = |id: uuid::Uuid| Ok(requests.get(id.as_u128()).map_err(words)?.is_some());
                let has = |revision| {
                    let key = stream_key(&append.incident, revision);
                    Ok(streams.get(key.as_slice()).map_err(words)?.is_some())
                };
                if let Err(refused) = staged.check(append, known, has) {
                    answers.push(Err(refused));
                    continue;
                }
                let mut revision = append.expected.0;
                for line in told::lines(append, now) {
                    position += 1;
                    revision += 1;
                    events.insert(position, line.bytes.as_slice()).map_err(words)?;
                    let key = stream_key(&append.incident, revision);
                    streams.insert(key.as_slice(), position).map_err(words)?;
                }
                requests.insert(append.command_id.0.as_u128(), position).map_err(words)?;
                answers.push(Ok(Acknowledgement { revision, position }));
            }
        }
        transaction.commit().map_err(words)?;
        Ok(answers)
    }
}

struct Redb {
    writer: Grouped,
    database: Arc<Database>,
}

#[async_trait]
impl Peer for Redb {
    async fn append(&self, append: Append, _seen: u64) -> Said<Acknowledgement> {
        self.writer.append(append).await
    }

    async fn head(&self) -> Said<u64> {
        let transaction = self.database.begin_read().map_err(words)?;
        let events = transaction.open_table(EVENTS).map_err(words)?;
        Ok(events.last().map_err(words)?.map_or(0, |(position, _)| position.value()))
    }

    async fn read(&self, after: u64, upto: u64, each: Each<'_>) -> Said<()> {
        let transaction = self.database.begin_read().map_err(words)?;
        let events = transaction.open_table(EVENTS).map_err(words)?;
        for entry in events.range(after + 1..=upto).map_err(words)? {
            let (position, line) = entry.map_err(words)?;
            each(position.value(), line.value());
        }
        Ok(())
    }

    async fn stream(&self, incident: &IncidentId, each: Each<'_>) -> Said<()> {
        let transaction = self.database.begin_read().map_err(words)?;
        let events = transaction.open_table(EVENTS).map_err(words)?;
        let streams = transaction.open_table(STREAMS).map_err(words)?;
        let prefix = stream_prefix(incident);
        for entry in streams.range(prefix.as_slice()..).map_err(words)? {
            let (key, position) = entry.map_err(words)?;
            if !key.value().starts_with(&prefix) {
                break;
            }
            let line = events.get(position.value()).map_err(words)?.ok_or("an event is missing")?;
            each(position.value(), line.value());
        }
        Ok(())
    }
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
