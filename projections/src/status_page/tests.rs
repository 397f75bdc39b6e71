use chrono::TimeDelta;
use scribe_domain::event::life::{Cancelled, Closed, Downgraded, MergedInto, Reopened, Resolved};
use scribe_domain::event::people::RoleAssigned;
use scribe_domain::event::record::{Corrected, Redacted, Retracted};
use scribe_domain::event::words::StatusUpdated;
use scribe_domain::values::{ComponentState, Phase, Role, Tier};

use super::incident::{PageEnding, PageIncident};
use super::{StatusPage, StatusPages};
use crate::amended::AmendmentKind;
use crate::document::{Style, View};
use crate::question::AsOf;
use crate::runner::{fold, fold_as_of};
use crate::testing::sample::{DRILL, IMPORTS, MAIL, record, update, upgraded, with};
use crate::testing::{History, declared, incident, label, moment, person, text, when};

/// What a page says apart from its updates.
mod described;

const LATER: &str = "2023-01-04T21:00Z";

fn page(history: &History, tier: Tier) -> StatusPage {
    fold::<StatusPages>(&history.events).page(tier, moment(LATER))
}

fn names(incidents: &[PageIncident]) -> Vec<&str> {
    incidents.iter().map(|shown| shown.incident.as_str()).collect()
}

/// The incident as the page shows it while it goes on.
fn open(history: &History, tier: Tier) -> PageIncident {
    page(history, tier).open.into_iter().next().expect("an open incident")
}

fn told(phase: Phase, state: ComponentState) -> StatusUpdated {
    with(update(Tier::Engineering, phase, "words"), "imports", state)
}

fn retracted(history: History) -> History {
    let target = history.last();
    history.at("2023-01-04T20:50Z").event(Retracted { target, why: text("posted by mistake") })
}

#[test]
fn an_incident_stands_on_a_page_from_when_its_audience_is_told() {
    let record = record();
    let engineering = page(&record, Tier::Engineering);
    assert_eq!(names(&engineering.open), [DRILL, IMPORTS]);
    assert_eq!(names(&engineering.past), [MAIL]);
    assert_eq!(engineering.open[1].since, when("2023-01-04T18:05Z"));
    let internal = page(&record, Tier::Internal);
    assert_eq!(names(&internal.open), [IMPORTS], "the drill was never posted there");
    assert_eq!(internal.open[0].since, when("2023-01-04T19:06Z"));
    let public = page(&record, Tier::Public);
    assert!(public.open.is_empty() && public.past.is_empty() && public.components.is_empty());
}

#[test]
fn before_anything_is_posted_nothing_stands_there() {
    let events = record().events;
    for as_of in [
        AsOf { recorded_by: Some(moment("2023-01-04T18:50Z")), occurred_by: None },
        AsOf { recorded_by: None, occurred_by: Some(moment("2023-01-04T18:50Z")) },
    ] {
        let then =
            fold_as_of::<StatusPages>(&events, &as_of).page(Tier::Internal, moment("2023-01-04T18:50Z"));
        assert!(then.open.is_empty(), "{then:?}");
        let engineering =
            fold_as_of::<StatusPages>(&events, &as_of).page(Tier::Engineering, moment("2023-01-04T18:50Z"));
        assert_eq!(
            (engineering.open[0].status, engineering.open[0].updates.len()),
            (Phase::Investigating, 0)
        );
    }
    let before = AsOf { recorded_by: None, occurred_by: Some(moment("2023-01-04T18:45Z")) };
    let pages = fold_as_of::<StatusPages>(&events, &before);
    assert!(pages.page(Tier::Internal, moment("2023-01-04T18:45Z")).open.is_empty());
}

#[test]
fn only_what_was_posted_to_that_audience_is_shown_and_exactly() {
    let shown = open(&record(), Tier::Internal);
    let published: Vec<_> = shown.updates.iter().map(|update| update.published).collect();
    assert_eq!(published, [when("2023-01-04T20:12Z"), when("2023-01-04T19:06Z")]);
    assert_eq!(shown.updates[0].text, Some(text("The cause is known, and a fix is being worked on.")));
    assert_eq!(shown.status, Phase::Identified);
    let engineering = page(&record(), Tier::Engineering);
    assert!(engineering.open[1].updates.is_empty());
}

