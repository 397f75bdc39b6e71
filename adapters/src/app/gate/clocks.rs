//! Whose clock was wrong: what is disputed, and settling it.

use chrono::{DateTime, Utc};
use scribe_domain::actor::Actor;
use scribe_domain::clocks::{Positions, Proven, Timed};
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::ids::Position;
use scribe_domain::system::clocks::{Settle, Settlement};
use scribe_domain::text::Text;
use scribe_projections::question::AsOf;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::rights::{GateError, Sight};
use super::speaker::Speaker;
use super::{App, Deed, Question, Scope, Shows};
use crate::app::clocks::Disputes;

/// Where clocks disagree as of a moment: positions of the record, which name nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Disputed(pub AsOf);

impl Question for Disputed {
    type Answer<'a> = Vec<Positions>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Anybody;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<Vec<Positions>, GateError<StoreError>> {
        Ok(app.disputes(&self.0).await?)
    }
}

/// Which recorded times are in question now.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DisputedTimes {
    /// Positions whose recorded times contradict each other, or this machine's clock.
    pub disputed: Vec<Positions>,
    /// Positions at which times stood still.
    pub stood_still: Vec<Positions>,
}

/// Where clocks disagree now, this machine's among them.
#[derive(Debug, Clone, Copy)]
pub struct DisputedNow;

impl Question for DisputedNow {
    type Answer<'a> = DisputedTimes;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Read;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<DisputedTimes, GateError<StoreError>> {
        let disputes = app.disputes_now(None).await?;
        Ok(DisputedTimes { disputed: disputes.disputed, stood_still: disputes.stood })
    }
}

/// Where clocks disagree, and what was said about it.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TimesInQuestion {
    /// Positions whose recorded times contradict each other, or this machine's clock.
    pub disputed: Vec<Positions>,
    /// Positions at which times stood still, which they do behind a stamp that lay in the future.
    pub stood_still: Vec<Positions>,
    /// Every settlement, the first one first.
    pub settlements: Vec<SettlementRow>,
}

/// That a clock was wrong.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SettlementRow {
    /// Its position.
    pub position: Position,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// Which positions the clock stamped.
    pub wrong: Positions,
    /// How that is known.
    pub why: Text,
    /// The position of the earlier settlement in whose place it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Position>,
    /// Whether it counts; if not, another stands in its place.
    pub counts: bool,
}

/// The recorded times in question, for who audits the record.
#[derive(Debug, Clone, Copy)]
pub struct InQuestion;

impl Question for InQuestion {
    type Answer<'a> = TimesInQuestion;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Audit;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<TimesInQuestion, GateError<StoreError>> {
        let Disputes { disputed, stood, settlements, .. } = app.disputes_now(None).await?;
        let row = |settlement: &Settlement| SettlementRow {
            position: settlement.position,
            at: settlement.at,
            wrong: settlement.settled.wrong,
            why: settlement.settled.why.clone(),
            instead_of: settlement.settled.instead_of,
            counts: settlements.counts(settlement.position),
        };
        Ok(TimesInQuestion {
            disputed,
            stood_still: stood,
            settlements: settlements.iter().map(row).collect(),
        })
    }
}

/// What counts of a time that a wrong clock stamped.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SettledTime {
    /// The event's place in the record.
    pub position: Position,
    /// What its clock said.
    pub stamped: DateTime<Utc>,
    /// Not before this moment; nothing where no right time stands ahead of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Not after this one.
    pub not_after: DateTime<Utc>,
}

impl SettledTime {
    fn of(Timed { position, standing, .. }: &Timed) -> Option<Self> {
        let Proven { not_before, not_after, clock, .. } = standing.proven()?;
        Some(Self { position: *position, stamped: *clock, not_before: *not_before, not_after: *not_after })
    }
}

/// What comes of a settlement.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Settled {
    /// Whether it was recorded, or only tried.
    pub recorded: bool,
    /// The times that count then.
    pub times: Vec<SettledTime>,
}

/// Saying whose clock was wrong.
#[derive(Debug, Clone)]
pub struct SettleClock {
    /// Who says so.
    pub actor: Actor,
    /// What.
    pub settle: Settle,
    /// Whether it is only tried.
    pub dry_run: bool,
}

impl Deed for SettleClock {
    type Answer = Settled;
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        Scope::Audit
    }

    async fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        _: &Sight,
    ) -> Result<Settled, GateError<ExecuteError>> {
        let Speaker { actor, origin } = app.speaker(caller, self.actor, None).await?;
        let settling = if self.dry_run {
            app.settling(&self.settle).await?
        } else {
            app.settle(&actor, origin.as_ref(), &self.settle).await?
        };
        let times = settling.times.iter().filter_map(SettledTime::of).collect();
        Ok(Settled { recorded: !self.dry_run, times })
    }
}
