//! Who is let in: tokens as the record has them, and what is administered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use scribe_domain::actor::{Actor, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, AppendError, Draft, StoreError};
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{CommandId, IncidentId, Revision};
use scribe_domain::refusal::Refusal;
use scribe_domain::system::tokens::Lapsed;
use scribe_domain::system::{PrivateSeen, SettingsChanged, SystemEvent};
use scribe_domain::text::{Label, Text};
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use scribe_projections::access::AccessView;
use scribe_projections::runner::Tracked;
use tokio::sync::RwLockReadGuard;
use uuid::Uuid;

use super::App;
use super::gate::Shows;
use super::gate::caller::Caller;
use super::gate::rights::{Rights, Sight};
use super::gate::speaker::actor;
use super::gate::system::{Administered, OwnStream};
use crate::auth::secret::Secret;
use crate::pause::pause;

/// How often an act of administration is decided anew when others administer at the same time.
pub(super) const ATTEMPTS: u32 = 16;

/// Why a token does not let anybody in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// What was shown is no token.
    #[error("{0}")]
    Other(String),
    /// It was not given here: it is another server's, or made up.
    #[error("this token was not given by this server")]
    Unknown,
    /// Somebody revoked it.
    #[error("this token was revoked at {at}", at = .0.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))]
    Revoked(DateTime<Utc>),
    /// Its time is over.
    #[error(
        "this token expired at {at}; it is {now} now",
        at = .0.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        now = .1.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    )]
    Expired(DateTime<Utc>, DateTime<Utc>),
    /// Whose it is has left the company.
    #[error("{0} has left the company ({1}), and their tokens count no longer")]
    Left(Who, When),
}

/// For so long a look that was recorded stands for those that follow it.
const LOOK: TimeDelta = TimeDelta::minutes(1);
/// Above so many looks, old ones are forgotten.
const MANY: usize = 4_096;

/// Who has looked at which private incident within the last minute.
#[derive(Debug, Default)]
pub(super) struct Looks(Mutex<HashMap<(Identity, IncidentId), DateTime<Utc>>>);

impl Looks {
    fn is_recent(&self, identity: &Identity, incident: &IncidentId, now: DateTime<Utc>) -> bool {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.get(&(identity.clone(), incident.clone())).is_some_and(|at| now - *at < LOOK)
    }

    fn note(&self, identity: Identity, incident: IncidentId, now: DateTime<Utc>) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.len() >= MANY {
            looks.retain(|_, at| now - *at < LOOK);
        }
        looks.insert((identity, incident), now);
    }
}

impl App {
    /// Records by which settings a server runs, if it ran by others before: so that it can be said afterwards which
    /// rule declared an incident. Who runs the server has set them, whoever changed the file.
    pub async fn record_settings(&self, account: Option<&Identity>) -> Result<(), ExecuteError> {
        let text = &self.config().text;
        let digest = Digest::of(text.as_bytes());
        let actor = actor(Who::Scribe, "serve")?;
        let changed = |before: &Administered, _| {
            let is_as_before = match before.settings {
                Some(before) => before == digest,
                None => text.is_empty(),
            };
            let event = || SettingsChanged { digest, text: Text::new(&**text).ok() };
            Ok(if is_as_before { Vec::new() } else { vec![event().into()] })
        };
        self.administer(&actor, account, changed).await
    }

    /// What the token with this secret gives; else why nothing.
    pub async fn rights_of(&self, secret: &Secret) -> Result<Result<Rights, BadToken>, StoreError> {
        let view = self.access().await?;
        let (id, now) = (secret.id(), self.now());
        let access = &view.view.access;
        let token = access.tokens.get(&id).filter(|token| secret.is_of(&token.created.digest));
        let Some(token) = token else { return Ok(Err(BadToken::Unknown)) };
        // Somebody who was renamed, or misspelt when the token was made, speaks by the name that they go by.
        let who = access.people.present_of(token.created.owner.clone());
        Ok(match access.tokens.count(token, now) {
            Err(Lapsed::Revoked(at)) => Err(BadToken::Revoked(at)),
            Err(Lapsed::Expired(at)) => Err(BadToken::Expired(at, now)),
            Err(Lapsed::Unfounded) => Err(BadToken::Unknown),
            Ok(()) if let Some(left) = access.people.left(&who, now) => Err(BadToken::Left(who, left)),
            Ok(()) => {
                self.0.uses.note(&id, now);
                Ok(Rights::of_token(token, who))
            }
        })
    }

