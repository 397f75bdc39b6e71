//! One record carried into another store.

use scribe::clock;
use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::{Body, EventStore, Kept, StoreError};
use scribe_domain::ids::{Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_projections::question::AsOf;

use super::place::{Place, SetClock, moment};
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

/// A gap, a repeat: none of it is adopted, not even the part that would fit.
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
}

/// What machines append to one record whose clocks differ: twelve events in seven appends, each stamped with
/// its second, and the second at which each counts as recorded.
pub async fn raced() -> (Vec<Kept>, Vec<i64>) {
    let mut raced: Vec<Kept> = Vec::new();
    let mut counts = Vec::new();
    let appends = [(7, 7, 2), (5, 7, 1), (9, 9, 1), (9, 9, 1), (8, 9, 3), (1, 9, 2), (10, 10, 2)];
    for (number, (stamp, count, events)) in appends.into_iter().enumerate() {
        let machine = MemoryStore::new(SetClock::at(stamp).clock());
        keep(&machine, number, 0, &["x", "y", "z"][..events]).await;
        for mut kept in all_kept(&machine).await {
            kept.position.0 = raced.len() as u64 + 1;
            raced.push(kept);
            counts.push(count);
        }
    }
    (raced, counts)
}

/// When each event counts as recorded, as a whole reading tells it.
async fn times(store: &dyn EventStore) -> Vec<i64> {
    everything(store).await.iter().map(|recorded| recorded.recorded_at.timestamp()).collect()
}

/// It counts as recorded when the event before it does, and its bytes stay.
pub async fn an_earlier_stamp_is_taken_and_lifted(place: &dyn Place) {
    let (raced, counts) = raced().await;
    let store = place.open_at(SetClock::at(3).clock());
    store.adopt(raced.clone()).await.unwrap();
    assert_eq!(all_kept(&*store).await, raced, "no byte changes");
    assert_eq!(times(&*store).await, counts);
    let whole = everything(&*store).await;
    for (after, of_all) in (0..).zip(&whole) {
        assert_eq!(store.read(Position(after), 1).await.as_deref(), Ok(std::slice::from_ref(of_all)));
        let before = Revision(of_all.revision.0 - 1);
        assert_eq!(store.history(&of_all.incident, before).await.unwrap().first(), Some(of_all));
    }
    // What comes now is stamped no earlier than that, whatever the clock says.
    keep(&*store, 9, 0, &["on"]).await;
    assert_eq!(times(&*store).await.last(), Some(&10));
    assert!(all_kept(&*store).await[12].header.contains(r#""recorded_at":"1970-01-01T00:00:10.000000Z""#));
}

/// However it was carried, and through whichever store.
pub async fn lifted_times_are_the_same_wherever_the_record_goes(place: &dyn Place) {
    let (raced, counts) = raced().await;
    let (model, store) = (MemoryStore::new(clock::system()), place.open());
    model.adopt(raced.clone()).await.unwrap();
    for append in raced.chunk_by(|_, next| !next.starts_append) {
        store.adopt(append.to_vec()).await.unwrap();
    }
    assert_eq!(times(&*store).await, counts);
    assert_eq!(everything(&*store).await, everything(&model).await);
    let on = MemoryStore::new(clock::system());
    on.adopt(all_kept(&*store).await).await.unwrap();
    assert_eq!(everything(&on).await, everything(&model).await);
    assert_eq!(on.tree().await, store.tree().await);
}

/// What was recorded by a moment is a beginning of the record: nobody who asks about it sees an event
/// without those before it.
pub async fn what_was_recorded_by_a_moment_is_a_beginning(place: &dyn Place) {
    let (raced, _) = raced().await;
    let store = place.open();
    store.adopt(raced).await.unwrap();
    let whole = everything(&*store).await;
    for (by, known) in [(0, 0), (6, 0), (7, 3), (8, 3), (9, 10), (10, 12), (11, 12)] {
        let as_of = AsOf { recorded_by: Some(moment(by)), ..AsOf::NOW };
        let had = |recorded: &&Recorded| as_of.had_recorded(recorded);
        let positions: Vec<u64> = whole.iter().filter(had).map(|recorded| recorded.position.0).collect();
        assert_eq!(positions, (1..=known).collect::<Vec<_>>(), "by second {by}");
    }
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
