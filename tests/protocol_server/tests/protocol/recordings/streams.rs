//! Sizes, half-closed calls, and a stream that is deleted and tombstoned.

use std::time::Duration;

use scribe_protocol_server::{Cluster, Like, Proposed, Settings};
use serde_json::json;

use super::asking::{Expected, events, events_of, stream, told};
use super::channel::{Plain, all_of, cancelled, error, kind};
use super::recording;
use crate::proto::event_store::client as wire;
use crate::proto::event_store::client::streams::read_resp::Content;
use crate::proto::event_store::client::streams::{
    DeleteReq, ReadResp, TombstoneReq, delete_req, tombstone_req,
};

#[tokio::test(flavor = "multi_thread")]
async fn sizes() {
    for like in Like::ALL {
        let Some(recording) = recording(like, "sizes") else { continue };
        let mut settings = Settings::like(like);
        if like == Like::Kurrent26 {
            // The recorded server was set to this, as its answers show: by default it takes 256 MiB.
            assert!(settings.largest_append > 100_000_000);
            settings.largest_append = 15_000_000;
        }
        let cluster = Cluster::with(1, settings).unwrap();
        let mut lines = Vec::new();
        for (_, asked) in recording.asked() {
            let count = asked.strip_suffix(" events of 9000 bytes").expect("nobody knows how to ask this");
            lines.push(json!({ "asked": asked }));
            let mut batch = Plain::to(cluster.port(0)).await.batch();
            batch.send("sizes", Expected::Any, &events_of(count.parse().unwrap(), 9_000));
            match batch.next().await {
                Ok(mut answer) => {
                    answer.as_object_mut().unwrap().retain(|key, _| key == "result" || key == "error");
                    lines.push(json!({ "answer": answer }));
                    assert!(
                        !batch.ends_within(Duration::from_millis(300)).await,
                        "the server ended the call"
                    );
                    lines.push(json!({ "error": cancelled() }));
                }
                Err(status) => lines.push(json!({ "error": error(&status) })),
            }
            lines.push(json!({ "end": true }));
        }
        recording.holds(&lines);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_closed_batch_append_calls() {
    for like in Like::ALL {
        let Some(recording) = recording(like, "half-closed-batch-append-calls") else { continue };
        let cluster = Cluster::with(1, Settings::like(like)).unwrap();
        let plain = Plain::to(cluster.port(0)).await;
        cluster.write("one", vec![Proposed::json("noted", "{}")]);
        let (mut calls, mut ended) = (Vec::new(), 0);
        let mut failure = json!(null);
        for at in 0..130 {
            let mut batch = plain.batch();
            batch.send("one", Expected::At(7), &events(1));
            assert_eq!(batch.next().await.unwrap()["error"]["message"], "WrongExpectedVersion");
            batch.half_close();
            calls.push(batch);
            let read = plain.begin_read(stream("one", false, 1));
            let read = async { all_of(read.await).await.1 };
            match tokio::time::timeout(Duration::from_secs(3), read).await {
                Ok(None) => {}
                Ok(Some(status)) => panic!("{status}"),
                Err(_) => {
                    failure = json!(["Read: DEADLINE_EXCEEDED after 3 s", at]);
                    break;
                }
            }
        }
        assert_eq!(cluster.figures(0).half_closed_batches(), calls.len() as u64);
        assert_eq!(cluster.figures(0).open_calls(), 100);
        for call in &mut calls {
            ended += u64::from(call.ends_within(Duration::from_millis(1)).await);
        }
        recording.holds(&[json!({
            "half_closed_calls_that_the_server_ended": ended,
            "first_failure": failure,
        })]);
        // Each place is given back by who cancels.
        drop(calls);
        let (_, refusal) = all_of(plain.begin_read(stream("one", false, 1)).await).await;
        assert!(refusal.is_none(), "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_and_tombstoned() {
    for like in Like::ALL {
        let Some(recording) = recording(like, "deleted-and-tombstoned") else { continue };
        let cluster = Cluster::with(1, Settings::like(like)).unwrap();
        let plain = Plain::to(cluster.port(0)).await;
        let mut streams = plain.streams();
        plain.append("gone", Expected::NoStream, &events(3)).await.unwrap();
        let identifier = Some(wire::StreamIdentifier { stream_name: b"gone".to_vec() });
        let mut lines = Vec::new();
        read(&plain, "gone", false, &mut lines).await;
        for (_, asked) in recording.asked() {
            lines.push(json!({ "asked": asked }));
            match asked.as_str() {
                "soft delete" => {
                    use delete_req::options::ExpectedStreamRevision::Any;
                    let options = delete_req::Options {
                        stream_identifier: identifier.clone(),
                        expected_stream_revision: Some(Any(wire::Empty {})),
                    };
                    streams.delete(DeleteReq { options: Some(options) }).await.unwrap();
                    lines.last_mut().unwrap()["e"] = json!(null);
                }
                "tombstone" => {
                    use tombstone_req::options::ExpectedStreamRevision::Any;
                    let options = tombstone_req::Options {
                        stream_identifier: identifier.clone(),
                        expected_stream_revision: Some(Any(wire::Empty {})),
                    };
                    streams.tombstone(TombstoneReq { options: Some(options) }).await.unwrap();
                    lines.last_mut().unwrap()["e"] = json!(null);
                }
                "read" => read(&plain, "gone", false, &mut lines).await,
                "read last" => read(&plain, "gone", true, &mut lines).await,
                "read of a stream that never was" => read(&plain, "never", false, &mut lines).await,
                "BatchAppend to it" => {
                    let mut batch = plain.batch();
                    batch.send("gone", Expected::Any, &events(1));
                    lines.push(json!({ "answer": batch.next().await.unwrap() }));
                    assert!(
                        !batch.ends_within(Duration::from_millis(200)).await,
                        "the server ended the call"
                    );
                    lines.push(json!({ "error": cancelled() }));
                }
                other => {
                    let expected = match other {
                        "append at 2" => Expected::At(2),
                        "append at 4" => Expected::At(4),
                        "append no_stream" => Expected::NoStream,
                        "append any" => Expected::Any,
                        other => panic!("nobody knows how to ask: {other}"),
                    };
                    lines.push(match plain.append("gone", expected, &events(1)).await {
                        Ok(result) => json!({ "append": told(&result) }),
                        Err(status) => json!({ "error": error(&status) }),
                    });
                }
            }
        }
        recording.holds(&lines);
    }
}

/// A read, told with its numbers; what was refused is told twice, as the recording client did.
async fn read(plain: &Plain, name: &str, backwards: bool, lines: &mut Vec<serde_json::Value>) {
    let options = stream(name, backwards, if backwards { 1 } else { 10 });
    let (got, refusal) = all_of(plain.begin_read(options).await).await;
    let number = |answer: &ReadResp| match answer.content.as_ref().unwrap() {
        Content::Event(event) => format!("event {}", event.event.as_ref().unwrap().stream_revision),
        Content::LastStreamPosition(at) => format!("last_stream_position {at}"),
        _ => kind(answer).to_owned(),
    };
    let got = json!({ "read": got.iter().map(number).collect::<Vec<_>>() });
    lines.push(got.clone());
    if let Some(refusal) = refusal {
        lines.push(json!({ "error": error(&refusal) }));
        lines.push(got);
    }
}
