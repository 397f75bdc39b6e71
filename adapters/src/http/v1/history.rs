//! An incident's events, for every look at one incident.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::IF_NONE_MATCH;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::refusal::{Reason, Refusal};
use scribe_projections::document::View;

use crate::app::gate::questions;
use crate::http::answer::{Look, etag, tagged};
use crate::http::problem::Problem;
use crate::http::query::{Address, INCIDENT};
use crate::http::spec::Format;
use crate::http::state::Api;

/// One incident that exists, with its events.
pub(super) struct History {
    id: IncidentId,
    events: Vec<Recorded>,
    revision: Revision,
    position: Position,
    seen: Option<bool>,
}

impl FromRequestParts<Api> for History {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let id = Address::from_request_parts(parts, api).await?.get(&INCIDENT)?;
        let events = events_of(api, &id).await?;
        let (revision, position) =
            events.last().map_or_else(Default::default, |last| (last.revision, last.position));
        let seen = has_seen(&parts.headers, revision);
        Ok(Self { id, events, revision, position, seen })
    }
}

/// An incident's events; a problem if there is no such incident.
pub(super) async fn events_of(api: &Api, id: &IncidentId) -> Result<Vec<Recorded>, Problem> {
    let events = api.ask(questions::History(id.clone())).await?;
    if events.is_empty() { Err(Problem::unknown_incident(id)) } else { Ok(events) }
}

impl History {
    /// Shows a view of the incident. No view means that it was not declared by the moment asked about.
    pub(super) fn show<V: View>(
        &self,
        look: &Look,
        view: impl FnOnce(&[Recorded]) -> Option<V>,
    ) -> Result<Response, Problem> {
        self.answer(look, |events| view(events).map(|view| look.show(&view)))
    }

    /// Answers about the incident, unless the caller has seen this revision.
    pub(super) fn answer(
        &self,
        look: &Look,
        answer: impl FnOnce(&[Recorded]) -> Option<Response>,
    ) -> Result<Response, Problem> {
        if let Some(response) = self.unchanged(look) {
            return Ok(response);
        }
        let was_known = self.events.first().is_some_and(|first| look.as_of.had_recorded(first));
        match answer(&self.events).filter(|_| was_known) {
            Some(response) => Ok(self.tag(response)),
            None => Err(self.not_yet()),
        }
    }

    /// The answer for a caller who has seen this revision. A page for people tells ages, which go on
    /// while nothing happens, so it is always sent; and so is what may be behind, which they have not seen
    /// marked as such.
    fn unchanged(&self, look: &Look) -> Option<Response> {
        if self.seen != Some(true) || look.format == Format::Html || look.behind.is_some() {
            return None;
        }
        Some(self.tag((StatusCode::NOT_MODIFIED, Body::empty()).into_response()))
    }

    fn tag(&self, response: Response) -> Response {
        tagged(response, self.revision, self.position)
    }

    fn not_yet(&self) -> Problem {
        Problem::Refused(Refusal::new(
            Reason::UnknownIncident,
            format!("{} was not declared by then", self.id),
            "ask about a later moment",
        ))
    }
}

fn has_seen(headers: &HeaderMap, revision: Revision) -> Option<bool> {
    let tags = headers.get(IF_NONE_MATCH)?.to_str().ok()?;
    let now = etag(revision);
    // Weak and strong tags count alike when reading (RFC 9110 §13.1.2).
    let same = |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == now.as_bytes();
    Some(tags.split(',').any(|tag| same(tag.trim())))
}
