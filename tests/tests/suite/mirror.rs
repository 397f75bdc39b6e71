//! The copy of a record that lies elsewhere: fed append by append, by several at once, and cheaply.

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use scribe::clock;
use scribe::store::memory::MemoryStore;
use scribe::store::sqlite::SqliteStore;
use scribe::store::sqlite::verify::{Measure, verify};
use scribe_domain::event_store::{EventStore, Kept, StoreError};
use scribe_domain::ids::{Position, Revision};
use scribe_tests::contract::place::{Folder, Mirror};
use scribe_tests::contract::told::{all_kept, everything, incident, keep, keep_some};

/// A record of a few hundred appends.
async fn elsewhere() -> (MemoryStore, Vec<Vec<Kept>>) {
    let store = MemoryStore::new(clock::system());
    for turn in 0..120 {
        for number in 0..3 {
            keep(&store, number, turn * 2, &["x", "y"]).await;
        }
    }
    let kept = all_kept(&store).await;
    let appends = kept.chunk_by(|_, next| !next.starts_append).map(<[Kept]>::to_vec).collect();
    (store, appends)
}

/// Feeds a copy from where it stands to the end, as one of several; how often another was quicker.
async fn feed(mirror: &SqliteStore, appends: &[Vec<Kept>]) -> usize {
    let mut overtaken = 0;
    loop {
        let head = mirror.last().await.unwrap().map_or(Position(0), |last| last.position);
        let Some(from) = appends.iter().position(|append| append[0].position > head) else { break };
        for append in &appends[from..] {
            match mirror.adopt(append.clone()).await {
                Ok(()) => {}
                Err(StoreError::Unacceptable(why)) => {
                    assert!(why.contains("this record ends at position"), "{why}");
                    overtaken += 1;
                    break;
                }
                Err(other) => panic!("{other}"),
            }
            tokio::task::yield_now().await;
        }
    }
    overtaken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_that_feed_one_copy_make_one_record() {
    let (source, appends) = elsewhere().await;
    let (folder, appends) = (Mirror::default(), Arc::new(appends));
    let overtaken = Arc::new(AtomicUsize::new(0));
    let feeders: Vec<_> = (0..3)
        .map(|_| {
            let (mirror, appends) = (folder.open_sqlite(), Arc::clone(&appends));
            let overtaken = Arc::clone(&overtaken);
            tokio::spawn(async move {
                overtaken.fetch_add(feed(&mirror, &appends).await, Ordering::SeqCst);
            })
        })
        .collect();
    for feeder in feeders {
        feeder.await.unwrap();
    }
    assert!(overtaken.load(Ordering::SeqCst) > 0, "they never met, and nothing was tried");
    let mirror = folder.open_sqlite();
    assert_eq!(all_kept(&mirror).await, all_kept(&source).await);
    assert_eq!(everything(&mirror).await, everything(&source).await);
    assert_eq!(mirror.tree().await, source.tree().await);
    drop(mirror);
    assert!(verify(folder.path(), &Measure::default()).unwrap().holds);
}

#[tokio::test]
async fn what_no_longer_continues_the_copy_leaves_no_trace() {
    let (_, appends) = elsewhere().await;
    let folder = Mirror::default();
    let (one, other) = (folder.open_sqlite(), folder.open_sqlite());
    one.adopt(appends[0].clone()).await.unwrap();
    other.adopt(appends[1].clone()).await.unwrap();
    let before = all_kept(&one).await;
    // Its first part is known, and its second part would fit.
    let both = appends[1..3].concat();
    assert!(matches!(one.adopt(both).await, Err(StoreError::Unacceptable(_))));
    // Its first part fits, and its second part does not.
    let gap = [appends[2].clone(), appends[4].clone()].concat();
    assert!(matches!(one.adopt(gap).await, Err(StoreError::Unacceptable(_))));
    assert_eq!(all_kept(&one).await, before);
    // The connection that was refused goes on.
    one.adopt(appends[2].clone()).await.unwrap();
    assert_eq!(one.last().await.unwrap().unwrap().position, Position(6));
}

/// Also when another process appends in between, and when it erases words.
#[tokio::test]
async fn the_last_event_and_revisions_are_told() {
    let folder = Folder::default();
    let store = folder.open_sqlite();
    assert_eq!(store.last().await, Ok(None));
    assert_eq!(store.revision(&incident(0)).await, Ok(Revision::NEW));
    keep_some(&store).await;
    let kept = all_kept(&store).await;
    assert_eq!(store.last().await.unwrap().as_ref(), kept.last());
    for number in 0..4 {
        let told = kept.iter().filter(|kept| kept.header.contains(incident(number).as_str())).count();
        assert_eq!(store.revision(&incident(number)).await, Ok(Revision(told as u64)));
    }
    keep(&folder.open_sqlite(), 3, 0, &["x", "y", "z"]).await;
    assert_eq!(store.last().await.unwrap(), all_kept(&store).await.pop());
    assert_eq!(store.revision(&incident(3)).await, Ok(Revision(3)));
}