#[test]
fn what_was_edited_taken_back_or_redacted_is_marked_and_the_first_words_stay() {
    let history = History::declared("a").event(update(Tier::Engineering, Phase::Identified, "Al is wel."));
    let target = history.last();
    let fields = [("text".to_owned(), serde_json::json!("All is well."))].into();
    let occurred = Some(when("2023-01-04T18:01Z"));
    let history = history.at("2023-01-04T19:00Z");
    let history = history.event(Corrected { target, occurred, fields, why: text("a slip") });
    let history = history.event(update(Tier::Engineering, Phase::Resolved, "Over."));
    let history = retracted(history);
    let shown = open(&history, Tier::Engineering);
    assert_eq!(shown.status, Phase::Identified, "what was taken back doesn't count");
    let [over, well] = shown.updates.as_slice() else { panic!("two updates: {shown:?}") };
    assert_eq!((over.edits[0].kind, &over.text), (AmendmentKind::Retracted, &Some(text("Over."))));
    assert_eq!(
        (well.edits[0].kind, well.edits[0].at),
        (AmendmentKind::Corrected, moment("2023-01-04T19:00Z"))
    );
    assert_eq!((&well.text, well.published), (&Some(text("All is well.")), when("2023-01-04T18:01Z")));
    let first = well.first.as_ref().expect("what it said first");
    assert_eq!((&first.text, first.published), (&text("Al is wel."), when("2023-01-04T18:05Z")));

    let by = "Bob Long".parse().unwrap();
    let redacted = history.event(Redacted { target, by, why: text("a customer's name"), remains: None });
    let well = &open(&redacted, Tier::Engineering).updates[1];
    assert_eq!((&well.text, &well.first), (&None, &None));
}

#[test]
fn an_update_recorded_long_after_it_was_published_says_so() {
    let posted = || update(Tier::Engineering, Phase::Investigating, "Looking into it.");
    let at_once = History::declared("a").at("2023-01-04T18:10Z").told("2023-01-04T18:12Z").event(posted());
    assert!(!open(&at_once, Tier::Engineering).updates[0].recorded_late);
    let late = |recorded: &str| {
        let history = History::declared("a").at("2023-01-04T18:10Z").told(recorded).event(posted());
        open(&history, Tier::Engineering).updates[0].recorded_late
    };
    assert!(!late("2023-01-04T18:09Z"), "announced beforehand");
    assert!(!late("2023-01-04T18:15:00Z"));
    assert!(late("2023-01-04T18:15:01Z"));
}

#[test]
fn a_lower_tier_takes_it_off_the_page_but_not_out_of_its_history() {
    let mut public = declared("a");
    public.tier = Tier::Public;
    let outage = update(Tier::Public, Phase::Investigating, "Imports are down.");
    let history = History::new()
        .at("2023-01-04T18:00Z")
        .event(public)
        .event(with(outage, "imports", ComponentState::MajorOutage))
        .at("2023-01-04T19:00Z")
        .event(Downgraded { from: Tier::Public, to: Tier::Internal, why: None });
    let seen = page(&history, Tier::Public);
    assert!(seen.open.is_empty() && seen.past.is_empty());
    assert_eq!(seen.components[0].state, ComponentState::Operational);
    assert_eq!(seen.components[0].major_outage_seconds, 3_600);
    let read = seen.document(&Style::default()).text(&Style::default());
    assert!(!read.contains("Imports are down."), "{read}");
    let again = history.at("2023-01-04T20:00Z").event(upgraded(Tier::Internal, Tier::Public));
    assert_eq!(open(&again, Tier::Public).updates.len(), 1);
}

#[test]
fn a_drill_is_marked_and_never_changes_how_a_component_fares() {
    let mut drill = declared("Fire drill");
    (drill.drill, drill.tier) = (true, Tier::Public);
    let history = History::new().event(drill);
    assert!(open(&history, Tier::Engineering).drill);
    assert!(page(&history, Tier::Public).open.is_empty());
    let posted =
        with(update(Tier::Public, Phase::Investigating, "A drill."), "imports", ComponentState::MajorOutage);
    let history = history.at("2023-01-04T19:00Z").event(posted);
    let public = page(&history, Tier::Public);
    assert!(public.open[0].drill && public.components.is_empty());
    assert_eq!(public.open[0].since, when("2023-01-04T19:00Z"));
    assert_eq!(public.overall, ComponentState::Operational);
    let read = public.document(&Style::default()).text(&Style::default());
    assert!(read.contains("All is well; a drill is going on."), "{read}");
}

