//! `scribe serve`.

use std::path::PathBuf;

use async_trait::async_trait;
use clap::Args;
use scribe_domain::actor::{Actor, Who};
use scribe_domain::scope::Scope;
use scribe_domain::text::Label;
use tokio::signal::unix::SignalKind;

use super::demo::record_demonstration;
use super::log;
use crate::app::App;
use crate::app::gate::caller::{Caller, Edge};
use crate::app::gate::rights::Rights;
use crate::app::gate::system::{CreateToken, TokenFields};
use crate::auth::oidc::Provider;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::home;
use crate::cli::common::session::{Effect, Session, config, logged_in, open_app};
use crate::cli::common::signals::listen;
use crate::cli::common::store;
use crate::cli::common::terminal::say;
use crate::config::ListenSettings;
use crate::http::{ListenAddress, Listener, Listening, ServeError, TlsFiles, bind, serve as serve_http};
use crate::ledger::{KeyFileError, LedgerError};
use crate::origin;

/// Serve the HTTP API.
#[derive(Debug, Clone, Args)]
pub(super) struct ServeArgs {
    /// Where to listen: an address, port 0 for any free one, or unix:/PATH; beyond loopback only secured
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7474")]
    listen: ListenAddress,
    /// The certificate for TLS, in PEM form with its chain [default: from the settings]
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// The certificate's key [default: from the settings]
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// A proxy secures connections and hands them on
    #[arg(long)]
    behind_proxy: bool,
    /// Record the demonstration incident first
    #[arg(long)]
    demo: bool,
}

#[async_trait(?Send)]
impl Effect for ServeArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        session.must_be_here("a server serves its own folder")?;
        let form = log::Form::told()?;
        // Before anything is opened: who cannot listen founds no record.
        let listening = self.listening(config(&session.options)?.listen).map_err(|error| failed(&error))?;
        let listener = bind(listening).await.map_err(|error| failed(&error))?;
        let options = if self.demo { record_demonstration(session).await? } else { session.options.clone() };
        let is_new = !App::has_record(&store::chosen(options.store.as_ref())?, &options.data);
        let app = open_app(&options, config(&options)?)?;
        if is_new {
            say(&format!("note: there was no record yet; this one begins in {}", home::Shown(&options.data)));
        }
        if listener.is_reached_from_elsewhere() {
            give_the_first_token(&app, session).await?;
        }
        serve(app, listener, form).await?;
        Ok(exit::DONE)
    }
}

impl ServeArgs {
    /// How it is listened: as the options say, and else the settings.
    fn listening(&self, told: ListenSettings) -> Result<Listening, ServeError> {
        let certificate = self.tls_certificate.clone().or(told.certificate);
        let tls = match (certificate, self.tls_key.clone().or(told.key)) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (Some(_), None) => return Err(ServeError::HalfAPair("the key")),
            (None, Some(_)) => return Err(ServeError::HalfAPair("the certificate")),
            (None, None) => None,
        };
        let usual = Listening::on(self.listen.clone());
        Ok(Listening {
            tls,
            behind_proxy: self.behind_proxy || told.behind_proxy,
            hosts: told.hosts,
            per_second: told.requests_per_second.unwrap_or(usual.per_second),
            ..usual
        })
    }
}

