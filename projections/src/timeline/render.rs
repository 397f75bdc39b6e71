//! A timeline as a document.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, SubsecRound as _, TimeDelta, Utc};
use scribe_domain::clocks::Proven;
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::EventId;
use scribe_domain::when::When;
use serde_json::Value;

use super::{EntryStanding, Timeline, TimelineEntry};
use crate::amended::{Amendment, AmendmentKind, Was};
use crate::document::time::{Clock, day_of, duration, moment, spoken_day, time_of, zone_note};
use crate::document::{Block, Document, Span, Style, Tone, View, dim, plain, unformed};
use crate::sentence::{name, spoken};

impl View for Timeline {
    fn document(&self, style: &Style) -> Document {
        let mut about = format!("Timeline, {}", zone_note(style));
        if let Some(as_of) = self.as_of.spoken(style) {
            about.push_str(", ");
            about.push_str(&as_of);
        }
        let mut facts = Vec::new();
        if let Some(incident) = &self.name.incident {
            facts.push(Span::Code(incident.to_string()));
            facts.push(plain("\n"));
        }
        facts.push(dim(about));
        if self.name.drill {
            facts.extend([dim(", "), Span::Tone(Tone::Warning, "a drill".to_owned())]);
        }
        if self.left_out > 0 {
            let all = self.entries.len() + self.left_out;
            facts.push(dim(format!(", {} of {all} entries", self.entries.len())));
        }
        let mut blocks = vec![Block::Paragraph(facts)];
        if self.entries.is_empty() {
            let nothing =
                if self.left_out > 0 { "No entry fits the filter." } else { "Nothing is recorded." };
            blocks.push(Block::Paragraph(vec![plain(nothing)]));
        }
        blocks.extend(tables(&self.entries, style, 2, if self.ids { Ids::Whole } else { Ids::Cited }));
        Document { title: self.name.title.clone(), blocks }
    }
}

/// Which entries show their event's id. On a page, each can be cited either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    /// Those that another entry cites.
    Cited,
    /// All, as citations have it.
    Short,
    /// All, in full, as commands take it.
    Whole,
}

/// The entries as one table a day, under headings of this level; before them, when it was all recorded, if
/// that was afterwards.
pub(crate) fn tables(entries: &[TimelineEntry], style: &Style, level: u8, ids: Ids) -> Vec<Block> {
    let afterwards = recorded_afterwards(entries);
    let cited: BTreeSet<EventId> = entries.iter().flat_map(TimelineEntry::cites).collect();
    let mut days: Vec<Day> = Vec::new();
    for entry in entries {
        let day = day_of(entry.occurred, style).or(days.last().and_then(|(day, _)| *day));
        if days.last().is_none_or(|(last, _)| *last != day) {
            days.push((day, Vec::new()));
        }
        let shown = if ids == Ids::Cited && cited.contains(&entry.id) { Ids::Short } else { ids };
        let row = entry.row(style, shown, afterwards.is_none());
        if let Some((_, rows)) = days.last_mut() {
            rows.push(row);
        }
    }
    let mut blocks = Vec::new();
    if let Some((first, last)) = afterwards {
        let (first, last) = (moment(first, style), moment(last, style));
        let when = if first == last { format!("on {first}") } else { format!("from {first} to {last}") };
        blocks.push(Block::Paragraph(vec![dim(format!("Recorded afterwards, {when}."))]));
    }
    for (day, rows) in days {
        let heading = day.map_or_else(|| "Day unknown".to_owned(), spoken_day);
        blocks.push(Block::Heading(level, vec![plain(heading)]));
        blocks.push(Block::Table { header: ["Time", "Who", "What"].map(String::from).to_vec(), rows });
    }
    blocks
}

/// A day and its table's rows.
type Day = (Option<NaiveDate>, Vec<Vec<Vec<Span>>>);

/// Where most of the record was told a day or more afterwards, saying so at each entry would drown the
/// entries that were told late while it happened.
fn recorded_afterwards(entries: &[TimelineEntry]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let afterwards = entries
        .iter()
        .filter(|entry| entry.late_seconds.is_some_and(|late| late >= TimeDelta::days(1).num_seconds()));
    if afterwards.count() * 2 <= entries.len() {
        return None;
    }
    let first = entries.iter().map(|entry| entry.recorded_at).min()?;
    let last = entries.iter().map(|entry| entry.recorded_at).max()?;
    Some((first, last))
}

