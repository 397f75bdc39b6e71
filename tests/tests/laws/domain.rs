//! Deciding, folding, and the values that both are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use scribe_domain::actor::{Person, Who};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::runs::Standing;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::command::decide;
use scribe_domain::incident::{Incident, corrected, evolve};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::{Label, ShellLine, Text};
use scribe_domain::values::{Phase, Role, Tier};
use scribe_domain::when::When;
use scribe_tests::arbitrary::{accepted_history, incident, recorded, seed, told_history, when};

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_told_history_folds_and_any_command_after_it_is_decided(
        history in told_history(80), seeds in vec(seed(), 20)
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
                        evolve(situation.clone(), &recorded(&history, cause.clone(), index, event));
                    }
                }
                Err(refusal) => prop_assert!(!refusal.message.is_empty() && !refusal.remedy.advice.is_empty()),
            }
        }
    }

    #[test]
    fn the_fold_is_the_fold_of_its_parts(history in told_history(60), cut in 0..60_usize) {
        let (first, rest) = history.split_at(cut.min(history.len()));
        let in_parts = rest.iter().fold(Incident::replay(first), evolve);
        prop_assert_eq!(in_parts, Incident::replay(&history));
    }

    #[test]
    fn what_is_stored_reads_back(history in told_history(60)) {
        for Recorded { event, .. } in history {
            let payload = event.payload();
            let read = E::from_payload(event.kind(), 1, payload.get()).unwrap();
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

    #[test]
    fn every_time_reads_back(when in when()) {
        prop_assert_eq!(when.to_string().parse::<When>(), Ok(when));
    }

    #[test]
    fn what_is_read_as_a_time_is_stored_as_the_same(
        text in "(about |~)?[12][0-9]{3}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\\.[0-9]{0,12})?)?( ?Z| ?[+-][01][0-9]:[0-6][0-9]| America/New_York| Africa/Monrovia)"
    ) {
        if let Ok(when) = When::parse(&text, None) {
            prop_assert_eq!(when.to_string().parse::<When>(), Ok(when), "{:?}", text);
        }
    }

    #[test]
    fn any_text_at_all_is_a_time_or_told_why_not(text in any::<String>()) {
        let _ = When::parse(&text, None);
    }

    #[test]
    fn text_is_kept_exactly_or_refused(text in any::<String>()) {
        if let Ok(kept) = Text::new(text.as_str()) {
            prop_assert_eq!(kept.as_str(), &text);
        }
        if let Ok(kept) = ShellLine::new(text.as_str()) {
            prop_assert_eq!(kept.as_str(), &text);
        }
        if let Ok(kept) = Label::new(text.as_str()) {
            prop_assert_eq!(kept.as_str(), &text);
            let forges = text.contains(['\n', '\r', '\u{1b}', '\u{202e}']);
            prop_assert!(!forges, "{text:?}");
        }
    }

    #[test]
    fn every_title_makes_an_id(title in any::<String>(), day in 0..80_000_i32, attempt in 1..100_000_u32) {
        let date = NaiveDate::from_epoch_days(day).unwrap();
        let id = IncidentId::derive(date, &title, attempt);
        prop_assert_eq!(id.as_str().parse::<IncidentId>(), Ok(id));
    }

    #[test]
    fn the_same_person_is_the_same_everywhere(one in name(), other in name()) {
        prop_assert_eq!(one == other, one.cmp(&other).is_eq());
        if one == other {
            prop_assert_eq!(hash(&one), hash(&other));
        }
        let again = Person::new(one.as_str()).unwrap();
        prop_assert_eq!(again.as_str(), one.as_str());
    }
}

#[test]
fn made_up_histories_reach_every_kind_of_event() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..400 {
        let history = accepted_history(150).new_tree(&mut runner).unwrap().current();
        reached.extend(history.iter().map(|recorded| recorded.event.kind().to_owned()));
    }
    let missing: Vec<_> = E::KINDS.iter().filter(|kind| !reached.contains(**kind)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
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
            (E::SeverityChanged(e), Some(case)) => prop_assert!(e.from == case.life.severity && e.to != e.from),
            (E::PhaseChanged(e), Some(case)) => prop_assert!(e.from == case.life.phase && e.to != Phase::Resolved),
            (E::Closed(_), _) => prop_assert!(matches!(situation, Incident::Resolved(_))),
            (E::RoleHandedOff(e), Some(case)) => prop_assert!(case.roles[&e.role].contains(&e.from)),
            (E::StatusUpdated(e), Some(case)) => {
                let has = |role| case.roles.get(role).zip(by).is_some_and(|(held, by)| held.contains(by));
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
        for (role, holders) in situation.case().iter().flat_map(|case| &case.roles) {
            let fits = !holders.is_empty() && (role.is_shared() || holders.len() == 1);
            prop_assert!(fits, "{} is held by {:?}", role, holders);
        }
    }
    Ok(())
}

fn name() -> impl Strategy<Value = Person> {
    let few = proptest::sample::select(vec!["ada", "Ada", " ADA", "A\u{200b}da", "\u{c4}da", "\u{e4}da"]);
    prop_oneof![few.prop_map(str::to_owned), any::<String>()]
        .prop_filter_map("a name", |name| Person::new(&name).ok())
}

fn hash(person: &Person) -> u64 {
    let mut hasher = DefaultHasher::new();
    person.hash(&mut hasher);
    hasher.finish()
}
