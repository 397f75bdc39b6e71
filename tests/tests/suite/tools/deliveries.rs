//! Deliveries to outlets: each at least once and in order, also after a crash between sending and noting it; and
//! nothing that was recorded before the outlet was set up.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use scribe::clock;
use scribe::outbound::deliveries::{ATTEMPTS, Deliveries};
use scribe::outbound::outlet::{Delivery, NotSent, Outlet};
use scribe::outbound::progress::{Progress, ProgressFile};
use scribe::store::memory::MemoryStore;
use scribe::tasks::status::TaskBoard;
use scribe::tasks::{Failure, Next, Task, driver};
use scribe_domain::event_store::EventStore;
use scribe_domain::ids::{EventId, Position};
use scribe_domain::recorded::Recorded;
use scribe_tests::made_up;
use tempfile::TempDir;
use tokio::sync::Notify;

/// Somewhere that notes what arrives, and answers as it is told; then that all is well.
#[derive(Default)]
struct Receiver {
    arrived: Mutex<Vec<EventId>>,
    answers: Mutex<VecDeque<Answer>>,
    /// Notified when something was taken whose sender will not learn it.
    lost: Notify,
}

enum Answer {
    Refused(NotSent),
    /// It takes the delivery, and the sender is gone before it learns that.
    Lost,
}

#[async_trait]
impl Outlet for Receiver {
    fn name(&self) -> &'static str {
        "receiver"
    }

    fn purpose(&self) -> &'static str {
        "Tells a test of every second event."
    }

    fn wants(&self, recorded: &Recorded) -> Option<Delivery> {
        let body = format!("{} {}", recorded.incident, recorded.revision);
        let (event, incident) = (recorded.event_id(), recorded.incident.clone());
        recorded.revision.0.is_multiple_of(2).then_some(Delivery { event, incident, body })
    }

    async fn send(&self, delivery: &Delivery) -> Result<(), NotSent> {
        let answer = self.answers.lock().unwrap().pop_front();
        match answer {
            Some(Answer::Refused(why)) => return Err(why),
            Some(Answer::Lost) => {
                self.arrived.lock().unwrap().push(delivery.event);
                self.lost.notify_one();
                std::future::pending::<()>().await;
            }
            None => self.arrived.lock().unwrap().push(delivery.event),
        }
        Ok(())
    }
}

struct Scene {
    data: TempDir,
    store: Arc<dyn EventStore>,
    receiver: Arc<Receiver>,
}

impl Scene {
    /// An outlet that was set up on a record which had some events by then.
    async fn set_up() -> Self {
        let store: Arc<dyn EventStore> = Arc::new(MemoryStore::new(clock::system()));
        made_up::tell(&*store, 1).await;
        let scene = Self { data: TempDir::new().unwrap(), store, receiver: Arc::default() };
        assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
        assert!(scene.arrived().is_empty(), "nothing from before it was set up");
        scene
    }

    fn deliveries(&self) -> Deliveries {
        let (outlet, store) = (Arc::clone(&self.receiver) as _, Arc::clone(&self.store));
        Deliveries::new(outlet, store, self.data.path(), clock::system())
    }

    /// Delivers as another process each time: what it knows, it knows from the disk.
    async fn deliver(&self) -> Result<Next, Failure> {
        self.deliveries().run().await
    }

