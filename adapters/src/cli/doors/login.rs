//! `scribe login`.

use std::io::{self, BufRead as _, IsTerminal as _};

use async_trait::async_trait;
use clap::Args;

use super::server;
use crate::app::gate::system::Whoami;
use crate::cli::common::client::Client;
use crate::cli::common::credentials;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::home;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::say;

/// Keep a token for a server, so that it is shown from then on; it is read from stdin, or typed.
#[derive(Debug, Clone, Args)]
pub(super) struct LoginArgs {}

#[async_trait(?Send)]
impl Effect for LoginArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let server = server(session)?;
        if io::stdin().is_terminal() {
            say(&format!("paste the token for {server}, and press Enter:"));
        }
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let secret = credentials::read_secret("what was given", &line)?;
        // Asked before it is kept: a token of another server is told at once.
        let client = Client::remote(server, &session.options.trust())?.showing(Some(secret.clone()));
        let who: Whoami = client.get_json("/v1/me").await?;
        let path = credentials::keep(server.as_typed(), &secret, who.who.clone())?;
        let name = who.who.map_or_else(|| "somebody".to_owned(), |who| who.to_string());
        say(&format!("you are {name} at {server}; the token is kept in {}", home::Shown(&path)));
        Ok(exit::DONE)
    }

    fn minds_the_outbox(&self) -> bool {
        true
    }
}
