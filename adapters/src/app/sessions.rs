//! Sessions: who is signed in, as the record and this server's memory tell.

use chrono::DurationRound as _;
use chrono::{TimeDelta, Utc};
use scribe_domain::access::Access;
use scribe_domain::actor::{Actor, Person, Who};
use scribe_domain::event_store::{AppendError, StoreError};
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::IncidentId;
use scribe_domain::refusal::Refusal;
use scribe_domain::system::sessions::{Session, SessionOver};
use scribe_domain::system::{SessionBegan, SystemEvent};
use scribe_domain::text::{Label, Text};

use super::App;
use super::doors::{ATTEMPTS, actor};
use super::gate::rights::{Grant, Rights};
use super::gate::sessions::{OwnSession, Proven};
use crate::auth::secret::Secret;
use crate::pause::pause;

/// Why a session lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSession {
    /// It is another server's, or made up.
    #[error("this session is not one of this server's")]
    Unknown,
    /// It counts no longer.
    #[error("this session is over: {0}")]
    Over(#[from] SessionOver),
    /// What it began with counts no longer.
    #[error("this session is over: the token that it began with counts no longer, or whose it is has left")]
    Lapsed,
}

impl App {
    /// What the session with this secret gives; else why nothing.
    pub async fn rights_of_session(&self, secret: &Secret) -> Result<Result<Rights, BadSession>, StoreError> {
        let reading = self.access().await?;
        let access = &reading.view.access;
        let session = access.sessions.get(&secret.id()).filter(|session| secret.is_of(&session.began.digest));
        let Some(session) = session else { return Ok(Err(BadSession::Unknown)) };
        if let Err(over) = self.counts(session) {
            return Ok(Err(over.into()));
        }
        let Some(rights) = self.rights_in(session, access) else { return Ok(Err(BadSession::Lapsed)) };
        self.0.uses.note(&session.began.session, self.now());
        Ok(Ok(rights))
    }

    /// Whether a session counts now: it was not ended, its time is not over, and it was not idle for too long.
    fn counts(&self, session: &Session) -> Result<(), SessionOver> {
        let now = self.now();
        session.counts_at(now)?;
        let last = self.0.uses.last(&session.began.session).unwrap_or(session.at);
        if now - last.max(session.at) > self.config().sign_in.idle.0 {
            Err(SessionOver::Idle)
        } else {
            Ok(())
        }
    }

    /// What it gives: what the token gives that it began with, as long as that counts; else what was given then. Nothing
    /// once whose it is has left.
    fn rights_in(&self, session: &Session, access: &Access) -> Option<Rights> {
        let began = &session.began;
        let identity = session.identity();
        // Somebody who was renamed since goes on by the name that they go by; who has left, does not go on.
        let who = access.people.present_of(Who::Person(began.who.clone()));
        if access.people.left(&who, self.now()).is_some() {
            return None;
        }
        if let Identity::Token(token) = &began.by {
            let token =
                access.tokens.get(token).filter(|token| access.tokens.count(token, self.now()).is_ok())?;
            let Rights::Granted(grant) = Rights::of_token(token, who) else { return None };
            return Some(Rights::Granted(Grant { identity, ..grant }));
        }
        Some(Rights::Granted(Grant {
            who,
            identity,
            scopes: began.scopes.iter().copied().collect(),
            incidents: [].into(),
            sources: [].into(),
        }))
    }

    /// Whether what was given to somebody a while ago still is: the session that they were known by, or the token, counts, and they
    /// have not left. A proxy says it anew of every request.
    pub(super) async fn still_stands(&self, grant: &Grant) -> Result<bool, StoreError> {
        let reading = self.access().await?;
        let access = &reading.view.access;
        if access.people.left(&grant.who, self.now()).is_some() {
            return Ok(false);
        }
        Ok(match &grant.identity {
            Identity::Token(token) => {
                access.tokens.get(token).is_some_and(|token| access.tokens.count(token, self.now()).is_ok())
            }
            Identity::Session(_) => {
                let session = grant.identity.session().and_then(|id| access.sessions.get(&id));
                session.is_some_and(|one| self.counts(one).is_ok() && self.rights_in(one, access).is_some())
            }
            Identity::Proxy(_) => true,
            _ => false,
        })
    }

