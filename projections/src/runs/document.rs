//! Runs as an auditor reads them.

use scribe_domain::event::runs::Standing;

use super::audit::{RunAudit, RunView};
use super::flags::RunFlag;
use super::{Finish, RunStage};
use crate::document::time::date_time_of;
use crate::document::{Block, Document, Span, Style, Tone, View, code, dim, plain, strong};
use crate::runner::spoken::{REDACTED, count, join, told, warning};
use crate::sentence::{exit, name};

impl View for RunAudit {
    fn document(&self, style: &Style) -> Document {
        let marked = self.runs.iter().filter(|run| run.flags.contains(&RunFlag::Unapproved)).count();
        let mut summary = vec![plain(match self.runs.len() {
            0 => "No run fits.".to_owned(),
            some => count(some, "run"),
        })];
        if marked > 0 {
            summary.extend([plain(", "), bad(format!("{marked} unapproved"))]);
        }
        summary.push(dim(format!("; times in {}", style.zone)));
        let rows = self.runs.iter().map(|run| run.row(style)).collect();
        let header = ["When", "Run"].map(str::to_owned).to_vec();
        let mut blocks = vec![Block::Paragraph(summary)];
        if !self.runs.is_empty() {
            blocks.push(Block::Table { header, rows });
        }
        Document { title: "Who ran what".to_owned(), blocks }
    }
}

impl View for RunView {
    fn document(&self, style: &Style) -> Document {
        let mut facts =
            vec![("Incident".to_owned(), vec![plain(&self.incident)]), ("Stage".to_owned(), self.state())];
        let mut fact = |name: &str, value: Vec<Span>| {
            if !value.is_empty() {
                facts.push((name.to_owned(), value));
            }
        };
        fact("Flags", self.marks());
        fact("By", self.by.iter().map(|who| plain(name(who))).collect());
        fact("Host", self.host.iter().map(plain).collect());
        let record = &self.record;
        if let Some(proposed) = &record.proposed {
            fact("Proposed", vec![plain(told(&proposed.told, style))]);
            fact("Why", proposed.why.iter().map(plain).collect());
        }
        for approval in &record.approvals {
            let mut value =
                vec![plain(format!("{} by {}", date_time_of(approval.told.occurred, style), approval.by))];
            value.extend(approval.note.iter().map(|note| plain(format!(": {note}"))));
            if approval.overruled {
                value.extend([plain(" "), warning("overruled since")]);
            } else if Some(approval.digest) != self.digest {
                value.extend([plain(" "), bad("of another line".to_owned())]);
            }
            fact("Approved", value);
        }
        for (what, refused) in [("Declined", &record.declined), ("Withdrawn", &record.withdrawn)] {
            if let Some(refused) = refused {
                let mut value = vec![plain(format!(
                    "{} by {}",
                    date_time_of(refused.told.occurred, style),
                    name(&refused.by)
                ))];
                value.extend(refused.why.iter().map(|why| plain(format!(": {why}"))));
                fact(what, value);
            }
        }
        if let Some(began) = self.began {
            fact("Began", vec![plain(date_time_of(began, style))]);
        }
        if let Some(standing) = &self.standing {
            fact("Standing", by_what_right(standing));
        }
        if let Some(finished) = &record.finished {
            fact("Ended", vec![plain(date_time_of(finished.ended, style)), plain(", "), exit(finished.exit)]);
            fact("Output", finished.output_digest.iter().map(code).collect());
        }
        fact("Digest", self.digest.iter().map(code).collect());
        let line = self.line.as_ref().map_or(REDACTED, |line| line.as_str()).to_owned();
        let mut blocks = vec![Block::Code(line), Block::Facts(facts)];
        if let Some(proposed) =
            record.proposed.as_ref().filter(|proposed| Some(proposed.digest) != self.digest)
        {
            blocks.push(Block::Heading(2, vec![plain("The line that was proposed")]));
            let line = proposed.line.as_ref().map_or(REDACTED, |line| line.as_str());
            blocks.push(Block::Code(line.to_owned()));
        }
        if let Some(excerpt) = record.finished.as_ref().and_then(|finished| finished.excerpt.as_ref()) {
            blocks.push(Block::Heading(2, vec![plain("The end of its output, secrets masked")]));
            blocks.push(Block::Code(excerpt.to_string()));
        }
        Document { title: format!("Run {} of {}", self.run, self.incident), blocks }
    }
}

