//! The one place that wires a store, the settings, the views and what other tools send.

/// Taking what other tools send.
mod inbound;
/// Copies of a folder's record.
mod backup;
/// Carrying a record from one store to another.
mod copy;
/// What one incident has to do with another, told of both.
mod relations;
/// Taking an export over.
mod restoring;
/// The one gate: deeds and questions, and who may.
pub mod gate;
/// Who is let in.
mod doors;
/// Who is signed in.
mod sessions;
/// Who it is whom a provider or a proxy names.
mod sign_in;
/// When each token and session was used last.
mod uses;
/// Who is who.
mod people;
/// Where clocks disagree, and saying whose was wrong.
mod clocks;
/// Taking turns.
mod turns;
/// Ends of alerts that came before their beginnings.
mod early;
/// Carrying out a request.
mod execute;
/// Signing the record, and reading it again.
mod ledger;
/// What a server does beside its requests.
mod tasks;
/// Having the record stamped.
mod time_stamps;
/// Where records are kept, opened.
mod place;
/// The views of the record, kept young.
mod views;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scribe_domain::event::versions::Chain;
use scribe_domain::event_store::EventStore;
use tokio::sync::{Mutex, watch};

use crate::clock::{Clock, Timekeeping};
use crate::config::Config;
use crate::ledger::Ledger;
use crate::snapshots::Snapshots;
use crate::store::memory::MemoryStore;
use crate::tasks::status::TaskBoard;
use crate::views::Views;

use clocks::Contradictions;
use doors::Looks;
use early::EarlyEnds;
use people::Directory;
use turns::Turns;
use uses::Uses;

pub use crate::store::address::{AddressError, ClusterAddress, Login, StoreAddress};
pub use crate::store::sqlite::OpenError;
pub use crate::store::sqlite::verify::Measure;
pub use crate::tasks::status::{TOLD_TO, TaskList, TaskReport, TaskState};
pub use crate::views::pass::Fault;
pub use crate::views::report::{Building, Rebuild, RebuildState, ViewList, ViewReport, ViewState};
pub use backup::{Backup, BackupError};
pub use copy::{CopyError, CopyReport, NotCopied, Place, Progress};
pub use doors::BadToken;
pub use inbound::{DeliveryReport, IgnoredSighting, PlacedSighting, ReceiveError, Subject};
pub use sessions::BadSession;
pub use sign_in::NoSignIn;

/// What is needed to open a record on this machine.
#[derive(Clone)]
pub struct Options {
    /// The data folder; made if there is none. It holds the record, or what goes with one in a cluster: its
    /// mirror, snapshots, the signing key.
    pub data: PathBuf,
    /// Where the record is.
    pub store: StoreAddress,
    /// What time it is.
    pub clock: Clock,
    /// The settings.
    pub config: Config,
}

impl Options {
    /// By what the record's times are stamped.
    fn time(&self) -> Timekeeping {
        Timekeeping { clock: Arc::clone(&self.clock), tolerance: self.config.clock.tolerance }
    }
}

/// What lies where on this machine.
#[derive(Clone)]
struct Whereabouts {
    /// The record.
    store: StoreAddress,
    /// Everything that goes with it.
    data: PathBuf,
}

/// A record and its views, ready to be asked. Cheap to clone: all clones are the same.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Arc<dyn EventStore>,
    /// Where the record lies, if it lies anywhere.
    whereabouts: Option<Whereabouts>,
    ledger: Ledger,
    config: Config,
    clock: Clock,
    views: Views,
    /// Who tells something of an incident takes turns.
    turns: Turns,
    /// Deliveries of other tools take turns.
    deliveries_turn: Mutex<()>,
    /// Ends of alerts that came before their beginnings.
    early_ends: EarlyEnds,
    /// When each token and session was used.
    uses: Uses,
    /// Who has just looked at which private incident.
    looks: Looks,
    /// Who is who, as it was read last.
    directory: Directory,
    /// Where clocks disagree, as it was found last.
    contradictions: Contradictions,
    /// How the tasks of a server stand.
    tasks: Arc<TaskBoard>,
    /// Whether the views have been built once; what `/readyz` tells.
    warm: watch::Sender<bool>,
    /// Whether the program is stopping, so that feeds end.
    closing: watch::Sender<bool>,
}

impl App {
    /// Opens the record in a data folder, which is made if there is none, or in a cluster.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        Chain::OWN.check()?;
        let time = options.time();
        let Options { data, store, clock, config } = options;
        let opened = place::open(&store, &data, &time)?;
        Ok(Self::wire(opened, config, clock, Some(Whereabouts { store, data })))
    }

    /// Whether there is a record, or something in its place, as far as this machine knows.
    pub fn has_record(store: &StoreAddress, data: &Path) -> bool {
        place::has_record(store, data)
    }

    /// Wires a store. Nothing is read yet: views are built when they are first asked for, so that a
    /// program that only appends does not replay the record.
    pub fn with_store(store: Arc<dyn EventStore>, config: Config, clock: Clock) -> Self {
        Self::wire(store, config, clock, None)
    }

    /// An empty record in memory, to try something on.
    pub fn in_memory(config: Config, clock: Clock) -> Self {
        Self::with_store(Arc::new(MemoryStore::new(Arc::clone(&clock))), config, clock)
    }

    fn wire(
        store: Arc<dyn EventStore>,
        config: Config,
        clock: Clock,
        whereabouts: Option<Whereabouts>,
    ) -> Self {
        let data = whereabouts.as_ref().map(|Whereabouts { data, .. }| data.clone());
        let early_ends = EarlyEnds::of(data.as_deref());
        let uses = Uses::of(data.as_deref());
        Self(Arc::new(Inner {
            views: Views::new(&store, data.as_deref().map(Snapshots::of)),
            store,
            ledger: Ledger::new(data, config.ledger.origin.clone()),
            whereabouts,
            config,
            clock,
            turns: Turns::default(),
            deliveries_turn: Mutex::new(()),
            early_ends,
            uses,
            looks: Looks::default(),
            directory: Directory::default(),
            contradictions: Contradictions::default(),
            tasks: Arc::default(),
            warm: watch::Sender::new(false),
            closing: watch::Sender::new(false),
        }))
    }

    /// Where events are kept.
    fn store(&self) -> &dyn EventStore {
        &*self.0.store
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// What time it is.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        (self.0.clock)()
    }

    /// Tells everything that runs without an end (feeds) to come to one.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// Returns once [`Self::close`] was called.
    pub async fn closed(&self) {
        let mut closing = self.0.closing.subscribe();
        // The sender lives as long as this app, so waiting cannot fail.
        let _ = closing.wait_for(|closing| *closing).await;
    }

    /// Whether [`Self::close`] was called.
    pub fn is_closing(&self) -> bool {
        *self.0.closing.borrow()
    }

    /// Whether the views have been built once.
    pub fn is_warm(&self) -> bool {
        *self.0.warm.borrow()
    }
}
