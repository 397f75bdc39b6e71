//! Who is connected: those who have asked for nothing just now make room for those who have.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::Notify;
use tower::Service;

use super::entrance::Entrance;
use super::peer::Peer;

/// Everybody who is connected, in the order in which they came.
#[derive(Clone, Default)]
pub(super) struct Guests(Arc<Mutex<Seats>>);

#[derive(Default)]
struct Seats {
    next: u64,
    taken: BTreeMap<u64, Arc<Guest>>,
}

/// Somebody who is connected.
struct Guest {
    /// Requests that are not answered to their end.
    busy: AtomicUsize,
    idle_since: Mutex<Instant>,
    leave: Notify,
}

/// A place among the guests, free again when this goes.
pub(super) struct Seat {
    guests: Guests,
    number: u64,
    guest: Arc<Guest>,
}

impl Guests {
    /// One more.
    pub(super) fn seat(&self) -> Seat {
        let guest = Arc::new(Guest {
            busy: AtomicUsize::new(0),
            idle_since: Mutex::new(Instant::now()),
            leave: Notify::new(),
        });
        let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = seats.next;
        seats.next += 1;
        seats.taken.insert(number, Arc::clone(&guest));
        drop(seats);
        Seat { guests: self.clone(), number, guest }
    }

    /// Sends away whoever has asked for nothing for the longest time; whether there was anybody.
    pub(super) fn shed_one(&self) -> bool {
        let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = seats.taken.iter().filter(|(_, guest)| guest.busy.load(Ordering::Acquire) == 0);
        let longest =
            idle.min_by_key(|(_, guest)| *guest.idle_since.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(number) = longest.map(|(number, _)| *number) else { return false };
        if let Some(guest) = seats.taken.remove(&number) {
            guest.leave.notify_one();
        }
        true
    }
}

impl Seat {
    /// Returns when whoever sits here is to go.
    pub(super) async fn asked_to_leave(&self) {
        self.guest.leave.notified().await;
    }

    /// The router, as this guest asks it.
    pub(super) fn serve(&self, router: Router, peer: Peer, entrance: Arc<Entrance>) -> Attended {
        Attended { router, guest: Arc::clone(&self.guest), peer, entrance }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        seats.taken.remove(&self.number);
    }
}

/// A router that knows whether its one guest waits for an answer.
#[derive(Clone)]
pub(super) struct Attended {
    router: Router,
    guest: Arc<Guest>,
    peer: Peer,
    entrance: Arc<Entrance>,
}

/// A request of a guest, until it is answered to its end.
struct Asking(Arc<Guest>);

impl Asking {
    fn begin(guest: &Arc<Guest>) -> Self {
        guest.busy.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(guest))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        *self.0.idle_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Service<Request<Incoming>> for Attended {
    type Response = Response<Answer>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<Request<Incoming>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        request.extensions_mut().insert(Arc::clone(&self.entrance));
        let asking = Asking::begin(&self.guest);
        let answer = self.router.call(request);
        Box::pin(async move { Ok(answer.await?.map(|body| Answer { body, _asking: asking })) })
    }
}

/// An answer's body, to whose end its guest is busy.
pub(super) struct Answer {
    body: Body,
    _asking: Asking,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_nothing_makes_room_and_nobody_else() {
        let guests = Guests::default();
        let (first, second) = (guests.seat(), guests.seat());
        let asking = Asking::begin(&first.guest);
        assert!(guests.shed_one(), "the second asks for nothing");
        assert!(!guests.shed_one(), "the first waits for an answer");
        drop((asking, second));
        assert!(guests.shed_one());
        drop(first);
        assert!(!guests.shed_one());
    }
}
