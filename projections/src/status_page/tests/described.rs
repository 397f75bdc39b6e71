use scribe_domain::event::words::{ComponentRenamed, PageDescribed};

use super::*;

#[test]
fn what_is_said_of_a_page_apart_from_its_updates_leaves_its_gap_too() {
    let described = |title: &str, summary: &str| PageDescribed {
        audience: Tier::Public,
        title: Some(title.parse().unwrap()),
        summary: Some(text(summary)),
        components: Vec::new(),
    };
    let history =
        public("Imports").event(outage(Tier::Public)).event(described("Imports fail", "Some fail."));
    let history = history.event(described("ACME lost its imports", "ACME's fail."));
    let (target, by) = (history.last(), "Bob Long".parse().unwrap());
    let summary = |shown: &PageIncident| {
        shown.summary.as_ref().map(|summary| summary.text.as_ref().map(ToString::to_string))
    };
    let taken_back = open(&history.clone().event(Retracted { target, why: text("x") }), Tier::Public);
    assert_eq!(summary(&taken_back), Some(Some("Some fail.".to_owned())));
    assert_eq!(taken_back.title, "Imports fail".parse().ok());
    let erased = history.event(Redacted { target, by, why: text("a customer's name"), remains: None });
    for history in [erased.clone(), erased.event(Retracted { target, why: text("x") })] {
        let shown = open(&history, Tier::Public);
        assert_eq!((shown.title.clone(), shown.title_redacted), (None, true));
        assert_eq!(summary(&shown), Some(None));
    }
}

#[test]
fn a_component_is_one_however_it_is_written_and_keeps_its_time_when_it_is_renamed() {
    let named = |name: &str, state| {
        with(StatusUpdated { components: Vec::new(), ..told(Phase::Investigating, state) }, name, state)
    };
    let renamed = |from: &str, to: &str| ComponentRenamed {
        audience: Tier::Engineering,
        from: label(from).into(),
        to: label(to).into(),
        why: None,
    };
    let history = History::new()
        .at("2023-01-04T18:00Z")
        .event(declared("a"))
        .event(named("Search", ComponentState::MajorOutage))
        .event(named("Mail", ComponentState::Degraded))
        .at("2023-01-04T19:00Z")
        .event(named("s\u{200b}earch", ComponentState::Operational));
    let seen = page(&history, Tier::Engineering);
    let rows = |seen: &StatusPage| -> Vec<(String, i64)> {
        seen.components.iter().map(|c| (c.component.to_string(), c.major_outage_seconds)).collect()
    };
    assert_eq!(rows(&seen), [("Mail".into(), 0), ("Search".into(), 3_600)]);
    // Told in another incident, and to a name that another component has.
    let history = history
        .incident(MAIL)
        .event(declared("b"))
        .event(renamed("SEARCH", "Finding"))
        .event(renamed("Mail", "finding"));
    let seen = page(&history, Tier::Engineering);
    assert_eq!(rows(&seen), [("Finding".into(), 3_600)]);
    assert_eq!(seen.components[0].state, ComponentState::Degraded);
}
