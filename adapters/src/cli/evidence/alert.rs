//! `scribe alert …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::event::evidence::{AlertFired, AlertResolved};
use scribe_domain::text::{Label, Locator};

use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};

/// Record that an alert fired or stopped.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum AlertCommand {
    /// Record that an alert fired
    Fire(OnIncident<FireArgs>),
    /// Record that an alert stopped firing
    Resolve(OnIncident<ResolveAlertArgs>),
}

#[async_trait(?Send)]
impl Effect for AlertCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Fire(on) => on.record(session).await,
            Self::Resolve(on) => on.record(session).await,
        }
    }
}

/// An alert that fired.
#[derive(Debug, Clone, Args)]
pub(super) struct FireArgs {
    /// The alert's name
    alert: Label,
    /// Which monitoring, such as sentry
    #[arg(long, value_name = "NAME")]
    source: Label,
    /// The monitoring's own identity of the alert
    #[arg(long, value_name = "ID")]
    fingerprint: Option<Label>,
    /// A label; may be given several times
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = pair)]
    labels: Vec<(Label, Label)>,
    /// What it says
    summary: Option<String>,
    /// Where to look
    #[arg(long, value_name = "URL")]
    at: Option<Locator>,
}

impl IncidentCommand for FireArgs {
    type Payload = AlertFired;
    fn payload(self, desk: &Desk) -> Result<AlertFired, Failure> {
        Ok(AlertFired {
            source: self.source,
            alert: self.alert,
            fingerprint: self.fingerprint,
            labels: self.labels.into_iter().collect(),
            summary: desk.some_text("the summary", self.summary.as_deref())?,
            at: self.at,
        })
    }
}

/// An alert that stopped.
#[derive(Debug, Clone, Args)]
pub(super) struct ResolveAlertArgs {
    /// The alert's name
    alert: Label,
    /// Which monitoring, such as sentry
    #[arg(long, value_name = "NAME")]
    source: Label,
    /// The monitoring's own identity of the alert
    #[arg(long, value_name = "ID")]
    fingerprint: Option<Label>,
    /// What it says
    summary: Option<String>,
}

impl IncidentCommand for ResolveAlertArgs {
    type Payload = AlertResolved;
    fn payload(self, desk: &Desk) -> Result<AlertResolved, Failure> {
        let summary = desk.some_text("the summary", self.summary.as_deref())?;
        Ok(AlertResolved { source: self.source, alert: self.alert, fingerprint: self.fingerprint, summary })
    }
}

fn pair(given: &str) -> Result<(Label, Label), String> {
    let (name, value) = given.split_once('=').ok_or("write NAME=VALUE")?;
    let label = |text: &str| Label::new(text).map_err(|error| format!("a label {error}"));
    Ok((label(name)?, label(value)?))
}