#[test]
fn it_is_over_when_the_record_says_so_or_the_audience_was_told() {
    let ending = |history: &History| {
        page(history, Tier::Engineering).past[0].end.as_ref().map(|end| (end.how, end.at)).expect("an end")
    };
    let resolved = Resolved { summary: None };
    let over = History::declared("a").at("2023-01-04T19:00Z").event(resolved.clone());
    let over = over.at("2023-01-04T20:00Z").event(Closed { summary: None });
    assert_eq!(ending(&over), (PageEnding::Resolved, when("2023-01-04T19:00Z")));
    let told_first = History::declared("a")
        .at("2023-01-04T18:30Z")
        .event(told(Phase::Resolved, ComponentState::Operational))
        .at("2023-01-04T19:00Z")
        .event(resolved);
    assert_eq!(ending(&told_first), (PageEnding::Told, when("2023-01-04T18:30Z")));
    let reopened = told_first.at("2023-01-04T19:10Z").event(Reopened { why: text("it came back") });
    assert_eq!(open(&reopened, Tier::Engineering).end, None);
    let cancelled = History::declared("a").event(Cancelled { why: text("a test alert") });
    assert_eq!(ending(&cancelled).0, PageEnding::Cancelled);
}

#[test]
fn the_worst_open_incident_decides_how_a_component_fares() {
    let history = History::declared("a")
        .event(told(Phase::Investigating, ComponentState::Degraded))
        .incident(MAIL)
        .event(declared("b"))
        .event(told(Phase::Investigating, ComponentState::MajorOutage));
    assert_eq!(page(&history, Tier::Engineering).overall, ComponentState::MajorOutage);
    let history = history.event(Resolved { summary: None });
    let seen = page(&history, Tier::Engineering);
    assert_eq!(
        (seen.overall, seen.components[0].state),
        (ComponentState::Degraded, ComponentState::Degraded)
    );
}

#[test]
fn uptime_counts_each_second_once_at_its_worst() {
    let history = History::new()
        .at("2023-01-04T18:00Z")
        .event(declared("a"))
        .event(told(Phase::Investigating, ComponentState::PartialOutage))
        .incident(MAIL)
        .event(declared("b"))
        .at("2023-01-04T18:30Z")
        .event(told(Phase::Investigating, ComponentState::MajorOutage))
        .at("2023-01-04T19:00Z")
        .event(Resolved { summary: None })
        .incident(IMPORTS)
        .at("2023-01-04T19:30Z")
        .event(told(Phase::Monitoring, ComponentState::Degraded))
        .at("2023-01-04T20:00Z")
        .event(Resolved { summary: None });
    let pages: StatusPages = fold(&history.events);
    let day = pages.page_within(Tier::Engineering, moment("2023-01-05T00:00Z"), 1);
    let imports = &day.components[0];
    assert_eq!(
        (imports.partial_outage_seconds, imports.major_outage_seconds, imports.degraded_seconds),
        (3_600, 1_800, 1_800)
    );
    // (86,400 - 1,800 - 0.3 × 3,600) / 86,400
    assert!((imports.uptime_percent - 96.6666).abs() < 1e-9, "{}", imports.uptime_percent);
    let next = pages.page_within(Tier::Engineering, moment("2023-01-05T18:45Z"), 1);
    assert_eq!(next.components[0].major_outage_seconds, 900, "only what lies in the days looked back on");
}

/// An end may be told for a moment to come, and a clock may be ahead.
#[test]
fn uptime_counts_no_time_that_is_still_to_come() {
    let history = History::new()
        .at("2023-01-04T18:00Z")
        .event(declared("a"))
        .event(told(Phase::Investigating, ComponentState::MajorOutage))
        .at("2023-01-04T20:00Z")
        .event(Resolved { summary: None });
    let pages: StatusPages = fold(&history.events);
    let down = |asked_at: &str| {
        let component = pages.page_within(Tier::Engineering, moment(asked_at), 1).components.remove(0);
        (component.major_outage_seconds, component.uptime_percent)
    };
    assert_eq!(down("2023-01-04T18:00Z"), (0, 100.0));
    assert_eq!(down("2023-01-04T19:00Z"), (3_600, 95.8333));
    assert_eq!(down("2023-01-04T20:00Z"), (7_200, 91.6666));
    assert_eq!(down("2023-01-04T21:00Z"), (7_200, 91.6666));
}

#[test]
fn an_update_told_to_the_minute_counts_from_the_upgrade_within_that_minute() {
    let posted =
        with(update(Tier::Internal, Phase::Investigating, "Down."), "mail", ComponentState::MajorOutage);
    let history = History::declared("a")
        .at("2023-01-04T18:46:30Z")
        .event(upgraded(Tier::Engineering, Tier::Internal))
        .at("2023-01-04T18:46Z")
        .event(posted);
    assert_eq!(page(&history, Tier::Internal).overall, ComponentState::MajorOutage);
}

