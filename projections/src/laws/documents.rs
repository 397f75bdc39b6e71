//! No sentence contradicts another: for any history, what documents say agrees with each other and with what
//! decisions rest on. What they say in data is compared here, what they say in sentences in [`super::sentences`].

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use scribe_domain::actor::Person;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::numbered::Numbered;
use scribe_domain::ids::{EventId, Revision};
use scribe_domain::incident::life::Situation;
use scribe_domain::incident::roles::Holders;
use scribe_domain::incident::{Case, Incident, Stage};
use scribe_domain::recorded::Recorded;
use scribe_domain::testing::generated::kept_history;
use scribe_domain::values::{Role, Tier};

use super::sentences;
use crate::amended::entries;
use crate::current::IncidentNow;
use crate::postmortem::metrics::MetricDefinitions;
use crate::postmortem::{Edition, InternalEdition, Outcome, Postmortem, PublicEdition};
use crate::question::AsOf;
use crate::roles::{RoleHistory, RoleLine};
use crate::runner::fold;
use crate::runs::RunStage;
use crate::status_page::incident::{PageEnding, PageIncident};
use crate::status_page::{StatusPage, StatusPages};
use crate::testing::moment;
use crate::timeline::{Filter, Timeline};

/// Everything that is said of one incident, and what decisions rest on.
pub(super) struct Said {
    pub(super) history: Vec<Recorded>,
    pub(super) case: Box<Case>,
    pub(super) situation: Situation,
    pub(super) edition: InternalEdition,
    pub(super) public: PublicEdition,
    pub(super) now: IncidentNow,
    pub(super) roles: RoleHistory,
    pub(super) timeline: Timeline,
    pub(super) pages: Vec<StatusPage>,
}

impl Said {
    /// What was said when the review was last published to everybody, if it was: the public reads of impacts as they
    /// stood then.
    pub(super) fn when_published(&self) -> Option<Self> {
        let to_everybody =
            |told: &Recorded| matches!(&told.event, E::ReviewPublished(e) if e.audience == Tier::Public);
        let last = self.history.iter().rposition(to_everybody)?;
        Self::of(self.history[..=last].to_vec())
    }

    fn of(history: Vec<Recorded>) -> Option<Self> {
        let asked_at = moment("2023-03-01T00:00Z");
        let metrics = MetricDefinitions::default();
        let edition = |edition| Postmortem::of(&history, &AsOf::NOW, edition, &metrics, asked_at);
        let (Postmortem::Internal(internal), Postmortem::Public(public)) =
            (edition(Edition::Internal), edition(Edition::Public))
        else {
            unreachable!("each was asked for")
        };
        let pages: StatusPages = fold(&history);
        let case = Box::new(Incident::replay(&history).case()?.clone());
        Some(Self {
            situation: case.life.situation.clone(),
            case,
            edition: *internal,
            public,
            now: IncidentNow::of(&history, &AsOf::NOW, asked_at)?,
            roles: RoleHistory::of(&history, &AsOf::NOW),
            timeline: Timeline::of(&history, &AsOf::NOW, &Filter::default()),
            pages: Tier::ALL.iter().map(|tier| pages.page_within(*tier, asked_at, u32::MAX)).collect(),
            history,
        })
    }

    /// Whether what has a number is done, by number.
    pub(super) fn done(&self, what: Numbered) -> BTreeMap<u32, bool> {
        self.case.numbered.get(&what).cloned().unwrap_or_default()
    }

    /// The numbers of what is not done.
    pub(super) fn open(&self, what: Numbered) -> Vec<u32> {
        self.done(what).into_iter().filter(|(_, done)| !done).map(|(number, _)| number).collect()
    }
}

type Checked = Result<(), TestCaseError>;

