//! Writes, flushes and truncations that fail.
