//! Looking at incidents: the board, and one incident in full.

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::header::IF_NONE_MATCH;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::kind::Group;
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::values::Tier;
use scribe_projections::current::{Board, IncidentNow, ListFilter, ListState};
use scribe_projections::document::View;
use scribe_projections::postmortem::{Edition, Postmortem};
use scribe_projections::roles::RoleHistory;
use scribe_projections::timeline::{Filter, Timeline};

use super::Api;
use super::format::{Format, Look, etag, positioned, tagged};
use super::problem::Problem;
use super::query::{Address, Query};
use super::spec::{Form, Param};
use super::wire::EventLine;

/// The board's parameters.
pub(super) const BOARD: &[Param] = &[
    Param {
        name: "state",
        about: "Whether they go on; `open` unless told.",
        form: Form::Word(&["open", "ended", "all"]),
    },
    Param { name: "tier", about: "Only those of this tier.", form: Form::Text },
    Param { name: "drills", about: "Exercises too.", form: Form::Flag },
];

/// The timeline's parameters.
pub(super) const TIMELINE: &[Param] = &[
    Param {
        name: "kind",
        about: "Only these kinds of events or groups, separated by commas.",
        form: Form::Text,
    },
    Param { name: "actor", about: "Only what they did or told.", form: Form::Text },
    Param {
        name: "retracted",
        about: "Whether to show what was retracted; it is, unless told.",
        form: Form::Flag,
    },
    Param {
        name: "ids",
        about: "Whether to show the id of every event, in text and Markdown.",
        form: Form::Flag,
    },
];

/// The postmortem's parameter.
pub(super) const POSTMORTEM: &[Param] = &[Param {
    name: "edition",
    about: "For whom: the company (`internal`, unless told) or everybody (`public`).",
    form: Form::Word(&["internal", "public"]),
}];

/// `GET /v1/incidents`.
pub(super) async fn board(State(api): State<Api>, look: Look, query: Query) -> Result<Response, Problem> {
    let filter = ListFilter {
        state: match query.text("state") {
            Some("ended") => ListState::Ended,
            Some("all") => ListState::All,
            _ => ListState::Open,
        },
        tier: query.read::<Tier>("tier")?,
        drills: query.flag("drills").unwrap_or_default(),
    };
    let board = api.app.views().of::<Board>().look(&look.as_of).await?;
    let view = board.view.list(&filter, look.asked_at(api.app.now()));
    Ok(positioned(look.show(&view), board.position))
}

/// `GET /v1/incidents/{incident}`.
pub(super) async fn now(State(api): State<Api>, look: Look, one: One) -> Result<Response, Problem> {
    one.show(&look, |history| IncidentNow::of(history, &look.as_of, look.asked_at(api.app.now())))
}

/// `GET /v1/incidents/{incident}/timeline`.
pub(super) async fn timeline(look: Look, query: Query, one: One) -> Result<Response, Problem> {
    let filter = Filter {
        kinds: kinds(query.text("kind"))?,
        actor: query.text("actor").map(str::to_owned),
        hide_retracted: query.flag("retracted") == Some(false),
        ids: query.flag("ids").unwrap_or_default(),
    };
    if look.format == Format::Csv {
        one.answer(&look, |history| Some(look.body(Timeline::of(history, &look.as_of, &filter).csv())))
    } else {
        one.show(&look, |history| Some(Timeline::of(history, &look.as_of, &filter)))
    }
}

/// `GET /v1/incidents/{incident}/postmortem`.
pub(super) async fn postmortem(
    State(api): State<Api>,
    look: Look,
    query: Query,
    one: One,
) -> Result<Response, Problem> {
    let edition = match query.text("edition") {
        Some("public") => Edition::Public,
        _ => Edition::Internal,
    };
    let asked_at = look.asked_at(api.app.now());
    one.show(&look, |history| Some(Postmortem::of(history, &look.as_of, edition, asked_at)))
}

/// `GET /v1/incidents/{incident}/roles`.
pub(super) async fn roles(look: Look, one: One) -> Result<Response, Problem> {
    one.show(&look, |history| Some(RoleHistory::of(history, &look.as_of)))
}

/// A timeline takes kinds of events and groups of them.
fn kinds(told: Option<&str>) -> Result<Vec<String>, Problem> {
    let is_known = |word: &str| IncidentEvent::KINDS.iter().any(|kind| *kind == word || Group::of(kind).as_str() == word);
    let check = |word: &str| {
        if is_known(word) {
            return Ok(word.to_owned());
        }
        let mut groups: Vec<&str> = IncidentEvent::KINDS.iter().map(|kind| Group::of(kind).as_str()).collect();
        groups.dedup();
        Err(Problem::Query {
            name: "kind".into(),
            what: format!(
                "{:?} is neither a kind of event nor a group",
                word.chars().take(80).collect::<String>()
            ),
            hint: format!(
                "the groups are {}; the kinds are {}",
                groups.join(", "),
                IncidentEvent::KINDS.join(", ")
            ),
        })
    };
    told.map_or(Ok(Vec::new()), |told| told.split(',').map(str::trim).map(check).collect())
}

/// `GET /v1/incidents/{incident}/events`.
pub(super) async fn events(look: Look, one: One) -> Result<Response, Problem> {
    one.answer(&look, |history| {
        let known = history.iter().take_while(|recorded| look.as_of.had_recorded(recorded));
        let lines = known
            .filter(|recorded| look.as_of.had_occurred(recorded.cause.occurred, recorded))
            .map(EventLine::of)
            .map(|line| serde_json::to_string(&line).unwrap_or_default());
        Some(match look.format {
            Format::Lines => look.body(lines.map(|line| line + "\n").collect::<String>()),
            _ => look.body(format!("[{}]", lines.collect::<Vec<_>>().join(","))),
        })
    })
}

/// One incident that exists, with its history.
pub(super) struct One {
    id: IncidentId,
    history: Vec<Recorded>,
    revision: Revision,
    position: Position,
    seen: Option<bool>,
}

impl FromRequestParts<Api> for One {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let id = Address::from_request_parts(parts, api).await?.incident()?;
        let history = history(api, &id).await?;
        let (revision, position) =
            history.last().map_or_else(Default::default, |last| (last.revision, last.position));
        let seen = has_seen(&parts.headers, revision);
        Ok(Self { id, history, revision, position, seen })
    }
}

/// An incident's events; a problem if there is no such incident.
pub(super) async fn history(api: &Api, id: &IncidentId) -> Result<Vec<Recorded>, Problem> {
    let history = api.app.store().history(id, Revision::NEW).await?;
    if history.is_empty() { Err(Problem::unknown_incident(id)) } else { Ok(history) }
}

impl One {
    /// Shows a view of the incident. No view means that it was not declared by the moment asked about.
    pub(super) fn show<V: View>(
        &self,
        look: &Look,
        view: impl FnOnce(&[Recorded]) -> Option<V>,
    ) -> Result<Response, Problem> {
        self.answer(look, |history| view(history).map(|view| look.show(&view)))
    }

    /// Answers about the incident, unless the caller has seen this revision.
    fn answer(
        &self,
        look: &Look,
        answer: impl FnOnce(&[Recorded]) -> Option<Response>,
    ) -> Result<Response, Problem> {
        if let Some(response) = self.unchanged(look) {
            return Ok(response);
        }
        let was_known = self.history.first().is_some_and(|first| look.as_of.had_recorded(first));
        match answer(&self.history).filter(|_| was_known) {
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