fn the_life_is_one(said: &Said) -> Checked {
    let Said { case, edition, now, .. } = said;
    let life = &case.life;
    prop_assert_eq!(&now.line.situation, &said.situation);
    prop_assert_eq!((now.line.tier, now.line.severity), (life.tier, life.severity));
    prop_assert_eq!(edition.tiers.last().map(|step| step.to), Some(life.tier));
    prop_assert_eq!(edition.severities.last().map(|step| step.to), Some(life.severity));
    prop_assert_eq!((edition.situation.phase, now.line.phase), (life.phase, life.phase));
    prop_assert_eq!((edition.name.drill, now.line.drill), (case.drill, case.drill));
    prop_assert_eq!(now.line.ended.as_ref().map(|told| told.event), life.ended);
    let ended = match (&edition.situation.outcome, &said.situation) {
        (Outcome::Open, Situation::Open) => None,
        (Outcome::Resolved { told, closed: None, .. }, Situation::Resolved)
        | (Outcome::Resolved { closed: Some(told), .. }, Situation::Closed)
        | (Outcome::Cancelled { told, .. }, Situation::Cancelled) => Some(told.event),
        (Outcome::Merged { into, told }, Situation::MergedInto(known)) if into == known => Some(told.event),
        (outcome, situation) => return Err(TestCaseError::fail(format!("{outcome:?} is no {situation:?}"))),
    };
    prop_assert_eq!(ended, life.ended, "what ended it");
    for mitigated in [&edition.situation.mitigated, &now.line.mitigated] {
        prop_assert_eq!(mitigated.as_ref().map(|told| told.event), life.mitigated().copied(), "mitigated");
    }
    Ok(())
}

fn impacts_are_one_account(said: &Said) -> Checked {
    let Said { case, edition, public, now, .. } = said;
    let spans: BTreeMap<u32, _> = case.life.hits.spans().collect();
    let told: BTreeMap<u32, _> =
        edition.impacts.iter().map(|line| (line.impact, (line.from, line.until))).collect();
    prop_assert_eq!(told.len(), edition.impacts.len(), "each once");
    prop_assert_eq!(&told, &spans, "from when to when");
    let total = edition.hit.map(|hit| (hit.seconds, [hit.from.at().unwrap(), hit.until.at().unwrap()]));
    prop_assert_eq!(total, case.life.hits.total(), "in all");
    let open = said.open(Numbered::Impact);
    prop_assert_eq!(now.impacts.iter().map(|impact| impact.impact).collect::<Vec<_>>(), open.clone());
    prop_assert_eq!(now.line.open_impacts, open.len());
    let unended = edition.impacts.iter().filter(|line| line.until.is_none() || line.by_mitigation);
    let unended: BTreeSet<u32> = unended.map(|line| line.impact).collect();
    prop_assert_eq!(unended, open.into_iter().collect(), "without an end of their own");
    if public.published {
        let told = |from, until, seconds| (from, until, seconds);
        let then = said.when_published();
        let stood = then.as_ref().map_or(edition, |then| &then.edition);
        let inside: Vec<_> =
            stood.impacts.iter().map(|line| told(line.from, line.until, line.seconds)).collect();
        let outside: Vec<_> =
            public.impacts.iter().map(|line| told(line.from, line.until, line.seconds)).collect();
        prop_assert_eq!(inside, outside, "both editions");
    }
    Ok(())
}

/// Who held a role right after an event, as tenures tell it.
fn held_at(line: &RoleLine, revision: Revision, revisions: &BTreeMap<EventId, Revision>) -> BTreeSet<Person> {
    let tenures = line.tenures.iter().filter(|tenure| {
        let ended = tenure.ended.as_ref().map(|ended| revisions[&ended.event]);
        revisions[&tenure.event] <= revision && ended.is_none_or(|ended| ended > revision)
    });
    tenures.map(|tenure| tenure.who.clone()).collect()
}

fn roles_are_held_by_the_same(said: &Said) -> Checked {
    prop_assert_eq!(&said.roles.roles, &said.edition.roles, "roles, and the postmortem's");
    let revisions: BTreeMap<EventId, Revision> =
        said.history.iter().map(|told| (told.event_id(), told.revision)).collect();
    let mut holders = Holders::default();
    // A wrong holder's name is put right in what was told of it before.
    for entry in entries(&said.history, &AsOf::NOW) {
        if Holders::concerns(&entry.event) {
            holders.apply(&entry.event);
            for line in &said.edition.roles {
                let known = holders.of(&line.role).cloned().unwrap_or_default();
                let told = held_at(line, entry.recorded.revision, &revisions);
                prop_assert_eq!(told, known, "{} after {}", line.role, entry.recorded.revision);
            }
        }
    }
    prop_assert_eq!(&holders, &said.case.roles);
    let known: BTreeMap<Role, BTreeSet<Person>> =
        said.case.roles.iter().map(|(role, held)| (role.clone(), held.clone())).collect();
    let edition = said.edition.roles.iter().filter(|line| !line.holders.is_empty());
    let edition: BTreeMap<Role, BTreeSet<Person>> =
        edition.map(|line| (line.role.clone(), line.holders.iter().cloned().collect())).collect();
    prop_assert_eq!(&edition, &known, "the postmortem");
    let board = said.now.line.roles.iter();
    let board: BTreeMap<Role, BTreeSet<Person>> =
        board.map(|line| (line.role.clone(), line.holders.iter().cloned().collect())).collect();
    prop_assert_eq!(&board, &known, "the board");
    Ok(())
}

