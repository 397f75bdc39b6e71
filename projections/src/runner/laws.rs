//! What holds of every whole-record view, whatever is recorded in whatever order.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::evidence::{AlertFired, AlertResolved};
use scribe_domain::event::impact::{ImpactEnded, ImpactStarted};
use scribe_domain::event::life::{
    Cancelled, Closed, Downgraded, MergedInto, Mitigated, PhaseChanged, Reopened, Resolved, SeverityChanged,
};
use scribe_domain::event::people::{
    PageAcknowledged, PageTarget, Paged, RoleAssigned, RoleHandedOff, RoleLeft,
};
use scribe_domain::event::record::{Corrected, Redacted, Retracted};
use scribe_domain::event::runs::{RunDeclined, RunWithdrawn, Standing};
use scribe_domain::event::words::Noted;
use scribe_domain::event::work::{
    ActionAssigned, ActionCheckedIn, ActionFinished, DeployHoldReleased, DeployHoldTaken, FollowUpAgreed,
    FollowUpFinished,
};
use scribe_domain::ids::{CommandId, EventId, Position, Revision};
use scribe_domain::incident::Incident;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::values::{ActionKind, ComponentState, Phase, Role, Severity, Tier};
use scribe_domain::when::{Precision, When};
use uuid::Uuid;

use super::per_incident::{IncidentFold, PerIncident};
use super::sample::{approved, by_approval, emergency, finished, proposed, started, update, upgraded, with};
use super::*;
use crate::actions::{ActionFilter, Actions};
use crate::amended::{Entry, entries};
use crate::current::case::Case;
use scribe_domain::incident::life::Situation;
use crate::current::{Board, IncidentNow, ListFilter, ListState};
use crate::document::{Style, View};
use crate::holds::Holds;
use crate::runs::audit::RunFilter;
use crate::runs::{CaseRuns, Run, RunStage, Runs};
use crate::status_page::StatusPages;
use crate::testing::{actor, declared, incident, label, moment, person, text};

const INCIDENTS: [&str; 3] = ["20230104-a", "20230104-b", "20230105-c"];
const PEOPLE: [&str; 3] = ["Ada King", "Bob Long", "Zac Bentley"];
const LINES: [&str; 2] = ["uptime", "reboot"];

/// What a generated event is made of: which kind, and small numbers that its fields are picked by.
type Seed = (usize, usize, usize, usize, i64, i64);

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    prop::collection::vec((0..KINDS, 0..6_usize, 0..6_usize, 0..3_usize, -200..200_i64, 0..20_i64), 0..60)
}

fn start() -> DateTime<Utc> {
    moment("2023-01-04T12:00Z")
}

fn record(seeds: &[Seed]) -> Vec<Recorded> {
    let mut recorded_at = start();
    let mut record: Vec<Recorded> = Vec::new();
    for (place, (kind, a, b, c, occurred, later)) in seeds.iter().copied().enumerate() {
        recorded_at += TimeDelta::minutes(later);
        let incident = incident(INCIDENTS[c]);
        let revision = record.iter().filter(|r| r.incident == incident).count() as u64 + 1;
        let occurred = match occurred % 7 {
            0 => When::Unknown,
            1 => When::At(start() + TimeDelta::minutes(occurred), Precision::About),
            _ => When::At(start() + TimeDelta::minutes(occurred), Precision::Minute),
        };
        record.push(Recorded {
            position: Position(place as u64 + 1),
            incident,
            revision: Revision(revision),
            recorded_at,
            index: 0,
            cause: Cause {
                command_id: CommandId(Uuid::from_u128(place as u128)),
                actor: actor(PEOPLE[b % 3]),
                occurred,
                source: None,
            },
            event: event(kind, a, b, place),
        });
    }
    record
}

const KINDS: usize = 42;

