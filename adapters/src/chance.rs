//! Random bytes, from the system.

use std::io;

use scribe_domain::event_store::Salt;

/// So many salts.
pub fn salts(count: usize) -> io::Result<Vec<Salt>> {
    let mut bytes = vec![0; count * Salt::LEN];
    getrandom::fill(&mut bytes)?;
    let (salts, _) = bytes.as_chunks();
    Ok(salts.iter().copied().map(Salt).collect())
}
