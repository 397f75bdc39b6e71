//! Writes, flushes and truncations that fail.
//!
//! After a failed flush the system may have dropped what it could not write, and say of the next one that
//! it went well: so nothing is acknowledged after it, nothing more is written to the log, and `/readyz` says
//! why until the record is opened again. A full disk is another matter: nothing was promised about bytes
//! that were not taken, so there the store goes on when there is room.

use std::collections::HashMap;

use scribe_tests::contract::place::Folder;
use scribe_tests::program::Program;

use super::check::check;
use super::child::{AT_LENGTH, Life, Orders, Run, child, run};
use super::power::trace::{self, Step};
use super::served::Served;
use super::shim::{Action, Call, Fault, Kind, Says, Shim};
use scribe_tests::budget::{Budget, Random};

const TASKS: usize = 4;
const TURNS: u64 = 40;
/// So many turns at length make a log that must be folded in.
const TURNS_AT_LENGTH: u64 = 80;

/// What must come of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Whoever waits is refused, and so is everybody after.
    NothingMoreIsTaken,
    /// Whoever waits is refused, and is served later.
    TakenLater,
    /// Nobody notices.
    Unnoticed,
}

fn cases(long: bool) -> Vec<(Fault, bool, Then)> {
    use Then::{NothingMoreIsTaken, TakenLater, Unnoticed};
    let one = |call, kind, says, action| Fault { action, ..Fault::every(&[call], &[kind], says) };
    let some = |fault: Fault, times| Fault { times: Some(times), ..fault };
    let mut cases = vec![
        (one(Call::Sync, Kind::Log, Says::Eio, Action::Fail), false, NothingMoreIsTaken),
        (some(one(Call::Sync, Kind::Log, Says::Eio, Action::Fail), 1), false, NothingMoreIsTaken),
        (some(one(Call::Sync, Kind::Log, Says::Enospc, Action::Fail), 1), false, NothingMoreIsTaken),
        (some(one(Call::Write, Kind::Log, Says::Eio, Action::Fail), 1), false, NothingMoreIsTaken),
        (some(one(Call::Write, Kind::Log, Says::Eio, Action::Torn), 1), false, NothingMoreIsTaken),
        (some(one(Call::Write, Kind::Log, Says::Enospc, Action::Fail), 5), false, TakenLater),
        (some(one(Call::Write, Kind::Log, Says::Enospc, Action::Torn), 5), false, TakenLater),
        (some(one(Call::Write, Kind::Log, Says::Eio, Action::Short), 9), false, Unnoticed),
        // Folding the log in.
        (some(one(Call::Sync, Kind::Database, Says::Eio, Action::Fail), 1), true, NothingMoreIsTaken),
    ];
    if long {
        cases.extend([
            (some(one(Call::Write, Kind::Database, Says::Eio, Action::Torn), 1), true, NothingMoreIsTaken),
            (some(one(Call::Truncate, Kind::Database, Says::Eio, Action::Fail), 1), true, NothingMoreIsTaken),
            (some(one(Call::Write, Kind::Database, Says::Enospc, Action::Fail), 1), true, Unnoticed),
            (some(one(Call::Write, Kind::Database, Says::Eio, Action::Short), 9), true, Unnoticed),
        ]);
    }
    cases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_is_never_acknowledged() {
    let mut budget = Budget::of("disk errors, each kind", 1);
    let cases = cases(budget.rounds > 4);
    for round in 0..budget.rounds.div_ceil(10) {
        for (fault, at_length, then) in &cases {
            let after = if round == 0 { 3 } else { budget.random.below(if *at_length { 2 } else { 40 }) };
            // The first fold flushes the log before it writes to the database.
            let fault = Fault { after: if *at_length { 0 } else { after }, ..fault.clone() };
            let Some((run, story)) = suffer(&mut budget, &fault, *at_length, *then).await else { return };
            must_come_of_it(&fault, *then, *at_length, &run, &story);
        }
    }
    budget.rounds = budget.rounds.div_ceil(10) * cases.len() as u64;
    budget.tell();
}

/// Whatever fails, whenever, and however often.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_nothing_is_lost() {
    let mut budget = Budget::of("disk errors, by chance", 3);
    for _ in 0..budget.rounds {
        let fault = by_chance(&mut budget.random);
        if suffer(&mut budget, &fault, false, Then::Unnoticed).await.is_none() {
            return;
        }
    }
    budget.tell();
}

fn by_chance(random: &mut Random) -> Fault {
    let calls = [&[Call::Write][..], &[Call::Sync], &[Call::Truncate], &[Call::Write, Call::Sync]];
    let kinds = [
        &[Kind::Log][..],
        &[Kind::Log, Kind::Database],
        &[Kind::Database, Kind::Journal],
        &[Kind::Log, Kind::Database, Kind::Index],
    ];
    let often = random.percent(50);
    Fault {
        calls: random.one_of(&calls).to_vec(),
        kinds: random.one_of(&kinds).to_vec(),
        says: random.one_of(&[Says::Eio, Says::Enospc]),
        action: random.one_of(&[Action::Fail, Action::Torn, Action::Short]),
        after: random.below(30),
        times: (!often).then(|| 1 + random.below(4)),
        chance: often.then(|| 65_536 / (2 + random.below(20))),
    }
}

