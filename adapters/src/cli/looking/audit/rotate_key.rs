//! `scribe audit rotate-key`.

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Method;
use clap::Args;

use crate::cli::common::client::request;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{printable, put, say};
use crate::ledger::Keys;

/// Sign with a new key from here on; the present one signs the change, and is kept.
#[derive(Debug, Clone, Args)]
pub(super) struct RotateKeyArgs {}

/// Prints the checkpoint that both keys signed.
#[async_trait(?Send)]
impl Effect for RotateKeyArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let note = desk.client.ask(request(Method::POST, "/v1/ledger/key", Body::empty())?).await?.body;
        put(&note)?;
        let keys: Keys = desk.client.get_json("/v1/ledger/key").await?;
        say(&format!("from here on, checkpoints are signed by {}", printable(&keys.key)));
        Ok(exit::DONE)
    }
}
