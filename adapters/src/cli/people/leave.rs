//! `scribe leave`.

use clap::Args;
use scribe_domain::actor::Person;
use scribe_domain::event::people::Left;

use crate::cli::common::arguments::Why;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Leave the response.
#[derive(Debug, Clone, Args)]
pub(super) struct LeaveArgs {
    /// Who [default: you]
    name: Option<Person>,
    #[command(flatten)]
    why: Why,
}

impl IncidentCommand for LeaveArgs {
    type Payload = Left;
    fn payload(self, desk: &Desk) -> Result<Left, Failure> {
        let who = desk.person_or_self(self.name, "scribe leave INCIDENT NAME")?;
        Ok(Left { who, why: self.why.text(desk)? })
    }
}
