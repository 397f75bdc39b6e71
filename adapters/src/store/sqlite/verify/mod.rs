//! Reading the whole record again and comparing it with everything that vouches for it.
//!
//! Rows are read as they lie in the file and taken apart here, by other code than that which writes and
//! serves them. One thread reads, some hash, one folds the leaves into the tree in order; what is in memory
//! at once is bounded by `IN_FLIGHT`, and otherwise by the number of incidents.

/// One append, taken apart and hashed: what a worker does.
mod append;
/// What the kept checkpoints say, and who says so.
mod claims;
/// What is wrong with the file as a file.
mod file;
/// What must hold from append to append.
mod fold;
/// What to make of what was found.
mod conclude;
/// Whether the roots kept with the appends are those of the tree.
mod roots;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use scribe_domain::event_store::StoreError;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::note::VerifierKey;
use scribe_projections::ledger::verdict::Verdict;

use self::append::{Inspection, RawAppend};
use self::claims::Signatures;
use self::fold::Fold;
use self::roots::{RootsHeld, RootsJob};
use super::file::names::FILE_NAME;
use super::file::schema::{self, Access};
use super::tables::tree;

/// Batches that are read but not yet folded.
const IN_FLIGHT: usize = 16;
/// Appends in a batch at most, and bytes of events.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 1 << 20;

/// By what the record is measured besides itself.
#[derive(Debug, Clone, Default)]
pub struct Measure {
    /// Keys that whoever asks believes; those that took over from them, or from which they took over, are as well,
    /// and no others.
    pub named: Vec<VerifierKey>,
    /// The node's own key. Where none is named, it is believed, and so is whoever announced itself in the record.
    pub own: Option<VerifierKey>,
    /// A checkpoint that somebody kept elsewhere.
    pub checkpoint: Option<Checkpoint>,
}

/// The incidents' names by their keys.
type Streams = HashMap<i64, Box<str>>;

/// Reads the whole record in a folder, as it stands now.
pub fn verify(folder: &Path, measure: &Measure) -> Result<Verdict, StoreError> {
    let path = folder.join(FILE_NAME);
    let unavailable = |error: rusqlite::Error| StoreError::Unavailable(error.to_string());
    let connection = schema::connect(&path, Access::Read).map_err(unavailable)?;
    // One look at one moment: what is appended meanwhile is not part of it.
    connection.execute_batch("BEGIN").map_err(unavailable)?;
    let mut findings = file::strangers(&connection);
    let kept = tree::checkpoints(&connection).unwrap_or_else(|trouble| {
        findings.push(file::unreadable(None, "the kept checkpoints", &StoreError::from(trouble).to_string()));
        Vec::new()
    });
    let streams = file::streams(&connection, &mut findings);
    let Signatures { claims, signers, remarks } = claims::claims(&kept, measure, &mut findings);
    let fold = Fold::new(claims, findings);
    let (fold, sound) = thread::scope(|scope| {
        let sound = scope.spawn(|| file::integrity(&path));
        let fold = read_and_fold(&connection, &streams, fold);
        (fold, sound.join().unwrap_or_default())
    });
    Ok(Verdict { signers, remarks, ..fold.conclude(sound) })
}

/// What a worker is given: a batch by its number.
enum Job {
    Hash(u64, Vec<RawAppend>),
    Roots(u64, RootsJob),
}

/// What comes back.
enum Done {
    Hashed(u64, Vec<Inspection>),
    Roots(u64, RootsHeld),
    /// There were so many batches.
    Read(u64),
}

fn read_and_fold(connection: &Connection, streams: &Streams, fold: Fold) -> Fold {
    let (jobs, queue) = channel::<Job>();
    let (done, results) = channel::<Done>();
    let (place, places) = sync_channel::<()>(IN_FLIGHT);
    let queue = Mutex::new(queue);
    let (mut fold, ended) = thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (queue, done) = (&queue, done.clone());
            scope.spawn(move || work(queue, streams, &done));
        }
        let folding = {
            let jobs = jobs.clone();
            scope.spawn(move || fold_in_order(fold, &results, &jobs, &places))
        };
        // A connection belongs to one thread, so this one reads.
        let ended = read(connection, &jobs, &place, &done);
        drop((jobs, done));
        (folding.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), ended)
    });
    if let Err(error) = ended {
        fold.cannot_be_read(&error.to_string());
    }
    fold.compare_nodes(connection);
    fold
}

/// Reads every row in order, in batches, as fast as they are folded.
fn read(
    connection: &Connection,
    jobs: &Sender<Job>,
    place: &SyncSender<()>,
    done: &Sender<Done>,
) -> Result<(), rusqlite::Error> {
    let mut batches = 0;
    let mut send = |batch: &mut Vec<RawAppend>| {
        // Neither fails before everything that was read is folded.
        let _ = place.send(());
        let _ = jobs.send(Job::Hash(batches, std::mem::take(batch)));
        batches += 1;
    };
    let mut batch = Vec::new();
    let ended = (|| {
        let mut bytes = 0;
        let mut statement = connection.prepare(append::QUERY)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let append = RawAppend::of(row)?;
            bytes += append.len();
            batch.push(append);
            if batch.len() == BATCH || bytes > BATCH_BYTES {
                send(&mut batch);
                bytes = 0;
            }
        }
        Ok(())
    })();
    if !batch.is_empty() {
        send(&mut batch);
    }
    let _ = done.send(Done::Read(batches));
    ended
}

fn work(queue: &Mutex<Receiver<Job>>, streams: &Streams, done: &Sender<Done>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let result = match job {
            Ok(Job::Hash(number, batch)) => {
                Done::Hashed(number, batch.iter().map(|append| append.look(streams)).collect())
            }
            Ok(Job::Roots(number, job)) => Done::Roots(number, job.held()),
            Err(_) => return,
        };
        if done.send(result).is_err() {
            return;
        }
    }
}

fn fold_in_order(
    mut fold: Fold,
    results: &Receiver<Done>,
    jobs: &Sender<Job>,
    places: &Receiver<()>,
) -> Fold {
    let (mut hashed, mut roots) = (BTreeMap::new(), BTreeMap::new());
    let (mut folded, mut rooted, mut all) = (0, 0, None);
    while all != Some(rooted) {
        match results.recv() {
            Ok(Done::Hashed(number, inspections)) => drop(hashed.insert(number, inspections)),
            Ok(Done::Roots(number, held)) => drop(roots.insert(number, held)),
            Ok(Done::Read(batches)) => all = Some(batches),
            // The workers are gone, and with them the rest.
            Err(_) => break,
        }
        while let Some(inspections) = hashed.remove(&folded) {
            let job = Job::Roots(folded, fold.take(inspections));
            if jobs.send(job).is_err() {
                return fold;
            }
            let _ = places.recv();
            folded += 1;
        }
        while let Some(held) = roots.remove(&rooted) {
            fold.take_roots(held);
            rooted += 1;
        }
    }
    fold
}