    /// Records who looks at private incidents, before they see anything of them; whoever looks on within a minute is not
    /// recorded again. What cannot be recorded is not shown.
    pub(super) async fn record_look(
        &self,
        caller: &Caller,
        sight: &Sight,
        shown: Shows<'_>,
    ) -> Result<(), StoreError> {
        let (Some(who), Some(identity)) = (caller.rights.who(), caller.rights.identity()) else {
            return Ok(());
        };
        let now = self.now();
        for incident in sight.private_among(shown) {
            if self.0.looks.is_recent(identity, &incident, now) {
                continue;
            }
            self.record_read(who, identity, &incident).await?;
            self.0.looks.note(identity.clone(), incident, now);
        }
        Ok(())
    }

    async fn record_read(
        &self,
        who: &Who,
        identity: &Identity,
        incident: &IncidentId,
    ) -> Result<(), StoreError> {
        let seen = || vec![PrivateSeen { incident: incident.clone() }.into()];
        let (actor, stream) = (actor(who.clone(), "http")?, IncidentId::reads());
        for attempt in 1..=ATTEMPTS {
            let expected = self.store().revision(&stream).await?;
            if self.append_own(&stream, expected, &actor, Some(identity), seen()).await? {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(StoreError::Unavailable("others keep recording looks".to_owned()))
    }

    /// Appends to a stream of the program's own, at the revision that it was seen at; whether nobody was faster.
    pub(super) async fn append_own(
        &self,
        stream: &IncidentId,
        expected: Revision,
        actor: &Actor,
        origin: Option<&Identity>,
        events: Vec<SystemEvent>,
    ) -> Result<bool, StoreError> {
        let occurred = When::second(self.now().trunc_subsecs(0));
        let draft = |event| Draft {
            actor: actor.clone(),
            occurred,
            told: None,
            source: None,
            origin: origin.cloned(),
            event: IncidentEvent::System(event),
        };
        let append = Append {
            incident: stream.clone(),
            expected,
            command_id: CommandId(Uuid::now_v7()),
            request: None,
            events: events.into_iter().map(draft).collect(),
        };
        match self.store().append(append).await {
            Ok(_) => Ok(true),
            Err(AppendError::Conflict { .. }) => Ok(false),
            Err(AppendError::Store(error)) => Err(error),
        }
    }

    /// When a token was used last here.
    pub(super) fn last_use(&self, token: &Label) -> Option<DateTime<Utc>> {
        self.0.uses.last(token)
    }

    /// Whether anybody was ever given a token.
    pub async fn has_tokens(&self) -> Result<bool, StoreError> {
        Ok(!self.access().await?.view.access.tokens.is_empty())
    }

    /// Whether whoever asks must show who they are: somebody was given a token once, or the settings say how people sign in.
    /// That all tokens are revoked or expired opens nothing.
    pub async fn asks_who(&self) -> Result<bool, StoreError> {
        Ok(self.config().sign_in.names_people() || self.has_tokens().await?)
    }

    /// Who may see and do what, as it stands. An event that cannot be read keeps nobody out whom it does not concern: where
    /// it may have said who may see its incident, nobody may; where it may have said anything, nobody is let in.
    pub(super) async fn access(&self) -> Result<RwLockReadGuard<'_, Tracked<AccessView>>, StoreError> {
        self.views().of::<AccessView>().as_far_as_it_goes().await
    }

    /// Records what somebody decided about the program itself, on the stream of its own that it concerns, after what
    /// that adds up to so far.
    pub(super) async fn administer<S: OwnStream>(
        &self,
        actor: &Actor,
        origin: Option<&Identity>,
        decide: impl Fn(&S, DateTime<Utc>) -> Result<Vec<SystemEvent>, Refusal>,
    ) -> Result<(), ExecuteError> {
        let stream = S::stream();
        for attempt in 1..=ATTEMPTS {
            let history = self.store().history(&stream, Revision::NEW).await?;
            let mut before = S::default();
            for recorded in &history {
                before.take(recorded);
            }
            let events = decide(&before, self.now())?;
            if events.is_empty() {
                return Ok(());
            }
            let expected = history.last().map_or(Revision::NEW, |last| last.revision);
            if self.append_own(&stream, expected, actor, origin, events).await? {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(ExecuteError::Contended { attempts: ATTEMPTS })
    }
}
