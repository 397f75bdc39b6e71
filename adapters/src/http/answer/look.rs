//! How a view is wanted, and as of when.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::json_schema;
use scribe_domain::clocks::Positions;
use scribe_domain::spoken::TOLERANCE;
use scribe_domain::when::BadWhen;
use scribe_projections::document::{Document, Style, View};
use scribe_projections::question::AsOf;

use super::behind::Behind;
use super::disputes;
use super::negotiation::negotiate;
use super::response::formed;
use crate::app::gate::clocks::Disputed;
use crate::http::problem::Problem;
use crate::http::query::{Address, INCIDENT, Query};
use crate::http::spec::{Answer, Declared, Format, Moment, Param, Reached, VIEW};
use crate::http::state::Api;

/// The parameter that picks a view's form.
const FORMAT: Param<Format> = Param::with(
    "format",
    "In which form; else the Accept header decides, and JSON is the default.",
    format,
    |_| json_schema!({ "type": "string", "enum": Format::ALL.map(Format::word) }),
);

/// The time zone of the times that are shown, and of local times that are asked about.
pub(crate) const ZONE: Param<Tz> = Param::with(
    "zone",
    "The time zone that times are shown in, and in which local times are read.",
    zone,
    |_| json_schema!({ "type": "string", "examples": ["America/New_York"] }),
);

const WIDTH: Param<usize> = Param::with(
    "width",
    "Columns of the terminal, for text: 40 to 400.",
    width,
    |_| json_schema!({ "type": "integer", "minimum": 40, "maximum": 400 }),
);

const COLOUR: Param<bool> = Param::flag("colour", "Whether text carries ANSI colours.");

const AS_OF: Param<Moment> = Param::moment("as_of", "What did the record hold by then? (the recorded clock)");

const OCCURRED_BY: Param<Moment> =
    Param::moment("occurred_by", "What had happened in the world by then? (the occurred clock)");

/// The parameters that say how a view is shown.
pub(crate) fn form_params() -> Vec<Declared> {
    vec![FORMAT.declared(), ZONE.declared(), WIDTH.declared(), COLOUR.declared()]
}

/// The parameters that say how a view is shown, and as of when.
pub(crate) fn look_params() -> Vec<Declared> {
    let mut params = form_params();
    params.extend([AS_OF.declared(), OCCURRED_BY.declared()]);
    params
}

/// How a view is wanted, and as of when.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) format: Format,
    pub(crate) style: Style,
    pub(crate) as_of: AsOf,
    /// How far what is shown may be behind.
    pub(crate) behind: Option<Behind>,
    /// Positions whose recorded times are in dispute, of those that are shown.
    pub(crate) disputed: Vec<Positions>,
}

impl FromRequestParts<Api> for Look {
    type Rejection = Problem;

    /// Of one incident's view, what is disputed stands in its events.
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let look = Self::asked(parts, api).await?;
        if Address::from_request_parts(parts, api).await?.has(&INCIDENT) {
            return Ok(look);
        }
        let Ok(asked) = Api::from_request_parts(parts, api).await;
        Ok(Self { disputed: asked.ask(Disputed(look.as_of)).await?, ..look })
    }
}

impl Look {
    /// What is asked for.
    pub(crate) async fn asked(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, api).await?;
        let offered = match parts.extensions.get::<Reached>().map(|reached| reached.0.answer) {
            Some(Answer::View { forms, .. }) => forms,
            _ => VIEW,
        };
        let zone = query.get(&ZONE)?;
        let style = Style::default();
        Ok(Self {
            format: negotiate(query.get(&FORMAT)?, &parts.headers, offered)?,
            style: Style {
                zone: zone.or(api.app.config().zone).unwrap_or(Tz::UTC),
                width: query.get(&WIDTH)?.unwrap_or(style.width),
                colour: query.get(&COLOUR)?.unwrap_or(style.colour),
            },
            as_of: AsOf {
                recorded_by: past(&query, &AS_OF, zone, api.app.now())?,
                occurred_by: past(&query, &OCCURRED_BY, zone, api.app.now())?,
            },
            behind: parts.extensions.get().cloned(),
            disputed: Vec::new(),
        })
    }
}

/// A moment that has been: what a page will say nobody knows, and ages counted to then would be made up.
fn past(
    query: &Query,
    param: &Param<Moment>,
    zone: Option<Tz>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Problem> {
    match query.moment(param, zone)? {
        Some(at) if at > now + TOLERANCE => {
            Err(Problem::query(param.name, format!("{at} is still to come; it is {now} now")))
        }
        at => Ok(at),
    }
}

impl Look {
    /// The view in the form that was asked for.
    pub(crate) fn show<V: View>(&self, view: &V) -> Response {
        match self.format {
            Format::Text => self.body(self.marked(view).text(&self.style)),
            Format::Markdown => self.body(self.marked(view).markdown()),
            Format::Html => self.body(self.marked(view).html()),
            Format::Json | Format::Lines | Format::Csv => match serde_json::to_vec(view) {
                Ok(json) => {
                    let json = disputes::marked(json, &self.disputed);
                    self.body(match &self.behind {
                        Some(behind) => behind.marked(json),
                        None => json,
                    })
                }
                Err(error) => {
                    tracing::error!(%error, "a view does not serialise");
                    Problem::Broken.into_response()
                }
            },
        }
    }

    /// The view as a document, which says at its beginning whether it may be behind.
    fn marked<V: View>(&self, view: &V) -> Document {
        let mut document = view.document(&self.style);
        document.blocks.splice(..0, disputes::banner(&self.disputed));
        document.blocks.splice(..0, self.behind.as_ref().map(|behind| behind.banner(&self.style)));
        document
    }

    /// The moment to which ages are counted: the earliest that was asked about, or else now, so that an answer about
    /// the past is the same whenever it is asked for.
    pub(crate) fn asked_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        [self.as_of.recorded_by, self.as_of.occurred_by].into_iter().flatten().min().unwrap_or(now)
    }

    /// An answer in the form that was asked for.
    pub(crate) fn body(&self, body: impl Into<Body>) -> Response {
        formed(self.format, body)
    }
}

fn format(word: &str) -> Result<Format, String> {
    let known = || Format::ALL.map(Format::word).join(", ");
    let found = Format::ALL.into_iter().find(|format| format.word() == word);
    found.ok_or_else(|| format!("{:?} is none of {}", word.chars().take(80).collect::<String>(), known()))
}

fn zone(name: &str) -> Result<Tz, String> {
    Tz::from_str_insensitive(name).map_err(|_| BadWhen::Zone(name.chars().take(80).collect()).to_string())
}

fn width(columns: &str) -> Result<usize, String> {
    match columns.parse() {
        Ok(width @ 40..=400) => Ok(width),
        Ok(width) => Err(format!("{width} is outside 40 to 400")),
        Err(_) => Err(format!("{:?} is not a whole number", columns.chars().take(80).collect::<String>())),
    }
}
