//! What one incident put on the pages.

use scribe_domain::event::IncidentEvent as E;

use crate::amended::Entry;
use crate::runner::per_incident::IncidentFold;

/// What one incident put on the pages.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CasePages {}

impl IncidentFold for CasePages {
    const NAME: &'static str = "status_page";
    const VERSION: u32 = 1;

    fn wants(event: &E) -> bool {
        matches!(
            event,
            E::Declared(_)
                | E::Upgraded(_)
                | E::Downgraded(_)
                | E::Resolved(_)
                | E::Reopened(_)
                | E::Closed(_)
                | E::Cancelled(_)
                | E::MergedInto(_)
                | E::StatusUpdated(_)
        )
    }

    fn apply(&mut self, _entry: &Entry<'_>) {}
}
