//! A place in a cluster: the protocol server's, or a real one's.

use std::sync::{Arc, Mutex, PoisonError};

use scribe::clock::Clock;
use scribe::store::address::ClusterAddress;
use scribe::store::kurrent::KurrentStore;
use scribe_domain::event_store::EventStore;
use scribe_protocol_server::{Cluster, Settings};
use tempfile::TempDir;
use uuid::Uuid;

use super::place::Place;

/// Names a real server to run against, such as `esdb://localhost:2113?tls=false`.
pub const REAL: &str = "SCRIBE_TEST_ESDB";

/// The largest append that the protocol server takes here: the contract's is larger than the default of servers.
const LARGEST: usize = 64 << 20;

/// A record of its own in a cluster. Every opening has a mirror of its own, as on another machine.
pub struct OnCluster {
    address: ClusterAddress,
    // Dropped last: the stores go first.
    mirrors: Mutex<Vec<TempDir>>,
    server: Option<Cluster>,
}

impl Default for OnCluster {
    fn default() -> Self {
        if let Ok(real) = std::env::var(REAL) {
            let mark = if real.contains('?') { '&' } else { '?' };
            let prefix = Uuid::new_v4().simple().to_string();
            return Self::at(&format!("{real}{mark}prefix=t{prefix}."), None);
        }
        let settings = Settings { largest_append: LARGEST, ..Settings::default() };
        Self::of(Cluster::with(1, settings).expect("a port can be had"))
    }
}

impl OnCluster {
    /// A place in a protocol server.
    pub fn of(server: Cluster) -> Self {
        Self::at(&server.connection_string(), Some(server))
    }

    fn at(address: &str, server: Option<Cluster>) -> Self {
        let address = address.parse().expect("the address reads");
        Self { address, mirrors: Mutex::default(), server }
    }

    /// The record's address.
    pub fn address(&self) -> &ClusterAddress {
        &self.address
    }

    /// The protocol server, unless it is a real one.
    pub fn server(&self) -> Option<&Cluster> {
        self.server.as_ref()
    }

    /// Opens the record as the store that it is.
    pub fn open_cluster(&self, clock: Clock) -> KurrentStore {
        let mirror = TempDir::new().expect("a temporary folder can be made");
        let store = KurrentStore::open(&self.address, mirror.path(), clock).expect("its mirror opens");
        self.mirrors.lock().unwrap_or_else(PoisonError::into_inner).push(mirror);
        store
    }
}

impl Place for OnCluster {
    fn open_at(&self, clock: Clock) -> Arc<dyn EventStore> {
        Arc::new(self.open_cluster(clock))
    }
}
