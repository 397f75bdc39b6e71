//! The parts of the internal edition that are made of many fields, one by one.

use chrono::TimeDelta;
use scribe_domain::actor::Who;
use scribe_domain::event::runs::Standing;
use scribe_domain::names::{Name, distinct};
use scribe_domain::when::When;

use super::account::long;
use super::metrics::{MetricDefinition, PointName};
use super::open_ends::{GapLine, WorkaroundLine};
use super::parts::{Answer, FollowUpLine, ImpactLine, Update};
use super::points::{Metric, Point};
use crate::document::time::{Clock, duration};
use crate::document::{self, Block, Span, Tone, code, dim, plain, strong};
use crate::runner::attribution::Attribution;
use crate::runner::spoken::{REDACTED, join, or_redacted};
use crate::runs::audit::RunView;
use crate::sentence::{cites, components, exit, name};
use crate::timeline::EntryStanding;

pub(super) fn answer(answer: &Answer, clock: Clock<'_>) -> Vec<Block> {
    let (Some(text), Some(told)) = (&answer.text, &answer.told) else {
        let why = if answer.erased { "The answer was erased." } else { "Not answered." };
        return vec![Block::Paragraph(vec![dim(why)])];
    };
    let by = format!("{}, {}", name(&told.by), clock.tell(told.occurred));
    let marked = if answer.public { ", also in the public edition" } else { "" };
    let mut spans = vec![dim(by + marked), plain(" "), Span::Cite(told.event)];
    if !answer.cites.is_empty() {
        spans.push(dim("; evidence:"));
        spans.extend(cites(&answer.cites));
    }
    vec![document::told(text), Block::Paragraph(spans)]
}

pub(super) fn impact_row(impact: &ImpactLine, clock: Clock<'_>) -> Vec<Vec<Span>> {
    let (began, ended) = clock.between(impact.from, impact.until.unwrap_or(When::Unknown));
    let until = match impact.until {
        Some(_) => plain(ended),
        None => dim("not recorded"),
    };
    let length = match impact.seconds {
        Some(seconds) if seconds < 0 => dim("its end was told as before its beginning"),
        Some(seconds) => plain(long(seconds, impact.about)),
        None => dim("not known"),
    };
    let mut what = vec![impact.text.as_ref().map_or_else(|| dim(REDACTED), plain)];
    if !impact.components.is_empty() {
        let components: Vec<&str> = distinct(&impact.components).into_iter().map(Name::as_str).collect();
        what.push(dim(format!("\nComponents: {}", components.join(", "))));
    }
    what.extend(impact.who.as_ref().map(|who| dim(format!("\nHit: {who}"))));
    what.extend(impact.ended_by.as_ref().map(|ended| dim(format!("\nEnd: {ended}"))));
    what.extend(cites(&impact.cites));
    vec![vec![plain(began)], vec![until], vec![length], what]
}

pub(super) fn metric_row(metric: &Metric, clock: Clock<'_>) -> Vec<Vec<Span>> {
    let point = |point: Option<&Point>| match point {
        Some(point) => point_spans(point, clock),
        None => vec![dim("not recorded")],
    };
    let length = match metric.seconds {
        Some(seconds) => strong(long(seconds, metric.about)),
        None if metric.out_of_order => dim("the end came before the beginning"),
        None => dim("not known, as not both times are"),
    };
    let mut name = vec![plain(&metric.name)];
    if MetricDefinition::has_own_name(&metric.name, &metric.between) {
        let [from, to] = metric.between.each_ref().map(PointName::noun);
        name.push(dim(format!("\n{from} to {to}")));
    }
    vec![name, vec![length], point(metric.from.as_ref()), point(metric.to.as_ref())]
}

pub(super) fn point_spans(point: &Point, clock: Clock<'_>) -> Vec<Span> {
    vec![plain(clock.tell(point.at)), dim(format!(", {} ", point.what)), Span::Cite(point.event)]
}

pub(super) fn update_blocks(update: &Update, clock: Clock<'_>) -> Vec<Block> {
    let told = &update.told;
    let mut head = vec![
        strong(clock.tell(told.occurred)),
        plain(format!(", {} page, {}, by {} ", update.audience, update.status, name(&told.by))),
        Span::Cite(told.event),
    ];
    match update.standing {
        EntryStanding::Told => {}
        standing => head.extend([plain(" "), Span::Tone(Tone::Warning, standing.as_str().to_owned())]),
    }
    if let When::At(at, _) = told.occurred {
        let late = told.recorded_at - at;
        if late > crate::timeline::LATE && late < TimeDelta::days(1) {
            head.push(dim(format!(" (told {} later)", duration(late))));
        }
    }
    if !update.components.is_empty() {
        head.push(dim(format!("\n{}", components(&update.components))));
    }
    let words = match &update.text {
        Some(text) => document::quoted(text),
        None => Block::Quote(vec![dim(REDACTED)]),
    };
    vec![Block::Paragraph(head), words]
}

