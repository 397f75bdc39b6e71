//! A made-up record of any size, for measurements: a few incidents going on at a time.

// What is made up here fits, or the measurement should stop.
#![allow(clippy::unwrap_used)]

use futures::future::join_all;
use scribe_domain::event_store::{Append, EventStore};
use scribe_domain::ids::Revision;
use scribe_domain::testing::plausible::{AT_ONCE, EACH, command, draft, incident};

/// Incidents that go on at a time.
const TOGETHER: usize = 50;

/// Tells so many events, or a few more, of new incidents.
pub async fn tell(store: &dyn EventStore, events: usize) {
    let before = usize::try_from(store.head().await.unwrap().0).unwrap().div_ceil(EACH);
    let numbers: Vec<usize> = (before..before + events.div_ceil(EACH)).collect();
    for wave in numbers.chunks(TOGETHER) {
        for part in 0..EACH / AT_ONCE {
            let appends = wave.iter().map(|number| store.append(append(*number, part)));
            for appended in join_all(appends).await {
                appended.expect("the append fits");
            }
        }
    }
}

fn append(number: usize, part: usize) -> Append {
    let from = part * AT_ONCE;
    Append {
        incident: incident(number),
        expected: Revision(from as u64),
        command_id: command(number, part),
        request: None,
        events: (from..from + AT_ONCE).map(|place| draft(number, place)).collect(),
    }
}
