//! What a record in a cluster costs beside the client crate alone: `cargo bench -p scribe-tests --bench cluster`.
//! Figures that are published are measured as the program is handed out: with `--profile dist` behind it.
//!
//! The cluster is the protocol server of these tests, in memory and on loopback: figures say what this side adds,
//! and nothing of what a real cluster and a network take. Server and contenders are processes of their own, so that
//! none lends another its socket options, and take turns within each round; the table has the medians.
//!
//! `SCRIBE_BENCH_ROUNDS` (5), `SCRIBE_BENCH_MILLIS` of each cell (1000), `SCRIBE_BENCH_EVENTS` to catch up with
//! (100000), `SCRIBE_BENCH_RECONNECTS` (3000).

// A measurement that cannot go on should say where; figures need not be exact to the last bit.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use eventstore::{
    AppendToStreamOptions, BatchAppendClient, BatchAppendOptions, Client, EventData, ExpectedRevision,
    StreamPosition, SubscribeToAllOptions, SubscriptionFilter,
};
use futures::future::join_all;
use scribe::clock;
use scribe::store::kurrent::KurrentStore;
use scribe_domain::event_store::{AppendError, EventStore, StoreError};
use scribe_domain::ids::Position;
use scribe_protocol_server::{Cluster, Settings};
use scribe_tests::contract::told::{new_command, notes};
use scribe_tests::made_up;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Set for a process of this bench's: what it is, and where the cluster is.
const ROLE: &str = "SCRIBE_BENCH_ROLE";
const CLUSTER: &str = "SCRIBE_BENCH_CLUSTER";
const CONTENDERS: [(&str, &str); 3] = [
    ("scribe", "scribe (`KurrentStore`)"),
    ("plain", "the crate, `append_to_stream`"),
    ("batch", "the crate, `batch_append`"),
];
const WRITERS: [usize; 3] = [1, 8, 64];
/// Appends whose way to another node is timed in a round.
const FOLLOWED: usize = 200;
/// About as much as a note takes in the record.
const WORDS: &str = "Imports of lists larger than ten thousand profiles time out; the mail queue grows.";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match std::env::var(ROLE).as_deref() {
        Ok("server") => serve(),
        Ok(role) => obey(&runtime, role, &std::env::var(CLUSTER).unwrap()),
        // `cargo test --benches` runs benches too; that they compile is enough then.
        Err(_) if !std::env::args().any(|argument| argument == "--bench") => {}
        Err(_) => compare(),
    }
}

fn compare() {
    let rounds = setting("SCRIBE_BENCH_ROUNDS", 5);
    say(&format!("{}; {} cores; {rounds} rounds\n", Utc::now().format("%Y-%m-%d"), cores()));
    appends(rounds);
    catching_up(rounds);
    reconnects(setting("SCRIBE_BENCH_RECONNECTS", 3_000));
}

/// Appends of one event each, to incidents of the writers' own; and how soon another node has one.
fn appends(rounds: usize) {
    let server = Process::start("server", "");
    let mut contenders = CONTENDERS.map(|(role, _)| Process::start(role, &server.said));
    let millis = setting("SCRIBE_BENCH_MILLIS", 1_000);
    for contender in &mut contenders {
        contender.ask("append 8 300");
    }
    let mut found = vec![Vec::new(); CONTENDERS.len() * WRITERS.len()];
    let mut followed = vec![Vec::new(); CONTENDERS.len()];
    for _ in 0..rounds {
        for (row, writers) in WRITERS.iter().enumerate() {
            for (column, contender) in contenders.iter_mut().enumerate() {
                let figures = contender.ask(&format!("append {writers} {millis}"));
                found[row * CONTENDERS.len() + column].push(figures);
            }
        }
        for (followed, contender) in followed.iter_mut().zip(&mut contenders) {
            followed.push(contender.ask(&format!("follow {FOLLOWED}")));
        }
    }
    say("| writers | through | appends/s | p50 ms | p99 ms |\n|---|---|---:|---:|---:|");
    for (place, found) in found.iter().enumerate() {
        let (writers, (_, name)) = (WRITERS[place / CONTENDERS.len()], CONTENDERS[place % CONTENDERS.len()]);
        let [rate, p50, p99] = [0, 1, 2].map(|figure| median(found, figure));
        say(&format!("| {writers} | {name} | {rate:.0} | {p50:.2} | {p99:.2} |"));
    }
    say(
        "\n| from the append's begin to another node | p50 ms | p99 ms | acknowledged, p50 ms |\n|---|---:|---:|---:|",
    );
    for (followed, (_, name)) in followed.iter().zip(CONTENDERS) {
        let [p50, p99, acknowledged] = [0, 1, 2].map(|figure| median(followed, figure));
        say(&format!("| {name} | {p50:.2} | {p99:.2} | {acknowledged:.2} |"));
    }
}

