//! Sessions: who is signed in, as the record and this server's memory tell.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use scribe_domain::access::Access;
use scribe_domain::account::Account;
use scribe_domain::actor::{Actor, Person, Who};
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::IncidentId;
use scribe_domain::refusal::Refusal;
use scribe_domain::system::people::PersonEntry;
use scribe_domain::system::sessions::{Session, SessionOver};
use scribe_domain::system::{SessionBegan, SystemEvent};
use scribe_domain::text::{Label, Text};

use super::App;
use super::doors::ATTEMPTS;
use super::gate::rights::{Grant, Rights};
use super::gate::sessions::{OwnSession, Proven};
use super::gate::speaker::actor;
use super::sign_in::MAIL;
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
        let Some(session) = of_this(secret, access) else { return Ok(Err(BadSession::Unknown)) };
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
        if access.people.left(&who, self.now()).is_some() || !self.may_be_theirs(&began.by, &who, access) {
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

    /// Whether what somebody signed in by may still be theirs. An account is, by a link of its own or, where it has none, of a
    /// mail address; one that was taken from them lets them in no longer.
    fn may_be_theirs(&self, by: &Identity, who: &Who, access: &Access) -> bool {
        let (Identity::Subject(_), Who::Person(who)) = (by, who) else { return true };
        let (people, now) = (&access.people, self.now());
        let holder = by.to_string().parse().ok().and_then(|account: Account| people.holder(&account, now));
        let has_mail = |entry: &PersonEntry| entry.accounts_at(now).any(|one| one.service() == MAIL);
        match holder {
            Some(entry) => entry.goes_by(who),
            None => people.entry(who).is_some_and(has_mail),
        }
    }

    /// Whether what was given to somebody a while ago still is: the session that they were known by, or the token, counts, and they
    /// have not left; and whether everybody still may everything, who did because nobody was asked. A proxy says it anew of every
    /// request, and whoever has the folder has it.
    pub async fn still_stands(&self, rights: &Rights) -> Result<bool, StoreError> {
        let grant = match rights {
            Rights::Granted(grant) => grant,
            Rights::Everything { account: None } => return Ok(!self.asks_who().await?),
            Rights::Everything { .. } | Rights::Nobody => return Ok(true),
        };
        let reading = self.access().await?;
        let access = &reading.view.access;
        if access.people.left(&grant.who, self.now()).is_some() {
            return Ok(false);
        }
        Ok(match &grant.identity {
            Identity::Token(token) => {
                access.tokens.get(token).is_some_and(|token| access.tokens.count(token, self.now()).is_ok())
            }
            Identity::Session(session, _) => {
                let session = access.sessions.get(session);
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
        before: Option<&Secret>,
    ) -> Result<SessionBegan, ExecuteError> {
        let Proven { who, by, scopes } = proven;
        let until = self.now() + self.config().sign_in.longest.0;
        let until = until.duration_trunc(TimeDelta::seconds(1)).unwrap_or(until);
        let speaker = actor(Who::Person(who.clone()), "web")?;
        let origin = by.clone();
        let began = SessionBegan { session: secret.id(), who, by, scopes, until, digest: secret.digest() };
        let decide = |access: &Access, now| {
            let mut events = match before.and_then(|secret| of_this(secret, access)) {
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
        decide: impl Fn(&Access, DateTime<Utc>) -> Result<Vec<SystemEvent>, Refusal>,
    ) -> Result<(), ExecuteError> {
        for attempt in 1..=ATTEMPTS {
            let expected = self.store().revision(&stream).await?;
            let events = decide(&self.access().await?.view.access, self.now())?;
            if events.is_empty() {
                return Ok(());
            }
            if self.append_own(&stream, expected, actor, origin, events).await? {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(ExecuteError::Contended { attempts: ATTEMPTS })
    }
}

/// The session whose secret this is.
fn of_this<'a>(secret: &Secret, access: &'a Access) -> Option<&'a Session> {
    access.sessions.get(&secret.id()).filter(|session| secret.is_of(&session.began.digest))
}

#[cfg(test)]
mod tests {
    use scribe_domain::scope::Scope;

    use super::*;
    use crate::clock;
    use crate::config::Config;

    #[tokio::test]
    async fn whoever_signs_in_ends_the_session_whose_secret_they_show_and_no_other_of_its_id() {
        let app = App::in_memory(Config::default(), clock::system());
        let proven = || Proven {
            who: "Ada Example".parse().unwrap(),
            by: "token:aa".parse().unwrap(),
            scopes: vec![Scope::Read],
        };
        let (mine, made, new) = (Secret::draw().unwrap(), Secret::draw().unwrap(), Secret::draw().unwrap());
        app.begin_session(proven(), &mine, None).await.unwrap();
        // Ids are short, and told: another secret of one can be found.
        let until = app.now() + TimeDelta::days(1);
        let Proven { who, by, scopes } = proven();
        let theirs = SessionBegan { session: made.id(), who, by, scopes, until, digest: new.digest() };
        let ada = actor("Ada Example".parse().unwrap(), "web").unwrap();
        let decide = |_: &Access, _| Ok(vec![theirs.clone().into()]);
        app.decide_on(IncidentId::sessions(), &ada, None, decide).await.unwrap();
        app.begin_session(proven(), &Secret::draw().unwrap(), Some(&made)).await.unwrap();
        app.begin_session(proven(), &Secret::draw().unwrap(), Some(&mine)).await.unwrap();
        let reading = app.access().await.unwrap();
        let is_over =
            |secret: &Secret| reading.view.access.sessions.get(&secret.id()).unwrap().ended.is_some();
        assert_eq!((is_over(&made), is_over(&mine)), (false, true));
    }
}