/// An event of the kind numbered so (the last ones all amend); `a` and `b` pick its fields, `place` is its own in the record.
fn event(kind: usize, a: usize, b: usize, place: usize) -> IncidentEvent {
    let number = u32::try_from(a % 3 + 1).unwrap();
    let tier = Tier::ALL[b % 3];
    let role = [Role::IncidentCommander, Role::Responder][a % 2].clone();
    let (who, other) = (PEOPLE[b % 3], PEOPLE[(b + 1) % 3]);
    let (by, line) = (who.parse().unwrap(), LINES[b % 2]);
    // Mostly an earlier event, now and then the amendment itself or one to come.
    let target = EventId::derive(CommandId(Uuid::from_u128((place + 1).saturating_sub(a * 2) as u128)), 0);
    let scope = label(["all", "imports"][a % 2]);
    let standing =
        [by_approval(other), emergency("now"), Standing::Unapproved { reason: text("alone") }][a % 3].clone();
    match kind {
        0..4 => {
            let mut declared = declared("Something");
            (declared.tier, declared.drill) = (tier, a == 5);
            declared.into()
        }
        4 => upgraded(Tier::Engineering, tier).into(),
        5 => Downgraded { from: Tier::Public, to: tier, why: None }.into(),
        6 => SeverityChanged { from: Severity::Sev3, to: Severity::ALL[b % 5], why: None }.into(),
        7 => PhaseChanged { from: Phase::Investigating, to: Phase::ALL[b % 3], why: None }.into(),
        8 => Mitigated { how: None }.into(),
        9 => Resolved { summary: None }.into(),
        10 => Reopened { why: text("again") }.into(),
        11 => Closed { summary: None }.into(),
        12 => Cancelled { why: text("oops") }.into(),
        13 => MergedInto { into: incident(INCIDENTS[a % 3]), why: None }.into(),
        14 => RoleAssigned { role, to: person(who), why: None }.into(),
        15 => RoleHandedOff { role, from: person(who), to: person(other), why: None }.into(),
        16 => RoleLeft { role, who: person(who), why: None }.into(),
        17 => Paged { page: number, whom: PageTarget::Person(person(who)), why: None }.into(),
        18 => PageAcknowledged { page: number, by: person(who) }.into(),
        19 => proposed(number, line, who).into(),
        20 => approved(number, line, other).into(),
        21 => RunDeclined { run: number, by: person(other), why: None }.into(),
        22 => RunWithdrawn { run: number, why: None }.into(),
        23 => started(number, line, who, standing).into(),
        24 => finished(number, line, who, standing, i32::from(b.is_multiple_of(2))).into(),
        25 => {
            let state = ComponentState::ALL[a % 5];
            with(update(tier, Phase::ALL[b % 4], "words"), ["mail", "api"][b % 2], state).into()
        }
        26 => ActionAssigned {
            action: number,
            kind: ActionKind::Mitigation,
            text: text("do it"),
            to: label(who),
            check_back: Some(When::second(start() + TimeDelta::minutes(5))),
        }
        .into(),
        27 => ActionCheckedIn { action: number, text: text("soon"), check_back: None }.into(),
        28 => ActionFinished { action: number, outcome: text("done") }.into(),
        29 => FollowUpAgreed {
            follow_up: number,
            text: text("later"),
            owner: None,
            due: Some(start().date_naive()),
            committed_by: None,
        }
        .into(),
        30 => FollowUpFinished { follow_up: number, outcome: None }.into(),
        31 => DeployHoldTaken { scope, by, why: None }.into(),
        32 => DeployHoldReleased { scope, by, why: None }.into(),
        33 => {
            let alert = label(who);
            match a % 2 {
                0 => AlertResolved { source: label("s"), alert, fingerprint: None, summary: None }.into(),
                _ => AlertFired {
                    source: label("s"),
                    alert,
                    fingerprint: None,
                    labels: [].into(),
                    summary: None,
                    at: None,
                }
                .into(),
            }
        }
        34 if a.is_multiple_of(2) => ImpactEnded { impact: number, text: None }.into(),
        34 => ImpactStarted { impact: number, text: text("hit"), components: vec![], who: None }.into(),
        35 => Noted { text: text("nothing that a board shows") }.into(),
        _ if b == 0 => Redacted { target, by, why: text("secret"), remains: None }.into(),
        _ if b < 3 => Retracted { target, why: text("wrong") }.into(),
        _ => Corrected {
            target,
            occurred: match b {
                3 => Some(When::second(start() + TimeDelta::minutes(7))),
                4 => Some(When::Unknown),
                _ => None,
            },
            fields: [("text".to_owned(), serde_json::json!("righted"))].into(),
            why: text("wrong"),
        }
        .into(),
    }
}

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

