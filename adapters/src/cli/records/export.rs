//! `scribe export`.

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Method;
use clap::Args;
use http_body_util::BodyExt as _;

use crate::cli::common::client::{cut_off, request};
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::put;

/// Write the whole record to stdout, one JSON object a line.
#[derive(Debug, Clone, Args)]
pub(super) struct ExportArgs {
    /// End it with a signed checkpoint: a record that knows the signer can then be continued with it
    #[arg(long)]
    signed: bool,
}

/// Byte for byte what the API answers, and as it comes.
#[async_trait(?Send)]
impl Effect for ExportArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk_for_looking()?;
        let address = if self.signed { "/v1/record?signed=true" } else { "/v1/record" };
        let response = desk.client.open(request(Method::GET, address, Body::empty())?).await?;
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            if let Some(data) = frame.map_err(|error| cut_off(&error))?.data_ref() {
                put(data)?;
            }
        }
        Ok(exit::DONE)
    }
}
