//! What was asked and answered, when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use scribe_domain::event_store::{Append, AppendError, EventStore, Receipt};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_tests::budget::Random;
use scribe_tests::contract::told::{everything, incident, note};
use uuid::Uuid;

/// How many incidents they quarrel about.
const INCIDENTS: usize = 3;

/// An incident, by its number.
pub(crate) type Of = usize;

/// Everything that some clients asked and were answered, and the record that was left.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) calls: Vec<Call>,
    pub(crate) record: Vec<ReadEvent>,
}

/// An event, as far as it matters here; its position is its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadEvent {
    pub(crate) position: u64,
    pub(crate) of: Of,
    pub(crate) revision: u64,
    pub(crate) command: u64,
}

/// One call and its answer; `began` and `ended` are moments of one clock.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) asked: Asked,
    pub(crate) answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Append { of: Of, expected: u64, command: u64, count: u64 },
    Receipt { command: u64 },
    History { of: Of, after: u64 },
    Read { after: u64, limit: u64 },
    Head,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What the append, or the command before it, had added.
    Acknowledged(Acknowledgement),
    Conflict {
        actual: u64,
    },
    NoReceipt,
    Events(Vec<ReadEvent>),
    Head(u64),
}

/// A receipt, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    pub(crate) of: Of,
    pub(crate) revision: u64,
    pub(crate) position: u64,
    pub(crate) count: u64,
}

impl History {
    pub(crate) fn conflicts(&self) -> usize {
        self.calls.iter().filter(|call| matches!(call.answer, Answer::Conflict { .. })).count()
    }

    pub(crate) fn acknowledged(&self) -> usize {
        let appended = |call: &&Call| {
            matches!((&call.asked, &call.answer), (Asked::Append { .. }, Answer::Acknowledged(_)))
        };
        self.calls.iter().filter(appended).count()
    }

    pub(crate) fn repeats(&self) -> usize {
        let appends = self.record.chunk_by(|one, next| one.command == next.command).count();
        self.acknowledged().saturating_sub(appends)
    }
}

/// Lets clients ask at once, each of its own store by turns.
pub(crate) async fn live(stores: &[Arc<dyn EventStore>], clients: usize, calls: usize, seed: u64) -> History {
    let clock = Arc::new(AtomicU64::new(0));
    let sent = Arc::new(Mutex::new(Vec::new()));
    let mut living = Vec::new();
    for client in 0..clients {
        let client = Client {
            store: Arc::clone(&stores[client % stores.len()]),
            clock: Arc::clone(&clock),
            random: Random(seed ^ (client as u64 + 1) << 32),
            known: [0; INCIDENTS],
            sent: Arc::clone(&sent),
            number: client as u64,
        };
        living.push(tokio::spawn(client.live(calls)));
    }
    let mut history = History::default();
    for client in living {
        history.calls.extend(client.await.unwrap());
    }
    history.record = everything(&*stores[0]).await.iter().map(seen).collect();
    history
}

struct Client {
    store: Arc<dyn EventStore>,
    clock: Arc<AtomicU64>,
    random: Random,
    /// The revisions that it last heard of.
    known: [u64; INCIDENTS],
    /// Everybody's commands.
    sent: Arc<Mutex<Vec<u64>>>,
    number: u64,
}

impl Client {
    async fn live(mut self, calls: usize) -> Vec<Call> {
        let mut made = Vec::new();
        for turn in 0..calls {
            let asked = self.choose(turn as u64);
            let began = self.clock.fetch_add(1, Ordering::SeqCst);
            let answer = ask(&*self.store, asked).await;
            let ended = self.clock.fetch_add(1, Ordering::SeqCst);
            self.learn(asked, &answer);
            made.push(Call { began, ended, asked, answer });
        }
        made
    }

