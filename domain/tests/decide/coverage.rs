//! The suite watches itself: no command without an accepted example, no reason without a refused one.

use std::collections::BTreeSet;

use scribe_domain::command::Command;
use scribe_domain::refusal::Reason;

use crate::harness::SHOWN;

fn run_every_scenario() {
    let files = [
        crate::access::ALL,
        crate::clocks::ALL,
        crate::life::ALL,
        crate::people::ALL,
        crate::runs::ALL,
        crate::words::ALL,
        crate::evidence::ALL,
        crate::work::ALL,
        crate::impact::ALL,
        crate::review::ALL,
        crate::record::ALL,
    ];
    files.into_iter().flatten().for_each(|scenario| scenario());
}

#[test]
fn every_command_is_accepted_somewhere_and_every_reason_given() {
    run_every_scenario();
    SHOWN.with_borrow(|shown| {
        let commands: BTreeSet<_> = Command::NAMES.iter().copied().collect();
        let missing: Vec<_> = commands.difference(&shown.accepted).collect();
        assert!(missing.is_empty(), "no scenario accepts {missing:?}");

        let reasons: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        let missing: Vec<_> = reasons.difference(&shown.refused).collect();
        assert!(missing.is_empty(), "no scenario is refused for {missing:?}");
    });
}
