//! What a test holds: a cluster, its settings, its nodes.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;
use uuid::Uuid;

use crate::figures::Figures;
use crate::listen::{Cut, listen};
use crate::log::{Positions, Proposed, Record};
use crate::service::Node;
use crate::state::{Lag, NodeState, Shared};

/// How a cluster behaves in ways that differ between versions and installations of the real server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The version that the nodes tell.
    pub version: String,
    /// The host that the nodes tell of each other and listen on.
    pub host: String,
    /// The port of the first node; 0 is any. The others get any.
    pub port: u16,
    /// How positions are given to the events of one append.
    pub positions: Positions,
    /// Whether subscriptions tell that they have caught up, as servers do since 23.10.
    pub caught_up: bool,
    /// Whether the batch append is offered, as it is since 21.10.
    pub batch_append: bool,
    /// The largest append in bytes.
    pub largest_append: usize,
    /// The longest that a batched append may wait for its last message.
    pub write_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: "24.10.0".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 0,
            positions: Positions::Own,
            caught_up: true,
            batch_append: true,
            largest_append: 1024 * 1024,
            write_timeout: Duration::from_secs(2),
        }
    }
}

/// A cluster of one node or three, on threads of its own. Dropping it ends it at once, open connections included.
#[derive(Debug)]
pub struct Cluster {
    shared: Arc<Shared>,
    members: Vec<Member>,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Member {
    port: u16,
    figures: Arc<Figures>,
    cuts: Mutex<watch::Sender<Cut>>,
}

impl Cluster {
    /// Starts a cluster as a present-day server behaves.
    pub fn start(nodes: usize) -> io::Result<Self> {
        Self::with(nodes, Settings::default())
    }

    /// Starts a cluster. It can be used from code with and without a runtime of its own.
    pub fn with(nodes: usize, settings: Settings) -> io::Result<Self> {
        if nodes == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a cluster has at least one node"));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("protocol-server")
            .enable_all()
            .build()?;
        let mut listeners = Vec::new();
        for at in 0..nodes {
            let port = if at == 0 { settings.port } else { 0 };
            listeners.push(TcpListener::bind((settings.host.as_str(), port))?);
        }
        let mut states = Vec::new();
        let mut members = Vec::new();
        for listener in &listeners {
            let port = listener.local_addr()?.port();
            let (id, lag) = (Uuid::new_v4(), Lag::None);
            states.push(NodeState { id, port, alive: true, life: 0, has: 0, lag });
            let cuts = Mutex::new(watch::Sender::new(Cut::default()));
            members.push(Member { port, figures: Arc::default(), cuts });
        }
        let cluster =
            Self { shared: Arc::new(Shared::new(settings, states)), members, runtime: Some(runtime) };
        for (at, listener) in listeners.into_iter().enumerate() {
            cluster.serve(at, 0, listener)?;
        }
        Ok(cluster)
    }

    fn serve(&self, at: usize, life: u64, listener: TcpListener) -> io::Result<()> {
        let Some(runtime) = &self.runtime else { return Ok(()) };
        let _inside = runtime.enter();
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let node = Node { shared: Arc::clone(&self.shared), at, life };
        let (sender, receiver) = watch::channel(Cut::default());
        let member = &self.members[at];
        *member.cuts.lock().unwrap_or_else(PoisonError::into_inner) = sender;
        runtime.spawn(listen(listener, node, Arc::clone(&member.figures), receiver));
        Ok(())
    }

    /// The number of nodes.
    pub fn nodes(&self) -> usize {
        self.members.len()
    }

    /// The port of a node.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn port(&self, node: usize) -> u16 {
        self.members[node].port
    }

    /// What a client connects to: the node if there is one, else all of them.
    pub fn connection_string(&self) -> String {
        let host = &self.shared.settings.host;
        let hosts: Vec<String> =
            self.members.iter().map(|member| format!("{host}:{}", member.port)).collect();
        format!("esdb://{}?tls=false", hosts.join(","))
    }

    /// The figures of a node.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn figures(&self, node: usize) -> &Figures {
        &self.members[node].figures
    }

    /// The node that leads.
    pub fn leader(&self) -> Option<usize> {
        self.shared.lock().leader
    }

    /// All records that a majority has, in order.
    pub fn records(&self) -> Vec<Arc<Record>> {
        let state = self.shared.lock();
        (0..state.committed).filter_map(|at| state.log.record(at)).cloned().collect()
    }

    /// Writes events past the protocol, whatever the stream is: another system's, or the server's own.
    pub fn write(&self, stream: &str, events: Vec<Proposed>) {
        let mut state = self.shared.lock();
        state.log.write(stream, events);
        state.replicate();
        drop(state);
        self.shared.ring();
    }

    /// Forgets which event ids were written, as a restarted server does of all but the latest: from then on only an
    /// exact expected revision makes a resend idempotent.
    pub fn forget_ids(&self) {
        self.shared.lock().log.forget_ids();
    }

    /// Cuts every connection of a node with a reset; new ones are taken.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn reset_connections(&self, node: usize) {
        let cuts = self.members[node].cuts.lock().unwrap_or_else(PoisonError::into_inner);
        cuts.send_modify(|cut| cut.count += 1);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A test drops it inside its own runtime, where nothing may block.
            runtime.shutdown_background();
        }
    }
}
