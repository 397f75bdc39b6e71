//! Appends: what is expected, what is refused, what was there before.

use std::time::Duration;

use eventstore::{BatchAppendOptions, CurrentRevision, Error, ExpectedRevision, ReadAllOptions};
use scribe_protocol_server::{Cluster, Positions, Settings};

use super::recordings::asking::{self, Expected};
use super::recordings::channel::Plain;
use super::{append, client, collect, events};

#[tokio::test(flavor = "multi_thread")]
async fn every_expectation_against_every_stream() {
    use ExpectedRevision::{Any, Exact, NoStream, StreamExists};
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    append(&client, "two", NoStream, events(2)).await.unwrap();
    let none = CurrentRevision::NoStream;
    let one = CurrentRevision::Current(1);
    for (stream, expected, current) in [
        ("missing", Exact(0), none),
        ("missing", Exact(7), none),
        ("missing", StreamExists, none),
        ("two", NoStream, one),
        ("two", Exact(0), one),
        ("two", Exact(2), one),
    ] {
        match append(&client, stream, expected, events(1)).await {
            Err(Error::WrongExpectedVersion { expected: told, current: is }) => {
                assert_eq!((told, is), (expected, current), "{stream} {expected:?}");
            }
            other => panic!("{stream} {expected:?}: {other:?}"),
        }
        let batch = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
        match batch.append_to_stream(stream, expected, events(1)).await {
            Err(Error::Grpc { code, message }) => {
                assert_eq!((code as i32, message.as_str()), (6, "WrongExpectedVersion"));
            }
            other => panic!("{stream} {expected:?}: {other:?}"),
        }
    }
    for (expected, revision) in [(Exact(1), 2), (Any, 3), (StreamExists, 4)] {
        assert_eq!(
            append(&client, "two", expected, events(1)).await.unwrap().next_expected_version,
            revision
        );
    }
    assert_eq!(append(&client, "new", Any, events(3)).await.unwrap().next_expected_version, 2);
    assert_eq!(cluster.records().len(), 8, "nothing that was refused left a trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_is_known_by_its_ids() {
    use ExpectedRevision::{Any, Exact, NoStream};
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    let (first, second) = (events(2), events(2));
    let written = append(&client, "one", NoStream, first.clone()).await.unwrap();
    let later = append(&client, "one", Exact(1), second.clone()).await.unwrap();
    assert!(written.position < later.position);
    // With the revision at which it was written, and without any.
    for expected in [NoStream, Any] {
        let again = append(&client, "one", expected, first.clone()).await.unwrap();
        assert_eq!((again.position, again.next_expected_version), (written.position, 1), "{expected:?}");
    }
    // A part of it is it, at the revision where that part stands.
    assert_eq!(
        append(&client, "one", Exact(0), vec![first[1].clone()]).await.unwrap().next_expected_version,
        1
    );
    // Elsewhere it is another.
    assert!(append(&client, "one", Exact(0), first.clone()).await.is_err());
    assert_eq!(append(&client, "two", NoStream, first.clone()).await.unwrap().next_expected_version, 1);
    // Partly known and partly not it is refused, whatever is expected.
    let mut mixed = second.clone();
    mixed.push(events(1).remove(0));
    for expected in [Exact(1), Any] {
        assert!(
            matches!(
                append(&client, "one", expected, mixed.clone()).await,
                Err(Error::WrongExpectedVersion { .. })
            ),
            "{expected:?}"
        );
    }
    // A server that has forgotten the ids still compares with what stands at an exact revision, and only then.
    cluster.forget_ids();
    assert_eq!(append(&client, "one", Exact(1), second.clone()).await.unwrap().position, later.position);
    assert_eq!(append(&client, "one", Any, second).await.unwrap().next_expected_version, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_over_one_batch_call() {
    let cluster = Cluster::start(1).unwrap();
    let client = client(&cluster);
    let batch = std::sync::Arc::new(client.batch_append(&BatchAppendOptions::default()).await.unwrap());
    let mut writers = tokio::task::JoinSet::new();
    for at in 0..50 {
        let batch = std::sync::Arc::clone(&batch);
        writers.spawn(async move {
            let stream = format!("stream-{at}");
            for revision in 0..4 {
                let expected = if revision == 0 {
                    ExpectedRevision::NoStream
                } else {
                    ExpectedRevision::Exact(revision - 1)
                };
                let answer = batch.append_to_stream(&stream, expected, events(1)).await.unwrap();
                assert_eq!(
                    (answer.stream_name(), answer.current_revision()),
                    (stream.as_str(), Some(revision))
                );
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    assert_eq!(cluster.records().len(), 200);
    assert_eq!(cluster.figures(0).calls(scribe_protocol_server::Call::BatchAppend), 200);
    assert_eq!(cluster.figures(0).open_batches(), 1);
}

/// A client that says that no more will come keeps its place on the connection all the same, until it cancels.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_closed_call_stays_open() {
    let cluster = Cluster::start(1).unwrap();
    let plain = Plain::to(cluster.port(0)).await;
    let mut batch = plain.batch();
    batch.send("one", Expected::NoStream, &asking::events(2));
    assert_eq!(batch.next().await.unwrap()["result"], "success");
    let figures = cluster.figures(0);
    assert_eq!((figures.open_calls(), figures.half_closed_batches()), (1, 0));
    batch.half_close();
    assert!(!batch.ends_within(Duration::from_millis(200)).await);
    assert_eq!((figures.open_calls(), figures.half_closed_batches()), (1, 1));
    drop(batch);
    while figures.open_calls() > 0 || figures.half_closed_batches() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_rise_in_both_forms() {
    for positions in [Positions::Own, Positions::SharedCommit] {
        let cluster = Cluster::with(1, Settings { positions, ..Settings::default() }).unwrap();
        let client = client(&cluster);
        let mut answers = Vec::new();
        for at in 0..3 {
            let stream = format!("stream-{at}");
            answers.push(
                append(&client, &stream, ExpectedRevision::NoStream, events(3)).await.unwrap().position,
            );
        }
        let seen = collect(client.read_all(&ReadAllOptions::default().max_count(100)).await.unwrap()).await;
        let told: Vec<_> = seen.iter().map(|event| (event.position.commit, event.position.prepare)).collect();
        assert!(told.is_sorted() && told.windows(2).all(|pair| pair[0] != pair[1]), "{told:?}");
        let commits: std::collections::HashSet<_> = told.iter().map(|(commit, _)| commit).collect();
        assert_eq!(commits.len(), if positions == Positions::Own { 9 } else { 3 });
        let last: Vec<_> = told.chunks(3).map(|append| append[2]).collect();
        // A writer is told the commit position twice, which is no event's place where a commit is shared.
        let commits: Vec<_> = last.iter().map(|(commit, _)| (*commit, *commit)).collect();
        assert_eq!(answers.iter().map(|at| (at.commit, at.prepare)).collect::<Vec<_>>(), commits);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_can_be_too_large() {
    let cluster = Cluster::with(1, Settings { largest_append: 1_000, ..Settings::default() }).unwrap();
    let client = client(&cluster);
    let large = |size: usize| vec![eventstore::EventData::binary("noted", vec![0; size].into())];
    append(&client, "one", ExpectedRevision::Any, large(900)).await.unwrap();
    let refused = append(&client, "one", ExpectedRevision::Any, large(1_100)).await;
    assert!(matches!(&refused, Err(Error::Grpc { message, .. }) if message.contains("1000")), "{refused:?}");
    let batch = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    let refused = batch.append_to_stream("one", ExpectedRevision::Any, large(1_100)).await;
    assert!(
        matches!(&refused, Err(Error::Grpc { message, .. }) if message == "MaximumAppendSizeExceeded"),
        "{refused:?}"
    );
}
