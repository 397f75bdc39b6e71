//! Tokens: making, revoking and listing them, and who a caller is known to be.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use scribe_domain::actor::{Actor, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::IncidentId;
use scribe_domain::recorded::Recorded;
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::system::SystemEvent;
use scribe_domain::system::tokens::{TokenCreated, Tokens};
use scribe_domain::text::{Label, Text};
use scribe_domain::values::Digest;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::rights::{GateError, NotAllowed, Rights, Sight};
use super::speaker::{Speaker, actor};
use super::{App, Deed, Question, Scope, Shows};
use crate::auth::secret::Secret;

/// What a token is to give, as it is asked for.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TokenFields {
    /// What to call it.
    pub name: Label,
    /// Whose it is: they speak with it, and nobody else.
    pub owner: Who,
    /// What it lets through.
    pub scopes: Vec<Scope>,
    /// Until when it counts; for ever if that is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// For these incidents only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<IncidentId>,
    /// For deliveries of these tools only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Label>,
}

/// A token that was just made, with its secret: this is the only time that it is shown.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NewToken {
    /// Its id.
    pub token: Label,
    /// The secret.
    pub secret: String,
}

/// A token, without its secret, which is kept nowhere.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TokenRow {
    /// Its id.
    pub token: Label,
    /// What it gives.
    #[serde(flatten)]
    pub fields: TokenFields,
    /// For so many incidents besides, which whoever asks may not see.
    #[serde(default, skip_serializing_if = "is_none")]
    pub others: usize,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Who made it.
    pub created_by: Who,
    /// When it was revoked, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<DateTime<Utc>>,
    /// When it was used last, since this server was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<DateTime<Utc>>,
    /// Whether it counts now.
    pub counts: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(number: &usize) -> bool {
    *number == 0
}

/// Every token.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TokenList {
    /// They, the newest first.
    pub tokens: Vec<TokenRow>,
}

/// Who a caller is known to be, and what they may.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Whoami {
    /// Who they are; nobody knows where nobody was given a token yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Who>,
    /// How that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// What they may.
    pub scopes: Vec<Scope>,
}

/// Making a token.
#[derive(Debug, Clone)]
pub struct CreateToken {
    /// Who makes it.
    pub actor: Actor,
    /// What it is to give.
    pub fields: TokenFields,
}

/// Making a token count no longer.
#[derive(Debug, Clone)]
pub struct RevokeToken {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub token: Label,
    /// Why.
    pub why: Option<Text>,
}

/// Another secret for the same rights.
#[derive(Debug, Clone)]
pub struct RotateToken {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub token: Label,
}

/// What a stream of the program's own adds up to, for deciding what more may stand in it.
pub(in crate::app) trait OwnStream: Default {
    /// Which stream.
    fn stream() -> IncidentId;

    /// What one more event makes of it.
    fn take(&mut self, recorded: &Recorded);
}

/// What was decided about the program itself so far.
#[derive(Debug, Default)]
pub(in crate::app) struct Administered {
    /// Every token.
    tokens: Tokens,
    /// Of the settings by which it ran last.
    pub(in crate::app) settings: Option<Digest>,
}

impl OwnStream for Administered {
    fn stream() -> IncidentId {
        IncidentId::system()
    }

    fn take(&mut self, recorded: &Recorded) {
        let IncidentEvent::System(event) = &recorded.event else { return };
        self.tokens.follow(event, recorded.recorded_at, &recorded.cause.actor.who);
        if let SystemEvent::SettingsChanged(e) = event {
            self.settings = Some(e.digest);
        }
    }
}

pub(super) fn draw() -> Result<Secret, GateError<ExecuteError>> {
    Secret::draw().map_err(|error| GateError::Failed(StoreError::Unavailable(error.to_string()).into()))
}

impl TokenFields {
    /// The token with this secret that gives them, made with another one or with none.
    fn created(self, secret: &Secret, made_with: Option<Label>) -> TokenCreated {
        let Self { name, owner, scopes, expires, incidents, sources } = self;
        let (token, digest, replaces) = (secret.id(), secret.digest(), None);
        TokenCreated { token, name, owner, scopes, expires, incidents, sources, digest, replaces, made_with }
    }
}

impl NewToken {
    fn of(secret: &Secret) -> Self {
        Self { token: secret.id(), secret: secret.shown() }
    }
}

impl Deed for CreateToken {
    type Answer = NewToken;
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        _: &Sight,
    ) -> Result<NewToken, GateError<ExecuteError>> {
        let Speaker { actor, origin } = app.speaker(caller, self.actor, None).await?;
        let secret = draw()?;
        let created = self.fields.created(&secret, None);
        let decide = |before: &Administered, now| before.tokens.create(created.clone(), now);
        app.administer(&actor, origin.as_ref(), decide).await?;
        Ok(NewToken::of(&secret))
    }
}

/// A token for oneself, that may what one may: for a program that has no browser to sign in with.
#[derive(Debug, Clone)]
pub struct TokenOfOnesOwn {
    /// What to call it.
    pub name: Label,
}

/// For how long such a token counts.
const OWN: TimeDelta = TimeDelta::days(90);