/// An empty mirror, beside a subscription that only counts.
fn catching_up(rounds: usize) {
    let events = setting("SCRIBE_BENCH_EVENTS", 100_000);
    let server = Process::start("server", "");
    let mut contenders = ["scribe", "plain"].map(|role| Process::start(role, &server.said));
    let filled = contenders[0].ask(&format!("fill {events}"));
    let mut found = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (found, contender) in found.iter_mut().zip(&mut contenders) {
            found.push(contender.ask(&format!("catch-up {events}")));
        }
    }
    say(&format!(
        "\n{events} events, ten an append (told in {:.1} s)\n\n| catching up | events/s | peak MiB |\n|---|---:|---:|",
        filled[0]
    ));
    for (found, name) in found.iter().zip(["scribe, an empty mirror", "the crate's subscription alone"]) {
        let (rate, peak) = (events as f64 / median(found, 0), median(found, 1));
        say(&format!("| {name} | {rate:.0} | {peak:.0} |"));
    }
}

/// A store whose connections are cut again and again, and that appends each time.
fn reconnects(times: usize) {
    let mut server = Process::start("server", "");
    let mut store = Process::start("scribe", &server.said);
    say("\n| reconnects | memory MiB | threads | open files | s for each |\n|---:|---:|---:|---:|---:|");
    let mut begun = Instant::now();
    for time in 0..=times {
        if time > 0 {
            server.ask("reset");
        }
        store.ask("touch");
        if time == times || time.is_multiple_of((times / 6).max(1)) {
            let figures = store.ask("memory");
            let each = begun.elapsed().as_secs_f64() / (times / 6).max(1) as f64;
            say(&format!(
                "| {time} | {:.1} | {:.0} | {:.0} | {each:.3} |",
                figures[0], figures[1], figures[2]
            ));
            begun = Instant::now();
        }
    }
}

/// A process of this bench's, and what it said first.
struct Process {
    child: Child,
    answers: BufReader<ChildStdout>,
    said: String,
}