/// A process suffers a fault; what it was told is checked. Gives what it said and what reached the files.
async fn suffer(budget: &mut Budget, fault: &Fault, at_length: bool, then: Then) -> Option<(Run, Vec<Step>)> {
    let folder = Folder::default();
    let shim = Shim::over(folder.path())?;
    if at_length || budget.random.percent(50) {
        // Founded before anything fails, or while it does.
        drop(folder.open_sqlite());
    }
    shim.arm(fault, budget.random.any());
    let orders = Orders {
        turns: Some(if at_length { TURNS_AT_LENGTH } else { TURNS }),
        first: if at_length { AT_LENGTH } else { 0 },
        patience: if then == Then::TakenLater { 40 } else { 3 },
        fold_every: fault.chance.map(|_| 5),
        ..Orders::new(folder.path(), TASKS)
    };
    let run = if at_length {
        run(shim.load(&mut child(&orders)), Life::Whole)
    } else {
        run(shim.load_and_trace(&mut child(&orders)), Life::Whole)
    };
    run.must_be_consistent();
    let kept: HashMap<_, _> = run.kept().map(|(command, receipt)| (command, receipt.clone())).collect();
    if let Err(lost) = check(folder.path(), &kept).await {
        panic!("{fault:?}: {lost}");
    }
    for call in [Call::Write, Call::Sync, Call::Truncate] {
        let how = match (fault.action, fault.says) {
            (Action::Short, _) if call == Call::Write => "short".to_owned(),
            (_, says) => format!("{says:?}").to_uppercase(),
        };
        let struck = shim.struck(call);
        if struck > 0 {
            budget.inject(format!("{how} on {}", format!("{call:?}").to_lowercase()), struck);
        }
    }
    budget.found(kept.len());
    let story = std::fs::read(shim.trace()).unwrap_or_default();
    Some((run, trace::read(&story)))
}

fn must_come_of_it(fault: &Fault, then: Then, at_length: bool, run: &Run, story: &[Step]) {
    let all = TASKS * usize::try_from(if at_length { TURNS_AT_LENGTH } else { TURNS }).unwrap();
    let (kept, refused) = (run.kept().count(), run.refusals().count());
    let telling = format!("{fault:?}: {kept} kept, {refused} refused, {:?}", run.refusals().next());
    match then {
        Then::Unnoticed => assert_eq!((kept, refused), (all, 0), "{telling}"),
        Then::TakenLater => {
            assert_eq!(kept, all, "{telling}");
            assert!(refused > 0 && run.refusals().all(|why| why.contains("disk is full")), "{telling}");
        }
        Then::NothingMoreIsTaken => {
            assert!(kept < all && refused == 3 * TASKS, "{telling}");
            assert!(run.refusals().all(|why| why.contains("restart scribe")), "{telling}");
        }
    }
    // Nor was it tried again behind everybody's back.
    if let Some(failed) = story.iter().position(|step| matches!(step, Step::SyncFailed { .. })) {
        let Step::SyncFailed { inode } = story[failed] else { unreachable!("just found") };
        let more =
            story[failed..].iter().find(|step| matches!(step, Step::Write { inode: to, .. } if *to == inode));
        assert_eq!(more, None, "written to the log after its flush failed");
    }
}

#[test]
fn a_server_whose_disk_failed_says_so_and_recovers_by_a_restart() {
    let program = Program::new();
    std::fs::create_dir(program.data()).unwrap();
    let Some(shim) = Shim::over(&program.data()) else { return };
    let served = Served::start(&program, |command| shim.load(command)).ready();
    let incident = served.declare();
    assert_eq!(served.note(&incident, "before").status, 200);

    let once = Fault { times: Some(1), ..Fault::every(&[Call::Sync], &[Kind::Log], Says::Eio) };
    shim.arm(&once, 0);
    let failed = served.note(&incident, "while it fails");
    assert_eq!(failed.status, 503, "{failed:?}");
    assert_eq!(failed.json()["code"], "store_unavailable");
    assert_eq!(shim.struck(Call::Sync), 1);

    // The disk is well again, and still nothing is taken, however often it is asked.
    let written = shim.calls(Call::Write, Kind::Log);
    for turn in 0..5 {
        assert_eq!(served.note(&incident, &format!("after {turn}")).status, 503);
    }
    assert_eq!(served.note(&incident, "while it fails").status, 503);
    assert_eq!(shim.calls(Call::Write, Kind::Log), written, "nothing more reached the log");
    let ready = served.get("/readyz");
    assert_eq!(ready.status, 503);
    let why = ready.json()["detail"].as_str().unwrap().to_owned();
    assert!(why.contains("a write to the disk failed") && why.contains("restart scribe"), "{why}");
    assert_eq!(served.notes(&incident), ["before"], "looks go on");

    drop(served);
    let served = Served::start(&program, |command| command).ready();
    assert_eq!(served.note(&incident, "while it fails").status, 200, "the same request again");
    assert_eq!(served.note(&incident, "while it fails").status, 200, "and again");
    assert_eq!(served.notes(&incident), ["before", "while it fails"]);
}

#[test]
fn a_server_without_room_takes_nothing_until_there_is_room() {
    let program = Program::new();
    std::fs::create_dir(program.data()).unwrap();
    let Some(shim) = Shim::over(&program.data()) else { return };
    let served = Served::start(&program, |command| shim.load(command)).ready();
    let incident = served.declare();
    shim.arm(&Fault::every(&[Call::Write], &[Kind::Log, Kind::Database], Says::Enospc), 0);
    for turn in 0..3 {
        let full = served.note(&incident, &format!("full {turn}"));
        assert_eq!((full.status, &full.json()["code"]), (503, &"store_unavailable".into()), "{full:?}");
    }
    assert_eq!(served.get("/readyz").status, 200, "it is ready as soon as there is room");
    assert_eq!(served.notes(&incident), [""; 0]);
    shim.disarm();
    assert_eq!(served.note(&incident, "full 1").status, 200);
    assert_eq!(served.notes(&incident), ["full 1"]);
}
