//! The power goes.
//!
//! Processes append to a record, one after another; some are killed, some have a disk that fails, some
//! leave without closing. All that reaches the files is written down, with every flush and every
//! acknowledgement. Then the story is cut at any point, the files are put together as a disk might hold
//! them ([`platter`]), and the result is opened by the real store: whatever was acknowledged before the
//! cut must be there.

pub(crate) mod platter;
pub(crate) mod trace;

use std::collections::HashMap;
use std::path::Path;

use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::{EventStore, Receipt};
use scribe_domain::ids::CommandId;
use scribe_tests::contract::place::Folder;
use tempfile::TempDir;

use self::platter::{LOSSES, Loss, Platter};
use self::trace::Step;
use super::check::check;
use super::child::{Answer, Life, Orders, append, child, run};
use super::shim::{Action, Call, Fault, Kind, Says, Shim};
use scribe_tests::budget::{Budget, Random};

/// How often each story is cut.
const CUTS: u64 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_append_survives_a_power_cut() {
    let mut budget = Budget::of("power cut", CUTS);
    for story in 0..budget.rounds / CUTS {
        let Some(steps) = happen(&mut budget, story) else { return };
        let kept: Vec<usize> =
            (0..steps.len()).filter(|at| matches!(&steps[*at], Step::Said(Answer::Kept { .. }))).collect();
        budget.found(kept.len());
        for cut in 0..CUTS {
            // Anywhere, and often where something has just been acknowledged.
            let at = if budget.random.percent(50) && !kept.is_empty() {
                steps.len().min(budget.random.one_of(&kept) + 1 + budget.random.place(4))
            } else {
                budget.random.place(steps.len() + 1)
            };
            let loss = budget.random.one_of(&LOSSES);
            let seed = budget.random.any();
            if let Err(lost) = survive(&steps[..at], loss, &mut Random(seed), cut % 5 == 0).await {
                panic!("story {story} cut at {at} of {}, {loss:?}, {seed}: {lost}", steps.len());
            }
            budget.inject(named(loss), 1);
        }
    }
    budget.tell();
}

/// A process is killed before its flush, and what it wrote is only in the system's memory. The next one finds
/// it there and fails to flush it; from then on the system takes those pages for written. Whoever sends the
/// same request again, to the one after, may be told that it is kept only when it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_left_unflushed_is_flushed_before_it_is_told_again() {
    let folder = Folder::default();
    let Some(shim) = Shim::over(folder.path()) else { return };
    let flush = Fault::every(&[Call::Sync], &[Kind::Log], Says::Eio);
    let lives = [
        None,
        Some(Fault { action: Action::Die, after: 4, ..flush.clone() }),
        Some(Fault { times: Some(1), ..flush }),
        None,
    ];
    let mut told = Vec::new();
    for (fault, life) in lives.iter().zip(0..) {
        shim.disarm();
        if let Some(fault) = fault {
            shim.arm(fault, 0);
        }
        let orders = Orders {
            turns: Some(8),
            again: life > 0,
            marks: Some(shim.trace()),
            ..Orders::new(folder.path(), 1)
        };
        told.push(run(shim.load_and_trace(&mut child(&orders)), Life::Whole));
    }
    assert!(matches!(&told[2].told[..], [Answer::NotOpened(why)] if why.contains("cannot be flushed")));
    assert_eq!(told[3].kept().count(), 8);
    let steps = trace::read(&std::fs::read(shim.trace()).unwrap());
    for at in 0..=steps.len() {
        if let Err(lost) = survive(&steps[..at], Loss::Dropped, &mut Random(0), false).await {
            panic!("cut at {at} of {}: {lost}", steps.len());
        }
    }
}

fn named(loss: Loss) -> String {
    match loss {
        Loss::Dropped => "unflushed dropped".to_owned(),
        Loss::Kept => "unflushed kept".to_owned(),
        Loss::Reordered => "reordered".to_owned(),
        Loss::Torn(sector) => format!("torn at {sector}"),
    }
}

/// A story: some processes' lives on one folder.
fn happen(budget: &mut Budget, story: u64) -> Option<Vec<Step>> {
    let folder = Folder::default();
    let shim = Shim::over(folder.path())?;
    let random = &mut budget.random;
    for life in 0..2 + random.below(3) {
        let orders = Orders {
            turns: Some(2 + random.below(20)),
            again: life > 0,
            fold_every: random.percent(30).then(|| 1 + random.below(6)),
            abandon: random.percent(50),
            marks: Some(shim.trace()),
            patience: 2,
            // One in eight stories is long enough for the log to be folded in.
            first: if story % 8 == 7 { super::child::AT_LENGTH } else { 0 },
            ..Orders::new(folder.path(), 1 + random.place(3))
        };
        let orders = if story % 8 == 7 { Orders { turns: Some(80), tasks: 3, ..orders } } else { orders };
        shim.disarm();
        if let Some(fault) = some_fault(random) {
            shim.arm(&fault, random.any());
        }
        let run = run(shim.load_and_trace(&mut child(&orders)), Life::Whole);
        run.must_be_consistent();
    }
    Some(trace::read(&std::fs::read(shim.trace()).unwrap()))
}

fn some_fault(random: &mut Random) -> Option<Fault> {
    let (calls, kinds, action) = match random.below(9) {
        0 => (Call::Sync, Kind::Log, Action::Die),
        1 => (Call::Sync, Kind::Log, Action::DieAfter),
        2 => (Call::Write, Kind::Log, Action::DieTorn),
        3 => (Call::Sync, Kind::Log, Action::Fail),
        4 => (Call::Sync, Kind::Database, random.one_of(&[Action::Die, Action::Fail])),
        5 => (Call::Write, Kind::Database, random.one_of(&[Action::DieTorn, Action::Torn])),
        6 => (Call::Write, Kind::Log, Action::Torn),
        _ => return None,
    };
    let fault = Fault::every(&[calls], &[kinds], Says::Eio);
    Some(Fault {
        action,
        after: random.below(if kinds == Kind::Database { 4 } else { 16 }),
        times: Some(1),
        ..fault
    })
}

/// Rebuilds the files after a cut and looks what is there.
async fn survive(story: &[Step], loss: Loss, random: &mut Random, goes_on: bool) -> Result<(), String> {
    let mut platter = Platter::default();
    let mut kept: HashMap<CommandId, Receipt> = HashMap::new();
    for step in story {
        platter.step(step);
        if let Step::Said(Answer::Kept { command_id, receipt }) = step {
            kept.insert(*command_id, receipt.clone());
        }
    }
    let folder = in_memory();
    platter.left_in(folder.path(), loss, random);
    check(folder.path(), &kept).await?;
    if goes_on {
        let opened = SqliteStore::open(folder.path(), scribe::clock::system());
        let opened = opened.map_err(|error| format!("it does not open again: {error}"))?;
        opened.append(append(999, 0, 0)).await.map_err(|error| format!("it takes nothing more: {error}"))?;
    }
    Ok(())
}

/// Nothing is to be learned from this machine's disk here.
pub(crate) fn in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}
