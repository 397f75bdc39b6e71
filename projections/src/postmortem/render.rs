//! The internal edition as a document.

use chrono::TimeDelta;
use scribe_domain::actor::Who;
use scribe_domain::values::ReviewSection;
use scribe_domain::when::When;

use super::account::{compose, long, tier_now};
use super::internal::{InternalEdition, Outcome};
use super::parts::{Answer, FollowUpLine, ImpactLine, Update};
use super::points::{Metric, Point};
use crate::document::time::{Clock, duration};
use crate::document::{Block, Document, Span, Style, Tone, View, code, dim, plain, strong};
use crate::runner::spoken::{REDACTED, join};
use crate::runner::told::Told;
use crate::runs::audit::RunView;
use crate::sentence::{capitalised, cites, components, exit, heading_of, name, severity};
use crate::timeline::{EntryStanding, tables};

impl View for InternalEdition {
    fn document(&self, style: &Style) -> Document {
        let clock = Clock::on_the_day_of(self.name.declared, style);
        let mut blocks = self.heading(clock, style);
        let mut section = |heading: &str, content: Vec<Block>| {
            blocks.push(Block::Heading(2, vec![plain(heading)]));
            blocks.extend(content);
        };
        section("What happened", self.what_happened(clock));
        section("Impact", self.impact(clock));
        section("Cause", self.cause());
        section("Times", self.times(clock));
        section("Tier and severity", self.steps(clock));
        section("Roles", self.role_blocks(clock));
        section("What was told", self.updates(clock));
        section("Runs", self.run_blocks(clock));
        section("Retrospective", self.retrospective(clock));
        section("Follow-ups", self.follow_up_blocks(clock));
        section("Timeline", tables(&self.timeline, style, 3, true));
        Document { title: format!("Postmortem: {}", self.name.title), blocks }
    }
}

impl InternalEdition {
    fn heading(&self, clock: Clock<'_>, style: &Style) -> Vec<Block> {
        let mut about = Vec::new();
        if let Some(incident) = &self.name.incident {
            about.extend([code(incident), plain("\n")]);
        }
        about.push(dim(format!("Internal edition, {}", clock.note())));
        if let Some(as_of) = self.as_of.spoken(style) {
            about.push(dim(format!(", {as_of}")));
        }
        let mut blocks = vec![Block::Paragraph(about)];
        if self.name.drill {
            let drill = Span::Tone(Tone::Warning, "This was a drill, not a real incident.".to_owned());
            blocks.push(Block::Paragraph(vec![drill]));
        }
        let state = match &self.situation.outcome {
            Outcome::Open => format!("open, {}", self.situation.phase),
            Outcome::Resolved { closed: None, .. } => "resolved".to_owned(),
            Outcome::Resolved { closed: Some(_), .. } => "resolved and closed".to_owned(),
            Outcome::Cancelled { .. } => "cancelled, declared in error".to_owned(),
            Outcome::Merged { into, .. } => format!("merged into {into}"),
        };
        let mut facts = vec![("State".to_owned(), vec![plain(state)])];
        if let Some(tier) = tier_now(self) {
            facts.push(("Tier".to_owned(), vec![plain(tier)]));
        }
        if let Some(step) = self.severities.last() {
            facts.push(("Severity".to_owned(), vec![severity(step.to)]));
        }
        facts.push(("Review".to_owned(), self.review_state(clock)));
        blocks.push(Block::Facts(facts));
        blocks
    }

    fn review_state(&self, clock: Clock<'_>) -> Vec<Span> {
        let review = &self.review_state;
        let mut parts = vec![match &review.owner {
            Some(owner) => vec![plain(format!("assigned to {owner}"))],
            None => vec![dim("nobody was asked to write it")],
        }];
        parts.extend(review.due.map(|due| vec![plain(format!("due {due}"))]));
        for (audience, told) in &review.published {
            parts.push(vec![
                plain(format!("published ({audience}) {} ", clock.tell(told.occurred))),
                Span::Cite(told.event),
            ]);
        }
        join(parts, ", ")
    }

    fn what_happened(&self, clock: Clock<'_>) -> Vec<Block> {
        let mut blocks = Vec::new();
        let written = self.review.iter().find(|answer| answer.section == ReviewSection::WhatHappened);
        if let Some(written) = written.filter(|answer| answer.text.is_some()) {
            blocks.extend(answer(written, clock));
            blocks.push(Block::Heading(3, vec![plain("From the record")]));
        }
        blocks.push(Block::List(compose(self, clock).iter().map(super::Statement::spans).collect()));
        blocks
    }

