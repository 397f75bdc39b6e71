//! How many requests may come in a while: token buckets, each by a key such as an address.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many keys are remembered. Beyond that the one that has been idle for the longest time is forgotten.
const MOST: usize = 8_192;
/// How many seconds' worth of requests may come at once.
const BURST_SECONDS: u32 = 4;

/// Token buckets, all of one size, each by its key. Memory is bounded, however many keys there are.
#[derive(Debug)]
pub(super) struct Buckets {
    per_second: f64,
    burst: f64,
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    buckets: HashMap<Arc<str>, Bucket>,
    /// The keys by when they were used last.
    used: BTreeMap<u64, Arc<str>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
    used: u64,
}

impl Buckets {
    /// So many requests a second for each key in the long run, and four seconds' worth of them at once.
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self::of(per_second, MOST)
    }

    /// One request for each key in such a time in the long run, and so many at once.
    pub(super) fn one_in(time: Duration, at_once: u32) -> Self {
        let per_second = 1.0 / time.as_secs_f64().max(f64::EPSILON);
        Self { per_second, burst: at_once.into(), most: MOST, kept: Mutex::default() }
    }

    fn of(per_second: NonZeroU32, most: usize) -> Self {
        let burst = per_second.get().saturating_mul(BURST_SECONDS);
        Self { per_second: per_second.get().into(), burst: burst.into(), most, kept: Mutex::default() }
    }

    /// Takes a token of this key's; else how long it is until there is one.
    pub(super) fn take(&self, key: &str, now: Instant) -> Result<(), Duration> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { next, buckets, used } = &mut *kept;
        let turn = *next;
        *next += 1;
        if let Some(bucket) = buckets.get_mut(key) {
            if let Some(key) = used.remove(&bucket.used) {
                used.insert(turn, key);
            }
            bucket.used = turn;
            return bucket.take(self, now);
        }
        if buckets.len() >= self.most
            && let Some((_, idle)) = used.pop_first()
        {
            buckets.remove(&idle);
        }
        let key: Arc<str> = key.into();
        used.insert(turn, Arc::clone(&key));
        buckets.entry(key).or_insert(Bucket { tokens: self.burst, filled: now, used: turn }).take(self, now)
    }
}

impl Bucket {
    fn take(&mut self, size: &Buckets, now: Instant) -> Result<(), Duration> {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + since * size.per_second).min(size.burst);
        self.filled = self.filled.max(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / size.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: u32) -> NonZeroU32 {
        NonZeroU32::new(per_second).unwrap()
    }

    #[test]
    fn a_burst_is_let_in_and_then_so_many_a_second_for_each_key() {
        let (buckets, start) = (Buckets::new(rate(50)), Instant::now());
        for _ in 0..200 {
            assert_eq!(buckets.take("a", start), Ok(()));
        }
        let wait = buckets.take("a", start).unwrap_err();
        assert!(wait <= Duration::from_millis(21), "{wait:?}");
        assert_eq!(buckets.take("b", start), Ok(()), "the other has a bucket of its own");
        let later = start + Duration::from_millis(101);
        let taken = (0..10).filter(|_| buckets.take("a", later).is_ok()).count();
        assert_eq!(taken, 5);
        let much_later = start + Duration::from_hours(1);
        let taken = (0..1_000).filter(|_| buckets.take("a", much_later).is_ok()).count();
        assert_eq!(taken, 200, "no more than a burst is saved up");
    }

    #[test]
    fn some_are_let_in_at_once_and_then_one_in_a_while() {
        let (buckets, start) = (Buckets::one_in(Duration::from_secs(30), 3), Instant::now());
        let taken = |at| (0..10).filter(|_| buckets.take("a", at).is_ok()).count();
        assert_eq!((taken(start), taken(start + Duration::from_secs(29))), (3, 0));
        assert_eq!(taken(start + Duration::from_secs(31)), 1);
    }

    #[test]
    fn memory_is_bounded_and_whoever_keeps_asking_is_remembered() {
        let (buckets, now) = (Buckets::of(rate(1), 100), Instant::now());
        while buckets.take("busy", now).is_ok() {}
        for number in 0..10_000 {
            assert_eq!(buckets.take(&number.to_string(), now), Ok(()));
            assert!(buckets.take("busy", now).is_err(), "it is not let in by being forgotten");
        }
        let kept = buckets.kept.lock().unwrap();
        assert_eq!((kept.buckets.len(), kept.used.len()), (100, 100));
    }
}
