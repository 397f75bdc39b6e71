//! Who is let in: tokens as the record has them, and what is administered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, SubsecRound as _, Utc};
use scribe_domain::actor::{Actor, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, AppendError, Draft, StoreError};
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{CommandId, IncidentId, Revision};
use scribe_domain::refusal::Refusal;
use scribe_domain::system::tokens::Lapsed;
use scribe_domain::system::{SettingsChanged, SystemEvent};
use scribe_domain::text::{Label, Text};
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use scribe_projections::access::AccessView;
use scribe_projections::question::AsOf;
use uuid::Uuid;

use super::App;
use super::gate::rights::Rights;
use super::gate::system::Administered;
use crate::auth::secret::Secret;
use crate::pause::pause;

/// How often an act of administration is decided anew when others administer at the same time.
const ATTEMPTS: u32 = 16;

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
}

/// When each token was used last, since this program was started.
#[derive(Debug, Default)]
pub(super) struct Uses(Mutex<HashMap<Label, DateTime<Utc>>>);

impl Uses {
    fn note(&self, token: &Label, at: DateTime<Utc>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), at);
    }

    /// When this one was.
    fn last(&self, token: &Label) -> Option<DateTime<Utc>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).copied()
    }
}

impl App {
    /// Records by which settings a server runs, if it ran by others before: so that it can be said afterwards which
    /// rule declared an incident. Who runs the server has set them, whoever changed the file.
    pub async fn record_settings(&self, account: Option<&Identity>) -> Result<(), ExecuteError> {
        let text = &self.config().text;
        let digest = Digest::of(text.as_bytes());
        let label =
            |text: &str| Label::new(text).map_err(|error| StoreError::Unacceptable(error.to_string()));
        let actor = Actor { who: Who::Scribe, via: label("serve")?, on_behalf_of: None };
        let changed = |before: &Administered, _| {
            let is_as_before = match before.settings {
                Some(before) => before == digest,
                None => text.is_empty(),
            };
            let event = || SettingsChanged { digest, text: Text::new(&**text).ok() };
            Ok(if is_as_before { Vec::new() } else { vec![event().into()] })
        };
        self.administer(&actor, account, CommandId(Uuid::now_v7()), changed).await
    }

    /// What the token with this secret gives; else why nothing.
    pub async fn rights_of(&self, secret: &Secret) -> Result<Result<Rights, BadToken>, StoreError> {
        let view = self.views().of::<AccessView>().look(&AsOf::NOW).await?;
        let (id, now) = (secret.id(), self.now());
        let token = view.view.access.tokens.get(&id).filter(|token| secret.is_of(&token.created.digest));
        let Some(token) = token else { return Ok(Err(BadToken::Unknown)) };
        Ok(match token.counts_at(now) {
            Err(Lapsed::Revoked(at)) => Err(BadToken::Revoked(at)),
            Err(Lapsed::Expired(at)) => Err(BadToken::Expired(at, now)),
            Ok(()) => {
                self.0.uses.note(&id, now);
                Ok(Rights::of_token(token))
            }
        })
    }

    /// When a token was used last, since this program was started.
    pub(super) fn last_use(&self, token: &Label) -> Option<DateTime<Utc>> {
        self.0.uses.last(token)
    }

    /// Whether anybody was ever given a token: from then on, everybody needs one. That all of them are revoked or
    /// expired opens nothing.
    pub async fn asks_for_tokens(&self) -> Result<bool, StoreError> {
        let view = self.views().of::<AccessView>().look(&AsOf::NOW).await?;
        Ok(!view.view.access.tokens.is_empty())
    }

    /// Records what somebody decided about the program itself, on its own stream.
    pub(super) async fn administer(
        &self,
        actor: &Actor,
        origin: Option<&Identity>,
        command_id: CommandId,
        decide: impl Fn(&Administered, DateTime<Utc>) -> Result<Vec<SystemEvent>, Refusal>,
    ) -> Result<(), ExecuteError> {
        let stream = IncidentId::system();
        for attempt in 1..=ATTEMPTS {
            let history = self.store().history(&stream, Revision::NEW).await?;
            let mut before = Administered::default();
            for recorded in &history {
                before.follow(recorded);
            }
            let now = self.now();
            let draft = |event| Draft {
                actor: actor.clone(),
                occurred: When::second(now.trunc_subsecs(0)),
                source: None,
                origin: origin.cloned(),
                event: IncidentEvent::System(event),
            };
            let events: Vec<Draft> = decide(&before, now)?.into_iter().map(draft).collect();
            if events.is_empty() {
                return Ok(());
            }
            let expected = history.last().map_or(Revision::NEW, |last| last.revision);
            let append = Append { incident: stream.clone(), expected, command_id, request: None, events };
            match self.store().append(append).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Conflict { .. }) => pause(attempt).await,
                Err(AppendError::Store(error)) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended { attempts: ATTEMPTS })
    }
}
