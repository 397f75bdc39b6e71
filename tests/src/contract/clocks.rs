//! Clocks that disagree, and what counts once it is said whose was wrong.

use scribe_domain::clocks::{Positions, TimeStanding};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, EventStore};
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_domain::system::ClockSettled;
use scribe_domain::text::Text;

use super::place::{Memory, Place, SetClock, moment};
use super::told::{all_kept, draft, everything, keep, new_command};

/// About 2026, in seconds.
const NOW: i64 = 1_795_000_000;
const YEAR: i64 = 31_557_600;

/// Behind the record's last time by more than clocks differ: the stamp is the record's last time, and what the clock
/// said stands beside it. By less, nothing is said.
pub async fn a_clock_behind_the_record_is_kept_beside_its_time(place: &dyn Place) {
    let clock = SetClock::at(NOW);
    let store = place.open_at(clock.clock());
    keep(&*store, 1, 0, &["first"]).await;
    clock.set(NOW - 120);
    keep(&*store, 1, 1, &["a little behind"]).await;
    clock.set(NOW - 121);
    keep(&*store, 1, 2, &["too far behind", "with it"]).await;
    clock.set(NOW + 1);
    keep(&*store, 1, 4, &["last"]).await;

    let said: Vec<_> = everything(&*store).await.iter().map(|told| (told.recorded_at, told.clock)).collect();
    let behind = (moment(NOW), Some(moment(NOW - 121)));
    assert_eq!(said, [(moment(NOW), None), (moment(NOW), None), behind, behind, (moment(NOW + 1), None)]);
    let headers: Vec<_> = all_kept(&*store).await.into_iter().map(|kept| kept.header.into_string()).collect();
    let with_clock: Vec<_> = headers.iter().map(|header| header.contains(r#""clock":""#)).collect();
    assert_eq!(with_clock, [false, false, true, true, false]);
}

/// For the positions named, what the others prove; for those behind them, what their clocks said; and from then on times
/// are right again. So it is wherever the record is carried.
pub async fn a_wrong_clock_is_settled(place: &dyn Place) {
    let clock = SetClock::at(NOW);
    let store = place.open_at(clock.clock());
    keep(&*store, 1, 0, &["right"]).await;
    clock.set(NOW + YEAR);
    keep(&*store, 1, 1, &["a year ahead"]).await;
    for (later, revision) in [(10, 2), (20, 3)] {
        clock.set(NOW + later);
        keep(&*store, 1, revision, &["right, and behind"]).await;
    }
    assert_eq!(seconds(&*store).await, [0, YEAR, YEAR, YEAR]);
    assert_eq!(store.basis().settlements, 0);

    clock.set(NOW + 30);
    store.append(settles(2, 2, 0, NOW + 20)).await.unwrap();
    clock.set(NOW + 40);
    keep(&*store, 1, 4, &["after it"]).await;
    assert_eq!(seconds(&*store).await, [0, 10, 10, 20, 30, 40]);
    let told = &everything(&*store).await[1];
    let TimeStanding::Settled(proven) = &told.standing else { panic!("{told:?}") };
    let bounds = (proven.not_before, proven.not_after, proven.clock, proven.settled_by);
    assert_eq!(bounds, (Some(moment(NOW)), moment(NOW + 10), moment(NOW + YEAR), Position(5)));
    assert_eq!(store.basis().settlements, 1);
    let history = store.history(&told.incident, Revision(1)).await.unwrap();
    assert_eq!(history[0], *told, "read by its incident, it is the same");
    // Nothing was rewritten, and nothing of it is lost on the way.
    let kept = all_kept(&*store).await;
    assert!(kept[1].header.contains(&moment(NOW + YEAR).format("%Y-%m-%dT%H:%M:%S").to_string()));
    let carried = Memory.open();
    carried.adopt(kept).await.unwrap();
    assert_eq!(everything(&*carried).await, everything(&*store).await);
    assert_eq!(carried.tree().await, store.tree().await);
}

/// Whoever else has the record open counts otherwise at once, and so does whoever opens it later.
pub async fn what_is_settled_counts_for_everybody(place: &dyn Place) {
    let clock = SetClock::at(NOW);
    let (store, other) = (place.open_at(clock.clock()), place.open_at(clock.clock()));
    for (off, revision) in [(0, 0), (YEAR, 1), (20, 2)] {
        clock.set(NOW + off);
        keep(&*store, 1, revision, &["x"]).await;
    }
    assert_eq!((seconds(&*other).await, other.basis().settlements), (vec![0, YEAR, YEAR], 0));
    clock.set(NOW + 30);
    store.append(settles(2, 2, 0, NOW + 20)).await.unwrap();
    assert_eq!(other.head().await, Ok(Position(4)));
    assert_eq!(other.basis().settlements, 1, "told by asking where it ends");
    assert_eq!(seconds(&*other).await, [0, 20, 20, 30]);
    clock.set(NOW + 40);
    keep(&*other, 1, 3, &["y"]).await;
    drop((store, other));
    assert_eq!(seconds(&*place.open_at(clock.clock())).await, [0, 20, 20, 30, 40]);
}

/// It was the others that were behind, after all: the earlier word counts no longer.
pub async fn a_settlement_takes_the_place_of_another(place: &dyn Place) {
    let clock = SetClock::at(NOW);
    let store = place.open_at(clock.clock());
    keep(&*store, 1, 0, &["right"]).await;
    clock.set(NOW - 3_600);
    keep(&*store, 1, 1, &["an hour behind"]).await;
    clock.set(NOW + 60);
    store.append(settles(1, 1, 0, NOW - 3_600)).await.unwrap();
    assert_eq!(seconds(&*store).await, [-3_600, -3_600, 60]);
    clock.set(NOW + 90);
    let mut instead = settles(2, 2, 1, NOW + 60);
    if let IncidentEvent::System(scribe_domain::system::SystemEvent::ClockSettled(settled)) =
        &mut instead.events[0].event
    {
        settled.instead_of = Some(Position(3));
    }
    store.append(instead).await.unwrap();
    assert_eq!(seconds(&*store).await, [0, 60, 60, 90]);
    assert_eq!(store.basis().settlements, 2);
}

/// A request to say that a clock was wrong.
fn settles(first: u64, last: u64, expected: u64, resumes: i64) -> Append {
    let settled = ClockSettled {
        wrong: Positions { first: Position(first), last: Position(last) },
        why: Text::new("somebody looked at it").unwrap(),
        resumes: moment(resumes),
        instead_of: None,
    };
    Append {
        incident: IncidentId::clocks(),
        expected: Revision(expected),
        command_id: new_command(),
        request: None,
        events: vec![draft(IncidentEvent::System(settled.into()))],
    }
}

/// When each event counts as recorded.
async fn seconds(store: &dyn EventStore) -> Vec<i64> {
    let record = everything(store).await;
    record.iter().map(|told| (told.recorded_at - moment(NOW)).num_seconds()).collect()
}
