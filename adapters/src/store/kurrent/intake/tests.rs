//! The law of this room: the mirror is a function of the log, wherever a subscription is cut, wherever its
//! checkpoints fall, whatever it tells twice or loses.

use std::collections::{HashMap, VecDeque};

use proptest::prelude::*;
use scribe_domain::event_store::{Body, EventStore};
use tokio::runtime::{Builder, Runtime};

use super::assembly::tests::told;
use super::*;
use crate::store::memory::MemoryStore;

/// What stands in a log.
#[derive(Debug, Clone)]
enum Written {
    /// An append that counts: to one of a few incidents, of so many events.
    Append { incident: u8, count: u32 },
    /// Only the first events of one, as somebody's experiment may leave them.
    Half { incident: u8, count: u32 },
    /// Its last event only.
    Rest { incident: u8, count: u32 },
    /// One that does not go on from where its incident is.
    Ahead { incident: u8, count: u32 },
    /// The same request again, elsewhere.
    Again { incident: u8 },
    /// An event that scribe did not write.
    Stranger { incident: u8 },
    /// A signed checkpoint, or at least one that is not read here.
    Checkpoint,
    /// Others' events.
    Foreign { count: u8 },
}

/// What a server may do between two messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Go,
    /// Tells how far it is: at the event that it has just told.
    Checkpoint,
    /// The same, but in the middle between that event and the next.
    CheckpointBetween,
    /// Ends the subscription.
    Cut,
    /// Tells the last event twice.
    Repeat,
    /// Falls back to catching up, and tells that it is live again.
    FallBack,
    /// Hands over what it has told.
    Pause,
    /// Loses the next event.
    Lose,
}

fn written() -> impl Strategy<Value = Written> {
    let incident = || 0..3_u8;
    let count = || 1..5_u32;
    prop_oneof![
        8 => (incident(), count()).prop_map(|(incident, count)| Written::Append { incident, count }),
        1 => (incident(), 2..5_u32).prop_map(|(incident, count)| Written::Half { incident, count }),
        1 => (incident(), 2..5_u32).prop_map(|(incident, count)| Written::Rest { incident, count }),
        1 => (incident(), count()).prop_map(|(incident, count)| Written::Ahead { incident, count }),
        1 => incident().prop_map(|incident| Written::Again { incident }),
        1 => incident().prop_map(|incident| Written::Stranger { incident }),
        1 => Just(Written::Checkpoint),
        2 => (1..4_u8).prop_map(|count| Written::Foreign { count }),
    ]
}

fn turn(loses: bool) -> impl Strategy<Value = Turn> {
    prop_oneof![
        10 => Just(Turn::Go),
        3 => Just(Turn::Checkpoint),
        3 => Just(Turn::CheckpointBetween),
        3 => Just(Turn::Cut),
        2 => Just(Turn::Repeat),
        1 => Just(Turn::FallBack),
        3 => Just(Turn::Pause),
        if loses { 3 } else { 0 } => Just(Turn::Lose),
    ]
}

/// A cluster's log, and what a mirror must have of it.
#[derive(Default)]
struct Log {
    events: Vec<LogEvent>,
    counts: Vec<LogEvent>,
    lengths: HashMap<String, u64>,
    revisions: HashMap<u8, u64>,
    requests: u128,
    latest: Option<(u8, u128)>,
    end: u64,
}

impl Log {
    fn of(written: &[Written]) -> Self {
        let mut log = Self::default();
        for written in written {
            log.write(written);
        }
        log
    }

