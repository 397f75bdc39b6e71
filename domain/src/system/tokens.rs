//! What tokens are, and the rules about them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::SystemEvent;
use crate::actor::Who;
use crate::ids::IncidentId;
use crate::refusal::{Reason, Refusal};
use crate::scope::Scope;
use crate::text::{Label, Text};
use crate::values::Digest;

/// Somebody was given a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenCreated {
    /// Its id, which is no secret.
    pub token: Label,
    /// What it is called: `Ada's laptop`, `ci`.
    pub name: Label,
    /// Whose it is: they speak with it, and nobody else.
    pub owner: Who,
    /// What it lets through.
    pub scopes: Vec<Scope>,
    /// Until when it counts; for ever if that is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// For these incidents only; for all of them if it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<IncidentId>,
    /// For deliveries of these tools only; for all of them if it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Label>,
    /// Of the secret, which is kept nowhere.
    pub digest: Digest,
    /// The token that it takes over from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Label>,
    /// The token that whose it is made it with, if it was with one: it counts no longer than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<Label>,
}

/// A token counts no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRevoked {
    /// Which.
    pub token: Label,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// A token as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// As it was created.
    pub created: TokenCreated,
    /// When, and by whom.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Who,
    /// When it was revoked, if it was.
    pub revoked: Option<DateTime<Utc>>,
}

/// Every token that there ever was, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tokens(BTreeMap<Label, Token>);

impl Token {
    /// Whether it counts at a moment by itself; else why not.
    fn counts_alone(&self, now: DateTime<Utc>) -> Result<(), Lapsed> {
        match (self.revoked, self.created.expires) {
            (Some(at), _) => Err(Lapsed::Revoked(at)),
            (None, Some(at)) if at <= now => Err(Lapsed::Expired(at)),
            _ => Ok(()),
        }
    }
}

/// Why a token counts no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapsed {
    /// Somebody revoked it then.
    Revoked(DateTime<Utc>),
    /// Its time ended then.
    Expired(DateTime<Utc>),
    /// The token that it was made with is not there.
    Unfounded,
}

impl Tokens {
    /// What this event makes of them.
    pub fn follow(&mut self, event: &SystemEvent, at: DateTime<Utc>, by: &Who) {
        match event {
            SystemEvent::TokenCreated(created) => {
                let token = Token { created: created.clone(), at, by: by.clone(), revoked: None };
                // An id is drawn from the secret: two of one id are the same token, and the first counts.
                self.0.entry(created.token.clone()).or_insert(token);
            }
            SystemEvent::TokenRevoked(revoked) => {
                if let Some(token) = self.0.get_mut(&revoked.token) {
                    token.revoked.get_or_insert(at);
                }
            }
            SystemEvent::SettingsChanged(_)
            | SystemEvent::SessionBegan(_)
            | SystemEvent::SessionEnded(_)
            | SystemEvent::PrivateSeen(_)
            | SystemEvent::PersonAdded(_)
            | SystemEvent::PersonRenamed(_)
            | SystemEvent::AccountLinked(_)
            | SystemEvent::AccountUnlinked(_)
            | SystemEvent::TeamsChanged(_)
            | SystemEvent::EmploymentTold(_)
            | SystemEvent::PersonMerged(_)
            | SystemEvent::MergeUndone(_)
            | SystemEvent::ClockSettled(_)
            | SystemEvent::TimeStamped(_) => {}
        }
    }

    /// One of them.
    pub fn get(&self, id: &Label) -> Option<&Token> {
        self.0.get(id)
    }

