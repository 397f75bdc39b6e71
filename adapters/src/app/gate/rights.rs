//! What a caller may do and see.

use std::collections::BTreeSet;
use std::fmt;

use scribe_domain::access::Access;
use scribe_domain::actor::{Actor, Who};
use scribe_domain::identity::Identity;
use scribe_domain::ids::IncidentId;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::scope::Scope;
use scribe_domain::system::tokens::Token;
use scribe_domain::text::Label;

use super::Shows;

/// What a caller may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Everything: the record is theirs, as its folder is, or nobody was given a token yet. Nothing is known of them but
    /// perhaps the account that the program runs as.
    Everything {
        /// That account.
        account: Option<Identity>,
    },
    /// What they were given.
    Granted(Grant),
    /// Only what anybody may.
    Nobody,
}

/// What somebody was given, and who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who they are.
    pub who: Who,
    /// How that is known.
    pub identity: Identity,
    /// What they may.
    pub scopes: BTreeSet<Scope>,
    /// Of which incidents; of all if it is empty.
    pub incidents: BTreeSet<IncidentId>,
    /// For which tools they may deliver; for all if it is empty.
    pub sources: BTreeSet<Label>,
}

/// Why a caller may not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// Nothing shows who they are.
    #[error("nothing shows who asks")]
    Unknown,
    /// They are known, and were not given this.
    #[error("{who} was not given the scope {}", one_of(.needed))]
    Scope {
        /// Who they are.
        who: Who,
        /// One of these would do.
        needed: Vec<Scope>,
    },
    /// They may, but not for this tool.
    #[error("{who} may not deliver for {source_name}")]
    Source {
        /// Who they are.
        who: Who,
        /// The tool.
        source_name: String,
    },
    /// They told it in somebody else's name.
    #[error("{who} cannot tell it as {told}")]
    OtherName {
        /// Who they are.
        who: Who,
        /// Whose name they used.
        told: String,
    },
    /// It would show everything, and some incidents are not for them.
    #[error("this shows the whole record, and {who} may not see all of it")]
    NotAll {
        /// Who they are.
        who: Who,
    },
}

fn one_of(scopes: &[Scope]) -> String {
    let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    words.join(" or ")
}

/// Why a question was not answered, or a deed not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateError<E> {
    /// The caller may not.
    NotAllowed(NotAllowed),
    /// They may, but it failed.
    Failed(E),
}

impl<E> From<E> for GateError<E> {
    fn from(error: E) -> Self {
        Self::Failed(error)
    }
}

impl<E: fmt::Display> fmt::Display for GateError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed(why) => why.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error> std::error::Error for GateError<E> {}

impl Rights {
    /// What a token gives to whose it is, by their present name.
    pub fn of_token(token: &Token, who: Who) -> Self {
        let created = &token.created;
        Self::Granted(Grant {
            who,
            identity: Identity::Token(created.token.clone()),
            scopes: created.scopes.iter().copied().collect(),
            incidents: created.incidents.iter().cloned().collect(),
            sources: created.sources.iter().cloned().collect(),
        })
    }

    /// Whether they may, by any of these scopes.
    pub fn must_have(&self, needed: &[Scope]) -> Result<(), NotAllowed> {
        match self {
            _ if needed.contains(&Scope::Anybody) => Ok(()),
            Self::Everything { .. } => Ok(()),
            Self::Nobody => Err(NotAllowed::Unknown),
            Self::Granted(grant) if needed.iter().any(|scope| grant.scopes.contains(scope)) => Ok(()),
            Self::Granted(grant) => {
                Err(NotAllowed::Scope { who: grant.who.clone(), needed: needed.to_vec() })
            }
        }
    }