impl Deed for TokenOfOnesOwn {
    type Answer = NewToken;
    type Error = ExecuteError;

    /// It gives nothing that whoever asks does not have, and no longer than a token that they have it by.
    fn scope(&self) -> Scope {
        Scope::Anybody
    }

    async fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        _: &Sight,
    ) -> Result<NewToken, GateError<ExecuteError>> {
        let Rights::Granted(grant) = &caller.rights else {
            return Err(GateError::NotAllowed(NotAllowed::Unknown));
        };
        // Whoever let a program in may have been signed out before it comes for its token.
        if !app.still_stands(&caller.rights).await.map_err(ExecuteError::Store)? {
            return Err(GateError::Failed(lapsed(&grant.who).into()));
        }
        let made_with = match grant.identity.basis() {
            Identity::Token(token) => Some(token.clone()),
            _ => None,
        };
        let secret = draw()?;
        let fields = TokenFields {
            name: self.name,
            owner: grant.who.clone(),
            scopes: grant.scopes.iter().copied().collect(),
            expires: Some((app.now() + OWN).trunc_subsecs(0)),
            incidents: grant.incidents.iter().cloned().collect(),
            sources: grant.sources.iter().cloned().collect(),
        };
        let created = fields.created(&secret, made_with);
        let actor = actor(grant.who.clone(), "web").map_err(ExecuteError::Store)?;
        let decide = |before: &Administered, now| {
            let with = created.made_with.as_ref().and_then(|with| before.tokens.get(with));
            if with.is_some_and(|with| before.tokens.count(with, now).is_err()) {
                return Err(lapsed(&grant.who));
            }
            before.tokens.create(created.clone(), now)
        };
        app.administer(&actor, Some(&grant.identity), decide).await?;
        Ok(NewToken::of(&secret))
    }
}

/// Why whoever was known has nothing to give any more.
fn lapsed(who: &Who) -> Refusal {
    let message = format!("what showed that this is {who} counts no longer, so nothing is given by it");
    Refusal::new(Reason::NothingGiven, message, "sign in anew, and begin again")
}

impl Deed for RevokeToken {
    type Answer = ();
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(self, app: &App, caller: &Caller, _: &Sight) -> Result<(), GateError<ExecuteError>> {
        let Speaker { actor, origin } = app.speaker(caller, self.actor, None).await?;
        let decide = |before: &Administered, _| before.tokens.revoke(&self.token, self.why.clone());
        Ok(app.administer(&actor, origin.as_ref(), decide).await?)
    }
}

impl Deed for RotateToken {
    type Answer = NewToken;
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        _: &Sight,
    ) -> Result<NewToken, GateError<ExecuteError>> {
        let Speaker { actor, origin } = app.speaker(caller, self.actor, None).await?;
        let secret = draw()?;
        let decide =
            |before: &Administered, _| before.tokens.rotate(&self.token, secret.id(), secret.digest());
        app.administer(&actor, origin.as_ref(), decide).await?;
        Ok(NewToken::of(&secret))
    }
}

/// Every token that there ever was.
#[derive(Debug, Clone, Copy)]
pub struct ListTokens;

impl Question for ListTokens {
    type Answer<'a> = TokenList;
    type Error = StoreError;
    const SCOPE: Scope = Scope::Admin;

    fn shows(&self) -> Shows<'_> {
        Shows::Nothing
    }

    async fn answer(self, app: &App, sight: &Sight) -> Result<TokenList, GateError<StoreError>> {
        let view = app.access().await?;
        let now = app.now();
        let access = &view.view.access;
        let mut tokens: Vec<TokenRow> = access
            .tokens
            .iter()
            .map(|token| {
                let TokenCreated { token: id, name, owner, scopes, expires, incidents, sources, .. } =
                    token.created.clone();
                let (incidents, others): (Vec<IncidentId>, Vec<_>) =
                    incidents.into_iter().partition(|incident| sight.shows(incident));
                TokenRow {
                    last_used: app.last_use(&id),
                    token: id,
                    fields: TokenFields { name, owner, scopes, expires, incidents, sources },
                    others: others.len(),
                    created: token.at,
                    created_by: token.by.clone(),
                    revoked: token.revoked,
                    counts: access.tokens.count(token, now).is_ok()
                        && access.people.left(&token.created.owner, now).is_none(),
                }
            })
            .collect();
        tokens.sort_by_key(|row| std::cmp::Reverse(row.created));
        Ok(TokenList { tokens })
    }
}

impl Caller {
    /// Who this is known to be, and what they may; nobody is told about nobody.
    pub fn whoami(&self) -> Result<Whoami, NotAllowed> {
        match &self.rights {
            Rights::Nobody => Err(NotAllowed::Unknown),
            Rights::Everything { account } => {
                Ok(Whoami { who: None, identity: account.clone(), scopes: Scope::given().collect() })
            }
            Rights::Granted(grant) => Ok(Whoami {
                who: Some(grant.who.clone()),
                identity: Some(grant.identity.clone()),
                scopes: grant.scopes.iter().copied().collect(),
            }),
        }
    }
}
