//! One run of the program: its options, and the desk that is opened when a subcommand asks for it.

use std::cell::{Cell, OnceCell, RefCell};

use async_trait::async_trait;
use scribe_domain::actor::{Person, Who};

use super::client::Client;
use super::clocks;
use super::credentials;
use super::desk::Desk;
use super::failure::{Failure, Kind};
use super::home;
use super::mask::Masks;
use super::memory::Memory;
use super::options::GlobalOptions;
use super::outbox::{Outbox, Waiting};
use super::sending;
use super::store;
use super::terminal::say;
use crate::app::{App, Options};
use crate::clock;
use crate::config::Config;
use crate::http::{self, ClockAnswer};

/// What a subcommand does, once its arguments are read.
#[async_trait(?Send)]
pub trait Effect {
    /// Does it; the exit code.
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure>;

    /// Whether it sees to the outbox itself, so that nothing is sent from there before.
    fn minds_the_outbox(&self) -> bool {
        false
    }

    /// Whether it says itself what is to be said of the clock.
    fn tells_of_the_clock(&self) -> bool {
        false
    }
}

/// The grammar of the command line, for the few subcommands that describe it or read a line themselves.
#[derive(Clone, Copy)]
pub struct Grammar {
    /// The whole of it, as clap knows it.
    pub command: fn() -> clap::Command,
    /// Reads a command line, the program's name first.
    pub read: fn(Vec<String>) -> Result<CommandLine, clap::Error>,
}

/// A command line that was read.
pub struct CommandLine {
    /// Its global options.
    pub options: GlobalOptions,
    /// What its subcommand does.
    pub effect: Box<dyn Effect>,
}

/// One run of the program.
pub struct Session {
    /// The global options.
    pub options: GlobalOptions,
    /// The grammar of the command line.
    pub grammar: Grammar,
    desk: OnceCell<Desk>,
}

impl Session {
    /// With the desk that the options describe, opened when it is asked for.
    pub fn new(options: GlobalOptions, grammar: Grammar) -> Self {
        Self { options, grammar, desk: OnceCell::new() }
    }

    /// With this desk.
    pub fn at(desk: Desk, options: GlobalOptions, grammar: Grammar) -> Self {
        Self { options, grammar, desk: OnceCell::from(desk) }
    }

    /// The desk, for something about what is in the record.
    pub fn desk(&self) -> Result<&Desk, Failure> {
        self.must_have_a_record()?;
        self.desk_to_begin()
    }

    /// The desk, for something by which a record may begin: what succeeds founds one where there is none.
    pub fn desk_to_begin(&self) -> Result<&Desk, Failure> {
        if let Some(desk) = self.desk.get() {
            return Ok(desk);
        }
        let desk = open_desk(&self.options)?;
        Ok(self.desk.get_or_init(|| desk))
    }

    /// The desk, for something to be looked at.
    pub fn desk_for_looking(&self) -> Result<&Desk, Failure> {
        self.desk()
    }

    /// A pipeline that asks in the wrong folder whether it may deploy must not be told that it may.
    pub fn must_have_a_record(&self) -> Result<(), Failure> {
        let GlobalOptions { data, server, .. } = &self.options;
        let elsewhere = server.is_some() || self.desk.get().is_some();
        if elsewhere || App::has_record(&store::chosen(self.options.store.as_ref())?, data) {
            return Ok(());
        }
        Err(Failure::new(
            Kind::Unavailable,
            format!("there is no record in {}", home::Shown(data)),
            "name its folder with --data DIR (or SCRIBE_DATA), or its cluster with --store; `scribe declare` founds one",
        ))
    }

    /// Sends what waits for the server that is spoken to. Out of reach is said by what is asked next.
    pub async fn send_what_waits(&self) -> Result<(), Failure> {
        let Some(outbox) = self.options.server.as_ref().and_then(|server| Outbox::of(server.as_typed()))
        else {
            return Ok(());
        };
        let is_due = |waiting: &Waiting| waiting.refused.is_none();
        if outbox.waiting().map_err(|error| sending::unusable(&error))?.iter().any(is_due) {
            sending::send(&self.desk()?.client, &outbox, false).await?;
        }
        Ok(())
    }