    fn impact(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.impacts.is_empty() {
            return nothing("No impact is recorded.");
        }
        let rows = self.impacts.iter().map(|impact| impact_row(impact, clock)).collect();
        vec![table(["From", "Until", "How long", "What"], rows)]
    }

    fn cause(&self) -> Vec<Block> {
        let mut items = Vec::new();
        if self.causes.iter().all(|cause| cause.is_change) {
            items.push(vec![plain("The cause is not recorded.")]);
        }
        for cause in &self.causes {
            let mut item = Vec::new();
            if cause.is_change {
                item.push(dim("A change is linked as the cause: "));
            }
            item.push(plain(&cause.text));
            item.push(dim(format!(" ({})", name(&cause.told.by))));
            item.extend(cites(&cause.cites));
            items.push(item);
        }
        match <[_; 1]>::try_from(items) {
            Ok([only]) => vec![Block::Paragraph(only)],
            Err(items) => vec![Block::List(items)],
        }
    }

    fn times(&self, clock: Clock<'_>) -> Vec<Block> {
        let metrics = self.metrics.iter().map(|metric| metric_row(metric, clock)).collect();
        let points = self.points.named().map(|(name, point)| {
            let value = match point {
                Some(point) => point_spans(point, clock),
                None => vec![dim("not recorded")],
            };
            (name.to_owned(), value)
        });
        vec![
            table(["Metric", "How long", "From", "To"], metrics),
            Block::Heading(3, vec![plain("Milestones")]),
            Block::Facts(points.into()),
        ]
    }

    fn steps(&self, clock: Clock<'_>) -> Vec<Block> {
        let first = self.tiers.first().zip(self.severities.first());
        let declared = first.map(|(tier, severity)| {
            (&tier.told, vec![plain(format!("declared {}, {}", tier.to, severity.to))])
        });
        let tiers = self.tiers.iter().filter_map(|step| {
            let from = step.from?;
            let why = step.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            Some((&step.told, vec![plain(format!("tier from {from} to {}{why}", step.to))]))
        });
        let severities = self.severities.iter().filter_map(|step| {
            let mut change = vec![plain(format!("severity from {} to ", step.from?)), severity(step.to)];
            change.extend(step.why.as_ref().map(|why| plain(format!(": {why}"))));
            Some((&step.told, change))
        });
        let mut steps: Vec<(&Told, Vec<Span>)> =
            declared.into_iter().chain(tiers).chain(severities).collect();
        steps.sort_by_key(|(told, _)| told.moment());
        if steps.is_empty() {
            return nothing("Nothing is recorded.");
        }
        let rows = steps.into_iter().map(|(told, mut change)| {
            change.extend([plain(" "), Span::Cite(told.event)]);
            vec![vec![plain(clock.tell(told.occurred))], vec![plain(name(&told.by))], change]
        });
        vec![table(["Time", "Who", "Change"], rows.collect())]
    }

    fn role_blocks(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.roles.is_empty() {
            nothing("Nobody took a role.")
        } else {
            crate::roles::blocks(&self.roles, clock, 3)
        }
    }

    fn updates(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.told.is_empty() {
            return nothing("Nothing was told to any audience.");
        }
        self.told.iter().flat_map(|update| update_blocks(update, clock)).collect()
    }

    fn run_blocks(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.runs.is_empty() {
            return nothing("No run is recorded.");
        }
        self.runs.iter().flat_map(|run| run_blocks(run, clock)).collect()
    }

    fn retrospective(&self, clock: Clock<'_>) -> Vec<Block> {
        let questions = self.review.iter().filter(|answer| answer.section != ReviewSection::WhatHappened);
        let mut blocks = Vec::new();
        for question in questions {
            blocks.push(Block::Heading(3, vec![plain(capitalised(heading_of(question.section)))]));
            blocks.extend(answer(question, clock));
        }
        blocks
    }

    fn follow_up_blocks(&self, clock: Clock<'_>) -> Vec<Block> {
        if self.follow_ups.is_empty() {
            return nothing("No follow-up is recorded.");
        }
        let rows = self.follow_ups.iter().map(|line| follow_up_row(line, clock)).collect();
        vec![table(["What", "Owner", "Due", "State"], rows)]
    }
}

