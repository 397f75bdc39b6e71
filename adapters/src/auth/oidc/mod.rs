//! Signing in with a provider of OpenID Connect: the authorization code flow with PKCE.
//!
//! What the standards ask of whoever relies on a provider is checked here ([OpenID Connect Core 1.0], section 3.1.3.7;
//! RFC 7636, RFC 9207, RFC 9700): the issuer, who the token is for, its time, the nonce, and a signature by a key of the provider's own. What
//! a browser brings back counts only in the browser that was sent there.
//!
//! [OpenID Connect Core 1.0]: https://openid.net/specs/openid-connect-core-1_0.html

/// What goes along in a browser's cookie, from here to the provider and back.
pub mod journey;
/// Asking the provider.
mod ask;
/// What the provider says of itself.
mod discovery;
/// What the provider has signed about somebody.
mod id_token;

use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use form_urlencoded::Serializer;
use serde::Deserialize;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::ProviderSettings;
use ask::Asker;
use discovery::Known;
use journey::Journey;

/// A provider that people sign in with.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    asker: Asker,
    known: Mutex<Option<Known>>,
    /// For whoever is on the way at once: a provider that does not answer must not keep every place of the server.
    turns: Semaphore,
}

/// How many may be on the way at once.
const AT_ONCE: usize = 32;

/// Somebody, as a provider has proven them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Who says so.
    pub issuer: String,
    /// By which it knows them; never another's, and never changed.
    pub subject: String,
    /// What people call them, by their own word perhaps.
    pub name: Option<String>,
    /// Their mail address, if the provider has verified it.
    pub mail: Option<String>,
    /// The groups that they are in there.
    pub groups: Vec<String>,
}

/// Why nobody signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The provider cannot be asked.
    #[error("the provider cannot be asked: {0}")]
    Away(String),
    /// It says no.
    #[error("the provider says no: {0}")]
    Refused(String),
    /// It does not answer as a provider does.
    #[error("the provider's answer is not to be used: {0}")]
    Odd(String),
    /// The settings of this side are not right.
    #[error("this server is not set up to ask the provider: {0}")]
    SetUp(String),
    /// There is none.
    #[error("people sign in with no provider here")]
    NoProvider,
    /// It did not begin here, or too long ago.
    #[error("this sign-in did not begin in this browser, or began more than ten minutes ago")]
    NotBegun,
}

/// What a token endpoint answers (RFC 6749, section 5.1; OpenID Connect Core 1.0, section 3.1.3.3).
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: Option<String>,
}

impl Provider {
    /// A provider of these settings; it is not asked yet.
    pub fn new(settings: ProviderSettings) -> Result<Self, Trouble> {
        let asker = Asker::new(settings.ca.as_deref())?;
        Ok(Self { settings, asker, known: Mutex::default(), turns: Semaphore::new(AT_ONCE) })
    }

    /// What the button says.
    pub fn label(&self) -> &str {
        self.settings.label.as_deref().unwrap_or("your company's account")
    }

    /// Whether the file with the secret can be read.
    pub fn must_be_ready(&self) -> Result<(), Trouble> {
        self.secret().map(drop)
    }

    /// Where a browser is sent to sign in.
    pub async fn way_there(&self, journey: &Journey, back: &str) -> Result<String, Trouble> {
        self.must_be_ready()?;
        let _turn = self.turn()?;
        let known = self.known(false).await?;
        let mut query = Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", back)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", &journey.state())
            .append_pair("nonce", &journey.nonce())
            .append_pair("code_challenge", &journey.challenge())
            .append_pair("code_challenge_method", "S256");
        let address = &known.authorization_endpoint;
        let joint = if address.contains('?') { '&' } else { '?' };
        Ok(format!("{address}{joint}{}", query.finish()))
    }

    /// Who came back, with this query, from the provider.
    pub async fn arrived(
        &self,
        journey: &Journey,
        back: &str,
        query: &str,
        now: DateTime<Utc>,
    ) -> Result<Subject, Trouble> {
        let told = Told::read(query)?;
        if !told.state.is_some_and(|state| journey.is_of(&state)) {
            return Err(Trouble::NotBegun);
        }
        let _turn = self.turn()?;
        let known = self.known(false).await?;
        match &told.issuer {
            Some(issuer) if *issuer != self.settings.issuer => {
                return Err(Trouble::Odd("another provider sent the browser back".into()));
            }
            None if known.tells_who_answers => {
                return Err(Trouble::Odd("it does not say who sent the browser back".into()));
            }
            _ => {}
        }
        if let Some(error) = told.error {
            return Err(Trouble::Refused(error));
        }
        let code = told.code.ok_or_else(|| Trouble::Odd("there is no code in it".into()))?;
        let tokens = self.exchange(&known, journey, back, &code).await?;
        let told = tokens.id_token.as_deref();
        let told =
            told.ok_or_else(|| Trouble::Odd("it sent no ID token: is `openid` among the scopes?".into()))?;
        let mut claims = match id_token::claims(told, &known.keys, &self.settings, &journey.nonce(), now) {
            Err(id_token::Bad::UnknownKey) => {
                // Keys change: a token may be signed by one that has just come.
                let known = self.known(true).await?;
                id_token::claims(told, &known.keys, &self.settings, &journey.nonce(), now)
            }
            claims => claims,
        }
        .map_err(|bad| Trouble::Odd(bad.to_string()))?;
        let lacks = !claims.others.contains_key(&self.settings.name)
            || !claims.others.contains_key(&self.settings.groups)
            || !claims.others.contains_key("email");
        if let Some(endpoint) = known.userinfo_endpoint.as_ref().filter(|_| lacks) {
            let more = self.asker.more(endpoint, &tokens.access_token).await?;
            claims.add(more)?;
        }
        Ok(claims.subject(&self.settings))
    }

    async fn exchange(
        &self,
        known: &Known,
        journey: &Journey,
        back: &str,
        code: &str,
    ) -> Result<Tokens, Trouble> {
        let (client, secret, verifier) = (&self.settings.client_id, self.secret()?, journey.verifier());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", &verifier),
        ];
        let login = secret.as_deref().filter(|_| known.takes_basic).map(|secret| (client.as_str(), secret));
        if login.is_none() {
            form.push(("client_id", client));
            form.extend(secret.as_deref().map(|secret| ("client_secret", secret)));
        }
        let form = Serializer::new(String::new()).extend_pairs(form).finish();
        self.asker.post(&known.token_endpoint, form, login).await
    }

    fn turn(&self) -> Result<SemaphorePermit<'_>, Trouble> {
        let too_many = |_| Trouble::Away("many wait for its answer already; try again in a moment".into());
        self.turns.try_acquire().map_err(too_many)
    }

    /// What the provider says of itself; asked again when that is an hour old, or keys are missing.
    async fn known(&self, keys_are_missing: bool) -> Result<Known, Trouble> {
        let kept = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let young = kept().as_ref().filter(|known| known.is_young() && !keys_are_missing).cloned();
        if let Some(known) = young {
            return Ok(known);
        }
        // Nobody waits for anybody else's answer: a provider that is slow is slow for each.
        let known = discovery::ask(&self.asker, &self.settings.issuer).await?;
        *kept() = Some(known.clone());
        Ok(known)
    }

    /// The secret that the provider knows this program by. Read each time, so that another one counts at once.
    fn secret(&self) -> Result<Option<String>, Trouble> {
        let Some(file) = &self.settings.client_secret_file else { return Ok(None) };
        let bad = |what: String| Trouble::SetUp(format!("client_secret_file {}: {what}", file.display()));
        let mode = std::fs::metadata(file).map_err(|error| bad(error.to_string()))?.mode();
        if mode & 0o077 != 0 {
            return Err(bad("others than its owner can read it: chmod 600 it".into()));
        }
        let text = std::fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
        let secret = text.trim();
        if secret.is_empty() { Err(bad("it is empty".into())) } else { Ok(Some(secret.to_owned())) }
    }
}

