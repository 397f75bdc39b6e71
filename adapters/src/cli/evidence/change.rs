//! `scribe change`.

use clap::Args;
use scribe_domain::actor::Person;
use scribe_domain::event::evidence::ChangeLinked;
use scribe_domain::text::{Label, Locator};
use scribe_domain::values::{ChangeKind, ChangeRelation};

use crate::cli::common::arguments::word;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Link a change in production: a deploy, a pull request, a setting.
#[derive(Debug, Clone, Args)]
pub(super) struct ChangeArgs {
    /// What to call it
    title: Label,
    /// What was changed
    #[arg(short, long, value_parser = word!(ChangeKind))]
    kind: ChangeKind,
    /// What it has to do with the incident
    #[arg(short, long, default_value = "related", value_parser = word!(ChangeRelation))]
    relation: ChangeRelation,
    /// Where to look
    #[arg(long, value_name = "URL")]
    at: Option<Locator>,
    /// Who wrote it
    #[arg(long, value_name = "NAME")]
    author: Option<Person>,
    /// Who brought it out; may differ
    #[arg(long, value_name = "NAME")]
    deployer: Option<Person>,
}

impl IncidentCommand for ChangeArgs {
    type Payload = ChangeLinked;
    fn payload(self, _: &Desk) -> Result<ChangeLinked, Failure> {
        Ok(ChangeLinked {
            kind: self.kind,
            relation: self.relation,
            title: self.title,
            at: self.at,
            author: self.author,
            deployer: self.deployer,
        })
    }
}