    fn write(&mut self, written: &Written) {
        match *written {
            Written::Append { incident, count } => {
                let after = self.revision(incident);
                self.requests += 1;
                let events = self.put(incident, told(&name(incident), after, count, self.requests, 0));
                self.counts.extend(events);
                self.revisions.insert(incident, after + u64::from(count));
                self.latest = Some((incident, self.requests));
            }
            Written::Half { incident, count } => {
                let mut events = self.next(incident, self.revision(incident), count);
                events.pop();
                self.put(incident, events);
            }
            Written::Rest { incident, count } => {
                let events = self.next(incident, self.revision(incident), count);
                self.put(incident, events.into_iter().skip(1).collect());
            }
            Written::Ahead { incident, count } => {
                let events = self.next(incident, self.revision(incident) + 1, count);
                self.put(incident, events);
            }
            Written::Again { incident } => {
                if let Some((of, request)) = self.latest.filter(|(of, _)| *of != incident) {
                    assert_ne!(of, incident);
                    let events = told(&name(incident), self.revision(incident), 1, request, 0);
                    self.put(incident, events);
                }
            }
            Written::Stranger { incident } => {
                let mut events = self.next(incident, self.revision(incident), 1);
                events[0].metadata = b"{}".to_vec();
                self.put(incident, events);
            }
            Written::Checkpoint => {
                let data = br#"{"size":1,"note":"nobody's"}"#.to_vec();
                let (id, kind) = (Uuid::from_u128(u128::from(self.end)), "checkpoint-signed".to_owned());
                let (stream, number) = ("scribe-checkpoints".to_owned(), 0);
                let place = self.place();
                self.events.push(LogEvent {
                    stream,
                    number,
                    place,
                    id,
                    kind,
                    data,
                    metadata: Vec::new(),
                    created: None,
                });
            }
            Written::Foreign { count } => self.end += 10 * u64::from(count),
        }
    }

    fn next(&mut self, incident: u8, after: u64, count: u32) -> Vec<LogEvent> {
        self.requests += 1;
        told(&name(incident), after, count, self.requests, 0)
    }

    fn revision(&self, incident: u8) -> u64 {
        self.revisions.get(&incident).copied().unwrap_or_default()
    }

    fn place(&mut self) -> Place {
        self.end += 10;
        Place::at(self.end, self.end)
    }

    fn put(&mut self, incident: u8, events: Vec<LogEvent>) -> Vec<LogEvent> {
        let mut put = Vec::new();
        for event in events {
            let place = self.place();
            let length = self.lengths.entry(name(incident)).or_default();
            let event = LogEvent { number: *length, place, ..event };
            *length += 1;
            self.events.push(event.clone());
            put.push(event);
        }
        put
    }

    /// What a mirror must hold, byte for byte.
    fn expected(&self) -> Vec<(Box<str>, Body)> {
        let form = |seen: &LogEvent| {
            crate::store::kurrent::format::event::Form::read(&seen.metadata, &seen.data).unwrap()
        };
        self.counts.iter().map(form).map(|form| (form.header, form.body)).collect()
    }
}

#[async_trait]
impl Streams for Log {
    async fn read(&self, stream: &str, from: u64, limit: usize) -> Result<Option<Vec<LogEvent>>, Trouble> {
        let events = self.events.iter().filter(|event| event.stream == stream && event.number >= from);
        Ok(Some(events.take(limit).cloned().collect()))
    }
}

fn name(incident: u8) -> String {
    format!("20230104-i{incident}")
}

/// A node: its mirror, and what follows the log into it.
struct Node {
    mirror: MemoryStore,
    arrivals: Arc<Arrivals>,
    intake: Intake,
    read_anew: usize,
}

impl Node {
    fn new() -> Self {
        let arrivals = Arc::<Arrivals>::default();
        let intake = Intake::new(Names::new(""), Arc::clone(&arrivals));
        Self { mirror: MemoryStore::new(crate::clock::system()), arrivals, intake, read_anew: 0 }
    }

    /// A process ends, and the next begins with its mirror and its anchor.
    fn restart(&mut self) {
        let (anchor, passed_over) = (self.intake.anchor().cloned(), self.arrivals.passed_over());
        self.arrivals = Arc::default();
        self.arrivals.remember(passed_over, std::collections::BTreeMap::new());
        self.intake = Intake::new(Names::new(""), Arc::clone(&self.arrivals));
        self.intake.begin(anchor, Position(0));
    }

    fn read_anew(&mut self) {
        self.mirror = MemoryStore::new(crate::clock::system());
        self.arrivals.begin_anew();
        self.intake.begin(None, Position(0));
        self.read_anew += 1;
    }

    async fn take(&mut self, log: &Log, signals: &mut VecDeque<Result<Signal, Trouble>>) -> Result<(), Halt> {
        while self.intake.take(&self.mirror, log, signals).await?.is_some() {}
        Ok(())
    }