    fn choose(&mut self, turn: u64) -> Asked {
        let of = self.random.place(INCIDENTS);
        match self.random.below(100) {
            0..60 => {
                let off = if self.random.percent(20) { 1 + self.random.below(3) } else { 0 };
                let expected = if self.random.percent(50) {
                    self.known[of] + off
                } else {
                    self.known[of].saturating_sub(off)
                };
                let command = self.number << 32 | turn;
                self.sent.lock().unwrap().push(command);
                Asked::Append { of, expected, command, count: 1 + self.random.below(3) }
            }
            60..70 => match self.some_command() {
                // Sent again, and sometimes saying something else.
                Some(command) => {
                    Asked::Append { of, expected: self.known[of], command, count: 1 + self.random.below(3) }
                }
                None => Asked::Head,
            },
            70..78 => self.some_command().map_or(Asked::Head, |command| Asked::Receipt { command }),
            78..88 => Asked::History { of, after: self.random.below(self.known[of] + 2) },
            88..95 => Asked::Read {
                after: self.random.below(self.known.iter().sum::<u64>() + 3),
                limit: 1 + self.random.below(60),
            },
            _ => Asked::Head,
        }
    }

    fn some_command(&mut self) -> Option<u64> {
        let sent = self.sent.lock().unwrap();
        (!sent.is_empty()).then(|| sent[self.random.place(sent.len())])
    }

    fn learn(&mut self, asked: Asked, answer: &Answer) {
        match (asked, answer) {
            (Asked::Append { of, .. }, Answer::Conflict { actual }) => self.known[of] = *actual,
            (_, Answer::Acknowledged(taken)) => {
                self.known[taken.of] = self.known[taken.of].max(taken.revision);
            }
            (_, Answer::Events(events)) => {
                for event in events {
                    self.known[event.of] = self.known[event.of].max(event.revision);
                }
            }
            _ => {}
        }
    }
}

async fn ask(store: &dyn EventStore, asked: Asked) -> Answer {
    match asked {
        Asked::Append { of, expected, command, count } => {
            let append = Append {
                incident: incident(of),
                expected: Revision(expected),
                command_id: command_id(command),
                request: None,
                events: (0..count).map(|_| note("x")).collect(),
            };
            match store.append(append).await {
                Ok(receipt) => taken(&receipt),
                Err(AppendError::Conflict { actual, .. }) => Answer::Conflict { actual: actual.0 },
                Err(AppendError::Store(error)) => panic!("{error}"),
            }
        }
        Asked::Receipt { command } => store
            .receipt(command_id(command))
            .await
            .unwrap()
            .map_or(Answer::NoReceipt, |receipt| taken(&receipt)),
        Asked::History { of, after } => Answer::Events(
            store.history(&incident(of), Revision(after)).await.unwrap().iter().map(seen).collect(),
        ),
        Asked::Read { after, limit } => {
            let limit = usize::try_from(limit).unwrap();
            Answer::Events(store.read(Position(after), limit).await.unwrap().iter().map(seen).collect())
        }
        Asked::Head => Answer::Head(store.head().await.unwrap().0),
    }
}

fn command_id(command: u64) -> CommandId {
    CommandId(Uuid::from_u128(0x7000_8000 << 64 | u128::from(command)))
}

fn taken(receipt: &Receipt) -> Answer {
    Answer::Acknowledged(Acknowledgement {
        of: number(&receipt.incident),
        revision: receipt.revision.0,
        position: receipt.position.0,
        count: receipt.events.len() as u64,
    })
}

fn seen(recorded: &Recorded) -> ReadEvent {
    ReadEvent {
        position: recorded.position.0,
        of: number(&recorded.incident),
        revision: recorded.revision.0,
        command: u64::try_from(recorded.cause.command_id.0.as_u128() & u128::from(u64::MAX)).unwrap(),
    }
}

fn number(id: &IncidentId) -> Of {
    (0..INCIDENTS).find(|of| incident(*of) == *id).unwrap()
}
