//! Whether an append may be written, as the real server's writer decides it.

use uuid::Uuid;

use crate::log::{DELETED, Log};

/// What a writer expects of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Any,
    StreamExists,
    NoStream,
    Revision(i64),
}

impl Expected {
    /// The number that stands for it in the server's own messages.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Any => -2,
            Self::StreamExists => -4,
            Self::NoStream => -1,
            Self::Revision(revision) => revision,
        }
    }
}

/// The writer's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It may be written behind `current`.
    Write { soft_deleted: bool },
    /// All of it was written before; its last event has this revision.
    Written { last: i64 },
    /// The stream is elsewhere.
    WrongExpectedVersion { current: i64 },
    /// The stream has a tombstone, or existence was expected of one that was deleted softly.
    Deleted,
}

/// Decides over the leader's whole log, replicated or not.
pub(crate) fn decide(log: &Log, stream: &str, expected: Expected, ids: &[Uuid]) -> Decision {
    let all = log.len();
    let current = log.last_revision(stream, all);
    let soft_deleted = log.is_soft_deleted(stream, all);
    if current == DELETED {
        return Decision::Deleted;
    }
    if expected == Expected::StreamExists {
        if soft_deleted {
            return Decision::Deleted;
        }
        if current < 0 && log.last_revision(&format!("$${stream}"), all) < 0 {
            return Decision::WrongExpectedVersion { current };
        }
    }
    match expected {
        Expected::Any | Expected::StreamExists => by_memory(log, stream, ids, current, soft_deleted),
        Expected::NoStream | Expected::Revision(_) => {
            let expected = expected.number();
            match expected.cmp(&current) {
                std::cmp::Ordering::Less => by_log(log, stream, expected, ids, current, soft_deleted),
                std::cmp::Ordering::Equal => Decision::Write { soft_deleted },
                std::cmp::Ordering::Greater => Decision::WrongExpectedVersion { current },
            }
        }
    }
}

/// Without an exact revision the writer can only look at the ids that it remembers. An append of which some ids
/// are known and some are not is refused, whatever the revision is.
fn by_memory(log: &Log, stream: &str, ids: &[Uuid], current: i64, soft_deleted: bool) -> Decision {
    let mut last = None;
    for id in ids {
        match log.remembered(*id) {
            Some((of, revision)) if of == stream => last = Some(revision),
            _ if last.is_none() => return Decision::Write { soft_deleted },
            _ => return Decision::WrongExpectedVersion { current },
        }
    }
    last.map_or(Decision::Write { soft_deleted }, |last| Decision::Written { last })
}

/// With an exact revision that lies behind, the events that stand there must be these.
fn by_log(
    log: &Log,
    stream: &str,
    expected: i64,
    ids: &[Uuid],
    current: i64,
    soft_deleted: bool,
) -> Decision {
    let mut at = expected;
    let indices = log.of_stream(stream, log.len());
    for id in ids {
        at += 1;
        let index = usize::try_from(at).ok().and_then(|at| indices.get(at));
        let stands = index.and_then(|index| log.record(*index)).is_some_and(|record| record.event.id == *id);
        if stands {
            continue;
        }
        if at == expected + 1 && expected == -1 && soft_deleted {
            return Decision::Write { soft_deleted };
        }
        return Decision::WrongExpectedVersion { current };
    }
    if ids.is_empty() { Decision::WrongExpectedVersion { current } } else { Decision::Written { last: at } }
}
