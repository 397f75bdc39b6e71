//! Laws of the stores: whatever is sent, every store answers like the model; whoever else writes, nothing
//! is lost.

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use proptest::prelude::*;
use scribe::store::sqlite::SqliteStore;
use scribe_domain::command::{Command, Declare, Request, Target};
use scribe_domain::event::words::Noted;
use scribe_domain::event_store::{AppendError, EventStore, Receipt};
use scribe_domain::execute::{ExecuteError, Known, execute};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::Cause;
use scribe_domain::text::{Text, Title};
use scribe_domain::values::{Severity, Tier};
use scribe_tests::contract::Place;
use scribe_tests::contract::place::{Folder, Memory, SetClock};
use scribe_tests::contract::told::{all_kept, everything, incident, note, notes, without_chance, words};
use uuid::Uuid;

/// One request out of a random sequence.
#[derive(Debug, Clone)]
struct Step {
    incident: usize,
    /// How far the expected revision is off the right one.
    off: u64,
    /// A new request's number of events, or which of the requests before comes again.
    sends: Sends,
    /// What the clock says.
    clock: i64,
}

#[derive(Debug, Clone)]
enum Sends {
    New(usize),
    Again(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let sends = prop_oneof![
        4 => (1_usize..5).prop_map(Sends::New),
        1 => any::<prop::sample::Index>().prop_map(Sends::Again),
    ];
    let off = prop_oneof![4 => Just(0_u64), 1 => 1_u64..3];
    let step = (0_usize..4, off, sends, 1_000_i64..2_000).prop_map(|(incident, off, sends, clock)| Step {
        incident,
        off,
        sends,
        clock,
    });
    prop::collection::vec(step, 1..40)
}

/// What a store answers to a sequence, restarted in the middle of it if it lasts.
async fn answers(place: &dyn Place, lasts: bool, steps: &[Step]) -> (Answers, Arc<dyn EventStore>) {
    let clock = SetClock::at(0);
    let mut store = place.open_at(clock.clock());
    let mut answers: Answers = Vec::new();
    let mut revisions = [0_u64; 4];
    for (number, step) in steps.iter().enumerate() {
        if lasts && number == steps.len() / 2 {
            drop(store);
            store = place.open_at(clock.clock());
        }
        clock.set(step.clock);
        let text = number.to_string();
        let (command, count) = match &step.sends {
            Sends::New(count) => (number, *count),
            Sends::Again(which) => (which.index(number + 1), 1),
        };
        let mut append = notes(step.incident, revisions[step.incident] + step.off, &vec![&*text; count]);
        append.command_id = CommandId(Uuid::from_u128(command as u128));
        let answer = store.append(append).await;
        if let Ok(receipt) = &answer {
            let of = (0..4).find(|of| incident(*of) == receipt.incident).unwrap();
            revisions[of] = revisions[of].max(receipt.revision.0);
        }
        answers.push(answer);
    }
    (answers, store)
}

type Answers = Vec<Result<Receipt, AppendError>>;

/// Leaves are made with salts, and each store has its own.
fn without_leaves(mut answers: Answers) -> Answers {
    answers.iter_mut().flatten().for_each(|receipt| receipt.leaves.clear());
    answers
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn sqlite_answers_and_keeps_what_the_model_does(steps in steps()) {
        run(async {
            let folder = Folder::default();
            let (modelled, model) = answers(&Memory, false, &steps).await;
            let (answered, store) = answers(&folder, true, &steps).await;
            prop_assert_eq!(without_leaves(answered), without_leaves(modelled));
            let (kept, by_model) = (all_kept(&*store).await, all_kept(&*model).await);
            prop_assert_eq!(without_chance(&kept), without_chance(&by_model));
            prop_assert_eq!(everything(&*store).await, everything(&*model).await);
            for number in 0..4 {
                let history = store.history(&incident(number), Revision(1)).await;
                prop_assert_eq!(history, model.history(&incident(number), Revision(1)).await);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_record_carried_over_and_back_is_the_same(steps in steps(), cut in any::<prop::sample::Index>()) {
        run(async {
            let (_, model) = answers(&Memory, false, &steps).await;
            let kept = all_kept(&*model).await;
            let folder = Folder::default();
            let store = folder.open();
            let starts: Vec<usize> = (0..kept.len()).filter(|index| kept[*index].starts_append).collect();
            let cut = if starts.is_empty() { 0 } else { starts[cut.index(starts.len())] };
            store.adopt(kept[..cut].to_vec()).await.unwrap();
            store.adopt(kept[cut..].to_vec()).await.unwrap();
            prop_assert_eq!(&all_kept(&*store).await, &kept);
            prop_assert_eq!(store.tree().await, model.tree().await);
            let back = Memory.open();
            back.adopt(all_kept(&*store).await).await.unwrap();
            prop_assert_eq!(back.tree().await, model.tree().await);
            prop_assert_eq!(everything(&*back).await, everything(&*model).await);
            Ok(())
        })?;
    }
}

fn request(target: Target, command: impl Into<Command>) -> Request {
    let note = note("x");
    let cause = Cause {
        command_id: CommandId(Uuid::now_v7()),
        actor: note.actor,
        occurred: note.occurred,
        told: None,
        source: None,
        origin: None,
        namesakes: Namesakes::default(),
    };
    Request::new(target, command.into(), cause)
}

async fn declare(store: &dyn EventStore) -> IncidentId {
    let declare = Declare {
        title: Title::new("List import problems").unwrap(),
        tier: Tier::Engineering,
        severity: Severity::Sev3,
        summary: None,
        detected_by: None,
        private_to: Vec::new(),
        drill: false,
    };
    let date = chrono::NaiveDate::from_ymd_opt(2023, 1, 4).unwrap();
    execute(store, request(Target::New { date }, declare), None, &mut Known::default(), async |_| {})
        .await
        .unwrap()
        .incident
}

/// Many note something about one incident at once, through as many stores as there would be processes.
async fn interleaved_writers_lose_nothing(stores: &[Arc<dyn EventStore>]) {
    const WRITERS: usize = 8;
    const NOTES: usize = 12;
    let incident = declare(&*stores[0]).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (store, incident) = (Arc::clone(&stores[writer % stores.len()]), incident.clone());
            tokio::spawn(async move {
                for number in 0..NOTES {
                    let text = Text::new(format!("{writer}:{number}")).unwrap();
                    let request = request(Target::Incident(incident.clone()), Noted { text });
                    // A caller who is told of contention sends the same request again.
                    while let Err(error) =
                        execute(&*store, request.clone(), None, &mut Known::default(), async |_| {}).await
                    {
                        assert!(matches!(error, ExecuteError::Contended { .. }), "{error}");
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let history = stores[0].history(&incident, Revision(1)).await.unwrap();
    assert_eq!(history.len(), WRITERS * NOTES);
    for writer in 0..WRITERS {
        let own = history.iter().map(words).filter(|text| text.starts_with(&format!("{writer}:")));
        let expected: Vec<String> = (0..NOTES).map(|number| format!("{writer}:{number}")).collect();
        assert_eq!(own.collect::<Vec<_>>(), expected, "each writer's notes, once each and in order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interleaved_writers_lose_nothing_in_memory() {
    interleaved_writers_lose_nothing(&[Memory.open()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interleaved_writers_lose_nothing_in_sqlite() {
    interleaved_writers_lose_nothing(&[Folder::default().open()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interleaved_writers_in_two_processes_lose_nothing() {
    let folder = Folder::default();
    interleaved_writers_lose_nothing(&[folder.open(), folder.open()]).await;
}

/// Declared at the same time under one title, by two processes: each gets a name of its own.
#[tokio::test(flavor = "multi_thread")]
async fn namesakes_declared_at_once_get_different_names() {
    let folder = Folder::default();
    let stores: [Arc<SqliteStore>; 2] = [Arc::new(folder.open_sqlite()), Arc::new(folder.open_sqlite())];
    let declared: Vec<_> = (0..10)
        .map(|number| {
            let store = Arc::clone(&stores[number % 2]);
            tokio::spawn(async move { declare(&*store).await })
        })
        .collect();
    let mut names = Vec::new();
    for declaration in declared {
        names.push(declaration.await.unwrap().to_string());
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 10);
    assert_eq!(stores[0].head().await.unwrap(), Position(10));
}
