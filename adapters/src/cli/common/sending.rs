//! Sending what waits in an outbox, in order.

use super::client::Client;
use super::clocks::right_put;
use super::failure::Failure;
use super::outbox::{Outbox, Waiting};
use super::terminal::{printable, say};
use crate::http::Outcome;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// So many are recorded now.
    pub recorded: usize,
    /// So many the server would not have.
    pub refused: usize,
    /// So many are still to be sent.
    pub waiting: usize,
}

/// Sends what waits; `again` says whether what was refused before is tried too. What the server refuses is told and
/// left where it is. When the server is out of reach, the rest waits on.
pub async fn send(client: &Client, outbox: &Outbox, again: bool) -> Result<Sent, Failure> {
    let all = outbox.waiting().map_err(|error| unusable(&error))?;
    let due: Vec<&Waiting> = all.iter().filter(|one| again || one.refused.is_none()).collect();
    let mut sent = Sent { refused: all.len() - due.len(), ..Sent::default() };
    for (place, one) in due.iter().enumerate() {
        let headline = printable(&one.message.headline());
        match one.message.send(client).await {
            Ok(Outcome { receipt, put_right, .. }) => {
                outbox.done(one).map_err(|error| unusable(&error))?;
                sent.recorded += 1;
                let typed = one.typed.format("%Y-%m-%d %H:%M UTC");
                say(&format!(
                    "sent from the outbox: {}  revision {}  {headline} (typed {typed})",
                    receipt.incident, receipt.revision
                ));
                if let Some(right) = put_right {
                    say(&right_put(right));
                }
            }
            Err(failure) if failure.kind.may_pass() => {
                sent.waiting = due.len() - place;
                return Ok(sent);
            }
            Err(failure) => {
                outbox.refused(one, &failure.message).map_err(|error| unusable(&error))?;
                sent.refused += 1;
                say(&format!(
                    "warning: refused, and left in the outbox: {headline}: {}",
                    printable(&failure.message)
                ));
            }
        }
    }
    Ok(sent)
}

/// An outbox that cannot be read or written.
pub fn unusable(error: &std::io::Error) -> Failure {
    Failure::new(
        super::failure::Kind::Other,
        format!("the outbox cannot be used: {error}"),
        "it lies in ~/.local/state/scribe/outbox; what is there is JSON, and can be read and told by hand",
    )
}
