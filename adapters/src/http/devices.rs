//! Programs without a browser that somebody signs in from one: each waits by a code that is theirs alone, and shows people another,
//! short one to type (RFC 8628). Nothing of it outlives this server.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use scribe_domain::text::Label;

use crate::app::gate::caller::Caller;
use crate::auth::code::{self, plain};
use crate::auth::secret::Secret;

/// How long somebody may take.
pub(super) const LONGEST: Duration = Duration::from_mins(10);
/// How many may wait at once. Beyond that, the one that has waited longest is forgotten.
const MOST: usize = 1_000;
/// How many may wait at once that ask from one address: nobody makes others' be forgotten by asking often.
const MOST_OF_ONE: usize = 20;

/// Everybody who waits, by the digest's first digits of the code that is theirs alone.
#[derive(Debug, Default)]
pub(crate) struct Devices(Mutex<HashMap<Label, Device>>);

#[derive(Debug)]
struct Device {
    code: Secret,
    typed: String,
    name: Label,
    from: String,
    /// By what its requests are counted, if they are.
    address: Option<String>,
    began: Instant,
    answer: Option<Answer>,
}

#[derive(Debug)]
enum Answer {
    /// With these rights.
    Allowed(Box<Caller>),
    Declined,
}

/// What whoever begins to wait is told.
pub(super) struct Begun {
    /// By which it asks again.
    pub(super) code: Secret,
    /// What people type.
    pub(super) typed: String,
}

/// Whom somebody is asked to sign in.
pub(super) struct Waiting {
    /// As it calls itself.
    pub(super) name: Label,
    /// From where it asked.
    pub(super) from: String,
}

/// How it stands for whoever waits.
pub(super) enum Standing {
    /// Nobody has said anything yet.
    Waiting,
    /// Somebody said no.
    Declined,
    /// Somebody let it speak for them.
    Allowed(Box<Caller>, Label),
    /// No such code, or it has waited for too long.
    Over,
}

impl Devices {
    /// One more that waits.
    pub(super) fn begin(&self, name: Label, from: String, address: Option<String>) -> std::io::Result<Begun> {
        let code = Secret::draw()?;
        let typed = code::draw()?;
        let device = Device {
            code: code.clone(),
            typed: typed.clone(),
            name,
            from,
            address,
            began: Instant::now(),
            answer: None,
        };
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, device| device.began.elapsed() < LONGEST);
        let of = device.address.clone();
        let is_of_this = |other: &Device| of.is_some() && other.address == of;
        if waiting.values().filter(|other| is_of_this(other)).count() >= MOST_OF_ONE {
            forget_oldest(&mut waiting, is_of_this);
        } else if waiting.len() >= MOST {
            forget_oldest(&mut waiting, |_| true);
        }
        waiting.insert(code.id(), device);
        Ok(Begun { code, typed })
    }

    /// Whom this code is of.
    pub(super) fn look(&self, typed: &str) -> Option<Waiting> {
        let typed = plain(typed);
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let device = waiting.values().find(|device| device.is_of(&typed))?;
        Some(Waiting { name: device.name.clone(), from: device.from.clone() })
    }

    /// Lets it speak by these rights, or by none; whether there was one.
    pub(super) fn answer(&self, typed: &str, allowed: Option<Caller>) -> bool {
        let typed = plain(typed);
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(device) = waiting.values_mut().find(|device| device.is_of(&typed)) else { return false };
        device.answer = Some(allowed.map_or(Answer::Declined, |caller| Answer::Allowed(Box::new(caller))));
        true
    }

    /// How it stands. What was answered is told once.
    pub(super) fn standing(&self, code: &Secret) -> Standing {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = code.id();
        let is_theirs = waiting.get(&id).is_some_and(|device| code.is_of(&device.code.digest()));
        if !is_theirs || waiting.get(&id).is_some_and(|device| device.began.elapsed() >= LONGEST) {
            return Standing::Over;
        }
        if waiting.get(&id).is_some_and(|device| device.answer.is_none()) {
            return Standing::Waiting;
        }
        match waiting.remove(&id) {
            Some(Device { answer: Some(Answer::Allowed(caller)), name, .. }) => {
                Standing::Allowed(caller, name)
            }
            Some(_) => Standing::Declined,
            None => Standing::Over,
        }
    }
}

/// Forgets the one of these that has waited longest.
fn forget_oldest(waiting: &mut HashMap<Label, Device>, among: impl Fn(&Device) -> bool) {
    let those = waiting.iter().filter(|(_, device)| among(device));
    let oldest = those.min_by_key(|(_, device)| device.began).map(|(id, _)| id.clone());
    oldest.map(|id| waiting.remove(&id));
}

impl Device {
    fn is_of(&self, typed: &str) -> bool {
        self.answer.is_none() && self.began.elapsed() < LONGEST && self.typed == typed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::gate::caller::Edge;
    use crate::auth::code::spaced;

    fn label(text: &str) -> Label {
        Label::new(text).unwrap()
    }

    #[test]
    fn who_waits_is_told_once_what_somebody_said() {
        let devices = Devices::default();
        let begun = devices.begin(label("bastion"), "192.0.2.7".into(), None).unwrap();
        assert!(matches!(devices.standing(&begun.code), Standing::Waiting));
        let typed = spaced(&begun.typed).to_lowercase();
        assert_eq!(devices.look(&format!(" {typed} ")).unwrap().from, "192.0.2.7");
        assert!(
            devices.look("").is_none()
                && devices.look("BCDF").is_none()
                && !devices.answer("BCDF-GHJK", None)
        );
        assert!(devices.answer(&typed, Some(Caller::nobody(Edge::Http))));
        assert!(!devices.answer(&typed, None), "it is answered once");
        assert!(matches!(devices.standing(&Secret::draw().unwrap()), Standing::Over));
        assert!(
            matches!(devices.standing(&begun.code), Standing::Allowed(_, name) if name == label("bastion"))
        );
        assert!(matches!(devices.standing(&begun.code), Standing::Over), "a code counts once");
        let declined = devices.begin(label("x"), String::new(), None).unwrap();
        assert!(devices.answer(&declined.typed, None));
        assert!(matches!(devices.standing(&declined.code), Standing::Declined));
    }

    #[test]
    fn memory_is_bounded() {
        let devices = Devices::default();
        let first = devices.begin(label("first"), String::new(), None).unwrap();
        for _ in 0..MOST {
            let begun = devices.begin(label("x"), String::new(), None).unwrap();
            assert_eq!(begun.typed.len(), 8);
        }
        assert!(matches!(devices.standing(&first.code), Standing::Over));
        assert_eq!(devices.0.lock().unwrap().len(), MOST);
    }

    #[test]
    fn whoever_asks_often_has_only_their_own_forgotten() {
        let devices = Devices::default();
        let begin = |address: &str| devices.begin(label("x"), String::new(), Some(address.into())).unwrap();
        let (other, first) = (begin("192.0.2.8"), begin("192.0.2.7"));
        for _ in 0..2 * MOST {
            begin("192.0.2.7");
        }
        assert!(matches!(devices.standing(&first.code), Standing::Over));
        assert!(matches!(devices.standing(&other.code), Standing::Waiting));
        assert_eq!(devices.0.lock().unwrap().len(), MOST_OF_ONE + 1);
    }
}
