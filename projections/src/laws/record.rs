//! Views of the whole record: snapshots, batches, and what views say of the same thing.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scribe_domain::event::IncidentEvent;
use scribe_domain::incident::Incident;
use scribe_domain::recorded::Recorded;
use scribe_domain::testing::generated;
use scribe_domain::testing::seed::{INCIDENTS, start};
use scribe_domain::values::Tier;

use crate::actions::{ActionFilter, Actions};
use crate::amended::{Entry, entries, is_amendment};
use crate::current::case::Case;
use crate::current::{Board, IncidentNow, ListFilter, ListState};
use crate::document::{Style, View};
use crate::holds::Holds;
use crate::question::AsOf;
use crate::runner::per_incident::{IncidentFold, PerIncident};
use crate::runner::{Projection, Tracked, fold, fold_as_of};
use crate::runs::audit::RunFilter;
use crate::runs::{CaseRuns, Run, RunStage, Runs};
use crate::status_page::StatusPages;
use crate::testing::{incident, moment};

fn of_incident(record: &[Recorded], name: &str) -> Vec<Recorded> {
    record.iter().filter(|recorded| recorded.incident.as_str() == name).cloned().collect()
}

/// Some events beyond what a view has seen, and what it needs of the record besides, as whoever has the
/// store hands it over.
fn bring_up<P: Projection>(tracked: &mut Tracked<P>, events: &[Recorded], record: &[Recorded]) {
    for recorded in events {
        tracked.follow(&Entry::told(recorded));
    }
    for incident in tracked.view.outdated() {
        // The record may have grown meanwhile: that is not this view's yet.
        tracked.refold(&incident, &of_incident(record, incident.as_str()));
    }
}

/// The laws of one view: whatever its form, and however it came about.
fn check_view<P>(record: &[Recorded], cuts: &[usize], as_of: &AsOf) -> Result<(), TestCaseError>
where
    P: Projection + PartialEq + std::fmt::Debug,
{
    let whole: P = fold(record);
    // Snapshots, at whatever points, and so batches of whatever size, change nothing; nor does it what an
    // incident is folded anew.
    let mut tracked = Tracked::<P>::default();
    let mut from = 0;
    for cut in cuts.iter().map(|cut| *cut.min(&record.len())).filter(|cut| cut % 2 == 0).chain([record.len()])
    {
        // Some of it comes again: it counts once.
        bring_up(&mut tracked, &record[from.min(cut)..cut], record);
        from = cut.saturating_sub(2);
        let known: P = fold(&record[..usize::try_from(tracked.position.0).unwrap()]);
        prop_assert_eq!(&tracked.view, &known);
        let snapshot = serde_json::to_string(&tracked).unwrap();
        tracked = serde_json::from_str(&snapshot).unwrap();
    }
    prop_assert_eq!(&tracked.view, &whole);
    // As of a recorded moment is as if nothing had come after it; as of the end is now.
    if let Some(by) = as_of.recorded_by {
        let known: Vec<_> = record.iter().filter(|recorded| recorded.recorded_at <= by).cloned().collect();
        let recorded_only = AsOf { recorded_by: Some(by), occurred_by: None };
        prop_assert_eq!(&fold_as_of::<P>(record, &recorded_only), &fold(&known));
    }
    let end = moment("2100-01-01T00:00Z");
    let end = AsOf { recorded_by: Some(end), occurred_by: Some(end) };
    let (then, needed) = whole.as_of(&end);
    prop_assert_eq!((&then, needed), (&whole, vec![]));
    Ok(())
}

/// The laws of one kind of fold.
fn check<F>(record: &[Recorded], cuts: &[usize], as_of: &AsOf) -> Result<(), TestCaseError>
where
    F: IncidentFold + PartialEq + std::fmt::Debug,
{
    check_view::<PerIncident<F>>(record, cuts, as_of)?;
    // One event after the other gives what all at once give.
    let whole: PerIncident<F> = fold(record);
    let then: PerIncident<F> = fold_as_of(record, as_of);
    for name in INCIDENTS {
        let history = of_incident(record, name);
        let now = F::of(&entries(&history, &AsOf::NOW));
        prop_assert_eq!(whole.get(&incident(name)).cloned().unwrap_or_default(), now);
        let at_that_time = F::of(&entries(&history, as_of));
        prop_assert_eq!(then.get(&incident(name)).cloned().unwrap_or_default(), at_that_time);
    }
    Ok(())
}

/// Beside which event of a record a moment lies, and how many minutes after it.
type Beside = Option<(usize, i64)>;

/// Bounds show at the very moments at which something is recorded or happens, and beside them.
fn moment_in_record() -> impl Strategy<Value = Beside> {
    prop::option::of((0..60_usize, -1..=1_i64))
}

