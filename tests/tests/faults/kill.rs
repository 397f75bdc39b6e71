//! SIGKILL at any moment: while sixteen tasks append, and while the record is being opened or repaired.
//!
//! A killed process loses nothing that the operating system has taken, so this shows that no
//! acknowledgement comes early or for half of something; what the disk has is shown by `power`.

use std::collections::HashMap;
use std::time::Duration;

use scribe_tests::contract::place::Folder;

use super::check::check;
use super::child::{Life, Orders, child, run};
use scribe_tests::budget::Budget;

/// How many append at once.
const WRITERS: usize = 16;
/// How many kills a record goes through.
const LIVES: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_append_survives_a_kill() {
    let mut budget = Budget::of("kill, 16 writers", 1);
    let (mut folder, mut kept) = (Folder::default(), HashMap::new());
    for round in 0..budget.rounds {
        if round % LIVES == 0 {
            (folder, kept) = (Folder::default(), HashMap::new());
        }
        // Every fourth dies while it starts.
        let lifetime = Duration::from_micros(budget.random.below(150_000));
        let life = if round % 4 == 3 { Life::FromStart(lifetime / 2) } else { Life::FromFirst(lifetime) };
        let orders = Orders { again: budget.random.percent(50), ..Orders::new(folder.path(), WRITERS) };
        let run = run(&mut child(&orders), life);
        run.must_be_consistent();
        assert_eq!(run.refusals().next(), None, "the disk is well");
        let before = kept.len();
        kept.extend(run.kept().map(|(command, receipt)| (command, receipt.clone())));
        budget.inject("SIGKILL", 1);
        budget.found(kept.len() - before);
        let found = check(folder.path(), &kept).await.unwrap_or_else(|lost| panic!("round {round}: {lost}"));
        let unheard = found.appends - kept.len();
        let lives = usize::try_from(round % LIVES).unwrap() + 1;
        assert!(unheard <= WRITERS * lives, "{unheard} appends that nobody was told of");
    }
    budget.tell();
}