fn public(name: &str) -> History {
    let mut declaration = declared(name);
    declaration.tier = Tier::Public;
    History::new().event(declaration)
}

fn outage(tier: Tier) -> StatusUpdated {
    with(update(tier, Phase::Investigating, "Down."), "imports", ComponentState::MajorOutage)
}

#[test]
fn an_audience_reads_only_a_title_that_was_given_to_it() {
    let titled =
        |tier: Tier, title: &str| StatusUpdated { title: Some(title.parse().unwrap()), ..outage(tier) };
    let history =
        History::declared("Dave dropped the table").event(upgraded(Tier::Engineering, Tier::Public));
    let raised = history.clone().event(outage(Tier::Public));
    assert_eq!(open(&raised, Tier::Public).title, None);
    let read = page(&raised, Tier::Public).document(&Style::default()).text(&Style::default());
    assert!(!read.contains("Dave") && read.contains("Incident of 2023-01-04"), "{read}");
    let json = serde_json::to_string(&page(&raised, Tier::Public)).unwrap();
    assert!(!json.contains(IMPORTS), "its id is made of the title: {json}");
    let named =
        raised.event(titled(Tier::Public, "Imports fail")).event(titled(Tier::Internal, "List imports"));
    assert_eq!(open(&named, Tier::Public).title, "Imports fail".parse().ok());
    assert_eq!(open(&named, Tier::Internal).title, "List imports".parse().ok());
    assert_eq!(open(&named, Tier::Engineering).title, "Dave dropped the table".parse().ok());
    // What was declared for the public was written for it.
    assert_eq!(
        open(&public("Imports").event(outage(Tier::Public)), Tier::Public).title,
        "Imports".parse().ok()
    );
    // An erased title is a gap, and not the one before it.
    let renamed = named.event(titled(Tier::Public, "ACME lost its imports"));
    let (target, by) = (renamed.last(), "Bob Long".parse().unwrap());
    let erased = renamed.event(Redacted { target, by, why: text("a customer's name"), remains: None });
    let shown = open(&erased, Tier::Public);
    assert_eq!((shown.title, shown.title_redacted), (None, true));
    // Nor when it is taken back besides.
    let shown = open(&erased.event(Retracted { target, why: text("another customer") }), Tier::Public);
    assert_eq!((shown.title, shown.title_redacted), (None, true));
}

#[test]
fn an_end_at_an_unknown_time_is_an_end_and_counts_for_nothing() {
    let history = public("Imports").event(outage(Tier::Public)).event(RoleAssigned {
        role: Role::IncidentCommander,
        to: person("Bob Long"),
        why: None,
    });
    let over = history.at("unknown").told("2024-01-01T00:00Z").event(Resolved { summary: None });
    let seen = fold::<StatusPages>(&over.events).page(Tier::Public, moment("2023-01-05T00:00Z"));
    assert_eq!(names(&seen.past), [IMPORTS]);
    assert_eq!(seen.past[0].end.as_ref().map(|end| end.at), Some(when("unknown")));
    let component = &seen.components[0];
    assert_eq!((component.state, component.major_outage_seconds), (ComponentState::Operational, 0));
    let read = seen.document(&Style::default()).text(&Style::default());
    assert!(read.contains("resolved, when is not known") && read.contains("100.0000 %"), "{read}");
}

#[test]
fn a_page_follows_whoever_may_speak_to_its_audience() {
    let history = public("Imports").event(outage(Tier::Public));
    let resolved = Resolved { summary: None };
    let by_anybody = history.clone().event(resolved.clone());
    assert_eq!(open(&by_anybody, Tier::Public).status, Phase::Investigating);
    assert!(page(&by_anybody, Tier::Engineering).open.is_empty());
    let taken = RoleAssigned { role: Role::IncidentCommander, to: person("Bob Long"), why: None };
    let by_the_commander = history.event(taken).event(resolved);
    assert_eq!(names(&page(&by_the_commander, Tier::Public).past), [IMPORTS]);
    // And nobody else opens it again there.
    let reopened = by_the_commander.by("Ada King").event(Reopened { why: text("still slow") });
    assert_eq!(names(&page(&reopened, Tier::Public).past), [IMPORTS]);
}

