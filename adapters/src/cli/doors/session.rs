//! `scribe session …`: who is signed in to the pages of a server.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::text::Label;
use serde_json::json;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::say;
use crate::cli::common::view::{ViewOptions, show};

/// Who is signed in to the pages: sessions, listed and ended.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum SessionCommand {
    /// Who signed in, by what, and until when
    List(Box<ListArgs>),
    /// End a session
    End(EndArgs),
}

/// How the list is wanted.
#[derive(Debug, Clone, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    view: ViewOptions,
}

/// A session to end.
#[derive(Debug, Clone, Args)]
pub(super) struct EndArgs {
    /// Its id
    session: Label,
    /// Why
    why: Option<String>,
}

#[async_trait(?Send)]
impl Effect for SessionCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::List(args) => {
                show(session.desk_for_looking()?, Address::of(&["v1", "sessions"]), &args.view).await?;
            }
            Self::End(args) => args.carry_out(session).await?,
        }
        Ok(exit::DONE)
    }
}

impl EndArgs {
    async fn carry_out(self, session: &Session) -> Result<(), Failure> {
        let desk = session.desk_to_begin()?;
        let why = self.why.map(|why| desk.text("the reason", &why)).transpose()?;
        let body = json!({ "actor": desk.actor()?, "why": why });
        let address = Address::of(&["v1", "sessions", self.session.as_str(), "end"]);
        desk.client.post_json(address.as_str(), &body).await?;
        say(&format!("the session {} is over", self.session));
        Ok(())
    }
}
