//! In which form an answer is wanted: `?format=` first, else the Accept header, else JSON.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use scribe_domain::ids::{Position, Revision};
use scribe_projections::document::{Document, Style, View};
use scribe_projections::question::AsOf;

use super::Api;
use super::behind::Behind;
use super::problem::Problem;
use super::query::Query;
use super::spec::{Answer, Form, Param, Reached};

/// The header that tells up to where the record was seen.
pub(super) const POSITION: HeaderName = HeaderName::from_static("scribe-position");

/// A page may show itself and nothing else: no scripts, nothing from elsewhere, in nobody's frame.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Text,
    Markdown,
    Html,
    Csv,
    /// One JSON object a line.
    Lines,
}

impl Format {
    /// The word in `?format=`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Lines => "ndjson",
        }
    }

    /// The media type, without parameters.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Csv => "text/csv",
            Self::Lines => "application/x-ndjson",
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::Text => "text/plain; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Lines => "application/x-ndjson",
        })
    }
}

/// The forms that most views come in.
pub(super) const VIEW: &[Format] = &[Format::Json, Format::Text, Format::Markdown, Format::Html];
/// The forms of a timeline, which is also a table.
pub(super) const TABLE: &[Format] =
    &[Format::Json, Format::Text, Format::Markdown, Format::Html, Format::Csv];
/// The forms of bare events.
pub(super) const EVENTS: &[Format] = &[Format::Json, Format::Lines];

const fn param(name: &'static str, about: &'static str, form: Form) -> Param {
    Param { name, about, form }
}

/// The parameter that picks a view's form.
pub(super) const FORMAT: Param = param(
    "format",
    "In which form; else the Accept header decides, and JSON is the default.",
    Form::Word(&["json", "text", "markdown", "html", "csv", "ndjson"]),
);

/// The parameters that say how a view is shown, and as of when.
pub(super) const LOOK: &[Param] = &[
    FORMAT,
    param("zone", "The time zone that times are shown in, and in which local times are read.", Form::Text),
    param("width", "Columns of the terminal, for text: 40 to 400.", Form::Number),
    param("colour", "Whether text carries ANSI colours.", Form::Flag),
    param("as_of", "What did the record hold by then? (the recorded clock)", Form::Text),
    param("occurred_by", "What had happened in the world by then? (the occurred clock)", Form::Text),
];

/// How a view is wanted, and as of when.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) format: Format,
    pub(super) style: Style,
    pub(super) as_of: AsOf,
    /// How far what is shown may be behind.
    pub(super) behind: Option<Behind>,
}

impl FromRequestParts<Api> for Look {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, api).await?;
        let offered = match parts.extensions.get::<Reached>().map(|reached| reached.0.answer) {
            Some(Answer::View { forms, .. }) => forms,
            _ => VIEW,
        };
        let zone = query.zone("zone")?;
        let style = Style::default();
        let width = match query.read::<usize>("width")? {
            Some(width @ 40..=400) => width,
            Some(width) => return Err(Problem::query("width", format!("{width} is outside 40 to 400"))),
            None => style.width,
        };
        Ok(Self {
            format: negotiate(query.text("format"), &parts.headers, offered)?,
            style: Style {
                zone: zone.or(api.app.config().zone).unwrap_or(Tz::UTC),
                width,
                colour: query.flag("colour").unwrap_or(style.colour),
            },
            as_of: AsOf {
                recorded_by: query.moment("as_of", zone)?,
                occurred_by: query.moment("occurred_by", zone)?,
            },
            behind: parts.extensions.get().cloned(),
        })
    }
}