fn answer(answer: &Answer, clock: Clock<'_>) -> Vec<Block> {
    let (Some(text), Some(told)) = (&answer.text, &answer.told) else {
        return vec![Block::Paragraph(vec![dim("Not answered.")])];
    };
    let mut spans = vec![plain(text)];
    spans.extend(cites(&answer.cites));
    let by = format!("\n{}, {}", name(&told.by), clock.tell(told.occurred));
    let marked = if answer.public { ", also in the public edition" } else { "" };
    spans.extend([dim(by + marked), plain(" "), Span::Cite(told.event)]);
    vec![Block::Paragraph(spans)]
}

fn impact_row(impact: &ImpactLine, clock: Clock<'_>) -> Vec<Vec<Span>> {
    let until = match impact.until {
        Some(until) => plain(clock.tell(until)),
        None => dim("not recorded"),
    };
    let length = match impact.seconds {
        Some(seconds) => plain(long(seconds, impact.about)),
        None => dim("not known"),
    };
    let mut what = vec![plain(&impact.text)];
    if !impact.components.is_empty() {
        let components: Vec<&str> =
            impact.components.iter().map(scribe_domain::text::Label::as_str).collect();
        what.push(dim(format!("\nComponents: {}", components.join(", "))));
    }
    what.extend(impact.who.as_ref().map(|who| dim(format!("\nHit: {who}"))));
    what.extend(impact.ended_by.as_ref().map(|ended| dim(format!("\nEnd: {ended}"))));
    what.extend(cites(&impact.cites));
    vec![vec![plain(clock.tell(impact.from))], vec![until], vec![length], what]
}

fn metric_row(metric: &Metric, clock: Clock<'_>) -> Vec<Vec<Span>> {
    let point = |point: Option<&Point>| match point {
        Some(point) => point_spans(point, clock),
        None => vec![dim("not recorded")],
    };
    let length = match metric.seconds {
        Some(seconds) => strong(long(seconds, metric.about)),
        None => dim("not recorded"),
    };
    vec![vec![plain(metric.name)], vec![length], point(metric.from.as_ref()), point(metric.to.as_ref())]
}

fn point_spans(point: &Point, clock: Clock<'_>) -> Vec<Span> {
    vec![plain(clock.tell(point.at)), dim(format!(", {} ", point.what)), Span::Cite(point.event)]
}

fn update_blocks(update: &Update, clock: Clock<'_>) -> Vec<Block> {
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
    let text = match &update.text {
        Some(text) => plain(text),
        None => dim(REDACTED),
    };
    let mut quote = vec![text];
    if !update.components.is_empty() {
        quote.push(dim(format!("\n{}", components(&update.components))));
    }
    vec![Block::Paragraph(head), Block::Quote(quote)]
}

fn run_blocks(run: &RunView, clock: Clock<'_>) -> Vec<Block> {
    let mut facts: Vec<(String, Vec<Span>)> = Vec::new();
    let mut fact = |name: &str, value: Vec<Span>| facts.push((name.to_owned(), value));
    let did = |who: &Who, told: &Told| {
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
        value.push(plain(format!("{} to {} ", clock.tell(finished.started), clock.tell(finished.ended))));
        value.push(Span::Cite(finished.told.event));
        fact("Ran", value);
    }
    if let Some(standing) = &run.standing {
        use scribe_domain::event::runs::Standing as S;
        if let S::Emergency { reason } | S::Unapproved { reason } = standing {
            fact("Reason", vec![plain(reason)]);
        }
    }
    let flags = run.flags.iter().map(|flag| vec![Span::Tone(Tone::Bad, flag.spoken().to_owned())]).collect();
    let flags = join(flags, ", ");
    if !flags.is_empty() {
        fact("Flags", flags);
    }
    vec![Block::Heading(3, vec![plain(format!("Run {}", run.run))]), Block::Facts(facts)]
}

fn follow_up_row(line: &FollowUpLine, clock: Clock<'_>) -> Vec<Vec<Span>> {
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

fn table<const N: usize>(header: [&str; N], rows: Vec<Vec<Vec<Span>>>) -> Block {
    Block::Table { header: header.map(str::to_owned).to_vec(), rows }
}

fn nothing(text: &str) -> Vec<Block> {
    vec![Block::Paragraph(vec![plain(text)])]
}
