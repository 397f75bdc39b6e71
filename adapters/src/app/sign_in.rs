//! Who it is: by a token, or by the word of somebody else, a provider that they signed in with or a proxy that let them through.
//!
//! A name proves nothing: whoever may choose how they are called elsewhere could choose anybody's. So an account is somebody's by the
//! directory of people alone. Somebody whose account is in nobody's entry is added under their name, unless it is taken.

use chrono::SubsecRound as _;
use scribe_domain::access::Access;
use scribe_domain::account::Account;
use scribe_domain::actor::{BadPerson, Person, Who};
use scribe_domain::event_store::StoreError;
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::IncidentId;
use scribe_domain::system::people::{AccountLinked, PersonAdded, PersonEntry};
use scribe_domain::when::When;

use super::App;
use super::doors::BadToken;
use super::gate::rights::{Grant, Rights};
use super::gate::sessions::Proven;
use super::gate::speaker::actor;
use crate::auth::oidc::Subject;
use crate::auth::secret::Secret;

/// The service that mail addresses are accounts of.
pub(super) const MAIL: &str = "mail";

/// Why somebody cannot sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSignIn {
    /// The token does not count.
    #[error(transparent)]
    BadToken(#[from] BadToken),
    /// It is a program's.
    #[error("this token is {0}'s, and only people sign in")]
    NotAPerson(Who),
    /// What names them is no account.
    #[error("{0:?} cannot be kept as an account")]
    Unusable(String),
    /// The account is nobody's, and nobody is added by signing in.
    #[error("{0} is nobody's in the directory of people")]
    Unlinked(Account),
    /// It is somebody's who has left.
    #[error("{0} has left, as the directory of people says")]
    HasLeft(Person),
    /// What they are called is no name.
    #[error("{0:?} is no name for a person: it {1}")]
    BadName(String, BadPerson),
    /// They are called as somebody else is, or nearly so.
    #[error(
        "{0} is nobody's in the directory of people yet, and {1} is, or looks like, somebody's name already"
    )]
    NameTaken(Account, Person),
}

impl NoSignIn {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::BadToken(_) => "paste a whole token that counts, or ask for one".to_owned(),
            Self::NotAPerson(_) => "use a token of your own".to_owned(),
            Self::Unusable(_) | Self::BadName(..) => {
                "ask whoever runs the provider for another name".to_owned()
            }
            Self::Unlinked(account) => {
                format!("whoever runs this server links it: scribe person link \"YOUR NAME\" {account}")
            }
            Self::HasLeft(_) => {
                "if that is wrong, whoever runs this server puts it right: scribe person".to_owned()
            }
            Self::NameTaken(account, name) => {
                format!(
                    "if it is you, whoever runs this server links it: scribe person link \"{name}\" {account}"
                )
            }
        }
    }
}

/// Whom somebody else names.
struct Named<'a> {
    /// By which they are known there.
    account: Account,
    /// Their mail address, verified there.
    mail: Option<Account>,
    /// What they are called there.
    name: &'a str,
}

/// Somebody whom somebody else names.
enum Visitor {
    /// The account is theirs.
    Known(Person),
    /// They come for the first time.
    New(Person),
}

impl App {
    /// What a token proves of whoever shows it.
    pub async fn prove_by_token(&self, secret: &Secret) -> Result<Result<Proven, NoSignIn>, StoreError> {
        let rights = match self.rights_of(secret).await? {
            Ok(Rights::Granted(grant)) => grant,
            Ok(_) => return Ok(Err(BadToken::Unknown.into())),
            Err(bad) => return Ok(Err(bad.into())),
        };
        Ok(match rights.who {
            Who::Person(who) => {
                Ok(Proven { who, by: rights.identity, scopes: rights.scopes.into_iter().collect() })
            }
            other => Err(NoSignIn::NotAPerson(other)),
        })
    }

    /// What a provider proves of whoever signed in with it.
    pub async fn prove_by_provider(
        &self,
        subject: &Subject,
    ) -> Result<Result<Proven, NoSignIn>, ExecuteError> {
        let text = format!("oidc:{}#{}", subject.issuer, subject.subject);
        let Ok(account) = text.parse::<Account>() else { return Ok(Err(NoSignIn::Unusable(shown(&text)))) };
        let mail = subject.mail.as_ref().and_then(|mail| format!("{MAIL}:{mail}").parse().ok());
        let name = subject.name.as_deref().or(subject.mail.as_deref()).unwrap_or(&subject.subject);
        let who = match self.whose(Named { account: account.clone(), mail, name }).await? {
            Ok(who) => who,
            Err(no) => return Ok(Err(no)),
        };
        let scopes = self.config().sign_in.scopes(subject.groups.iter().map(String::as_str));
        Ok(Ok(Proven { who, by: Identity::of_account(&account), scopes }))
    }

