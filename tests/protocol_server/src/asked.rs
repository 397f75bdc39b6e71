//! What comes with a call beside its message: its deadline, its connection, what it demands of the node.

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tonic::metadata::MetadataMap;
use tonic::{Request, Status};

use crate::faults::{Call, Fault};
use crate::listen::Caller;
use crate::refuse;
use crate::service::Node;

/// A connection, as far as a call may cut it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection(Arc<Notify>);

impl Connection {
    pub(crate) fn cut(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn is_cut(&self) {
        self.0.notified().await;
    }
}

/// A call's surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) leader: bool,
    pub(crate) caller: Caller,
    pub(crate) connection: Connection,
    deadline: Option<Instant>,
}

impl Asked {
    pub(crate) fn of<T>(request: &Request<T>) -> Self {
        let metadata = request.metadata();
        let leader = metadata
            .get("requires-leader")
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
        let connection = request.extensions().get::<Connection>().cloned().unwrap_or_default();
        let caller = request.extensions().get::<Caller>().copied().unwrap_or_default();
        let deadline = timeout(metadata).map(|timeout| Instant::now() + timeout);
        Self { leader, caller, connection, deadline }
    }

    /// Whether the caller may read and write a stream. The server's own are for administrators, as is all of the log.
    pub(crate) fn allowed(&self, stream: &str) -> Result<(), Status> {
        match self.caller {
            Caller::Administrator => Ok(()),
            Caller::User if !stream.starts_with('$') => Ok(()),
            Caller::User | Caller::Nobody => Err(refuse::access_denied()),
        }
    }

    /// Ends when the deadline does. Servers hold their clients' deadlines; a client that leaves it to them would wait
    /// for ever otherwise.
    pub(crate) async fn late(&self) {
        match self.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => pending().await,
        }
    }

    pub(crate) async fn within<T>(&self, work: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        tokio::select! {
            done = work => done,
            () = self.late() => Err(late()),
        }
    }

    /// Meets what is planned for a call before it is carried out, and tells what is left for afterwards.
    pub(crate) async fn meet(&self, node: &Node, call: Call) -> Result<Option<Fault>, Status> {
        node.figures.count(call);
        self.meet_fault(node.plan.take(call)).await
    }

    pub(crate) async fn meet_fault(&self, fault: Option<Fault>) -> Result<Option<Fault>, Status> {
        match fault {
            Some(Fault::Refuse(refusal)) => Err(refusal.status()),
            Some(Fault::Delay(time)) => {
                self.within(async {
                    tokio::time::sleep(time).await;
                    Ok(None)
                })
                .await
            }
            Some(Fault::Hang) => pending().await,
            Some(Fault::Reset) => self.cut().await,
            other => Ok(other),
        }
    }

    /// Meets what is left once a write was carried out.
    pub(crate) async fn meet_after(&self, fault: Option<&Fault>) -> Result<(), Status> {
        match fault {
            Some(Fault::ResetAfterWrite) => self.cut().await,
            Some(Fault::LoseAnswer) => pending().await,
            Some(Fault::RefuseAfterWrite(refusal)) => Err(refusal.status()),
            _ => Ok(()),
        }
    }

    /// Cuts the connection; nothing is answered any more.
    pub(crate) async fn cut<T>(&self) -> T {
        self.connection.cut();
        pending().await
    }
}

pub(crate) fn late() -> Status {
    Status::deadline_exceeded("Deadline Exceeded")
}

/// The header of gRPC: at most eight digits and a letter for the unit.
fn timeout(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count.saturating_mul(3_600))),
        "M" => Some(Duration::from_secs(count.saturating_mul(60))),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tonic::metadata::{MetadataMap, MetadataValue};

    #[test]
    fn a_timeout_is_read_in_every_unit() {
        let read = |text: &'static str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", MetadataValue::from_static(text));
            super::timeout(&metadata)
        };
        let seconds = ["7200S", "120M", "2H", "7200000m"].map(read);
        assert_eq!(seconds, [Some(Duration::from_hours(2)); 4]);
        assert_eq!(["1000n", "1u"].map(read), [Some(Duration::from_micros(1)); 2]);
        assert_eq!(["", "S", "12", "1x", "-1S"].map(read), [None; 5]);
        assert_eq!(super::timeout(&MetadataMap::new()), None);
    }
}
