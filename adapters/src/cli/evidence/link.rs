//! `scribe link`.

use clap::Args;
use scribe_domain::event::evidence::Linked;
use scribe_domain::text::{Label, Locator};
use scribe_domain::values::LinkKind;

use crate::cli::common::arguments::word;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Link something useful: a channel, a call, a document, a dashboard …
#[derive(Debug, Clone, Args)]
pub(super) struct LinkArgs {
    /// What kind of thing
    #[arg(value_parser = word!(LinkKind))]
    kind: LinkKind,
    /// Where, such as https://…
    at: Locator,
    /// What to call it
    #[arg(long, value_name = "NAME")]
    title: Option<Label>,
}

impl IncidentCommand for LinkArgs {
    type Payload = Linked;
    fn payload(self, _: &Desk) -> Result<Linked, Failure> {
        Ok(Linked { kind: self.kind, at: self.at, title: self.title })
    }
}