    /// Whether they may deliver what this tool sends.
    pub fn must_deliver_for(&self, source: &Label) -> Result<(), NotAllowed> {
        match self {
            Self::Granted(grant) if !grant.sources.is_empty() && !grant.sources.contains(source) => {
                Err(NotAllowed::Source { who: grant.who.clone(), source_name: source.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// How it is known who they are.
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Everything { account } => account.as_ref(),
            Self::Granted(grant) => Some(&grant.identity),
            Self::Nobody => None,
        }
    }

    /// Who they are, if something shows it.
    pub fn who(&self) -> Option<&Who> {
        match self {
            Self::Granted(grant) => Some(&grant.who),
            Self::Everything { .. } | Self::Nobody => None,
        }
    }

    /// In whose name they tell something. What they claim must be what is known of them; a program that was given the
    /// scope for it speaks for a person.
    pub fn speaker(&self, claimed: Actor) -> Result<Actor, NotAllowed> {
        let Self::Granted(grant) = self else { return Ok(claimed) };
        let other = |told: String| NotAllowed::OtherName { who: grant.who.clone(), told };
        if claimed.who != grant.who {
            return Err(other(claimed.who.to_string()));
        }
        match &claimed.on_behalf_of {
            Some(_) if !grant.scopes.contains(&Scope::SpeakFor) => {
                Err(NotAllowed::Scope { who: grant.who.clone(), needed: vec![Scope::SpeakFor] })
            }
            // Written as the organisation writes it, whatever was typed.
            _ => Ok(Actor { who: grant.who.clone(), ..claimed }),
        }
    }
}

impl Grant {
    /// Which incidents they may see, as it is decided now.
    pub fn sight(&self, access: &Access) -> Sight {
        let (hidden, private) = access.private_to(Some(&self.who));
        Sight::Some {
            who: self.who.clone(),
            identity: self.identity.clone(),
            only: self.incidents.clone(),
            hidden,
            private,
            audits: self.scopes.contains(&Scope::Audit),
        }
    }
}

/// Which incidents a caller may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All of them, and the program's own stream.
    All,
    /// None.
    Nothing,
    /// Some.
    Some {
        /// Whose sight it is.
        who: Who,
        /// How it is known who they are.
        identity: Identity,
        /// These only; all if it is empty.
        only: BTreeSet<IncidentId>,
        /// Not these.
        hidden: BTreeSet<IncidentId>,
        /// These although they are private.
        private: BTreeSet<IncidentId>,
        /// Whether they may see the program's own stream.
        audits: bool,
    },
}

impl Sight {
    /// Whether they may see this incident, or stream of the program's own.
    pub fn shows(&self, id: &IncidentId) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Some { audits, .. } if !id.is_incident() => *audits,
            Self::Some { only, hidden, .. } => !hidden.contains(id) && (only.is_empty() || only.contains(id)),
        }
    }

