//! A run as it stands.

use scribe_domain::actor::{Person, Who};
use scribe_domain::ids::IncidentId;
use scribe_domain::text::{Label, ShellLine, Text};
use scribe_domain::values::Digest;
use scribe_projections::runs::RunStage;
use serde::Deserialize;

use crate::cli::common::address::Address;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// A run as it stands, as far as somebody who waits for it or approves it must know.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RunNow {
    /// How far it has come.
    pub(super) stage: RunStage,
    /// The line; absent when it was redacted.
    pub(super) line: Option<ShellLine>,
    /// Of the line.
    pub(super) digest: Option<Digest>,
    /// Who wants to run it.
    pub(super) by: Option<Who>,
    /// Where.
    pub(super) host: Option<Label>,
    /// Who approved it.
    pub(super) approved_by: Option<Person>,
    /// Everything that the record says about it.
    pub(super) record: RunRecord,
}

/// What the record says about a run.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RunRecord {
    /// The proposal.
    pub(super) proposed: Option<Said>,
    /// Who said no.
    pub(super) declined: Option<Said>,
    /// That it was taken back.
    pub(super) withdrawn: Option<Said>,
}

/// Who said something about a run, and why.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Said {
    /// Who.
    pub(super) by: Who,
    /// Why.
    pub(super) why: Option<Text>,
}

/// Looks a run up.
pub(super) async fn run_now(desk: &Desk, incident: &IncidentId, run: u32) -> Result<RunNow, Failure> {
    let address = Address::of(&["v1", "runs", incident.as_str(), &run.to_string()]);
    desk.client.get_json(address.as_str()).await
}
