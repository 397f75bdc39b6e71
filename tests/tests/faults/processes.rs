//! Several processes on one folder, one of which is killed.

use std::collections::HashMap;
use std::time::Duration;

use scribe_tests::contract::place::Folder;

use super::check::check;
use super::child::{Answer, Life, Orders, child, run};
use scribe_tests::budget::Budget;

/// How many tasks each process has.
const TASKS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_leaves_when_it_is_killed_the_other_goes_on_with() {
    let mut budget = Budget::of("two processes, one killed", 1);
    for round in 0..budget.rounds {
        let folder = Folder::default();
        let turns = 20 + budget.random.below(60);
        let mut lives =
            vec![(Orders { turns: Some(turns), ..Orders::new(folder.path(), TASKS) }, Life::Whole)];
        for _ in 0..=budget.random.below(2) {
            let orders = Orders { first: TASKS * lives.len(), ..Orders::new(folder.path(), TASKS) };
            let lifetime = Duration::from_micros(budget.random.below(200_000));
            let early = budget.random.percent(30);
            lives.push((orders, if early { Life::FromStart(lifetime) } else { Life::FromFirst(lifetime) }));
            budget.inject("SIGKILL", 1);
        }
        let processes: Vec<_> = lives
            .into_iter()
            .map(|(orders, lifetime)| std::thread::spawn(move || run(&mut child(&orders), lifetime)))
            .collect();
        let runs: Vec<_> = processes.into_iter().map(|process| process.join().unwrap()).collect();
        let mut kept = HashMap::new();
        for run in &runs {
            run.must_be_consistent();
            assert_eq!(run.refusals().next(), None, "the disk is well");
            kept.extend(run.kept().map(|(command, receipt)| (command, receipt.clone())));
        }
        let told = runs[0].told.last();
        assert!(runs[0].status.success() && told == Some(&Answer::Done), "round {round}: {told:?}");
        assert_eq!(runs[0].kept().count() as u64, turns * TASKS as u64, "the other one went on");
        budget.found(kept.len());
        if let Err(lost) = check(folder.path(), &kept).await {
            panic!("round {round}: {lost}");
        }
    }
    budget.tell();
}