    /// Whether it was they who told this, and so know that it is there, private or not. A token for some incidents
    /// only knows of others what was told with itself.
    pub fn told(&self, recorded: &Recorded) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Some { who, identity, only, .. } => {
                let Cause { actor, origin, .. } = &recorded.cause;
                actor.who == *who && (only.is_empty() || origin.as_ref() == Some(identity))
            }
        }
    }

    /// The private incidents among those that something is shown of.
    pub fn private_among(&self, shown: Shows<'_>) -> Vec<IncidentId> {
        let Self::Some { private, .. } = self else { return Vec::new() };
        match shown {
            Shows::Nothing => Vec::new(),
            Shows::One(id) => private.iter().filter(|one| *one == id && self.shows(one)).cloned().collect(),
            Shows::All => private.iter().filter(|one| self.shows(one)).cloned().collect(),
        }
    }

    /// Whether they may see every incident.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Some { only, hidden, .. } => only.is_empty() && hidden.is_empty(),
        }
    }

    /// Insists on that, for what cannot be shown in part.
    pub fn must_be_whole(&self) -> Result<(), NotAllowed> {
        match self {
            sight if sight.is_whole() => Ok(()),
            Self::Some { who, .. } => Err(NotAllowed::NotAll { who: who.clone() }),
            _ => Err(NotAllowed::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(who: &str, scopes: &[Scope]) -> Grant {
        Grant {
            who: who.parse().unwrap(),
            identity: "token:aa".parse().unwrap(),
            scopes: scopes.iter().copied().collect(),
            incidents: BTreeSet::new(),
            sources: BTreeSet::new(),
        }
    }

    fn granted(who: &str, scopes: &[Scope]) -> Rights {
        Rights::Granted(grant(who, scopes))
    }

    fn actor(who: &str, on_behalf_of: Option<&str>) -> Actor {
        let on_behalf_of = on_behalf_of.map(|name| name.parse().unwrap());
        Actor { who: who.parse().unwrap(), via: Label::new("http").unwrap(), on_behalf_of }
    }

    #[test]
    fn every_scope_lets_through_what_it_is_for_and_nothing_else() {
        for given in Scope::given() {
            for needed in Scope::ALL {
                let may = granted("Ada", &[given]).must_have(&[needed]);
                assert_eq!(may.is_ok(), needed == given || needed == Scope::Anybody, "{given} for {needed}");
                assert_eq!(Rights::Nobody.must_have(&[needed]).is_ok(), needed == Scope::Anybody);
                assert!(Rights::Everything { account: None }.must_have(&[needed]).is_ok());
            }
        }
        let refused = granted("Ada", &[Scope::Read]).must_have(Scope::COMMUNICATE).unwrap_err();
        let said = "Ada was not given the scope communicate:engineering or communicate:internal or communicate:public";
        assert_eq!(refused.to_string(), said);
    }

    #[test]
    fn nobody_speaks_in_another_name() {
        let ada = granted("Ada Example", &[Scope::Respond]);
        assert_eq!(ada.speaker(actor("ada  example", None)).unwrap().who.to_string(), "Ada Example");
        for other in ["Zac", "integration:ada", "Adá Example"] {
            assert!(matches!(ada.speaker(actor(other, None)), Err(NotAllowed::OtherName { .. })), "{other}");
        }
        let bot = |scopes: &[Scope]| granted("integration:slack", scopes);
        let told = actor("integration:slack", Some("Ada Example"));
        let refused = bot(&[Scope::Respond]).speaker(told.clone()).unwrap_err();
        assert!(matches!(refused, NotAllowed::Scope { needed, .. } if needed == [Scope::SpeakFor]));
        assert_eq!(bot(&[Scope::Respond, Scope::SpeakFor]).speaker(told.clone()), Ok(told));
    }

    #[test]
    fn what_is_private_is_hidden_from_whoever_is_not_on_its_list() {
        let (private, open): (IncidentId, IncidentId) =
            ("20230104-private".parse().unwrap(), "20230104-open".parse().unwrap());
        let mut access = Access::default();
        access.private.insert(private.clone(), vec!["Ada".parse().unwrap()]);
        let sees = |sight: &Sight| {
            [sight.shows(&private), sight.shows(&open), sight.shows(&IncidentId::system()), sight.is_whole()]
        };
        assert_eq!(sees(&grant("Ada", &[Scope::Read]).sight(&access)), [true, true, false, true]);
        assert_eq!(sees(&grant("Zac", &[Scope::Read]).sight(&access)), [false, true, false, false]);
        assert_eq!(
            sees(&grant("Zac", &[Scope::Audit, Scope::Admin]).sight(&access)),
            [false, true, true, false]
        );
        assert_eq!(sees(&Sight::Nothing), [false; 4]);
        assert_eq!(sees(&Sight::All), [true; 4]);
        let narrow = Grant { incidents: [open.clone()].into(), ..grant("Ada", &[Scope::Read]) };
        let narrow = narrow.sight(&access);
        assert_eq!(sees(&narrow), [false, true, false, false]);
        assert!(matches!(narrow.must_be_whole(), Err(NotAllowed::NotAll { .. })));
    }
}
