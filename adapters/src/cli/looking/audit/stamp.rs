//! `scribe audit stamp`.

use std::path::PathBuf;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use serde_json::json;

use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::files::read_text;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{printable, put_line, say};
use crate::time_stamping::fetch::TsaAddress;
use crate::time_stamping::kept::KeptStamp;

/// Have a time-stamping authority sign the record as it stands (RFC 3161); what it signed is recorded.
#[derive(Debug, Clone, Args)]
pub(super) struct StampArgs {
    /// Ask this authority [default: that of the settings]
    #[arg(long, value_name = "URL")]
    tsa: Option<TsaAddress>,
    /// Record only what was signed by whom this certificate vouches for (PEM)
    #[arg(long, value_name = "FILE")]
    tsa_ca: Option<PathBuf>,
}

#[async_trait(?Send)]
impl Effect for StampArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk()?;
        let ca = self.tsa_ca.as_deref().map(|path| read_text(path, "the certificate")).transpose()?;
        let body =
            json!({ "actor": desk.actor()?, "tsa": self.tsa.as_ref().map(ToString::to_string), "ca": ca });
        let answer = desk.client.post_json("/v1/ledger/stamps", &body).await?;
        let KeptStamp { position, stamp, .. } = answer.json()?;
        if desk.json {
            answer.put()?;
            return Ok(exit::DONE);
        }
        let (at, authority) = (told(stamp.gen_time), printable(stamp.authority.as_str()));
        put_line(&format!(
            "the first {} events were there at {at}, says {authority} (position {position})",
            stamp.size
        ))?;
        if self.tsa_ca.is_none() {
            say(
                "hint: whether it is who it should be is checked with --tsa-ca FILE, here and by `scribe audit verify`",
            );
        }
        Ok(exit::DONE)
    }
}

/// A moment, with parts of a second where it has some.
pub(super) fn told(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
