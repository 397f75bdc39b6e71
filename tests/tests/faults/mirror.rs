//! The copy of a record that lies elsewhere: not flushed at each commit, and whole nonetheless.

use std::collections::HashMap;

use scribe_tests::budget::Random;
use scribe_tests::contract::place::Folder;

use super::check::check;
use super::child::{Life, Orders, child, run};
use super::power::in_memory;
use super::power::platter::{LOSSES, Platter};
use super::power::trace::{self, Step};
use super::shim::{Call, Kind, Shim};

const TURNS: u64 = 60;

#[test]
fn a_mirror_is_not_flushed_at_each_commit() {
    let flushes = |mirror| {
        let folder = Folder::default();
        let shim = Shim::over(folder.path())?;
        let orders = Orders { turns: Some(TURNS), mirror, ..Orders::new(folder.path(), 1) };
        assert_eq!(run(shim.load(&mut child(&orders)), Life::Whole).kept().count() as u64, TURNS);
        Some(shim.calls(Call::Sync, Kind::Log))
    };
    let Some((record, mirror)) = flushes(false).zip(flushes(true)) else { return };
    assert!(record >= TURNS, "{record} flushes of {TURNS} commits");
    assert!(mirror <= 4, "{mirror} flushes, which are those of opening and closing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_leaves_a_mirror_whole() {
    let folder = Folder::default();
    let Some(shim) = Shim::over(folder.path()) else { return };
    for life in 0..2 {
        let orders = Orders {
            turns: Some(20),
            fold_every: Some(7),
            abandon: life == 0,
            mirror: true,
            ..Orders::new(folder.path(), 2)
        };
        run(shim.load_and_trace(&mut child(&orders)), Life::Whole);
    }
    let steps = trace::read(&std::fs::read(shim.trace()).unwrap());
    let writes = steps.iter().filter(|step| matches!(step, Step::Write { .. })).count();
    assert!(writes > 80, "{writes} writes");
    let mut random = Random(7);
    for cut in (0..=steps.len()).step_by(5) {
        let mut platter = Platter::default();
        steps[..cut].iter().for_each(|step| platter.step(step));
        let loss = random.one_of(&LOSSES);
        let left = in_memory();
        platter.left_in(left.path(), loss, &mut random);
        // Nothing is promised of what was acknowledged: only that what is there is a record.
        if let Err(lost) = check(left.path(), &HashMap::new()).await {
            panic!("cut at {cut} of {}, {loss:?}: {lost}", steps.len());
        }
    }
}