fn what_is_numbered_is_open_or_done(said: &Said) -> Checked {
    let Said { edition, now, .. } = said;
    let follow_ups: BTreeMap<u32, bool> =
        edition.follow_ups.iter().map(|line| (line.follow_up, line.done.is_some())).collect();
    prop_assert_eq!(follow_ups, said.done(Numbered::FollowUp));
    let open: Vec<u32> = now.follow_ups.iter().map(|line| line.follow_up).collect();
    prop_assert_eq!(open, said.open(Numbered::FollowUp));
    let open: Vec<u32> = now.actions.iter().map(|line| line.action).collect();
    prop_assert_eq!(open, said.open(Numbered::Action));
    prop_assert_eq!(now.line.open_actions, now.actions.len());
    let guesses: BTreeMap<u32, bool> =
        now.hypotheses.iter().map(|line| (line.hypothesis, line.verdict.is_some())).collect();
    prop_assert_eq!(guesses, said.done(Numbered::Hypothesis));
    prop_assert_eq!(&now.line.unanswered_pages, &said.open(Numbered::Page));
    Ok(())
}

fn runs_stand_as_decisions_see_them(said: &Said) -> Checked {
    let Said { case, edition, now, .. } = said;
    let told: Vec<u32> = edition.runs.iter().map(|run| run.run).collect();
    prop_assert_eq!(told, case.runs.keys().copied().collect::<Vec<_>>());
    prop_assert_eq!(&edition.runs, &now.runs, "both documents");
    for run in &edition.runs {
        let known = &case.runs[&run.run];
        let same = match (&known.stage, run.stage) {
            (Stage::Proposed, RunStage::Proposed) => known.approved_by.is_empty(),
            (Stage::Proposed, RunStage::Approved) => !known.approved_by.is_empty(),
            (Stage::Refused, RunStage::Declined | RunStage::Withdrawn)
            | (Stage::Started(_), RunStage::Started)
            | (Stage::Finished, RunStage::Finished) => true,
            _ => false,
        };
        let approved = &known.approved_by;
        prop_assert!(same, "run {}: {:?} by {approved:?} is told as {:?}", run.run, known.stage, run.stage);
        let waits = now.line.runs_awaiting_approval.contains(&run.run);
        prop_assert_eq!(waits, run.stage == RunStage::Proposed, "the board on run {}", run.run);
        let goes_on = now.line.runs_not_finished.contains(&run.run);
        prop_assert_eq!(goes_on, run.stage == RunStage::Started, "the board on run {}", run.run);
    }
    Ok(())
}

fn holds_are_the_same(said: &Said) -> Checked {
    let held: BTreeMap<_, _> = said.case.holds.iter().collect();
    let edition = said.edition.holds.iter().filter(|hold| hold.released.is_none());
    prop_assert_eq!(&edition.map(|hold| (&hold.scope, &hold.by)).collect::<BTreeMap<_, _>>(), &held);
    let board = said.now.deploy_holds.iter().map(|hold| (&hold.scope, &hold.by));
    prop_assert_eq!(&board.collect::<BTreeMap<_, _>>(), &held, "the board");
    Ok(())
}

fn the_timeline_has_what_is_cited(said: &Said) -> Checked {
    let told: BTreeSet<EventId> = said.history.iter().map(Recorded::event_id).collect();
    let entries: BTreeSet<EventId> = said.timeline.entries.iter().map(|entry| entry.id).collect();
    prop_assert_eq!(&entries, &told);
    let cited = said.edition.composed.iter().flat_map(|statement| &statement.cites);
    for cited in cited {
        prop_assert!(told.contains(cited), "{cited} is no event");
    }
    for metric in &said.edition.metrics {
        let [from, to] = metric.between.each_ref().map(|name| said.edition.points.get(name));
        prop_assert_eq!((metric.from.as_ref(), metric.to.as_ref()), (from, to), "{}", metric.name);
        prop_assert!(metric.seconds.is_none_or(|seconds| seconds >= 0), "{}", metric.name);
        prop_assert!(metric.seconds.is_none() || !metric.out_of_order, "{}", metric.name);
    }
    Ok(())
}