impl Process {
    fn start(role: &str, cluster: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(ROLE, role).env(CLUSTER, cluster).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut process = Self { child, answers, said: String::new() };
        process.said = process.line();
        process
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.answers.read_line(&mut line).unwrap() > 0, "it ended early");
        line.trim().to_owned()
    }

    /// Has it do something; the figures that it answers with.
    fn ask(&mut self, order: &str) -> Vec<f64> {
        writeln!(self.child.stdin.as_mut().unwrap(), "{order}").unwrap();
        self.line().split_whitespace().map(|figure| figure.parse().unwrap()).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve() {
    let cluster = Cluster::with(1, Settings { largest_append: 64 << 20, ..Settings::default() }).unwrap();
    say(&cluster.connection_string());
    for line in std::io::stdin().lock().lines() {
        if line.unwrap() == "reset" {
            cluster.reset_connections(0);
        }
        say("0");
    }
}

fn obey(runtime: &Runtime, role: &str, cluster: &str) {
    let scribe = role == "scribe";
    let folder = TempDir::new().unwrap();
    let contender = Arc::new(runtime.block_on(Contender::new(role, cluster, folder.path())));
    say("0");
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |place: usize| words[place].parse::<usize>().unwrap();
        let figures = runtime.block_on(async {
            match words[0] {
                "append" => append(&contender, number(1), number(2)).await,
                "follow" => follow(&contender, cluster, number(1)).await,
                "fill" => {
                    let begun = Instant::now();
                    made_up::tell(contender.store(), number(1)).await;
                    vec![begun.elapsed().as_secs_f64()]
                }
                "catch-up" if scribe => catch_up(cluster, number(1)).await,
                "catch-up" => count(cluster, number(1)).await,
                "touch" => {
                    touch(contender.store()).await;
                    vec![0.0]
                }
                _ => vec![
                    status("VmRSS:") / 1_024.0,
                    status("Threads:"),
                    std::fs::read_dir("/proc/self/fd").unwrap().count() as f64,
                ],
            }
        });
        say(&figures.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    }
}

/// One way to append.
#[expect(clippy::large_enum_variant, reason = "there is one in a process")]
enum Contender {
    Scribe(KurrentStore),
    Plain(Client),
    /// The client is kept for as long as its call.
    Batch(#[expect(dead_code, reason = "it is only to live")] Client, BatchAppendClient),
}

impl Contender {
    async fn new(role: &str, cluster: &str, mirror: &Path) -> Self {
        let client = || Client::new(cluster.parse().unwrap()).unwrap();
        match role {
            "scribe" => Self::Scribe(open(cluster, mirror)),
            "plain" => Self::Plain(client()),
            _ => {
                let client = client();
                let batch = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
                Self::Batch(client, batch)
            }
        }
    }

    fn store(&self) -> &KurrentStore {
        let Self::Scribe(store) = self else { panic!("only scribe has a store") };
        store
    }

    /// Appends one event to a stream that has so many.
    async fn append(&self, number: usize, length: u64, id: Uuid) {
        let stream = || format!("{PREFIX}{number}");
        let expected = || length.checked_sub(1).map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact);
        let event = || {
            let metadata = json!({ "type": "noted", "version": 1, "incident": stream(), "revision": length,
                "recorded_at": "2023-01-04T18:05:07.000250Z", "command_id": id, "index": 0,
                "actor": { "who": "Zac Bentley", "via": "contract" }, "occurred": "2023-01-04T18:05Z",
                "append": [0, 1], "salt": "00112233445566778899aabbccddeeff" });
            let data = EventData::json("noted", &json!({ "text": WORDS })).unwrap();
            data.id(id).metadata(metadata.to_string().into())
        };
        match self {
            Self::Scribe(store) => {
                let mut append = notes(number, length, &[WORDS]);
                append.command_id.0 = id;
                store.append(append).await.unwrap();
            }
            Self::Plain(client) => {
                let options = AppendToStreamOptions::default().expected_revision(expected());
                client.append_to_stream(stream(), &options, event()).await.unwrap();
            }
            Self::Batch(_, batch) => {
                batch.append_to_stream(stream(), expected(), vec![event()]).await.unwrap();
            }
        }
    }
}

/// The streams of what the crate appends alone: scribe knows none of them.
const PREFIX: &str = "bench-";

fn open(cluster: &str, mirror: &Path) -> KurrentStore {
    KurrentStore::open(&cluster.parse().unwrap(), mirror, clock::system()).unwrap()
}

/// A stream that no round before has used.
fn fresh() -> usize {
    usize::try_from(Uuid::new_v4().as_u128() >> 80).unwrap()
}

async fn append(contender: &Arc<Contender>, writers: usize, millis: usize) -> Vec<f64> {
    let begun = Instant::now();
    let until = begun + Duration::from_millis(millis as u64);
    let writers = (0..writers).map(|_| {
        let contender = Arc::clone(contender);
        tokio::spawn(async move {
            let (stream, mut took) = (fresh(), Vec::new());
            while Instant::now() < until {
                let begun = Instant::now();
                contender.append(stream, took.len() as u64, new_command().0).await;
                took.push(begun.elapsed());
            }
            took
        })
    });
    let mut took: Vec<Duration> =
        join_all(writers).await.into_iter().flat_map(|took| took.unwrap()).collect();
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort_unstable();
    vec![rate, at(&took, 0.5), at(&took, 0.99)]
}

/// How soon another node, or another subscription, has what this one appends.
async fn follow(contender: &Contender, cluster: &str, times: usize) -> Vec<f64> {
    let (mut took, mut acknowledged) = (Vec::new(), Vec::new());
    let folder = TempDir::new().unwrap();
    let stream = fresh();
    let other = match contender {
        Contender::Scribe(_) => Some(Arc::new(open(cluster, folder.path()))),
        _ => None,
    };
    let mut seen = if other.is_none() { Some(subscribe(cluster, StreamPosition::End)) } else { None };
    if let Some(other) = &other {
        other.head().await.unwrap();
    }
    if let Some(seen) = &mut seen {
        // It tells only what comes after it has begun, which it does not say.
        let (begins, mut length) = (fresh(), 0);
        while tokio::time::timeout(Duration::from_millis(200), seen.recv()).await.is_err() {
            contender.append(begins, length, new_command().0).await;
            length += 1;
        }
    }
    // The first is on its way for as long as a connection takes.
    for time in 0..=times {
        let id = new_command().0;
        let waiting = match &other {
            Some(other) => {
                let (other, head) = (Arc::clone(other), other.head().await.unwrap());
                Some(tokio::spawn(async move {
                    other.wait_past(head).await.unwrap();
                    Instant::now()
                }))
            }
            None => None,
        };
        tokio::task::yield_now().await;
        let begun = Instant::now();
        contender.append(stream, time as u64, id).await;
        let told = begun.elapsed();
        let there = match (waiting, &mut seen) {
            (Some(waiting), _) => waiting.await.unwrap(),
            (None, Some(seen)) => loop {
                let (seen, at) = seen.recv().await.unwrap();
                if seen == id {
                    break at;
                }
            },
            (None, None) => unreachable!("one of them follows"),
        };
        if time > 0 {
            took.push(there - begun);
            acknowledged.push(told);
        }
    }
    took.sort_unstable();
    acknowledged.sort_unstable();
    vec![at(&took, 0.5), at(&took, 0.99), at(&acknowledged, 0.5)]
}

/// The crate's own subscription: which events it tells, and when.
fn subscribe(cluster: &str, from: StreamPosition<eventstore::Position>) -> mpsc::Receiver<(Uuid, Instant)> {
    let (sender, seen) = mpsc::channel(1_024);
    let client = Client::new(cluster.parse().unwrap()).unwrap();
    tokio::spawn(async move {
        let filter = SubscriptionFilter::on_stream_name().max(500).add_prefix("incident-").add_prefix(PREFIX);
        let options = SubscribeToAllOptions::default().position(from).filter(filter);
        let mut subscription = client.subscribe_to_all(&options).await;
        while let Ok(event) = subscription.next().await {
            if sender.send((event.get_original_event().id, Instant::now())).await.is_err() {
                return;
            }
        }
    });
    seen
}

async fn catch_up(cluster: &str, events: usize) -> Vec<f64> {
    let folder = TempDir::new().unwrap();
    let begun = Instant::now();
    let store = open(cluster, folder.path());
    store.wait_past(Position(events as u64 - 1)).await.unwrap();
    vec![begun.elapsed().as_secs_f64(), status("VmHWM:") / 1_024.0]
}

async fn count(cluster: &str, events: usize) -> Vec<f64> {
    let begun = Instant::now();
    let mut seen = subscribe(cluster, StreamPosition::Start);
    for _ in 0..events {
        seen.recv().await.unwrap();
    }
    vec![begun.elapsed().as_secs_f64(), status("VmHWM:") / 1_024.0]
}

/// Appends, however often it takes until the cluster is in reach again.
async fn touch(store: &KurrentStore) {
    let append = notes(fresh(), 0, &["still here"]);
    loop {
        match store.append(append.clone()).await {
            Ok(_) => return,
            Err(AppendError::Store(StoreError::Unavailable(_))) => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// A figure of this process's.
fn status(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Milliseconds below which this part of them lies.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
fn at(sorted: &[Duration], part: f64) -> f64 {
    let place = ((sorted.len() - 1) as f64 * part).round() as usize;
    sorted[place].as_secs_f64() * 1e3
}

fn median(rounds: &[Vec<f64>], figure: usize) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(|round| round[figure]).collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |told| told.parse().unwrap())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn say(text: &str) {
    writeln!(std::io::stdout().lock(), "{text}").unwrap();
}
