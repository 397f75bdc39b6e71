//! Listening to what the `eventstore` crate logs, on the threads where it works.
//!
//! Nobody else hears it there: it may hold credentials. And a subscription that the server ended is told by
//! nothing else: the crate asks its stream again and again, never yields, and logs a warning each time around.

use std::cell::Cell;
use std::mem;
use std::panic::resume_unwind;

use tracing::{Event, Level, Metadata, Subscriber, span};

/// So often may a subscription warn without delivering anything: a server may well send what the crate does not
/// know.
const SPINS: u32 = 100;

/// Listens to the log of one thread in place of everybody else, and ends a spinning subscription.
pub(super) struct Quiet;

/// What unwinds a spinning subscription.
pub(super) struct Spun;

thread_local! {
    /// How often the subscription of this thread told its log of something since it was heard of.
    static SPINS_SEEN: Cell<u32> = const { Cell::new(0) };
}

impl Quiet {
    /// From now on, on this thread, until it ends.
    pub(super) fn listen() {
        mem::forget(tracing::subscriber::set_default(Self));
    }

    /// The subscription of this thread goes on.
    pub(super) fn heard() {
        SPINS_SEEN.set(0);
    }
}

impl Subscriber for Quiet {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN && metadata.target() == "eventstore::commands"
    }

    fn event(&self, _: &Event<'_>) {
        let spins = SPINS_SEEN.get() + 1;
        SPINS_SEEN.set(spins);
        if spins > SPINS {
            SPINS_SEEN.set(0);
            // Not a panic: nobody needs to be told of a place in the code.
            resume_unwind(Box::new(Spun));
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
