//! What the store and its follower share.

/// Whether the cluster is in reach.
pub(super) mod reach;
/// Whether the mirror has everything that was acknowledged.
mod fresh;
/// Whether this machine's clock is the cluster's.
mod clocks;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use self::fresh::Probe;
use self::reach::Reach;
use super::client::commands::Commands;
use super::client::times::Times;
use super::format::names::Names;
use super::mirror::Mirror;
use super::mirror::arrivals::Arrivals;
use crate::clock::Clock;
use crate::store::address::ClusterAddress;
use crate::store::sqlite::OpenError;

pub(super) struct Shared {
    pub(super) names: Names,
    pub(super) mirror: Mirror,
    pub(super) commands: Commands,
    /// What is seen of the cluster's clock.
    pub(super) times: Arc<Times>,
    /// One at a time puts an event into the log to learn the time.
    looking: tokio::sync::Mutex<()>,
    pub(super) reach: Reach,
    pub(super) arrivals: Arc<Arrivals>,
    pub(super) probe: Probe,
    /// Whether this folder has ever seen what its cluster has.
    in_touch: AtomicBool,
}

impl Shared {
    pub(super) fn open(address: &ClusterAddress, folder: &Path, clock: Clock) -> Result<Self, OpenError> {
        let times = Arc::new(Times::new(Arc::clone(&clock)));
        Ok(Self {
            names: Names::new(address.prefix()),
            mirror: Mirror::open(folder, Arc::clone(&clock))?,
            commands: Commands::new(address.clone(), Arc::clone(&times)),
            times,
            looking: tokio::sync::Mutex::default(),
            reach: Reach::new(clock),
            arrivals: Arc::default(),
            probe: Probe::default(),
            in_touch: AtomicBool::new(false),
        })
    }

    /// The log is read from its beginning again.
    pub(super) fn begin_anew(&self) {
        self.arrivals.begin_anew();
        self.probe.begin_anew();
    }

    /// This folder has seen what its cluster has.
    pub(super) fn be_in_touch(&self) {
        self.in_touch.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_been_in_touch(&self) -> bool {
        self.in_touch.load(Ordering::Relaxed)
    }
}
