//! Folding histories, and deciding what may follow them.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::actor::Who;
use crate::command::decide;
use crate::event::IncidentEvent as E;
use crate::event::runs::Standing;
use crate::ids::EventId;
use crate::incident::{Incident, corrected, evolve};
use crate::recorded::Recorded;
use crate::testing::generated::{accepted_history, after, any_history};
use crate::testing::seed::{incident, seed};
use crate::values::{Phase, Role, Tier};

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_folds_and_any_command_after_it_is_decided(
        history in any_history(80), seeds in vec(seed(), 20)
    ) {
        let situation = Incident::replay(&history);
        for seed in seeds {
            let command = seed.command(&history);
            let cause = seed.cause(u128::MAX);
            let decision = decide(&situation, &incident(), &command, &cause);
            let again = decide(&situation, &incident(), &command, &cause);
            prop_assert_eq!(&decision, &again, "deciding is deterministic");
            match decision {
                Ok(events) => {
                    for (index, event) in (0..).zip(events) {
                        evolve(situation.clone(), &after(&history, cause.clone(), index, event));
                    }
                }
                Err(refusal) => prop_assert!(!refusal.message.is_empty() && !refusal.remedy.advice.is_empty()),
            }
        }
    }

    #[test]
    fn the_fold_is_the_fold_of_its_parts(history in any_history(60), cut in 0..60_usize) {
        let (first, rest) = history.split_at(cut.min(history.len()));
        let in_parts = rest.iter().fold(Incident::replay(first), evolve);
        prop_assert_eq!(in_parts, Incident::replay(&history));
    }

    #[test]
    fn what_is_stored_reads_back(history in any_history(60)) {
        for Recorded { event, .. } in history {
            let payload = event.payload();
            let read = E::from_payload(event.kind(), event.version(), payload.get()).unwrap();
            let again = read.payload();
            prop_assert_eq!(again.get(), payload.get());
            prop_assert_eq!(read, event);
        }
    }

    #[test]
    fn an_accepted_history_keeps_the_rules(history in accepted_history(150)) {
        keeps_the_rules(&history)?;
    }

    #[test]
    fn an_accepted_correction_fits(history in accepted_history(150)) {
        let mut now: BTreeMap<EventId, E> = BTreeMap::new();
        for recorded in &history {
            if let E::Corrected(correction) = &recorded.event {
                let wrong = now.get(&correction.target);
                prop_assert!(wrong.is_some(), "a correction of nothing");
                let right = wrong.map(|event| corrected(event, &correction.fields));
                prop_assert!(matches!(right, Some(Ok(_))), "it does not fit: {:?}", right);
                now.extend(right.into_iter().flatten().map(|right| (correction.target, right)));
            }
            now.insert(recorded.event_id(), recorded.event.clone());
        }
    }
}

/// What the design promises of every history that came about by asking.
fn keeps_the_rules(history: &[Recorded]) -> Result<(), TestCaseError> {
    let mut situation = Incident::default();
    let mut proposers = BTreeMap::new();
    let mut approvals = BTreeMap::new();
    for recorded in history {
        let by = recorded.cause.actor.person();
        match (&recorded.event, situation.case()) {
            (E::Declared(_), case) => prop_assert!(case.is_none(), "declared twice"),
            (event, None) => prop_assert!(false, "{} before the declaration", event.kind()),
            (E::Upgraded(e), Some(case)) => prop_assert!(e.from == case.life.tier && e.to > e.from),
            (E::Downgraded(e), Some(case)) => prop_assert!(e.from == case.life.tier && e.to < e.from),
            (E::SeverityChanged(e), Some(case)) => {
                prop_assert!(e.from == case.life.severity && e.to != e.from);
            }
            (E::PhaseChanged(e), Some(case)) => {
                prop_assert!(e.from == case.life.phase && e.to != Phase::Resolved);
            }
            (E::Closed(_), _) => prop_assert!(matches!(situation, Incident::Resolved(_))),
            (E::RoleHandedOff(e), Some(case)) => {
                prop_assert!(case.roles.of(&e.role).is_some_and(|held| held.contains(&e.from)));
            }
            (E::StatusUpdated(e), Some(case)) => {
                let has = |role| case.roles.of(role).zip(by).is_some_and(|(held, by)| held.contains(by));
                let speaks = has(&Role::IncidentCommander) || has(&Role::CommunicationsLead);
                prop_assert!(e.audience <= case.life.tier);
                prop_assert!(speaks || e.audience == Tier::Engineering);
            }
            (E::RunProposed(e), _) => {
                prop_assert!(proposers.insert(e.run, e.by.clone()).is_none(), "a number twice");
            }
            (E::RunApproved(e), _) => {
                prop_assert!(proposers.get(&e.run) != Some(&Who::Person(e.by.clone())), "by the proposer");
                approvals.insert((e.run, e.by.clone()), e.digest);
            }
            (E::RunStarted(e), _) => {
                if let Standing::Approved { by } = &e.standing {
                    prop_assert_eq!(approvals.get(&(e.run, by.clone())), Some(&e.digest));
                }
            }
            _ => {}
        }
        situation = evolve(situation, recorded);
        for (role, holders) in situation.case().iter().flat_map(|case| case.roles.iter()) {
            let fits = !holders.is_empty() && (role.is_shared() || holders.len() == 1);
            prop_assert!(fits, "{} is held by {:?}", role, holders);
        }
    }
    Ok(())
}
