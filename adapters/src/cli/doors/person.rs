//! `scribe person …`: who is who.

use async_trait::async_trait;
use chrono::SubsecRound as _;
use clap::{Args, Subcommand};
use scribe_domain::account::Account;
use scribe_domain::actor::Person;
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde_json::{Value, json};

use crate::cli::common::address::Address;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::say;
use crate::cli::common::view::{ViewOptions, show};

/// Who is who: people's names, accounts and teams.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum PersonCommand {
    /// Add somebody to the directory
    Add(AddArgs),
    /// Everybody in it
    List(ListArgs),
    /// One of them, by any name that they had
    Show(ShowArgs),
    /// Somebody goes by another name; the old one still means them
    Rename(RenameArgs),
    /// An account is somebody's: at a chat, PagerDuty, GitHub, a mail address
    Link(LinkArgs),
    /// An account is somebody's no longer, or never was
    Unlink(UnlinkArgs),
    /// The teams that somebody is in, all of them
    Team(TeamArgs),
    /// Somebody has left the company; or since when they are with it
    Left(LeftArgs),
    /// A name is a misspelt one of somebody, or they were entered twice
    Merge(MergeArgs),
    /// Take a merge back: the name is somebody else's after all
    Part(PartArgs),
}

/// Somebody new.
#[derive(Debug, Clone, Args)]
pub(super) struct AddArgs {
    /// Their name, as the organisation writes it
    name: Person,
    /// Since when they are with the company
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// A team that they are in; may be said several times
    #[arg(long, value_name = "TEAM")]
    team: Vec<Label>,
}

/// The directory.
#[derive(Debug, Clone, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    view: ViewOptions,
}

/// One of them.
#[derive(Debug, Clone, Args)]
pub(super) struct ShowArgs {
    /// A name: present, former or misspelt
    name: Person,
    #[command(flatten)]
    view: ViewOptions,
}

/// Another name.
#[derive(Debug, Clone, Args)]
pub(super) struct RenameArgs {
    /// Any name that they had
    name: Person,
    /// The new one
    to: Person,
    /// Since when they go by it [default: now]
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

/// An account that is theirs.
#[derive(Debug, Clone, Args)]
pub(super) struct LinkArgs {
    /// Whose it is
    name: Person,
    /// The account: slack:U0123ABC, pagerduty:PXYZ, github:ada, mail:ada@example.com
    account: Account,
    /// Since when it is theirs; `unknown` if nobody knows [default: now]
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Until when, if it is over
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
}

/// An account that is theirs no longer.
#[derive(Debug, Clone, Args)]
pub(super) struct UnlinkArgs {
    /// Whose it was, or was said to be
    name: Person,
    /// The account
    account: Account,
    /// Until when it was theirs [default: now]
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// It never was theirs
    #[arg(long, conflicts_with = "until")]
    never: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

/// Their teams.
#[derive(Debug, Clone, Args)]
pub(super) struct TeamArgs {
    /// Who
    name: Person,
    /// The teams, all of them
    #[arg(required_unless_present = "none", value_name = "TEAM")]
    teams: Vec<Label>,
    /// They are in no team
    #[arg(long, conflicts_with = "teams")]
    none: bool,
    /// Since when [default: now]
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
}

/// Since when somebody is with the company, and when they left.
#[derive(Debug, Clone, Args)]
pub(super) struct LeftArgs {
    /// Who
    name: Person,
    /// When they left, or are to [default: now]
    #[arg(long, value_name = "WHEN", conflicts_with = "not")]
    at: Option<String>,
    /// They have not left
    #[arg(long)]
    not: bool,
    /// Since when they are with the company; alone, it says nothing of their leaving
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
}

/// A wrong name.
#[derive(Debug, Clone, Args)]
pub(super) struct MergeArgs {
    /// The wrong name; it need not be in the directory
    name: Person,
    /// Who it is
    into: Person,
    /// Why
    why: Option<String>,
}

/// A name that was merged wrongly.
#[derive(Debug, Clone, Args)]
pub(super) struct PartArgs {
    /// The name that was merged into another
    name: Person,
    /// Why
    why: Option<String>,
}

#[async_trait(?Send)]
impl Effect for PersonCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_to_begin()?;
        match *self {
            Self::List(args) => {
                show(session.desk_for_looking()?, Address::of(&["v1", "people"]), &args.view).await?;
                Ok(exit::DONE)
            }
            Self::Show(args) => {
                let address = Address::of(&["v1", "people", args.name.as_str()]);
                show(session.desk_for_looking()?, address, &args.view).await?;
                Ok(exit::DONE)
            }
            Self::Add(args) => add(desk, args).await,
            Self::Rename(RenameArgs { name, to, since, why }) => {
                let since = since.map(|told| desk.when("--since", &told)).transpose()?;
                let why = desk.some_text("the reason", why.as_deref())?;
                let told = format!("{name} goes by {to}");
                tell(desk, &name, "rename", json!({ "to": to, "since": since, "why": why }), &told).await
            }
            Self::Link(LinkArgs { name, account, since, until }) => {
                let since = since.map(|told| desk.when("--since", &told)).transpose()?;
                let until = until.map(|told| desk.when_next("--until", &told)).transpose()?;
                let told = format!("{account} is {name}'s");
                let body = json!({ "account": account, "since": since, "until": until });
                tell(desk, &name, "link", body, &told).await
            }
            Self::Unlink(args) => unlink(desk, args).await,
            Self::Team(TeamArgs { name, teams, none: _, since }) => {
                let since = since.map(|told| desk.when("--since", &told)).transpose()?;
                let words: Vec<&str> = teams.iter().map(Label::as_str).collect();
                let told = match words.as_slice() {
                    [] => format!("{name} is in no team"),
                    words => format!("{name} is in {}", words.join(", ")),
                };
                tell(desk, &name, "teams", json!({ "teams": teams, "since": since }), &told).await
            }
            Self::Left(args) => left(desk, args).await,
            Self::Merge(MergeArgs { name, into, why }) => {
                let why = desk.some_text("the reason", why.as_deref())?;
                let told = format!("{name} is {into}");
                tell(desk, &name, "merge", json!({ "into": into, "why": why }), &told).await
            }
            Self::Part(PartArgs { name, why }) => {
                let why = desk.some_text("the reason", why.as_deref())?;
                let told = format!("{name} is somebody else after all");
                tell(desk, &name, "part", json!({ "why": why }), &told).await
            }
        }
    }
}

