//! What a server does beside its requests, as it tells it itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use scribe::app::{TaskList, TaskReport, TaskState};
use scribe::http::{Listening, bind, serve};
use scribe_domain::event_store::EventStore as _;
use scribe_tests::api::Api;
use scribe_tests::beneath::{beneath, open};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Server {
    api: Api,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

impl Server {
    async fn start(data: &Path) -> Self {
        let app = open(data);
        let listener = bind(Listening::at("127.0.0.1:0".parse().unwrap())).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = serve(app.clone(), listener, async {
            let _ = stopped.await;
        });
        let done = tokio::spawn(async { served.await.unwrap() });
        Self { api: Api::over(app), stop, done }
    }

    /// Waits until a task stands so.
    async fn until(&self, task: &str, is_so: impl Fn(&TaskReport) -> bool) -> TaskReport {
        let told = async {
            loop {
                let list: TaskList = serde_json::from_value(self.api.get("/v1/tasks").await.json()).unwrap();
                match list.tasks.into_iter().find(|report| report.task == task) {
                    Some(report) if is_so(&report) => break report,
                    _ => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.expect("it comes to that")
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.done.await.unwrap();
    }
}

#[tokio::test]
async fn a_server_tells_how_its_tasks_stand_and_finishes_them() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.until("views", |report| report.state == TaskState::Done).await;
    server
        .until("snapshots", |report| report.state == TaskState::Idle && report.last_success.is_some())
        .await;
    let signing = server.until("signing", |report| report.state == TaskState::Idle).await;
    assert!(signing.next_run.is_some() && signing.error.is_none(), "{signing:?}");
    let ready = server.api.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(ready.text().starts_with("ready\n"), "{}", ready.text());
    for line in ["task views: done\n", "task snapshots: idle\n", "task signing: idle, next run at "] {
        assert!(ready.text().contains(line), "{line}: {}", ready.text());
    }
    server.api.declare("List import problems").await;
    server.stop().await;
    // The next run would have been a minute later: what was recorded last is signed when the server stops.
    let checkpoints = beneath(data.path()).checkpoints().await.unwrap();
    assert_eq!(checkpoints.iter().map(|kept| kept.size).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_task_that_fails_says_why_and_the_server_stays_ready() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.api.declare("List import problems").await;
    server.stop().await;
    fs::set_permissions(data.path().join("ledger.key"), Permissions::from_mode(0o644)).unwrap();
    let server = Server::start(data.path()).await;
    let signing = server.until("signing", |report| report.state == TaskState::Failing).await;
    assert!(signing.error.unwrap().starts_with("the record could not be signed: "));
    assert!(signing.failing_since.is_some() && signing.next_run.is_some() && signing.last_success.is_none());
    server.until("views", |report| report.state == TaskState::Done).await;
    let ready = server.api.get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
    assert!(ready.text().contains("task signing: failing, without success since "), "{}", ready.text());
    server.stop().await;
}

#[tokio::test]
async fn a_program_that_does_not_serve_has_no_tasks() {
    let api = Api::default();
    assert_eq!(api.get("/v1/tasks").await.json(), serde_json::json!({ "tasks": [] }));
}