/// What a browser brings back in an address.
#[derive(Default)]
struct Told {
    code: Option<String>,
    state: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
}

impl Told {
    /// Reads it. What stands there twice is not read at all: it cannot be said which is meant.
    fn read(query: &str) -> Result<Self, Trouble> {
        let mut told = Self::default();
        let mut description = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "code" => &mut told.code,
                "state" => &mut told.state,
                "iss" => &mut told.issuer,
                "error" => &mut told.error,
                "error_description" => &mut description,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(Trouble::Odd(format!("`{name}` stands twice in the address")));
            }
        }
        if let (Some(error), Some(description)) = (&mut told.error, description) {
            *error = format!("{error}: {description}");
        }
        told.error = told.error.map(|error| shown(&error));
        Ok(told)
    }
}

/// What somebody else wrote, short and on one line.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_provider_that_does_not_answer_is_waited_for_by_a_few_at_once() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings =
            format!("issuer = \"http://{}\"\nclient_id = \"scribe\"", silent.local_addr().unwrap());
        let provider = Provider::new(toml::from_str(&settings).unwrap()).unwrap();
        let journey = Journey::begin("/").unwrap();
        let soon = std::time::Duration::from_millis(1);
        let mut waiting: Vec<_> =
            (0..AT_ONCE).map(|_| Box::pin(provider.way_there(&journey, "http://localhost/"))).collect();
        for way in &mut waiting {
            assert!(tokio::time::timeout(soon, way.as_mut()).await.is_err(), "it waits");
        }
        let more = provider.way_there(&journey, "http://localhost/").await;
        assert!(matches!(&more, Err(Trouble::Away(why)) if why.contains("many wait")), "{more:?}");
        drop(waiting);
        let again = provider.way_there(&journey, "http://localhost/");
        assert!(tokio::time::timeout(soon, again).await.is_err(), "there is room again");
    }

    #[test]
    fn the_secret_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("oidc.secret");
        let text =
            format!("issuer = \"http://127.0.0.1:1\"\nclient_id = \"scribe\"\nclient_secret_file = {file:?}");
        let ready =
            || Provider::new(toml::from_str(&text).unwrap()).and_then(|provider| provider.must_be_ready());
        let allow = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let bad = |what: &str| matches!(ready(), Err(Trouble::SetUp(why)) if why.contains(what));
        assert!(bad("No such file"));
        std::fs::write(&file, "hunter2\n").unwrap();
        allow(0o640);
        assert!(bad("chmod 600") && !bad("hunter2"));
        allow(0o600);
        assert_eq!(ready(), Ok(()));
        std::fs::write(&file, " \n").unwrap();
        assert!(bad("empty"));
    }

    #[test]
    fn what_comes_back_twice_is_not_guessed() {
        let told = Told::read("code=a&state=b&session_state=x&iss=https%3A%2F%2Fidp.example").unwrap();
        assert_eq!((told.code.as_deref(), told.state.as_deref()), (Some("a"), Some("b")));
        assert_eq!(told.issuer.as_deref(), Some("https://idp.example"));
        assert!(Told::read("code=a&code=b").is_err() && Told::read("state=a&state=a").is_err());
        let told = Told::read("error=access_denied&error_description=not%0Atoday").unwrap();
        assert_eq!(told.error.as_deref(), Some("access_denied: nottoday"));
    }
}