#[test]
fn what_became_part_of_another_stays_until_its_audience_is_told_an_end() {
    let other = "20230104-mail";
    let merged = public("Imports")
        .event(outage(Tier::Public))
        .event(MergedInto { into: other.parse().unwrap(), why: None });
    let history = merged.incident(other).event(declared("Mail"));
    let seen = page(&history, Tier::Public);
    assert_eq!((names(&seen.open), seen.overall), (vec![IMPORTS], ComponentState::MajorOutage));
    assert_eq!(
        seen.open[0].part_of,
        Some(incident(other).without_words()),
        "nobody told the public its title"
    );
    // The end of the other one is not its, unless this audience was told of that one too.
    let over = history.clone().event(Resolved { summary: None });
    assert_eq!(page(&over, Tier::Public).overall, ComponentState::MajorOutage);
    let told = history
        .event(upgraded(Tier::Engineering, Tier::Public))
        .event(update(Tier::Public, Phase::Investigating, "Mail is slow."))
        .at("2023-01-04T20:00Z")
        .event(update(Tier::Public, Phase::Resolved, "All is well."));
    let seen = page(&told, Tier::Public);
    assert_eq!((seen.open.len(), seen.overall), (0, ComponentState::Operational));
    assert_eq!(seen.past[0].end.as_ref().map(|end| end.at), Some(when("2023-01-04T20:00Z")));
}

#[test]
fn a_claimed_future_does_not_outlast_what_is_told_next() {
    let early = update(Tier::Public, Phase::Resolved, "All is well.");
    let history =
        public("Imports").event(outage(Tier::Public)).at("2023-01-09T12:00Z").told("2023-01-04T19:00Z");
    let history = history.event(early).at("2023-01-04T19:30Z").event(outage(Tier::Public));
    assert_eq!(page(&history, Tier::Public).overall, ComponentState::MajorOutage);
}

#[test]
fn past_incidents_leave_the_page_after_some_days() {
    let history = History::declared("a").event(Resolved { summary: None });
    let pages: StatusPages = fold(&history.events);
    let after = |days| pages.page(Tier::Engineering, moment("2023-01-04T18:05Z") + TimeDelta::days(days));
    assert_eq!(after(90).past.len(), 1);
    assert_eq!(after(91).past.len(), 0);
}

#[test]
fn it_reads_well() {
    let style = Style { zone: chrono_tz::America::New_York, ..Style::default() };
    let page = page(&record(), Tier::Internal);
    assert_eq!(
        page.document(&style).text(&style),
        "\
Internal status page
════════════════════
Some components are degraded.

As of 2023-01-04 16:00; times in America/New_York.

Components
──────────
Component     State                 Uptime, 90 days
list imports  degraded performance  99.9847 %
mail          operational           100.0000 %

Going on
────────
Incident of 2023-01-04
identified, on this page since 2023-01-04 14:06
list imports: degraded performance

identified 2023-01-04 15:12
list imports: degraded performance
│ The cause is known, and a fix is being worked on.

investigating 2023-01-04 14:06
list imports: partial outage
│ Since about 12:40, list imports and opt-in mails are delayed for a few
│ customers. We are investigating.

Past incidents
──────────────
Mail delays
resolved 2023-01-03 04:30, on this page since 2023-01-03 04:10

resolved 2023-01-03 04:30
mail: operational
│ Mails are on time again.

investigating 2023-01-03 04:10
mail: degraded performance
│ Some mails are late. We are looking into it.

How uptime is counted
─────────────────────
From what this audience was told: 100 % less the time of major outage and 0.3
times that of partial outage. A component fares as the last update that named it
said, until its incident is over or off this page; of several incidents the
worst counts. Time of which nothing was told counts as operational, and so does
a time whose beginning or end nobody knows.
"
    );
}

#[test]
fn what_it_is_part_of_has_no_name_that_its_audience_never_read() {
    let history =
        public("Imports").event(outage(Tier::Public)).event(MergedInto { into: incident(MAIL), why: None });
    let mut other = declared("Mail of a customer");
    other.tier = Tier::Public;
    let history = history.incident(MAIL).event(other);
    assert_ne!(open(&history, Tier::Public).part_of, Some(incident(MAIL)));
    let told = history.event(outage(Tier::Public));
    let merged = |page: StatusPage| page.open.into_iter().find_map(|shown| shown.part_of);
    assert_eq!(merged(page(&told, Tier::Public)), Some(incident(MAIL)));
}

#[test]
fn what_goes_on_again_is_not_called_resolved() {
    let history = History::declared("a")
        .event(told(Phase::Resolved, ComponentState::Operational))
        .event(Resolved { summary: None })
        .at("2023-01-04T20:00Z")
        .event(Reopened { why: text("it came back") });
    assert_eq!(open(&history, Tier::Engineering).status, Phase::Investigating);
}
