//! What components are called now on a page, whatever they were called when something was told of them.

use scribe_domain::event::words::ComponentRenamed;
use scribe_domain::names::Name;
use scribe_domain::values::Tier;

use super::case::CasePages;

/// The renamings of one page, in the order in which they were recorded.
pub(super) struct Renames<'a>(Vec<&'a ComponentRenamed>);

impl<'a> Renames<'a> {
    /// Those of this tier's page, whichever incident they were told in.
    pub(super) fn on(tier: Tier, cases: impl Iterator<Item = &'a CasePages>) -> Self {
        let mut told: Vec<_> =
            cases.flat_map(|case| &case.renamed).filter(|(_, renamed)| renamed.audience == tier).collect();
        // Stable: what one append recorded, and one incident, stays in its order.
        told.sort_by_key(|(recorded_at, _)| *recorded_at);
        Self(told.into_iter().map(|(_, renamed)| renamed).collect())
    }

    /// What a component is called now.
    pub(super) fn now(&self, told: &Name) -> Name {
        self.0
            .iter()
            .fold(told.clone(), |name, renamed| if name == renamed.from { renamed.to.clone() } else { name })
    }
}