    /// What a proxy's word gives its user.
    pub async fn rights_by_proxy(
        &self,
        user: &str,
        name: Option<&str>,
        groups: &[&str],
    ) -> Result<Result<Rights, NoSignIn>, ExecuteError> {
        let Ok(account) = format!("proxy:{user}").parse::<Account>() else {
            return Ok(Err(NoSignIn::Unusable(shown(user))));
        };
        let named = Named { account: account.clone(), mail: None, name: name.unwrap_or(user) };
        let who = match self.whose(named).await? {
            Ok(who) => who,
            Err(no) => return Ok(Err(no)),
        };
        Ok(Ok(Rights::Granted(Grant {
            who: Who::Person(who),
            identity: Identity::of_account(&account),
            scopes: self.config().sign_in.scopes(groups.iter().copied()).into_iter().collect(),
            incidents: [].into(),
            sources: [].into(),
        })))
    }

    /// Whose account it is, by the directory; whoever is new is added to it.
    async fn whose(&self, named: Named<'_>) -> Result<Result<Person, NoSignIn>, ExecuteError> {
        let known = {
            let reading = self.access().await.map_err(ExecuteError::Store)?;
            self.known(&named, &reading.view.access)
        };
        match known {
            Ok(Visitor::Known(name)) => Ok(Ok(name)),
            Ok(Visitor::New(name)) => self.add(&named, name).await,
            Err(no) => Ok(Err(no)),
        }
    }

    /// Whose it is already, or who may be added.
    fn known(&self, named: &Named<'_>, access: &Access) -> Result<Visitor, NoSignIn> {
        let now = self.now();
        for account in [Some(&named.account), named.mail.as_ref()].into_iter().flatten() {
            if let Some(entry) = access.people.holder(account, now) {
                let name = entry.name().clone();
                return if entry.has_left_by(now) {
                    Err(NoSignIn::HasLeft(name))
                } else {
                    Ok(Visitor::Known(name))
                };
            }
        }
        if !self.config().sign_in.new_people {
            return Err(NoSignIn::Unlinked(named.account.clone()));
        }
        let name = named.name.parse::<Person>();
        let name = name.map_err(|error| NoSignIn::BadName(shown(named.name), error))?;
        if is_taken(&name, access) {
            return Err(NoSignIn::NameTaken(named.account.clone(), name));
        }
        Ok(Visitor::New(name))
    }

    /// Adds whoever comes for the first time, unless somebody else has just been faster with the name.
    async fn add(&self, named: &Named<'_>, person: Person) -> Result<Result<Person, NoSignIn>, ExecuteError> {
        let actor = actor(Who::Person(person.clone()), "sign-in")?;
        let since = When::second(self.now().trunc_subsecs(0));
        let decide = |access: &Access, now| {
            // Two first requests at once add them once.
            if access.people.holder(&named.account, now).is_some() || is_taken(&person, access) {
                return Ok(Vec::new());
            }
            let added = PersonAdded { person: person.clone(), since: None, teams: Vec::new() };
            let account = named.account.clone();
            let linked = AccountLinked { person: person.clone(), account, since, until: None };
            Ok(vec![added.into(), linked.into()])
        };
        self.decide_on(IncidentId::people(), &actor, Some(&Identity::of_account(&named.account)), decide)
            .await?;
        let reading = self.access().await.map_err(ExecuteError::Store)?;
        let holder = reading.view.access.people.holder(&named.account, self.now());
        let whose = holder.map(|entry| entry.name().clone());
        Ok(whose.ok_or_else(|| NoSignIn::NameTaken(named.account.clone(), person)))
    }
}

/// As much of what somebody else wrote as is told again.
fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Whether a name is somebody's already, or may be taken for theirs, by the directory, a token or the list of a private incident:
/// nobody becomes them by being called so elsewhere.
fn is_taken(name: &Person, access: &Access) -> bool {
    access.people.iter().flat_map(PersonEntry::names).any(|other| other.may_be(name))
        || access.tokens.iter().any(|token| token.created.owner.may_be(name))
        || access.private.values().flatten().any(|who| who.may_be(name))
}
