//! Misbehaviour on demand: what the next calls of a kind meet.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tonic::Status;

use crate::proto::google::rpc;
use crate::refuse;

/// The kinds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `ServerFeatures.GetSupportedMethods`, the first call of every connection.
    Features,
    /// `Gossip.Read`.
    Gossip,
    /// `Streams.Append`.
    Append,
    /// One append inside `Streams.BatchAppend`.
    BatchAppend,
    /// `Streams.Read` for a number of events.
    Read,
    /// `Streams.Read` for a subscription.
    Subscribe,
    /// `Streams.Delete`.
    Delete,
    /// `Streams.Tombstone`.
    Tombstone,
}

impl Call {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Features,
        Self::Gossip,
        Self::Append,
        Self::BatchAppend,
        Self::Read,
        Self::Subscribe,
        Self::Delete,
        Self::Tombstone,
    ];
}

/// What a call meets instead of a faithful answer. What does not apply to its kind is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is refused and nothing is done. Of a batch only the append is refused if such a refusal has a form there
    /// (not ready, not allowed, timed out), else the whole batch call ends.
    Refuse(Refusal),
    /// The whole batch call ends when it gets the append.
    EndBatch(Refusal),
    /// It is carried out later; its own deadline holds meanwhile.
    Delay(Duration),
    /// Nothing is done and nothing answered, whatever its deadline: a frozen process.
    Hang,
    /// Nothing is done, and its connection is reset.
    Reset,
    /// A write is carried out, and the connection is reset instead of an answer.
    ResetAfterWrite,
    /// A write is carried out and never answered.
    LoseAnswer,
    /// A write is carried out and refused all the same.
    RefuseAfterWrite(Refusal),
    /// A batched append is answered twice; a subscription tells every event twice.
    Duplicate,
    /// A success says neither a revision nor a position: both choices in it are left out.
    EmptySuccess,
    /// The answer to an append says neither success nor error.
    NoResult,
    /// The answer to a batched append does not name its stream.
    NoStreamIdentifier,
    /// The answer to a batched append has the correlation id of no request.
    ForeignCorrelation,
    /// A subscription ends at a seam.
    Cut(Seam, Ending),
}

/// A refusal of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The server is not ready.
    Unavailable,
    /// The deadline is told to have passed.
    DeadlineExceeded,
    /// The call is not allowed.
    AccessDenied,
    /// The credentials are not right.
    Unauthenticated,
    /// The leader is elsewhere: at this host and port, whoever listens there.
    NotLeader(String, u16),
    /// The operation took longer than the server allows, so that its outcome is not known.
    TimedOut,
    /// A handler of the server threw.
    Unforeseen,
}

impl Refusal {
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Unavailable => refuse::not_ready(),
            Self::DeadlineExceeded => Status::deadline_exceeded("Deadline Exceeded"),
            Self::AccessDenied => refuse::access_denied(),
            Self::Unauthenticated => refuse::unauthenticated(),
            Self::NotLeader(host, port) => refuse::not_leader(host, *port),
            Self::TimedOut => refuse::timed_out(),
            Self::Unforeseen => refuse::unforeseen(),
        }
    }

    /// The same inside a batch.
    pub(crate) fn in_batch(&self) -> Option<rpc::Status> {
        match self {
            Self::Unavailable => Some(refuse::batch::not_handled("Server Is Not Ready")),
            Self::DeadlineExceeded | Self::TimedOut => Some(refuse::batch::timeout()),
            Self::AccessDenied => Some(refuse::batch::access_denied()),
            Self::Unauthenticated | Self::NotLeader(..) | Self::Unforeseen => None,
        }
    }
}

/// A place in a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seam {
    /// Behind the confirmation, before any event.
    Confirmed,
    /// Behind the n-th event, from 1.
    Event(u64),
    /// Behind the first event, from the n-th on, after which more of its append is still to come.
    InsideAppend(u64),
    /// Before a checkpoint is told.
    BeforeCheckpoint,
    /// Behind a checkpoint.
    AfterCheckpoint,
    /// Everything that was there is told, "caught up" is not.
    BeforeCaughtUp,
    /// Behind "caught up", before anything that comes live.
    AfterCaughtUp,
    /// Behind the n-th event that came live, from 1.
    LiveEvent(u64),
}

/// How a subscription ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In good order, with status OK, as no subscription should.
    Ok,
    /// With a status that says why.
    Refused(Refusal),
    /// By a reset of its connection, which also takes what was on its way: a client may see less than was sent.
    Reset,
}

/// What is planned for a node.
#[derive(Debug, Default)]
pub(crate) struct Plan(Mutex<Vec<Planned>>);

#[derive(Debug)]
struct Planned {
    call: Call,
    fault: Fault,
    left: u32,
}

impl Plan {
    pub(crate) fn add(&self, call: Call, fault: Fault, times: u32) {
        let mut planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        planned.push(Planned { call, fault, left: times });
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How often something is still planned.
    pub(crate) fn left(&self) -> u32 {
        let planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        planned.iter().map(|planned| planned.left).fold(0, u32::saturating_add)
    }

    /// What the next call of a kind meets; plans are used up in the order in which they were made.
    pub(crate) fn take(&self, call: Call) -> Option<Fault> {
        let mut planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = planned.iter().position(|planned| planned.call == call)?;
        planned[at].left = planned[at].left.saturating_sub(1);
        let fault = planned[at].fault.clone();
        planned.retain(|planned| planned.left > 0);
        Some(fault)
    }
}