    /// Whether one of them counts at a moment, and each that it was made with; else why not.
    pub fn count(&self, token: &Token, now: DateTime<Utc>) -> Result<(), Lapsed> {
        let mut token = token;
        // A record that says of two that each was made with the other lets neither in.
        for _ in 0..=self.0.len() {
            token.counts_alone(now)?;
            let Some(with) = &token.created.made_with else { return Ok(()) };
            token = self.get(with).ok_or(Lapsed::Unfounded)?;
        }
        Err(Lapsed::Unfounded)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Token> {
        self.0.values()
    }

    /// Whether there was never any: then nobody is asked for one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A new one. Nobody gives away a right to speak for nobody, or a time that is over.
    pub fn create(&self, created: TokenCreated, now: DateTime<Utc>) -> Result<Vec<SystemEvent>, Refusal> {
        if created.scopes.is_empty() {
            let words: Vec<&str> = Scope::given().map(Scope::as_str).collect();
            return Err(Refusal::new(
                Reason::NothingGiven,
                "a token without a scope lets nobody do anything",
                format!("name at least one of {}", words.join(", ")),
            ));
        }
        if created.owner == Who::Scribe {
            return Err(Refusal::new(
                Reason::NotAPerson,
                "nobody else speaks in scribe's name",
                "say whose the token is: a person, or integration:NAME",
            ));
        }
        let passes_on = created.scopes.contains(&Scope::SpeakFor);
        if created.scopes.contains(&Scope::Approve) && !passes_on && !matches!(created.owner, Who::Person(_))
        {
            return Err(Refusal::new(
                Reason::NotAPerson,
                format!("{} is not a person, and only people approve", created.owner),
                "leave `approve` out, or give a person the token; or give `speak_for` too, so that it passes on what people approve whose accounts it names",
            ));
        }
        if created.expires.is_some_and(|at| at <= now) {
            return Err(Refusal::new(
                Reason::TimesContradict,
                "the token would have expired before it was made",
                "say a later `expires`",
            ));
        }
        Ok(vec![created.into()])
    }

    /// One that counts no longer; nothing if it counts no longer already.
    pub fn revoke(&self, id: &Label, why: Option<Text>) -> Result<Vec<SystemEvent>, Refusal> {
        match self.known(id)?.revoked {
            Some(_) => Ok(Vec::new()),
            None => Ok(vec![TokenRevoked { token: id.clone(), why }.into()]),
        }
    }

    /// Another secret for the same rights: the new token, and that the old one counts no longer.
    pub fn rotate(&self, id: &Label, token: Label, digest: Digest) -> Result<Vec<SystemEvent>, Refusal> {
        let old = self.known(id)?;
        if old.revoked.is_some() {
            return Err(Refusal::new(
                Reason::AlreadyOver,
                format!("the token {id} is revoked"),
                "create a new one",
            ));
        }
        let created = TokenCreated { token, digest, replaces: Some(id.clone()), ..old.created.clone() };
        let revoked = TokenRevoked { token: id.clone(), why: None };
        Ok(vec![created.into(), revoked.into()])
    }

    fn known(&self, id: &Label) -> Result<&Token, Refusal> {
        self.get(id).ok_or_else(|| {
            Refusal::new(
                Reason::UnknownToken,
                format!("there is no token {id}"),
                "ids stand in `scribe token list`",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn label(text: &str) -> Label {
        Label::new(text).unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-28T06:00:00Z".parse().unwrap()
    }

    fn token(id: &str, owner: &str, scopes: &[Scope]) -> TokenCreated {
        TokenCreated {
            token: label(id),
            name: label("laptop"),
            owner: owner.parse().unwrap(),
            scopes: scopes.to_vec(),
            expires: Some(now() + TimeDelta::days(1)),
            incidents: Vec::new(),
            sources: Vec::new(),
            digest: Digest([7; 32]),
            replaces: None,
            made_with: None,
        }
    }

    fn given(events: &[SystemEvent]) -> Tokens {
        let mut tokens = Tokens::default();
        for event in events {
            tokens.follow(event, now(), &"Root Example".parse().unwrap());
        }
        tokens
    }

    #[test]
    fn a_token_counts_until_it_is_revoked_or_its_time_ends() {
        let tokens = Tokens::default();
        let created = tokens.create(token("a", "Ada Example", &[Scope::Read]), now()).unwrap();
        let tokens = given(&created);
        let one = tokens.get(&label("a")).unwrap();
        assert_eq!(one.counts_alone(now()), Ok(()));
        let end = now() + TimeDelta::days(1);
        assert_eq!(one.counts_alone(end), Err(Lapsed::Expired(end)));
        let revoked = tokens.revoke(&label("a"), None).unwrap();
        let tokens = given(&[created, revoked].concat());
        assert_eq!(tokens.get(&label("a")).unwrap().counts_alone(now()), Err(Lapsed::Revoked(now())));
        // Told again, there is nothing to do; of another, there is none.
        assert_eq!(tokens.revoke(&label("a"), None), Ok(Vec::new()));
        assert_eq!(tokens.revoke(&label("b"), None).unwrap_err().reason, Reason::UnknownToken);
        assert!(!tokens.is_empty() && Tokens::default().is_empty());
    }

    #[test]
    fn a_rotated_token_has_the_same_rights_and_the_old_one_none() {
        let old = Tokens::default().create(token("a", "Ada Example", &[Scope::Read]), now()).unwrap();
        let rotated = given(&old).rotate(&label("a"), label("b"), Digest([8; 32])).unwrap();
        let tokens = given(&[old, rotated].concat());
        let new = tokens.get(&label("b")).unwrap();
        assert_eq!(new.created.scopes, [Scope::Read]);
        assert_eq!((new.created.replaces.clone(), new.created.digest), (Some(label("a")), Digest([8; 32])));
        assert_eq!(new.counts_alone(now()), Ok(()));
        assert_eq!(tokens.get(&label("a")).unwrap().counts_alone(now()), Err(Lapsed::Revoked(now())));
        let again = tokens.rotate(&label("a"), label("c"), Digest([9; 32]));
        assert_eq!(again.unwrap_err().reason, Reason::AlreadyOver);
    }

    #[test]
    fn a_token_counts_no_longer_than_the_one_that_it_was_made_with() {
        let made = |id: &str, with: &str| {
            TokenCreated {
                made_with: Some(label(with)),
                expires: None,
                ..token(id, "Ada Example", &[Scope::Read])
            }
            .into()
        };
        let first: SystemEvent = token("a", "Ada Example", &[Scope::Read]).into();
        let events = [first, made("b", "a"), made("c", "b")];
        let counts = |tokens: &Tokens, id: &str, now| tokens.count(tokens.get(&label(id)).unwrap(), now);
        let tokens = given(&events);
        assert_eq!(counts(&tokens, "c", now()), Ok(()));
        let end = now() + TimeDelta::days(1);
        assert_eq!(counts(&tokens, "c", end), Err(Lapsed::Expired(end)));
        let revoked = tokens.revoke(&label("a"), None).unwrap();
        let tokens = given(&[events.to_vec(), revoked].concat());
        assert_eq!(counts(&tokens, "c", now()), Err(Lapsed::Revoked(now())));
        let tokens = given(&[made("x", "y"), made("y", "x"), made("z", "none")]);
        for id in ["x", "z"] {
            assert_eq!(counts(&tokens, id, now()), Err(Lapsed::Unfounded));
        }
        let json = serde_json::to_value(&tokens.get(&label("x")).unwrap().created).unwrap();
        assert_eq!(json["made_with"], "y");
    }

    #[test]
    fn what_makes_no_sense_is_not_given() {
        let refused = |created| Tokens::default().create(created, now()).unwrap_err().reason;
        assert_eq!(refused(token("a", "Ada Example", &[])), Reason::NothingGiven);
        assert_eq!(refused(token("a", "scribe:", &[Scope::Read])), Reason::NotAPerson);
        assert_eq!(refused(token("a", "integration:ci", &[Scope::Approve])), Reason::NotAPerson);
        let passes_on = token("a", "integration:slack", &[Scope::Approve, Scope::SpeakFor]);
        assert!(Tokens::default().create(passes_on, now()).is_ok());
        let over = TokenCreated { expires: Some(now()), ..token("a", "Ada Example", &[Scope::Read]) };
        assert_eq!(refused(over), Reason::TimesContradict);
    }
}
