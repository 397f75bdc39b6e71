//! Every view of three records, as it is read: the pages are kept beside this file, and what changes one shows there.
//!
//! `SCRIBE_REGENERATE=1 cargo test -p scribe-projections --test pages` writes them anew; read the difference before
//! you keep it. A view whose bytes change raises its `VERSION`.

/// The records that the unit tests look at too, which use more of them and of what they are written with.
#[allow(dead_code, unused_imports, clippy::unwrap_used, reason = "as in unit tests")]
#[path = "../../src/testing/mod.rs"]
mod testing;

/// What the other two records tell nothing of.
mod night;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Tier;
use scribe_projections::actions::{ActionFilter, Actions};
use scribe_projections::current::{Board, IncidentNow, ListFilter, ListState};
use scribe_projections::document::{Style, View};
use scribe_projections::holds::Holds;
use scribe_projections::postmortem::metrics::MetricDefinitions;
use scribe_projections::postmortem::{Edition, Postmortem};
use scribe_projections::question::AsOf;
use scribe_projections::roles::RoleHistory;
use scribe_projections::runner::{Projection, fold_as_of};
use scribe_projections::runs::Runs;
use scribe_projections::runs::audit::RunFilter;
use scribe_projections::status_page::StatusPages;
use scribe_projections::timeline::{Filter, Timeline};

use testing::moment;

/// In which form the pages are kept.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Text,
    Markdown,
    Html,
    Json,
}

/// The pages of a record, one below the other.
struct Pages {
    form: Form,
    written: String,
}

impl Pages {
    fn add(&mut self, name: &str, view: &impl View) {
        let style = Style { zone: chrono_tz::America::New_York, width: 100, ..Style::default() };
        let document = view.document(&style);
        let page = match self.form {
            Form::Text => document.text(&style),
            Form::Markdown => document.markdown(),
            // How it is laid out is not what it says.
            Form::Html => document.html().split_once("</head>").expect("a head").1.replace("><", ">\n<"),
            Form::Json => serde_json::to_string_pretty(view).expect("JSON"),
        };
        self.put(name, &page);
    }

    fn put(&mut self, name: &str, page: &str) {
        let _ = writeln!(self.written, "──── {name} ────\n\n{}\n", page.trim_end());
    }
}

fn folded<P: Projection>(record: &[Recorded], as_of: &AsOf) -> P {
    fold_as_of(record, as_of)
}

/// Whatever can be seen of a record at some moment.
fn pages(record: &[Recorded], as_of: &AsOf, now: DateTime<Utc>, form: Form) -> String {
    let mut pages = Pages { form, written: String::new() };
    let list = ListFilter { state: ListState::All, drills: true, ..ListFilter::default() };
    pages.add("board", &folded::<Board>(record, as_of).list(&list, now));
    pages.add("runs", &folded::<Runs>(record, as_of).audit(&RunFilter::default()));
    pages.add("actions", &folded::<Actions>(record, as_of).due(&ActionFilter::default(), now));
    pages.add("holds", &folded::<Holds>(record, as_of).check(None, true, now));
    let status = folded::<StatusPages>(record, as_of);
    for tier in Tier::ALL {
        pages.add(&format!("status page, {tier}"), &status.page(*tier, now));
    }
    let mut incidents: Vec<_> = record.iter().map(|event| event.incident.clone()).collect();
    incidents.sort();
    incidents.dedup();
    for incident in incidents {
        let events: Vec<_> = record.iter().filter(|event| event.incident == incident).cloned().collect();
        let timeline = Timeline::of(&events, as_of, &Filter::default());
        pages.add(&format!("{incident}, timeline"), &timeline);
        if form == Form::Text {
            pages.put(&format!("{incident}, timeline as CSV"), &timeline.csv());
        }
        for (name, edition) in [("postmortem", Edition::Internal), ("public postmortem", Edition::Public)] {
            let postmortem = Postmortem::of(&events, as_of, edition, &MetricDefinitions::default(), now);
            pages.add(&format!("{incident}, {name}"), &postmortem);
        }
        pages.add(&format!("{incident}, roles"), &RoleHistory::of(&events, as_of));
        if let Some(incident_now) = IncidentNow::of(&events, as_of, now) {
            pages.add(&format!("{incident}, now"), &incident_now);
        }
    }
    pages.written
}

#[track_caller]
fn as_kept(name: &str, pages: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pages").join(name);
    if std::env::var_os("SCRIBE_REGENERATE").is_some() {
        fs::write(&path, pages).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let differs = kept.lines().zip(pages.lines()).position(|(kept, page)| kept != page);
    let line = differs.unwrap_or_else(|| kept.lines().count().min(pages.lines().count()));
    let around =
        |text: &str| text.lines().skip(line.saturating_sub(3)).take(7).collect::<Vec<_>>().join("\n");
    assert!(
        kept == pages,
        "{name}, line {}, is kept as\n{}\n\nand is now\n{}\n\nSCRIBE_REGENERATE=1 writes it as it is now",
        line + 1,
        around(&kept),
        around(pages)
    );
}

#[test]
fn an_afternoon_reads_as_it_did() {
    let record = testing::afternoon::afternoon().events;
    let now = moment("2023-01-21T15:00Z");
    as_kept("afternoon.txt", &pages(&record, &AsOf::NOW, now, Form::Text));
    as_kept("afternoon.md", &pages(&record, &AsOf::NOW, now, Form::Markdown));
    let then = moment("2023-01-04T19:30Z");
    let as_of = AsOf { occurred_by: Some(then), ..AsOf::NOW };
    as_kept("afternoon-at-half-past-two.txt", &pages(&record, &as_of, then, Form::Text));
}

#[test]
fn three_incidents_read_as_they_did() {
    let record = testing::sample::record().events;
    let now = moment("2023-01-04T21:10Z");
    as_kept("incidents.txt", &pages(&record, &AsOf::NOW, now, Form::Text));
}

#[test]
fn a_night_in_public_reads_as_it_did() {
    let record = night::night().events;
    let now = moment("2023-03-04T09:00Z");
    as_kept("night.txt", &pages(&record, &AsOf::NOW, now, Form::Text));
    as_kept("night.md", &pages(&record, &AsOf::NOW, now, Form::Markdown));
    as_kept("night.html", &pages(&record, &AsOf::NOW, now, Form::Html));
    as_kept("night.json", &pages(&record, &AsOf::NOW, now, Form::Json));
    let then = moment("2023-03-02T05:00Z");
    let as_of = AsOf { recorded_by: Some(then), ..AsOf::NOW };
    as_kept("night-as-known-at-midnight.txt", &pages(&record, &as_of, then, Form::Text));
}
