//! Links, alerts, changes, attachments.

use std::path::PathBuf;

use clap::builder::TypedValueParser as _;
use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::event::evidence::{AlertFired, AlertResolved, ChangeLinked, EvidenceAttached, Linked};
use scribe_domain::text::{Label, Locator};
use scribe_domain::values::{ChangeKind, ChangeRelation, Digest, LinkKind};

use super::word;
use crate::cli::common::client::read_file;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::command::{On, Telling, Tells};

/// What shows it.
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Link something useful: a channel, a call, a document, a dashboard …
    Link(On<LinkArgs>),
    /// Record that an alert fired or stopped
    #[command(subcommand)]
    Alert(AlertCommand),
    /// Link a change in production: a deploy, a pull request, a setting
    Change(On<ChangeArgs>),
    /// Attach evidence that is kept elsewhere, by its digest
    Attach(On<AttachArgs>),
}

/// What an alert did.
#[derive(Debug, Subcommand)]
pub enum AlertCommand {
    /// Record that an alert fired
    Fire(On<FireArgs>),
    /// Record that an alert stopped firing
    Resolve(On<ResolveAlertArgs>),
}

impl Evidence {
    /// The command on its way.
    pub fn telling(self, desk: &Desk) -> Result<Telling, Failure> {
        match self {
            Self::Link(on) => on.telling(desk),
            Self::Alert(AlertCommand::Fire(on)) => on.telling(desk),
            Self::Alert(AlertCommand::Resolve(on)) => on.telling(desk),
            Self::Change(on) => on.telling(desk),
            Self::Attach(on) => on.telling(desk),
        }
    }
}

/// Something useful elsewhere.
#[derive(Debug, Clone, Args)]
pub struct LinkArgs {
    /// What kind of thing
    #[arg(value_parser = word!(LinkKind))]
    kind: LinkKind,
    /// Where, such as https://…
    at: Locator,
    /// What to call it
    #[arg(long, value_name = "NAME")]
    title: Option<Label>,
}

impl Tells for LinkArgs {
    type Payload = Linked;
    fn payload(self, _: &Desk) -> Result<Linked, Failure> {
        Ok(Linked { kind: self.kind, at: self.at, title: self.title })
    }
}

/// An alert that fired.
#[derive(Debug, Clone, Args)]
pub struct FireArgs {
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

impl Tells for FireArgs {
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

fn pair(told: &str) -> Result<(Label, Label), String> {
    let (name, value) = told.split_once('=').ok_or("write NAME=VALUE")?;
    let label = |text: &str| Label::new(text).map_err(|error| format!("a label {error}"));
    Ok((label(name)?, label(value)?))
}

/// An alert that stopped.
#[derive(Debug, Clone, Args)]
pub struct ResolveAlertArgs {
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

impl Tells for ResolveAlertArgs {
    type Payload = AlertResolved;
    fn payload(self, desk: &Desk) -> Result<AlertResolved, Failure> {
        let summary = desk.some_text("the summary", self.summary.as_deref())?;
        Ok(AlertResolved { source: self.source, alert: self.alert, fingerprint: self.fingerprint, summary })
    }
}

/// A change in production.
#[derive(Debug, Clone, Args)]
pub struct ChangeArgs {
    /// What to call it
    title: Label,
    /// What was changed
    #[arg(long, value_parser = word!(ChangeKind))]
    kind: ChangeKind,
    /// What it has to do with the incident
    #[arg(long, default_value = "related", value_parser = word!(ChangeRelation))]
    relation: ChangeRelation,
    /// Where to look
    #[arg(long, value_name = "URL")]
    at: Option<Locator>,
    /// Who wrote it
    #[arg(long, value_name = "NAME")]
    author: Option<Person>,
    /// Who brought it out; may differ
    #[arg(long, value_name = "NAME")]
    deployer: Option<Person>,
}

impl Tells for ChangeArgs {
    type Payload = ChangeLinked;
    fn payload(self, _: &Desk) -> Result<ChangeLinked, Failure> {
        Ok(ChangeLinked {
            kind: self.kind,
            relation: self.relation,
            title: self.title,
            at: self.at,
            author: self.author,
            deployer: self.deployer,
        })
    }
}

/// Evidence kept elsewhere.
#[derive(Debug, Clone, Args)]
pub struct AttachArgs {
    /// What it is
    title: Label,
    /// Where it is kept
    #[arg(long, value_name = "URL")]
    at: Locator,
    /// A local copy, to take the digest of
    #[arg(long, value_name = "PATH", required_unless_present = "digest", conflicts_with = "digest")]
    file: Option<PathBuf>,
    /// Its digest: sha256: and 64 hexadecimal digits
    #[arg(long)]
    digest: Option<Digest>,
    /// Its media type, such as image/png
    #[arg(long, value_name = "TYPE", default_value = "application/octet-stream")]
    media_type: Label,
}

impl Tells for AttachArgs {
    type Payload = EvidenceAttached;
    fn payload(self, _: &Desk) -> Result<EvidenceAttached, Failure> {
        let digest = match (self.digest, self.file) {
            (Some(digest), _) => digest,
            (None, Some(path)) => Digest::of(&read_file(&path, "the evidence")?),
            (None, None) => {
                return Err(Failure::new(Kind::BadInput, "no digest is told", "give --file or --digest"));
            }
        };
        Ok(EvidenceAttached { title: self.title, digest, media_type: self.media_type, at: self.at })
    }
}
