//! In whose name a caller tells something.

use scribe_domain::account::Account;
use scribe_domain::actor::{Actor, Who};
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::text::Label;

use super::caller::Caller;
use super::rights::{GateError, Rights};
use super::{App, Scope};

/// In whose name something is told, and how that is known.
#[derive(Debug, Clone)]
pub(in crate::app) struct Speaker {
    /// Who tells it, and for whom.
    pub(in crate::app) actor: Actor,
    /// How that is known.
    pub(in crate::app) origin: Option<Identity>,
}

/// Somebody who tells something themselves, through this: `web`, `http`.
pub fn actor(who: Who, via: &str) -> Result<Actor, StoreError> {
    let via = Label::new(via).map_err(|error| StoreError::Unacceptable(error.to_string()))?;
    Ok(Actor { who, via, on_behalf_of: None })
}

impl App {
    /// In whose name a caller tells something. A name of theirs that is not the present one is as good as that; the
    /// account of whom an integration speaks for is looked up in the directory, and stands in the event's origin.
    pub(in crate::app) async fn speaker(
        &self,
        caller: &Caller,
        claimed: Actor,
        account: Option<Account>,
    ) -> Result<Speaker, GateError<ExecuteError>> {
        let (rights, mut claimed) = (&caller.rights, claimed);
        let people = self.people().await.map_err(super::failed)?;
        if let Some(account) = &account {
            // Whose an account is, is told only to who may speak for people.
            rights.must_have(&[Scope::SpeakFor]).map_err(GateError::NotAllowed)?;
            let person = people.speaks_by(account, self.now()).map_err(ExecuteError::Refused)?;
            claimed.on_behalf_of = Some(person.name().clone());
        }
        if matches!(rights, Rights::Granted(_)) {
            claimed.who = people.present_of(claimed.who);
            claimed.on_behalf_of = claimed.on_behalf_of.map(|person| people.present(&person).clone());
        }
        let actor = rights.speaker(claimed).map_err(GateError::NotAllowed)?;
        let origin = match (rights.identity().cloned(), account) {
            (Some(Identity::Token(token)), Some(account)) => Some(Identity::TokenFor(token, account)),
            (known, _) => known,
        };
        Ok(Speaker { actor, origin })
    }
}
