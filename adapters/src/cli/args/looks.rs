//! Looking: every command here only reads.

use clap::builder::TypedValueParser as _;
use clap::{Args, Subcommand, ValueEnum};
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::IncidentId;
use scribe_domain::values::Tier;

use super::ledger::{CheckpointArgs, ConsistencyArgs, KeyArgs, ProveArgs, VerifyArgs};
use super::word;

/// What is to be seen.
#[derive(Debug, Subcommand)]
pub enum Looks {
    /// The board: every incident as it stands
    List(ListArgs),
    /// One incident as it stands
    Show(OneArgs),
    /// What happened, in order of when it happened
    Timeline(TimelineArgs),
    /// What an audience's status page says
    StatusPage(StatusPageArgs),
    /// The postmortem document
    Postmortem(PostmortemArgs),
    /// Who held which role, when
    Roles(OneArgs),
    /// What somebody should ask about
    Actions(ActionsArgs),
    /// Who ran what; whether every view follows from the record, and the record is what was signed
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The events themselves, one JSON object a line
    Events(EventsArgs),
    /// What became of a request, by its idempotency key or command id
    Receipt(ReceiptArgs),
    /// Follow the record as it grows, one line an event
    Watch(WatchArgs),
}

/// What to audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Who proposed, approved and ran what, where, when, with what result
    Runs(Box<RunsArgs>),
    /// Rebuild every view from the events, and compare it byte for byte with what is served
    Replay,
    /// Read the whole record again: hashes, tree, order, revisions, checkpoints; say where it was changed
    Verify(Box<VerifyArgs>),
    /// The record in one signed number: keep it elsewhere, and nobody can rewrite what it covers unseen
    Checkpoint(CheckpointArgs),
    /// The public key by which checkpoints and proofs are verified
    Key(KeyArgs),
    /// Sign with a new key from here on; the present one signs that too, and is kept aside
    RotateKey,
    /// The proof that one event is in the record, as one file
    Prove(ProveArgs),
    /// Whether the record of one checkpoint is that of another, grown
    Consistency(Box<ConsistencyArgs>),
}

/// Which request.
#[derive(Debug, Clone, Args)]
pub struct ReceiptArgs {
    /// The key that it was sent with, or the command id of its events
    pub key: String,
}

/// As of when, and in which form.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "About the look")]
pub struct Look {
    /// As the record stood then: what did we know?
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,
    /// As the world stood then, by all that is known now: what had happened?
    #[arg(long, value_name = "WHEN")]
    pub occurred_by: Option<String>,
    /// In which form [default: text]
    #[arg(long, value_name = "FORM")]
    pub format: Option<Format>,
}

/// The forms of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// Markdown
    Markdown,
    /// A page of its own
    Html,
    /// The API's JSON
    Json,
    /// A table; timelines only
    Csv,
}

impl Format {
    /// The word, as the API has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// Which incidents.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// In which state
    #[arg(long, default_value = "open")]
    pub state: State,
    /// Of which tier only
    #[arg(long, value_parser = word!(Tier))]
    pub tier: Option<Tier>,
    /// With exercises
    #[arg(long)]
    pub drills: bool,
    /// As of when, and in which form.
    #[command(flatten)]
    pub look: Look,
}

/// Which incidents a board shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// Being worked on
    Open,
    /// Over
    Ended,
    /// Both
    All,
}

impl State {
    /// The word, as the API has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ended => "ended",
            Self::All => "all",
        }
    }
}

/// One incident.
#[derive(Debug, Clone, Args)]
pub struct OneArgs {
    /// The incident's id
    pub incident: IncidentId,
    /// As of when, and in which form.
    #[command(flatten)]
    pub look: Look,
}

/// Which of one incident's events.
#[derive(Debug, Clone, Args)]
pub struct TimelineArgs {
    /// The incident's id
    pub incident: IncidentId,
    /// Of this kind or group of kinds only, such as run_approved or runs
    #[arg(long)]
    pub kind: Option<String>,
    /// By this one only: a name or integration:NAME
    #[arg(long, value_name = "WHO")]
    pub actor: Option<String>,
    /// Without what was retracted
    #[arg(long)]
    pub hide_retracted: bool,
    /// With each event's whole id, for corrections and citations
    #[arg(long)]
    pub ids: bool,
    /// As of when, and in which form.
    #[command(flatten)]
    pub look: Look,
}

/// Which page.
#[derive(Debug, Clone, Args)]
pub struct StatusPageArgs {
    /// Whose page
    #[arg(long, default_value = "public", value_parser = word!(Tier))]
    pub audience: Tier,
    /// As of when, and in which form.
    #[command(flatten)]
    pub look: Look,
}

/// Which edition.
#[derive(Debug, Clone, Args)]
pub struct PostmortemArgs {
    /// The incident's id
    pub incident: IncidentId,
    /// For whom: the public one holds back what only insiders should read
    #[arg(long, default_value = "internal")]
    pub edition: Edition,
    /// As of when, and in which form.
    #[command(flatten)]
    pub look: Look,
}

/// The editions of a postmortem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Edition {
    /// For the company
    Internal,
    /// For everybody
    Public,
}

impl Edition {
    /// The word, as the API has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Public => "public",
        }
    }
}

/// Which actions.
#[derive(Debug, Clone, Args)]
pub struct ActionsArgs {
    /// Of this incident only
    #[arg(value_name = "INCIDENT")]
    pub incident: Option<IncidentId>,
    /// To be asked about by then
    #[arg(long, value_name = "WHEN")]
    pub due_by: Option<String>,
    /// As of when, and in which form.
    #[command(flatten)]
    pub look: Look,
}

/// Which runs.
#[derive(Debug, Clone, Args)]
pub struct RunsArgs {
    /// Proposed, approved or run by
    #[arg(long, value_name = "WHO")]
    pub by: Option<String>,
    /// Since
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Until
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// Whose line has this text in it
    #[arg(long = "match", value_name = "TEXT")]
    pub matching: Option<String>,
    /// On this host
    #[arg(long, value_name = "HOST")]
    pub on: Option<String>,
    /// In this incident
    #[arg(long, value_name = "INCIDENT")]
    pub incident: Option<IncidentId>,
    /// Only what ran without an approval
    #[arg(long)]
    pub unapproved: bool,
    /// Only what carries this flag
    #[arg(long)]
    pub flag: Option<String>,
    /// As of when, and in which form.
    #[command(flatten)]
    pub look: Look,
}

/// Which events.
#[derive(Debug, Clone, Args)]
pub struct EventsArgs {
    /// Of this incident only
    pub incident: Option<IncidentId>,
    /// After this position
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    pub after: u64,
    /// At most so many
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    pub limit: Option<u64>,
    /// Of this kind only, such as noted
    #[arg(long, value_parser = super::one_of(IncidentEvent::KINDS.iter().copied()), hide_possible_values = true)]
    pub kind: Option<String>,
    /// Go on as the record grows
    #[arg(long)]
    pub follow: bool,
}

/// What to follow.
#[derive(Debug, Clone, Args)]
pub struct WatchArgs {
    /// This incident only
    pub incident: Option<IncidentId>,
    /// From this position on [default: only what is new]
    #[arg(long, value_name = "POSITION")]
    pub after: Option<u64>,
}
