//! Sessions: signing in and out, and ending others'.

use chrono::{DateTime, Utc};
use scribe_domain::actor::{Actor, Person, Who};
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::scope::Scope;
use scribe_domain::system::sessions::Sessions;
use scribe_domain::text::{Label, Text};

use super::rights::{GateError, Sight};
use super::system::draw;
use super::{App, Caller, Deed, Question, Shows};
use crate::auth::secret::Secret;

/// What was proven of somebody who signs in. Only what has checked a proof makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    pub(in crate::app) who: Person,
    pub(in crate::app) by: Identity,
    pub(in crate::app) scopes: Vec<Scope>,
}

impl Proven {
    /// Who they are.
    pub fn who(&self) -> &Person {
        &self.who
    }
}

/// A session that has just begun, with the secret for its cookie.
#[derive(Debug)]
pub struct NewSession {
    /// Its id.
    pub session: Label,
    /// For the cookie; kept nowhere else.
    pub secret: Secret,
    /// When it ends whatever happens.
    pub until: DateTime<Utc>,
}

/// Signing in, and out of the session that was there before: one that somebody else may have put there is never gone on with.
#[derive(Debug)]
pub struct SignIn {
    /// What was proven.
    pub proven: Proven,
    /// Of the session that was there before. An id would not do: others know it.
    pub before: Option<Secret>,
}

impl Deed for SignIn {
    type Answer = NewSession;
    type Error = ExecuteError;

    /// Whoever has a proof may; what it lets them do then is in it.
    fn scope(&self) -> Scope {
        Scope::Anybody
    }

    async fn carry_out(
        self,
        app: &App,
        _: &Caller,
        _: &Sight,
    ) -> Result<NewSession, GateError<ExecuteError>> {
        let secret = draw()?;
        let began = app.begin_session(self.proven, &secret, self.before.as_ref()).await?;
        Ok(NewSession { session: began.session, secret, until: began.until })
    }
}

/// Ending a session, whoever's it is.
#[derive(Debug)]
pub struct EndSession {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub session: Label,
    /// Why.
    pub why: Option<Text>,
}

impl Deed for EndSession {
    type Answer = ();
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(self, app: &App, caller: &Caller, _: &Sight) -> Result<(), GateError<ExecuteError>> {
        let actor = caller.rights.speaker(self.actor).map_err(GateError::NotAllowed)?;
        Ok(app.end_session(&actor, caller.rights.identity(), &self.session, self.why).await?)
    }
}

/// Ending a session of one's own.
#[derive(Debug)]
pub struct EndOwnSession {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub session: Label,
}

impl Deed for EndOwnSession {
    type Answer = ();
    type Error = ExecuteError;

    /// Whoever has one may.
    fn scope(&self) -> Scope {
        Scope::Anybody
    }

    async fn carry_out(self, app: &App, caller: &Caller, _: &Sight) -> Result<(), GateError<ExecuteError>> {
        let actor = caller.rights.speaker(self.actor).map_err(GateError::NotAllowed)?;
        let whose = app.session_of(&self.session).await.map_err(ExecuteError::Store)?;
        if !matches!((&actor.who, whose), (Who::Person(who), Some(whose)) if *who == whose) {
            let refusal = Sessions::unknown(&self.session, "your own stand at /account");
            return Err(GateError::Failed(refusal.into()));
        }
        Ok(app.end_session(&actor, caller.rights.identity(), &self.session, None).await?)
    }
}

/// Somebody's session, as they are shown it.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// Its id.
    pub session: Label,
    /// By what it began.
    pub by: Identity,
    /// When it began.
    pub began: DateTime<Utc>,
    /// When it was used last here.
    pub last_used: Option<DateTime<Utc>>,
    /// When it ends whatever happens.
    pub until: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub is_this_one: bool,
}

/// The sessions of whoever asks that count, the last one first.
#[derive(Debug, Clone)]
pub struct OwnSessions {
    /// Who asks, and how that is known.
    pub caller: Caller,
}

impl Question for OwnSessions {
    type Answer<'a> = Vec<OwnSession>;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Anybody;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, _: &Sight) -> Result<Vec<OwnSession>, GateError<StoreError>> {
        let (Some(Who::Person(who)), identity) = (self.caller.rights.who(), self.caller.rights.identity())
        else {
            return Ok(Vec::new());
        };
        Ok(app.sessions_of(who, identity).await?)
    }
}
