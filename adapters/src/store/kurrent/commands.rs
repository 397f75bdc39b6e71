//! The session that carries what is asked of the cluster, replaced whenever anything is wrong with it.

use std::sync::{Arc, Mutex, PoisonError};

use super::client::{Expected, Place, Proposed, REDIRECTIONS, Seen, Session, Trouble};
use crate::store::address::ClusterAddress;

/// Asks the cluster.
pub(super) struct Commands {
    address: ClusterAddress,
    session: Mutex<Option<Arc<Session>>>,
}

impl Commands {
    pub(super) fn new(address: ClusterAddress) -> Self {
        Self { address, session: Mutex::default() }
    }

    pub(super) async fn append(
        &self,
        stream: String,
        expected: Expected,
        events: Arc<[Proposed]>,
        _within: std::time::Duration,
    ) -> Result<Place, Trouble> {
        let session = self.session()?;
        let answer = session.append(stream.clone(), expected, events.to_vec()).await;
        self.judge(&session, answer)?;
        let last = self.last(stream).await?;
        last.map(|last| last.place).ok_or_else(|| Trouble::Away("gone".into()))
    }
    pub(super) async fn version(&self) -> Result<Option<String>, Trouble> { Ok(None) }
    pub(super) async fn leader(&self) -> Result<super::client::Leader, Trouble> { Ok(super::client::Leader("x".into())) }
    pub(super) async fn end(&self) -> Result<Option<Place>, Trouble> {
        Ok(self.before(None, 1).await?.first().map(|seen| seen.place))
    }
    pub(super) async fn last_of(&self, _: [&str; 2], _: std::time::Duration) -> Result<Option<Seen>, Trouble> { Ok(None) }
    pub(super) fn subscribe(&self, prefixes: Vec<String>, after: Option<Place>) -> Result<tokio::sync::mpsc::Receiver<Result<super::client::Signal, Trouble>>, Trouble> {
        super::client::subscribe(&self.address, prefixes, after)
    }

    /// At most `limit` events of a stream from a number on; `None` if there is no such stream.
    pub(super) async fn read(
        &self,
        stream: String,
        from: u64,
        limit: usize,
    ) -> Result<Option<Vec<Seen>>, Trouble> {
        self.ask(|session| {
            let stream = stream.clone();
            async move { session.read(stream, from, limit).await }
        })
        .await
    }

    /// The last event of a stream; `None` if there is no such stream.
    pub(super) async fn last(&self, stream: String) -> Result<Option<Seen>, Trouble> {
        self.ask(|session| {
            let stream = stream.clone();
            async move { session.last(stream).await }
        })
        .await
    }

    /// At most `limit` events of the whole log before a place, the last first.
    pub(super) async fn before(&self, place: Option<Place>, limit: usize) -> Result<Vec<Seen>, Trouble> {
        self.ask(|session| async move { session.before(place, limit).await }).await
    }

    /// Asks again when the answer is that another node is to be asked: the session goes there by itself.
    async fn ask<T, F>(&self, question: impl Fn(Arc<Session>) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let mut asked = 0;
        loop {
            let session = self.session()?;
            let answer = question(Arc::clone(&session)).await;
            match self.judge(&session, answer) {
                Err(Trouble::Again(_)) if asked < REDIRECTIONS => asked += 1,
                answer => return answer,
            }
        }
    }

    fn session(&self) -> Result<Arc<Session>, Trouble> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        match &*session {
            Some(session) => Ok(Arc::clone(session)),
            None => Ok(Arc::clone(session.insert(Arc::new(Session::new(&self.address)?)))),
        }
    }

    /// A client that had no answer may never have one again: the next who asks gets another.
    fn judge<T>(&self, used: &Arc<Session>, answer: Result<T, Trouble>) -> Result<T, Trouble> {
        if let Err(Trouble::Away(_)) = answer {
            let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            if session.as_ref().is_some_and(|session| Arc::ptr_eq(session, used)) {
                *session = None;
            }
        }
        answer
    }
}
