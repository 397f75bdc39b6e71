//! The default store: one SQLite file in the data folder, `scribe.sqlite`.
//!
//! It promises what every [`EventStore`](scribe_domain::event_store::EventStore) does, also to several
//! processes on one machine that open the same folder. An append is acknowledged when the file's log has
//! been flushed to the disk. In reading order:

/// What can go wrong with a database file.
mod error;
/// The record's file: its names, its layout, opening it, its write-ahead log.
mod file;
/// What stands in it: appends as rows, the ledger's tree, and what is asked of both.
mod tables;
/// Whether the store may still write, and what it has done so far.
mod health;
/// Whoever reads it: connections, and waiting for the record to grow.
mod look;
/// Whoever writes it: the one thread that appends, adopting, erasing.
mod write;
/// Reading the whole record again and comparing it with everything that vouches for it.
pub mod verify;
/// Copies of the record, and putting one in place.
pub mod backup;
/// Things to append.
#[cfg(test)]
mod samples;

use std::path::Path;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use rusqlite::Connection;
use scribe_domain::event_store::{
    Append, AppendError, Basis, Erasure, EventStore, Kept, KeptCheckpoint, Receipt, Salvaged, StoreError,
    TreeHead, Wiping,
};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Digest;
use tokio::task::spawn_blocking;

pub use error::OpenError;
pub use file::names::FILE_NAME;
pub(in crate::store) use file::open::make_folder;
pub use health::Stats;
pub use tables::row::Columns;
pub use write::erase::Forget;

use self::error::Trouble;
use self::file::open::{self, Claim};
use self::file::schema::{self, Access};
use self::health::{Counters, Health};
use self::look::live::{Heads, Waiters};
use self::look::reader::Readers;
use self::tables::append::Prepared;
use self::tables::query::{self, Rows};
use self::tables::{salvage, tree};
use self::write::adopter::Adopter;
use self::write::erase;
use self::write::writer::{Shared, Turns, Writer};
use super::adoption::whole_appends;
use super::codec;
use super::reckoning::Reckoning;
use crate::clock::Timekeeping;

/// A record in a folder.
///
/// Dropping it waits until everything that was sent to it is on the disk, and leaves a single file behind
/// unless another process has the record open.
pub struct SqliteStore {
    // Fields are dropped in this order: the writer's connection closes last and tidies up.
    waiters: Waiters,
    readers: Arc<Readers>,
    adopter: Arc<Adopter>,
    /// None where the record may only be read; then the health says so.
    writer: Option<Writer>,
    heads: Arc<Heads>,
    health: Arc<Health>,
    counters: Arc<Counters>,
    turns: Turns,
    access: Access,
    forget: Forget,
    time: Timekeeping,
    reckoning: Arc<Reckoning>,
    claim: Arc<Claim>,
}

impl SqliteStore {
    /// Opens the record in a folder; both are created if they don't exist.
    pub fn open(dir: &Path, time: impl Into<Timekeeping>) -> Result<Self, OpenError> {
        Self::open_beside(dir, time, Arc::new(|| Ok(())))
    }

    /// The same for the copy of a record that lies elsewhere and is the one that counts. What is written here
    /// need not be on the disk at once, since it can be had again: after a power cut the copy is a whole
    /// record, and may lack its last appends. Several processes may feed it; an adoption that another was
    /// quicker with is [`StoreError::Unacceptable`], and whoever then asks for the [`last`](Self::last) event
    /// knows from where to go on.
    pub fn open_mirror(dir: &Path, time: impl Into<Timekeeping>) -> Result<Self, OpenError> {
        Self::open_with(dir, time.into(), Arc::new(|| Ok(())), Access::WriteCopy)
    }

    /// The same, where others keep copies of the record's words in files of their own: they forget them
    /// whenever words are erased.
    pub fn open_beside(dir: &Path, time: impl Into<Timekeeping>, forget: Forget) -> Result<Self, OpenError> {
        Self::open_with(dir, time.into(), forget, Access::Write)
    }

