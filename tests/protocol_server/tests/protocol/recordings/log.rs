//! The recordings that were made one after the other over one log, since where a checkpoint falls depends on what lies
//! before: subscriptions that catch up, are live, fall behind; and the answers of a batch call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use scribe_protocol_server::{Cluster, Like, Proposed, Settings};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::asking::{Event, Expected, events, subscription, told};
use super::channel::{Plain, cancelled, error, kind};
use super::recording;
use crate::proto::event_store::client::streams::ReadResp;
use crate::proto::event_store::client::streams::append_resp;
use crate::proto::event_store::client::streams::read_resp::Content;

#[tokio::test(flavor = "multi_thread")]
async fn one_log_as_23_10_8_tells_it() {
    one_log(Like::EventStore23).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_log_as_26_1_0_tells_it() {
    one_log(Like::Kurrent26).await;
}

async fn one_log(like: Like) {
    if recording(like, "live-checkpoints").is_none() {
        return;
    }
    let cluster = Cluster::with(1, Settings::like(like)).unwrap();
    // The recorded servers had written two records of their own, which count towards checkpoints.
    cluster.write("$server", vec![Proposed::json("$started", "{}"), Proposed::json("$started", "{}")]);
    let plain = Plain::to(cluster.port(0)).await;
    live("live-subscription-append-of-1200", "live.", like, &plain).await;
    live("live-checkpoints", "lc.", like, &plain).await;
    live("slow-consumer-append-of-9000", "slow.", like, &plain).await;
    catch_up(like, &plain).await;
    // A busy machine may be late with the second of two requests, so that the first would be indexed.
    cluster.slow_index(Duration::from_millis(150));
    batch_answers(like, &plain).await;
}

/// A subscription from the start, and what is asked while it is live.
async fn live(name: &str, prefix: &str, like: Like, plain: &Plain) {
    let recording = recording(like, name).unwrap();
    let listener = Listener::new(plain, prefix);
    listener.quiet().await;
    for (_, asked) in recording.asked() {
        listener.tape.push(json!({ "asked": asked }));
        let stream = format!("{prefix}a");
        match asked.as_str() {
            "append 1200" => append(plain, &stream, 1_200).await,
            "append 9000 while not reading" => {
                listener.reads.send_replace(false);
                append(plain, &stream, 9_000).await;
                listener.tape.push(json!({ "append": "success" }));
                // Whatever its server can push into what lies between has been pushed by then.
                tokio::time::sleep(Duration::from_millis(700)).await;
                continue;
            }
            "read on" => {
                listener.reads.send_replace(true);
            }
            "60 appends of 30" => {
                for at in 1..=60 {
                    append(plain, &stream, 30).await;
                    // Each is heard before the next is made, so that the 32 of a live buffer are not too few.
                    listener.told(at * 30).await;
                }
            }
            "700 appends of one event elsewhere" => elsewhere(plain, 700).await,
            "append 1" if name.starts_with("slow") => append(plain, &format!("{prefix}b"), 1).await,
            "append 1" => append(plain, &stream, 1).await,
            other => panic!("nobody knows how to ask: {other}"),
        }
        listener.quiet().await;
    }
    recording.holds(&listener.end());
}

async fn catch_up(like: Like, plain: &Plain) {
    for at in 0..5 {
        append(plain, &format!("catch.{at}"), 300).await;
        elsewhere(plain, 400).await;
    }
    let listener = Listener::new(plain, "catch.");
    listener.told(1_500).await;
    listener.quiet().await;
    recording(like, "catch-up-subscription").unwrap().holds(&listener.end());
}

async fn batch_answers(like: Like, plain: &Plain) {
    let recording = recording(like, "batch-append-answers").unwrap();
    let mut batch = plain.batch();
    let (first, second, third) = (events(3), events(2), events(1));
    let mut lines = Vec::new();
    for (_, asked) in recording.asked() {
        lines.push(json!({ "asked": asked }));
        let send = |expected: Expected, events: &[Event]| batch.send("batch", expected, events);
        let answers = match asked.as_str() {
            "3 events, no_stream"
            | "the same 3 events again, no_stream"
            | "the first 3 events once more, no_stream" => {
                send(Expected::NoStream, &first);
                1
            }
            "the first 3 events once more, any" => {
                send(Expected::Any, &first);
                1
            }
            "2 events, stream_position 2" => {
                send(Expected::At(2), &second);
                1
            }
            "the 2 events twice more, back to back (known)" => {
                send(Expected::At(2), &second);
                send(Expected::At(2), &second);
                2
            }
            "1 new event, sent twice back to back" => {
                send(Expected::At(4), &third);
                send(Expected::At(4), &third);
                2
            }
            "1 event at a wrong stream_position 1; no more asked after it for 3 s" => {
                send(Expected::At(1), &events(1));
                1
            }
            "1 event at the right position, same call" => {
                send(Expected::At(5), &events(1));
                1
            }
            "half-close" => {
                batch.half_close();
                assert!(!batch.ends_within(Duration::from_secs(1)).await, "the server ended the call");
                lines.push(json!({ "error": cancelled() }));
                lines.push(json!({ "end": true }));
                break;
            }
            other => panic!("nobody knows how to ask: {other}"),
        };
        for _ in 0..answers {
            let began = std::time::Instant::now();
            let answer = batch.next().await.unwrap();
            if answer["error"]["message"] == "Timeout" {
                assert!((1_800..3_300).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
            }
            lines.push(json!({ "answer": answer }));
        }
    }
    recording.holds(&lines);
}

async fn append(plain: &Plain, stream: &str, count: usize) {
    let result = plain.append(stream, Expected::Any, &events(count)).await.unwrap();
    assert!(matches!(result, append_resp::Result::Success(_)), "{}", told(&result));
}

/// Appends of one event each that match nothing.
async fn elsewhere(plain: &Plain, count: usize) {
    let mut batch = plain.batch();
    for _ in 0..count {
        batch.send("elsewhere", Expected::Any, &events(1));
    }
    for _ in 0..count {
        assert_eq!(batch.next().await.unwrap()["result"], "success");
    }
}

/// What was told and asked, in order.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<Value>>>);

impl Tape {
    fn push(&self, told: Value) {
        self.0.lock().unwrap().push(told);
    }

    /// Takes down an event as one more of a run, or as the first.
    fn event(&self, stream: &str, at: u64, position: [u64; 2]) {
        let mut told = self.0.lock().unwrap();
        let run = told.last_mut().and_then(|line| line.get_mut("events"));
        if let Some(run) = run.filter(|run| run["stream"] == stream && run["to"] == json!(at.wrapping_sub(1)))
        {
            run["to"] = json!(at);
            run["count"] = json!(run["count"].as_u64().unwrap() + 1);
            run["last"] = json!(position);
            return;
        }
        let run = json!({ "stream": stream, "from": at, "to": at, "count": 1, "first": position, "last": position });
        told.push(json!({ "events": run }));
    }

    fn events(&self) -> u64 {
        self.0.lock().unwrap().iter().filter_map(|line| line["events"]["count"].as_u64()).sum()
    }
}

/// A subscription that is taken down.
struct Listener {
    tape: Tape,
    reads: watch::Sender<bool>,
    listening: JoinHandle<()>,
}

impl Listener {
    fn new(plain: &Plain, prefix: &str) -> Self {
        let (plain, options, tape) = (plain.clone(), subscription(prefix), Tape::default());
        let reads = watch::Sender::new(true);
        let (takes, mut may_read) = (tape.clone(), reads.subscribe());
        let listening = tokio::spawn(async move {
            let mut answers = plain.begin_read(options).await.unwrap();
            loop {
                may_read.wait_for(|reads| *reads).await.unwrap();
                let answer = tokio::select! {
                    answer = answers.message() => answer,
                    _ = may_read.wait_for(|reads| !*reads) => continue,
                };
                match answer {
                    Ok(Some(answer)) => take_down(&takes, &answer),
                    Ok(None) => break,
                    Err(status) => {
                        takes.push(json!({ "error": error(&status) }));
                        break;
                    }
                }
            }
            takes.push(json!({ "end": true }));
        });
        Self { tape, reads, listening }
    }

    /// Waits until nothing more is told.
    async fn quiet(&self) {
        let (mut before, mut times) = (Value::Null, 0);
        while times < 8 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = json!(*self.tape.0.lock().unwrap());
            times = if now == before { times + 1 } else { 0 };
            before = now;
        }
    }

    /// Waits until so many events were told.
    async fn told(&self, events: u64) {
        for _ in 0..4_000 {
            if self.tape.events() >= events {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("not told: {:?}", self.tape.0);
    }

    /// Ends it, unless it was ended, and tells what it was told.
    fn end(self) -> Vec<Value> {
        if !self.listening.is_finished() {
            self.listening.abort();
            self.tape.push(json!({ "error": cancelled() }));
            self.tape.push(json!({ "end": true }));
        }
        self.tape.0.lock().unwrap().clone()
    }
}

fn take_down(tape: &Tape, answer: &ReadResp) {
    match answer.content.as_ref().unwrap() {
        Content::Event(event) => {
            let event = event.event.as_ref().unwrap();
            let stream =
                String::from_utf8(event.stream_identifier.as_ref().unwrap().stream_name.clone()).unwrap();
            tape.event(&stream, event.stream_revision, [event.commit_position, event.prepare_position]);
        }
        Content::Checkpoint(at) => {
            tape.push(json!({ "checkpoint": [at.commit_position, at.prepare_position] }));
        }
        Content::Confirmation(_) => tape.push(json!({ "confirmation": true })),
        Content::CaughtUp(_) => tape.push(json!({ "caught_up": {} })),
        _ => tape.push(json!({ (kind(answer)): true })),
    }
}
