//! Query parameters and parts of the address.
//!
//! A parameter that is unknown, doubled or of a wrong form is refused by name: a misspelt `?as_off=`
//! must not quietly answer about now.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use scribe_domain::ids::IncidentId;
use scribe_domain::when::{BadWhen, When};

use super::problem::Problem;
use super::spec::{Form, Reached};

/// The query parameters of a request: each declared, each at most once, each of its form.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(BTreeMap<String, String>);

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
            check(param.form, &value).map_err(|what| Problem::query(param.name, what))?;
            if query.insert(name, value).is_some() {
                return Err(Problem::query(param.name, "stands there twice"));
            }
        }
        Ok(Self(query))
    }
}

fn check(form: Form, value: &str) -> Result<(), String> {
    let shown = || value.chars().take(80).collect::<String>();
    match form {
        Form::Text => Ok(()),
        Form::Number => match value.parse::<u64>() {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("{:?} is not a whole number", shown())),
        },
        Form::Flag if matches!(value, "true" | "false") => Ok(()),
        Form::Flag => Err(format!("{:?} is neither true nor false", shown())),
        Form::Word(words) if words.contains(&value) => Ok(()),
        Form::Word(words) => Err(format!("{:?} is none of {}", shown(), words.join(", "))),
    }
}

impl Query {
    /// The value as it was given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value, read as what it should be.
    pub(super) fn read<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let read = |text: &str| text.parse().map_err(|error: T::Err| Problem::query(name, error.to_string()));
        self.text(name).map(read).transpose()
    }

    /// Whether the flag is set; the form was checked already.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|value| value == "true")
    }

    /// The zone to show times in, if one was named.
    pub(super) fn zone(&self, name: &str) -> Result<Option<Tz>, Problem> {
        let read = |text: &str| {
            Tz::from_str_insensitive(text)
                .map_err(|_| Problem::query(name, BadWhen::Zone(text.chars().take(80).collect()).to_string()))
        };
        self.text(name).map(read).transpose()
    }

    /// A known moment. A local time is read in `zone` when there is one, and refused otherwise.
    pub(super) fn moment(&self, name: &str, zone: Option<Tz>) -> Result<Option<DateTime<Utc>>, Problem> {
        let read = |text: &str| {
            When::parse_known(text, zone).map_err(|error| Problem::Query {
                name: name.into(),
                what: error.to_string(),
                hint: "in an address, + is written %2B".into(),
            })
        };
        self.text(name).map(read).transpose()
    }
}

/// The named parts of the address, percent-decoded.
#[derive(Debug, Clone)]
pub(super) struct Address(BTreeMap<String, String>);

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
    /// A part, read as what it should be.
    pub(super) fn read<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, Problem> {
        let text = self.0.get(name).map(String::as_str).unwrap_or_default();
        let hint = match name {
            "incident" => "list the incidents with GET /v1/incidents?state=all",
            _ => "every address stands in /openapi.json",
        };
        text.parse().map_err(|error: T::Err| Problem::Address { name, what: error.to_string(), hint })
    }

    /// The incident.
    pub(super) fn incident(&self) -> Result<IncidentId, Problem> {
        self.read("incident")
    }
}
