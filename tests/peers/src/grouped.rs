//! A group-committing writer for stores that have none of their own.
//!
//! A key-value store leaves it to its user to let many appends share one flush. Whoever builds an event
//! store on one would do it about like this, so they are measured with it: a thread takes everything that
//! waits, decides on each append, and commits all in one transaction.

use std::collections::{HashMap, HashSet};
use std::thread::JoinHandle;

use scribe_domain::event_store::Append;
use scribe_domain::ids::IncidentId;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::peer::{Said, Acknowledgement};

/// The most events in one commit.
const MOST: usize = 10_000;

/// Commits groups of appends; lives on the writer's thread.
pub trait Committer {
    /// Decides on each append and commits those that fit, durably, in one transaction.
    fn commit(&mut self, group: &[Append]) -> Said<Vec<Said<Acknowledgement>>>;
}

type Waiting = (Append, oneshot::Sender<Said<Acknowledgement>>);

/// The writer's thread and the way to it.
pub struct Grouped {
    sender: Option<mpsc::UnboundedSender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl Grouped {
    /// Starts the thread.
    pub fn start(mut committer: impl Committer + Send + 'static) -> Self {
        let (sender, mut receiver) = mpsc::unbounded_channel::<Waiting>();
        let thread = std::thread::spawn(move || {
            while let Some(first) = receiver.blocking_recv() {
                let mut events = first.0.events.len();
                let (mut group, mut askers) = (vec![first.0], vec![first.1]);
                while events < MOST
                    && let Ok((append, asker)) = receiver.try_recv()
                {
                    events += append.events.len();
                    group.push(append);
                    askers.push(asker);
                }
                let answers = committer.commit(&group).unwrap_or_else(|error| vec![Err(error); group.len()]);
                for (asker, answer) in askers.into_iter().zip(answers) {
                    // Nobody waits for an append whose writer has stopped.
                    let _ = asker.send(answer);
                }
            }
        });
        Self { sender: Some(sender), thread: Some(thread) }
    }

    /// Keeps an append.
    pub async fn append(&self, append: Append) -> Said<Acknowledgement> {
        let (asker, answer) = oneshot::channel();
        let sender = self.sender.as_ref().expect("there until it is dropped");
        sender.send((append, asker)).map_err(|_| "the writer has stopped")?;
        answer.await.map_err(|_| "the writer has stopped")?
    }
}

impl Drop for Grouped {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a group's earlier appends have done that the store does not show yet.
#[derive(Default)]
pub struct Staged {
    revisions: HashMap<IncidentId, u64>,
    commands: HashSet<Uuid>,
}

impl Staged {
    /// Whether an append still fits, asking the store where the group does not know.
    pub fn check(
        &mut self,
        append: &Append,
        known: impl FnOnce(Uuid) -> Said<bool>,
        has: impl Fn(u64) -> Said<bool>,
    ) -> Said<()> {
        let (command, expected) = (append.command_id.0, append.expected.0);
        if self.commands.contains(&command) || known(command)? {
            return Err("a repeated request".to_owned());
        }
        let fits = match self.revisions.get(&append.incident) {
            Some(revision) => *revision == expected,
            None => (expected == 0 || has(expected)?) && !has(expected + 1)?,
        };
        if !fits {
            return Err("the incident has moved on".to_owned());
        }
        self.commands.insert(command);
        self.revisions.insert(append.incident.clone(), expected + append.events.len() as u64);
        Ok(())
    }
}

/// The key of an incident's event: its id, a byte that no id has, the revision big-endian.
pub fn stream_key(incident: &IncidentId, revision: u64) -> Vec<u8> {
    let mut key = stream_prefix(incident);
    key.extend_from_slice(&revision.to_be_bytes());
    key
}

/// What all keys of an incident begin with.
pub fn stream_prefix(incident: &IncidentId) -> Vec<u8> {
    let mut key = incident.as_str().as_bytes().to_vec();
    key.push(0);
    key
}
