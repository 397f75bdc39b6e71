//! Whether an incident goes on, whom it concerns and how it is judged: every view says what decisions go by.

use proptest::prelude::*;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::incident::life::{Life, Situation};
use scribe_domain::incident::{Incident, life};
use scribe_domain::recorded::Recorded;
use scribe_domain::testing::generated::{any_history, history_in_own_words};
use scribe_domain::values::{Phase, Severity, Tier};

use crate::actions::CaseActions;
use crate::amended::entries;
use crate::current::case::Case;
use crate::holds::CaseHolds;
use crate::postmortem::metrics::MetricDefinitions;
use crate::postmortem::{Edition, Outcome, Postmortem};
use crate::question::AsOf;
use crate::roles::end_of_incident;
use crate::runner::per_incident::IncidentFold;
use crate::status_page::case::{CasePages, Turn};
use crate::status_page::incident::PageEnding;

/// What a life says, without what a view remembers of its events.
fn judged<M: Clone>(life: &Life<M>) -> (Tier, Severity, Phase, Situation, bool, bool) {
    let mitigated = life.mitigated().is_some();
    (life.tier, life.severity, life.phase, life.situation.clone(), mitigated, life.ended.is_some())
}

/// As stores and imports have it: declared first and once.
fn declared_once(mut history: Vec<Recorded>) -> Vec<Recorded> {
    let is_declared = |recorded: &Recorded| matches!(recorded.event, E::Declared(_));
    let first = history.iter().position(is_declared).unwrap_or(history.len());
    let mut history = history.split_off(first);
    let mut declared = false;
    history.retain(|recorded| !is_declared(recorded) || !std::mem::replace(&mut declared, true));
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// In whatever order it was told, and whatever was corrected, taken back or erased since.
    #[test]
    fn every_view_agrees_on_an_incidents_life(
        history in prop_oneof![any_history(40), history_in_own_words(40)].prop_map(declared_once)
    ) {
        let incident = Incident::replay(&history);
        let entries = entries(&history, &AsOf::NOW);
        let Some(known) = incident.case().map(|case| &case.life) else {
            prop_assert!(history.is_empty());
            return Ok(());
        };
        let judgement = judged(known);

        let situation = match &incident {
            Incident::Undeclared => unreachable!("it has a case"),
            Incident::Open(_) => Situation::Open,
            Incident::Resolved(_) => Situation::Resolved,
            Incident::Closed(_) => Situation::Closed,
            Incident::Cancelled(_) => Situation::Cancelled,
            Incident::MergedInto(into, _) => Situation::MergedInto(into.clone()),
        };
        prop_assert_eq!(&known.situation, &situation, "decisions");

        let board = Case::of(&entries).life.unwrap();
        prop_assert_eq!(judged(&board), judgement.clone(), "the board");
        let pages = CasePages::of(&entries);
        prop_assert_eq!(judged(pages.life.as_ref().unwrap()), judgement, "the pages");
        prop_assert_eq!(pages.tiers.last().unwrap().1, known.tier, "the pages' tiers");
        let ending = match (&situation, pages.turns.last().map(|last| last.turn)) {
            (Situation::Open, None | Some(Turn::Reopened)) => true,
            (Situation::Resolved | Situation::Closed, Some(Turn::Ended(how))) => how == PageEnding::Resolved,
            (Situation::Cancelled, Some(Turn::Ended(how))) => how == PageEnding::Cancelled,
            (Situation::MergedInto(_), Some(Turn::Ended(how))) => how == PageEnding::Merged,
            _ => false,
        };
        prop_assert!(ending, "the pages' turns: {:?} where it is {situation:?}", pages.turns);
        let over = !situation.is_open();
        prop_assert_eq!(CaseActions::of(&entries).is_over(), over, "actions");
        prop_assert_eq!(CaseHolds::of(&entries).is_over(), over, "holds");
        prop_assert_eq!(end_of_incident(&entries).is_some(), over, "roles");

        let asked_at = history.last().unwrap().recorded_at;
        let postmortem = Postmortem::of(&history, &AsOf::NOW, Edition::Internal, &MetricDefinitions::default(), asked_at);
        let Postmortem::Internal(edition) = postmortem else { unreachable!("it was asked for") };
        let outcome = match (&situation, &edition.situation.outcome) {
            (Situation::Open, Outcome::Open)
            | (Situation::Resolved, Outcome::Resolved { closed: None, .. })
            | (Situation::Closed, Outcome::Resolved { closed: Some(_), .. })
            | (Situation::Cancelled, Outcome::Cancelled { .. }) => true,
            (Situation::MergedInto(into), Outcome::Merged { into: other, .. }) => into == other,
            _ => false,
        };
        prop_assert!(outcome, "the postmortem: {:?} where it is {situation:?}", edition.situation);
        prop_assert_eq!(edition.situation.phase, known.phase, "the postmortem's phase");
        prop_assert_eq!(edition.tiers.last().unwrap().to, known.tier, "the postmortem's tiers");
        prop_assert_eq!(edition.severities.last().unwrap().to, known.severity, "the postmortem's severities");
    }
}

/// An import may tell that an incident was resolved after it became part of another: it goes on there.
#[test]
fn what_is_told_after_a_merge_does_not_end_it_here() {
    use scribe_domain::event::life::{MergedInto, Resolved};

    use crate::testing::{History, incident};

    let into = incident("20230104-all-imports");
    let history = History::declared("Imports fail")
        .event(MergedInto { into: into.clone(), why: None })
        .event(Resolved { summary: None })
        .events;
    let merged = Situation::MergedInto(into);
    let life = Case::of(&entries(&history, &AsOf::NOW)).life.unwrap();
    assert_eq!(life.situation, merged);
    assert!(history.iter().skip(1).all(|recorded| life::concerns(&recorded.event)));
    assert!(matches!(Incident::replay(&history), Incident::MergedInto(..)));
}