impl TimelineEntry {
    fn row(&self, style: &Style, id: Ids, lateness: bool) -> Vec<Vec<Span>> {
        let clock = Clock::on_the_day_of(Some(self.occurred), style);
        let mut when = vec![Span::Anchor(self.id)];
        when.push(match self.occurred {
            When::Unknown => dim(time_of(self.occurred, style)),
            When::At(..) => plain(time_of(self.occurred, style)),
        });
        let mut what = match self.standing {
            EntryStanding::Told | EntryStanding::Corrected => self.said.clone(),
            EntryStanding::Retracted => vec![
                Span::Tone(Tone::Warning, "retracted:".to_owned()),
                plain(" "),
                Span::Struck(unformed(&self.said)),
            ],
            EntryStanding::Erased => vec![
                Span::Tone(Tone::Warning, "erased".to_owned()),
                dim(format!(" ({})", spoken(&self.kind))),
            ],
        };
        if self.standing != EntryStanding::Erased
            && let Some(check_back) = check_back(&self.event)
        {
            what.push(plain(format!("; check back at {}", clock.tell(check_back))));
        }
        if let Some(teller) = &self.told_by {
            what.push(dim(format!(" (told by {})", name(teller))));
        }
        if let Some(late) = self.late_seconds.filter(|_| lateness) {
            what.push(dim(format!(" (told {} later)", duration(TimeDelta::seconds(late)))));
        }
        what.extend(self.doubt(clock));
        match id {
            Ids::Cited => {}
            Ids::Short => what.extend([plain(" "), Span::Cite(self.id)]),
            Ids::Whole => what.extend([plain("\n"), dim(self.id)]),
        }
        for amendment in &self.amendments {
            what.push(plain("\n"));
            what.extend(Self::amended(amendment, clock));
        }
        vec![when, vec![plain(name(&self.who))], what]
    }

    /// What is to be said of when it was recorded, if not all clocks agree about that.
    fn doubt(&self, clock: Clock<'_>) -> Option<Span> {
        if self.disputed {
            return Some(dim(" (recorded time disputed)"));
        }
        let Proven { not_before, not_after, .. } = self.proven.as_ref()?;
        let tell = |at: DateTime<Utc>| clock.tell(When::second(at.trunc_subsecs(0)));
        let until = tell(*not_after);
        let bounds = match not_before {
            Some(from) => format!("between {} and {until}", tell(*from)),
            None => format!("by {until}"),
        };
        Some(dim(format!(" (recorded {bounds}: its clock was wrong)")))
    }

    /// `corrected 14:50 by Bob Long: read the log again; the time was 13:24`.
    fn amended(amendment: &Amendment, clock: Clock<'_>) -> Vec<Span> {
        let did = match amendment.kind {
            AmendmentKind::Corrected => "corrected",
            AmendmentKind::Retracted => "retracted",
            AmendmentKind::Redacted => "erased",
        };
        let at = clock.tell_moment(amendment.recorded_at);
        let mut spans = vec![dim(format!("↳ {did} {at} by {}: {}", name(&amendment.who), amendment.why))];
        for was in was(&amendment.was, |when| clock.tell(when)) {
            spans.push(dim(format!("; {was}")));
        }
        spans
    }

    fn cites(&self) -> Vec<EventId> {
        use IncidentEvent as E;
        match &self.event {
            _ if self.standing == EntryStanding::Erased => Vec::new(),
            E::Corrected(e) => vec![e.target],
            E::Retracted(e) => vec![e.target],
            E::Redacted(e) => vec![e.target],
            E::RoleHolderCorrected(e) => vec![e.target],
            E::RiskNamed(e) => e.cites.clone(),
            E::CauseNamed(e) => e.cites.clone(),
            E::ReviewSectionWritten(e) => e.cites.clone(),
            _ => Vec::new(),
        }
    }
}

/// What stood before a correction, each as the end of a sentence.
pub(super) fn was(was: &Was, tell: impl Fn(When) -> String) -> Vec<String> {
    let time = was.occurred.map(|when| match when {
        When::Unknown => "the time was unknown".to_owned(),
        When::At(..) => format!("the time was {}", tell(when)),
    });
    let fields = was.fields.iter().map(|(field, value)| {
        let field = spoken(field);
        match value {
            Value::Null => format!("{field} was not told"),
            Value::String(text) => format!("{field} was “{text}”"),
            other => format!("{field} was {other}"),
        }
    });
    time.into_iter().chain(fields).collect()
}

fn check_back(event: &IncidentEvent) -> Option<When> {
    match event {
        IncidentEvent::ActionAssigned(e) => e.check_back,
        IncidentEvent::ActionCheckedIn(e) => e.check_back,
        _ => None,
    }
}
