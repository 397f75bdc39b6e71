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

    /// What a component is called now; spelt as it was first, unless it was renamed to be spelt otherwise.
    pub(super) fn now(&self, told: &Name) -> Name {
        let now =
            self.0.iter().fold(told, |name, renamed| if *name == renamed.from { &renamed.to } else { name });
        let spelt = self.0.iter().filter(|renamed| renamed.to == *now);
        let last = spelt.clone().rfind(|renamed| renamed.from == renamed.to);
        last.or(spelt.clone().next()).map_or(now, |renamed| &renamed.to).clone()
    }
}
