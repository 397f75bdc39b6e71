//! Adopting, through a connection that stays open between adoptions.
//!
//! A restore is one long adoption or a few. The mirror of a record that lies elsewhere is thousands of short
//! ones, each of an append or two: a connection for each, with the pragmas and the statements that go with it,
//! and the tree's edge read anew, would be most of the work.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use scribe_domain::event_store::StoreError;
use scribe_projections::ledger::frontier::Frontier;

use super::writer::Turns;
use crate::store::adoption::WholeAppend;
use crate::store::sqlite::error::Trouble;
use crate::store::sqlite::file::open::{Claim, Files};
use crate::store::sqlite::file::schema::{self, Access};
use crate::store::sqlite::file::wal::Wal;
use crate::store::sqlite::health::Health;
use crate::store::sqlite::look::live::Heads;
use crate::store::sqlite::tables::append::{self, End};
use crate::store::sqlite::tables::{query, tree};

/// Whoever adopts in this process.
pub(in crate::store::sqlite) struct Adopter {
    session: Mutex<Option<Session>>,
    access: Access,
    turns: Turns,
    heads: Arc<Heads>,
    health: Arc<Health>,
    // Dropped after the connection.
    claim: Arc<Claim>,
}

/// What is kept from one adoption to the next.
struct Session {
    connection: Connection,
    /// The tree's edge, where the last adoption left it.
    frontier: Frontier,
    wal: Wal,
    files: Files,
}

impl Adopter {
    /// Nothing is open yet.
    pub(in crate::store::sqlite) fn new(
        access: Access,
        turns: Turns,
        heads: Arc<Heads>,
        health: Arc<Health>,
        claim: Arc<Claim>,
    ) -> Self {
        Self { session: Mutex::default(), access, turns, heads, health, claim }
    }

    /// Adopts all of these or, if one of them does not continue the record, none.
    pub(in crate::store::sqlite) fn adopt(&self, appends: &[WholeAppend]) -> Result<(), StoreError> {
        self.health.check()?;
        let mut place = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let _turn = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = match place.take() {
            Some(session) => session,
            None => self.open().map_err(|trouble| self.health.diagnose(trouble))?,
        };
        let adopted = session.adopt(appends);
        // A connection that failed is closed; one that was asked for what does not fit is as good as before.
        if matches!(adopted, Ok(_) | Err(Trouble::Record(_))) {
            *place = Some(session);
        }
        let position = adopted.map_err(|trouble| self.health.diagnose(trouble))?;
        self.heads.reached(position);
        Ok(())
    }

    fn open(&self) -> Result<Session, Trouble> {
        let mut connection = schema::connect(&self.claim.path, self.access)?;
        let wal = Wal::watch(&mut connection, schema::LOG_PAGES)?;
        let files = Files::of(&self.claim.path);
        Ok(Session { connection, frontier: Frontier::default(), wal, files })
    }
}

impl Session {
    /// One transaction; the position that the record reaches with it. Others may have appended or adopted since
    /// the last one, so the record's end is read inside it, and the edge brought there if it moved.
    fn adopt(&mut self, appends: &[WholeAppend]) -> Result<u64, Trouble> {
        let transaction = schema::begin(&mut self.connection)?;
        let tip = query::tip(&transaction)?;
        let mut end = End { frontier: tree::catch_up(&transaction, &self.frontier, &tip)?, tip };
        appends.iter().try_for_each(|append| append::adopt(&transaction, &mut end, append))?;
        if end.tip.position == tip.position {
            transaction.rollback()?;
        } else {
            transaction.commit()?;
            if let Some(path) = self.files.missing() {
                return Err(Trouble::Gone(path.to_owned()));
            }
        }
        self.frontier = end.frontier;
        self.wal.keep_short(&mut self.connection)?;
        Ok(end.tip.position)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rusqlite::trace::{TraceEvent, TraceEventCodes};
    use scribe_domain::event_store::EventStore as _;
    use scribe_domain::ids::Position;

    use super::*;
    use crate::store::adoption::whole_appends;
    use crate::store::memory::MemoryStore;
    use crate::store::sqlite::file::open::find_or_found;
    use crate::store::sqlite::samples::notes;

    fn adopter(dir: &Path) -> Adopter {
        let claim = Arc::new(find_or_found(dir).unwrap());
        Adopter::new(Access::WriteCopy, Turns::default(), Arc::new(Heads::new()), Arc::default(), claim)
    }

    #[tokio::test]
    async fn an_adoption_of_one_append_is_five_statements() {
        let source = MemoryStore::new(crate::clock::system());
        for turn in 0..600 {
            source.append(notes(turn, &["x"])).await.unwrap();
        }
        let kept = source.read_kept(Position(0), usize::MAX).await.unwrap();
        let mut appends = whole_appends(kept).unwrap().into_iter();
        let dir = tempfile::tempdir().unwrap();
        let adopter = adopter(dir.path());
        adopter.adopt(&[appends.next().unwrap()]).unwrap();

        let statements = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&statements);
        let count = move |_: TraceEvent<'_>| {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        if let Some(session) = &mut *adopter.session.lock().unwrap() {
            session.connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count)).unwrap();
        }
        for append in appends.by_ref().take(500) {
            adopter.adopt(&[append]).unwrap();
        }
        // To begin, the record's end, the incident's, the row, to commit; and a node of the tree now and then.
        assert_eq!(statements.load(Ordering::Relaxed), 5 * 500 + 1);

        // Others may go on with the record meanwhile: their events' leaves are one statement more.
        let other = self::adopter(dir.path());
        other.adopt(&[appends.next().unwrap()]).unwrap();
        adopter.adopt(&[appends.next().unwrap()]).unwrap();
        assert_eq!(statements.load(Ordering::Relaxed), 5 * 501 + 2);
    }
}
