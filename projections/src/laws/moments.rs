//! Every view at every moment, by either clock.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scribe_domain::recorded::Recorded;
use scribe_domain::testing::generated::{accepted_history, any_history};
use scribe_domain::testing::seed::start;
use scribe_domain::values::Tier;

use crate::actions::{ActionFilter, Actions};
use crate::current::{Board, IncidentNow, ListFilter, ListState};
use crate::document::{Style, View};
use crate::holds::Holds;
use crate::postmortem::metrics::MetricDefinitions;
use crate::postmortem::{Edition, Postmortem};
use crate::question::AsOf;
use crate::roles::RoleHistory;
use crate::runner::{Projection, fold_as_of};
use crate::runs::Runs;
use crate::runs::audit::RunFilter;
use crate::status_page::StatusPages;
use crate::timeline::{Filter, Timeline};

fn asked_at() -> DateTime<Utc> {
    "2023-03-01T00:00:00Z".parse().unwrap()
}

/// A view's name, its JSON and what people read.
pub(super) type Rendered = (&'static str, String, String);

fn seen(name: &'static str, view: &impl View) -> Rendered {
    let style = Style { zone: "America/New_York".parse().unwrap(), width: 80, colour: true };
    let document = view.document(&style);
    let html = document.html();
    assert!(!html.contains("<script"), "{name} carries a script");
    (
        name,
        serde_json::to_string(view).unwrap(),
        [document.text(&style), document.markdown(), html].join("\n"),
    )
}

/// Everything that can be seen of a record of one incident.
pub(super) fn everything(history: &[Recorded], as_of: &AsOf) -> Vec<Rendered> {
    fn folded<P: Projection>(history: &[Recorded], as_of: &AsOf) -> P {
        fold_as_of(history, as_of)
    }
    let timeline = Timeline::of(history, as_of, &Filter::default());
    let mut all = vec![
        seen("timeline", &timeline),
        ("timeline as CSV", timeline.csv(), String::new()),
        seen(
            "postmortem",
            &Postmortem::of(history, as_of, Edition::Internal, &MetricDefinitions::default(), asked_at()),
        ),
        seen(
            "public postmortem",
            &Postmortem::of(history, as_of, Edition::Public, &MetricDefinitions::default(), asked_at()),
        ),
        seen("roles", &RoleHistory::of(history, as_of)),
        seen("runs", &folded::<Runs>(history, as_of).audit(&RunFilter::default())),
        seen("actions", &folded::<Actions>(history, as_of).due(&ActionFilter::default(), asked_at())),
        seen("holds", &folded::<Holds>(history, as_of).check(None, true, asked_at())),
    ];
    all.extend(IncidentNow::of(history, as_of, asked_at()).map(|now| seen("show", &now)));
    let list = ListFilter { state: ListState::All, drills: true, ..ListFilter::default() };
    all.push(seen("board", &folded::<Board>(history, as_of).list(&list, asked_at())));
    let pages = folded::<StatusPages>(history, as_of);
    all.extend(Tier::ALL.iter().map(|tier| seen(tier.as_str(), &pages.page(*tier, asked_at()))));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_record_is_the_same_bytes(history in any_history(60)) {
        agree(everything(&history, &AsOf::NOW), everything(&history.clone(), &AsOf::NOW))?;
    }

    /// What is recorded later, corrections too, never alters what was known at a moment.
    #[test]
    fn as_of_a_moment_is_what_was_known_then(history in any_history(60), cut in 0..60_usize) {
        let (then, _) = history.split_at(cut.min(history.len()));
        let Some(last) = then.last() else { return Ok(()) };
        let as_of = AsOf { recorded_by: Some(last.recorded_at), ..AsOf::NOW };
        agree(everything(&history, &as_of), everything(then, &as_of))?;
    }

    #[test]
    fn as_of_the_end_is_now(history in accepted_history(120)) {
        let Some(last) = history.last() else { return Ok(()) };
        let as_of = AsOf { recorded_by: Some(last.recorded_at), ..AsOf::NOW };
        let answers = |as_of| everything(&history, as_of).into_iter().filter_map(without_the_question).collect();
        agree(answers(&as_of), answers(&AsOf::NOW))?;
    }

    #[test]
    fn a_question_about_what_had_occurred_is_answered(history in any_history(60), minute in 0..10_000_i64) {
        let by = start() + TimeDelta::minutes(minute);
        let as_of = AsOf { occurred_by: Some(by), ..AsOf::NOW };
        agree(everything(&history, &as_of), everything(&history, &as_of))?;
    }
}

/// Fails on the first view that differs, and shows where.
fn agree(one: Vec<Rendered>, other: Vec<Rendered>) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.len(), other.len());
    for ((name, json, text), (_, other_json, other_text)) in one.into_iter().zip(other) {
        for (one, other) in [(json, other_json), (text, other_text)] {
            let at = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
            let around =
                |text: &str| -> String { text.chars().skip(at.saturating_sub(200)).take(400).collect() };
            prop_assert!(one == other, "{name} differs:\n{}\n\nand\n\n{}", around(&one), around(&other));
        }
    }
    Ok(())
}

/// A view repeats the question it answers; the answers are compared.
fn without_the_question((name, json, _): Rendered) -> Option<Rendered> {
    let mut view: serde_json::Value = serde_json::from_str(&json).ok()?;
    view.as_object_mut()?.remove("as_of");
    Some((name, view.to_string(), String::new()))
}
