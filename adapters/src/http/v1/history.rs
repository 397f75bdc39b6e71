//! An incident's events, for every look at one incident.

use axum::extract::FromRequestParts;
use axum::http::header::IF_NONE_MATCH;
use axum::http::request::Parts;
use axum::response::Response;
use scribe_domain::clocks::{Positions, TimeStanding};
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::refusal::{Reason, Refusal};
use scribe_projections::document::View;
use scribe_projections::question::AsOf;

use crate::app::gate::questions;
use crate::http::answer::{Look, validated};
use crate::http::problem::Problem;
use crate::http::query::{Address, INCIDENT};
use crate::http::state::Api;

/// One incident that exists, with its events.
pub(super) struct History {
    id: IncidentId,
    events: Vec<Recorded>,
    revision: Revision,
    position: Position,
    /// The entity tags that the caller has seen.
    seen: Option<String>,
}

impl FromRequestParts<Api> for History {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let id = Address::from_request_parts(parts, api).await?.get(&INCIDENT)?;
        let Ok(asked) = Api::from_request_parts(parts, api).await;
        let look = Look::asked(parts, api).await?;
        let events = events_of(&asked, &id, look.as_of).await?;
        let (revision, position) =
            events.last().map_or_else(Default::default, |last| (last.revision, last.position));
        let seen = parts.headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).map(str::to_owned);
        Ok(Self { id, events, revision, position, seen })
    }
}

/// An incident's events; a problem if there is no such incident.
pub(super) async fn events_of(api: &Api, id: &IncidentId, as_of: AsOf) -> Result<Vec<Recorded>, Problem> {
    let events = api.ask(questions::History::marked(id.clone(), as_of)).await?;
    if events.is_empty() { Err(Problem::unknown_incident(id)) } else { Ok(events) }
}

impl History {
    /// Shows a view of the incident. No view means that it was not declared by the moment asked about.
    pub(super) fn show<V: View>(
        &self,
        look: &Look,
        view: impl FnOnce(&[Recorded]) -> Option<V>,
    ) -> Result<Response, Problem> {
        let mut disputed = Vec::new();
        let known = self.events.iter().take_while(|recorded| look.as_of.had_recorded(recorded));
        for position in known.filter(|told| told.standing == TimeStanding::Disputed).map(|told| told.position)
        {
            Positions::extend(&mut disputed, position);
        }
        let look = Look { disputed, ..look.clone() };
        self.answer(&look, |events| view(events).map(|view| look.show(&view)))
    }

    /// Answers about the incident, unless the caller has seen just this answer.
    pub(super) fn answer(
        &self,
        look: &Look,
        answer: impl FnOnce(&[Recorded]) -> Option<Response>,
    ) -> Result<Response, Problem> {
        let was_known = self.events.first().is_some_and(|first| look.as_of.had_recorded(first));
        match answer(&self.events).filter(|_| was_known) {
            Some(response) => Ok(self.unless_seen(look, response)),
            None => Err(self.not_yet()),
        }
    }

    /// What may be behind is always sent, since nobody has seen it marked as such.
    fn unless_seen(&self, look: &Look, response: Response) -> Response {
        let seen = self.seen.as_deref().filter(|_| look.behind.is_none());
        validated(response, self.revision, self.position, seen)
    }

    fn not_yet(&self) -> Problem {
        Problem::Refused(Refusal::new(
            Reason::UnknownIncident,
            format!("{} was not declared by then", self.id),
            "ask about a later moment",
        ))
    }
}