impl RunView {
    fn row(&self, style: &Style) -> Vec<Vec<Span>> {
        let when = match (self.began, self.record.told()) {
            (Some(began), _) => vec![plain(date_time_of(began, style))],
            (None, Some(told)) => {
                vec![plain(date_time_of(told.occurred, style)), plain("\n"), dim("never ran")]
            }
            (None, None) => vec![],
        };
        vec![when, self.lines(true)]
    }

    /// The run in a few lines: what, who and where, with what result, and what to look at.
    pub(crate) fn lines(&self, with_incident: bool) -> Vec<Span> {
        let who = self.by.iter().map(|who| strong(name(who))).collect();
        let place = self.host.iter().map(|host| plain(format!("on {host}"))).collect();
        let mut place = join(vec![who, place], " ");
        if let Some(Standing::Approved { by }) = &self.standing {
            place.push(plain(format!("; approved by {by}")));
        } else if let (None, Some(by)) = (&self.standing, &self.approved_by) {
            place.push(plain(format!("; approved by {by}")));
        }
        let reason = match &self.standing {
            Some(standing @ (Standing::Emergency { .. } | Standing::Unapproved { .. })) => {
                by_what_right(standing)
            }
            _ => vec![],
        };
        let which = if with_incident {
            vec![dim(format!("{} run {}", self.incident, self.run))]
        } else {
            vec![dim(format!("run {}", self.run))]
        };
        let line = match &self.line {
            Some(line) => code(line),
            None => dim(REDACTED),
        };
        let result = join(vec![self.state(), self.marks()], "; ");
        join(vec![vec![line], place, result, reason, which], "\n")
    }

    /// How far it has come, or how it ended.
    fn state(&self) -> Vec<Span> {
        match (self.stage, &self.record.finished) {
            (RunStage::Finished, Some(finished)) => ended(finished),
            (RunStage::Proposed, _) => vec![warning("waits for an approval")],
            (RunStage::Approved, _) => vec![plain("approved, may run")],
            (RunStage::Declined, _) => vec![plain("declined")],
            (RunStage::Withdrawn, _) => vec![plain("withdrawn")],
            (RunStage::Started | RunStage::Finished, _) => vec![warning("started, not known to have ended")],
        }
    }

    /// Its flags, without what its state says already.
    fn marks(&self) -> Vec<Span> {
        let said = |flag: RunFlag| matches!(flag, RunFlag::NotFinished | RunFlag::Failed);
        let marks = self.flags.iter().filter(|flag| !said(**flag));
        join(marks.map(|flag| vec![bad(flag.spoken().to_owned())]).collect(), ", ")
    }
}

fn ended(finished: &Finish) -> Vec<Span> {
    let mut spans = vec![exit(finished.exit)];
    if let (Some(from), Some(until)) = (finished.started.at(), finished.ended.at()) {
        spans.push(plain(format!(" after {}", crate::document::time::duration(until - from))));
    }
    spans
}

fn by_what_right(standing: &Standing) -> Vec<Span> {
    match standing {
        Standing::Approved { by } => vec![plain(format!("approved by {by}"))],
        Standing::Emergency { reason } => vec![warning("emergency"), plain(format!(": {reason}"))],
        Standing::Unapproved { reason } => vec![bad("unapproved".to_owned()), plain(format!(": {reason}"))],
    }
}

fn bad(text: String) -> Span {
    Span::Tone(Tone::Bad, text)
}