fn say(view: &impl View) -> usize {
    let document = view.document(&Style::default());
    let json = serde_json::to_string(view).unwrap();
    document.text(&Style::default()).len() + document.markdown().len() + document.html().len() + json.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn snapshots_batches_and_moments(
        seeds in seeds(),
        cuts in prop::collection::vec(0..60_usize, 0..4),
        recorded_by in prop::option::of(0..600_i64),
        occurred_by in prop::option::of(-200..200_i64),
    ) {
        let record = record(&seeds);
        let after = |minutes: i64| start() + TimeDelta::minutes(minutes);
        let as_of = AsOf { recorded_by: recorded_by.map(after), occurred_by: occurred_by.map(after) };
        check::<Case>(&record, &cuts, &as_of)?;
        check::<crate::status_page::case::CasePages>(&record, &cuts, &as_of)?;
        check::<CaseRuns>(&record, &cuts, &as_of)?;
        check::<crate::actions::CaseActions>(&record, &cuts, &as_of)?;
        check::<crate::holds::CaseHolds>(&record, &cuts, &as_of)?;
        check_view::<Board>(&record, &cuts, &as_of)?;
    }

    /// The board keeps less of a run than the audit does, and says the same of it.
    #[test]
    fn the_board_and_the_audit_agree_on_runs(seeds in seeds()) {
        let record = record(&seeds);
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
    fn every_view_of_every_record_can_be_shown(seeds in seeds(), asked in -300..900_i64) {
        let record = record(&seeds);
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
        said += say(&fold::<Holds>(&record).check(None, asked_at));
        prop_assert!(said > 0);
    }

    #[test]
    fn the_board_says_of_each_incident_what_its_own_view_says(
        seeds in seeds(),
        recorded_by in prop::option::of(0..600_i64),
        occurred_by in prop::option::of(-200..200_i64),
    ) {
        let record = record(&seeds);
        let after = |minutes: i64| start() + TimeDelta::minutes(minutes);
        let as_of = AsOf { recorded_by: recorded_by.map(after), occurred_by: occurred_by.map(after) };
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
    fn the_board_agrees_with_what_decisions_rest_on(seeds in seeds()) {
        let mut record = record(&seeds);
        let amends = |event: &IncidentEvent| {
            matches!(event, IncidentEvent::Corrected(_) | IncidentEvent::Retracted(_) | IncidentEvent::Redacted(_))
        };
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
                first.is_none() && !amends(&recorded.event)
            });
            let history = of_incident(&record, name);
            let case = Case::of(&entries(&history, &AsOf::NOW));
            let incident = Incident::replay(&history);
            let situation = match &incident {
                Incident::Undeclared => {
                    prop_assert!(case.declared.is_none());
                    continue;
                }
                Incident::Open(_) => Situation::Open,
                Incident::Resolved(_) => Situation::Resolved,
                Incident::Closed(_) => Situation::Closed,
                Incident::Cancelled(_) => Situation::Cancelled,
                Incident::MergedInto(into, _) => Situation::MergedInto(into.clone()),
            };
            prop_assert_eq!(&case.situation, &situation);
            let (declared, known) = (case.declared.unwrap(), incident.case().unwrap());
            prop_assert_eq!(
                (declared.tier, declared.severity, declared.phase, declared.mitigated.is_some()),
                (known.tier, known.severity, known.phase, known.mitigated)
            );
            prop_assert_eq!(&case.roles, &known.roles);
            prop_assert!(case.holds.taken.keys().eq(known.holds.keys()));
        }
    }
}