async fn add(desk: &Desk, AddArgs { name, since, team }: AddArgs) -> Result<u8, Failure> {
    let since = since.map(|told| desk.when_next("--since", &told)).transpose()?;
    let told = format!("{name} is in the directory");
    post(desk, &["v1", "people"], json!({ "name": name, "since": since, "teams": team }), &told).await
}

async fn unlink(desk: &Desk, args: UnlinkArgs) -> Result<u8, Failure> {
    let UnlinkArgs { name, account, until, never, why } = args;
    let until = until.map(|told| desk.when("--until", &told)).transpose()?;
    let why = desk.some_text("the reason", why.as_deref())?;
    let told = if never {
        format!("{account} never was {name}'s")
    } else {
        format!("{account} is {name}'s no longer")
    };
    let body = json!({ "account": account, "until": until, "never": never, "why": why });
    tell(desk, &name, "unlink", body, &told).await
}

async fn left(desk: &Desk, LeftArgs { name, at, not, since }: LeftArgs) -> Result<u8, Failure> {
    let told_since = since.map(|told| desk.when_next("--since", &told)).transpose()?;
    let left: Option<When> = match (at, not || told_since.is_some()) {
        (Some(told), _) => Some(desk.when_next("--at", &told)?),
        (None, true) => None,
        (None, false) => Some(When::second((desk.clock)().trunc_subsecs(0))),
    };
    let told = match left {
        Some(_) => format!("{name} has left the company, or is to"),
        None => format!("{name} is with the company"),
    };
    tell(desk, &name, "employment", json!({ "since": told_since, "left": left, "stays": not }), &told).await
}

/// Tells something of a person.
async fn tell(desk: &Desk, name: &Person, word: &str, body: Value, told: &str) -> Result<u8, Failure> {
    post(desk, &["v1", "people", name.as_str(), word], body, told).await
}

async fn post(desk: &Desk, segments: &[&str], mut body: Value, told: &str) -> Result<u8, Failure> {
    body["actor"] = json!(desk.actor()?);
    let answer = desk.client.post_json(Address::of(segments).as_str(), &body).await?;
    if desk.json {
        answer.put()?;
    } else {
        say(told);
    }
    Ok(exit::DONE)
}
