//! `scribe join`.

use clap::Args;
use scribe_domain::actor::Person;
use scribe_domain::event::people::Joined;
use scribe_domain::text::Label;

use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Join the response.
#[derive(Debug, Clone, Args)]
pub(super) struct JoinArgs {
    /// Who [default: you]
    name: Option<Person>,
    /// Their job or team, as they say it
    #[arg(long = "in", value_name = "WHAT")]
    as_what: Option<Label>,
}

impl IncidentCommand for JoinArgs {
    type Payload = Joined;
    fn payload(self, desk: &Desk) -> Result<Joined, Failure> {
        let who = desk.person_or_self(self.name, "scribe join INCIDENT NAME")?;
        Ok(Joined { who, as_what: self.as_what })
    }
}
