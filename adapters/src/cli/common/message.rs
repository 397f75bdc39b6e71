//! A command as one request to the API.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH};
use chrono::{DateTime, SubsecRound as _, Utc};
use scribe_domain::ids::{IncidentId, Revision};
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::address::Address;
use super::client::{Client, request};
use super::failure::{Failure, Kind};
use crate::http::Outcome;
use crate::http::sender_clock::OCCURRED_BY;

/// How long an answer may take. A server gives up earlier by itself, unless it has stopped altogether.
const PATIENCE: Duration = Duration::from_secs(45);

/// A command as a request to the API.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// The incident, unless it declares one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// The command's name.
    pub name: String,
    /// Its fields, and those of its envelope.
    pub body: Value,
    /// Makes it safe to send the same request again after a doubtful answer.
    pub key: String,
    /// The revision at which it is to be recorded, and at no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_revision: Option<Revision>,
    /// Whether it was read off this machine's clock when it happened, and told by nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_clock: bool,
}

impl Message {
    /// Sends it.
    pub async fn send(&self, client: &Client) -> Result<Outcome, Failure> {
        let address = match &self.incident {
            None => Address::of(&["v1", "incidents"]),
            Some(id) => Address::of(&["v1", "incidents", id.as_str(), "commands", &self.name]),
        };
        let mut request = request(Method::POST, address.as_str(), Body::from(self.body.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("idempotency-key"), key_header(&self.key)?);
        if self.by_clock {
            headers.insert(OCCURRED_BY, HeaderValue::from_static("clock"));
        }
        if let Some(revision) = self.if_revision {
            let quoted = HeaderValue::from_str(&format!("\"{revision}\""));
            headers.insert(IF_MATCH, quoted.map_err(|error| Failure::bad("--if-revision", error))?);
        }
        match tokio::time::timeout(PATIENCE, client.ask(request)).await {
            Ok(answer) => answer?.json(),
            Err(_) => Err(Failure::plain(
                Kind::OutOfReach,
                format!("no answer came within {} seconds", PATIENCE.as_secs()),
            )),
        }
    }

    /// The same, for later: with the moment at which it was typed, unless it says when it happened.
    #[must_use]
    pub fn typed_at(mut self, typed: DateTime<Utc>) -> Self {
        if self.body.get("cause.occurred").is_none() {
            self.body["cause.occurred"] = json!(When::second(typed.trunc_subsecs(0)));
            self.by_clock = true;
        }
        self
    }

    /// What it says, in a line.
    pub fn headline(&self) -> String {
        let words = ["text", "title", "status", "choice", "findings", "why", "summary", "how"];
        let said = words.iter().find_map(|word| self.body.get(word)?.as_str()).unwrap_or_default();
        let line: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
        let about = self.incident.as_ref().map(|incident| format!(" {incident}")).unwrap_or_default();
        if line.is_empty() {
            format!("{}{about}", self.name)
        } else {
            format!("{}{about}: {line}", self.name)
        }
    }
}

fn key_header(key: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(key).ok().filter(|_| key.is_ascii() && !key.is_empty()).ok_or_else(|| {
        Failure::new(
            Kind::BadInput,
            format!("--idempotency-key {key:?} cannot be sent"),
            "use printable ASCII characters",
        )
    })
}
