//! `scribe page`.

use clap::Args;
use scribe_domain::actor::Person;
use scribe_domain::command::Page;
use scribe_domain::event::people::PageTarget;
use scribe_domain::text::Label;
use scribe_domain::values::Role;

use crate::cli::common::arguments::Why;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};

/// Record that somebody was called.
#[derive(Debug, Clone, Args)]
pub(super) struct PageArgs {
    /// Who: a person
    name: Option<Person>,
    /// Who: a team's on-call
    #[arg(long, value_name = "TEAM", conflicts_with_all = ["name", "on_call"])]
    team: Option<Label>,
    /// Who: whoever is on call for a role
    #[arg(long, value_name = "ROLE", conflicts_with = "name")]
    on_call: Option<Role>,
    #[command(flatten)]
    why: Why,
}

impl IncidentCommand for PageArgs {
    type Payload = Page;
    fn payload(self, desk: &Desk) -> Result<Page, Failure> {
        let whom = (self.name.map(PageTarget::Person))
            .or(self.team.map(PageTarget::Team))
            .or(self.on_call.map(PageTarget::OnCall))
            .ok_or_else(|| {
                Failure::new(
                    Kind::BadInput,
                    "it is not said who was called",
                    "name a person, or give --team TEAM or --on-call ROLE",
                )
            })?;
        Ok(Page { whom, why: self.why.text(desk)? })
    }
}
