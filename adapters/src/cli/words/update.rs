//! `scribe update`.

use clap::Args;
use scribe_domain::event::words::{ComponentStatus, StatusUpdated};
use scribe_domain::names::Name;
use scribe_domain::text::Title;
use scribe_domain::values::{ComponentState, Phase, Tier};

use crate::cli::common::arguments::word;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Tell an audience: a status update on its page.
#[derive(Debug, Clone, Args)]
pub(super) struct UpdateArgs {
    /// The words
    text: String,
    /// Whose status page it stands on
    #[arg(long, value_parser = word!(Tier))]
    audience: Tier,
    /// The status it gives
    #[arg(long, value_parser = word!(Phase))]
    status: Phase,
    /// What the incident is called on that page from here on: words for that audience. The internal title never
    /// stands there
    #[arg(long)]
    title: Option<Title>,
    /// How a component fares, such as "List imports=degraded_performance"; may be given several times
    #[arg(long = "component", value_name = "NAME=STATE", value_parser = component)]
    components: Vec<ComponentStatus>,
}

impl IncidentCommand for UpdateArgs {
    type Payload = StatusUpdated;
    fn payload(self, desk: &Desk) -> Result<StatusUpdated, Failure> {
        Ok(StatusUpdated {
            audience: self.audience,
            status: self.status,
            title: self.title,
            text: desk.text("the text", &self.text)?,
            components: self.components,
        })
    }
}

fn component(given: &str) -> Result<ComponentStatus, String> {
    let (name, state) =
        given.rsplit_once('=').ok_or("write NAME=STATE, such as \"List imports=operational\"")?;
    Ok(ComponentStatus {
        component: Name::new(name).map_err(|error| format!("the component's name {error}"))?,
        state: state.parse::<ComponentState>().map_err(|error| error.to_string())?,
    })
}
