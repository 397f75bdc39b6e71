//! `scribe outbox …`: what was told while a server was out of reach.

use async_trait::async_trait;
use clap::{Args, Subcommand};

use crate::cli::common::client::{Client, Trust};
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::outbox::{Outbox, Waiting};
use crate::cli::common::sending::{self, Sent, unusable};
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{counted, printable, put_line};

/// List, send or drop what was told while the server was out of reach.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum OutboxCommand {
    /// What waits, in the order in which it was typed
    #[command(visible_alias = "ls")]
    List,
    /// Send it now, also what was refused before
    Send,
    /// Drop one that is not to be sent any more
    Drop(DropArgs),
}

/// One that waits.
#[derive(Debug, Clone, Args)]
pub(super) struct DropArgs {
    /// Its number, as `scribe outbox list` shows it
    number: usize,
}

#[async_trait(?Send)]
impl Effect for OutboxCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        // Of one server if one is named, or else of all.
        let outboxes = match &session.options.server {
            Some(server) => Outbox::of(server.as_typed()).into_iter().collect(),
            None => Outbox::all(),
        };
        match *self {
            Self::List => list(&outboxes, session.options.json)?,
            Self::Send => return send(&outboxes, &session.options.trust()).await,
            Self::Drop(args) => drop_one(&outboxes, args.number)?,
        }
        Ok(exit::DONE)
    }

    fn minds_the_outbox(&self) -> bool {
        true
    }
}

fn numbered(outboxes: &[Outbox]) -> Result<Vec<(usize, &Outbox, Waiting)>, Failure> {
    let mut all = Vec::new();
    for outbox in outboxes {
        for waiting in outbox.waiting().map_err(|error| unusable(&error))? {
            all.push((all.len() + 1, outbox, waiting));
        }
    }
    Ok(all)
}

fn list(outboxes: &[Outbox], json: bool) -> Result<(), Failure> {
    let all = numbered(outboxes)?;
    if json {
        let all: Vec<_> = all
            .iter()
            .map(|(number, _, waiting)| serde_json::json!({ "number": number, "waiting": waiting }))
            .collect();
        return put_line(&serde_json::Value::from(all).to_string());
    }
    if all.is_empty() {
        return put_line("nothing waits");
    }
    for (number, outbox, waiting) in &all {
        let typed = waiting.typed.format("%Y-%m-%d %H:%M:%S UTC");
        let headline = printable(&waiting.message.headline());
        put_line(&format!("{number}  {typed}  {}  {headline}", outbox.server()))?;
        if let Some(why) = &waiting.refused {
            put_line(&format!("   refused: {}", printable(why)))?;
        }
    }
    Ok(())
}

async fn send(outboxes: &[Outbox], trust: &Trust) -> Result<u8, Failure> {
    let mut sum = Sent::default();
    for outbox in outboxes {
        let Ok(address) = outbox.server().parse();
        let sent = sending::send(&Client::remote(&address, trust)?, outbox, true).await?;
        sum.recorded += sent.recorded;
        sum.refused += sent.refused;
        sum.waiting += sent.waiting;
    }
    put_line(&format!(
        "{} recorded, {} refused, {} still waiting",
        counted(sum.recorded as u64, "request"),
        sum.refused,
        sum.waiting
    ))?;
    Ok(match sum {
        Sent { waiting: 1.., .. } => exit::WAITING,
        Sent { refused: 1.., .. } => exit::REFUSED,
        Sent { .. } => exit::DONE,
    })
}

fn drop_one(outboxes: &[Outbox], number: usize) -> Result<(), Failure> {
    let all = numbered(outboxes)?;
    let Some((_, outbox, waiting)) = all.into_iter().find(|(known, ..)| *known == number) else {
        return Err(Failure::new(
            Kind::BadInput,
            format!("nothing with the number {number} waits"),
            "see their numbers: scribe outbox list",
        ));
    };
    outbox.done(&waiting).map_err(|error| unusable(&error))?;
    put_line(&format!("dropped, and never recorded: {}", printable(&waiting.message.headline())))
}