    /// Records that somebody signed in, and that the session that was there before is over.
    pub(super) async fn begin_session(
        &self,
        proven: Proven,
        secret: &Secret,
        before: Option<&Label>,
    ) -> Result<SessionBegan, ExecuteError> {
        let Proven { who, by, scopes } = proven;
        let until = self.now() + self.config().sign_in.longest.0;
        let until = until.duration_trunc(TimeDelta::seconds(1)).unwrap_or(until);
        let speaker = actor(Who::Person(who.clone()), "web")?;
        let origin = by.clone();
        let began = SessionBegan { session: secret.id(), who, by, scopes, until, digest: secret.digest() };
        let decide = |access: &Access, now| {
            let mut events = match before.and_then(|id| access.sessions.get(id)) {
                Some(old) => access.sessions.end(&old.began.session, None)?,
                None => Vec::new(),
            };
            events.extend(access.sessions.begin(began.clone(), now)?);
            Ok(events)
        };
        self.decide_on(IncidentId::sessions(), &speaker, Some(&origin), decide).await?;
        self.0.uses.note(&began.session, self.now());
        Ok(began)
    }

    /// Records that a session is over.
    pub(super) async fn end_session(
        &self,
        actor: &Actor,
        origin: Option<&Identity>,
        session: &Label,
        why: Option<Text>,
    ) -> Result<(), ExecuteError> {
        let decide = |access: &Access, _| access.sessions.end(session, why.clone());
        self.decide_on(IncidentId::sessions(), actor, origin, decide).await
    }

    /// Whose session this is.
    pub(super) async fn session_of(&self, session: &Label) -> Result<Option<Person>, StoreError> {
        let reading = self.access().await?;
        let access = &reading.view.access;
        Ok(access.sessions.get(session).map(|session| access.people.present(&session.began.who).clone()))
    }

    /// Somebody's sessions that count, the last one first.
    pub(super) async fn sessions_of(
        &self,
        who: &Person,
        asked_by: Option<&Identity>,
    ) -> Result<Vec<OwnSession>, StoreError> {
        let reading = self.access().await?;
        let access = &reading.view.access;
        let counts = |session: &&Session| {
            access.people.are_one(&session.began.who, who)
                && self.counts(session).is_ok()
                && self.rights_in(session, access).is_some()
        };
        let own = |session: &Session| OwnSession {
            session: session.began.session.clone(),
            by: session.began.by.clone(),
            began: session.at,
            last_used: self.0.uses.last(&session.began.session),
            until: session.began.until,
            is_this_one: asked_by == Some(&session.identity()),
        };
        let mut sessions: Vec<_> = access.sessions.iter().filter(counts).map(own).collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.began));
        Ok(sessions)
    }

    /// Records what is decided by who may see and do what as it stands, on a stream of the program's own. The stream's revision is
    /// read first and the view after it, so nothing that the decision should have known of can have been missed when the
    /// append finds the stream at that revision.
    pub(super) async fn decide_on(
        &self,
        stream: IncidentId,
        actor: &Actor,
        origin: Option<&Identity>,
        decide: impl Fn(&Access, chrono::DateTime<Utc>) -> Result<Vec<SystemEvent>, Refusal>,
    ) -> Result<(), ExecuteError> {
        for attempt in 1..=ATTEMPTS {
            let expected = self.store().revision(&stream).await?;
            let events = decide(&self.access().await?.view.access, self.now())?;
            if events.is_empty() {
                return Ok(());
            }
            let mut append = self.append_of(stream.clone(), actor, origin, events);
            append.expected = expected;
            match self.store().append(append).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Conflict { .. }) => pause(attempt).await,
                Err(AppendError::Store(error)) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended { attempts: ATTEMPTS })
    }
}
