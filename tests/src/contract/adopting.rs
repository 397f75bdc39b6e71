//! One record carried into another store.

use scribe::clock;
use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::{Body, EventStore, Kept, StoreError};
use scribe_domain::ids::{Position, Revision};

use super::place::{Place, moment};
use super::told::{all_kept, everything, incident, keep, keep_some, notes};

/// A record made elsewhere, long ago.
async fn carried() -> (MemoryStore, Vec<Kept>) {
    let elsewhere = MemoryStore::new(std::sync::Arc::new(|| moment(1_600_000_000)));
    keep_some(&elsewhere).await;
    let kept = all_kept(&elsewhere).await;
    (elsewhere, kept)
}

async fn refuses(store: &dyn EventStore, events: Vec<Kept>, because: &str) {
    let before = all_kept(store).await;
    match store.adopt(events).await {
        Err(StoreError::Unacceptable(why)) => assert!(why.contains(because), "{why:?} says not: {because}"),
        other => panic!("should be unacceptable because {because}: {other:?}"),
    }
    assert_eq!(all_kept(store).await, before);
}

/// To the byte, with its times and its receipts; and it goes on from there.
pub async fn a_carried_record_is_the_same_record(place: &dyn Place) {
    let (elsewhere, kept) = carried().await;
    let command_id = everything(&elsewhere).await[0].cause.command_id;
    let store = place.open();
    store.adopt(kept.clone()).await.unwrap();

    assert_eq!(all_kept(&*store).await, kept);
    assert_eq!(everything(&*store).await, everything(&elsewhere).await);
    assert_eq!(store.head().await.unwrap(), elsewhere.head().await.unwrap());
    assert_eq!(store.receipt(command_id).await, elsewhere.receipt(command_id).await);
    for number in 0..3 {
        let history = store.history(&incident(number), Revision::NEW).await;
        assert_eq!(history, elsewhere.history(&incident(number), Revision::NEW).await);
    }
    let mut repeat = notes(5, 0, &["x"]);
    repeat.command_id = command_id;
    assert_eq!(Some(store.append(repeat).await.unwrap()), elsewhere.receipt(command_id).await.unwrap());
    assert_eq!(keep(&*store, 0, 7, &["on"]).await.position, Position(20));
}

/// At any border between appends; and nothing at all may be adopted too.
pub async fn a_record_may_be_carried_in_pieces(place: &dyn Place) {
    let (_, kept) = carried().await;
    let store = place.open();
    store.adopt(Vec::new()).await.unwrap();
    for append in kept.chunk_by(|_, next| !next.starts_append) {
        store.adopt(append.to_vec()).await.unwrap();
    }
    assert_eq!(all_kept(&*store).await, kept);
}

/// A gap, a repeat, an earlier time: none of it is adopted, not even the part that would fit.
pub async fn what_does_not_continue_the_record_is_refused(place: &dyn Place) {
    let (_, kept) = carried().await;
    let store = place.open();
    refuses(&*store, kept[1..].to_vec(), "ends at position 0").await;
    let mut gap = kept.clone();
    gap.drain(1..4);
    refuses(&*store, gap, "ends at position 1").await;

    store.adopt(kept[..8].to_vec()).await.unwrap();
    refuses(&*store, kept.clone(), "ends at position 8").await;
    let mut again = kept[..1].to_vec();
    again[0].position = Position(9);
    refuses(&*store, again.clone(), "at revision").await;
    again[0].header = again[0].header.replace(r#""revision":1,"#, r#""revision":6,"#).into();
    refuses(&*store, again, "is in the record already").await;

    let now = MemoryStore::new(clock::system());
    let ahead = keep(&now, 4, 0, &["x"]).await;
    assert_eq!(ahead.position, Position(1));
    let mut newer = all_kept(&now).await;
    newer[0].position = Position(9);
    store.adopt(newer).await.unwrap();
    let mut older = kept[8..10].to_vec();
    (older[0].position, older[1].position) = (Position(10), Position(11));
    refuses(&*store, older, "earlier").await;
}

/// An append without its beginning or its middle, or put together from two.
pub async fn what_is_not_whole_is_refused(place: &dyn Place) {
    let (_, kept) = carried().await;
    let store = place.open();
    store.adopt(kept[..1].to_vec()).await.unwrap();
    refuses(&*store, kept[2..].to_vec(), "began before").await;
    let mut holed = kept[1..].to_vec();
    holed.remove(1);
    refuses(&*store, holed, "position before it is missing").await;
    let mut joined = kept[1..].to_vec();
    joined[3].starts_append = false;
    refuses(&*store, joined, "does not follow").await;
    let mut split = kept[1..].to_vec();
    split[1].starts_append = true;
    refuses(&*store, split, "index is not 0").await;
    let mut changed = kept[1..4].to_vec();
    changed[2].header = changed[2].header.replace("2020-09-13T12:26:40", "2020-09-13T12:26:41").into();
    refuses(&*store, changed, "not that of its append").await;
}

fn tell(kept: &mut Kept, other: &str) {
    match &mut kept.body {
        Body::Told { payload, .. } => *payload = other.into(),
        Body::Erased { remains, .. } => *remains = other.into(),
    }
}

/// Neither broken JSON nor a header that says nothing.
pub async fn what_does_not_read_is_refused(place: &dyn Place) {
    let (_, kept) = carried().await;
    let store = place.open();
    let with = |change: &dyn Fn(&mut Kept)| {
        let mut kept = kept[..1].to_vec();
        change(&mut kept[0]);
        kept
    };
    refuses(&*store, with(&|kept| kept.header = "{}".into()), "missing field").await;
    refuses(&*store, with(&|kept| kept.header = "{".into()), "EOF").await;
    refuses(&*store, with(&|kept| tell(kept, r#"{"txt":"x"}"#)), "unknown field").await;
    refuses(&*store, with(&|kept| tell(kept, r#" {"text":"x"}"#)), "white space").await;
    refuses(&*store, with(&|kept| tell(kept, r#"{"text":"x"},{}"#)), "trailing").await;
    let path = |kept: &mut Kept| kept.header = kept.header.replace("20230104-incident-0", "../x").into();
    refuses(&*store, with(&path), "not an incident id").await;
}
