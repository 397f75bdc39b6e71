//! What a test holds: a cluster and the lives of its nodes. What befalls them while they live is in `mishaps`.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;

use crate::elect::NotElectable;
use crate::faults::{Call, Ending, Fault, Plan};
use crate::figures::Figures;
use crate::listen::{Cut, listen};
use crate::log::{Proposed, Record};
use crate::service::Node;
use crate::settings::Settings;
use crate::state::{Lag, NodeState, Shared};
use crate::tls::Tls;

/// A cluster of one node or three, on threads of its own. Dropping it ends it at once, open connections included.
#[derive(Debug)]
pub struct Cluster {
    pub(crate) nodes: Arc<Nodes>,
    runtime: Option<Runtime>,
}

/// The nodes, which also live on in what happens to them later.
#[derive(Debug)]
pub(crate) struct Nodes {
    pub(crate) shared: Arc<Shared>,
    pub(crate) members: Vec<Member>,
    tls: Option<Tls>,
    pub(crate) runtime: Handle,
}

#[derive(Debug)]
pub(crate) struct Member {
    port: u16,
    figures: Arc<Figures>,
    plan: Arc<Plan>,
    listening: Mutex<Listening>,
}

/// What a node's listener is told, and when it is gone.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) cuts: watch::Sender<Cut>,
    closed: mpsc::Receiver<()>,
}

impl Member {
    pub(crate) fn listening(&self) -> MutexGuard<'_, Listening> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
            states.push(NodeState::new(port));
            let listening = Listening { cuts: watch::Sender::new(Cut::default()), closed: mpsc::channel().1 };
            let (figures, plan) = (Arc::default(), Arc::default());
            members.push(Member { port, figures, plan, listening: Mutex::new(listening) });
        }
        let tls = if settings.tls { Some(Tls::new(&settings.host, settings.expired)?) } else { None };
        let shared = Arc::new(Shared::new(settings, states));
        let nodes = Arc::new(Nodes { shared, members, tls, runtime: runtime.handle().clone() });
        for (at, listener) in listeners.into_iter().enumerate() {
            nodes.serve(at, 0, listener)?;
        }
        Ok(Self { nodes, runtime: Some(runtime) })
    }

    /// The number of nodes.
    pub fn nodes(&self) -> usize {
        self.nodes.members.len()
    }

    /// The port of a node.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn port(&self, node: usize) -> u16 {
        self.nodes.members[node].port
    }

    /// What a client connects to: the node if there is one, else all of them.
    pub fn connection_string(&self) -> String {
        let host = &self.nodes.shared.settings.host;
        let hosts: Vec<String> =
            self.nodes.members.iter().map(|member| format!("{host}:{}", member.port)).collect();
        let login = self.nodes.shared.settings.login.as_ref();
        let login = login.map_or_else(String::new, |login| format!("{}:{}@", login.user, login.password));
        format!("esdb://{login}{}?tls={}", hosts.join(","), self.nodes.tls.is_some())
    }

    /// The certificate of the cluster's authority in PEM, for a client's `tlsCAFile`.
    pub fn authority(&self) -> Option<&str> {
        self.nodes.tls.as_ref().map(|tls| tls.authority.as_str())
    }

    /// The figures of a node.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn figures(&self, node: usize) -> &Figures {
        &self.nodes.members[node].figures
    }

    /// The node that leads.
    pub fn leader(&self) -> Option<usize> {
        self.nodes.shared.lock().leader
    }

    /// All records that a majority has, in order.
    pub fn records(&self) -> Vec<Arc<Record>> {
        let state = self.nodes.shared.lock();
        (0..state.committed).filter_map(|at| state.log.record(at)).collect()
    }

    /// Writes events past the protocol, whatever the stream is: another system's, or the server's own.
    pub fn write(&self, stream: &str, events: Vec<Proposed>) {
        let mut state = self.nodes.shared.lock();
        state.log.write(stream, events);
        state.replicate();
        drop(state);
        self.nodes.shared.ring();
    }

    /// Forgets which event ids were written, as a restarted server does of all but the latest: from then on only an
    /// exact expected revision makes a resend idempotent.
    pub fn forget_ids(&self) {
        self.nodes.shared.lock().log.forget_ids();
    }

    /// Has the next calls of a kind at a node meet a fault. Plans are used up in the order in which they were made.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn misbehave(&self, node: usize, call: Call, fault: Fault, times: u32) {
        self.nodes.members[node].plan.add(call, fault, times);
    }

    /// Drops what is still planned for a node.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn behave(&self, node: usize) {
        self.nodes.members[node].plan.clear();
    }

    /// How many faults are still planned for a node.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn faults_left(&self, node: usize) -> u32 {
        self.nodes.members[node].plan.left()
    }

    /// Ends every subscription at a node that has caught up.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn end_subscriptions(&self, node: usize, how: Ending) {
        let mut state = self.nodes.shared.lock();
        let ended = &mut state.nodes[node].ended;
        *ended = (ended.0 + 1, how);
        drop(state);
        self.nodes.shared.ring();
    }

    /// Sets how a follower gets what the leader writes. A write is acknowledged once a majority has it.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn lag(&self, node: usize, lag: Lag) {
        let mut state = self.nodes.shared.lock();
        state.nodes[node].lag = lag;
        state.replicate();
        drop(state);
        self.nodes.shared.ring();
    }

    /// Kills a node: its port is closed, its connections are reset. If it led, nobody leads until somebody is elected.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn kill(&self, node: usize) {
        self.nodes.kill(node);
    }

    /// Starts a killed node again at its port, with the log that it had. Alone it leads at once; in a cluster it
    /// follows who leads.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn restart(&self, node: usize) -> io::Result<()> {
        self.nodes.restart(node)
    }

    /// Makes a node the leader, if the real cluster could: it lives, a majority does, and a majority of the living has
    /// no more of the log than it has. What it does not have is lost, which no client was told to be written. A living
    /// node that had it goes away, and comes back without it.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn elect(&self, node: usize) -> Result<(), NotElectable> {
        self.nodes.elect(node, None)
    }

    /// Has gossip go on telling what it tells now, whatever happens to the nodes; or tell the truth again.
    pub fn freeze_gossip(&self, frozen: bool) {
        let mut state = self.nodes.shared.lock();
        state.stale_gossip = None;
        if frozen {
            state.stale_gossip = Some(state.gossip());
        }
    }

    /// Cuts every connection of a node with a reset; new ones are taken.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn reset_connections(&self, node: usize) {
        self.nodes.members[node].listening().cuts.send_modify(|cut| cut.count += 1);
    }
}

