//! Views of one incident: how they render, what hostile words do to them.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use scribe_domain::event::record::{Corrected, Retracted};
use scribe_domain::event::words::Noted;
use scribe_domain::ids::EventId;
use scribe_domain::recorded::Recorded;
use scribe_domain::testing::generated::hostile_history;
use unicode_width::UnicodeWidthStr;

use crate::document::{Document, Style, View};
use crate::postmortem::metrics::MetricDefinitions;
use crate::postmortem::{Edition, Postmortem};
use crate::question::AsOf;
use crate::roles::RoleHistory;
use crate::testing::{History, moment, text, when};
use crate::timeline::{Filter, Timeline};

fn asked_at() -> DateTime<Utc> {
    moment("2023-02-01T00:00Z")
}

/// Every view of one incident, as the bytes of its JSON and as a document. The moment asked about itself is
/// left out of the comparison.
fn views(history: &[Recorded], as_of: &AsOf, style: &Style) -> Vec<(String, Document)> {
    let mut timeline = Timeline::of(history, as_of, &Filter { ids: true, ..Filter::default() });
    let mut roles = RoleHistory::of(history, as_of);
    (timeline.as_of, roles.as_of) = (AsOf::NOW, AsOf::NOW);
    let editions = [Edition::Internal, Edition::Public].map(|edition| {
        let mut postmortem =
            Postmortem::of(history, as_of, edition, &MetricDefinitions::default(), asked_at());
        match &mut postmortem {
            Postmortem::Internal(edition) => edition.as_of = AsOf::NOW,
            Postmortem::Public(edition) => edition.as_of = AsOf::NOW,
        }
        seen(&postmortem, style)
    });
    [seen(&timeline, style), seen(&roles, style)].into_iter().chain(editions).collect()
}

fn seen(view: &impl View, style: &Style) -> (String, Document) {
    (serde_json::to_string(view).expect("a view serialises"), view.document(style))
}

fn end(history: &[Recorded]) -> Option<DateTime<Utc>> {
    history.last().map(|last| last.recorded_at)
}

/// A correction and a retraction of some event, recorded an hour after the end.
fn amended(history: Vec<Recorded>, target: EventId) -> Vec<Recorded> {
    let after = when("2023-01-30T12:00Z").at().expect("a known time").to_rfc3339();
    History::after(history)
        .at("2023-01-04T18:00Z")
        .told(&after)
        .event(Corrected {
            target,
            occurred: Some(when("2023-01-04T17:00Z")),
            fields: [("text".to_owned(), "another text".into())].into(),
            why: text("it was wrong"),
        })
        .event(Retracted { target, why: text("it was wrong altogether") })
        .event(Noted { text: text("an afterthought") })
        .events
}

/// Reads RFC 4180.
fn records(table: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = table.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.next_if_eq(&'\n').is_some() => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            c => cell.push(c),
        }
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_in_any_order_render_in_every_form(
        history in hostile_history(30),
        width in 0..130_usize,
        colour: bool,
    ) {
        let style = Style { zone: chrono_tz::America::New_York, width, colour };
        for (_, document) in views(&history, &AsOf::NOW, &style) {
            let page = document.text(&style);
            for line in page.lines() {
                prop_assert_eq!(line, line.trim_end());
                prop_assert!(colour || line.width() <= width.max(24), "{} columns: {line:?}", line.width());
            }
            let escapes = page.contains('\u{1b}');
            prop_assert!(colour || !escapes);
        }
    }

    #[test]
    fn hostile_words_break_out_of_nothing(history in hostile_history(30)) {
        let style = Style::default();
        for (_, document) in views(&history, &AsOf::NOW, &style) {
            let (page, markdown) = (document.html(), document.markdown());
            prop_assert!(!page.contains("<script"), "{page}");
            prop_assert!(!markdown.contains("<script"), "{markdown}");
            prop_assert!(!page.contains(" onmouseover=\""), "{page}");
            prop_assert!(!page.to_lowercase().contains("href=\"javascript"), "{page}");
            prop_assert!(!markdown.contains("(<javascript"), "{markdown}");
            let headings = markdown.lines().filter(|line| line.starts_with("# ")).count();
            prop_assert_eq!(headings, 1, "{}", markdown);
            for cited in page.split("href=\"#e-").skip(1) {
                let anchor = cited.split('"').next().unwrap_or_default();
                let told = page.matches(&format!("id=\"e-{anchor}\"")).count();
                prop_assert_eq!(told, 1, "{} is told {} times", anchor, told);
            }
        }
    }

    #[test]
    fn a_table_has_one_record_an_entry_and_no_formulas(history in hostile_history(30)) {
        let records = records(&Timeline::of(&history, &AsOf::NOW, &Filter::default()).csv());
        prop_assert_eq!(records.len(), history.len() + 1);
        for record in &records {
            prop_assert_eq!(record.len(), 13, "{:?}", record);
            prop_assert!(!record.iter().any(|cell| cell.trim_start().starts_with(['=', '+', '-', '@'])));
        }
    }

    #[test]
    fn as_of_the_end_equals_now(history in hostile_history(30)) {
        let style = Style::default();
        let now = views(&history, &AsOf::NOW, &style);
        let as_of = AsOf { recorded_by: end(&history), occurred_by: None };
        prop_assert_eq!(&views(&history, &as_of, &style), &now);
        let as_of = AsOf { recorded_by: None, occurred_by: Some(moment("2199-01-01T00:00Z")) };
        prop_assert_eq!(&views(&history, &as_of, &style), &now);
    }

    #[test]
    fn corrections_never_alter_what_as_of_before_them_shows(
        history in hostile_history(30),
        target in 0..40_usize,
    ) {
        prop_assume!(!history.is_empty());
        let style = Style::default();
        let target = history.get(target).map_or(EventId(uuid::Uuid::nil()), Recorded::event_id);
        let as_of = AsOf { recorded_by: Some(moment("2023-01-29T00:00Z")), occurred_by: None };
        let before = views(&history, &as_of, &style);
        let after = views(&amended(history, target), &as_of, &style);
        prop_assert_eq!(before, after);
    }

    #[test]
    fn every_event_is_an_entry_of_the_timeline(history in hostile_history(30)) {
        let timeline = Timeline::of(&history, &AsOf::NOW, &Filter::default());
        prop_assert_eq!(timeline.entries.len(), history.len());
        let times: Vec<_> = timeline.entries.iter().filter_map(|entry| entry.occurred.at()).collect();
        prop_assert!(times.is_sorted());
    }
}
