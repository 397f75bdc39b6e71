//! Where things stand: declare, upgrade, resolve …

use clap::builder::TypedValueParser as _;
use clap::{Args, Subcommand};
use scribe_domain::actor::Person;
use scribe_domain::command::{ChangePhase, ChangeSeverity, Declare, Downgrade, Upgrade};
use scribe_domain::event::life::{Cancelled, Closed, MergedInto, Mitigated, Reopened, Resolved};
use scribe_domain::ids::IncidentId;
use scribe_domain::text::{Label, Title};
use scribe_domain::values::{Phase, Severity, Tier};

use super::{Why, word};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;
use crate::cli::common::command::{On, Telling, Tells, Told};

/// Where things stand.
#[derive(Debug, Subcommand)]
pub enum Life {
    /// Declare an incident
    Declare(DeclareArgs),
    /// Raise the tier; leaves a page for the commander on call
    Upgrade(On<UpgradeArgs>),
    /// Lower the tier
    Downgrade(On<DowngradeArgs>),
    /// Change the severity, either way
    Severity(On<SeverityArgs>),
    /// Move the response to another phase
    Phase(On<PhaseArgs>),
    /// Say that users are no longer hit
    Mitigate(On<MitigateArgs>),
    /// Say that it is over
    Resolve(On<ResolveArgs>),
    /// Say that it was not over
    Reopen(On<ReopenArgs>),
    /// Say that the review is done
    Close(On<CloseArgs>),
    /// Say that it was declared in error
    Cancel(On<CancelArgs>),
    /// Say that it is part of another incident
    Merge(On<MergeArgs>),
}

impl Life {
    /// The command on its way.
    pub fn telling(self, desk: &Desk) -> Result<Telling, Failure> {
        match self {
            Self::Declare(args) => args.telling(desk),
            Self::Upgrade(on) => on.telling(desk),
            Self::Downgrade(on) => on.telling(desk),
            Self::Severity(on) => on.telling(desk),
            Self::Phase(on) => on.telling(desk),
            Self::Mitigate(on) => on.telling(desk),
            Self::Resolve(on) => on.telling(desk),
            Self::Reopen(on) => on.telling(desk),
            Self::Close(on) => on.telling(desk),
            Self::Cancel(on) => on.telling(desk),
            Self::Merge(on) => on.telling(desk),
        }
    }
}

/// An incident to declare.
#[derive(Debug, Clone, Args)]
pub struct DeclareArgs {
    /// What to call it
    title: String,
    /// Whom it concerns
    #[arg(long, default_value = "engineering", value_parser = word!(Tier))]
    tier: Tier,
    /// How bad it looks
    #[arg(long, default_value = "sev3", value_parser = word!(Severity))]
    severity: Severity,
    /// What is known so far
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
    /// How it was noticed, such as "customer report"
    #[arg(long, value_name = "HOW")]
    detected_by: Option<Label>,
    /// This is an exercise
    #[arg(long)]
    drill: bool,
    #[command(flatten)]
    told: Told,
}

impl DeclareArgs {
    fn telling(self, desk: &Desk) -> Result<Telling, Failure> {
        let declare = Declare {
            title: Title::new(self.title).map_err(|error| Failure::bad_text("the title", &error))?,
            tier: self.tier,
            severity: self.severity,
            summary: desk.some_text("--summary", self.summary.as_deref())?,
            detected_by: self.detected_by,
            drill: self.drill,
        };
        Telling::of(desk, None, declare, self.told)
    }
}

/// A tier to rise to.
#[derive(Debug, Clone, Args)]
pub struct UpgradeArgs {
    /// The higher tier
    #[arg(value_parser = word!(Tier))]
    tier: Tier,
    #[command(flatten)]
    why: Why,
    /// Who commands when on call, and gets the page [default: as the settings say]
    #[arg(long, value_name = "NAME")]
    commander_on_call: Option<Person>,
}

