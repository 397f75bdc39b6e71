//! Random bytes, from the system.

use std::io;

use scribe_domain::event_store::Salt;

/// So many bytes.
pub fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// So many salts.
pub fn salts(count: usize) -> io::Result<Vec<Salt>> {
    let mut bytes = vec![0; count * Salt::LEN];
    fill(&mut bytes)?;
    let (salts, _) = bytes.as_chunks();
    Ok(salts.iter().copied().map(Salt).collect())
}

/// What is wrong says itself, wherever it is told.
fn fill(bytes: &mut [u8]) -> io::Result<()> {
    let none = |error| io::Error::other(format!("the system gives no random bytes: {error}"));
    getrandom::fill(bytes).map_err(none)
}
