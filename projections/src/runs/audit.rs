//! Which runs are asked for, and the answer.

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Person, Who};
use scribe_domain::alike;
use scribe_domain::event::runs::Standing;
use scribe_domain::identity::Strength;
use scribe_domain::ids::IncidentId;
use scribe_domain::namesakes::Namesakes;
use scribe_domain::text::{Label, ShellLine};
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use super::flags::{self, RunFlag};
use super::{Approval, Run, RunStage, Runs};
use crate::runner::attribution::Attribution;

/// Which runs to show; the default is all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct RunFilter {
    /// Only those that they proposed, approved, declined or ran.
    pub by: Option<Who>,
    /// Only those that began (or, if they never did, were proposed) at or after this moment.
    pub since: Option<DateTime<Utc>>,
    /// Only those that began (or were proposed) at or before this moment.
    pub until: Option<DateTime<Utc>>,
    /// Only those whose line holds this, whatever the case.
    pub matching: Option<String>,
    /// Only those on this host, whatever the case.
    pub host: Option<String>,
    /// Only this incident's.
    pub incident: Option<IncidentId>,
    /// Only those that no second person is known to have approved before they ran, emergency or not.
    pub unapproved: bool,
    /// Only those that carry this flag.
    pub flag: Option<RunFlag>,
    /// Only those of which it is known at least so well who proposed, approved and ran them.
    pub strength: Option<Strength>,
}

/// The runs asked for, the earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RunAudit {
    /// The runs.
    pub runs: Vec<RunView>,
}

/// A run as an auditor sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RunView {
    /// The incident.
    pub incident: IncidentId,
    /// Its number in it.
    pub run: u32,
    /// How far it has come.
    pub stage: RunStage,
    /// The line that ran or, before it has, the one that was proposed; absent when redacted.
    pub line: Option<ShellLine>,
    /// Of that line.
    pub digest: Option<Digest>,
    /// Who ran it or, before it has run, wants to.
    pub by: Option<Who>,
    /// Where.
    pub host: Option<Label>,
    /// Who approved exactly this line and has not been overruled.
    pub approved_by: Option<Person>,
    /// By what right it ran, if it has begun.
    pub standing: Option<Standing>,
    /// When it began, if it has.
    pub began: Option<When>,
    /// What an auditor should look at.
    pub flags: Vec<RunFlag>,
    /// How well it is known who proposed, approved and ran it: the weakest of them.
    pub strength: Strength,
    /// Everything that the record says about it.
    pub record: Run,
}

impl Runs {
    /// The runs that the filter asks for, the earliest first.
    pub fn audit(&self, filter: &RunFilter) -> RunAudit {
        let names = &self.namesakes();
        let mut runs: Vec<RunView> = self
            .iter()
            .filter(|(incident, _)| filter.incident.as_ref().is_none_or(|only| only == *incident))
            .flat_map(|(incident, case)| {
                case.runs.iter().map(move |(number, run)| RunView::of(incident, *number, run, names))
            })
            .filter(|view| filter.shows(view, names))
            .collect();
        runs.sort_by_key(RunView::moment);
        RunAudit { runs }
    }

    /// One run.
    pub fn one(&self, incident: &IncidentId, run: u32) -> Option<RunView> {
        let names = self.namesakes();
        self.get(incident)?.runs.get(&run).map(|found| RunView::of(incident, run, found, &names))
    }
}

/// The weakest of those whose word it stands on: who proposed it, who approved what ran, and who ran it.
fn strength(run: &Run) -> Strength {
    let ran = run.started.as_ref().map(|e| &e.told).or(run.finished.as_ref().map(|e| &e.told));
    let digest = run.digest();
    let counts = |approval: &&Approval| Some(approval.digest) == digest && !approval.overruled;
    let tellings = (run.proposed.iter().map(|e| &e.told))
        .chain(run.approvals.iter().filter(counts).map(|e| &e.told))
        .chain(ran);
    tellings.map(Attribution::strength).min().unwrap_or(Strength::Claimed)
}

impl RunFilter {
    fn shows(&self, view: &RunView, names: &Namesakes) -> bool {
        let run = &view.record;
        let holds = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        let lines = || {
            (run.proposed.iter().filter_map(|e| e.line.as_ref()))
                .chain(run.started.iter().filter_map(|e| e.line.as_ref()))
                .chain(run.finished.iter().filter_map(|e| e.line.as_ref()))
        };
        let people = || {
            (run.proposed.iter().map(|e| &e.by))
                .chain(run.started.iter().map(|e| &e.by))
                .chain(run.finished.iter().map(|e| &e.by))
                .chain(run.declined.iter().map(|e| &e.by))
        };
        let approved =
            |who: &Who| run.approvals.iter().any(|e| names.are_the_same(who, &Who::Person(e.by.clone())));
        let moment = view.moment();
        self.by.as_ref().is_none_or(|by| people().any(|who| names.are_the_same(who, by)) || approved(by))
            && self.since.is_none_or(|since| moment.is_some_and(|at| at >= since))
            && self.until.is_none_or(|until| moment.is_some_and(|at| at <= until))
            && self.matching.as_ref().is_none_or(|part| lines().any(|line| holds(line.as_str(), part)))
            && self
                .host
                .as_ref()
                .is_none_or(|host| view.host.as_ref().is_some_and(|at| alike::same(at.as_str(), host)))
            && (!self.unapproved || flags::is_unseconded(run, names))
            && self.flag.is_none_or(|flag| view.flags.contains(&flag))
            && self.strength.is_none_or(|least| view.strength >= least)
    }
}

impl RunView {
    /// A run as an auditor sees it who knows which names are one person's.
    pub fn of(incident: &IncidentId, number: u32, run: &Run, names: &Namesakes) -> Self {
        Self {
            incident: incident.clone(),
            run: number,
            stage: run.stage(),
            line: run.line().cloned(),
            digest: run.digest(),
            by: run.by().cloned(),
            host: run.host().cloned(),
            approved_by: run.approved_by().cloned(),
            standing: run.standing().cloned(),
            began: run.began(),
            flags: flags::of(run, names),
            strength: strength(run),
            record: run.clone(),
        }
    }

    /// When it began or, where that is unknown or has not happened, when it was told of.
    pub fn moment(&self) -> Option<DateTime<Utc>> {
        self.began.and_then(|when| when.at()).or_else(|| self.record.told().map(Attribution::moment))
    }
}
