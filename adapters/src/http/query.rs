//! Query parameters and parts of the address.
//!
//! A parameter that is unknown, doubled or of a wrong form is refused by name: a misspelt `?as_off=`
//! must not quietly answer about now.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use scribe_domain::ids::IncidentId;
use scribe_domain::when::When;

use super::problem::Problem;
use super::spec::{Moment, Param, Reached};

/// The incident that an address is about.
pub(crate) const INCIDENT: Param<IncidentId> = Param::parsed("incident", "The incident's id.");

/// The query parameters of a request: each declared, each at most once, each of its form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let declared = parts.extensions.get::<Reached>().map_or(&[][..], |reached| &reached.0.query);
        let axum::extract::Query(pairs) =
            axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
                .map_err(|_| Problem::query("query", "is not name=value pairs"))?;
        let mut query = BTreeMap::new();
        for (name, value) in pairs {
            let Some(param) = declared.iter().find(|param| param.name == name) else {
                let known: Vec<&str> = declared.iter().map(|param| param.name).collect();
                let hint = if known.is_empty() {
                    "this address takes no query parameters".into()
                } else {
                    format!("this address takes {}", known.join(", "))
                };
                let name = name.chars().take(80).collect();
                return Err(Problem::Query { name, what: "unknown query parameter".into(), hint });
            };
            param.check(&value).map_err(|what| Problem::query(param.name, what))?;
            if query.insert(name, value).is_some() {
                return Err(Problem::query(param.name, "stands there twice"));
            }
        }
        Ok(Self(query))
    }
}

impl Query {
    /// The value, read as what it is declared to be.
    pub(crate) fn get<T>(&self, param: &Param<T>) -> Result<Option<T>, Problem> {
        let read = |text: &String| param.read(text).map_err(|what| Problem::query(param.name, what));
        self.0.get(param.name).map(read).transpose()
    }

    /// A known moment. A local time is read in `zone` when there is one, and refused otherwise.
    pub(crate) fn moment(
        &self,
        param: &Param<Moment>,
        zone: Option<Tz>,
    ) -> Result<Option<DateTime<Utc>>, Problem> {
        let read = |Moment(text): Moment| {
            When::parse_known(&text, zone).map_err(|error| Problem::Query {
                name: param.name.into(),
                what: error.to_string(),
                hint: "in an address, + is written %2B".into(),
            })
        };
        self.get(param)?.map(read).transpose()
    }
}

/// The named parts of the address, percent-decoded.
#[derive(Debug, Clone)]
pub(crate) struct Address(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<BTreeMap<String, String>>::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            Err(_) => Err(Problem::Address {
                name: "path",
                what: "the address is not UTF-8".into(),
                hint: "write it in UTF-8, percent-encoded",
            }),
        }
    }
}

impl Address {
    /// Whether it has this part.
    pub(crate) fn has<T>(&self, part: &Param<T>) -> bool {
        self.0.contains_key(part.name)
    }

    /// A part, read as what it is declared to be.
    pub(crate) fn get<T>(&self, part: &Param<T>) -> Result<T, Problem> {
        let text = self.0.get(part.name).map(String::as_str).unwrap_or_default();
        let hint = match part.name {
            "incident" => "list the incidents with GET /v1/incidents?state=all",
            "view" => "list the views with GET /v1/views",
            "person" => "list who is in the directory with GET /v1/people",
            _ => "every address stands in /openapi.json",
        };
        part.read(text).map_err(|what| Problem::Address { name: part.name, what, hint })
    }
}
