//! Recording one command about an incident: one request, and one line about what came of it.

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH};
use clap::Args;
use scribe_domain::command::Command;
use scribe_domain::event_store::Receipt;
use scribe_domain::ids::{IncidentId, Revision};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::address::Address;
use super::client::request;
use super::desk::Desk;
use super::exit;
use super::failure::{Failure, Kind};
use super::feed::{Line, added_by};
use super::incident::{Care, IncidentRef};
use super::session::{Effect, Session};
use super::terminal::put_line;

/// Options of every command that records something.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Recording options")]
pub struct RecordingOptions {
    /// When it happened, such as "2023-01-04 13:05 America/New_York", "about 13:05" or unknown [default: now]
    #[arg(long, value_name = "WHEN")]
    pub occurred: Option<String>,
    /// A key of your own; the same key again is the same command and records nothing more
    #[arg(long, value_name = "KEY", visible_alias = "key")]
    pub idempotency_key: Option<String>,
    /// Record only if the incident is at exactly this revision
    #[arg(long, value_name = "N")]
    pub if_revision: Option<u64>,
}

/// A command about an incident.
#[derive(Debug, Clone, Args)]
pub struct OnIncident<T: Args> {
    /// The incident: its id, a part of it, or @ for the open one
    pub incident: IncidentRef,
    /// What is to be recorded.
    #[command(flatten)]
    pub what: T,
    /// How it is recorded.
    #[command(flatten)]
    pub recording: RecordingOptions,
}

/// Arguments that make a command about an incident.
#[async_trait(?Send)]
pub trait IncidentCommand: Args {
    /// The command's fields.
    type Payload: Serialize + Into<Command>;

    /// The command's fields, as given at this desk.
    fn payload(self, desk: &Desk) -> Result<Self::Payload, Failure>;

    /// Whether it can be taken back.
    const CARE: Care = Care::Usual;

    /// Looks up what else it names: events of the incident, another incident, a text that is still to be written.
    async fn look_up(&mut self, _: &Desk, _: &IncidentId) -> Result<(), Failure> {
        Ok(())
    }

    /// When it happened, unless `--occurred` says so; by default now.
    fn occurred(&self) -> Option<&str> {
        None
    }
}

/// A command as a request to the API.
#[derive(Debug, Clone)]
pub struct CommandRequest {
    incident: Option<IncidentId>,
    name: &'static str,
    body: Value,
    /// Makes it safe to send the same request again after a doubtful answer.
    key: String,
    if_revision: Option<Revision>,
}

impl<T: IncidentCommand> OnIncident<T> {
    /// Records the command, and prints what came of it; the exit code.
    pub async fn record(self, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk()?;
        let Self { mut incident, mut what, mut recording } = self;
        let incident = incident.find(desk, T::CARE).await?;
        what.look_up(desk, &incident).await?;
        recording.occurred = recording.occurred.or_else(|| what.occurred().map(str::to_owned));
        let request = CommandRequest::new(desk, Some(incident), what.payload(desk)?, recording)?;
        record(desk, &request).await?;
        Ok(exit::DONE)
    }
}

#[async_trait(?Send)]
impl<T: IncidentCommand> Effect for OnIncident<T> {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        self.record(session).await
    }
}

impl CommandRequest {
    /// A command about an incident, or one that declares it.
    pub fn new<P: Serialize + Into<Command>>(
        desk: &Desk,
        incident: Option<IncidentId>,
        payload: P,
        recording: RecordingOptions,
    ) -> Result<Self, Failure> {
        let mut body = serde_json::to_value(&payload).map_err(|error| Failure::bad("command", error))?;
        body["actor"] = json!({ "who": desk.who()?, "via": "cli" });
        if let Some(person) = &desk.on_behalf_of {
            body["actor"]["on_behalf_of"] = json!(person);
        }
        // The dotted name is the envelope's even where a command has a field `occurred` of its own.
        if let Some(occurred) = recording.occurred {
            body["cause.occurred"] = json!(desk.when("--occurred", &occurred)?);
        }
        Ok(Self {
            incident,
            name: payload.into().name(),
            body,
            key: recording.idempotency_key.unwrap_or_else(|| Uuid::now_v7().to_string()),
            if_revision: recording.if_revision.map(Revision),
        })
    }

    /// Sends it. Where nobody can say whether it was recorded, the failure tells how to send the same again.
    pub async fn send(&self, desk: &Desk) -> Result<Receipt, Failure> {
        let address = match &self.incident {
            None => Address::of(&["v1", "incidents"]),
            Some(id) => Address::of(&["v1", "incidents", id.as_str(), "commands", self.name]),
        };
        let mut request = request(Method::POST, address.as_str(), Body::from(self.body.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("idempotency-key"), key_header(&self.key)?);
        if let Some(revision) = self.if_revision {
            let quoted = HeaderValue::from_str(&format!("\"{revision}\""));
            headers.insert(IF_MATCH, quoted.map_err(|error| Failure::bad("--if-revision", error))?);
        }
        let answer = desk.client.ask(request).await.map_err(|failure| match failure.kind {
            Kind::Unavailable => {
                let hint = failure.hint.map(|hint| format!("{hint}; ")).unwrap_or_default();
                let again =
                    format!("{hint}to send it again and record it once: --idempotency-key {}", self.key);
                Failure { hint: Some(again), ..failure }
            }
            _ => failure,
        })?;
        answer.json()
    }
}

/// Sends a command and says what came of it: a line for a person, the receipt for a program.
pub async fn record(desk: &Desk, request: &CommandRequest) -> Result<(), Failure> {
    let receipt = request.send(desk).await?;
    if let Some(memory) = &desk.memory {
        memory.used(&receipt.incident);
    }
    if desk.quiet {
        return Ok(());
    }
    if desk.json {
        let json = serde_json::to_string(&receipt).map_err(|error| Failure::bad("receipt", error))?;
        return put_line(&json);
    }
    let happened = if receipt.events.is_empty() {
        "nothing to do: it is so already".to_owned()
    } else {
        match added_by(desk, &receipt).await {
            Ok(added) => added.iter().map(told).collect::<Vec<_>>().join("; "),
            // It is recorded all the same, and nothing may sound as if it were not.
            Err(_) => "recorded".to_owned(),
        }
    };
    put_line(&format!("{}  revision {}  {happened}", receipt.incident, receipt.revision))
}

/// What happened, and by which id it can be put right.
fn told(line: &Line) -> String {
    format!("{} [{}]", line.headline(), line.event_id().short())
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