impl Tells for UpgradeArgs {
    type Payload = Upgrade;
    fn payload(self, desk: &Desk) -> Result<Upgrade, Failure> {
        let why = desk.some_text("--why", self.why.why.as_deref())?;
        Ok(Upgrade { to: self.tier, why, commander_on_call: self.commander_on_call })
    }
}

/// A tier to fall to.
#[derive(Debug, Clone, Args)]
pub struct DowngradeArgs {
    /// The lower tier
    #[arg(value_parser = word!(Tier))]
    tier: Tier,
    #[command(flatten)]
    why: Why,
}

impl Tells for DowngradeArgs {
    type Payload = Downgrade;
    fn payload(self, desk: &Desk) -> Result<Downgrade, Failure> {
        Ok(Downgrade { to: self.tier, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

/// A new severity.
#[derive(Debug, Clone, Args)]
pub struct SeverityArgs {
    /// The severity; sev1 is the worst
    #[arg(value_parser = word!(Severity))]
    severity: Severity,
    #[command(flatten)]
    why: Why,
}

impl Tells for SeverityArgs {
    type Payload = ChangeSeverity;
    fn payload(self, desk: &Desk) -> Result<ChangeSeverity, Failure> {
        Ok(ChangeSeverity { to: self.severity, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

/// A new phase.
#[derive(Debug, Clone, Args)]
pub struct PhaseArgs {
    /// The phase; to end the incident there is `scribe resolve`
    #[arg(value_parser = word!(Phase))]
    phase: Phase,
    #[command(flatten)]
    why: Why,
}

impl Tells for PhaseArgs {
    type Payload = ChangePhase;
    fn payload(self, desk: &Desk) -> Result<ChangePhase, Failure> {
        Ok(ChangePhase { to: self.phase, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}

/// Users are no longer hit.
#[derive(Debug, Clone, Args)]
pub struct MitigateArgs {
    /// What did it
    #[arg(long, value_name = "TEXT")]
    how: Option<String>,
}

impl Tells for MitigateArgs {
    type Payload = Mitigated;
    fn payload(self, desk: &Desk) -> Result<Mitigated, Failure> {
        Ok(Mitigated { how: desk.some_text("--how", self.how.as_deref())? })
    }
}

/// It is over.
#[derive(Debug, Clone, Args)]
pub struct ResolveArgs {
    /// How it ended
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
}

impl Tells for ResolveArgs {
    type Payload = Resolved;
    fn payload(self, desk: &Desk) -> Result<Resolved, Failure> {
        Ok(Resolved { summary: desk.some_text("--summary", self.summary.as_deref())? })
    }
}

/// It was not over.
#[derive(Debug, Clone, Args)]
pub struct ReopenArgs {
    /// What showed it
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl Tells for ReopenArgs {
    type Payload = Reopened;
    fn payload(self, desk: &Desk) -> Result<Reopened, Failure> {
        Ok(Reopened { why: desk.text("--why", &self.why)? })
    }
}

/// The review is done.
#[derive(Debug, Clone, Args)]
pub struct CloseArgs {
    /// A last word
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
}

impl Tells for CloseArgs {
    type Payload = Closed;
    fn payload(self, desk: &Desk) -> Result<Closed, Failure> {
        Ok(Closed { summary: desk.some_text("--summary", self.summary.as_deref())? })
    }
}

/// It was declared in error.
#[derive(Debug, Clone, Args)]
pub struct CancelArgs {
    /// How that was found out
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl Tells for CancelArgs {
    type Payload = Cancelled;
    fn payload(self, desk: &Desk) -> Result<Cancelled, Failure> {
        Ok(Cancelled { why: desk.text("--why", &self.why)? })
    }
}

/// It is part of another incident.
#[derive(Debug, Clone, Args)]
pub struct MergeArgs {
    /// The incident it is part of
    into: IncidentId,
    #[command(flatten)]
    why: Why,
}

impl Tells for MergeArgs {
    type Payload = MergedInto;
    fn payload(self, desk: &Desk) -> Result<MergedInto, Failure> {
        Ok(MergedInto { into: self.into, why: desk.some_text("--why", self.why.why.as_deref())? })
    }
}
