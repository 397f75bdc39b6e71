//! How far runs have come: all that the board says of them, without what they did.

use std::collections::{BTreeMap, BTreeSet};

use scribe_domain::actor::{Person, Who};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::values::Digest;
use serde::{Deserialize, Serialize};

use crate::amended::Entry;

/// How far one incident's runs have come. It follows [`CaseRuns`](super::CaseRuns), and forgets everything
/// about a run that is over but that it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaseStages {
    going: BTreeMap<u32, Box<Going>>,
    finished: BTreeSet<u32>,
}

/// A run that nobody has said the end of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Going {
    /// The digest of the proposed line, and who proposed it.
    proposed: Option<(Digest, Who)>,
    /// Those of the lines that were approved here, and by whom, without approvals that were overruled.
    approved: Vec<(Digest, Person)>,
    /// Declined or withdrawn.
    refused: bool,
    started: bool,
}

impl CaseStages {
    /// Those that wait for a second pair of eyes.
    pub fn awaiting_approval(&self) -> Vec<u32> {
        self.those(|run| {
            let approved = run.proposed.as_ref().is_none_or(|(line, proposer)| {
                let by_another = |by: &Person| *proposer != Who::Person(by.clone());
                run.approved.iter().any(|(approved, by)| approved == line && by_another(by))
            });
            !approved && !run.refused && !run.started
        })
    }

    /// Those that began and of which nobody has said how they ended.
    pub fn not_finished(&self) -> Vec<u32> {
        self.those(|run| run.started)
    }

    fn those(&self, which: impl Fn(&Going) -> bool) -> Vec<u32> {
        self.going.iter().filter(|(_, run)| which(run)).map(|(number, _)| *number).collect()
    }

    /// The stages after one more entry that was not retracted.
    pub(crate) fn apply(&mut self, entry: &Entry<'_>) {
        match &*entry.event {
            E::RunProposed(e) => self.going(e.run, |run| run.proposed = Some((e.digest, e.by.clone()))),
            // What is told of elsewhere lets nothing run here.
            E::RunApproved(e) if entry.recorded.cause.actor.is_import() => self.going(e.run, |_| ()),
            E::RunApproved(e) => self.going(e.run, |run| run.approved.push((e.digest, e.by.clone()))),
            E::RunDeclined(e) => self.going(e.run, Going::refuse),
            E::RunWithdrawn(e) => self.going(e.run, Going::refuse),
            E::RunStarted(e) => self.going(e.run, |run| run.started = true),
            E::RunFinished(e) => {
                self.going.remove(&e.run);
                self.finished.insert(e.run);
            }
            _ => {}
        }
    }

    fn going(&mut self, number: u32, change: impl FnOnce(&mut Going)) {
        if !self.finished.contains(&number) {
            change(self.going.entry(number).or_default());
        }
    }
}

impl Going {
    /// Once it has begun, nobody can stop it by saying no.
    fn refuse(&mut self) {
        if !self.started {
            self.approved.clear();
            self.refused = true;
        }
    }
}
