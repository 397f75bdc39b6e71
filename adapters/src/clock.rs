//! What time it is; injected, so that tests and the demonstration bring their own.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The machine's clock, to the microsecond.
pub fn system() -> Clock {
    Arc::new(|| Utc::now().trunc_subsecs(6))
}