    /// One subscription, until it is cut or all was told. Tells whether it was cut.
    async fn follow(&mut self, log: &Log, turns: &mut impl Iterator<Item = Turn>) -> bool {
        self.intake.begin(self.intake.anchor().cloned(), Position(0));
        let after = self.intake.anchor().map(|anchor| anchor.place);
        let mut signals = VecDeque::from([Ok(Signal::Begun)]);
        let mut last: Option<LogEvent> = None;
        let rest = log.events.iter().filter(|event| Some(event.place) > after);
        let mut cut = false;
        let mut lose = false;
        for event in rest {
            if !std::mem::take(&mut lose) {
                signals.push_back(Ok(Signal::Event(event.clone())));
                last = Some(event.clone());
            }
            match turns.next().unwrap_or(Turn::Go) {
                Turn::Go => {}
                Turn::Checkpoint => signals.push_back(Ok(Signal::Reached(event.place))),
                Turn::CheckpointBetween => {
                    let commit = event.place.commit() + 5;
                    signals.push_back(Ok(Signal::Reached(Place::at(commit, 0))));
                }
                Turn::Cut => {
                    cut = true;
                    signals.push_back(Err(Trouble::Away("cut".into())));
                }
                Turn::Repeat => signals.extend(last.clone().map(|last| Ok(Signal::Event(last)))),
                Turn::FallBack => {
                    signals.push_back(Ok(Signal::Reached(event.place)));
                    signals.push_back(Ok(Signal::Live));
                }
                Turn::Pause => {
                    if let Err(halt) = self.take(log, &mut signals).await {
                        return self.halt(&halt);
                    }
                }
                Turn::Lose => lose = true,
            }
            if cut {
                break;
            }
        }
        match self.take(log, &mut signals).await {
            Ok(()) => cut,
            Err(halt) => self.halt(&halt),
        }
    }

    fn halt(&mut self, halt: &Halt) -> bool {
        if matches!(halt, Halt::Lacks { .. }) {
            self.read_anew();
        }
        true
    }

    async fn has(&self) -> Vec<(Box<str>, Body)> {
        let kept = self.mirror.read_kept(Position(0), usize::MAX).await.unwrap();
        kept.into_iter().map(|kept| (kept.header, kept.body)).collect()
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    /// Nothing is lost on the way: the mirror is the log's, and was never read anew.
    #[test]
    fn the_mirror_is_a_function_of_the_log(
        written in proptest::collection::vec(written(), 1..14),
        turns in proptest::collection::vec(turn(false), 0..60),
        restarts in proptest::collection::vec(any::<bool>(), 8),
    ) {
        let log = Log::of(&written);
        let (mut node, mut turns) = (Node::new(), turns.into_iter());
        let mut restarts = restarts.into_iter();
        runtime().block_on(async {
            while node.follow(&log, &mut turns).await {
                if restarts.next().unwrap_or(false) {
                    node.restart();
                }
            }
            prop_assert_eq!(node.has().await, log.expected());
            prop_assert_eq!(node.read_anew, 0);
            prop_assert_eq!(node.arrivals.warnings(), Vec::new());
            Ok(())
        })?;
    }

    /// Messages are lost without a word: where a number shows it, nothing is missing in the end; where nothing can
    /// (the last events of a stream), the next signed root does, and reading anew mends it.
    #[test]
    fn lost_messages_are_fetched_or_the_log_is_read_anew(
        written in proptest::collection::vec(written(), 1..14),
        turns in proptest::collection::vec(turn(true), 0..60),
    ) {
        let log = Log::of(&written);
        let (mut node, mut turns) = (Node::new(), turns.into_iter());
        runtime().block_on(async {
            while node.follow(&log, &mut turns).await {}
            if node.has().await != log.expected() {
                // A stream's end was lost: no number can show it, and a signed root does.
                node.read_anew();
                while node.follow(&log, &mut std::iter::empty()).await {}
            }
            prop_assert_eq!(node.has().await, log.expected());
            Ok(())
        })?;
    }

    /// With more in every stream to come, nothing stays lost, and no signed root is needed.
    #[test]
    fn a_number_shows_what_was_lost_before_it(
        written in proptest::collection::vec(written(), 1..14),
        turns in proptest::collection::vec(turn(true), 0..60),
    ) {
        let mut log = Log::of(&written);
        let (mut node, mut turns) = (Node::new(), turns.into_iter());
        runtime().block_on(async {
            while node.follow(&log, &mut turns).await {}
            for incident in 0..3 {
                log.write(&Written::Append { incident, count: 1 });
            }
            while node.follow(&log, &mut std::iter::empty()).await {}
            prop_assert_eq!(node.has().await, log.expected());
            Ok(())
        })?;
    }
}
