//! What other tools send, mapped to commands by pure functions. One vendor a folder.

/// Prometheus Alertmanager's webhook, version 4.
pub mod alertmanager;
