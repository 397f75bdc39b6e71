//! `scribe hold …`.

use async_trait::async_trait;
use clap::{Args, Subcommand};
use scribe_domain::command::{ReleaseHold, TakeHold};
use scribe_domain::names::Name;
use serde::Deserialize;

use crate::cli::common::address::Address;
use crate::cli::common::arguments::Because;
use crate::cli::common::command::{IncidentCommand, OnIncident};
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::view::{ViewOptions, as_of, show};

/// Take or release the deploy hold ("the hat"), or check whether it is taken.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum HoldCommand {
    /// Stop deploys: take the hat
    Take(OnIncident<TakeArgs>),
    /// Let deploys go on: give the hat back
    Release(OnIncident<ReleaseArgs>),
    /// Is it taken? Exits with 0 when free and 3 when taken: for a pipeline to ask before it deploys
    Check(CheckArgs),
}

#[async_trait(?Send)]
impl Effect for HoldCommand {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        match *self {
            Self::Take(on) => on.record(session).await,
            Self::Release(on) => on.record(session).await,
            Self::Check(args) => check(session.desk_for_looking()?, &args).await,
        }
    }
}

/// Deploys to stop.
#[derive(Debug, Clone, Args)]
pub(super) struct TakeArgs {
    /// What is held: a service or a pipeline [default: all]
    #[arg(long, value_name = "WHAT")]
    scope: Option<Name>,
    #[command(flatten)]
    why: Because,
}

impl IncidentCommand for TakeArgs {
    type Payload = TakeHold;
    fn payload(self, desk: &Desk) -> Result<TakeHold, Failure> {
        Ok(TakeHold { scope: self.scope, why: self.why.text(desk)? })
    }
}

/// Deploys to let go on.
#[derive(Debug, Clone, Args)]
pub(super) struct ReleaseArgs {
    /// What was held [default: all]
    #[arg(long, value_name = "WHAT")]
    scope: Option<Name>,
    #[command(flatten)]
    why: Because,
}

impl IncidentCommand for ReleaseArgs {
    type Payload = ReleaseHold;
    fn payload(self, desk: &Desk) -> Result<ReleaseHold, Failure> {
        Ok(ReleaseHold { scope: self.scope, why: self.why.text(desk)? })
    }
}

/// A hold to look for.
#[derive(Debug, Clone, Args)]
pub(super) struct CheckArgs {
    /// What is about to be deployed: taken if this or everything is held [default: any hold counts]
    #[arg(long, value_name = "WHAT")]
    scope: Option<Name>,
    /// Count what exercises hold, too
    #[arg(long)]
    drills: bool,
    /// As of when.
    #[command(flatten)]
    view: ViewOptions,
}

/// Shows the holds; the exit code says whether there are any.
async fn check(desk: &Desk, args: &CheckArgs) -> Result<u8, Failure> {
    #[derive(Deserialize)]
    struct Check {
        taken: bool,
    }
    let address = Address::of(&["v1", "holds"]).with_some("scope", args.scope.as_ref());
    let address = address.with_some("drills", args.drills.then_some("true"));
    let check: Check = desk.client.get_json(as_of(desk, address.clone(), &args.view)?.as_str()).await?;
    show(desk, address, &args.view).await?;
    Ok(if check.taken { exit::HOLD_TAKEN } else { exit::DONE })
}
