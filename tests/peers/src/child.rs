//! What is measured in a process of its own: starting, memory, flushes.

use std::fs;
use std::path::Path;
use std::time::Instant;

use scribe::app::{App, Options, StoreAddress};
use scribe::clock;
use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::EventStore as _;
use scribe_domain::ids::Position;
use scribe_projections::ledger::frontier::Frontier;
use scribe_projections::ledger::hash;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use crate::drive::Open;
use crate::fold::Board;
use crate::peer::{Contender, How};
use crate::stage::flushes::ALONE;

/// What a child did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Did {
    /// From the start to the answer, in seconds; loading the program is not in it.
    pub seconds: f64,
    /// Memory of its own at the end, in bytes: not the pages of files that the system lends it.
    pub memory: u64,
    /// The most that it had at a time, files' pages in it.
    pub peak: u64,
    /// Events in the record.
    pub head: u64,
}

/// Opens, and asks for the head's position.
pub fn opens(runtime: &Runtime, contender: &Contender, dir: &Path) -> Result<Did, String> {
    let begun = Instant::now();
    let mut open = Open::new(contender, dir, 0)?;
    let head = open.head(runtime)?;
    did(begun, head)
}

/// Opens, reads everything and folds the board.
pub fn folds(runtime: &Runtime, contender: &Contender, dir: &Path) -> Result<Did, String> {
    let How::Here(how) = contender.how else { return Err("not in this process".to_owned()) };
    let begun = Instant::now();
    let peer = how(dir)?;
    let (head, board) = runtime.block_on(async {
        let head = peer.head().await?;
        let mut board = Board::default();
        peer.typed(0, head, &mut |recorded| board.apply(recorded)).await?;
        Ok::<_, String>((head, board))
    })?;
    let did = did(begun, head);
    std::hint::black_box(board);
    did
}

/// Opens scribe as its server does, with all its views; and keeps them on the disk, if asked to.
pub fn views(runtime: &Runtime, dir: &Path, #[allow(unused)] keep: bool) -> Result<Did, String> {
    let begun = Instant::now();
    let options = Options {
        data: dir.to_owned(),
        store: StoreAddress::Folder,
        clock: clock::system(),
        config: scribe::config::Config::default(),
    };
    let app = App::open(options).map_err(words)?;
    let head = runtime.block_on(async {
        app.warm().await.map_err(words)?;
        app.store().head().await.map_err(words)
    })?;
    let did = did(begun, head.0);
    #[cfg(feature = "snapshots")]
    if keep {
        runtime.block_on(app.save_snapshots());
    }
    drop(app);
    did
}

/// Checks scribe's whole record: every event's leaf from its very bytes, and the tree over all leaves
/// against the root that the record names.
pub fn verifies(runtime: &Runtime, dir: &Path) -> Result<Did, String> {
    const BATCH: usize = 1_000;
    let begun = Instant::now();
    let store = SqliteStore::open(dir, clock::system()).map_err(words)?;
    let head = runtime.block_on(async {
        let (mut tree, mut after) = (Frontier::default(), Position::default());
        loop {
            let batch = store.read_kept(after, BATCH).await.map_err(words)?;
            let Some(last) = batch.last() else { break };
            after = last.position;
            for kept in &batch {
                tree.push(hash::leaf(&kept.header, &kept.body.digest()).map_err(words)?, |_| ());
            }
        }
        let named = store.tree().await.map_err(words)?;
        let same = named.size == tree.size() && named.root == tree.root();
        if same { Ok(named.size) } else { Err("the record and its tree differ".to_owned()) }
    })?;
    did(begun, head)
}

/// Appends so often, one event each, one after the other.
pub fn appends(runtime: &Runtime, contender: &Contender, dir: &Path, times: u64) -> Result<(), String> {
    let mut open = Open::new(contender, dir, 0)?;
    open.times(runtime, ALONE, times)
}

fn did(begun: Instant, head: u64) -> Result<Did, String> {
    let seconds = begun.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes =
            line.and_then(|line| line.trim_start_matches(':').split_whitespace().next()?.parse().ok());
        kilobytes.map_or(0, |kilobytes: u64| kilobytes << 10)
    };
    Ok(Did { seconds, memory: of("RssAnon"), peak: of("VmHWM"), head })
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
