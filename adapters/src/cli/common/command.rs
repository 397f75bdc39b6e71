//! Recording one command about an incident: one request, and one line about what came of it.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::command::Command;
use scribe_domain::event_store::Receipt;
use scribe_domain::ids::{IncidentId, Revision};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::clocks::right_put;
use super::desk::Desk;
use super::exit;
use super::failure::{Failure, Kind};
use super::feed::{Line, added_by};
use super::incident::{Care, IncidentRef};
use super::message::Message;
use super::outbox::Outbox;
use super::session::{Effect, Session};
use super::terminal::{printable, put_line, say};
use crate::http::Outcome;

/// Options of every command that records something.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Recording options")]
pub struct RecordingOptions {
    /// When it happened, such as "2023-01-04 13:05 America/New_York", "about 13:05" or unknown [default: now]
    #[arg(short = 't', long, value_name = "WHEN")]
    pub occurred: Option<String>,
    /// A key of your own; the same key again is the same command and records nothing more
    #[arg(long, value_name = "KEY", visible_alias = "key")]
    pub idempotency_key: Option<String>,
    /// Record only if the incident is at exactly this revision
    #[arg(long, value_name = "N")]
    pub if_revision: Option<u64>,
    /// Whether it was read off this machine's clock when it happened, and typed by nobody.
    #[arg(skip)]
    pub by_clock: bool,
}

/// A command about an incident.
#[derive(Debug, Clone, Args)]
pub struct OnIncident<T: Args> {
    /// The incident: its id, a part of it, or @ for the open one; may be left out where one is open
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
pub struct CommandRequest(Message);

impl<T: IncidentCommand> OnIncident<T> {
    /// Records the command, and prints what came of it; the exit code.
    pub async fn record(self, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk()?;
        let Self { mut incident, mut what, mut recording } = self;
        let incident = incident.find(desk, T::CARE).await?;
        what.look_up(desk, &incident).await?;
        recording.occurred = recording.occurred.or_else(|| what.occurred().map(str::to_owned));
        let request = CommandRequest::new(desk, Some(incident), what.payload(desk)?, recording)?;
        record(desk, &request).await
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
        if desk.who.is_some() || !desk.client.shows_a_token() {
            body["actor"] = json!({ "who": desk.who()?, "via": "cli" });
        }
        if let Some(whom) = &desk.on_behalf_of {
            body["actor"]["on_behalf_of"] = json!(whom);
        }
        // The dotted name is the envelope's even where a command has a field `occurred` of its own.
        if let Some(occurred) = recording.occurred {
            body["cause.occurred"] = json!(desk.when("--occurred", &occurred)?);
        }
        Ok(Self(Message {
            incident,
            name: payload.into().name().to_owned(),
            body,
            key: recording.idempotency_key.unwrap_or_else(|| Uuid::now_v7().to_string()),
            if_revision: recording.if_revision.map(Revision),
            by_clock: recording.by_clock,
        }))
    }

    /// Sends it. Where nobody can say whether it was recorded, the failure tells how to send the same again.
    pub async fn send(&self, desk: &Desk) -> Result<Receipt, Failure> {
        self.ask(desk).await.map(|outcome| outcome.receipt)
    }

    /// The same, with what else there is to say.
    async fn ask(&self, desk: &Desk) -> Result<Outcome, Failure> {
        self.0.send(&desk.client).await.map_err(|failure| match failure.kind {
            Kind::Unavailable | Kind::OutOfReach => {
                let hint = failure.hint.map(|hint| format!("{hint}; ")).unwrap_or_default();
                let again =
                    format!("{hint}to send it again and record it once: --idempotency-key {}", self.0.key);
                Failure { hint: Some(again), ..failure }
            }
            _ => failure,
        })
    }
}

/// Sends a command and says what came of it: a line for a person, the receipt for a program. With the server out of
/// reach it is kept, to be sent later; what waits already goes first.
pub async fn record(desk: &Desk, request: &CommandRequest) -> Result<u8, Failure> {
    if desk.outbox.as_ref().is_some_and(Outbox::holds_up) {
        // What was typed before it goes first.
        let failure = Failure::plain(Kind::OutOfReach, "what was typed before is not sent yet");
        return keep(desk, request, failure);
    }
    let outcome = match request.ask(desk).await {
        Ok(outcome) => outcome,
        Err(failure) if failure.kind == Kind::OutOfReach => return keep(desk, request, failure),
        Err(failure) => return Err(failure),
    };
    if let Some(memory) = &desk.memory {
        memory.used(&outcome.receipt.incident);
    }
    if let Some(right) = outcome.put_right.filter(|_| !desk.quiet) {
        say(&right_put(right));
    }
    if desk.quiet {
        return Ok(exit::DONE);
    }
    if desk.json {
        let json = serde_json::to_string(&outcome).map_err(|error| Failure::bad("receipt", error))?;
        put_line(&json)?;
        return Ok(exit::DONE);
    }
    let Outcome { receipt, left_open, stands_since, .. } = outcome;
    let happened = if receipt.events.is_empty() {
        match stands_since {
            Some(since) => format!("nothing to do: {since}"),
            None => "nothing to do: it is so already".to_owned(),
        }
    } else {
        match added_by(desk, &receipt).await {
            Ok(added) => added.iter().map(told).collect::<Vec<_>>().join("; "),
            // It is recorded all the same, and nothing may sound as if it were not.
            Err(_) => "recorded".to_owned(),
        }
    };
    put_line(&format!("{}  revision {}  {happened}", receipt.incident, receipt.revision))?;
    if !left_open.is_empty() {
        put_line("left open:")?;
        left_open.iter().try_for_each(|left| put_line(&format!("  {}", printable(left))))?;
    }
    Ok(exit::DONE)
}

/// Keeps what could not be sent, and says so: nobody may take it for recorded.
fn keep(desk: &Desk, CommandRequest(message): &CommandRequest, failure: Failure) -> Result<u8, Failure> {
    let Some(outbox) = &desk.outbox else { return Err(failure) };
    let typed = (desk.clock)();
    match outbox.keep(message.clone().typed_at(typed), typed) {
        Ok(count) => {
            say(&format!("warning: {}", printable(&failure.message)));
            say(&format!(
                "warning: NOT RECORDED YET: it is kept in the outbox with the time it was typed; {count} {} there",
                if count == 1 { "waits" } else { "wait" }
            ));
            say("hint: the next command that reaches the server sends it; or at once: scribe outbox send");
            Ok(exit::WAITING)
        }
        Err(error) => Err(Failure {
            message: format!("{}; and it cannot be kept in the outbox: {error}", failure.message),
            ..failure
        }),
    }
}

/// What happened, and by which id it can be put right.
fn told(line: &Line) -> String {
    format!("{} [{}]", line.headline(), line.event_id().short())
}