    fn open_with(dir: &Path, time: Timekeeping, forget: Forget, access: Access) -> Result<Self, OpenError> {
        let claim = Arc::new(open::find_or_found(dir)?);
        let heads = Arc::new(Heads::new());
        let health = Arc::new(if claim.only_to_look { Health::only_to_look(dir) } else { Health::default() });
        let counters = Arc::<Counters>::default();
        let turns = Turns::default();
        let shared = Shared {
            time: time.clone(),
            turns: Arc::clone(&turns),
            access,
            forget: Arc::clone(&forget),
            heads: Arc::clone(&heads),
            health: Arc::clone(&health),
            counters: Arc::clone(&counters),
        };
        let writer = if claim.only_to_look { None } else { Some(Writer::start(&claim.path, shared)?) };
        let reckoning = Arc::<Reckoning>::default();
        let readers = Arc::new(Readers::new(Arc::clone(&claim)));
        let waiters = Waiters::new(Arc::clone(&heads), Arc::clone(&readers));
        let adopter = Arc::new(Adopter::new(
            access,
            Arc::clone(&turns),
            Arc::clone(&heads),
            Arc::clone(&health),
            Arc::clone(&claim),
        ));
        Ok(Self {
            waiters,
            readers,
            adopter,
            writer,
            heads,
            health,
            counters,
            turns,
            access,
            forget,
            time,
            reckoning,
            claim,
        })
    }

    /// The record's last event, as it is kept.
    pub async fn last(&self) -> Result<Option<Kept>, StoreError> {
        self.readers.look(query::last).await
    }

    /// What it has done since it was opened.
    pub fn stats(&self) -> Stats {
        self.counters.stats()
    }

    /// Events that a look finds, with the times that hold.
    async fn counted<F>(&self, look: F) -> Result<Vec<Recorded>, StoreError>
    where
        F: FnOnce(&Connection) -> Result<Vec<Recorded>, Trouble> + Send + 'static,
    {
        let reckoning = Arc::clone(&self.reckoning);
        let counted = move |connection: &Connection| {
            let mut events = look(connection)?;
            reckoning.put_right(&Rows(connection), &mut events)?;
            Ok(events)
        };
        self.readers.look(counted).await
    }

    /// Does something rare and long through a connection of its own, while this process's writer waits:
    /// what it has to append is not refused for the waiting.
    async fn alone<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    {
        self.health.check()?;
        let (claim, health, turns) =
            (Arc::clone(&self.claim), Arc::clone(&self.health), Arc::clone(&self.turns));
        let access = self.access;
        let worked = spawn_blocking(move || {
            let _turn = turns.lock().unwrap_or_else(PoisonError::into_inner);
            let worked = schema::connect(&claim.path, access)
                .map_err(Trouble::from)
                .and_then(|mut connection| work(&mut connection));
            worked.map_err(|trouble| health.diagnose(trouble))
        });
        worked.await.map_err(|error| StoreError::Unavailable(format!("it stopped: {error}")))?
    }
}

#[async_trait]
impl EventStore for SqliteStore {
    async fn history(&self, incident: &IncidentId, after: Revision) -> Result<Vec<Recorded>, StoreError> {
        let incident = incident.clone();
        self.counted(move |connection| query::history(connection, &incident, after)).await
    }

    async fn revision(&self, incident: &IncidentId) -> Result<Revision, StoreError> {
        let incident = incident.clone();
        let stream = self.readers.look(move |connection| query::stream(connection, &incident)).await?;
        Ok(Revision(stream.map_or(0, |stream| stream.revision)))
    }

