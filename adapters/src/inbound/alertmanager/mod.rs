//! Prometheus Alertmanager's webhook, version 4.
//!
//! Alertmanager repeats itself: it sends a firing alert again every few hours, two of a pair send the
//! same, and after a 5xx it sends everything once more. So every command that an alert leads to has an
//! id derived from the alert itself, and a repeat is recognised by the store.
//!
//! **Where an alert goes** (the function `place`):
//!
//! 1. An alert that was recorded as firing stays where it was recorded; its end is recorded there too,
//!    also when that incident is over by then.
//! 2. The label `scribe_incident` (or as configured) names an open incident: it joins that one.
//! 3. The same alert fired earlier in an incident that is still open: it joins that one.
//! 4. A rule of the settings matches, and has declared an incident that is still open: it joins that one.
//! 5. A rule matches and the alert fires: it declares an incident.
//! 6. Else it is ignored, and the answer says why.
//!
//! An alert that fires anew never goes to an incident that is over: it is news, and nobody watches an
//! incident that ended. One that was merged hands its alerts on to the incident it is part of.

/// What is known of earlier alerts.
pub mod known;
/// What Alertmanager sends.
pub mod payload;
/// Where an alert goes.
pub mod placing;
/// An alert in scribe's own terms.
pub mod sighting;
