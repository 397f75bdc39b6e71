//! Events of older versions, in the form that this program knows.
//!
//! What was written once is never rewritten. When a kind gets a new version, a step is added here that turns
//! the payload of the version before into the new one, and an old event is read by taking one step after the
//! other. A step stays for ever. [`check`](crate::event::versions::Chain::check) finds out at every start whether one is missing.

use serde_json::{Map, Value};

/// A payload's fields.
pub type Fields = Map<String, Value>;

/// How a payload of one version becomes one of the next.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The kind of event.
    pub kind: &'static str,
    /// The version it begins with; it ends with the next.
    pub from: u32,
    /// What changes. An error says what does not fit.
    pub upcast: fn(Fields) -> Result<Fields, String>,
}

/// Every step. None so far: every kind has its first version.
pub(super) const STEPS: &[Step] = &[];

/// The steps from every version that was ever written to the present one.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a> {
    /// Every kind, and its present version.
    pub present: &'a [(&'static str, u32)],
    /// The steps.
    pub steps: &'a [Step],
}

/// Why a chain is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A version cannot be read.
    #[error("no step leads {kind} events from version {from} to version {to}", to = .from + 1)]
    Missing {
        /// The kind.
        kind: &'static str,
        /// The version that nothing leads on from.
        from: u32,
    },
    /// There are two ways.
    #[error("two steps lead {kind} events on from version {from}")]
    Twice {
        /// The kind.
        kind: &'static str,
        /// The version.
        from: u32,
    },
    /// A step leads nowhere.
    #[error("a step leads on from version {from} of {kind} events, which is no older version of any kind")]
    Stray {
        /// The kind.
        kind: &'static str,
        /// The version.
        from: u32,
    },
}

impl Chain<'_> {
    /// Whether one step, and only one, leads on from every older version of every kind.
    pub fn check(&self) -> Result<(), Broken> {
        for (kind, present) in self.present.iter().copied() {
            for from in 1..present {
                match self.steps.iter().filter(|step| (step.kind, step.from) == (kind, from)).count() {
                    0 => return Err(Broken::Missing { kind, from }),
                    1 => {}
                    _ => return Err(Broken::Twice { kind, from }),
                }
            }
        }
        let leads_on = |step: &&Step| {
            self.present
                .iter()
                .any(|(kind, present)| *kind == step.kind && (1..*present).contains(&step.from))
        };
        match self.steps.iter().find(|step| !leads_on(step)) {
            Some(Step { kind, from, .. }) => Err(Broken::Stray { kind, from: *from }),
            None => Ok(()),
        }
    }

    /// A payload of an older version in its present form; an error if it does not fit a step, for then the
    /// bytes are damaged.
    pub fn upcast(&self, kind: &str, version: u32, payload: &str) -> Result<String, serde_json::Error> {
        use serde::de::Error as _;

        let present = self.present.iter().find(|(known, _)| *known == kind).map_or(version, |(_, to)| *to);
        let mut fields: Fields = serde_json::from_str(payload)?;
        for from in version..present {
            let step = self.steps.iter().find(|step| step.kind == kind && step.from == from);
            let wrong = |what: String| serde_json::Error::custom(format!("{kind} of version {from}: {what}"));
            let step = step.ok_or_else(|| wrong("no step leads on from it".to_owned()))?;
            fields = (step.upcast)(fields).map_err(wrong)?;
        }
        serde_json::to_string(&fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind that was renamed a field and then got another, and one that never changed.
    const PRESENT: &[(&str, u32)] = &[("moved", 3), ("stood", 1)];
    const RENAME: Step = Step {
        kind: "moved",
        from: 1,
        upcast: |mut fields| {
            let place = fields.remove("place").ok_or("it has no place")?;
            fields.insert("to".into(), place);
            Ok(fields)
        },
    };
    const ADD: Step = Step {
        kind: "moved",
        from: 2,
        upcast: |mut fields| {
            fields.insert("by".into(), "nobody knows".into());
            Ok(fields)
        },
    };

    fn check(steps: &[Step]) -> Result<(), Broken> {
        Chain { present: PRESENT, steps }.check()
    }

    #[test]
    fn every_older_version_of_every_kind_leads_to_the_present() {
        Chain::OWN.check().expect("this program reads all that was ever written");
    }

    #[test]
    fn what_is_missing_doubled_or_stray_is_named() {
        assert_eq!(check(&[ADD, RENAME]), Ok(()));
        assert_eq!(check(&[RENAME]), Err(Broken::Missing { kind: "moved", from: 2 }));
        assert_eq!(
            check(&[ADD]).unwrap_err().to_string(),
            "no step leads moved events from version 1 to version 2"
        );
        assert_eq!(check(&[ADD, RENAME, ADD]), Err(Broken::Twice { kind: "moved", from: 2 }));
        let stray = Step { kind: "stood", ..RENAME };
        assert_eq!(check(&[ADD, RENAME, stray]), Err(Broken::Stray { kind: "stood", from: 1 }));
        let beyond = Step { from: 3, ..ADD };
        assert_eq!(check(&[ADD, RENAME, beyond]), Err(Broken::Stray { kind: "moved", from: 3 }));
    }

    #[test]
    fn an_old_payload_takes_every_step_to_the_present() {
        let chain = Chain { present: PRESENT, steps: &[ADD, RENAME] };
        let up = |version, payload| chain.upcast("moved", version, payload).map_err(|e| e.to_string());
        let third = r#"{"to":"home","by":"nobody knows"}"#;
        let same = |told: Result<String, String>| {
            assert_eq!(
                serde_json::from_str::<Value>(&told.unwrap()).unwrap(),
                serde_json::from_str::<Value>(third).unwrap()
            );
        };
        same(up(1, r#"{"place":"home"}"#));
        same(up(2, r#"{"to":"home"}"#));
        same(up(3, third));
        assert_eq!(up(1, r#"{"to":"home"}"#), Err("moved of version 1: it has no place".to_owned()));
        assert!(up(1, "[]").is_err());
        let broken = Chain { present: PRESENT, steps: &[RENAME] };
        assert!(broken.upcast("moved", 1, r#"{"place":"home"}"#).is_err(), "never half-way");
    }
}
