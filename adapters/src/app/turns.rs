//! Taking turns: who tells something of one incident waits for whoever is telling something of it already, in
//! this process. What other processes append meanwhile is met with a [pause](crate::pause).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use scribe_domain::ids::IncidentId;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Above so many incidents, those of whom nobody speaks any more are forgotten.
const MANY: usize = 1_024;

/// The incidents that somebody is telling something of.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<IncidentId, Weak<Turn<()>>>>);

impl Turns {
    /// Waits for the turn; it lasts until what is returned is dropped.
    pub(super) async fn wait(&self, incident: &IncidentId) -> OwnedMutexGuard<()> {
        let turn = self.of(incident);
        turn.lock_owned().await
    }

    fn of(&self, incident: &IncidentId) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(incident).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= MANY {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        turns.insert(incident.clone(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
        assert!(turns.0.lock().unwrap().len() <= MANY + 1);
    }
}
