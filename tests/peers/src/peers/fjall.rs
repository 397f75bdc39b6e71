//! An event store on fjall: events by position, streams by incident and revision, requests by id.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::Utc;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use scribe_domain::event_store::Append;
use scribe_domain::ids::IncidentId;

use crate::grouped::{Committer, Grouped, Staged, stream_key, stream_prefix};
use crate::peer::{Each, Peer, Said, Acknowledgement};
use crate::told;

pub(super) fn open(dir: &Path) -> Said<Arc<dyn Peer>> {
    let store = Store::open(dir)?;
    Ok(Arc::new(Fjall { writer: Grouped::start(store.clone()), store }))
}

#[derive(Clone)]
struct Store {
    database: Database,
    events: Keyspace,
    streams: Keyspace,
    requests: Keyspace,
}

impl Store {
    fn open(dir: &Path) -> Said<Self> {
        let database = Database::builder(dir).open().map_err(words)?;
        let keyspace = |name| database.keyspace(name, KeyspaceCreateOptions::default).map_err(words);
        let (events, streams, requests) = (keyspace("events")?, keyspace("streams")?, keyspace("requests")?);
        Ok(Self { database, events, streams, requests })
    }

    fn head(&self) -> Said<u64> {
        self.events.last_key_value().map_or(Ok(0), |last| number(&last.key().map_err(words)?))
    }
}

impl Committer for Store {
    fn commit(&mut self, group: &[Append]) -> Said<Vec<Said<Acknowledgement>>> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        let (mut staged, mut position) = (Staged::default(), self.head()?);
        let now = Utc::now();
        let mut answers = Vec::with_capacity(group.len());
        for append in group {
            let known = |id: uuid::Uuid| self.requests.contains_key(id.as_bytes()).map_err(words);
            let has =
                |revision| self.streams.contains_key(stream_key(&append.incident, revision)).map_err(words);
            if let Err(refused) = staged.check(append, known, has) {
                answers.push(Err(refused));
                continue;
            }
            let mut revision = append.expected.0;
            for line in told::lines(append, now) {
                position += 1;
                revision += 1;
                batch.insert(&self.events, position.to_be_bytes(), line.bytes);
                let key = stream_key(&append.incident, revision);
                batch.insert(&self.streams, key, position.to_be_bytes());
            }
            batch.insert(&self.requests, append.command_id.0.as_bytes().as_slice(), position.to_be_bytes());
            answers.push(Ok(Acknowledgement { revision, position }));
        }
        batch.commit().map_err(words)?;
        Ok(answers)
    }
}

struct Fjall {
    writer: Grouped,
    store: Store,
}

#[async_trait]
impl Peer for Fjall {
    async fn append(&self, append: Append, _seen: u64) -> Said<Acknowledgement> {
        self.writer.append(append).await
    }

    async fn head(&self) -> Said<u64> {
        self.store.head()
    }

    async fn read(&self, after: u64, upto: u64, each: Each<'_>) -> Said<()> {
        for entry in self.store.events.range((after + 1).to_be_bytes()..=upto.to_be_bytes()) {
            let (key, line) = entry.into_inner().map_err(words)?;
            each(number(&key)?, &line);
        }
        Ok(())
    }

    async fn stream(&self, incident: &IncidentId, each: Each<'_>) -> Said<()> {
        for entry in self.store.streams.prefix(stream_prefix(incident)) {
            let position = entry.value().map_err(words)?;
            let line = self.store.events.get(&position).map_err(words)?.ok_or("an event is missing")?;
            each(number(&position)?, &line);
        }
        Ok(())
    }
}

fn number(bytes: &[u8]) -> Said<u64> {
    bytes.try_into().map(u64::from_be_bytes).map_err(words)
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
