//! Figures: what a node did, for tests that count.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::faults::Call;

/// Counters of a node, over all its lives.
#[derive(Debug, Default)]
pub struct Figures {
    connections: AtomicU64,
    open_connections: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    calls: [AtomicU64; Call::ALL.len()],
    open_subscriptions: AtomicU64,
    open_batches: AtomicU64,
    half_closed: AtomicU64,
    open_calls: AtomicU64,
    told: AtomicU64,
    looked_at: AtomicU64,
}

impl Figures {
    /// Calls of a kind, those that met a fault included.
    pub fn calls(&self, call: Call) -> u64 {
        self.calls[call as usize].load(Ordering::Relaxed)
    }

    /// Subscriptions that are open now.
    pub fn open_subscriptions(&self) -> u64 {
        self.open_subscriptions.load(Ordering::Relaxed)
    }

    /// Calls of the batch append that are open now.
    pub fn open_batches(&self) -> u64 {
        self.open_batches.load(Ordering::Relaxed)
    }

    /// Appends by either call, those that met a fault included. `calls` tells them apart.
    pub fn appends(&self) -> u64 {
        self.calls(Call::Append) + self.calls(Call::BatchAppend)
    }

    /// Calls of any kind that are open now. A connection carries a hundred.
    pub fn open_calls(&self) -> u64 {
        self.open_calls.load(Ordering::Relaxed)
    }

    /// Calls of the batch append that are open now though their clients have said that no more will come.
    pub fn half_closed_batches(&self) -> u64 {
        self.half_closed.load(Ordering::Relaxed)
    }

    /// Events that were told to readers and subscriptions.
    pub fn events_read(&self) -> u64 {
        self.told.load(Ordering::Relaxed)
    }

    /// Events that a filter was held to for readers and subscriptions, whether they passed or not.
    pub fn events_filtered(&self) -> u64 {
        self.looked_at.load(Ordering::Relaxed)
    }

    pub(crate) fn count_told(&self) {
        self.told.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_looked_at(&self) {
        self.looked_at.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, call: Call) {
        self.calls[call as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a subscription as open until what is returned is dropped.
    pub(crate) fn subscription(self: &Arc<Self>) -> Open {
        Open::new(Arc::clone(self), |figures| &figures.open_subscriptions)
    }

    /// Counts a batch call as open until what is returned is dropped.
    pub(crate) fn batch(self: &Arc<Self>) -> Open {
        Open::new(Arc::clone(self), |figures| &figures.open_batches)
    }

    /// Counts a batch call as half-closed until what is returned is dropped.
    pub(crate) fn half_closed(self: &Arc<Self>) -> Open {
        Open::new(Arc::clone(self), |figures| &figures.half_closed)
    }

    /// Counts a call of any kind as open until what is returned is dropped.
    pub(crate) fn call(self: &Arc<Self>) -> Open {
        Open::new(Arc::clone(self), |figures| &figures.open_calls)
    }

    /// Connections taken.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Connections that are open now.
    pub fn open_connections(&self) -> u64 {
        self.open_connections.load(Ordering::Relaxed)
    }

    /// Bytes that came over all connections.
    pub fn bytes_received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Bytes that were sent over all connections.
    pub fn bytes_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// Something that is open as long as this lives.
pub(crate) struct Open {
    figures: Arc<Figures>,
    which: fn(&Figures) -> &AtomicU64,
}

impl Open {
    fn new(figures: Arc<Figures>, which: fn(&Figures) -> &AtomicU64) -> Self {
        which(&figures).fetch_add(1, Ordering::Relaxed);
        Self { figures, which }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        (self.which)(&self.figures).fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection whose bytes are counted.
pub(crate) struct Counted {
    stream: TcpStream,
    figures: Arc<Figures>,
}

impl Counted {
    pub(crate) fn new(stream: TcpStream, figures: Arc<Figures>) -> Self {
        figures.connections.fetch_add(1, Ordering::Relaxed);
        figures.open_connections.fetch_add(1, Ordering::Relaxed);
        Self { stream, figures }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.figures.open_connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.figures.received.fetch_add((buffer.filled().len() - before) as u64, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = polled {
            self.figures.sent.fetch_add(count as u64, Ordering::Relaxed);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
