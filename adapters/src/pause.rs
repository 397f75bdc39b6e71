//! A pause between two attempts at what somebody else keeps changing.

use std::time::Duration;

use crate::chance;

/// The longest pause, in milliseconds. With as many attempts as the domain makes, all pauses together stay below
/// a second.
const LONGEST: u64 = 16;

/// Waits after an attempt that met somebody else's append: a random while, up to a limit that doubles each time.
/// Whoever waits equally long would meet again.
pub async fn pause(attempts: u32) {
    let longest = longest(attempts);
    // Without chance the longest does: it is what this is bounded by.
    let lot = chance::bytes().map_or(u64::MAX, u64::from_le_bytes);
    tokio::time::sleep(Duration::from_micros(lot % (longest * 1_000))).await;
}

/// The longest that a pause after so many attempts may be, in milliseconds.
fn longest(attempts: u32) -> u64 {
    1_u64.checked_shl(attempts).map_or(LONGEST, |doubled| doubled.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let told = [1, 2, 3, 6, 7, 63, 64, 1_000].map(longest);
        assert_eq!(told, [2, 4, 8, 16, LONGEST, LONGEST, LONGEST, LONGEST]);
        let all: u64 = (1..scribe_domain::execute::ATTEMPTS).map(longest).sum();
        assert!(all < 1_100, "{all}");
    }

    #[tokio::test]
    async fn it_lasts_no_longer() {
        let began = std::time::Instant::now();
        for _ in 0..10 {
            pause(1).await;
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
}
