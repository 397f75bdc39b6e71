//! Stamps as a record keeps them, and what they prove of it.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;
use scribe_domain::ids::Position;
use scribe_domain::system::TimeStamped;
use scribe_domain::values::Digest;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::note::Note;
use serde::{Deserialize, Serialize};

use super::WrongToken;
use super::request::Asked;
use super::token::TimeStamp;
use super::verify::Authorities;

/// The stamps of a record, the first one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct StampList {
    /// How many events the record has.
    pub events: u64,
    /// They.
    pub stamps: Vec<KeptStamp>,
}

/// A stamp, and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct KeptStamp {
    /// The event's place in the record.
    pub position: Position,
    /// When it was recorded, by this record's own clock.
    pub recorded_at: DateTime<Utc>,
    /// The root of the record's first events, as many as were stamped; null if there are fewer.
    pub root: Option<Digest>,
    /// What was kept.
    pub stamp: TimeStamped,
}

/// What a stamp proves: its position came after some moment, and what it covers before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    /// Where it stands.
    pub position: u64,
    /// How many events it covers.
    pub size: u64,
    /// It was not signed before that.
    pub not_before: DateTime<Utc>,
    /// Nor after that.
    pub not_after: DateTime<Utc>,
}

/// Why a stamp proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongStamp {
    /// What is kept beside the token does not fit together.
    #[error("{0}")]
    Kept(String),
    /// The token is not worth anything.
    #[error(transparent)]
    Token(#[from] WrongToken),
}

impl KeptStamp {
    /// What it proves of the record that it is kept in. Without authorities it is looked at whether it is of this record
    /// and was signed by the certificate in it, and not whose that is.
    pub fn judge(&self, authorities: Option<&Authorities>) -> Result<Proven, WrongStamp> {
        self.must_be_of_this_record().map_err(WrongStamp::Kept)?;
        let TimeStamped { digest, nonce, gen_time, token, size, .. } = &self.stamp;
        let asked = Asked { digest: *digest, nonce: *nonce };
        let token = BASE64.decode(token.as_str().as_bytes());
        let token = token.map_err(|error| WrongToken::Unreadable(error.to_string()))?;
        let stamp = if let Some(authorities) = authorities {
            authorities.verify(&token, &asked)?
        } else {
            let stamp = TimeStamp::read(&token)?;
            stamp.check(&asked)?;
            stamp
        };
        if stamp.gen_time != *gen_time {
            let what = format!("the token says {}, and the event beside it {gen_time}", stamp.told());
            return Err(WrongStamp::Kept(what));
        }
        // A time in whole seconds is of the second that had begun.
        let accuracy = stamp.accuracy.unwrap_or_default();
        let within =
            if gen_time.timestamp_subsec_nanos() == 0 { TimeDelta::seconds(1) } else { TimeDelta::zero() };
        let out_of_reach = || WrongToken::Unreadable("its accuracy is beyond all clocks".to_owned());
        Ok(Proven {
            position: self.position.0,
            size: *size,
            not_before: gen_time.checked_sub_signed(accuracy).ok_or_else(out_of_reach)?,
            not_after: gen_time.checked_add_signed(accuracy.max(within)).ok_or_else(out_of_reach)?,
        })
    }

    fn must_be_of_this_record(&self) -> Result<(), String> {
        let TimeStamped { size, digest, checkpoint, .. } = &self.stamp;
        if Digest::of(checkpoint.as_str().as_bytes()) != *digest {
            return Err("the digest beside it is not that of its checkpoint".to_owned());
        }
        let note = Note::parse(checkpoint.as_str()).map_err(|error| format!("its checkpoint {error}"))?;
        let head = Checkpoint::parse(note.text()).map_err(|error| format!("its checkpoint {error}"))?.head;
        if head.size != *size || *size >= self.position.0 {
            return Err(format!("its checkpoint is of {} events, and it says {size}", head.size));
        }
        match self.root {
            Some(root) if root == head.root => Ok(()),
            Some(root) => Err(format!(
                "it is of another record: the root of the first {size} events is {root} here, and {} was stamped",
                head.root
            )),
            None => Err(format!("it is of {size} events, and there are fewer")),
        }
    }
}