    /// Says so where something speaks against the clock by which this process recorded, or showed ages. A server says it
    /// of its own where that is looked at.
    pub async fn tell_of_the_clock(&self) {
        let Some(desk) = self.desk.get().filter(|desk| desk.client.is_in_process()) else { return };
        if let Ok(found) = desk.client.peek("/v1/clock").await
            && let Ok(ClockAnswer { machine }) = serde_json::from_slice(&found)
        {
            clocks::note(&machine);
        }
    }

    /// Refuses what cannot be asked of a server; `why` begins the message.
    pub fn must_be_here(&self, why: &str) -> Result<(), Failure> {
        match self.options.server {
            None => Ok(()),
            Some(_) => Err(Failure::new(
                Kind::BadInput,
                format!("{why}, not with a server"),
                "leave out --server, and unset SCRIBE_SERVER",
            )),
        }
    }
}

/// The desk that the options describe.
pub fn open_desk(options: &GlobalOptions) -> Result<Desk, Failure> {
    let config = match &options.server {
        // A server has settings of its own; only a file that is named speaks for this side.
        Some(_) if options.config.is_none() => Config::default(),
        _ => config(options)?,
    };
    let (zone, masks) = (options.zone.or(config.zone), Masks::with(config.mask.patterns.clone()));
    let shown = match &options.server {
        Some(server) => credentials::of(server.as_typed())?,
        None => None,
    };
    // A token says whose it is; the account of this machine would only be another name.
    let known = || shown.as_ref().map_or_else(logged_in, |shown| shown.who.clone());
    let who = options.who.clone().or_else(known);
    let client = match &options.server {
        Some(server) => Client::remote(server, &options.trust())?.showing(shown.map(|shown| shown.secret)),
        None if App::has_record(&store::chosen(options.store.as_ref())?, &options.data) => {
            Client::in_process(http::in_process(open_app(options, config)?))
        }
        None => founding(options, config),
    };
    let record = match (&options.server, &options.store) {
        (Some(server), _) => server.to_string(),
        (None, Some(store)) => format!("{store}"),
        (None, None) => {
            std::path::absolute(&options.data).unwrap_or_else(|_| options.data.clone()).display().to_string()
        }
    };
    Ok(Desk {
        client,
        zone,
        json: options.json,
        colour: options.colour,
        quiet: false,
        masks,
        who,
        on_behalf_of: options.on_behalf_of.clone(),
        clock: clock::system(),
        outbox: options.server.as_ref().and_then(|server| Outbox::of(server.as_typed())),
        memory: Memory::of(&record),
        stdin_taken: Cell::new(false),
        readings: RefCell::default(),
    })
}

/// The way to a record that is not there yet. What is sent is tried on an empty record in memory first, so that what
/// is refused, or records nothing, leaves nothing behind. It is asked there as it will be here: a first token shuts the
/// door of what is asked like a server.
fn founding(options: &GlobalOptions, config: Config) -> Client {
    let rehearsal = http::in_process(App::in_memory(config.clone(), clock::system()));
    let options = options.clone();
    let found = move || {
        let router = http::in_process(open_app(&options, config.clone())?);
        say(&format!("note: there was no record yet; this one begins in {}", home::Shown(&options.data)));
        Ok(router)
    };
    Client::founding(rehearsal, Box::new(found))
}

/// Opens the record that the options name.
pub fn open_app(options: &GlobalOptions, config: Config) -> Result<App, Failure> {
    App::open(app_options(options, config)?).map_err(|error| Failure::unopened(&error))
}

/// What opens the record that the options name.
pub fn app_options(options: &GlobalOptions, config: Config) -> Result<Options, Failure> {
    let store = store::chosen(options.store.as_ref())?;
    Ok(Options { data: options.data.clone(), store, clock: clock::system(), config })
}

/// The settings that the options name.
pub fn config(options: &GlobalOptions) -> Result<Config, Failure> {
    Config::load(&options.data, options.config.as_deref()).map_err(|error| {
        Failure::new(
            Kind::BadInput,
            error.to_string(),
            "correct the settings file, or name another with --config",
        )
    })
}

/// Whoever is logged in, if that reads as a name.
pub fn logged_in() -> Option<Who> {
    ["USER", "LOGNAME"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find_map(|name| Person::new(&name).ok())
        .map(Who::Person)
}
