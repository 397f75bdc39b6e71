//! `UmaDB`'s storage engine in this process, driven as its own server drives it: requests go to its
//! group-committing writer thread, reads run on the asker's thread.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use chrono::Utc;
use scribe_domain::event_store::Append;
use scribe_domain::ids::IncidentId;
use tokio::sync::{mpsc, oneshot, watch};
use umadb_core::db::UmaDb;
use umadb_core::mvcc::{Mvcc, StorageOptions};
use umadb_core::writer_thread_blocking::writer_thread_blocking;
use umadb_core::writer_thread_request::WriterThreadRequest;
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreSync, DcbQuery, DcbQueryItem};

use crate::peer::{Each, Peer, Said, Acknowledgement};
use crate::told;

/// The most events in one commit, and the most requests that wait.
const GROUP: usize = 10_000;
const BATCH: u32 = 1_000;

pub(super) fn open(dir: &Path) -> Said<Arc<dyn Peer>> {
    let options = StorageOptions::default().db_path(dir);
    let mvcc = Arc::new(Mvcc::new(false, options).map_err(words)?);
    let (requests, receiver) = mpsc::channel(GROUP);
    let (heads, _) = watch::channel(None);
    let for_writer = Arc::clone(&mvcc);
    let thread = std::thread::spawn(move || writer_thread_blocking(for_writer, receiver, heads, GROUP));
    Ok(Arc::new(Uma { db: UmaDb::from_arc(mvcc), requests, thread: Some(thread) }))
}

struct Uma {
    db: UmaDb,
    requests: mpsc::Sender<WriterThreadRequest>,
    thread: Option<JoinHandle<()>>,
}

impl Uma {
    fn query(&self, query: Option<&DcbQuery>, after: u64, upto: u64, each: Each<'_>) -> Said<()> {
        let mut after = after;
        while after < upto {
            let limit = u32::try_from(upto - after).map_or(BATCH, |left| left.min(BATCH));
            let (events, _) =
                self.db.read_with_head(query.cloned(), Some(after + 1), false, Some(limit)).map_err(words)?;
            let Some(last) = events.last() else { break };
            after = last.position;
            for event in &events {
                each(event.position, &event.event.data);
            }
        }
        Ok(())
    }
}

impl Drop for Uma {
    fn drop(&mut self) {
        let _ = self.requests.try_send(WriterThreadRequest::Shutdown);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[async_trait]
impl Peer for Uma {
    async fn append(&self, append: Append, seen: u64) -> Said<Acknowledgement> {
        let tag = tag(&append.incident);
        let lines = told::lines(&append, Utc::now());
        let revision = append.expected.0 + lines.len() as u64;
        let events = lines
            .into_iter()
            .map(|line| {
                DcbEvent::new().event_type(line.kind).tags([tag.as_str()]).uuid(line.id).data(line.bytes)
            })
            .collect();
        let nobody_else = DcbQuery::new().item(DcbQueryItem::new().tags([tag.as_str()]));
        let condition = DcbAppendCondition::new(nobody_else).after(Some(seen));
        let (response_tx, response) = oneshot::channel();
        let request = WriterThreadRequest::Append {
            events,
            condition: Some(condition),
            tracking_info: None,
            response_tx,
            cancel: None,
        };
        self.requests.send(request).await.map_err(|_| "the writer has stopped")?;
        let position = response.await.map_err(words)?.map_err(words)?;
        Ok(Acknowledgement { revision, position })
    }

    async fn head(&self) -> Said<u64> {
        Ok(self.db.head().map_err(words)?.unwrap_or(0))
    }

    async fn read(&self, after: u64, upto: u64, each: Each<'_>) -> Said<()> {
        self.query(None, after, upto, each)
    }

    async fn stream(&self, incident: &IncidentId, each: Each<'_>) -> Said<()> {
        let query = DcbQuery::new().item(DcbQueryItem::new().tags([tag(incident)]));
        self.query(Some(&query), 0, u64::MAX, each)
    }

    async fn of_kind(&self, kind: &str, each: Each<'_>) -> Said<()> {
        let query = DcbQuery::new().item(DcbQueryItem::new().types([kind]));
        self.query(Some(&query), 0, u64::MAX, each)
    }
}

fn tag(incident: &IncidentId) -> String {
    format!("incident:{incident}")
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