    async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        let command_id = append.command_id;
        let Some(writer) = &self.writer else {
            self.health.check()?;
            return Err(StoreError::Unavailable("the writer has stopped".to_owned()).into());
        };
        let addition = writer.append(Prepared::new(append)?).await?;
        Ok(addition.receipt(command_id))
    }

    fn basis(&self) -> Basis {
        Basis { edition: self.edition(), settlements: self.reckoning.settlements() }
    }

    async fn takes_appends(&self) -> Result<(), StoreError> {
        self.health.check()
    }

    async fn receipt(&self, command_id: CommandId) -> Result<Option<Receipt>, StoreError> {
        let addition = self.readers.look(move |connection| query::addition(connection, command_id)).await?;
        Ok(addition.map(|addition| addition.receipt(command_id)))
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.counted(move |connection| query::read(connection, after, limit)).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let reckoning = Arc::clone(&self.reckoning);
        let look = move |connection: &Connection| {
            let tip = query::tip(connection)?;
            reckoning.look(&Rows(connection))?;
            Ok(tip)
        };
        let tip = self.readers.look(look).await?;
        Ok(Position(tip.position))
    }

    async fn wait_past(&self, after: Position) -> Result<(), StoreError> {
        self.waiters.wait_past(after).await
    }

    async fn read_kept(&self, after: Position, limit: usize) -> Result<Vec<Kept>, StoreError> {
        self.readers.look(move |connection| query::read_kept(connection, after, limit)).await
    }

    async fn salvage(&self, after: Position, limit: usize) -> Result<Vec<Salvaged>, StoreError> {
        self.readers.look(move |connection| salvage::salvage(connection, after, limit)).await
    }

    async fn adopt(&self, events: Vec<Kept>) -> Result<(), StoreError> {
        let adopter = Arc::clone(&self.adopter);
        let done = spawn_blocking(move || adopter.adopt(&whole_appends(events)?));
        done.await.map_err(|error| StoreError::Unavailable(format!("the adoption stopped: {error}")))?
    }

    async fn tree(&self) -> Result<TreeHead, StoreError> {
        self.readers.look(tree::head).await
    }

    async fn tile(&self, level: u8, place: u64) -> Result<Vec<Digest>, StoreError> {
        self.readers.look(move |connection| tree::tile(connection, level, place)).await
    }

    async fn keep_checkpoint(&self, checkpoint: KeptCheckpoint) -> Result<(), StoreError> {
        self.health.check()?;
        let (claim, health, access) = (Arc::clone(&self.claim), Arc::clone(&self.health), self.access);
        let kept = spawn_blocking(move || {
            let kept = schema::connect(&claim.path, access)
                .and_then(|connection| tree::keep_checkpoint(&connection, &checkpoint));
            kept.map_err(|error| health.diagnose(error.into()))
        });
        kept.await.map_err(|error| StoreError::Unavailable(format!("keeping it stopped: {error}")))?
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        self.readers.look(tree::checkpoints).await
    }

    async fn erase(&self, append: Append, erasure: Erasure) -> Result<Receipt, AppendError> {
        codec::one_line(erasure.remains.get())?;
        let command_id = append.command_id;
        let order = erase::Order {
            incident: append.incident.clone(),
            expected: append.expected,
            command_id,
            append: Prepared::new(append)?,
            erasure,
        };
        let time = self.time.clone();
        let forget = Arc::clone(&self.forget);
        // Both in one go, which nobody's giving up the wait can interrupt.
        let done = self.alone(move |connection| {
            let verdict = erase::erase(connection, &time, &order)?;
            let wiped = match order.erasure.wiping {
                Wiping::AtOnce => erase::wipe(connection, &*forget),
                Wiping::ByScrub => Ok(()),
            };
            Ok((verdict, wiped))
        });
        let (verdict, wiped) = done.await?;
        let addition = Result::from(verdict)?;
        self.heads.reached(addition.position);
        wiped.map_err(|trouble| not_wiped(self.health.diagnose(trouble)))?;
        Ok(addition.receipt(command_id))
    }

    async fn scrub(&self) -> Result<(), StoreError> {
        let forget = Arc::clone(&self.forget);
        self.alone(move |connection| erase::wipe(connection, &*forget)).await.map_err(not_wiped)
    }
}

/// The words are gone from the record, which is not to be heard as if nothing had been done.
fn not_wiped(error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(why) | StoreError::Damaged(why) => StoreError::NotWiped(why),
        other => other,
    }
}
