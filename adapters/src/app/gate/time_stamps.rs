//! Having the record stamped by somebody else's clock, and what was stamped.

use scribe_domain::actor::Actor;
use scribe_domain::event_store::StoreError;

use super::rights::{GateError, Sight};
use super::speaker::Speaker;
use super::{App, Caller, Deed, Question, Scope, Shows};
use crate::ledger::LedgerError;
use crate::time_stamping::fetch::TsaAddress;
use crate::time_stamping::kept::{KeptStamp, StampList};
use crate::time_stamping::verify::Authorities;
use crate::time_stamping::{NoStamp, WrongToken};

/// Why nothing was stamped.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// The authority, or what it answered.
    #[error(transparent)]
    NoStamp(#[from] NoStamp),
    /// The record, or its key.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<StoreError> for StampError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

impl From<WrongToken> for StampError {
    fn from(error: WrongToken) -> Self {
        Self::NoStamp(error.into())
    }
}

/// Having the record as it stands stamped by an authority. The server asks it, so whoever may name any address lets the
/// server ask there: it is for those who administer it.
#[derive(Debug)]
pub struct Stamp {
    /// Who has it done.
    pub actor: Actor,
    /// Whom to ask; the authority of the settings, unless told.
    pub address: Option<TsaAddress>,
    /// Whom to believe; whom the settings believe, unless an authority is told.
    pub authorities: Option<Authorities>,
}

impl Deed for Stamp {
    type Answer = KeptStamp;
    type Error = StampError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        _: &Sight,
    ) -> Result<KeptStamp, GateError<StampError>> {
        let speaker = app.speaker(caller, self.actor, None).await.map_err(|error| match error {
            GateError::NotAllowed(why) => GateError::NotAllowed(why),
            GateError::Failed(error) => GateError::Failed(StoreError::Unavailable(error.to_string()).into()),
        })?;
        let Speaker { actor, origin } = speaker;
        let (address, authorities) = match (self.address, app.config().time_stamps.tsa.clone()) {
            (Some(told), _) => (told, self.authorities),
            (None, Some(of_settings)) => {
                let believed = match self.authorities {
                    Some(told) => Some(told),
                    None => app.authorities_of_the_settings().map_err(StampError::from)?,
                };
                (of_settings, believed)
            }
            (None, None) => {
                let what =
                    "it is not known whom to ask: name an authority with --tsa, or under [time_stamps] tsa";
                return Err(StampError::NoStamp(NoStamp::Address(what.to_owned())).into());
            }
        };
        let stamped = app.stamp((&actor, origin.as_ref()), &address, authorities.as_ref(), None).await?;
        let contended = || StoreError::Unavailable("somebody else had the record stamped".to_owned());
        Ok(stamped.ok_or_else(|| StampError::from(contended()))?)
    }
}

/// Every stamp in the record, for whoever checks them.
#[derive(Debug, Clone, Copy)]
pub struct Stamps;

impl Question for Stamps {
    type Answer<'a> = StampList;
    type Error = LedgerError;
    const SCOPE: Scope = Scope::Audit;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<StampList, GateError<LedgerError>> {
        Ok(app.stamps().await?)
    }
}
