//! Files that people might put together.

/// Two incidents, told in our own words; the first in no order at all.
pub(crate) const HARBOUR: &str = r#"
{"incident":"20260301-orders-lost","occurred":"2026-03-01 09:20 Europe/Berlin","actor":"Teo","kind":"run_proposed","fields":{"run":1,"line":"kubectl rollout undo deploy/orders","by":"Teo","host":"bastion-2"}}
{"incident":"20260301-orders-lost","occurred":"2026-03-01 09:04 Europe/Berlin","actor":"integration:till","kind":"alert_fired","fields":{"source":"till","alert":"OrderErrors"},"id":"alert"}
{"incident":"20260301-orders-lost","occurred":"2026-03-01 09:22 Europe/Berlin","actor":{"who":"integration:chat","on_behalf_of":"Noor"},"kind":"run_approved","fields":{"run":1,"by":"Noor"}}
{"incident":"20260301-orders-lost","occurred":"about 2026-03-01 09:00 Europe/Berlin","actor":"Mira Öztürk","kind":"impact_started","fields":{"impact":1,"text":"Orders are lost.","components":["Checkout"]},"id":"impact"}
{"incident":"20260301-orders-lost","occurred":"unknown","actor":"Mira Öztürk","kind":"noted","fields":{"text":"The baker called."}}
{"incident":"20260301-stale-prices","occurred":"2026-03-01T07:00:00Z","actor":"Noor","kind":"declared","fields":{"title":"Stale prices","tier":"engineering","severity":"sev4"}}
{"incident":"20260301-orders-lost","occurred":"2026-03-01 09:10 Europe/Berlin","actor":"Mira Öztürk","kind":"declared","fields":{"title":"Orders are lost","tier":"internal","severity":"sev1"}}

{"incident":"20260301-orders-lost","occurred":"2026-03-01 09:40 Europe/Berlin","actor":"Mira Öztürk","kind":"resolved"}
{"incident":"20260301-orders-lost","occurred":"2026-03-02T08:00Z","actor":"Noor","kind":"corrected","fields":{"target":"impact","occurred":"2026-03-01T07:51Z","why":"The till's log says so."}}
{"incident":"20260301-orders-lost","occurred":"2026-03-02T09:00Z","actor":"Noor","kind":"cause_named","fields":{"text":"A rule divides by the price.","cites":["alert","impact"]}}
{"incident":"20260301-stale-prices","occurred":"2026-03-01T07:30:00Z","actor":"Noor","kind":"resolved","fields":{}}
"#;

/// What the file grows by.
pub(crate) const MORE: &str = r#"{"incident":"20260301-stale-prices","occurred":"2026-03-01T07:10:00Z","actor":"Noor","kind":"noted","fields":{"text":"Only bread."}}
{"incident":"20260301-orders-lost","occurred":"2026-03-02T10:00Z","actor":"Noor","kind":"retracted","fields":{"target":"alert","why":"Another shop."}}
"#;