pub(super) fn run_blocks(run: &RunView, clock: Clock<'_>) -> Vec<Block> {
    let mut facts: Vec<(String, Vec<Span>)> = Vec::new();
    let mut fact = |name: &str, value: Vec<Span>| facts.push((name.to_owned(), value));
    let did = |who: &Who, told: &Attribution| {
        vec![plain(format!("{}, {} ", name(who), clock.tell(told.occurred))), Span::Cite(told.event)]
    };
    fact("Line", vec![run.line.as_ref().map_or_else(|| dim(REDACTED), code)]);
    if let Some(host) = &run.host {
        fact("Where", vec![plain(host)]);
    }
    let record = &run.record;
    if let Some(proposed) = &record.proposed {
        let mut value = did(&proposed.by, &proposed.told);
        value.extend(proposed.why.as_ref().map(|why| plain(format!(": {why}"))));
        fact("Proposed", value);
    }
    for approval in &record.approvals {
        let mut value = did(&Who::Person(approval.by.clone()), &approval.told);
        value.extend(approval.note.as_ref().map(|note| plain(format!(": {note}"))));
        if approval.overruled {
            value.push(dim(" (overruled since)"));
        }
        if approval.told_elsewhere {
            value.push(dim(" (told by an import: it lets nothing run here)"));
        }
        fact("Approved", value);
    }
    for (what, refused) in [("Declined", &record.declined), ("Withdrawn", &record.withdrawn)] {
        if let Some(refused) = refused {
            let mut value = did(&refused.by, &refused.told);
            value.extend(refused.why.as_ref().map(|why| plain(format!(": {why}"))));
            fact(what, value);
        }
    }
    if let Some(started) = &record.started {
        fact("Started", did(&started.by, &started.told));
    }
    if let Some(finished) = &record.finished {
        let mut value = vec![exit(finished.exit), plain(", ")];
        value.extend([plain(format!("{}, ", name(&finished.by)))]);
        let (started, ended) = clock.between(finished.started, finished.ended);
        value.push(plain(format!("{started} to {ended} ")));
        value.push(Span::Cite(finished.told.event));
        fact("Ran", value);
    }
    if let Some(Standing::Emergency { reason } | Standing::Unapproved { reason }) = &run.standing {
        fact("Reason", vec![plain(reason)]);
    }
    let flags = run.flags.iter().map(|flag| vec![Span::Tone(Tone::Bad, flag.spoken().to_owned())]).collect();
    let flags = join(flags, ", ");
    if !flags.is_empty() {
        fact("Flags", flags);
    }
    vec![Block::Heading(3, vec![plain(format!("Run {}", run.run))]), Block::Facts(facts)]
}

pub(super) fn follow_up_row(line: &FollowUpLine, clock: Clock<'_>) -> Vec<Vec<Span>> {
    let mut what = vec![line.text.as_ref().map_or_else(|| dim(REDACTED), plain)];
    what.extend(line.committed_by.as_ref().map(|by| dim(format!(" (promised by {by})"))));
    what.extend([plain(" "), Span::Cite(line.agreed.event)]);
    let owner = line.owner.as_ref().map_or_else(|| Span::Tone(Tone::Warning, "nobody".to_owned()), plain);
    let due = line.due.map_or_else(|| dim("no date"), plain);
    let age = format!("open, {} d old", line.age_days);
    let state = match (&line.done, line.overdue_days) {
        (Some(done), _) => {
            let mut state = vec![
                Span::Tone(Tone::Good, "done".to_owned()),
                plain(format!(" {}", clock.tell(done.told.occurred))),
            ];
            state.extend(done.outcome.as_ref().map(|outcome| plain(format!(": {outcome}"))));
            state.extend([plain(" "), Span::Cite(done.told.event)]);
            state
        }
        (None, Some(late)) => {
            vec![plain(format!("{age}, ")), Span::Tone(Tone::Bad, format!("{late} d overdue"))]
        }
        (None, None) => vec![plain(age)],
    };
    vec![what, vec![owner], vec![due], state]
}

impl WorkaroundLine {
    pub(super) fn row(&self, clock: Clock<'_>) -> Vec<Vec<Span>> {
        let mut what = vec![or_redacted(self.text.as_ref())];
        what.extend(self.to.as_ref().map(|to| dim(format!("\nReverted by: {to}"))));
        let applied =
            vec![plain(clock.tell(self.applied.occurred)), plain(" "), Span::Cite(self.applied.event)];
        let reverted = match &self.reverted {
            None => vec![Span::Tone(Tone::Warning, "not yet".to_owned())],
            Some(told) => {
                let outcome = self.outcome.iter().map(|outcome| plain(format!(": {outcome}")));
                let mut reverted = vec![plain(clock.tell(told.occurred))];
                reverted.extend(outcome);
                reverted.extend([plain(" "), Span::Cite(told.event)]);
                reverted
            }
        };
        vec![what, applied, reverted]
    }
}

impl GapLine {
    pub(super) fn row(&self, clock: Clock<'_>) -> Vec<Vec<Span>> {
        let (from, until) = clock.between(self.from, self.until.unwrap_or(When::Unknown));
        let until = if self.until.is_some() { plain(until) } else { dim("not recorded") };
        let mut what = vec![or_redacted(self.text.as_ref())];
        what.extend(cites(&self.cites));
        vec![vec![plain(from)], vec![until], what]
    }
}
