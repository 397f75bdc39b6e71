//! `scribe update`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::words::{ComponentStatus, StatusUpdated};
use scribe_domain::ids::IncidentId;
use scribe_domain::names::Name;
use scribe_domain::text::Title;
use scribe_domain::values::{ComponentState, Phase, Tier};
use serde::Deserialize;

use crate::cli::common::address::Address;
use crate::cli::common::arguments::{by_beginning, word};
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::editor;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::feed::{Line, Lines};

/// Tell an audience: a status update on its page.
#[derive(Debug, Clone, Args)]
pub(super) struct UpdateArgs {
    /// The words; left out on a terminal, $VISUAL or $EDITOR opens, with the last ones below
    #[arg(required = !editor::is_at_hand())]
    text: Option<String>,
    #[arg(skip)]
    last: Option<String>,
    /// Whose status page it stands on
    #[arg(short, long, value_parser = word!(Tier))]
    audience: Tier,
    /// The status it gives [default: where the response stands]
    #[arg(short, long, value_parser = word!(Phase))]
    status: Option<Phase>,
    /// What the incident is called on that page from here on: words for that audience. The internal title never
    /// stands there
    #[arg(long)]
    title: Option<Title>,
    /// How a component fares, such as "List imports=degraded_performance"; may be given several times
    #[arg(short = 'c', long = "component", value_name = "NAME=STATE", value_parser = component)]
    components: Vec<ComponentStatus>,
}

#[async_trait(?Send)]
impl IncidentCommand for UpdateArgs {
    type Payload = StatusUpdated;
    async fn look_up(&mut self, desk: &Desk, incident: &IncidentId) -> Result<(), Failure> {
        if self.status.is_none() {
            self.status = Some(phase_of(desk, incident).await?);
        }
        if self.text.is_none() {
            self.last = last_told(desk, incident, self.audience).await?;
        }
        Ok(())
    }

    fn payload(self, desk: &Desk) -> Result<StatusUpdated, Failure> {
        let Some(status) = self.status else {
            return Err(Failure::new(Kind::BadInput, "the status is missing", "give --status"));
        };
        let last = self.last.as_deref().unwrap_or("nothing was told there yet");
        let note =
            format!("What does the {} page say now ({})? Last it said:\n\n{last}", self.audience, status);
        Ok(StatusUpdated {
            audience: self.audience,
            status,
            title: self.title,
            text: desk.text_or_editor(self.text.as_deref(), &note)?,
            components: self.components,
        })
    }
}

/// Where the response stands.
async fn phase_of(desk: &Desk, incident: &IncidentId) -> Result<Phase, Failure> {
    #[derive(Deserialize)]
    struct Standing {
        phase: Phase,
    }
    let address = Address::of(&["v1", "incidents", incident.as_str()]).with("format", "json");
    match desk.client.get_json::<Standing>(address.as_str()).await {
        Ok(standing) => Ok(standing.phase),
        // What is told while the server is away says its status itself.
        Err(failure) if failure.kind.may_pass() => {
            let hint = Some("give --status, then it can be kept until it can be sent".to_owned());
            Err(Failure { hint, ..failure })
        }
        Err(failure) => Err(failure),
    }
}

/// What this audience was told last.
async fn last_told(desk: &Desk, incident: &IncidentId, audience: Tier) -> Result<Option<String>, Failure> {
    let address = Address::of(&["v1", "events"]).with("incident", incident).with("kind", "status_updated");
    let mut lines = Lines::open(desk, &address).await?;
    let mut last = None;
    while let Some(line) = lines.next().await? {
        if let Ok(IncidentEvent::StatusUpdated(told)) = Line::read(&line)?.event()
            && told.audience == audience
        {
            last = Some(told.text.to_string());
        }
    }
    Ok(last)
}

pub(super) fn component(given: &str) -> Result<ComponentStatus, String> {
    let (name, state) =
        given.rsplit_once('=').ok_or("write NAME=STATE, such as \"List imports=operational\"")?;
    Ok(ComponentStatus {
        component: Name::new(name).map_err(|error| format!("the component's name {error}"))?,
        state: component_state(state)?,
    })
}

fn component_state(given: &str) -> Result<ComponentState, String> {
    let words: Vec<&str> = ComponentState::ALL.iter().map(|state| state.as_str()).collect();
    given.parse().or_else(|error: scribe_domain::values::UnknownWord| {
        by_beginning(given, &words).and_then(|word| word.parse().ok()).ok_or_else(|| error.to_string())
    })
}
