//! What sessions are: somebody signed in to a page, and goes on to be known by a cookie.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::SystemEvent;
use crate::actor::Person;
use crate::identity::Identity;
use crate::refusal::{Reason, Refusal};
use crate::scope::Scope;
use crate::text::{Label, Text};
use crate::values::Digest;

/// Somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionBegan {
    /// Its id, which is no secret.
    pub session: Label,
    /// Who signed in.
    pub who: Person,
    /// By what it was known who they are: a token, a subject of an identity provider.
    pub by: Identity,
    /// What it lets through. Where it began with a token, it is what the token lets through, as long as that counts.
    pub scopes: Vec<Scope>,
    /// When it ends whatever happens.
    pub until: DateTime<Utc>,
    /// Of the secret in the cookie, which is kept nowhere.
    pub digest: Digest,
}

/// A session counts no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionEnded {
    /// Which.
    pub session: Label,
    /// Why, where somebody said so; whoever signs out says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A session as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// As it began.
    pub began: SessionBegan,
    /// When it began.
    pub at: DateTime<Utc>,
    /// When it was ended, if it was.
    pub ended: Option<DateTime<Utc>>,
}

/// Every session that there ever was, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sessions(BTreeMap<Label, Session>);

/// Why a session counts no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionOver {
    /// Somebody ended it, or signed out.
    #[error("it was ended")]
    Ended,
    /// Its time is over.
    #[error("its time is over")]
    Expired,
    /// It was not used for too long.
    #[error("it was not used for too long")]
    Idle,
}

/// How many sessions somebody may have at once; one more ends the oldest.
pub const MOST: usize = 20;

impl Session {
    /// Whether it counts at a moment, as far as the record tells.
    pub fn counts_at(&self, now: DateTime<Utc>) -> Result<(), SessionOver> {
        if self.ended.is_some() {
            return Err(SessionOver::Ended);
        }
        if self.began.until <= now { Err(SessionOver::Expired) } else { Ok(()) }
    }

    /// How it is known who speaks in it: its id, and by what it began.
    pub fn identity(&self) -> Identity {
        Identity::of_session(&self.began.session, &self.began.by)
    }
}

impl Sessions {
    /// What this event makes of them.
    pub fn follow(&mut self, event: &SystemEvent, at: DateTime<Utc>) {
        match event {
            SystemEvent::SessionBegan(began) => {
                let session = Session { began: began.clone(), at, ended: None };
                // An id is drawn from the secret: two of one id are the same session, and the first counts.
                self.0.entry(began.session.clone()).or_insert(session);
            }
            SystemEvent::SessionEnded(ended) => {
                if let Some(session) = self.0.get_mut(&ended.session) {
                    session.ended.get_or_insert(at);
                }
            }
            _ => {}
        }
    }

    /// One of them.
    pub fn get(&self, id: &Label) -> Option<&Session> {
        self.0.get(id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.0.values()
    }

    /// Why nothing can be done with a session that there is not.
    pub fn unknown(id: &Label, remedy: &'static str) -> Refusal {
        Refusal::new(Reason::UnknownToken, format!("there is no session {id}"), remedy)
    }

    /// A new one, and the end of the oldest of whoever has too many.
    pub fn begin(&self, began: SessionBegan, now: DateTime<Utc>) -> Result<Vec<SystemEvent>, Refusal> {
        if began.scopes.is_empty() {
            return Err(Refusal::new(
                Reason::NothingGiven,
                format!("{} was given no scope, so there is nothing to sign in for", began.who),
                "whoever runs the server gives scopes: by a token, or by a group under [sign_in.groups]",
            ));
        }
        let is_theirs = |session: &&Session| session.began.who == began.who && session.counts_at(now).is_ok();
        let mut theirs: Vec<&Session> = self.iter().filter(is_theirs).collect();
        theirs.sort_by_key(|session| session.at);
        let too_many = (theirs.len() + 1).saturating_sub(MOST);
        let end = |session: &&Session| SessionEnded { session: session.began.session.clone(), why: None };
        let mut events: Vec<SystemEvent> = theirs.iter().take(too_many).map(end).map(Into::into).collect();
        events.push(began.into());
        Ok(events)
    }

    /// One that counts no longer; nothing if it counts no longer already.
    pub fn end(&self, id: &Label, why: Option<Text>) -> Result<Vec<SystemEvent>, Refusal> {
        let session = self.get(id).ok_or_else(|| Self::unknown(id, "ids stand in `scribe session list`"))?;
        if session.ended.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![SessionEnded { session: id.clone(), why }.into()])
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-28T06:00:00Z".parse().unwrap()
    }

    fn began(id: &str, who: &str, scopes: &[Scope]) -> SessionBegan {
        SessionBegan {
            session: Label::new(id).unwrap(),
            who: who.parse().unwrap(),
            by: "oidc:https://idp.example#7".parse().unwrap(),
            scopes: scopes.to_vec(),
            until: now() + TimeDelta::days(7),
            digest: Digest([7; 32]),
        }
    }

    fn given(events: &[SystemEvent]) -> Sessions {
        let mut sessions = Sessions::default();
        for (nth, event) in (0..).zip(events) {
            sessions.follow(event, now() + TimeDelta::seconds(nth));
        }
        sessions
    }

    #[test]
    fn a_session_counts_until_it_is_ended_or_its_time_is_over() {
        let begun = Sessions::default().begin(began("a", "Ada", &[Scope::Read]), now()).unwrap();
        let sessions = given(&begun);
        let one = sessions.get(&Label::new("a").unwrap()).unwrap();
        assert_eq!(one.counts_at(now()), Ok(()));
        assert_eq!(one.counts_at(now() + TimeDelta::days(7)), Err(SessionOver::Expired));
        assert_eq!(one.identity().to_string(), "session:a oidc:https://idp.example#7");
        let ended = sessions.end(&one.began.session, None).unwrap();
        let sessions = given(&[begun, ended].concat());
        let one = sessions.get(&Label::new("a").unwrap()).unwrap();
        assert_eq!(one.counts_at(now()), Err(SessionOver::Ended));
        assert_eq!(sessions.end(&one.began.session, None), Ok(Vec::new()), "it is over already");
        let other = sessions.end(&Label::new("b").unwrap(), None).unwrap_err();
        assert_eq!(other.reason, Reason::UnknownToken);
    }

    #[test]
    fn nobody_signs_in_for_nothing_and_too_many_sessions_end_the_oldest() {
        let refused = Sessions::default().begin(began("a", "Ada", &[]), now()).unwrap_err();
        assert_eq!(refused.reason, Reason::NothingGiven);
        let mut events = Vec::new();
        for number in 0..=MOST {
            let who = if number == 3 { "Zac" } else { "Ada" };
            events.extend(
                given(&events).begin(began(&number.to_string(), who, &[Scope::Read]), now()).unwrap(),
            );
        }
        let sessions = given(&events);
        assert!(sessions.iter().all(|session| session.ended.is_none()), "twenty are Ada's");
        let more = sessions.begin(began("more", "Ada", &[Scope::Read]), now()).unwrap();
        let ended = SessionEnded { session: Label::new("0").unwrap(), why: None };
        assert_eq!(more.first(), Some(&ended.into()));
        assert_eq!(more.len(), 2);
    }
}