    /// The same, once the turn is free: while another test of this program starts a child, that has this program's
    /// files for a moment, locked ones too.
    async fn deliver_in_turn(&self) -> Result<Next, Failure> {
        for _ in 0..200 {
            match self.deliver().await {
                Ok(Next::After(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
                outcome => return outcome,
            }
        }
        self.deliver().await
    }

    /// Has some more recorded; what is wanted of that.
    async fn record_more(&self) -> Vec<EventId> {
        let before = self.store.head().await.unwrap();
        made_up::tell(&*self.store, 1).await;
        let new = self.store.read(before, 1_000).await.unwrap();
        let wanted: Vec<EventId> =
            new.iter().filter_map(|recorded| self.receiver.wants(recorded)).map(|d| d.event).collect();
        assert!(wanted.len() > 3, "{wanted:?}");
        wanted
    }

    fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.receiver.answers.lock().unwrap().extend(answers);
    }

    fn arrived(&self) -> Vec<EventId> {
        self.receiver.arrived.lock().unwrap().clone()
    }

    fn progress(&self) -> Progress {
        progress_file(self.data.path()).read().unwrap().unwrap()
    }
}

fn progress_file(data: &Path) -> ProgressFile {
    ProgressFile::of(data, "receiver")
}

fn later(after: Option<Duration>) -> Answer {
    Answer::Refused(NotSent::Later { why: "nobody answers".to_owned(), after })
}

#[tokio::test]
async fn what_a_crash_leaves_unnoted_is_sent_again_and_nothing_is_lost_or_out_of_order() {
    let scene = Scene::set_up().await;
    let wanted = scene.record_more().await;
    let crashes = 3;
    for _ in 0..crashes {
        scene.answer([Answer::Lost]);
        tokio::select! {
            () = scene.receiver.lost.notified() => {}
            outcome = scene.deliver_in_turn() => panic!("it waits for the answer: {outcome:?}"),
        }
    }
    assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
    let mut expected = vec![wanted[0]; crashes];
    expected.extend(&wanted);
    assert_eq!(scene.arrived(), expected);
    assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
    assert_eq!(scene.arrived(), expected, "what was noted is not sent again");
}

#[tokio::test]
async fn one_that_cannot_be_sent_is_tried_again_later_and_later_and_then_given_up() {
    let scene = Scene::set_up().await;
    let wanted = scene.record_more().await;
    scene.answer((1..ATTEMPTS).map(|_| later(None)));
    let mut waits = Vec::new();
    for _ in 1..ATTEMPTS {
        let failure = scene.deliver_in_turn().await.unwrap_err();
        assert!(failure.why.contains("nobody answers"), "{failure:?}");
        assert!(scene.arrived().is_empty(), "those behind it wait for it");
        waits.push(failure.again.unwrap());
    }
    assert!(waits.is_sorted() && waits[0] == Duration::from_secs(1), "{waits:?}");
    assert_eq!(waits.last(), Some(&Duration::from_mins(10)));
    scene.answer([later(None)]);
    assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
    assert_eq!(scene.arrived(), wanted[1..]);
    let set_aside = scene.progress().set_aside;
    assert_eq!(set_aside.iter().map(|aside| aside.event).collect::<Vec<_>>(), [wanted[0]]);
    assert!(set_aside[0].why.contains("nobody answers"), "{set_aside:?}");
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it_and_one_that_says_never_is_not_asked_twice() {
    let scene = Scene::set_up().await;
    let wanted = scene.record_more().await;
    scene.answer([
        later(Some(Duration::from_secs(90))),
        Answer::Refused(NotSent::Never("410 Gone".to_owned())),
    ]);
    assert_eq!(scene.deliver_in_turn().await.unwrap_err().again, Some(Duration::from_secs(90)));
    assert_eq!(scene.progress().attempts, 1);
    assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
    assert_eq!(scene.arrived(), wanted[1..]);
    assert_eq!(scene.progress().set_aside[0].why, "410 Gone");
}

#[tokio::test]
async fn its_place_is_found_again_by_the_event_and_of_another_record_nothing_is_sent() {
    let scene = Scene::set_up().await;
    scene.record_more().await;
    assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
    let before = scene.arrived();
    // As after a mirror was read anew: the same events, at other positions.
    let progress = scene.progress();
    let elsewhere = Progress { position: Position(progress.position.0 - 3), ..progress.clone() };
    progress_file(scene.data.path()).write(&elsewhere).unwrap();
    assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
    assert_eq!(scene.arrived(), before);

    let other: Arc<dyn EventStore> = Arc::new(MemoryStore::new(clock::system()));
    made_up::tell(&*other, 200).await;
    let foreign = Progress { event: Some(EventId(uuid::Uuid::nil())), ..progress };
    progress_file(scene.data.path()).write(&foreign).unwrap();
    let scene = Scene { store: other, ..scene };
    assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
    assert_eq!(scene.arrived(), before);
    assert_eq!(scene.progress().position, scene.store.head().await.unwrap());
}

#[tokio::test]
async fn only_one_of_two_servers_delivers_and_a_damaged_file_is_told() {
    let scene = Scene::set_up().await;
    let wanted = scene.record_more().await;
    let turn = progress_file(scene.data.path()).turn().unwrap().unwrap();
    assert!(matches!(scene.deliver().await, Ok(Next::After(_))));
    assert!(scene.arrived().is_empty());
    drop(turn);
    assert_eq!(scene.deliver_in_turn().await, Ok(Next::WhenWoken));
    assert_eq!(scene.arrived(), wanted);
    fs::write(progress_file(scene.data.path()).path(), "{").unwrap();
    let failure = scene.deliver_in_turn().await.unwrap_err();
    assert!(failure.why.contains("receiver.json"), "{failure:?}");
}

#[tokio::test]
async fn as_a_task_it_wakes_when_something_is_recorded_and_gives_way() {
    let scene = Scene::set_up().await;
    let board = Arc::default();
    let tasks = driver::start(vec![Arc::new(scene.deliveries()) as Arc<dyn Task>], &board, &clock::system());
    let mut wanted = scene.record_more().await;
    until_arrived(&scene, &wanted, &board).await;
    wanted.extend(scene.record_more().await);
    until_arrived(&scene, &wanted, &board).await;
    scene.answer([Answer::Lost]);
    let next = scene.record_more().await[0];
    wanted.push(next);
    until_arrived(&scene, &wanted, &board).await;
    tokio::time::timeout(Duration::from_secs(5), tasks.finish()).await.expect("it gives way while it waits");
}

async fn until_arrived(scene: &Scene, wanted: &[EventId], board: &TaskBoard) {
    let arrived = async {
        while scene.arrived() != wanted {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), arrived).await;
    in_time.unwrap_or_else(|_| panic!("{:?}", board.list()));
}