/// Whoever is elsewhere is asked for a token, so there must be one. Whoever starts the server gets it, once.
async fn give_the_first_token(app: &App, session: &Session) -> Result<(), Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Failure::plain(Kind::Unavailable, error.to_string());
    if app.has_tokens().await.map_err(|error| unreadable(&error))? {
        return Ok(());
    }
    let owner = session.options.who.clone().or_else(logged_in).ok_or_else(|| {
        Failure::new(
            Kind::BadInput,
            "it is not known whose the first token is",
            "say who you are: --as \"Your Name\"",
        )
    })?;
    let label = |text: &str| Label::new(text).map_err(|error| Failure::bad_text("the first token", &error));
    let scopes = Scope::given().filter(|scope| {
        // Nobody needs to speak for others, and a program approves nothing.
        *scope != Scope::SpeakFor && (*scope != Scope::Approve || matches!(owner, Who::Person(_)))
    });
    let fields = TokenFields {
        name: label("the first")?,
        owner: owner.clone(),
        scopes: scopes.collect(),
        expires: None,
        incidents: Vec::new(),
        sources: Vec::new(),
    };
    let actor = Actor { who: owner.clone(), via: label("serve")?, on_behalf_of: None };
    let rights = Rights::Everything { account: origin::of_this_process() };
    let caller = Caller::with(rights, Edge::CommandLine);
    let made = app.tell(&caller, CreateToken { actor, fields }).await.map_err(|error| unreadable(&error))?;
    say(&format!("the first token, {owner}'s, is shown this once and kept nowhere:\n{}", made.secret));
    Ok(())
}

/// Serves until SIGINT or SIGTERM; then what was begun is finished.
async fn serve(app: App, listener: Listener, form: log::Form) -> Result<(), Failure> {
    log::start(form);
    app.prepare_signing().await.map_err(|error| unsigned(&error))?;
    if let Some(settings) = app.config().sign_in.oidc.clone() {
        let ready = Provider::new(settings).and_then(|provider| provider.must_be_ready());
        ready.map_err(|error| {
            Failure::new(Kind::BadInput, error.to_string(), "put [sign_in.oidc] in scribe.toml right")
        })?;
    }
    if let Err(error) = app.record_settings(origin::of_this_process().as_ref()).await {
        // A server must start although its record is out of reach just now.
        tracing::warn!(%error, "it is not recorded by which settings this server runs");
    }
    let url = listener.url();
    let stop = stop()?;
    say(&format!("listening on {url}"));
    serve_http(app, listener, stop).await.map_err(|error| failed(&error))
}

fn stop() -> Result<impl Future<Output = ()>, Failure> {
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        say("stopping");
    })
}

fn unsigned(error: &LedgerError) -> Failure {
    let hint = match error {
        LedgerError::Key(KeyFileError::Exposed { .. }) => {
            "if nobody else has read it: chmod 600 it; otherwise do that and then `scribe audit rotate-key`"
        }
        LedgerError::Key(KeyFileError::OtherOrigin { .. }) => {
            "a record keeps the name in which it was signed first: correct [ledger] origin in scribe.toml"
        }
        _ => "the data folder must be writable, and its ledger.key as scribe made it",
    };
    Failure::new(Kind::Unavailable, error.to_string(), hint)
}

fn failed(error: &ServeError) -> Failure {
    match error {
        ServeError::NotLoopback(_) => {
            let hint = "tell a certificate: --tls-certificate FILE --tls-key FILE; or that a proxy does it: --behind-proxy; \
                        or use --listen 127.0.0.1:PORT";
            Failure::new(Kind::BadInput, error.to_string(), hint)
        }
        ServeError::NoHosts(_) => Failure::new(
            Kind::BadInput,
            error.to_string(),
            "name them in scribe.toml: [listen] hosts = [\"scribe.example.com\"]",
        ),
        ServeError::NoToken => {
            Failure::new(Kind::Refused, error.to_string(), "until there is one: --listen 127.0.0.1:PORT")
        }
        ServeError::HalfAPair(_) => Failure::new(
            Kind::BadInput,
            error.to_string(),
            "tell both: --tls-certificate FILE --tls-key FILE, or certificate and key under [listen] in scribe.toml",
        ),
        ServeError::Certificate(bad) => Failure::new(Kind::BadInput, error.to_string(), bad.remedy),
        ServeError::SocketFile { .. } => Failure::new(
            Kind::Unavailable,
            error.to_string(),
            "choose another place with --listen unix:/PATH",
        ),
        ServeError::Bind { .. } => Failure::new(
            Kind::Unavailable,
            error.to_string(),
            "choose another port with --listen; 0 takes any free one",
        ),
        ServeError::Socket(_) => Failure::plain(Kind::Unavailable, error.to_string()),
    }
}
