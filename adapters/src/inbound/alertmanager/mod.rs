//! Prometheus Alertmanager's webhook, version 4.
//!
//! Alertmanager repeats itself: it sends a firing alert again every few hours, two of a pair send the
//! same, and after a 5xx it sends everything once more. So every command that an alert leads to has an
//! id derived from the alert itself, and a repeat is recognised by the store.
//!
//! Alertmanager sends again only after a 5xx and drops what gets a 4xx, so a 4xx goes only to what can never be
//! taken, and an alert that leads nowhere is still a success.

/// What Alertmanager sends.
pub mod payload;
/// What stands in the settings.
pub mod settings;
/// What an alert says, in scribe's own terms.
pub mod reading;

use uuid::Uuid;

use super::vendor::{Delivered, Vendor};
use payload::Payload;
use settings::Settings;

const NAME: &str = "alertmanager";

/// Prometheus Alertmanager.
#[derive(Debug)]
pub enum Alertmanager {}

impl Vendor for Alertmanager {
    const NAME: &'static str = NAME;
    const ABOUT: &'static str =
        "Alertmanager's webhook: alerts join an incident, declare one by a rule, or are ignored.";
    const COMMANDS: Uuid = Uuid::from_u128(0x0d8f_93f5_5f0c_4b0e_9a53_c2e7_41f7_26ba);
    type Settings = Settings;
    type Payload = Payload;

    fn read(payload: &Payload, settings: &Settings) -> Delivered {
        let mut delivered = Delivered { truncated: payload.truncated_alerts, ..Delivered::default() };
        for value in &payload.alerts {
            match reading::read(value, settings) {
                Ok(sighting) => delivered.sightings.push(sighting),
                Err(unread) => delivered.unread.push(unread),
            }
        }
        delivered
    }
}