/// Positions of which the same is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Interval {
    /// The first position.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// They came into the record after that; null if nobody outside says so.
    pub after: Option<Bound>,
    /// And were there before that; null if nobody outside says so.
    pub before: Option<Bound>,
}

/// A moment, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Bound {
    /// The moment.
    pub at: DateTime<Utc>,
    /// The position of the stamp.
    pub stamp: u64,
}

/// What is proven of each position of a record with so many events, in stretches, by stamps that were found good.
///
/// What a stamp covers was there before it was signed. Its own event, and what comes behind it, came after, since no tree
/// that holds the token can have been made before.
pub fn intervals(proven: &[Proven], events: u64) -> Vec<Interval> {
    // Where something begins to be otherwise.
    let mut edges: Vec<u64> = proven.iter().flat_map(|one| [one.size + 1, one.position]).collect();
    edges.push(1);
    edges.retain(|edge| (1..=events).contains(edge));
    edges.sort_unstable();
    edges.dedup();
    let lasts = edges.iter().skip(1).map(|edge| edge - 1).chain([events]);
    let mut found: Vec<Interval> = Vec::new();
    for (first, last) in edges.iter().copied().zip(lasts) {
        let (after, before) = bounds(proven, first);
        match found.last_mut() {
            Some(so_far) if (so_far.after, so_far.before) == (after, before) => so_far.last = last,
            _ => found.push(Interval { first, last, after, before }),
        }
    }
    found
}

fn bounds(proven: &[Proven], position: u64) -> (Option<Bound>, Option<Bound>) {
    let after = proven.iter().filter(|one| one.position <= position);
    let after = after.map(|one| Bound { at: one.not_before, stamp: one.position });
    let before = proven.iter().filter(|one| one.size >= position);
    let before = before.map(|one| Bound { at: one.not_after, stamp: one.position });
    (after.max_by_key(|bound| (bound.at, bound.stamp)), before.min_by_key(|bound| (bound.at, bound.stamp)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        "2026-11-28T14:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
    }

    fn proven(position: u64, size: u64, minute: i64) -> Proven {
        Proven { position, size, not_before: at(minute), not_after: at(minute + 1) }
    }

    fn told(proven: &[Proven], events: u64) -> Vec<(u64, u64, Option<u64>, Option<u64>)> {
        let found = intervals(proven, events);
        for interval in &found {
            // What is told of a stretch holds of each position in it.
            for position in interval.first..=interval.last {
                assert_eq!(bounds(proven, position), (interval.after, interval.before), "{position}");
            }
        }
        let stamp = |bound: Option<Bound>| bound.map(|bound| bound.stamp);
        found.iter().map(|one| (one.first, one.last, stamp(one.after), stamp(one.before))).collect()
    }

    #[test]
    fn between_two_stamps_something_was_recorded_after_one_and_before_the_other() {
        let stamps = [proven(43, 42, 0), proven(61, 60, 10)];
        assert_eq!(
            told(&stamps, 70),
            [(1, 42, None, Some(43)), (43, 60, Some(43), Some(61)), (61, 70, Some(61), None)]
        );
        assert_eq!(told(&[], 3), [(1, 3, None, None)]);
        assert_eq!(told(&[], 0), []);
    }

    #[test]
    fn a_later_stamp_that_names_an_earlier_time_bounds_as_it_says() {
        // Recorded late: another node asked, and something else was recorded meanwhile.
        let stamps = [proven(5, 4, 0), proven(9, 6, 2), proven(10, 8, -5)];
        assert_eq!(
            told(&stamps, 11),
            [(1, 4, None, Some(10)), (5, 8, Some(5), Some(10)), (9, 11, Some(9), None)]
        );
    }
}
