//! A pause between two attempts at what somebody else keeps changing.

use std::time::Duration;

use crate::chance;

/// The longest pause, in milliseconds. With as many attempts as the domain makes, all pauses together stay below
/// some five seconds.
const LONGEST: u64 = 80;

/// Waits after an attempt that met somebody else's append: a random while, up to a limit that doubles each time.
/// Whoever waits equally long would meet again.
pub async fn pause(attempts: u32) {
    let longest = 1_u64.checked_shl(attempts).unwrap_or(LONGEST).min(LONGEST);
    // Without chance the longest does: it is what this is bounded by.
    let lot = chance::bytes().map_or(u64::MAX, u64::from_le_bytes);
    tokio::time::sleep(Duration::from_micros(lot % (longest * 1_000))).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_stay_bounded() {
        for (attempts, longest) in [(1, 2), (3, 8), (7, LONGEST), (63, LONGEST), (1_000, LONGEST)] {
            for _ in 0..20 {
                let began = tokio::time::Instant::now();
                pause(attempts).await;
                assert!(began.elapsed() <= Duration::from_millis(longest + 1), "{attempts}");
            }
        }
    }
}
