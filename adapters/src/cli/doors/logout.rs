//! `scribe logout`.

use async_trait::async_trait;
use clap::Args;

use super::server;
use crate::cli::common::credentials;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::say;

/// Forget the token that is kept for a server.
#[derive(Debug, Clone, Args)]
pub(super) struct LogoutArgs {}

#[async_trait(?Send)]
impl Effect for LogoutArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let server = server(session)?;
        say(&if credentials::forget(server.as_typed())? {
            format!("the token for {server} is forgotten here; `scribe token revoke` ends it for good")
        } else {
            format!("no token was kept for {server}")
        });
        Ok(exit::DONE)
    }

    fn minds_the_outbox(&self) -> bool {
        true
    }
}
