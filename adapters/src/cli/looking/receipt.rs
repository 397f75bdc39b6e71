//! `scribe receipt`.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::event_store::Receipt;

use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{counted, put_line};

/// What became of a request, by its idempotency key or command id.
#[derive(Debug, Clone, Args)]
pub(super) struct ReceiptArgs {
    /// The key that it was sent with, or the command id of its events
    key: String,
}

#[async_trait(?Send)]
impl Effect for ReceiptArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let answer = desk.client.get(Address::of(&["v1", "receipts", &self.key]).as_str()).await?;
        if desk.json {
            answer.put()?;
            return Ok(exit::DONE);
        }
        let Receipt { incident, revision, position, events, .. } = answer.json()?;
        let added = counted(events.len() as u64, "event");
        put_line(&format!(
            "{incident}  revision {revision}  recorded: {added}, the last at position {position}"
        ))?;
        Ok(exit::DONE)
    }
}