/// A page may lag behind, since its audience must be told; but it says no other end, and no other words.
fn pages_say_nothing_else(said: &Said) -> Checked {
    for page in &said.pages {
        let lines: Vec<(&PageIncident, bool)> = page
            .open
            .iter()
            .map(|line| (line, true))
            .chain(page.past.iter().map(|line| (line, false)))
            .collect();
        prop_assert!(lines.len() <= 1, "one incident stands once on the {} page", page.tier);
        let Some((line, _)) = lines.first() else { continue };
        prop_assert_eq!(line.drill, said.case.drill, "the {} page", page.tier);
        // It may have been told to end more than once, but only since it was reopened last.
        let told = said.history.iter().rev().map(|told| &told.event);
        let mut ends = told.take_while(|event| !matches!(event, E::Reopened(_)));
        let fits = match line.end.as_ref().map(|end| end.how) {
            None | Some(PageEnding::Told) => true,
            Some(PageEnding::Resolved) => ends.any(|end| matches!(end, E::Resolved(_) | E::Closed(_))),
            Some(PageEnding::Cancelled) => ends.any(|end| matches!(end, E::Cancelled(_))),
            Some(PageEnding::Merged) => ends.any(|end| matches!(end, E::MergedInto(_))),
        };
        let claims = line.end.as_ref().is_some_and(|end| end.how != PageEnding::Told);
        prop_assert!(!(claims && said.situation.is_open()), "the {} page ends it", page.tier);
        prop_assert!(fits, "the {} page: {:?} where it is {:?}", page.tier, line.end, said.situation);
        let told = said.edition.told.iter().filter(|told| told.audience == page.tier);
        let told: BTreeMap<EventId, _> =
            told.map(|told| (told.told.event, (told.status, told.text.clone()))).collect();
        for update in &line.updates {
            let known = told.get(&update.event);
            let words = update.text.clone();
            prop_assert_eq!(Some((update.status, words)), known.cloned(), "the {} page", page.tier);
        }
        if page.tier == Tier::Public && said.public.published {
            prop_assert_eq!(said.public.incident.as_ref(), Some(&line.incident));
            prop_assert_eq!(said.public.title.clone(), line.title.as_ref().map(ToString::to_string));
            let page: BTreeSet<EventId> = line.updates.iter().map(|told| told.event).collect();
            let edition: BTreeSet<EventId> = said.public.updates.iter().map(|told| told.event).collect();
            prop_assert!(edition.is_subset(&page), "the edition tells what the page never told");
        }
    }
    prop_assert_eq!(said.public.published, said.case.life.tier == Tier::Public);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_agree_with_each_other_and_with_decisions(history in kept_history(120)) {
        let Some(said) = Said::of(history) else { return Ok(()) };
        the_life_is_one(&said)?;
        impacts_are_one_account(&said)?;
        roles_are_held_by_the_same(&said)?;
        what_is_numbered_is_open_or_done(&said)?;
        runs_stand_as_decisions_see_them(&said)?;
        holds_are_the_same(&said)?;
        the_timeline_has_what_is_cited(&said)?;
        pages_say_nothing_else(&said)?;
    }

    #[test]
    fn no_sentence_contradicts_another_or_decisions(history in kept_history(120)) {
        let Some(said) = Said::of(history) else { return Ok(()) };
        sentences::check(&said)?;
    }
}

/// The laws look at something: such histories have what they are about.
#[test]
fn kept_histories_tell_enough() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..100 {
        let history = kept_history(120).new_tree(&mut runner).unwrap().current();
        let told = history.iter().map(|recorded| &recorded.event);
        let kinds: BTreeSet<&'static str> =
            told.filter_map(|event| E::KINDS.iter().copied().find(|kind| *kind == event.kind())).collect();
        for kind in kinds {
            *seen.entry(kind).or_default() += 1;
        }
    }
    for kind in [
        "impact_ended",
        "mitigated",
        "reopened",
        "closed",
        "role_handed_off",
        "follow_up_finished",
        "hypothesis_settled",
        "action_finished",
        "run_approved",
        "retracted",
        "redacted",
        "status_updated",
    ] {
        let times = seen.get(kind).copied().unwrap_or_default();
        assert!(times >= 10, "{kind} is told in {times} of 100 histories: {seen:?}");
    }
}
