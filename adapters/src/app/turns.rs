//! Taking turns: who tells something of one incident waits for whoever is telling something of it already, in
//! this process. What other processes append meanwhile is met with a [pause](crate::pause).
//!
//! Between processes nobody hands out turns: who has just appended has seen all there is, and would be quicker
//! than the others again and again. So a process that sees that others append to an incident too gives way for
//! about as long as one of its own requests takes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use scribe_domain::event_store::Receipt;
use scribe_domain::execute::Known;
use scribe_domain::ids::{IncidentId, Revision};
use tokio::sync::{Mutex as Lock, OwnedMutexGuard};
use tokio::time::{Instant, sleep};

/// Above so many incidents, those of whom nobody speaks any more are forgotten.
const MANY: usize = 1_024;
/// For so long after somebody else's append it is expected that there will be more.
const OTHERS: Duration = Duration::from_secs(1);
/// The longest that way is given.
const LONGEST: Duration = Duration::from_millis(20);

/// Of so many incidents it is remembered how they stand: those that something was told of last.
const REMEMBERED: usize = 32;

/// The incidents that somebody is telling something of.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<Courses>);

#[derive(Debug, Default)]
struct Courses {
    all: HashMap<IncidentId, Weak<Lock<Course>>>,
    remembered: VecDeque<Arc<Lock<Course>>>,
}

/// What this process knows of an incident's course.
#[derive(Debug, Default)]
struct Course {
    /// Its revision after this process's last append.
    revision: Option<Revision>,
    /// When another process was seen to have appended.
    others: Option<Instant>,
    /// How it stood when a request was last decided.
    known: Known,
}

/// Somebody's turn; it lasts until this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    course: OwnedMutexGuard<Course>,
    since: Instant,
}

impl Turn {
    /// How the incident stood when a request was last decided here.
    pub(super) fn known(&mut self) -> &mut Known {
        &mut self.course.known
    }

    /// The turn ends with this append; later for the next one in this process if others append as well.
    pub(super) fn end(mut self, receipt: &Receipt) {
        if receipt.events.is_empty() {
            return;
        }
        let found = Revision(receipt.revision.0.saturating_sub(receipt.events.len() as u64));
        if self.course.revision.is_some_and(|left| left != found) {
            self.course.others = Some(Instant::now());
        }
        self.course.revision = Some(receipt.revision);
        if self.course.others.is_some_and(|others| others.elapsed() < OTHERS) {
            let pause = self.since.elapsed().min(LONGEST);
            tokio::spawn(async move {
                sleep(pause).await;
                drop(self);
            });
        }
    }
}

impl Turns {
    /// Waits for the turn.
    pub(super) async fn wait(&self, incident: &IncidentId) -> Turn {
        let turn = self.of(incident);
        Turn { course: turn.lock_owned().await, since: Instant::now() }
    }

    fn of(&self, incident: &IncidentId) -> Arc<Lock<Course>> {
        let mut courses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = if let Some(turn) = courses.all.get(incident).and_then(Weak::upgrade) {
            turn
        } else {
            if courses.all.len() >= MANY {
                courses.all.retain(|_, turn| turn.strong_count() > 0);
            }
            let turn = Arc::default();
            courses.all.insert(incident.clone(), Arc::downgrade(&turn));
            turn
        };
        courses.remembered.retain(|other| !Arc::ptr_eq(other, &turn));
        courses.remembered.push_back(Arc::clone(&turn));
        if courses.remembered.len() > REMEMBERED {
            courses.remembered.pop_front();
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn receipt(revision: u64) -> Receipt {
        let id = scribe_domain::ids::EventId(uuid::Uuid::nil());
        Receipt {
            incident: "20230104-a".parse().unwrap(),
            revision: Revision(revision),
            position: scribe_domain::ids::Position(revision),
            events: vec![id],
            positions: Vec::new(),
            leaves: Vec::new(),
        }
    }

    #[tokio::test]
    async fn way_is_given_where_others_append_too() {
        let (turns, incident) = (Turns::default(), "20230104-a".parse().unwrap());
        let next = || tokio::time::timeout(Duration::from_millis(5), turns.wait(&incident));
        // Held, so that what is known of the incident's course is not forgotten between two turns.
        let _course = turns.of(&incident);
        turns.wait(&incident).await.end(&receipt(1));
        let turn = next().await.unwrap();
        sleep(Duration::from_millis(20)).await;
        turn.end(&receipt(2));
        let turn = next().await.expect("nobody else is there");
        sleep(Duration::from_millis(20)).await;
        // Revision 3 was somebody else's.
        turn.end(&receipt(4));
        assert!(next().await.is_err());
        drop(tokio::time::timeout(LONGEST * 50, turns.wait(&incident)).await.unwrap());
    }

    #[tokio::test]
    async fn one_at_a_time_for_each_incident() {
        let (turns, one, other) =
            (Turns::default(), "20230104-a".parse().unwrap(), "20230104-b".parse().unwrap());
        let first = turns.wait(&one).await;
        let _elsewhere = turns.wait(&other).await;
        let soon = Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, turns.wait(&one)).await.is_err());
        drop(first);
        drop(tokio::time::timeout(soon, turns.wait(&one)).await.unwrap());
        for number in 0..2 * MANY {
            drop(turns.wait(&format!("20230104-c{number}").parse().unwrap()).await);
        }
        let courses = turns.0.lock().unwrap();
        assert!(courses.all.len() <= MANY + 1 && courses.remembered.len() == REMEMBERED);
    }
}