fn as_of(record: &[Recorded], recorded_by: Beside, occurred_by: Beside) -> AsOf {
    let beside = |beside: Beside, moment: fn(&Recorded) -> Option<DateTime<Utc>>| {
        let (place, minutes) = beside?;
        let recorded = record.get(place % record.len().max(1))?;
        Some(moment(recorded).unwrap_or(recorded.recorded_at) + TimeDelta::minutes(minutes))
    };
    AsOf {
        recorded_by: beside(recorded_by, |recorded| Some(recorded.recorded_at)),
        occurred_by: beside(occurred_by, |recorded| recorded.cause.occurred.at()),
    }
}

fn say(view: &impl View) -> usize {
    let document = view.document(&Style::default());
    let json = serde_json::to_string(view).unwrap();
    document.text(&Style::default()).len() + document.markdown().len() + document.html().len() + json.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn snapshots_batches_and_moments(
        record in generated::record(60),
        cuts in prop::collection::vec(0..60_usize, 0..4),
        recorded_by in moment_in_record(),
        occurred_by in moment_in_record(),
    ) {
        let as_of = as_of(&record, recorded_by, occurred_by);
        check::<Case>(&record, &cuts, &as_of)?;
        check::<crate::status_page::case::CasePages>(&record, &cuts, &as_of)?;
        check::<CaseRuns>(&record, &cuts, &as_of)?;
        check::<crate::actions::CaseActions>(&record, &cuts, &as_of)?;
        check::<crate::holds::CaseHolds>(&record, &cuts, &as_of)?;
        check_view::<Board>(&record, &cuts, &as_of)?;
    }

    /// The board keeps less of a run than the audit does, and says the same of it.
    #[test]
    fn the_board_and_the_audit_agree_on_runs(record in generated::record(60)) {
        for name in INCIDENTS {
            let history = of_incident(&record, name);
            let entries = entries(&history, &AsOf::NOW);
            let (case, runs) = (Case::of(&entries), CaseRuns::of(&entries).runs);
            let those = |wanted: fn(&Run) -> bool| {
                runs.iter().filter(|(_, run)| wanted(run)).map(|(number, _)| *number).collect::<Vec<_>>()
            };
            let awaiting = those(|run| run.proposed.is_some() && run.stage() == RunStage::Proposed);
            prop_assert_eq!(case.runs.awaiting_approval(), awaiting);
            prop_assert_eq!(case.runs.not_finished(), those(|run| run.stage() == RunStage::Started));
        }
    }

    #[test]
    fn every_view_of_every_record_can_be_shown(record in generated::record(60), asked in -300..900_i64) {
        let asked_at = start() + TimeDelta::minutes(asked);
        let all = ListFilter { state: ListState::All, tier: None, drills: true };
        let mut said = say(&fold::<Board>(&record).list(&all, asked_at));
        let pages: StatusPages = fold(&record);
        for tier in Tier::ALL {
            said += say(&pages.page(*tier, asked_at)) + say(&pages.page_within(*tier, asked_at, u32::MAX));
        }
        let runs: Runs = fold(&record);
        let audit = runs.audit(&RunFilter::default());
        said += say(&audit) + audit.runs.iter().map(say).sum::<usize>();
        said += say(&fold::<Actions>(&record).due(&ActionFilter::default(), asked_at));
        said += say(&fold::<Holds>(&record).check(None, true, asked_at));
        prop_assert!(said > 0);
    }

    #[test]
    fn the_board_says_of_each_incident_what_its_own_view_says(
        record in generated::record(60),
        recorded_by in moment_in_record(),
        occurred_by in moment_in_record(),
    ) {
        let as_of = as_of(&record, recorded_by, occurred_by);
        let all = ListFilter { state: ListState::All, tier: None, drills: true };
        let board: Board = fold_as_of(&record, &as_of);
        let lines = board.list(&all, start()).incidents;
        for name in INCIDENTS {
            let line = lines.iter().find(|line| line.incident.as_str() == name);
            let alone = IncidentNow::of(&of_incident(&record, name), &as_of, start());
            prop_assert_eq!(line, alone.as_ref().map(|now| &now.line));
        }
    }

    /// What people read and what decisions rest on must not differ.
    #[test]
    fn the_board_agrees_with_what_decisions_rest_on(mut record in generated::record(60)) {
        for name in INCIDENTS {
            // As the store has it: declared first and once. Amendments are other tests' matter.
            let mut first = record.iter().position(|r| r.incident.as_str() == name && matches!(r.event, IncidentEvent::Declared(_)));
            record.retain(|recorded| {
                if recorded.incident.as_str() != name {
                    return true;
                }
                if matches!(recorded.event, IncidentEvent::Declared(_)) {
                    return first.take().is_some();
                }
                first.is_none() && !is_amendment(&recorded.event)
            });
            let history = of_incident(&record, name);
            let case = Case::of(&entries(&history, &AsOf::NOW));
            let incident = Incident::replay(&history);
            let Some(known) = incident.case() else {
                prop_assert!(case.declared.is_none());
                continue;
            };
            prop_assert_eq!(&case.roles, &known.roles);
            prop_assert!(case.holds.taken.keys().eq(known.holds.keys()));
        }
    }
}
