//! Runs as an auditor reads them.

use scribe_domain::event::runs::Standing;
use scribe_domain::identity::Strength;
use scribe_domain::text::Text;

use super::audit::{RunAudit, RunView};
use super::flags::RunFlag;
use super::{Finish, RunStage};
use crate::document::time::{date_time_of, duration};
use crate::document::{Block, Document, Span, Style, Tone, View, code, dim, plain, strong};
use crate::runner::attribution::Attribution;
use crate::runner::spoken::{REDACTED, count, join, warning};
use crate::sentence::{exit, name};

impl View for RunAudit {
    fn document(&self, style: &Style) -> Document {
        let marked = self.runs.iter().filter(|run| run.flags.contains(&RunFlag::Unapproved)).count();
        let mut summary = vec![plain(match self.runs.len() {
            0 => "no run fits".to_owned(),
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
        let record = &self.record;
        let mut blocks = vec![
            Block::Code(self.line.as_ref().map_or(REDACTED, |line| line.as_str()).to_owned()),
            Block::Facts(self.facts(style)),
        ];
        if let Some(proposed) = record.proposed.as_ref().filter(|e| Some(e.digest) != self.digest) {
            let line = proposed.line.as_ref().map_or(REDACTED, |line| line.as_str());
            blocks.push(Block::Heading(2, vec![plain("The line that was proposed")]));
            blocks.push(Block::Code(line.to_owned()));
        }
        if let Some(excerpt) = record.finished.as_ref().and_then(|finished| finished.excerpt.as_ref()) {
            blocks.push(Block::Heading(2, vec![plain("The end of its output, secrets masked")]));
            blocks.push(Block::Code(excerpt.to_string()));
        }
        let output = record.finished.as_ref().and_then(|finished| finished.output_digest);
        let digests = [("Line", self.digest), ("Output", output)];
        let digests =
            digests.into_iter().filter_map(|(of, digest)| Some((of.to_owned(), vec![plain(digest?)])));
        blocks.push(Block::Facts(digests.collect()));
        Document { title: format!("Run {} of {}", self.run, self.incident), blocks }
    }
}

impl RunView {
    fn facts(&self, style: &Style) -> Vec<(String, Vec<Span>)> {
        let record = &self.record;
        let mut facts: Vec<(String, Vec<Span>)> = Vec::new();
        let mut fact = |name: &str, value: Vec<Span>| {
            if !value.is_empty() {
                facts.push((name.to_owned(), value));
            }
        };
        fact("State", self.state());
        fact("Flags", join(self.flags.iter().map(|flag| vec![bad(flag.spoken())]).collect(), ", "));
        fact("By", self.by.iter().map(|who| plain(name(who))).collect());
        fact(
            "Known by",
            vec![plain(match self.strength {
                Strength::Claimed => "their word alone, of at least one of them",
                Strength::Account => "the account that the program ran as, of at least one of them",
                Strength::Proven => "proof, of all of them",
            })],
        );
        fact("Host", self.host.iter().map(plain).collect());
        if let Some(proposed) = &record.proposed {
            fact("Proposed", act(&proposed.told, &name(&proposed.by), None, style));
            fact("Why", proposed.why.iter().map(plain).collect());
        }
        for approval in &record.approvals {
            let mut value = act(&approval.told, approval.by.as_str(), approval.note.as_ref(), style);
            if approval.told_elsewhere {
                value.push(dim(" (told by an import: it lets nothing run here)"));
            }
            if approval.overruled {
                value.extend([plain(" "), warning("(overruled since)")]);
            } else if Some(approval.digest) != self.digest {
                value.extend([plain(" "), bad("(another line)")]);
            }
            fact("Approved", value);
        }
        for (what, refused) in [("Declined", &record.declined), ("Withdrawn", &record.withdrawn)] {
            if let Some(refused) = refused {
                fact(what, act(&refused.told, &name(&refused.by), refused.why.as_ref(), style));
            }
        }
        fact("Began", self.began.iter().map(|began| plain(date_time_of(*began, style))).collect());
        fact("Standing", self.standing.iter().flat_map(by_what_right).collect());
        if let Some(finished) = &record.finished {
            fact("Ended", vec![plain(date_time_of(finished.ended, style))]);
        }
        facts
    }

    fn row(&self, style: &Style) -> Vec<Vec<Span>> {
        let when = match (self.began, self.record.told()) {
            (Some(began), _) => vec![plain(date_time_of(began, style))],
            (None, Some(told)) => {
                vec![plain(date_time_of(told.occurred, style)), plain("\n"), dim("not run")]
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
        } else if let (None, Some(by), RunStage::Approved) = (&self.standing, &self.approved_by, self.stage) {
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
            place.insert(0, dim(format!("run {}, ", self.run)));
            vec![]
        };
        let line = match &self.line {
            Some(line) => code(line),
            None => dim(REDACTED),
        };
        // Where nobody proves anything there is nothing to tell apart.
        let known = match self.strength {
            Strength::Proven => vec![dim("everybody proven")],
            Strength::Account | Strength::Claimed => vec![],
        };
        let result = join(vec![self.state(), self.marks(), known], "; ");
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

    /// Its flags, without what its state and its standing say already.
    fn marks(&self) -> Vec<Span> {
        let said = |flag: RunFlag| {
            matches!(flag, RunFlag::Unapproved | RunFlag::Emergency | RunFlag::NotFinished | RunFlag::Failed)
        };
        let marks = self.flags.iter().filter(|flag| !said(**flag));
        join(marks.map(|flag| vec![bad(flag.spoken())]).collect(), ", ")
    }
}

/// Who did something about it, when, and what they said.
fn act(told: &Attribution, by: &str, said: Option<&Text>, style: &Style) -> Vec<Span> {
    let said = said.map(|text| format!(": {text}")).unwrap_or_default();
    let known = told.origin.iter().map(|origin| dim(format!(" ({origin})")));
    let told = plain(format!("{} by {by}{said}", date_time_of(told.occurred, style)));
    std::iter::once(told).chain(known).collect()
}

fn ended(finished: &Finish) -> Vec<Span> {
    let mut spans = vec![exit(finished.exit)];
    if let (Some(from), Some(until)) = (finished.started.at(), finished.ended.at()) {
        spans.push(plain(format!(" after {}", duration(until - from))));
    }
    spans
}

fn by_what_right(standing: &Standing) -> Vec<Span> {
    match standing {
        Standing::Approved { by } => vec![plain(format!("approved by {by}"))],
        Standing::Emergency { reason } => {
            vec![bad("unapproved emergency"), plain(format!(": {reason}"))]
        }
        Standing::Unapproved { reason } => vec![bad("unapproved"), plain(format!(": {reason}"))],
    }
}

fn bad(text: impl Into<String>) -> Span {
    Span::Tone(Tone::Bad, text.into())
}
