use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::Notify;

use super::*;
use crate::clock;

/// A task that does what it is told, and counts.
#[derive(Default)]
struct Obedient {
    outcomes: Mutex<Vec<Result<Next, Failure>>>,
    runs: AtomicUsize,
    ran: Notify,
    waking: Notify,
    finished: AtomicBool,
}

#[async_trait]
impl Task for Obedient {
    fn name(&self) -> &'static str {
        "obedient"
    }

    fn purpose(&self) -> &'static str {
        "Does what a test says."
    }

    async fn run(&self) -> Result<Next, Failure> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        self.ran.notify_one();
        let outcome = self.outcomes.lock().unwrap().pop();
        match outcome {
            Some(Err(failure)) if failure.why == "panic" => panic!("as told"),
            Some(outcome) => outcome,
            None => std::future::pending().await,
        }
    }

    async fn wake(&self) -> Result<(), Failure> {
        self.waking.notified().await;
        Ok(())
    }

    async fn finish(&self) -> Result<(), Failure> {
        self.finished.store(true, Ordering::SeqCst);
        Ok(())
    }
}

/// Starts a task with these outcomes, the first first; the run after them never ends.
fn started(outcomes: Vec<Result<Next, Failure>>) -> (Arc<Obedient>, Arc<TaskBoard>, Tasks) {
    let outcomes = Mutex::new(outcomes.into_iter().rev().collect());
    let task = Arc::new(Obedient { outcomes, ..Obedient::default() });
    let board = Arc::new(TaskBoard::default());
    let tasks = start(vec![Arc::clone(&task) as Arc<dyn Task>], &board, &clock::system());
    (task, board, tasks)
}

/// Waits until the board says so.
async fn until(board: &TaskBoard, is_so: impl Fn(&super::super::status::TaskReport) -> bool) {
    let told = async {
        while !board.list().tasks.iter().any(&is_so) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), told).await.expect("it comes to that");
}

#[tokio::test]
async fn a_failure_is_told_until_a_run_succeeds_and_a_panic_is_one() {
    let soon = Duration::from_millis(1);
    let (task, board, tasks) = started(vec![
        Err(Failure::again("the disk is full", soon)),
        Err(Failure::again("panic", soon)),
        Ok(Next::WhenWoken),
    ]);
    // The one that panics waits for a minute by itself.
    until(&board, |report| {
        report.error.as_deref().is_some_and(|error| error.contains("fault of this program"))
    })
    .await;
    let report = board.list().tasks.remove(0);
    assert_eq!(report.state, TaskState::Failing);
    assert!(report.failing_since.is_some() && report.next_run.is_some(), "{report:?}");
    assert!(report.to_string().starts_with("obedient: failing, without success since "), "{report}");
    task.waking.notify_one();
    until(&board, |report| report.state == TaskState::Idle).await;
    let report = board.list().tasks.remove(0);
    assert_eq!((report.failing_since, &report.error, report.next_run), (None, &None, None));
    assert!(report.last_success.is_some());
    assert_eq!(task.runs.load(Ordering::SeqCst), 3);
    tasks.finish().await;
    assert!(task.finished.load(Ordering::SeqCst));
}

#[tokio::test]
async fn what_is_done_is_not_run_again_and_what_fails_for_good_says_so() {
    let (done, board, tasks) = started(vec![Ok(Next::Never)]);
    until(&board, |report| report.state == TaskState::Done).await;
    done.waking.notify_one();
    tasks.finish().await;
    assert_eq!(done.runs.load(Ordering::SeqCst), 1);
    let (_, board, tasks) = started(vec![Err(Failure::for_good("no key"))]);
    until(&board, |report| report.state == TaskState::Failing).await;
    assert!(board.list().tasks[0].to_string().ends_with(": no key, not tried again"));
    tasks.finish().await;
}

#[tokio::test]
async fn a_task_gives_way_in_the_midst_of_its_work() {
    let (task, _, tasks) = started(Vec::new());
    task.ran.notified().await;
    tokio::time::timeout(Duration::from_secs(5), tasks.finish()).await.expect("a run is not waited for");
    assert!(task.finished.load(Ordering::SeqCst));
}