/// Picks a form: what `?format=` says, else the offered one that Accept weighs most.
pub(super) fn negotiate(
    asked: Option<&str>,
    headers: &HeaderMap,
    offered: &[Format],
) -> Result<Format, Problem> {
    let none = || Problem::NotAcceptable {
        offered: offered.iter().map(|format| format.word()).collect::<Vec<_>>().join(", "),
    };
    if let Some(asked) = asked {
        return offered.iter().copied().find(|format| format.word() == asked).ok_or_else(none);
    }
    let accept: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if accept.is_empty() {
        return offered.first().copied().ok_or_else(none);
    }
    let ranges: Vec<(&str, f32)> = accept.iter().flat_map(|line| line.split(',')).map(range).collect();
    let weigh = |format: Format| {
        let (main, _) = format.media_type().split_once('/').unwrap_or_default();
        let exactness = |range: &str| match range.split_once('/') {
            _ if range.eq_ignore_ascii_case(format.media_type()) => 3,
            Some((kind, "*")) if kind.eq_ignore_ascii_case(main) => 2,
            Some(("*", "*")) => 1,
            _ => 0,
        };
        // The most exact range that covers a form decides over it, whatever the wider ones say.
        ranges
            .iter()
            .map(|(range, weight)| (exactness(range), *weight))
            .filter(|(exactness, _)| *exactness > 0)
            .max_by_key(|(exactness, _)| *exactness)
            .map_or(0.0, |(_, weight)| weight)
    };
    let mut best = None;
    for format in offered.iter().copied() {
        let weight = weigh(format);
        if weight > best.map_or(0.0, |(_, weight)| weight) {
            best = Some((format, weight));
        }
    }
    best.map(|(format, _)| format).ok_or_else(none)
}

fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
    (range, weight.unwrap_or(0.0))
}

impl Look {
    /// The view in the form that was asked for.
    pub(super) fn show<V: View>(&self, view: &V) -> Response {
        match self.format {
            Format::Text => self.body(self.marked(view).text(&self.style)),
            Format::Markdown => self.body(self.marked(view).markdown()),
            Format::Html => self.body(self.marked(view).html()),
            Format::Json | Format::Lines | Format::Csv => match serde_json::to_vec(view) {
                Ok(json) => self.body(match &self.behind {
                    Some(behind) => behind.marked(json),
                    None => json,
                }),
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
        document.blocks.splice(..0, self.behind.as_ref().map(|behind| behind.banner(&self.style)));
        document
    }

    /// The moment to which ages are counted: the earliest that was asked about, or else now, so that an answer about
    /// the past is the same whenever it is asked for.
    pub(super) fn asked_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        [self.as_of.recorded_by, self.as_of.occurred_by].into_iter().flatten().min().unwrap_or(now)
    }

    /// An answer in the form that was asked for.
    pub(super) fn body(&self, body: impl Into<Body>) -> Response {
        formed(self.format, body)
    }
}

/// A page for people.
pub(super) fn html(page: String) -> Response {
    formed(Format::Html, page)
}

fn formed(format: Format, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, format.content_type());
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if format == Format::Html {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    }
    response
}

/// A revision as an entity tag.
pub(super) fn etag(revision: Revision) -> HeaderValue {
    // Digits in quotes are always a header's value.
    HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// Adds what an answer about one incident tells of it.
pub(super) fn tagged(mut response: Response, revision: Revision, position: Position) -> Response {
    response.headers_mut().insert(ETAG, etag(revision));
    positioned(response, position)
}

/// Adds up to where the record was seen.
pub(super) fn positioned(mut response: Response, position: Position) -> Response {
    response.headers_mut().insert(POSITION, HeaderValue::from(position.0));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        negotiate(None, &headers, VIEW).ok().map(Format::word)
    }

    #[test]
    fn the_accept_header_is_weighed() {
        assert_eq!(pick("*/*"), Some("json"));
        assert_eq!(pick("text/markdown"), Some("markdown"));
        assert_eq!(pick("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Some("html"));
        assert_eq!(pick("application/json;q=0.2, text/plain;q=0.5"), Some("text"));
        assert_eq!(pick("text/*"), Some("text"));
        assert_eq!(pick("application/json;q=0, */*;q=0.1"), Some("text"));
        assert_eq!(pick("image/png"), None);
    }

    #[test]
    fn the_query_is_stronger_than_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("image/png"));
        assert_eq!(negotiate(Some("text"), &headers, VIEW).ok(), Some(Format::Text));
        assert!(negotiate(Some("csv"), &headers, VIEW).is_err());
    }
}
