//! What other tools send, read by pure functions and placed in incidents. In reading order:
//!
//! A vendor is one file or folder here and one line in [`VENDORS`](crate::inbound::VENDORS): its type says how its payload reads, what
//! its settings are and which [sightings](crate::inbound::sighting::Sighting) a delivery holds. Its address
//! (`POST /hooks/NAME`), its section of `scribe.toml`, its part of the API's description and its counters follow
//! from that. What all vendors share (turns, ids of commands, placing, the answer) is done by whoever receives.

/// What a vendor is.
pub mod vendor;
/// What a delivery says of one thing.
pub mod sighting;
/// Texts and times that do not fit, made to.
pub mod fitting;
/// What is known of earlier sightings.
pub mod known;
/// Where a sighting goes.
pub mod placing;
/// Which alerts declare incidents.
pub mod rules;
/// Prometheus Alertmanager's webhook, version 4.
pub mod alertmanager;

use vendor::VendorEntry;

/// The vendors whose webhooks are taken.
pub const VENDORS: &[VendorEntry] = &[VendorEntry::of::<alertmanager::Alertmanager>()];

/// A vendor by its name.
pub fn vendor(name: &str) -> Option<&'static VendorEntry> {
    VENDORS.iter().find(|vendor| vendor.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_vendor_has_a_name_and_a_namespace_of_its_own() {
        assert_eq!(VENDORS.iter().map(|vendor| vendor.name).collect::<BTreeSet<_>>().len(), VENDORS.len());
        assert_eq!(
            VENDORS.iter().map(|vendor| vendor.commands).collect::<BTreeSet<_>>().len(),
            VENDORS.len()
        );
        for vendor in VENDORS {
            let name = vendor.name;
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{name}");
            assert_eq!(vendor.label().as_str(), name);
        }
    }
}
