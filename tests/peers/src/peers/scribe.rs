//! scribe, through its own port.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use scribe::clock;
use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::{Append, EventStore, Kept};
use scribe_domain::ids::{IncidentId, Position, Revision};

use crate::peer::{Each, Peer, Said, Acknowledgement, Typed};
use crate::told::{Reading, kind_of};

/// Events read at once.
const BATCH: u64 = 1_000;

pub(super) fn open(dir: &Path) -> Said<Arc<dyn Peer>> {
    let store = SqliteStore::open(dir, clock::system()).map_err(|error| error.to_string())?;
    Ok(Arc::new(Scribe(store)))
}

struct Scribe(SqliteStore);

impl Scribe {
    async fn kept(&self, after: u64, upto: u64, each: &mut (dyn FnMut(Kept) + Send)) -> Said<()> {
        let mut after = after;
        while after < upto {
            let limit = (upto - after).min(BATCH) as usize;
            let batch = self.0.read_kept(Position(after), limit).await.map_err(words)?;
            let Some(last) = batch.last() else { break };
            after = last.position.0;
            batch.into_iter().for_each(&mut *each);
        }
        Ok(())
    }
}

#[async_trait]
impl Peer for Scribe {
    async fn append(&self, append: Append, _seen: u64) -> Said<Acknowledgement> {
        let receipt = self.0.append(append).await.map_err(words)?;
        Ok(Acknowledgement { revision: receipt.revision.0, position: receipt.position.0 })
    }

    async fn head(&self) -> Said<u64> {
        Ok(self.0.head().await.map_err(words)?.0)
    }

    async fn read(&self, after: u64, upto: u64, each: Each<'_>) -> Said<()> {
        let mut line = Vec::new();
        let give = &mut |kept: Kept| {
            line.clear();
            line.extend_from_slice(kept.header.as_bytes());
            line.push(b'\n');
            line.extend_from_slice(kept.payload().as_bytes());
            each(kept.position.0, &line);
        };
        self.kept(after, upto, give).await
    }

    async fn stream(&self, _incident: &IncidentId, _each: Each<'_>) -> Said<()> {
        Err("scribe gives an incident's events typed".to_owned())
    }

    async fn typed(&self, after: u64, upto: u64, each: Typed<'_>) -> Said<()> {
        let mut after = after;
        while after < upto {
            let limit = (upto - after).min(BATCH) as usize;
            let batch = self.0.read(Position(after), limit).await.map_err(words)?;
            let Some(last) = batch.last() else { break };
            after = last.position.0;
            batch.into_iter().for_each(&mut *each);
        }
        Ok(())
    }

    async fn typed_stream(&self, incident: &IncidentId, each: Typed<'_>) -> Said<()> {
        let history = self.0.history(incident, Revision::NEW).await.map_err(words)?;
        history.into_iter().for_each(each);
        Ok(())
    }

    async fn typed_of_kind(&self, kind: &str, each: Typed<'_>) -> Said<()> {
        let head = self.head().await?;
        let mut reading = Reading::default();
        let only = &mut |position, line: &[u8]| {
            if kind_of(line) == kind.as_bytes() {
                each(reading.read(position, line));
            }
        };
        self.read(0, head, only).await
    }
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
