//! `scribe whoami`.

use async_trait::async_trait;
use clap::Args;

use crate::app::gate::system::Whoami;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put_line;

/// Who you are to the record, how that is known, and what you may.
#[derive(Debug, Clone, Args)]
pub(super) struct WhoamiArgs {}

#[async_trait(?Send)]
impl Effect for WhoamiArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_to_begin()?;
        let answer = desk.client.get("/v1/me").await?;
        if desk.json {
            answer.put()?;
            return Ok(exit::DONE);
        }
        let Whoami { who, identity, scopes } = answer.json()?;
        let claimed = || desk.who.as_ref().map(ToString::to_string);
        let name =
            who.as_ref().map(ToString::to_string).or_else(claimed).unwrap_or_else(|| "nobody".to_owned());
        let known = match (&who, &identity) {
            (Some(_), Some(identity)) => format!("known by {identity}"),
            (None, Some(identity)) => format!("by your word; the account is {identity}"),
            (_, None) => "by your word: nobody was given a token here yet".to_owned(),
        };
        put_line(&format!("{name}, {known}"))?;
        let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        put_line(&format!("may {}", words.join(", ")))?;
        Ok(exit::DONE)
    }
}
