//! `scribe token …`: who may speak to a server.

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use scribe_domain::actor::Who;
use scribe_domain::ids::IncidentId;
use scribe_domain::scope::Scope;
use scribe_domain::text::Label;
use scribe_domain::values::UnknownWord;
use serde_json::json;

use crate::app::gate::system::{NewToken, TokenList, TokenRow};
use crate::cli::common::address::Address;
use crate::cli::common::client::Answer;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{put_line, say};

/// Who may speak to a server: tokens, made, listed, revoked and renewed.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token for somebody; its secret is shown this once
    Create(Box<CreateArgs>),
    /// Every token, without its secret
    List,
    /// Make a token count no longer
    Revoke(RevokeArgs),
    /// Make another secret for the same rights; the old one counts no longer
    Rotate(RotateArgs),
}

/// What a token is to give.
#[derive(Debug, Clone, Args)]
pub(super) struct CreateArgs {
    /// What to call it: "Ada's laptop", ci
    name: Label,
    /// Whose it is: a person, or integration:NAME
    #[arg(long = "for", value_name = "WHO")]
    owner: Who,
    /// What it lets through; `communicate` is every audience
    #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',')]
    scope: Vec<String>,
    /// Until when it counts: a time, or how long (90d, 12h) [default: for ever]
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    /// For this incident only; may be said several times
    #[arg(long, value_name = "INCIDENT")]
    incident: Vec<IncidentId>,
    /// For deliveries of this tool only; may be said several times
    #[arg(long, value_name = "TOOL")]
    source: Vec<Label>,
}

/// A token to revoke.
#[derive(Debug, Clone, Args)]
pub(super) struct RevokeArgs {
    /// Its id, as `token list` shows it
    token: Label,
    /// Why
    why: Option<String>,
}

/// A token to renew.
#[derive(Debug, Clone, Args)]
pub(super) struct RotateArgs {
    /// Its id, as `token list` shows it
    token: Label,
}

#[async_trait(?Send)]
impl Effect for TokenCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_to_begin()?;
        match *self {
            Self::Create(args) => create(desk, *args).await,
            Self::List => list(desk).await,
            Self::Revoke(args) => {
                let why = args.why.map(|why| desk.text("the reason", &why)).transpose()?;
                let body = json!({ "actor": desk.actor()?, "why": why });
                desk.client
                    .post_json(Address::of(&["v1", "tokens", args.token.as_str(), "revoke"]).as_str(), &body)
                    .await?;
                say(&format!("the token {} counts no longer", args.token));
                Ok(exit::DONE)
            }
            Self::Rotate(args) => {
                let body = json!({ "actor": desk.actor()? });
                let answer = desk
                    .client
                    .post_json(Address::of(&["v1", "tokens", args.token.as_str(), "rotate"]).as_str(), &body)
                    .await?;
                shown(desk, &answer)
            }
        }
    }
}

async fn create(desk: &Desk, args: CreateArgs) -> Result<u8, Failure> {
    let mut scopes: Vec<Scope> = Vec::new();
    for word in &args.scope {
        match word.as_str() {
            "communicate" => scopes.extend(Scope::COMMUNICATE),
            word => scopes.push(word.parse().map_err(|error: UnknownWord| {
                Failure::new(
                    Kind::BadInput,
                    format!("--scope: {error}"),
                    "`scribe help doors` tells what each lets through",
                )
            })?),
        }
    }
    let expires = args.expires.as_deref().map(|told| until(desk, told)).transpose()?;
    let body = json!({
        "actor": desk.actor()?,
        "name": args.name,
        "owner": args.owner,
        "scopes": scopes,
        "expires": expires.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        "incidents": args.incident,
        "sources": args.source,
    });
    let answer = desk.client.post_json(Address::of(&["v1", "tokens"]).as_str(), &body).await?;
    shown(desk, &answer)
}

/// The end of a span from now, or a moment that is told.
fn until(desk: &Desk, told: &str) -> Result<DateTime<Utc>, Failure> {
    let ahead = if told.ends_with(|c: char| c.is_ascii_alphabetic())
        && told.starts_with(|c: char| c.is_ascii_digit())
        && !told.contains(['-', ':'])
    {
        format!("in {told}")
    } else {
        told.to_owned()
    };
    let when = desk.when_next("--expires", &ahead)?;
    when.at().ok_or_else(|| {
        Failure::new(Kind::BadInput, "--expires: a moment is needed", "write 90d, or 2027-01-31")
    })
}

fn shown(desk: &Desk, answer: &Answer) -> Result<u8, Failure> {
    if desk.json {
        answer.put()?;
        return Ok(exit::DONE);
    }
    let NewToken { token, secret } = answer.json()?;
    say(&format!("token {token}; its secret is shown this once, and kept nowhere:"));
    put_line(&secret)?;
    Ok(exit::DONE)
}

async fn list(desk: &Desk) -> Result<u8, Failure> {
    let answer = desk.client.get("/v1/tokens").await?;
    if desk.json {
        answer.put()?;
        return Ok(exit::DONE);
    }
    let TokenList { tokens } = answer.json()?;
    if tokens.is_empty() {
        say("nobody was given a token yet, so nobody is asked for one");
    }
    for row in tokens {
        put_line(&line(&row))?;
    }
    Ok(exit::DONE)
}

fn line(row: &TokenRow) -> String {
    let day = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC");
    let scopes: Vec<&str> = row.fields.scopes.iter().map(|scope| scope.as_str()).collect();
    let state = match (row.revoked, row.fields.expires) {
        (Some(at), _) => format!("revoked {}", day(at)),
        (None, Some(at)) if row.counts => format!("until {}", day(at)),
        (None, Some(at)) => format!("expired {}", day(at)),
        (None, None) => "for ever".to_owned(),
    };
    let used = row.last_used.map(|at| format!("; last used {}", day(at))).unwrap_or_default();
    let only: Vec<String> = (row.fields.incidents.iter().map(ToString::to_string))
        .chain((row.others > 0).then(|| format!("{} that are not yours to see", row.others)))
        .chain(row.fields.sources.iter().map(ToString::to_string))
        .collect();
    let only = if only.is_empty() { String::new() } else { format!("; only {}", only.join(", ")) };
    format!(
        "{}  {} ({})\n    {}; {state}{used}{only}\n    made {} by {}",
        row.token,
        row.fields.owner,
        row.fields.name,
        scopes.join(", "),
        day(row.created),
        row.created_by
    )
}