/// The port of a node that was just killed can be held by a connection that is still being taken down.
fn bind(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut tries = 0;
    loop {
        match TcpListener::bind((host, port)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < 200 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            bound => return bound,
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for member in &self.nodes.members {
            member
                .listening()
                .cuts
                .send_modify(|cut| *cut = Cut { count: cut.count + 1, stop: true, ..*cut });
        }
        if let Some(runtime) = self.runtime.take() {
            // A test drops it inside its own runtime, where nothing may block.
            runtime.shutdown_background();
        }
    }
}

impl Nodes {
    fn serve(&self, at: usize, life: u64, listener: TcpListener) -> io::Result<()> {
        let _inside = self.runtime.enter();
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let member = &self.members[at];
        let (figures, plan) = (Arc::clone(&member.figures), Arc::clone(&member.plan));
        let node = Node { shared: Arc::clone(&self.shared), figures, plan, at, life };
        let (cuts, receiver) = watch::channel(Cut::default());
        let (open, closed) = mpsc::channel::<()>();
        *member.listening() = Listening { cuts, closed };
        let tls = self.tls.clone();
        self.runtime.spawn(async move {
            listen(listener, node, tls, receiver).await;
            drop(open);
        });
        Ok(())
    }

    pub(crate) fn kill(self: &Arc<Self>, node: usize) {
        let mut state = self.shared.lock();
        state.nodes[node].alive = false;
        if state.leader == Some(node) {
            state.leader = None;
        }
        state.tell_roles();
        drop(state);
        let listening = self.members[node].listening();
        listening.cuts.send_modify(|cut| *cut = Cut { count: cut.count + 1, stop: true, ..*cut });
        // Its port is closed once this returns.
        let _ = listening.closed.recv_timeout(Duration::from_secs(5));
        drop(listening);
        self.shared.ring();
        self.resign_later();
    }

    pub(crate) fn restart(&self, node: usize) -> io::Result<()> {
        let port = self.members[node].port;
        if self.shared.lock().nodes[node].alive {
            return Ok(());
        }
        // The port may be held for a while yet, in which the others go on.
        let listener = bind(&self.shared.settings.host, port)?;
        let mut state = self.shared.lock();
        let restarted = &mut state.nodes[node];
        (restarted.alive, restarted.silent, restarted.must_truncate) = (true, false, false);
        restarted.life += 1;
        let life = restarted.life;
        if state.nodes.len() == 1 {
            state.leader = Some(node);
        }
        state.come_back();
        drop(state);
        self.serve(node, life, listener)?;
        self.shared.ring();
        Ok(())
    }

    /// Makes a node the leader, at once or without being in office, when it does not show the last of the records.
    pub(crate) fn elect(self: &Arc<Self>, node: usize, withheld: Option<usize>) -> Result<(), NotElectable> {
        let mut state = self.shared.lock();
        let before: Vec<usize> = state.nodes.iter().map(|node| node.has).collect();
        state.elect(node)?;
        if let Some(withheld) = withheld {
            state.not_inaugurated = Some((node, state.committed.saturating_sub(withheld)));
            state.tell_roles();
        }
        let has = before[node];
        for (node, had) in state.nodes.iter_mut().zip(before) {
            // Whoever is dead begins anew without it.
            node.must_truncate |= node.alive && had > has;
        }
        drop(state);
        self.shared.ring();
        self.exit_to_truncate();
        Ok(())
    }

    /// Ends the nodes that had more of the log than their leader and have heard of it, and has them started again as
    /// whoever watches over real ones does.
    pub(crate) fn exit_to_truncate(self: &Arc<Self>) {
        let mut exiting = Vec::new();
        for (at, node) in self.shared.lock().nodes.iter_mut().enumerate() {
            if node.is_there() && std::mem::take(&mut node.must_truncate) {
                exiting.push(at);
            }
        }
        for at in exiting {
            self.kill(at);
            let (nodes, away) = (Arc::clone(self), self.shared.settings.truncation);
            self.runtime.spawn(async move {
                tokio::time::sleep(away).await;
                // Its port may still be held by a connection, for which this waits.
                let _ = tokio::task::spawn_blocking(move || nodes.restart(at)).await;
            });
        }
    }

    /// Has the leader resign after a time if by then too many of its followers are still away.
    pub(crate) fn resign_later(self: &Arc<Self>) {
        let state = self.shared.lock();
        let (leader, term) = (state.leader, state.term);
        if leader.is_none() || state.has_majority() {
            return;
        }
        drop(state);
        let shared = Arc::clone(&self.shared);
        self.runtime.spawn(async move {
            tokio::time::sleep(shared.settings.resignation).await;
            let mut state = shared.lock();
            if (state.leader, state.term) == (leader, term) && !state.has_majority() {
                state.resign();
            }
            drop(state);
            shared.ring();
        });
    }
}
